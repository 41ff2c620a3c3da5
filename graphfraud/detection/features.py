"""What a community looks like, as numbers: one documented function a feature, the list of features a tuple.

Features are the anomaly detectors' eyes; the evidence is deliberately not among them, so that they are a second opinion:
they see everything that members share, whether it is evidence or not. Each function gets a `View` and returns one number a
community (or everyday group).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphfraud.detection.columns import NO_TIME, Applications, Bools, Floats, Ints
from graphfraud.detection.everyday import EverydayGroups
from graphfraud.detection.groups import Groups
from graphfraud.detection.links import EVIDENCE_KINDS
from graphfraud.detection.market import LocalMarket
from graphfraud.detection.ordering import counted, least_and_most, places, sorted_unique
from graphfraud.detection.runs import Runs

NIGHT_FROM, NIGHT_TO = 22, 7  # hours in which showrooms are closed


@dataclass(frozen=True)
class Sharing:
    """All runs that two or more units of a group are in, evidence or not: group, run, and how many of its units are in it."""

    group: Ints
    run: Ints
    inside: Ints


@dataclass(frozen=True)
class View:
    """A set of communities to measure: columns, members (community, application), shared runs, unit of each application."""

    a: Applications
    runs: Runs
    groups: Groups
    market: LocalMarket
    unit: Ints

    @cached_property
    def _members(self) -> Ints:
        """Units of each community, once each, as community * units + unit."""
        base = int(self.unit.max(initial=-1)) + 1
        return sorted_unique(self.groups.community * base + self.unit[self.groups.application])

    @cached_property
    def units(self) -> Floats:
        """Units of each community."""
        base = max(int(self.unit.max(initial=-1)) + 1, 1)
        return np.bincount(self._members // base, minlength=self.groups.count).astype(np.float64)

    @cached_property
    def sharing(self) -> Sharing:
        """What the units of each community share."""
        base, runs = max(int(self.unit.max(initial=-1)) + 1, 1), max(len(self.runs), 1)
        order = np.argsort(self.runs.unit, kind="stable")
        row, at = places(self.runs.unit[order], self._members % base)
        key, inside = counted((self._members // base)[row] * runs + self.runs.run[order[at]])
        shared = inside > 1
        return Sharing(key[shared] // runs, key[shared] % runs, inside[shared])

    @property
    def size(self) -> Floats:
        """Members of each community."""
        return np.bincount(self.groups.community, minlength=self.groups.count).astype(np.float64)

    @property
    def duration(self) -> Floats:
        """Days from the first to the last submission of each community; 0 where it has no members."""
        first, last = least_and_most(self.groups.community, self.a.day[self.groups.application], self.groups.count)
        return np.where(last >= first, last - first, 0.0)

    @property
    def timed(self) -> Bools:
        """Whether all members of each community have a time: only then does its duration mean something."""
        without = self.a.submitted_ms[self.groups.application] == NO_TIME
        return np.asarray(np.bincount(self.groups.community[without], minlength=self.groups.count) == 0)

    def distinct(self, of_application: Ints) -> Floats:
        """Count the distinct known values of an application's attribute among the members."""
        value = of_application[self.groups.application]
        known = value >= 0
        pair = sorted_unique(self.groups.community[known] * (int(value.max(initial=0)) + 1) + value[known])
        return np.bincount(pair // (int(value.max(initial=0)) + 1), minlength=self.groups.count).astype(np.float64)

    def top_share(self, of_application: Ints) -> Floats:
        """Share of the members that have the most frequent known value of an attribute."""
        value = of_application[self.groups.application]
        known = value >= 0
        base = int(value.max(initial=0)) + 1
        pair, n = counted(self.groups.community[known] * base + value[known])
        top = np.zeros(self.groups.count)
        np.maximum.at(top, pair // base, n.astype(np.float64))
        return top / np.maximum(self.size, 1)

    def spread(self, of_application: Floats) -> Floats:
        """Standard deviation of a standardised amount among the members that have it, 1 (the market's) where none do."""
        z = of_application[self.groups.application]
        known = ~np.isnan(z)
        community, z = self.groups.community[known], z[known]
        n = np.bincount(community, minlength=self.groups.count)
        mean = np.bincount(community, weights=z, minlength=self.groups.count) / np.maximum(n, 1)
        square = np.bincount(community, weights=z**2, minlength=self.groups.count) / np.maximum(n, 1)
        return np.where(n > 0, np.sqrt(np.maximum(square - mean**2, 0)), 1.0)

    def over_shared(self, amount: Floats | Ints) -> Floats:
        """Sum an amount, one a row of `sharing`, over what each community shares."""
        return np.bincount(self.sharing.group, weights=amount, minlength=self.groups.count).astype(np.float64)

    @property
    def shared(self) -> Floats:
        """Runs that two or more units of each community are in."""
        return np.bincount(self.sharing.group, minlength=self.groups.count).astype(np.float64)


def log_size(v: View) -> Floats:
    """Applications in the community, log10."""
    return np.asarray(np.log10(np.maximum(v.size, 1)))


def kinds_shared(v: View) -> Floats:
    """Kinds of identifiers that two or more units share."""
    pair = sorted_unique(v.sharing.group * len(EVIDENCE_KINDS) + v.runs.kind[v.sharing.run])
    return np.bincount(pair // len(EVIDENCE_KINDS), minlength=v.groups.count).astype(np.float64)


def identifiers_per_member(v: View) -> Floats:
    """Shared identifiers per application."""
    return v.shared / np.maximum(v.size, 1)


def log_weighted_density(v: View) -> Floats:
    """Ties per application, each worth 1 / log(users + 5): camouflage with popular identifiers earns little.

    FRAUDAR, Hooi et al., KDD 2016, doi:10.1145/2939672.2939747.
    """
    return v.over_shared(v.sharing.inside / np.log(v.runs.all_units[v.sharing.run] + 5.0)) / np.maximum(v.size, 1)


def cohesion(v: View) -> Floats:
    """Mean share of the community's units that one shared identifier reaches."""
    return v.over_shared(v.sharing.inside) / np.maximum(v.shared * v.units, 1)


def ties_per_pair(v: View) -> Floats:
    """Identifiers that two units of the community share on average, log10(1 + identifiers)."""
    pairs = v.units * (v.units - 1) / 2
    return np.log10(1 + v.over_shared(v.sharing.inside * (v.sharing.inside - 1) / 2) / np.maximum(pairs, 1))


def mean_tempo(v: View) -> Floats:
    """Mean surprise of how close in time the shared identifiers were used, decimal orders."""
    return v.over_shared(v.runs.tempo[v.sharing.run]) / np.maximum(v.shared, 1)


def largest_tempo(v: View) -> Floats:
    """Largest surprise of how close in time a shared identifier was used, decimal orders."""
    largest = np.zeros(v.groups.count)
    np.maximum.at(largest, v.sharing.group, v.runs.tempo[v.sharing.run])
    return largest


def log_duration(v: View) -> Floats:
    """Days from the first to the last submission, log10(1 + days)."""
    return np.asarray(np.log10(1 + v.duration))


def dealers_per_member(v: View) -> Floats:
    """Distinct dealers per application."""
    return v.distinct(v.a.dealer) / np.maximum(v.size, 1)


def log_dealers(v: View) -> Floats:
    """Distinct dealers, log10(1 + dealers)."""
    return np.log10(1 + v.distinct(v.a.dealer))


def night_share(v: View) -> Floats:
    """Share of the applications sent while showrooms are closed (22 to 7 o'clock)."""
    hour = v.a.hour[v.groups.application]
    night = (hour >= NIGHT_FROM) | (hour < NIGHT_TO)  # an unknown hour is none of the night
    return np.bincount(v.groups.community, weights=night, minlength=v.groups.count) / np.maximum(v.size, 1)


def salesperson_concentration(v: View) -> Floats:
    """Share of the applications that the most frequent salesperson handled."""
    return v.top_share(v.a.salesperson)


def surname_concentration(v: View) -> Floats:
    """Share of the applications with the most frequent surname: high in families."""
    return v.top_share(v.a.surname)


def employer_concentration(v: View) -> Floats:
    """Share of the applications with the most frequent employer: high in fleets and dormitories."""
    return v.top_share(v.a.employer)


def building_concentration(v: View) -> Floats:
    """Share of the applications from the most frequent building."""
    return v.top_share(v.a.building)


def loan_to_value_spread(v: View) -> Floats:
    """Spread of loan to value, in the market's standard deviations: made-up applications resemble each other."""
    return v.spread(v.market.amount("loan_to_value"))


def price_spread(v: View) -> Floats:
    """Spread of the vehicle price (log), in the market's standard deviations."""
    return v.spread(v.market.amount("price"))


def income_spread(v: View) -> Floats:
    """Spread of the income (log), in the market's standard deviations."""
    return v.spread(v.market.amount("income"))


def applications_per_person(v: View) -> Floats:
    """Applications per person: high where one person applies again and again."""
    return v.size / np.maximum(v.distinct(v.a.person), 1)


Feature = Callable[[View], Floats]
FEATURES: tuple[Feature, ...] = (
    log_size,
    kinds_shared,
    identifiers_per_member,
    log_weighted_density,
    cohesion,
    ties_per_pair,
    mean_tempo,
    largest_tempo,
    log_duration,
    dealers_per_member,
    log_dealers,
    night_share,
    salesperson_concentration,
    surname_concentration,
    employer_concentration,
    building_concentration,
    loan_to_value_spread,
    price_spread,
    income_spread,
    applications_per_person,
)


def measure(view: View) -> Floats:
    """Return the features of every community: one row a community, one column a feature."""
    if view.groups.count == 0:
        return np.empty((0, len(FEATURES)))
    return np.stack([feature(view) for feature in FEATURES], axis=1)


def measure_everyday(a: Applications, unit: Ints, runs: Runs, market: LocalMarket, groups: EverydayGroups) -> Floats:
    """Return the same features of everyday groups, to compare communities with."""
    none = np.empty(0, np.int64)
    members = np.ones(len(groups.group))
    seen = Groups(
        groups.count,
        groups.group,
        groups.application,
        members,
        members > 0,
        none,
        none,
        np.empty(0),
        {},
        np.zeros(groups.count),
    )
    return measure(View(a, runs, seen, market, unit))
