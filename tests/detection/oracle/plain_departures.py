"""How far groups depart from customers again, one application and one group at a time."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from small_worlds import Row

from graphfraud.detection.parameters import DepartureParams

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)
Mix = Sequence[float]
Ratio = Callable[[Row], float]


def ratios(rows: Sequence[Row], params: DepartureParams) -> tuple[Ratio, Ratio]:
    """How much likelier an application of these rows is of anybody than of the usual customer: by its home, by its hour."""
    known = [row for row in rows if row.region]
    market = Counter(row.region for row in known)
    here = Counter((row.dealer, row.region) for row in known if row.dealer)
    customers = Counter(row.dealer for row in known if row.dealer)
    hours = Counter(int(row.hour) for row in rows if not math.isnan(row.hour))
    by_hour = {hour: (hours[hour] + 1) / (hours.total() + 24) for hour in range(24)}

    def away(row: Row) -> float:
        if not row.region or not row.dealer:
            return 1.0
        share = market[row.region] / len(known)
        others, worth = here[row.dealer, row.region] - 1, params.customers
        return _bounded(share / ((others + worth * share) / (customers[row.dealer] - 1 + worth)), params)

    def odd(row: Row) -> float:
        if math.isnan(row.hour) or max(by_hour.values()) > params.hour_most:
            return 1.0
        return _bounded(1 / 24 / by_hour[int(row.hour)], params)

    return away, odd


def _bounded(ratio: float, params: DepartureParams) -> float:
    return min(max(ratio, 1 / params.most_ratio), params.most_ratio)


def likely(members: Iterable[Row], ratio: Ratio) -> list[float]:
    """How likely the members are if each share of them departs, against none."""
    members = list(members)
    return [math.prod(1 - share + share * ratio(row) for row in members) for share in SHARES]


def mix_of(groups: Sequence[Sequence[float]], base: Mix, worth: float) -> list[float]:
    """Share of the groups of which each share departs: expectation and maximisation."""
    mix = list(base)
    for _ in range(50):
        count = [worth * share for share in base]
        for group in groups:
            whole = sum(said * share for said, share in zip(group, mix, strict=True))
            count = [c + said * share / whole for c, said, share in zip(count, group, mix, strict=True)]
        mix = [c / (len(groups) + worth) for c in count]
    return mix


def says(members: Sequence[Row], ratio: Ratio, found: Mix, everyday: Mix, params: DepartureParams) -> float:
    """Decimal orders of odds that the members depart as found groups do, and not as everyday ones do."""
    said = likely(members, ratio)
    odds = sum(map(math.prod, zip(said, found, strict=True))) / sum(map(math.prod, zip(said, everyday, strict=True)))
    return min(max(params.weight * math.log10(odds), params.floor), params.ceiling)


def fits(row: Row, members: Sequence[Row], ratio: Ratio, found: Mix, params: DepartureParams) -> float:
    """How much likelier the row departs as it does if it belongs to the members than if it does not."""
    each = [said * share for said, share in zip(likely(members, ratio), found, strict=True)]
    departs = sum(share * one for share, one in zip(SHARES, each, strict=True)) / sum(each)
    return min(max(math.log10(1 + departs * (ratio(row) - 1)), -params.fits), params.fits)
