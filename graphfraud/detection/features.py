"""What a community looks like, as numbers: one documented function a feature, the list of features a tuple.

Features are the anomaly detectors' eyes; the evidence sum is deliberately not among them, so that they are a second
opinion. Each function gets a `View` and returns one number a community.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from graphfraud.detection.columns import Applications, Floats, Ints
from graphfraud.detection.groups import Groups
from graphfraud.detection.links import EVIDENCE_KINDS
from graphfraud.detection.market import LocalMarket
from graphfraud.detection.runs import Runs


@dataclass(frozen=True)
class View:
    """A set of communities to measure: columns, members (community, application) and shared runs."""

    a: Applications
    runs: Runs
    groups: Groups
    market: LocalMarket

    @property
    def size(self) -> Floats:
        """Members of each community."""
        return np.bincount(self.groups.community, minlength=self.groups.count).astype(np.float64)

    def distinct(self, of_application: Ints) -> Floats:
        """Count the distinct known values of an application's attribute among the members."""
        value = of_application[self.groups.application]
        known = value >= 0
        pair = np.unique(self.groups.community[known] * (int(value.max(initial=0)) + 1) + value[known])
        return np.bincount(pair // (int(value.max(initial=0)) + 1), minlength=self.groups.count).astype(np.float64)

    def top_share(self, of_application: Ints) -> Floats:
        """Share of the members that have the most frequent known value of an attribute."""
        value = of_application[self.groups.application]
        known = value >= 0
        base = int(value.max(initial=0)) + 1
        pair, n = np.unique(self.groups.community[known] * base + value[known], return_counts=True)
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

    def over_runs(self, of_run: Floats) -> Floats:
        """Sum a property of the shared runs."""
        return np.bincount(self.groups.run_community, weights=of_run[self.groups.run], minlength=self.groups.count).astype(
            np.float64
        )

    @property
    def shared(self) -> Floats:
        """Shared runs of each community."""
        return np.bincount(self.groups.run_community, minlength=self.groups.count).astype(np.float64)


def log_size(v: View) -> Floats:
    """Applications in the community, log10."""
    return np.asarray(np.log10(np.maximum(v.size, 1)))


def kinds_shared(v: View) -> Floats:
    """Kinds of identifiers that two or more units share."""
    pair = np.unique(v.groups.run_community * len(EVIDENCE_KINDS) + v.runs.kind[v.groups.run])
    return np.bincount(pair // len(EVIDENCE_KINDS), minlength=v.groups.count).astype(np.float64)


def identifiers_per_member(v: View) -> Floats:
    """Shared identifiers per application."""
    return v.shared / np.maximum(v.size, 1)


def log_weighted_density(v: View) -> Floats:
    """Ties per application, each worth 1 / log(users + 5): camouflage with popular identifiers earns little.

    FRAUDAR, Hooi et al., KDD 2016, doi:10.1145/2939672.2939747.
    """
    return v.over_runs(v.runs.units / np.log(v.runs.all_units + 5.0)) / np.maximum(v.size, 1)


def cohesion(v: View) -> Floats:
    """Mean share of the community that one shared identifier reaches."""
    return v.over_runs(v.runs.units.astype(np.float64)) / np.maximum(v.shared * v.size, 1)


def mean_tempo(v: View) -> Floats:
    """Mean surprise of how close in time the shared identifiers were used, decimal orders."""
    return v.over_runs(v.runs.tempo) / np.maximum(v.shared, 1)


def log_duration(v: View) -> Floats:
    """Days from the first to the last submission, log10(1 + days)."""
    day = v.a.day[v.groups.application]
    first, last = np.full(v.groups.count, np.inf), np.full(v.groups.count, -np.inf)
    np.minimum.at(first, v.groups.community, day)
    np.maximum.at(last, v.groups.community, day)
    return np.asarray(np.log10(1 + np.where(last >= first, last - first, 0.0)))


def dealers_per_member(v: View) -> Floats:
    """Distinct dealers per application."""
    return v.distinct(v.a.dealer) / np.maximum(v.size, 1)


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
    return v.spread(v.market.amounts[0])


def price_spread(v: View) -> Floats:
    """Spread of the vehicle price (log), in the market's standard deviations."""
    return v.spread(v.market.amounts[1])


def income_spread(v: View) -> Floats:
    """Spread of the income (log), in the market's standard deviations."""
    return v.spread(v.market.amounts[2])


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
    mean_tempo,
    log_duration,
    dealers_per_member,
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
