"""Phone numbers in one spelling, whatever they were written with."""

from __future__ import annotations

import re

import phonenumbers

from graphfraud.errors import SettingError
from graphfraud.intake.text import fold, is_one_character, is_rounded, without_fraction

SHORTEST, LONGEST = 7, 15
_SAMPLES = frozenset(
    {"13800138000", "13800138001", "12345678901", "1234567890", "12345678", "1234567", "123456789", "01234567890", "0123456789"}
)
_MOBILE = re.compile(r"1[3-9]\d{9}")
_EXTENSION = re.compile(r"\s*(?:ext(?:ension)?\.?|x|转|轉|分机|分機|内线|#|,)[\s:.]*\d{0,6}$", re.IGNORECASE)
_CHINESE_EXTENSION = re.compile(r"^(\(?0\d{2,3}\)?[-\s]?\d{7,8})[-\s]+\d{1,6}$")
_SEVERAL = re.compile(r"[/;；、|]+|,(?=\s*\+?\d{7})|，")
_NOT_DIGITS = re.compile(r"\D")
# Ten digits, no international prefix: the whole North American plan.
_NORTH_AMERICA = ("US", "CA", "PR", "DO", "JM")


def known_region(region: str) -> str:
    """Return the region; raise SettingError for one that has no numbering plan, under which numbers would match nothing."""
    if region not in phonenumbers.SUPPORTED_REGIONS:
        raise SettingError(f"the phone region {region!r} has no numbering plan; write a country's two letters, such as CN")
    return region


def split(text: str) -> list[str]:
    """Return the numbers of a field that holds several, such as 13812345678/0451-6001342."""
    return [part for part in _SEVERAL.split(text) if part.strip()] or [text]


def canonical(text: str, region: str) -> str | None:
    """Return the digits of a number, None for a placeholder or what is no number.

    The country code of the region is dropped, numbers of other countries keep `+` and theirs. Chinese landlines keep
    the trunk 0 of their area code. Extensions are dropped: they name a desk, and the number a firm.
    """
    if region == "CN" and len(text) == 11 and text.isascii() and _MOBILE.fullmatch(text):
        return None if _is_sample(text) else text
    text = fold(text)
    if is_rounded(text):
        return None
    text = _EXTENSION.sub("", without_fraction(text))
    if region == "CN":
        text = _CHINESE_EXTENSION.sub(r"\1", text)
    digits = _NOT_DIGITS.sub("", text)
    if not SHORTEST <= len(digits) <= LONGEST + 3 or is_one_character(digits) or digits in _SAMPLES:
        return None
    number = _chinese(text, digits) if region == "CN" else _north_american(text, digits) if region in _NORTH_AMERICA else None
    if number is None:
        number = _anywhere(text, digits, region)
    bare = number.removeprefix("+")
    return None if not SHORTEST <= len(bare) <= LONGEST or _is_sample(bare) else number


def is_mobile(number: str) -> bool:
    """Say whether a canonical number is a mainland mobile."""
    return len(number) == 11 and _MOBILE.fullmatch(number) is not None


def _is_sample(digits: str) -> bool:
    # Eight equal digits are a filled form, even where the number exists.
    if digits in _SAMPLES or is_one_character(digits[-8:]):
        return True
    # Area codes have three digits where they begin with 010 or 02, else four; no line has zeros only.
    return digits[0] == "0" and not digits[3 if digits[1] in "12" else 4 :].strip("0")


def _chinese(text: str, digits: str) -> str | None:
    if text.lstrip("( ").startswith(("+", "00")):
        digits = digits.removeprefix("00")
        if not digits.startswith("86"):
            return None
        digits = digits.removeprefix("86")
        if _MOBILE.fullmatch(digits) or len(digits) < SHORTEST + 2 or digits.startswith(("0", "400", "800")):
            return digits.removeprefix("0") if _MOBILE.fullmatch(digits.removeprefix("0")) else digits
        return "0" + digits
    for prefix in ("86", "0"):
        if len(digits) == 11 + len(prefix) and digits.startswith(prefix) and _MOBILE.fullmatch(digits[len(prefix) :]):
            return digits[len(prefix) :]
    return digits


def _north_american(text: str, digits: str) -> str | None:
    if len(digits) == 11 and digits[0] == "1" and digits[1] in "23456789":
        return digits[1:]
    return digits if len(digits) == 10 and digits[0] in "23456789" and "+" not in text else None


def _anywhere(text: str, digits: str, region: str) -> str:
    international = text.lstrip("( ").startswith(("+", "00"))
    if international:
        text = "+" + digits.removeprefix("00")
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_possible_number(number):
        return ("+" if international else "") + digits
    national = phonenumbers.national_significant_number(number)
    home = phonenumbers.country_code_for_region(region)
    return national if number.country_code == home else f"+{number.country_code}{national}"
