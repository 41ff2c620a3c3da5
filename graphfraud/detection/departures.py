"""Groups unlike customers: members live away from where their dealers' customers live, or apply at hours when few do.

A gang recruits where its agents are and files when its clerks have time, or it does not: what a departure is worth is
learned here, from groups whose identifiers alone leave little doubt, beside groups that share what is no evidence. Where
the ones look like the others, it is worth nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graphfraud.detection.clocks import AllClocks, clock_of_code
from graphfraud.detection.columns import Applications, Floats, Ints, Tokens
from graphfraud.detection.communities import Communities
from graphfraud.detection.evidence import Evidence
from graphfraud.detection.ordering import counted, find, firsts
from graphfraud.detection.parameters import DepartureParams
from graphfraud.detection.runs import Runs

DEPARTURES = ("away", "hours")
UNLIKE = 2.0  # who is twice as likely to be anybody as to be a customer is told of as unlike customers
SHARES: Floats = np.linspace(0.0, 1.0, 5)  # of a group's members that depart: what a group can be like
HOURS = 24
ROUNDS = 50  # of expectation and maximisation
MOST_GROUPS = 20_000  # everyday groups that are looked at: more change no figure


@dataclass(frozen=True)
class Customers:
    """Where each dealer's customers live, and when customers apply.

    region (tokens, in order), region_share: of all applications; dealer_known: of each dealer (by its clock), applications
    whose region is known; cell (dealer times the number of regions, and the region, in order), cell_count: applications of
    a region at a dealer, where there are two or more. hour_share: of all applications by hour of the day, all NaN where
    hours say nothing.
    """

    region: Tokens
    region_share: Floats
    dealer_known: Ints
    cell: Ints
    cell_count: Ints
    hour_share: Floats


@dataclass(frozen=True)
class Mixes:
    """Share of groups of which each of SHARES departs, one row for each of DEPARTURES: of found ones and of everyday ones."""

    found: Floats
    everyday: Floats


def learn_customers(a: Applications, clocks: AllClocks, params: DepartureParams) -> Customers:
    """Learn where the customers of each dealer live and when customers apply."""
    token = np.sort(a.region_tokens)
    region = clock_of_code(_place_of(a.region_tokens, token), a.region)
    dealer = clock_of_code(clocks.dealers.index(a.dealer_ids), a.dealer)
    known = (region >= 0) & (dealer >= 0)
    cell, count = counted(dealer[known] * len(token) + region[known])
    several = count > 1
    total = np.bincount(region[region >= 0], minlength=len(token))
    hour = a.hour[~np.isnan(a.hour)].astype(np.int64)
    hours = np.bincount(hour, minlength=HOURS) + 1.0
    share = hours / hours.sum()
    return Customers(
        token,
        total / max(int(total.sum()), 1),
        np.bincount(dealer[known], minlength=len(clocks.dealers.count)),
        cell[several],
        count[several],
        share if a.timed and share.max() <= params.hour_most else np.full(HOURS, np.nan),
    )


class Unlike:
    """How much likelier applications are of anybody at any hour than of the usual customer, looked up where it is asked for."""

    def __init__(self, a: Applications, customers: Customers, clocks: AllClocks, params: DepartureParams) -> None:
        self._a, self._customers, self._params = a, customers, params
        self._dealer = clocks.dealers.index(a.dealer_ids)
        self._region = _place_of(a.region_tokens, customers.region)

    def of(self, application: Ints) -> Floats:
        """Return the ratio of each application, one row for each of DEPARTURES; 1 where nothing is known.

        The application's own count is left out of its dealer's.
        """
        a, customers = self._a, self._customers
        ratio = np.ones((len(DEPARTURES), len(application)))
        region = clock_of_code(self._region, a.region[application])
        dealer = clock_of_code(self._dealer, a.dealer[application])
        rows = np.flatnonzero((region >= 0) & (dealer >= 0))
        region, dealer = region[rows], dealer[rows]
        others = np.zeros(len(rows))
        if len(customers.cell):
            at, hit = find(customers.cell, dealer * len(customers.region) + region)
            others = np.where(hit, customers.cell_count[at] - 1.0, 0.0)
        share = customers.region_share[region]
        known = np.maximum(customers.dealer_known[dealer] - 1, 0)
        ratio[0, rows] = share * (known + self._params.customers) / (others + self._params.customers * share)
        hour = a.hour[application]
        told = ~np.isnan(hour) & ~np.isnan(customers.hour_share[0])
        ratio[1, told] = 1 / HOURS / customers.hour_share[hour[told].astype(np.int64)]
        return np.clip(ratio, 1 / self._params.most_ratio, self._params.most_ratio)


class Departing:
    """What it is worth that members of a group are unlike customers, under what was learned of found and everyday groups."""

    def __init__(self, unlike: Unlike, mixes: Mixes, params: DepartureParams) -> None:
        self.unlike = unlike
        self._mixes, self._params = mixes, params

    def of_groups(self, group: Ints, application: Ints, count: int) -> Floats:
        """Return what departing says of each group in decimal orders of odds, one row for each of DEPARTURES."""
        said = _likely(self.unlike, group, application, count)
        likely = np.exp(said - said.max(axis=2, keepdims=True, initial=0.0))
        found, everyday = ((likely * mix[:, None]).sum(axis=2) for mix in (self._mixes.found, self._mixes.everyday))
        params = self._params
        return np.asarray(np.clip(params.weight * np.log10(found / everyday), params.floor, params.ceiling))

    def of_users(self, group: Ints, application: Ints, count: int) -> Floats:
        """Return what departing adds to the weight of what each group has in common."""
        said = self.of_groups(group, application, count).sum(axis=0)
        return np.asarray(np.clip(said, self._params.tie_floor, self._params.tie_ceiling))

    def fits(self, core: tuple[Ints, Ints], count: int, ring: Ints, candidate: Ints) -> Floats:
        """log10 of how much likelier candidates are to depart as they do if they belong to the ring than if they do not."""
        said = _likely(self.unlike, *core, count) + np.log(self._mixes.found)[:, None]
        likely = np.exp(said - said.max(axis=2, keepdims=True, initial=-np.inf)) if count else said
        share = (likely * SHARES).sum(axis=2) / likely.sum(axis=2)
        fits = np.log10(1 + share[:, ring] * (self.unlike.of(candidate) - 1))
        return np.asarray(np.clip(fits, -self._params.fits, self._params.fits).sum(axis=0))


def learn_mixes(communities: Communities, unit: Ints, unlike: Unlike, params: DepartureParams) -> Mixes:
    """Learn how found groups depart and how everyday ones do: the users of identifiers that are no evidence."""
    runs, evidence = communities.runs, communities.evidence
    found = _likely(unlike, *one_a_unit(*communities.core, unit), communities.count)[:, communities.strength > params.hot]
    dull = np.flatnonzero((evidence.weight <= 0) & ~evidence.busy & (runs.units > 1))
    if len(dull) > MOST_GROUPS:
        dull = dull[np.linspace(0, len(dull) - 1, MOST_GROUPS).astype(np.int64)]
    number = np.full(len(runs), -1, np.int64)
    number[dull] = np.arange(len(dull))
    rows = np.flatnonzero(number[runs.run] >= 0) if len(runs) else np.empty(0, np.int64)
    usual = _likely(unlike, number[runs.run[rows]], runs.application[rows], len(dull))
    unknown = np.full(len(SHARES), params.prior / (len(SHARES) - 1))
    unknown[0] = 1 - params.prior
    everyday = np.stack([_mix(said, unknown, params.prior_groups) for said in usual])
    beside = [_mix(said, base, params.prior_groups) for said, base in zip(found, everyday, strict=True)]
    return Mixes(np.stack(beside), everyday)


def weigh_departures(runs: Runs, evidence: Evidence, departing: Departing) -> Evidence:
    """Add to the weight of runs that their users are unlike customers; a burst says nothing of who its users are."""
    said = departing.of_users(runs.run, runs.application, len(runs))
    weight = np.minimum(evidence.weight + np.where(evidence.busy | (runs.units < 2), 0.0, said), evidence.ceiling)
    return replace(evidence, weight=weight, departure=weight - evidence.weight)


def departures(communities: Communities, unit: Ints, departing: Departing) -> tuple[dict[str, Floats], Floats]:
    """Return what departing adds to each community's evidence, by DEPARTURES, and what it says of each in all.

    What it has added to the community's runs is not added again.
    """
    said = departing.of_groups(*one_a_unit(*communities.core, unit), communities.count)
    whole = said.sum(axis=0)
    share = beyond(whole, communities.departed) / np.where(whole > 0, whole, 1.0)
    return dict(zip(DEPARTURES, said * np.where(whole > 0, share, 1.0), strict=True)), whole


def beyond(whole: Floats, counted: Floats) -> Floats:
    """What departing adds to a community of which it says `whole`, if so much of it is counted in its runs already."""
    return np.asarray(np.clip(whole - counted, 0.0, np.maximum(whole, 0.0)))


def one_a_unit(group: Ints, application: Ints, unit: Ints) -> tuple[Ints, Ints]:
    """Keep one application of each unit in each group: the others live where it does."""
    base = int(unit.max(initial=0)) + 1
    first = firsts(group * base + unit[application])[1]
    return group[first], application[first]


def _place_of(token: Tokens, ordered: Tokens) -> Ints:
    if len(ordered) == 0:
        return np.full(len(token), -1, np.int64)
    at = np.minimum(np.searchsorted(ordered, token), len(ordered) - 1)
    return np.where(ordered[at] == token, at, -1)


def _likely(unlike: Unlike, group: Ints, application: Ints, count: int) -> Floats:
    """log of how likely each group's members are if a share of them departs, against none: departures x groups x SHARES."""
    ratio = unlike.of(application)
    said = np.zeros((len(ratio), count, len(SHARES)))
    for k, share in enumerate(SHARES.tolist()):
        for row in range(len(ratio)):
            said[row, :, k] = np.bincount(group, weights=np.log(1 + share * (ratio[row] - 1)), minlength=count)
    return said


def _mix(said: Floats, base: Floats, worth: float) -> Floats:
    """Share of the groups at each of SHARES: expectation and maximisation with `worth` groups as the base has them."""
    mix = base
    likely = np.exp(said - said.max(axis=1, keepdims=True, initial=0.0))
    for _ in range(ROUNDS):
        each = likely * mix
        each /= each.sum(axis=1, keepdims=True)
        mix = (each.sum(axis=0) + worth * base) / (len(said) + worth)
    return np.asarray(mix)
