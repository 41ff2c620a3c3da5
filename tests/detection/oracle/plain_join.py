"""Joining fragments again: every pair of communities, every Bayes factor with logarithms of the gamma function."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Sequence

from plain_evidence import Weighed, core, scores
from small_worlds import Row

from graphfraud.detection.links import EVIDENCE_KINDS
from graphfraud.detection.parameters import RefineParams


def rising(base: float, n: float) -> float:
    """log of base (base + 1) … (base + n − 1)."""
    return math.lgamma(base + n) - math.lgamma(base)


def kinds_shared(unit: Sequence[int], weighed: Sequence[Weighed], group: set[int]) -> Counter[str]:
    """How many identifiers of each kind two or more units of a group share."""
    return Counter(weighed[k].run.link.kind for k in scores(unit, weighed, group))


def joined(
    rows: Sequence[Row], unit: Sequence[int], weighed: Sequence[Weighed], groups: list[set[int]], params: RefineParams
) -> list[set[int]]:
    """The groups after merging mutually best pairs, round after round; habits are those of the groups at the beginning."""
    total = sum((kinds_shared(unit, weighed, group) for group in groups), Counter[str]())
    mix = {kind: total[kind] + 0.5 for kind in EVIDENCE_KINDS}
    mix = {kind: n / sum(mix.values()) for kind, n in mix.items()}
    hot = sum(sum(scores(unit, weighed, group).values()) > params.hot for group in groups)
    groups = list(groups)
    for _ in range(params.rounds):
        favour = {
            pair: value
            for pair in itertools.combinations(range(len(groups)), 2)
            if (value := _favour(rows, unit, weighed, groups[pair[0]], groups[pair[1]], mix, hot, params)) is not None
        }
        best = {k: max((value for pair, value in favour.items() if k in pair), default=-math.inf) for k in range(len(groups))}
        mutual = [pair for pair, value in favour.items() if value == best[pair[0]] == best[pair[1]]]
        if not favour:
            break
        for one, other in mutual:
            groups[one] = groups[one] | groups[other]
            groups[other] = set()
    return [group for group in groups if group]


def _favour(
    rows: Sequence[Row],
    unit: Sequence[int],
    weighed: Sequence[Weighed],
    one: set[int],
    other: set[int],
    mix: dict[str, float],
    hot: int,
    params: RefineParams,
) -> float | None:
    """Decimal orders by which one operation explains both better than two do; None where they do not join."""
    strength = [sum(scores(unit, weighed, group).values()) for group in (one, other)]
    members = [core(unit, weighed, group) for group in (one, other)]
    if min(map(len, members)) < 2 or min(strength) <= params.least or max(strength) <= params.hot:
        return None
    mine = [[rows[i] for i in sorted(who) if rows[i].dealer] for who in members]
    k = [len(who) for who in mine]
    at = [Counter(row.dealer for row in who) for who in mine]
    common = at[0].keys() & at[1].keys()
    ties = ties_across(rows, weighed, mine, params)
    if (not common and ties is None) or min(k) < 2:
        return None
    market = Counter(row.dealer for row in rows if row.dealer)
    dealers = _total(params.dealer_alpha, *k) + sum(
        _value(params.dealer_alpha * market[d] / len(rows), at[0][d], at[1][d]) for d in common
    )
    sold = [Counter(row.seller for row in who if row.seller) for who in mine]
    by = Counter(row.seller for row in rows if row.seller)
    house = {row.seller: row.dealer for who in mine for row in who}
    sellers = sum(_total(params.salesperson_beta, at[0][d], at[1][d]) for d in common) + sum(
        _value(params.salesperson_beta * min(by[s] / market[house[s]], 1.0), sold[0][s], sold[1][s])
        for s in sold[0].keys() & sold[1].keys()
    )
    kinds = [kinds_shared(unit, weighed, group) for group in (one, other)]
    by_kinds = _mixed(kinds[0] + kinds[1], mix, params) - _mixed(kinds[0], mix, params) - _mixed(kinds[1], mix, params)
    span = max(30.0, rows[-1].day - rows[0].day)
    days = [[row.day for row in who] for who in mine]
    least = params.least_window
    by_time = _window(days[0] + days[1], span, least) - _window(days[0], span, least) - _window(days[1], span, least)
    favour = (dealers + sellers + by_kinds + params.time_weight * by_time) / math.log(10)
    favour += math.log10(params.prior / max(1, hot)) + (ties or 0.0)
    return favour if favour > 0 and dealers / math.log(10) + (ties or 0.0) > params.dealer else None


def ties_across(
    rows: Sequence[Row], weighed: Sequence[Weighed], groups: Sequence[Sequence[Row]], params: RefineParams
) -> float | None:
    """What identifiers say that both groups hold, however weak or busy; None if there is none."""
    market, total = Counter(row.dealer for row in rows if row.dealer), None
    links = {id(one.run.link): [other for other in weighed if other.run.link is one.run.link] for one in weighed}
    for runs in links.values():
        users, share = len(runs[0].run.all_users), runs[0].run.dealer_share
        held = [[rows[i] for i in runs[0].run.all_users if any(rows[i] is row for row in group)] for group in groups]
        if all(held):
            met = 1.0
            for group, who in zip(groups, held, strict=True):
                local = share * users / max(market[who[0].dealer], 1)
                met *= 1 - (1 - min(max(users / len(rows), local, 1e-6), 0.5)) ** len(group)
            said = max(math.log10(params.tie_expected / met), 0.0)
            total = (total or 0.0) + said
    return None if total is None else min(total, params.ties_most)


def _value(base: float, one: int, other: int) -> float:
    return rising(base, one + other) - rising(base, one) - rising(base, other)


def _total(alpha: float, one: int, other: int) -> float:
    return -_value(alpha, one, other)


def _mixed(count: Counter[str], mix: dict[str, float], params: RefineParams) -> float:
    """log chance of these counts under a Dirichlet-multinomial around the usual mix."""
    said = sum(rising(params.kind_alpha * share, count[kind]) for kind, share in mix.items())
    return said - rising(params.kind_alpha * sum(mix.values()), count.total())


def _window(days: Sequence[float], span: float, least: float) -> float:
    """log chance of k submissions in one window of unknown, log-uniform length."""
    k, length = len(days), max(max(days) - min(days), least)
    return (1 - k) * math.log(length) - math.log(span * math.log(span)) - math.log(k * (k - 1))
