"""From any scalar that a reader, an API body or a frame may hand over to clean text, or nothing."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from typing import NoReturn

import numpy as np

from graphfraud.errors import RowRejected
from graphfraud.intake import codes
from graphfraud.intake.masks import mask

LONGEST_FIELD = 10_000
LONGEST_IDENTIFIER = 500
LONGEST_ID = 200
# Times and numbers; a bound for expressions that look at every way to cut a text.
LONGEST_SCALAR = 64
# Beyond it a double no longer holds every integer: an account number read as one has lost its last digits.
_EXACT_FLOAT = 2**53

# Characters that no keyboard makes and that no value means: C0 and C1 controls (blanks aside), DEL, lone surrogates.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
# Invisible: zero-width and bidirectional marks, soft hyphen, byte order mark. They come along when copying from a page.
_INVISIBLE = re.compile(r"[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_OTHER_DIGIT = re.compile(r"[^\D0-9]")
_BLANKS = re.compile(r"\s+")
_ROUNDED = re.compile(r"\d(?:[.,]\d+)?[eE]\+?\d+")
_WHOLE_FLOAT = re.compile(r"\d+\.0+")

NOTHING = frozenset(
    {
        *("unknown", "unk", "n/a", "na", "n.a.", "#n/a", "n\\a", "none", "null", "nil", "nan", "nat", "<na>", "undefined"),
        *("-", "--", "---", "—", "——", "_", "/", "//", "\\", ".", "..", "...", "?", "??", "???", "*", "**", "***", "x", "xx"),
        *("xxx", "xxxx", "0", "00", "000", "0.0", "tbd", "test", "not available", "not applicable", "not provided", "missing"),
        *(
            "no",
            "empty",
            "无",
            "无无",
            "没有",
            "暂无",
            "未知",
            "不详",
            "空",
            "未填",
            "未填写",
            "不知道",
            "不清楚",
            "待定",
            "待补",
        ),
        *("待补充", "保密", "测试", "无电话", "无号码", "无单位", "无邮箱", "未提供", "不明"),
    }
)


def reject(code: str, column: str, value: str = "", advice: str = "") -> NoReturn:
    """Raise RowRejected with the code's sentence; the value is masked, the advice says what to do."""
    where = f"{column}: " if column else ""
    raise RowRejected(code, column, mask(value[:40], 4, 2), f"{where}{codes.REJECTS[code]}{'; ' + advice if advice else ''}")


def check_text(value: str, column: str) -> str:
    """Return text with blanks and invisible marks tidied; reject control characters, broken text and over-long fields."""
    if len(value) > LONGEST_FIELD:
        reject(codes.FIELD_TOO_LONG, column, value)
    if value.isprintable():
        return value.strip()
    if _CONTROL.search(value):
        reject(codes.CONTROL_CHARACTERS, column, _CONTROL.sub("?", value[:40]))
    return _BLANKS.sub(" ", _INVISIBLE.sub("", value)).strip()


def as_text(value: object, column: str) -> str | None:
    """Return a scalar as clean text, None when it is missing (None, NaN, NA, NaT, blank).

    Whole floats lose their `.0`: a column with gaps is read as floating point by pandas. Floats that cannot hold every
    integer come back as `1e+18`, which `is_rounded` knows. Raise RowRejected for what is no single value.
    """
    if value.__class__ is str:
        return check_text(value, column) or None
    if is_missing(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    match value:
        case str():
            return check_text(str(value), column) or None
        case bool():
            return "true" if value else "false"
        case int():
            # Python refuses to print integers of more than 4,300 digits.
            return str(value) if value.bit_length() < 1000 else reject(codes.FIELD_TOO_LONG, column)
        case float() if value.is_integer():
            return str(int(value)) if abs(value) < _EXACT_FLOAT else f"{value:e}"
        case float() | Decimal():
            return str(value)
        case datetime() | date():
            return value.isoformat()
        case bytes():
            try:
                return check_text(value.decode(), column) or None
            except UnicodeDecodeError:
                return reject(codes.CONTROL_CHARACTERS, column)
    return reject(codes.NOT_A_VALUE, column)


def is_missing(value: object) -> bool:
    """Say whether a scalar stands for no value; pandas' own markers are known without importing pandas."""
    if value is None:
        return True
    if isinstance(value, float | np.floating):
        return bool(value != value)
    if isinstance(value, Decimal):
        return value.is_nan()
    if isinstance(value, np.datetime64):
        return bool(np.isnat(value))
    return type(value).__name__ in ("NAType", "NaTType")


def fold(text: str) -> str:
    """Return text with full-width and compatibility characters (NFKC) and the digits of all scripts folded, blanks trimmed."""
    if text.isascii():
        return text
    text = unicodedata.normalize("NFKC", text)
    if _OTHER_DIGIT.search(text):
        text = _OTHER_DIGIT.sub(lambda match: str(unicodedata.decimal(match[0])), text)
    return text.strip()


def is_nothing(text: str) -> bool:
    """Say whether folded text is a way to say that there is no value ('n/a', '无', '00000000')."""
    return text.casefold() in NOTHING or (len(text) >= 4 and not text.strip("0"))


def is_one_character(text: str) -> bool:
    """Say whether text repeats one character ('11111111')."""
    return bool(text) and text == text[0] * len(text)


def is_rounded(text: str) -> bool:
    """Say whether text is a number that a spreadsheet rounded ('6.29391E+15')."""
    return "+" in text and _ROUNDED.fullmatch(text) is not None


def without_fraction(text: str) -> str:
    """Return '13812345678.0' as '13812345678'."""
    return text.split(".", 1)[0] if text.endswith("0") and _WHOLE_FLOAT.fullmatch(text) else text
