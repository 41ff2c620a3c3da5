"""Bank accounts and cards in one spelling, with what their digits say."""

from __future__ import annotations

import re

from graphfraud.intake.text import fold, is_nothing, is_one_character, is_rounded, without_fraction

SHORTEST = 5
CARD_LENGTHS = range(16, 20)
_BANK_DIGITS, BANK_FROM = 6, 13
_SEPARATORS = re.compile(r"[^0-9A-Z]+")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[0-9A-Z]{11,30}")
_SAMPLES = frozenset({"1234567890123456", "1234567890123456789", "123456789", "1234567890", "12345678", "123456"})
_DOUBLED = str.maketrans("0123456789", "0246813579")


def canonical(text: str) -> str | None:
    """Return an account as letters and digits only, None for a placeholder or a number that a spreadsheet rounded."""
    if not (text.isascii() and text.isdigit()):
        text = fold(text).upper()
        if is_nothing(text) or is_rounded(text):
            return None
        text = _SEPARATORS.sub("", without_fraction(text))
    if len(text) < SHORTEST or is_one_character(text) or text in _SAMPLES or not any(c.isdigit() for c in text):
        return None
    return text


def flags(value: str) -> tuple[str, ...]:
    """Return `account_check_digit` for a card number that fails the Luhn check (ISO/IEC 7812); other accounts have none."""
    return () if not value.isdigit() or len(value) not in CARD_LENGTHS or passes_luhn(value) else ("account_check_digit",)


def passes_luhn(digits: str) -> bool:
    """Say whether a number's last digit is its Luhn check digit."""
    # Sums of character codes; each digit adds ord("0") = 48 to what its value would.
    doubled = sum(digits[-2::-2].translate(_DOUBLED).encode())
    return (sum(digits[-1::-2].encode()) + doubled - 48 * len(digits)) % 10 == 0


def bank(value: str) -> str | None:
    """Return the issuer: the first six digits of a card, country and bank code of an IBAN, None where none is in it."""
    if value.isdigit():
        return value[:_BANK_DIGITS] if len(value) >= BANK_FROM else None
    return value[:2] + value[4:8] if _IBAN.fullmatch(value) else None
