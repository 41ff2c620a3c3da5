"""Numbers from whatever they were written with."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import numpy as np

from graphfraud.intake import codes
from graphfraud.intake.text import LONGEST_SCALAR, as_text, fold, is_missing, is_nothing, reject

LARGEST = 1e15
_PLAIN = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?", re.ASCII)
_CURRENCY = re.compile(
    r"^(?:rmb|cny|usd|eur|gbp|aud|hkd|[¥$€£])\s*|\s*(?:rmb|cny|usd|eur|gbp|aud|hkd|元|圆|¥|€|岁|周岁|个月|月|期)$",
    re.IGNORECASE,
)
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:[, '’]\d{3})+(?:\.\d*)?")
_SCALES = {"万": 1e4, "萬": 1e4, "w": 1e4, "千": 1e3, "k": 1e3, "亿": 1e8, "m": 1e6}


def number(value: object, column: str) -> float | None:
    """Return a number that is not negative; None when it is missing or written as 'none'.

    Accepts thousands separators, a currency before or after, and 万. Raise RowRejected for everything else.
    """
    if isinstance(value, str) and len(value) <= LONGEST_SCALAR and _PLAIN.fullmatch(value):
        result: float | None = float(value)  # not NaN, and what is infinite is too large
    else:
        if isinstance(value, np.generic) and not is_missing(value):
            value = value.item()
        if isinstance(value, bool):
            reject(codes.UNREADABLE_NUMBER, column)
        if isinstance(value, float | int | Decimal) and not is_missing(value):
            result = _finite(value, column)
        else:
            result = _from_text(value, column)
    if result is None:
        return None
    if result < 0:
        reject(codes.NEGATIVE_NUMBER, column, str(value))
    if result > LARGEST:
        reject(codes.NUMBER_TOO_LARGE, column, str(result))
    return result + 0.0  # -0.0 and 0.0 are one number


def _finite(value: float | Decimal, column: str) -> float | None:
    try:
        result = float(value)
    except (OverflowError, ValueError):
        reject(codes.NUMBER_TOO_LARGE, column)
    if math.isnan(result):
        return None
    if math.isinf(result):
        reject(codes.UNREADABLE_NUMBER, column)
    return result


def _from_text(value: object, column: str) -> float | None:
    text = as_text(value, column)
    if text is None:
        return None
    if len(text) > LONGEST_SCALAR:
        reject(codes.UNREADABLE_NUMBER, column, text)
    folded = fold(text).replace("￥", "¥")
    if is_nothing(folded):
        return None
    bare = _CURRENCY.sub("", _CURRENCY.sub("", folded)).strip()
    scale = _SCALES.get(bare[-1:].lower(), 1.0)
    if scale != 1.0:
        bare = bare[:-1].strip()
    if _GROUPED.fullmatch(bare):
        bare = re.sub(r"[, '’]", "", bare)
    if not _PLAIN.fullmatch(bare):
        reject(codes.UNREADABLE_NUMBER, column, folded)
    return _finite(float(bare) * scale, column)
