"""Join fragments of one operation, and weigh how a community's dealers compare with the market.

Reach: the same dealers in the same weeks. A gang that renews its identifiers leaves several communities; two of them are
one operation if one mix of dealers, salespersons, kinds of sharing and one window explain both better than two do
(Bayes factors of Dirichlet-multinomial models; time: k submissions in a window of unknown, log-uniform length).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import gammaln

from graphfraud.detection.columns import Applications, Floats, Ints
from graphfraud.detection.communities import Communities
from graphfraud.detection.links import EVIDENCE_KINDS
from graphfraud.detection.market import LocalMarket
from graphfraud.detection.ordering import cells, counted, firsts, least_and_most, placed
from graphfraud.detection.parameters import RefineParams
from graphfraud.detection.runs import Runs
from graphfraud.detection.units import one_a_unit

LN10 = np.log(10.0)
LIKENING = ("loan_to_value", "income")  # what a gang sets; prices and ages are the customers' own


@dataclass(frozen=True)
class Habits:
    """What is usual among communities: the mix of kinds they share (sums to 1), and how many of them are hot."""

    kind_mix: Floats
    hot: int


def learn_habits(communities: Communities, params: RefineParams) -> Habits:
    """Learn the kinds that communities share, and how many communities stand out."""
    _, kind, count = _kinds_shared(communities)
    mix = np.bincount(kind, weights=count, minlength=len(EVIDENCE_KINDS)) + 0.5
    hot = int((communities.strength > params.hot).sum())
    return Habits(mix / mix.sum(), hot)


def join_fragments(
    a: Applications,
    communities: Communities,
    market: LocalMarket,
    habits: Habits,
    params: RefineParams,
) -> Communities:
    """Merge mutually best pairs of communities that one operation explains better than two."""
    for _ in range(params.rounds):
        one, other, favour = _pairs_to_join(a, communities, market, habits, params)
        if len(one) == 0:
            break
        best = np.full(communities.count, -np.inf)
        np.maximum.at(best, one, favour)
        np.maximum.at(best, other, favour)
        mutual = (favour == best[one]) & (favour == best[other])
        becomes = np.arange(communities.count)
        becomes[other[mutual]] = one[mutual]
        old = communities.community
        communities = replace(communities, community=np.where(old >= 0, becomes[np.maximum(old, 0)], -1))
    return communities


def dealer_coherence(market: LocalMarket, a: Applications, core: tuple[Ints, Ints], count: int, params: RefineParams) -> Floats:
    """Return what each community's dealers add to its evidence: a few of its own against the market's mix."""
    community, application = core
    known = a.dealer[application] >= 0
    community, dealer = community[known], a.dealer[application[known]]
    c, d, n = _tally(community, dealer, len(market.dealer_share))
    share = market.dealer_share[d]
    factor = np.bincount(c, weights=gammaln(share + n) - gammaln(share) - n * np.log(share), minlength=count)
    factor = (factor - gammaln(1 + np.bincount(community, minlength=count))) / LN10
    said = np.clip(factor - params.coherence_offset, params.coherence_floor, params.coherence_ceiling)
    return np.asarray(params.coherence * said * (np.bincount(community, minlength=count) > 0))


def amounts_alike(
    a: Applications, market: LocalMarket, unit: Ints, core: tuple[Ints, Ints], count: int, params: RefineParams
) -> Floats:
    """Return what loan to value and income add to each community's evidence: one normal of its own against the market's.

    One application a unit speaks: a family's two are alike anyway. The prior of the own normal is the market's, worth
    `middle_members` for its middle and `spread_members` for its spread. Incomes that are the same to the digit say more.
    """
    community, application = one_a_unit(*core, unit)
    total = np.zeros(count)
    for name in LIKENING:
        z = market.amount(name)[application]
        known = ~np.isnan(z)
        said = _own_normal(community[known], z[known], count, params)
        total += params.likeness * np.clip(said, params.likeness_floor, params.likeness_ceiling)
    return total + _figures_repeated(a, market, community, application, count, params)


def _figures_repeated(
    a: Applications, market: LocalMarket, community: Ints, application: Ints, count: int, params: RefineParams
) -> Floats:
    """What incomes say that several members of a community give to the digit: forms are filled in from a template.

    Of n members e with one figure, which a share p of all gives, are C(n, e) p^(e - 1) by chance. Colleagues have a scale
    of pay: of one employer's people one counts. Prices are no evidence: dealers have lists.
    """
    known = ~np.isnan(market.figure_share[application])
    community, application = community[known], application[known]
    figure, code = np.unique(a.income[application], return_inverse=True)
    group, held = np.unique(community * (len(figure) + 1) + code, return_inverse=True)
    order = np.argsort(held, kind="stable")
    who = cells(held[order], a.employer[application[order]]).group
    employers = np.bincount(who, minlength=len(group))
    share = np.ones(len(group))
    share[held] = market.figure_share[application]
    of = group // (len(figure) + 1)
    n = np.bincount(community, minlength=count)[of]
    ways = (gammaln(n + 1) - gammaln(employers + 1) - gammaln(n - employers + 1)) / LN10
    said = np.where(employers > 1, -ways - (employers - 1) * np.log10(share) - params.figures_prior, 0.0)
    total = np.bincount(of, weights=np.maximum(said, 0.0), minlength=count)
    return np.asarray(np.minimum(total, params.figures_most))


def _own_normal(group: Ints, z: Floats, count: int, params: RefineParams) -> Floats:
    """log10 Bayes factor of a normal of each group's own (normal-inverse-gamma prior) against the standard normal."""
    n = np.bincount(group, minlength=count)
    mean = np.bincount(group, weights=z, minlength=count) / np.maximum(n, 1)
    square = np.bincount(group, weights=z**2, minlength=count)
    spread = np.maximum(square - n * mean**2, 0.0)
    prior, half = params.middle_members, params.spread_members / 2
    k, shape = prior + n, half + n / 2
    scale = half + spread / 2 + prior * n * mean**2 / (2 * k)
    own = gammaln(shape) - gammaln(half) + half * np.log(half) - shape * np.log(scale) - 0.5 * np.log(k / prior)
    return np.asarray((own + square / 2) / LN10)


def _pairs_to_join(
    a: Applications,
    communities: Communities,
    market: LocalMarket,
    habits: Habits,
    params: RefineParams,
) -> tuple[Ints, Ints, Floats]:
    """Pairs of communities (first < second) that had better be one, and by how many orders of magnitude."""
    count = communities.count
    nothing = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
    if count < 2:
        return nothing
    strength = communities.strength
    c, application = communities.core
    size = np.bincount(c, minlength=count)
    live = (size >= 2) & (strength > params.least)
    hot = (strength > params.hot) & live
    if not hot.any() or live.sum() < 2:
        return nothing
    rows = live[c] & (a.dealer[application] >= 0)
    c, application = c[rows], application[rows]
    size = np.bincount(c, minlength=count)
    first, last = least_and_most(c, a.day[application], count)
    cell_c, cell_d, cell_n = _tally(c, a.dealer[application], len(market.dealer_share))
    one, other, n_one, n_other, dealer = _neighbours_at_dealers(cell_c, cell_d, cell_n, first, params.neighbours)
    tie_key, tie = _ties_across(a, communities.runs, market, c, application, size, count, params)
    dealer_key = one * count + other
    key = np.union1d(dealer_key, tie_key)
    if len(key) == 0:
        return nothing
    pair = np.searchsorted(key, dealer_key)
    one, other = key // count, key % count
    shared_mix = _same_mix(params.dealer_alpha * market.dealer_share[dealer], n_one, n_other)
    by_dealers = np.bincount(pair, weights=shared_mix, minlength=len(key)).astype(np.float64)
    by_dealers += _same_total(params.dealer_alpha, size[one], size[other])
    by_ties = np.zeros(len(key))
    by_ties[np.searchsorted(key, tie_key)] = tie
    by_houses = np.bincount(pair, weights=_same_total(params.salesperson_beta, n_one, n_other), minlength=len(key))
    may = (hot[one] | hot[other]) & (by_dealers / LN10 + by_ties > params.dealer)  # the rest is dear, and these are few
    key, one, other, by_dealers, by_ties, by_houses = (x[may] for x in (key, one, other, by_dealers, by_ties, by_houses))
    if len(key) == 0:
        return nothing
    by_sellers = by_houses + _sellers_in_common(a, market, c, application, key, count, params)
    by_kinds = _kinds_in_common(communities, one, other, habits, params)
    by_time = _one_window(size, first, last, one, other, market.span, params.least_window)
    favour = (by_dealers + by_sellers + by_kinds + params.time_weight * by_time) / LN10 + by_ties
    favour += np.log10(params.prior / max(1, habits.hot))
    join = favour > 0
    return one[join], other[join], favour[join]


def _ties_across(
    a: Applications,
    runs: Runs,
    market: LocalMarket,
    c: Ints,
    application: Ints,
    size: Ints,
    count: int,
    params: RefineParams,
) -> tuple[Ints, Floats]:
    """Pairs of communities (key first * count + second) that hold the same identifiers, and what that says (log10).

    An identifier too weak or too busy to tie anybody by itself still tells which of a few suspicious groups belong
    together: two groups of s and t members both meet one that a share p of the applications there holds with
    probability (1 - (1 - p)^s)(1 - (1 - p)^t), fragments of one operation in `tie_expected`.
    """
    member = np.full(len(a), -1, np.int64)
    member[application] = c
    rows = np.flatnonzero(member[runs.application] >= 0)
    if len(rows) == 0:
        return np.empty(0, np.int64), np.empty(0)
    identifier, community = runs.identifier[runs.run[rows]], member[runs.application[rows]]
    held, first = firsts(identifier * count + community)
    run, dealer = runs.run[rows[first]], a.dealer[runs.application[rows[first]]]
    identifier, community = held // count, held % count
    users = runs.all_units[run].astype(np.float64)
    local = runs.dealer_share[run] * users / np.maximum(market.dealer_count[np.maximum(dealer, 0)], 1.0)
    usual = np.clip(np.maximum(users / market.applications, local), 1e-6, 0.5)
    met = 1 - (1 - usual) ** size[community]
    found, said = [], []
    for step in range(1, params.neighbours + 1):
        i = np.flatnonzero(identifier[step:] == identifier[:-step])
        if len(i) == 0:
            break
        found.append(community[i] * count + community[i + step])
        said.append(np.log10(params.tie_expected / (met[i] * met[i + step])))
    if not found:
        return np.empty(0, np.int64), np.empty(0)
    key, pair = placed(np.concatenate(found))
    each = np.maximum(np.concatenate(said), 0.0)
    return key, np.minimum(np.bincount(pair, weights=each), params.ties_most)


def _tally(group: Ints, value: Ints, values: int) -> tuple[Ints, Ints, Ints]:
    """Count (group, value) pairs; return both and the count, ordered."""
    key, n = counted(group * max(values, 1) + value)
    return key // max(values, 1), key % max(values, 1), n


def _neighbours_at_dealers(c: Ints, dealer: Ints, n: Ints, first: Floats, most: int) -> tuple[Ints, Ints, Ints, Ints, Ints]:
    """Pairs of communities next to each other in time at a dealer: (lower, higher, their counts there, dealer)."""
    order = np.lexsort((c, first[c], dealer))
    c, dealer, n = c[order], dealer[order], n[order]
    found = []
    for step in range(1, most + 1):
        i = np.flatnonzero(dealer[step:] == dealer[:-step])
        if len(i) == 0:
            break
        j = i + step
        swap = c[i] > c[j]
        low, high = np.where(swap, j, i), np.where(swap, i, j)
        found.append(np.stack([c[low], c[high], n[low], n[high], dealer[i]]))
    columns = np.concatenate(found, axis=1) if found else np.empty((5, 0), np.int64)
    return columns[0], columns[1], columns[2], columns[3], columns[4]


def _rising(base: Floats, n: Ints | Floats) -> Floats:
    return np.asarray(gammaln(base + n) - gammaln(base))


def _same_mix(base: Floats, one: Ints, other: Ints) -> Floats:
    """What one value shared by both adds to the Bayes factor of one mix against two."""
    return _rising(base, one + other) - _rising(base, one) - _rising(base, other)


def _same_total(alpha: float, one: Ints, other: Ints) -> Floats:
    """What the totals of both take from it."""
    base = np.full(len(one), alpha)
    return _rising(base, one) + _rising(base, other) - _rising(base, one + other)


def _sellers_in_common(
    a: Applications, market: LocalMarket, c: Ints, application: Ints, key: Ints, count: int, params: RefineParams
) -> Floats:
    """Sum, over salespersons that both communities of a pair have, of what sharing them says."""
    known = a.salesperson[application] >= 0
    c, application = c[known], application[known]
    seller = a.salesperson[application]
    sc, ss, sn = _tally(c, seller, len(market.salesperson_count))
    house = np.zeros(len(market.salesperson_count), np.int64)
    house[seller[::-1]] = a.dealer[application[::-1]]
    share = np.clip(market.salesperson_count / market.dealer_count[house], 1e-6, 1.0)
    order = np.lexsort((sc, ss))
    sc, ss, sn = sc[order], ss[order], sn[order]
    total = np.zeros(len(key))
    for step in range(1, params.neighbours + 1):
        i = np.flatnonzero(ss[step:] == ss[:-step])
        if len(i) == 0:
            break
        pair = sc[i] * count + sc[i + step]  # sorted by community within a seller: lower first
        at = np.minimum(np.searchsorted(key, pair), len(key) - 1)
        hit = key[at] == pair
        said = _same_mix(params.salesperson_beta * share[ss[i]], sn[i], sn[i + step])
        np.add.at(total, at[hit], said[hit])
    return total


def _kinds_shared(communities: Communities) -> tuple[Ints, Ints, Ints]:
    """(community, kind, number of identifiers of the kind that two or more of its units share)."""
    found = communities.in_runs
    shared = found.units > 1
    return _tally(found.community[shared], communities.runs.kind[found.run[shared]], len(EVIDENCE_KINDS))


def _kinds_in_common(communities: Communities, one: Ints, other: Ints, habits: Habits, params: RefineParams) -> Floats:
    table = np.zeros((communities.count, len(EVIDENCE_KINDS)))
    c, kind, n = _kinds_shared(communities)
    table[c, kind] = n
    base = params.kind_alpha * habits.kind_mix

    def marginal(x: Floats) -> Floats:
        total = x.sum(axis=1)
        return np.asarray(_rising(base, x).sum(axis=1) + gammaln(base.sum()) - gammaln(base.sum() + total))

    return marginal(table[one] + table[other]) - marginal(table[one]) - marginal(table[other])


def _one_window(size: Ints, first: Floats, last: Floats, one: Ints, other: Ints, span: float, least: float) -> Floats:
    """Bayes factor of one window against two for the submission times."""

    def marginal(k: Ints, length: Floats) -> Floats:
        with np.errstate(divide="ignore"):  # a single submission has no window: nothing joins it
            said = (1.0 - k) * np.log(np.maximum(length, least)) - np.log(span * np.log(span)) - np.log(k * (k - 1.0))
        return np.asarray(said)

    together = np.maximum(last[one], last[other]) - np.minimum(first[one], first[other])
    apart = marginal(size[one], last[one] - first[one]) + marginal(size[other], last[other] - first[other])
    return marginal(size[one] + size[other], together) - apart
