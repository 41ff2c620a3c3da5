"""Groups unlike customers: members live away from where their dealers' customers live, or apply at hours when few do.

A gang recruits where its agents are and files when its clerks have time, or it does not: what a departure is worth is
learned here, from groups whose identifiers alone leave little doubt, beside groups that share what is no evidence. Where
the ones look like the others, it is worth nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from graphfraud.detection.clocks import AllClocks, clock_of_code
from graphfraud.detection.columns import NO_TIME, Applications, Bools, Floats, Ints, Tokens
from graphfraud.detection.communities import Communities
from graphfraud.detection.evidence import Evidence
from graphfraud.detection.ordering import counted, find
from graphfraud.detection.parameters import DepartureParams
from graphfraud.detection.runs import Runs
from graphfraud.detection.units import one_a_unit

DEPARTURES = ("away", "hours")
UNLIKE = 2.0  # who is twice as likely to be anybody as to be a customer is told of as unlike customers …
FEW = 0.1  # … and lives where few of the dealer's customers do
NOBODY = 1e-9  # share of all applications from a region that none came from yet
SHARES: Floats = np.linspace(0.0, 1.0, 5)  # of a group's members that depart: what a group can be like
HOURS = 24
ROUNDS = 50  # of expectation and maximisation
MOST_GROUPS = 20_000  # everyday groups that are looked at: more change no figure


@dataclass(frozen=True)
class Customers:
    """Where each dealer's customers live, and when customers apply.

    region (tokens, in order), region_share: of all applications; dealer_known: of each dealer (by its clock), applications
    whose region is known; cell (dealer times the number of regions, and the region, in order), cell_count: applications of
    a region at a dealer. hour_share: of all applications by hour of the day, all NaN where hours say nothing. until: when the
    last of these applications was submitted (epoch milliseconds).
    """

    region: Tokens
    region_share: Floats
    dealer_known: Ints
    cell: Ints
    cell_count: Ints
    hour_share: Floats
    until: int


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
    total = np.bincount(region[region >= 0], minlength=len(token))
    hour = a.hour[~np.isnan(a.hour)].astype(np.int64)
    hours = np.bincount(hour, minlength=HOURS) + 1.0
    share = hours / hours.sum()
    return Customers(
        token,
        total / max(int(total.sum()), 1),
        np.bincount(dealer[known], minlength=len(clocks.dealers.count)),
        cell,
        count,
        share if a.timed and share.max() <= params.hour_most else np.full(HOURS, np.nan),
        int(a.submitted_ms.max(initial=NO_TIME)),
    )


class Unlike:
    """How much likelier applications are of anybody at any hour than of the usual customer, looked up where it is asked for."""

    def __init__(self, a: Applications, customers: Customers, clocks: AllClocks, params: DepartureParams) -> None:
        self._a, self._customers, self._params = a, customers, params
        self._dealer = clocks.dealers.index(a.dealer_ids)
        self._region = _place_of(a.region_tokens, customers.region)

    def of(self, application: Ints) -> Floats:
        """Return the ratio of each application, one row for each of DEPARTURES; 1 where nothing is known."""
        return self._ratios(application)[0]

    def told(self, application: Ints) -> Bools:
        """Say which applications are told of as unlike customers: few customers live there, or apply then, and others do."""
        ratio, at_dealer = self._ratios(application)
        told = ratio >= UNLIKE
        told[DEPARTURES.index("away")] &= at_dealer < FEW
        return told

    def _ratios(self, application: Ints) -> tuple[Floats, Floats]:
        """Return the ratios of `of`, and the share of the dealer's customers that are from the region (NaN where unknown)."""
        at_dealer, anywhere = self._customers_from(application)
        ratio = np.stack([anywhere / at_dealer, 1 / HOURS / self._at_hour(application)])
        most = self._params.most_ratio
        return np.where(np.isnan(ratio), 1.0, np.clip(ratio, 1 / most, most)), at_dealer

    def _customers_from(self, application: Ints) -> tuple[Floats, Floats]:
        """Share of the dealer's customers, and of all applications, that are from each one's region; NaN where unknown.

        What was counted of the application itself is left out of its dealer's. Of a region that nobody came from before, the
        share of all is as small as one will: their ratio is what counts.
        """
        a, customers, worth = self._a, self._customers, self._params.customers
        at_dealer, anywhere = np.full((2, len(application)), np.nan)
        dealer = clock_of_code(self._dealer, a.dealer[application])
        rows = np.flatnonzero((a.region[application] >= 0) & (dealer >= 0))
        region, dealer = clock_of_code(self._region, a.region[application[rows]]), dealer[rows]
        counted_in = (a.submitted_ms[application[rows]] <= customers.until) & (region >= 0)
        others = np.zeros(len(rows))
        if len(customers.cell):
            at, hit = find(customers.cell, dealer * len(customers.region) + region)
            others = np.where(hit & (region >= 0), customers.cell_count[at] - counted_in, 0.0)
        known = np.maximum(customers.dealer_known[dealer] - counted_in, 0)
        share = np.where(region >= 0, np.append(customers.region_share, 0.0)[region], NOBODY)
        anywhere[rows] = share
        at_dealer[rows] = (others + worth * share) / (known + worth)
        return at_dealer, anywhere

    def _at_hour(self, application: Ints) -> Floats:
        """Share of all applications that come at each one's hour; NaN where unknown."""
        hour = self._a.hour[application]
        return np.where(np.isnan(hour), np.nan, self._customers.hour_share[np.nan_to_num(hour).astype(np.int64)])


class Departing:
    """What it is worth that members of a group are unlike customers, under what was learned of found and everyday groups."""

    def __init__(self, unlike: Unlike, mixes: Mixes, params: DepartureParams) -> None:
        self.unlike = unlike
        self._mixes, self._params = mixes, params

    def of_groups(self, group: Ints, application: Ints, count: int) -> Floats:
        """Return what departing says of each group in decimal orders of odds, one row for each of DEPARTURES."""
        said = _likely(self.unlike, group, application, count)
        likely = np.exp(said - said.max(axis=2, keepdims=True))
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
        likely = np.exp(said - said.max(axis=2, keepdims=True))
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
    usual = _likely(unlike, *_users_of(runs, dull), len(dull))
    unknown = np.full(len(SHARES), params.prior / (len(SHARES) - 1))
    unknown[0] = 1 - params.prior
    everyday = np.stack([_mix(said, unknown, params.prior_groups) for said in usual])
    beside = [_mix(said, base, params.prior_groups) for said, base in zip(found, everyday, strict=True)]
    return Mixes(np.stack(beside), everyday)


def weigh_departures(runs: Runs, evidence: Evidence, departing: Departing) -> Evidence:
    """Add to the weight of runs that their users are unlike customers; a burst says nothing of who its users are."""
    heard = np.flatnonzero(~evidence.busy & (runs.units > 1))
    weight = evidence.weight.copy()
    weight[heard] += departing.of_users(*_users_of(runs, heard), len(heard))
    weight = np.minimum(weight, evidence.ceiling)
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


def _place_of(token: Tokens, ordered: Tokens) -> Ints:
    """Find tokens among ordered ones, -1 where they are not."""
    if len(ordered) == 0:
        return np.full(len(token), -1, np.int64)
    at = np.minimum(np.searchsorted(ordered, token), len(ordered) - 1)
    return np.where(ordered[at] == token, at, -1)


def _users_of(runs: Runs, chosen: Ints) -> tuple[Ints, Ints]:
    """Return (place among the chosen runs, application), one row a user."""
    number = np.full(len(runs), -1, np.int64)
    number[chosen] = np.arange(len(chosen))
    rows = np.flatnonzero(number[runs.run] >= 0) if len(runs) else np.empty(0, np.int64)
    return number[runs.run[rows]], runs.application[rows]


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
    likely = np.exp(said - said.max(axis=1, keepdims=True))
    for _ in range(ROUNDS):
        each = likely * mix
        each /= each.sum(axis=1, keepdims=True)
        mix = (each.sum(axis=0) + worth * base) / (len(said) + worth)
    return np.asarray(mix)
