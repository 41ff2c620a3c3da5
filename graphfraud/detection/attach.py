"""Attach what no identifier ties: applications at a ring's dealers in its window that come as its members do.

Reach: the same dealers in the same weeks. The odds of belonging are the expected number of missing members against the
dealer's own rate, times how well salesperson, departures, an income to the digit and busy identifiers fit, bounded by how
many members can be missing, which the ties of those that are there tell. A shared identifier too weak on its own counts if what
it touches is already a ring: chance picks ring members seldom.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import lambertw

from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.communities import Communities
from graphfraud.detection.departures import Departing
from graphfraud.detection.evidence import Evidence
from graphfraud.detection.market import LocalMarket
from graphfraud.detection.ordering import begins, counted, find, least_and_most, places, sorted_unique, spans
from graphfraud.detection.parameters import AttachParams, RefineParams
from graphfraud.detection.runs import Runs
from graphfraud.detection.units import one_a_unit


@dataclass(frozen=True)
class Unseen:
    """What is usual among rings: ties per tied member, share of all applications in rings."""

    ties: float
    in_rings: float


@dataclass(frozen=True)
class Attached:
    """Applications attached to communities, each to the one that claims it most, with the probability of belonging.

    member, stays: tied members, and the probability with which circumstance would attach each at most if nothing tied it (the
    member is among those that it is compared with).
    """

    community: Ints
    application: Ints
    probability: Floats
    member: Ints
    stays: Floats


@dataclass(frozen=True)
class _Rings:
    """Communities that attach others.

    One row a tied member: community, application. One row a community: size (tied members; 0 where it attaches nobody),
    opens and closes (days of its window, with a margin). in_core: of each application, whether it is tied in a hot community.
    """

    community: Ints
    application: Ints
    size: Ints
    opens: Floats
    closes: Floats
    in_core: Bools


def learn_unseen(
    a: Applications, communities: Communities, strength: Floats, params: AttachParams, refine: RefineParams
) -> Unseen:
    """Learn how many ties a tied member has, and how many applications are in rings."""
    rings = _rings(a, communities, strength, params, refine)
    ties = _ties_of_rings(communities)
    live = rings.size > 0
    members = len(sorted_unique(rings.application))
    mean = ties[live].sum() / max(rings.size[live].sum(), 1)
    return Unseen(float(np.clip(mean, params.least_ties, params.most_ties)), max(members, 1) / max(len(a), 1))


def attach_by_circumstance(
    a: Applications,
    unit: Ints,
    communities: Communities,
    strength: Floats,
    market: LocalMarket,
    unseen: Unseen,
    params: AttachParams,
    refine: RefineParams,
    departing: Departing,
) -> Attached:
    """Find the untied members of every community that stands out."""
    rings = _rings(a, communities, strength, params, refine)
    if len(rings.application) == 0 or not a.timed:
        nobody, never = np.empty(0, np.int64), np.empty(0)
        return Attached(nobody, nobody, never, nobody, never)
    missing = _missing_share(rings, _ties_of_rings(communities), unseen, params)
    weeks = _dealers_weeks(a, rings, market, missing, params)
    by_time = _same_dealer_and_weeks(rings, weeks)
    by_tie = _weak_ties(a, communities, rings, market, unseen, params)
    # members are asked beside the candidates: circumstance may carry them without what ties them
    members = rings.community, rings.application, weeks.odds_at(rings.community, a.dealer[rings.application])
    ring, who, odds = (np.concatenate(column) for column in zip(by_time, by_tie, members, strict=True))
    odds = odds + _salesperson_fits(a, rings, market, ring, who, params)
    odds = odds + departing.fits(one_a_unit(rings.community, rings.application, unit), communities.count, ring, who)
    odds = odds + _figure_fits(a, rings, market, ring, who, params)
    odds = odds + _busy_fits(a, communities.runs, communities.evidence, rings, market, ring, who, params)
    candidates = len(ring) - len(rings.application)
    probability, stays = np.split(1 / (1 + 10.0 ** (params.doubt - odds)), [candidates])
    community, application = ring[:candidates], who[:candidates]
    order = np.lexsort((community, -probability, application))
    best = order[begins(application[order])]
    shrink = _within_what_is_missing(community[best], probability[best], rings, missing, params)
    return Attached(community[best], application[best], probability[best] * shrink, rings.application, stays)


def _ties_of_rings(communities: Communities) -> Floats:
    """Ties of all tied units of each community: (unit, run) pairs in runs that two or more of its units share."""
    rows = communities.tie[communities.in_runs.tied]
    return np.bincount(communities.community[communities.runs.unit[rows]], minlength=communities.count).astype(np.float64)


def _missing_share(rings: _Rings, ties: Floats, unseen: Unseen, params: AttachParams) -> Floats:
    """Members that no identifier reaches, per tied member, by ring.

    Were ties dealt out at random, a member had Poisson(t) of them and none with probability exp(-t); t follows from the
    mean over those that have one, mean = t / (1 - exp(-t)), drawn towards the mean of all rings. Half of it is believed:
    gangs see to it that everybody shares something.
    """
    mean = (ties + params.ties_weight * unseen.ties) / (rings.size + params.ties_weight)
    mean = np.clip(mean, params.least_ties, params.most_ties)
    rate = mean + np.real(lambertw(-mean * np.exp(-mean)))
    return np.asarray(np.clip(params.unseen / np.expm1(rate), params.least_share, params.most_share))


def _within_what_is_missing(
    community: Ints, probability: Floats, rings: _Rings, missing: Floats, params: AttachParams
) -> Floats:
    """Shrink the candidates' probabilities to as many as can be missing from their ring: a ring swallows no dealer."""
    expected = np.bincount(community, weights=probability, minlength=len(rings.size))
    room = np.maximum(params.room * missing * rings.size, 1.0)
    return np.asarray(np.minimum(1.0, room / np.maximum(expected, 1e-9))[community])


def _rings(a: Applications, communities: Communities, strength: Floats, params: AttachParams, refine: RefineParams) -> _Rings:
    community, application = communities.core
    size = np.bincount(community, minlength=communities.count)
    hot = strength > refine.hot
    in_core = np.zeros(len(a), bool)
    in_core[application[hot[community]]] = True
    rows = (hot & (size >= params.core))[community]
    community, application = community[rows], application[rows]
    size = np.bincount(community, minlength=communities.count)
    opens, closes = least_and_most(community, a.day[application], communities.count)
    with np.errstate(invalid="ignore"):
        margin = np.clip((closes - opens) / np.maximum(size - 1, 1), params.least_margin, params.most_margin)
    return _Rings(community, application, size, opens - margin, closes + margin, in_core)


class _Cells:
    """Counts of ring members by (ring, value), looked up for any (ring, value)."""

    def __init__(self, ring: Ints, value: Ints) -> None:
        self.base = int(value.max(initial=-1)) + 2
        self.key, self.count = counted(ring * self.base + value + 1)

    def of(self, ring: Ints, value: Ints) -> Ints:
        if len(self.key) == 0:
            return np.zeros(len(ring), np.int64)
        asked = np.where(value + 1 < self.base, ring * self.base + value + 1, -1)
        at = np.minimum(np.searchsorted(self.key, asked), len(self.key) - 1)
        return np.where(self.key[at] == asked, self.count[at], 0)


@dataclass(frozen=True)
class _Weeks:
    """The weeks in which rings work at dealers, in order of key (ring times the number of dealers, and the dealer).

    begin, end: the rows of `order` (applications by dealer and time) that came then; odds: log10 of members missing there to
    customers expected.
    """

    dealers: int
    key: Ints
    begin: Ints
    end: Ints
    odds: Floats
    order: Ints

    def odds_at(self, ring: Ints, dealer: Ints) -> Floats:
        """Return the odds at each ring's dealer, none where it is not looked at."""
        if len(self.key) == 0:
            return np.full(len(ring), -np.inf)
        at, hit = find(self.key, ring * self.dealers + dealer)
        return np.where(hit & (dealer >= 0), self.odds[at], -np.inf)


def _dealers_weeks(a: Applications, rings: _Rings, market: LocalMarket, share: Floats, params: AttachParams) -> _Weeks:
    """Set the members that are missing at each dealer of a ring while it works against the customers who come then anyway."""
    dealers = max(len(market.dealer_count), 1)
    known = a.dealer[rings.application] >= 0
    key, members = counted(rings.community[known] * dealers + a.dealer[rings.application[known]])
    ring, dealer = key // dealers, key % dealers
    order = np.lexsort((a.day, a.dealer))
    first = float(a.day.min())
    scale = float(np.ptp(a.day)) + 1000.0  # days of one dealer stay apart from the next one's
    place = a.dealer[order] * scale + (a.day[order] - first)
    begin = np.searchsorted(place, dealer * scale + np.maximum(rings.opens[ring] - first, 0))
    end = np.searchsorted(place, dealer * scale + np.minimum(rings.closes[ring] - first, scale - 1), "right")
    free = np.concatenate([[0], np.cumsum(~rings.in_core[order])])
    inside = free[end] - free[begin]
    length = rings.closes[ring] - rings.opens[ring]
    missing = share[ring] * members
    outside = np.maximum(market.dealer_count[dealer] - members - inside, 0) + 0.5
    usual = outside / np.maximum(market.span - length, params.least_outside) * length
    # a ring as long as the data leaves no outside to compare with
    within = np.maximum(inside - missing, params.usual_inside * inside)
    usual = np.where(market.span - length < params.outside_share * market.span, within, usual)
    kept = missing / (usual + missing) > params.least_odds_in_cell
    key, begin, end, usual, missing = (x[kept] for x in (key, begin, end, usual, missing))
    return _Weeks(dealers, key, begin, end, np.log10(missing / np.maximum(usual, params.least_usual)), order)


def _same_dealer_and_weeks(rings: _Rings, weeks: _Weeks) -> tuple[Ints, Ints, Floats]:
    """Untied applications at a ring's dealers while it works, with the log10 odds of time and place that they belong."""
    cell, at = spans(weeks.begin, weeks.end)
    candidate = weeks.order[at]
    untied = ~rings.in_core[candidate]
    cell, candidate = cell[untied], candidate[untied]
    return weeks.key[cell] // weeks.dealers, candidate, weeks.odds[cell]


def _salesperson_fits(
    a: Applications, rings: _Rings, market: LocalMarket, ring: Ints, candidate: Ints, params: AttachParams
) -> Floats:
    """log10 of how much likelier the candidate's salesperson is among the ring's members at that dealer than there at all."""
    seller, dealer = a.salesperson[candidate], a.dealer[candidate]
    known = (seller >= 0) & (dealer >= 0)
    if not known.any():
        return np.zeros(len(candidate))
    members = _Cells(rings.community, a.dealer[rings.application]).of(ring, dealer)
    count = np.where(known, market.salesperson_count[np.maximum(seller, 0)], 1.0)
    share = np.clip(count / np.maximum(market.dealer_count[np.maximum(dealer, 0)], 1.0), 1e-6, 1.0)
    same = _Cells(rings.community, a.salesperson[rings.application]).of(ring, seller)
    prior = params.salesperson_members
    fits = np.log10((same + prior * share) / (np.maximum(members, same) + prior)) - np.log10(share)
    return np.where(known & (members > 0), fits, 0.0)


def _busy_fits(
    a: Applications,
    runs: Runs,
    evidence: Evidence,
    rings: _Rings,
    market: LocalMarket,
    ring: Ints,
    candidate: Ints,
    params: AttachParams,
) -> Floats:
    """log10 of how much likelier members are to hold the busy identifiers that the candidate shares with the ring."""
    busy = np.flatnonzero(evidence.busy[runs.run])
    application, identifier = runs.application[busy], runs.identifier[runs.run[busy]]
    users = runs.all_units[runs.run[busy]]
    ring_of = np.full(len(a), -1, np.int64)
    ring_of[rings.application] = rings.community
    held = _Cells(identifier, ring_of[application])
    order = np.argsort(application, kind="stable")
    pair, at = places(application[order], candidate)
    row = order[at]
    together = held.of(identifier[row], ring[pair])
    pair, row, together = pair[together > 0], row[together > 0], together[together > 0]
    run = runs.run[busy][row]
    dealer = a.dealer[candidate[pair]]
    local = np.where(dealer >= 0, market.dealer_count[np.maximum(dealer, 0)], np.inf) if len(market.dealer_count) else np.inf
    usual = np.maximum(users[row] / market.applications, runs.dealer_share[run] * users[row] / np.maximum(local, 1.0))
    usual = np.clip(usual, 1e-6, 1.0)
    size = rings.size[ring[pair]]
    said = np.log10((together + params.busy_alpha * usual) / (size + params.busy_alpha)) - np.log10(usual)
    total = np.bincount(pair, weights=np.clip(said, 0, None), minlength=len(candidate))
    return np.minimum(total, params.busy_most)


def _figure_fits(
    a: Applications, rings: _Rings, market: LocalMarket, ring: Ints, candidate: Ints, params: AttachParams
) -> Floats:
    """log10 of how much likelier members are to give the candidate's income to the digit than anybody is.

    Members with the candidate's employer do not count: colleagues have a scale of pay.
    """
    figures = np.unique(a.income[rings.application])
    figures = figures[~np.isnan(figures)]
    if len(figures) == 0:
        return np.zeros(len(candidate))

    def code(application: Ints) -> Ints:
        at = np.minimum(np.searchsorted(figures, a.income[application]), len(figures) - 1)
        return np.where(figures[at] == a.income[application], at, -1)

    employers = int(a.employer.max(initial=-1)) + 2
    member, asked = code(rings.application), code(candidate)
    given = member >= 0
    of, members, employer = rings.community[given], member[given], a.employer[rings.application[given]] + 1
    known = np.bincount(of, minlength=len(rings.size))[ring]
    same = _Cells(of, members).of(ring, asked)
    colleagues = _Cells(of, members * employers + employer)
    same = same - colleagues.of(ring, np.where(asked >= 0, asked * employers + a.employer[candidate] + 1, -1))
    share = market.figure_share[candidate]
    found = (asked >= 0) & (same > 0)
    share, known = np.where(found, share, 1.0), np.where(found, known, 1)
    said = np.log10(1 - params.figures + params.figures * same / known / share)
    return np.where(found, np.clip(said, 0.0, params.figures_most), 0.0)


def _weak_ties(
    a: Applications,
    communities: Communities,
    rings: _Rings,
    market: LocalMarket,
    unseen: Unseen,
    params: AttachParams,
) -> tuple[Ints, Ints, Floats]:
    """Untied applications that share a weak identifier with exactly one ring."""
    runs, evidence = communities.runs, communities.evidence
    ring_of = np.full(len(a), -1, np.int64)
    ring_of[rings.application] = rings.community
    weak = ~evidence.busy & (runs.units > 1) & (runs.units <= params.weak_units) & (evidence.weight > params.weak_from)
    rows = np.flatnonzero(weak[runs.run])
    touched = ring_of[runs.application[rows]]
    count = communities.count
    pair = sorted_unique(runs.run[rows][touched >= 0] * count + touched[touched >= 0])
    run, ring = pair // count, pair % count
    only = np.bincount(run, minlength=len(runs))[run] == 1
    of_run = np.full(len(runs), -1, np.int64)
    of_run[run[only]] = ring[only]
    rows = rows[(of_run[runs.run[rows]] >= 0) & ~rings.in_core[runs.application[rows]]]
    run, application = runs.run[rows], runs.application[rows]
    ring = of_run[run]
    odds = evidence.weight[run] - np.log10(np.minimum(1, runs.units[run] * unseen.in_rings))
    dealer = a.dealer[application]
    share = np.where(dealer >= 0, market.dealer_share[np.maximum(dealer, 0)], 1.0) if len(market.dealer_share) else 1.0
    same = _Cells(rings.community, a.dealer[rings.application]).of(ring, dealer)
    odds = odds + np.where(dealer >= 0, np.log10((same + share) / (rings.size[ring] + 1) / share), 0.0)
    day = a.day[application]
    away = (day < rings.opens[ring]) | (day > rings.closes[ring])
    return ring, application, odds - np.where(away, params.outside, 0.0)
