"""Resident ids of mainland China (GB 11643): one spelling, what is wrong with them, and what they say."""

from __future__ import annotations

import re
from datetime import date
from operator import mul
from typing import NamedTuple

from graphfraud.intake.text import fold, is_nothing, is_one_character, is_rounded, without_fraction

PROVINCES = frozenset(
    str(n)
    for n in (*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83)
)
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECK = "10X98765432"
_ZEROS = ord("0") * sum(_WEIGHTS)
_EIGHTEEN = re.compile(r"\d{17}[\dX]", re.ASCII)
_SEPARATORS = re.compile(r"[\s\-_.]+")
_SAMPLES = frozenset({"123456789012345678", "123456789012345", "12345678901234567X", "123456789", "1234567890"})
_EARLIEST_BIRTH, _LATEST_BIRTH = 1880, 2100


def canonical(text: str) -> str | None:
    """Return an id in one spelling, None for a placeholder.

    Resident ids lose blanks and hyphens, an x becomes X, and the fifteen digits given out until 1999 become the eighteen
    that the same person has today. Ids of other shapes (passports, customer numbers) are kept as they are, in upper case.
    """
    if len(text) == 18 and text.isascii() and text.isdigit():
        return None if is_one_character(text) or text in _SAMPLES else text
    text = fold(text).upper()
    if is_nothing(text) or is_rounded(text):
        return None
    bare = _SEPARATORS.sub("", without_fraction(text))
    if len(bare) >= 8 and (is_one_character(bare) or bare in _SAMPLES):
        return None
    if _EIGHTEEN.fullmatch(bare):
        return bare
    if len(bare) == 15 and bare.isdigit() and bare.isascii() and bare[:2] in PROVINCES and birth_date(_as_eighteen(bare)):
        return _as_eighteen(bare)
    return " ".join(text.split())


def check_digit(seventeen: str) -> str:
    """Return the eighteenth character for the first seventeen digits (ISO 7064, MOD 11-2)."""
    return _CHECK[(sum(map(mul, seventeen.encode(), _WEIGHTS)) - _ZEROS) % 11]


class Description(NamedTuple):
    """What a canonical id says and what is wrong with it, as codes; birth_date is year, month, day."""

    birth_date: tuple[int, int, int] | None
    sex: str | None
    flags: tuple[str, ...]


def describe(value: str) -> Description:
    """Return birth date, sex (m or f) and flags of a canonical id; a failed check never drops a value."""
    if not _EIGHTEEN.fullmatch(value):
        wrong_length = value.isdigit() and 14 <= len(value) <= 20
        return Description(None, None, ("resident_id_shape",) if wrong_length else ())
    born = birth_date(value)
    flags: tuple[str, ...] = () if value[17] == check_digit(value[:17]) else ("resident_id_checksum",)
    if not is_area(value[:6]):
        flags += ("resident_id_area",)
    if born is None:
        flags += ("resident_id_birth_date",)
    return Description(born, "fm"[int(value[16]) % 2], flags)


def is_area(six: str) -> bool:
    """Say whether six digits can be an area code, by their structure.

    A table of areas would be wrong about people born before it: counties were renamed and merged by the hundred. Since
    2023 foreigners' ids begin with 9 and the province.
    """
    if six[0] == "9":
        return six[1:3] in PROVINCES
    prefecture = int(six[2:4])
    return six[:2] in PROVINCES and (1 <= prefecture <= 70 or prefecture == 90) and six[4:] != "00"


def birth_date(value: str) -> tuple[int, int, int] | None:
    """Return year, month and day of birth of an id of eighteen characters, None if the date does not exist."""
    year, month, day = int(value[6:10]), int(value[10:12]), int(value[12:14])
    if not _EARLIEST_BIRTH <= year <= _LATEST_BIRTH:
        return None
    try:
        date(year, month, day)
    except ValueError:
        return None
    return year, month, day


def is_resident_id(text: str) -> bool:
    """Say whether folded text has the shape of a resident id, of 18 or of 15 characters."""
    bare = _SEPARATORS.sub("", text).upper()
    if _EIGHTEEN.fullmatch(bare):
        return bare.endswith("X") or (bare[:2] in PROVINCES and birth_date(bare) is not None)
    return len(bare) == 15 and bare.isdigit() and bare[:2] in PROVINCES and birth_date(_as_eighteen(bare)) is not None


def _as_eighteen(fifteen: str) -> str:
    seventeen = f"{fifteen[:6]}19{fifteen[6:]}"
    return seventeen + check_digit(seventeen)
