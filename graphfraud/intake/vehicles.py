"""Vehicle identification numbers (ISO 3779, GB 16735)."""

from __future__ import annotations

import re
from operator import mul

from graphfraud.intake.text import fold, is_nothing, is_one_character

LENGTH, SHORTEST = 17, 6
ALPHABET = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_SEPARATORS = re.compile(r"[\s\-_.*/]+")
_VALUES = dict(
    zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", [*range(10), *range(1, 9), *range(1, 6), 7, 9, *range(2, 10)], strict=True)
)
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)
# The three letters that no VIN has because they are taken for digits.
_MISREAD = str.maketrans("IOQ", "100")


def canonical(text: str) -> tuple[str, bool] | None:
    """Return (VIN in upper case without blanks, whether it has the shape of one), None for a placeholder.

    I, O and Q are read as the digits they look like. Shorter numbers (old chassis numbers) are kept.
    """
    if ALPHABET.fullmatch(text) and not is_one_character(text):
        return text, True
    text = fold(text).upper()
    if is_nothing(text):
        return None
    bare = _SEPARATORS.sub("", text)
    if len(bare) < SHORTEST or is_one_character(bare):
        return None
    value = bare.translate(_MISREAD)
    return value, value == bare and ALPHABET.fullmatch(value) is not None


def passes_check_digit(vin: str) -> bool:
    """Say whether the ninth character of 17 is the check digit of the others (ISO 3779 annex, 49 CFR 565.15)."""
    try:
        remainder = sum(map(mul, map(_VALUES.__getitem__, vin), _WEIGHTS)) % 11
    except KeyError:
        return False
    return len(vin) == LENGTH and vin[8] == "0123456789X"[remainder]


def maker(vin: str) -> str | None:
    """Return the world manufacturer code, None for what is no full VIN."""
    return vin[:3] if len(vin) == LENGTH else None


def model_year(vin: str) -> str | None:
    """Return the model year's code (it comes again after thirty years), None for what is no full VIN."""
    return vin[9] if len(vin) == LENGTH else None
