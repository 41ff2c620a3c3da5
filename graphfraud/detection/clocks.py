"""The clocks against which tempo is judged: the market's, each dealer's, each salesperson's.

A clock maps a time to the share of the owner's applications that came before it, so that a busy season or a busy house
is no burst. Clocks are learned once, kept as a few points each, and read by interpolation: a part of the data sees the
same time as the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from graphfraud.detection.columns import Applications, Floats, Ints, Strings
from graphfraud.detection.ordering import begins, order_by
from graphfraud.detection.parameters import RunParams


@dataclass(frozen=True)
class Clocks:
    """Clocks of many owners: points `day` at `share`, owner k's from start[k] to start[k + 1]; count of applications.

    Owners are in order of `owner` (text), which is how a part of the data, with codes of its own, finds them.
    """

    owner: Strings
    count: Ints
    start: Ints
    day: Floats
    share: Floats

    def index(self, names: Strings) -> Ints:
        """Return the clock of each name, -1 where there is none."""
        owners = self._sorted
        if len(owners) == 0:
            return np.full(len(names), -1, np.int64)
        text = names.astype(str)
        at = np.minimum(np.searchsorted(owners, text), len(owners) - 1)
        return np.where(owners[at] == text, at, -1).astype(np.int64)

    @cached_property
    def _sorted(self) -> npt.NDArray[np.str_]:
        return self.owner.astype(str)

    @cached_property
    def _line(self) -> tuple[float, float, Floats]:
        """All clocks on one line, their days made comparable by the clock's number: first day, span of each, points."""
        span = float(np.ptp(self.day)) + 2.0 if len(self.day) else 2.0
        low = float(self.day.min()) if len(self.day) else 0.0
        owner_of_point = np.repeat(np.arange(len(self.count)), np.diff(self.start))
        return low, span, owner_of_point * span + (self.day - low)

    def read(self, clock: Ints, day: Floats) -> Floats:
        """Return the share (0–1; beyond the last point it goes on at the average rate) that each clock shows."""
        at = np.maximum(clock, 0)
        first, last = self.start[at], self.start[at + 1] - 1
        low, span, key = self._line
        right = np.clip(np.searchsorted(key, at * span + np.clip(day - low, 0, span - 1), "left"), first, last)
        left = np.maximum(right - 1, first)
        width = self.day[right] - self.day[left]
        part = np.where(width > 0, (day - self.day[left]) / np.where(width > 0, width, 1.0), 0.0)
        inside = self.share[left] + np.clip(part, 0, 1) * (self.share[right] - self.share[left])
        length = np.maximum(self.day[last] - self.day[first], 1.0)
        beyond = np.maximum(day - self.day[last], 0) - np.maximum(self.day[first] - day, 0)
        return np.asarray(inside + beyond / length)


def clock_of_code(clock: Ints, code: Ints) -> Ints:
    """Look up the clock of each code; -1 where there is none."""
    return np.append(clock, -1)[code]  # the last where a code of -1 looks


def learn_clocks(owner: Ints, names: Strings, day: Floats, knots: int) -> Clocks:
    """Learn the clock of every owner (a code; `names` by code) from the days of its applications, which stand in order."""
    order = order_by(owner)
    order = order[int((owner < 0).sum()) :]
    code, day = owner[order], day[order]
    head = np.flatnonzero(begins(code))
    text = names[code[head]].astype(str)
    count = np.diff(head, append=len(code))
    by_name = np.argsort(text, kind="stable")
    head, count = head[by_name], count[by_name]
    kept = np.minimum(count, knots)
    start = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    which = np.repeat(np.arange(len(kept)), kept)
    step = np.arange(start[-1]) - start[which]
    place = np.where(kept[which] == count[which], step, np.round(step * (count[which] - 1) / np.maximum(kept[which] - 1, 1)))
    place = place.astype(np.int64)
    return Clocks(
        text[by_name].astype(object),
        count.astype(np.int64),
        start,
        day[head[which] + place],
        (place + 0.5) / count[which],
    )


@dataclass(frozen=True)
class AllClocks:
    """The market's clock (one owner, ""), the dealers' and the salespersons'."""

    market: Clocks
    dealers: Clocks
    salespersons: Clocks


def learn_all_clocks(a: Applications, params: RunParams) -> AllClocks:
    """Learn every clock from the applications."""
    everybody = np.zeros(len(a), np.int64)
    in_order = np.argsort(a.day, kind="stable") if (a.day[1:] < a.day[:-1]).any() else slice(None)
    day = a.day[in_order]
    return AllClocks(
        learn_clocks(everybody, np.array([""], dtype=object), day, params.global_knots),
        learn_clocks(a.dealer[in_order], a.dealer_ids, day, params.knots),
        learn_clocks(a.salesperson[in_order], a.salesperson_ids, day, params.knots),
    )
