"""A ring's submissions over time, in bins that people count in: hours, days, weeks or months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

Unit = Literal["hour", "day", "week", "month"]

_SPARKS = "▁▂▃▄▅▆▇█"


@dataclass(frozen=True)
class Timeline:
    """Bins of one unit from the first to the last submission; counts per bin, and the bin of each application."""

    unit: Unit
    starts: tuple[datetime, ...]
    counts: tuple[int, ...]
    bin_of: tuple[int | None, ...]

    @property
    def busiest(self) -> int:
        """Index of the (first) bin with most applications."""
        return self.counts.index(max(self.counts))


def bin_times(times: Sequence[int | None], zone: ZoneInfo) -> Timeline | None:
    """Sort epoch milliseconds into bins on the zone's clock; None if no time is known.

    Hours up to three days, days up to ten weeks, weeks up to seventy, months beyond: a line of a terminal each.
    """
    known = [_local(time, zone) for time in times if time is not None]
    if not known:
        return None
    first, last = min(known), max(known)
    span = last - first
    unit: Unit = (
        "hour"
        if span <= timedelta(days=3)
        else "day"
        if span <= timedelta(weeks=10)
        else "week"
        if span <= timedelta(weeks=70)
        else "month"
    )
    starts = [_floor(first, unit)]
    while (following := _next(starts[-1], unit)) <= last:
        starts.append(following)
    index = {start: number for number, start in enumerate(starts)}
    bin_of = tuple(None if time is None else index[_floor(_local(time, zone), unit)] for time in times)
    counts = [0] * len(starts)
    for number in bin_of:
        if number is not None:
            counts[number] += 1
    return Timeline(unit, tuple(starts), tuple(counts), bin_of)


def sparkline(counts: Sequence[int], most: int | None = None) -> str:
    """Draw counts as blocks, a dot where nothing happened; `most` is the count of the tallest block."""
    top = max(most or max(counts, default=1), 1)
    return "".join("·" if not n else _SPARKS[min(len(_SPARKS) - 1, (n * len(_SPARKS) - 1) // top)] for n in counts)


def _local(milliseconds: int, zone: ZoneInfo) -> datetime:
    # Clock time without the offset: bins are steps of the wall clock, whatever daylight saving does between them.
    return datetime.fromtimestamp(milliseconds / 1000, zone).replace(tzinfo=None)


def _floor(time: datetime, unit: Unit) -> datetime:
    if unit == "hour":
        return time.replace(minute=0, second=0, microsecond=0)
    day = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "day":
        return day
    return day - timedelta(days=day.weekday()) if unit == "week" else day.replace(day=1)


def _next(start: datetime, unit: Unit) -> datetime:
    if unit == "month":
        return start.replace(year=start.year + start.month // 12, month=start.month % 12 + 1)
    return start + {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(weeks=1)}[unit]
