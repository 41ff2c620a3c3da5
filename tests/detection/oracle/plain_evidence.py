"""Priors, weights, scores and coherence again, run by run."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import networkx as nx
from plain_ties import Run
from scipy import stats
from small_worlds import Row

from graphfraud.detection.parameters import EvidenceParams, RefineParams, RunParams

Stratum = tuple[object, ...]
MOST_UNITS = 64
COUNTED_AS = {"phones_in_row": "phone", "accounts_in_row": "account", "work_phone_mismatch": "work_phone", "vouching": "phone"}


@dataclass(frozen=True)
class Weighed:
    """What a run's sharing says: its weight, the parts, and what its kind adds beside others once it says kind_from."""

    run: Run
    weight: float
    rarity: float
    odds: float
    busy: bool
    ceiling: float
    further: float
    kind_from: float


def stratum(rows: Sequence[Row], run: Run) -> Stratum:
    """Runs of one kind and structure are compared with each other."""
    mine = [rows[i] for i in run.users]
    kind = run.link.kind
    one_seller = kind == "phone" and len({row.seller for row in mine}) == 1
    employers = kind == "work_phone" and len({row.of("employer") for row in mine}) > 1
    return kind, owned(run), len({row.dealer for row in mine}) == 1, one_seller, employers


def tempo_stratum(rows: Sequence[Row], run: Run) -> Stratum:
    """Identifiers of one kind and structure have one chance of being innocent."""
    employers = {rows[i].of("employer") for i in run.all_users}
    return run.link.kind, owned(run), run.dealer_share == 1, run.link.kind == "work_phone" and len(employers) > 1


def owned(run: Run) -> bool:
    """Whether a phone is somebody's own."""
    return run.link.owned and run.link.kind == "phone"


def odds_of(rows: Sequence[Row], runs: Iterable[Run], gap: float, params: EvidenceParams) -> dict[Stratum, float]:
    """log10 odds, by stratum, that close use is no chance (Storey's estimate from the identifiers without a run)."""
    of_link: dict[int, list[Run]] = defaultdict(list)
    for run in runs:
        of_link[id(run.link)].append(run)
    found: dict[Stratum, list[tuple[bool, float]]] = defaultdict(list)
    for mine in of_link.values():
        n = len(mine[0].all_users)
        if n <= params.tempo_users and not mine[0].clerk:
            apart = min(max(1 - gap * (n - 1), 0.0), 1.0) ** n
            found[tempo_stratum(rows, mine[0])].append((any(len(run.users) > 1 for run in mine), apart))
    odds: dict[Stratum, float] = defaultdict(float)
    for key, seen in found.items():
        innocent = min(1.0, sum(not has for has, _ in seen) / max(sum(apart for _, apart in seen), 1e-9))
        noise = innocent * sum(1 - apart for _, apart in seen)
        signal = max(sum(has for has, _ in seen) - noise, 0.0)
        odds[key] = math.log10((signal + params.prior_count) / (noise + params.prior_count))
    return odds


def weigh(rows: Sequence[Row], runs: Sequence[Run], run_params: RunParams, params: EvidenceParams) -> list[Weighed]:
    """Weigh every run: rarity in its stratum, tempo, odds; busy identifiers by their burst alone."""
    distinct = Counter(kind for kind, _ in {(h.kind, h.value) for row in rows for h in row.held})
    sizes: dict[Stratum, list[int]] = defaultdict(list)
    for run in runs:
        if len(run.users) > 1:
            sizes[stratum(rows, run)].append(min(len(run.users), MOST_UNITS))
    odds_by = odds_of(rows, runs, run_params.gap, params)
    found = []
    for run in runs:
        m, n, kind = min(len(run.users), MOST_UNITS), len(run.all_users), run.link.kind
        as_many = sum(size >= m for size in sizes[stratum(rows, run)])
        rarity = -math.log10(max(as_many, 0.5) / max(distinct[COUNTED_AS.get(kind, kind)], 1))
        odds = min(max(odds_by.get(tempo_stratum(rows, run), neutral(params)), params.odds_floor), params.odds_ceiling)
        at_store = n >= params.busy_at_dealer and run.dealer_share > params.store_share and kind in ("device", "ip")
        busy = n > params.busy or at_store or run.clerk or owned(run) or kind == "compound"
        if busy:
            weight = run.tempo - params.busy_offset - math.log10(max(1.0, n / params.busy))
        else:
            weight = rarity + params.tempo * run.tempo - params.offset + odds
        of_three = sum(size >= 3 for size in sizes[stratum(rows, run)])
        larger = max(math.log10(max(of_three, 0.5) / max(as_many, 0.5)), 0.0)
        ceiling = ceiling_of(rows, run, larger, params)
        weight = min(weight, ceiling) if m > 1 else -9.0
        further = 0.0 if kind in params.ceilings else params.further_kind
        found.append(Weighed(run, weight, rarity, odds, busy, ceiling, further, params.kind_from))
    return found


def ceiling_of(rows: Sequence[Row], run: Run, larger: float, params: EvidenceParams) -> float:
    """The most that a run can say in all; a circle larger than such circles are can say more."""
    kind = run.link.kind
    colleagues = kind == "work_phone" and len({rows[i].of("employer") for i in run.users}) == 1
    of_kind = params.ceilings.get("employer" if colleagues else kind, math.inf)
    most = min(of_kind, params.slow_ceilings.get(kind, math.inf) + run.tempo)
    if kind == "address" and not any(rows[i].of("employer") for i in run.users):
        most = min(most, params.hostel)
    return most + (min(larger, params.circle_most) if kind in params.circles else 0.0)


def neutral(params: EvidenceParams) -> float:
    """What nothing seen in a stratum says: as much for as against."""
    return math.log10(params.prior_count / params.prior_count)


def components(unit: Sequence[int], weighed: Iterable[Weighed]) -> list[set[int]]:
    """Units that runs of positive weight tie, directly or through others."""
    graph = nx.Graph()
    for k, one in enumerate(weighed):
        if one.weight > 0:
            graph.add_edges_from((unit[i], ("run", k)) for i in one.run.users)
    return [{node for node in part if not isinstance(node, tuple)} for part in nx.connected_components(graph)]


def scores(unit: Sequence[int], weighed: Iterable[Weighed], group: set[int]) -> dict[int, float]:
    """What each run (by its place) adds to a group of units that shares it: w (m_in − 1) m_in / n, bursts at most once.

    Every further kind that says something adds its own, dealt to the runs of all such kinds in proportion.
    """
    found = {}
    for k, one in enumerate(weighed):
        inside = sum(unit[i] in group for i in one.run.users)
        if one.weight > 0 and inside > 1:
            score = one.weight * (inside - 1) * inside / len(one.run.all_users)
            found[k] = min(score, one.ceiling, one.weight if one.busy else math.inf)
    by_kind: dict[str, float] = defaultdict(float)
    adds: dict[str, float] = {}
    for k, score in found.items():
        if weighed[k].further > 0:
            kind = weighed[k].run.link.kind
            by_kind[kind] += score
            adds[kind] = weighed[k].further * min(by_kind[kind] / weighed[k].kind_from, 1.0)
    more = sum(adds.values()) - max(adds.values(), default=0.0)
    factor = 1 + more / max(sum(by_kind.values()), 1e-9)
    return {k: score * (factor if weighed[k].further > 0 else 1.0) for k, score in found.items()}


def core(unit: Sequence[int], weighed: Sequence[Weighed], group: set[int]) -> set[int]:
    """Applications that are in a shared run of the group themselves."""
    return {i for k in scores(unit, weighed, group) for i in weighed[k].run.users if unit[i] in group}


def coherence(rows: Sequence[Row], members: set[int], params: RefineParams) -> float:
    """What a group's dealers add: Dirichlet-multinomial (as much concentration as one dealer) against the market's mix."""
    share = Counter(row.dealer for row in rows if row.dealer)
    count = Counter(rows[i].dealer for i in members if rows[i].dealer)
    total = sum(count.values())
    if not total:
        return 0.0
    factor = -math.lgamma(1 + total)
    for dealer, n in count.items():
        p = share[dealer] / len(rows)
        factor += math.lgamma(p + n) - math.lgamma(p) - n * math.log(p)
    said = min(max(factor / math.log(10) - params.coherence_offset, params.coherence_floor), params.coherence_ceiling)
    return params.coherence * said


def likeness(
    rows: Sequence[Row], amounts: Sequence[Sequence[float]], unit: Sequence[int], members: set[int], params: RefineParams
) -> float:
    """What amounts add: the group's first applications under one normal of its own, one after the other, or the market's.

    Each amount is predicted from those before it (Student's t), which multiplies to the marginal likelihood.
    """
    firsts = sorted({unit[i]: i for i in sorted(members, reverse=True)}.values())
    total = 0.0
    for z in amounts:
        half = params.spread_members / 2
        k, mean, shape, scale, said = params.middle_members, 0.0, half, half, 0.0
        for x in (z[i] for i in firsts if not math.isnan(z[i])):
            wide = math.sqrt(scale * (k + 1) / (shape * k))
            said += float(stats.t.logpdf(x, 2 * shape, mean, wide) - stats.norm.logpdf(x))
            scale += k * (x - mean) ** 2 / (2 * (k + 1))
            mean, k, shape = (k * mean + x) / (k + 1), k + 1, shape + 0.5
        total += params.likeness * min(max(said / math.log(10), params.likeness_floor), params.likeness_ceiling)
    return total + figures_repeated(rows, firsts, params)


def figures_repeated(rows: Sequence[Row], firsts: Sequence[int], params: RefineParams) -> float:
    """What incomes add that several employers' people give to the digit: one figure after the other."""
    share = figure_shares(rows)
    firsts = [i for i in firsts if not math.isnan(rows[i].income)]
    total = 0.0
    for figure in {rows[i].income for i in firsts}:
        employers = len({rows[i].of("employer") for i in firsts if rows[i].income == figure})
        if employers > 1:
            chance = math.log10(math.comb(len(firsts), employers)) + (employers - 1) * math.log10(share[figure])
            total += max(-chance - params.figures_prior, 0.0)
    return min(total, params.figures_most)


def figure_shares(rows: Sequence[Row]) -> dict[float, float]:
    """Share of the applications with an income that give each figure; one is never taken for rarer than given twice."""
    count = Counter(row.income for row in rows if not math.isnan(row.income))
    return {figure: max(n, 2) / count.total() for figure, n in count.items()}
