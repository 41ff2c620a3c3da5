"""Points in time from whatever they were written with; those without a zone are read in the lender's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from graphfraud.errors import SettingError
from graphfraud.intake import codes
from graphfraud.intake.text import LONGEST_SCALAR, as_text, fold, is_missing, is_nothing, reject

EARLIEST, LATEST = 1990, 2100
_ADVICE = "write it like 2025-06-01T02:24:00+08:00 or 2025-06-01 02:24:00"
_PARTS = re.compile(
    r"(\d{4})\s*[-/.年]?\s*(\d{1,2})\s*[-/.月]?\s*(\d{1,2})\s*日?"
    r"(?:[T\s]*(上午|下午)?\s*(\d{1,2})\s*[:时点]?\s*(\d{1,2})\s*(?:[:分]?\s*(\d{1,2})\s*秒?(?:[.,]\d+)?)?\s*分?"
    r"\s*(Z|UTC|[+-]\d{2}:?\d{2})?)?"
)
# Digits in a row are split by width: 20250601 and 20250601022400.
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?")


class Moment(NamedTuple):
    """Epoch milliseconds, and the hour on the lender's clock (None where only a day is known)."""

    epoch_ms: int
    local_hour: int | None


def moment(value: object, column: str, zone: ZoneInfo, formats: Sequence[str] = ()) -> Moment | None:
    """Return a point in time, None when it is missing; raise RowRejected for what is none or lies outside 1990–2100.

    formats (strptime) go first, then ISO 8601, then the usual Chinese and spreadsheet spellings. Bare counts of seconds
    or days are not guessed.
    """
    if value.__class__ is str and not formats:
        try:
            parsed = datetime.fromisoformat(value)
        except ValueError:
            pass
        else:
            return _moment(parsed, len(value) <= 10, column, zone)
    if is_missing(value):
        return None
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, datetime):
        return _moment(value, False, column, zone)
    if isinstance(value, date):
        return _moment(datetime(value.year, value.month, value.day), True, column, zone)
    text = as_text(value, column)
    if text is None or is_nothing(fold(text)):
        return None
    if len(text) > LONGEST_SCALAR:
        reject(codes.UNREADABLE_TIME, column, text, _ADVICE)
    for layout in formats:
        try:
            parsed = datetime.strptime(text, layout)
        except ValueError:
            continue
        return _moment(parsed, "%H" not in layout and "%I" not in layout and "%c" not in layout, column, zone)
    return _from_text(text, column, zone)


def day(value: object, column: str, zone: ZoneInfo, formats: Sequence[str] = ()) -> str | None:
    """Return a date as ISO text, None when it is missing; raise RowRejected for what is none. Years from 1800 are dates."""
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        try:
            return date.fromisoformat(value).isoformat()
        except ValueError:
            reject(codes.UNREADABLE_TIME, column, value, _ADVICE)
    found = moment(value, column, zone, formats)
    return None if found is None else datetime.fromtimestamp(found.epoch_ms / 1000, zone).date().isoformat()


def window(since: str | None, until: str | None, zone: ZoneInfo) -> tuple[int | None, int | None]:
    """Return the ends of what --since and --until name as epoch milliseconds; raise SettingError for what is none.

    Naive times are on the lender's clock.
    """
    ends = (_end(since, "--since", zone), _end(until, "--until", zone))
    if ends[0] is not None and ends[1] is not None and ends[0] >= ends[1]:
        raise SettingError(f"--since {since} is not before --until {until}; the window is empty")
    return ends


def _from_text(text: str, column: str, zone: ZoneInfo) -> Moment:
    folded = fold(text)
    try:
        parsed = datetime.fromisoformat(folded)
        return _moment(parsed, len(folded) <= 10, column, zone)
    except ValueError:
        pass
    if folded.isdigit():
        match = _COMPACT.fullmatch(folded)
        parts = [*match.groups()[:3], None, *match.groups()[3:], None] if match else None
    else:
        match = _PARTS.fullmatch(folded)
        parts = list(match.groups()) if match else None
    if parts is None:
        reject(codes.UNREADABLE_TIME, column, folded, _ADVICE)
    year, month, day_, half, hour, minute, second, offset = parts
    clock = int(hour or 0)
    if half == "下午" and clock < 12:
        clock += 12
    try:
        parsed = datetime(int(year or 0), int(month or 0), int(day_ or 0), clock, int(minute or 0), int(second or 0))
        if offset:
            parsed = parsed.replace(tzinfo=UTC if offset in ("Z", "UTC") else datetime.strptime(offset, "%z").tzinfo)
    except ValueError:
        reject(codes.UNREADABLE_TIME, column, folded, _ADVICE)
    return _moment(parsed, hour is None, column, zone)


def _moment(parsed: datetime, day_only: bool, column: str, zone: ZoneInfo) -> Moment:
    if not EARLIEST <= parsed.year <= LATEST:
        reject(codes.UNREADABLE_TIME, column, str(parsed.year), _ADVICE)
    local = parsed.replace(tzinfo=zone) if parsed.tzinfo is None else parsed.astimezone(zone)
    return Moment(round(local.timestamp() * 1000), None if day_only else local.hour)


def _end(text: str | None, option: str, zone: ZoneInfo) -> int | None:
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise SettingError(f"{option} {text!r} is no date; write one like 2025-06-01 or 2025-06-01T08:00") from error
    if found.tzinfo is None:
        found = found.replace(tzinfo=zone)
    return int(found.timestamp() * 1000)
