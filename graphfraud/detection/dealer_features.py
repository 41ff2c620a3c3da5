"""What a dealer looks like, as numbers: one documented function a feature, the list of features a tuple.

Reach: the dealer's applications in the part. Means over few applications are drawn towards the peers' mean, so that a small
dealer is not strange for being small.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphfraud.detection import application_features as applications
from graphfraud.detection.application_features import APPLICATION_FEATURES, ApplicationFeature, ApplicationView
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.features import NIGHT_FROM, NIGHT_TO
from graphfraud.detection.ordering import counted

MONTH = 30.0


@dataclass(frozen=True)
class DealerView:
    """The dealers to measure: their applications with their features, and whether each is in a community with evidence."""

    of: ApplicationView
    features: Floats
    in_community: Bools
    dealers: int

    @property
    def a(self) -> Applications:
        """The applications."""
        return self.of.a

    @cached_property
    def count(self) -> Floats:
        """Applications of each dealer."""
        return self.total(np.ones(len(self.a)))

    def total(self, of_application: Floats | Bools) -> Floats:
        """Sum over the applications of each dealer."""
        known = self.a.dealer >= 0
        weights = of_application[known].astype(np.float64)
        return np.bincount(self.a.dealer[known], weights=weights, minlength=self.dealers).astype(np.float64)

    def mean(self, of_application: Floats | Bools) -> Floats:
        """Mean over the applications of each dealer that say it, NaN where none does."""
        values = of_application.astype(np.float64)
        known = ~np.isnan(values)
        n = self.total(known)
        return np.where(n > 0, self.total(np.where(known, values, 0.0)) / np.maximum(n, 1), np.nan)

    def top_share(self, of_application: Ints) -> Floats:
        """Share of each dealer's applications that have the most frequent known value of an attribute."""
        known = (self.a.dealer >= 0) & (of_application >= 0)
        base = int(of_application.max(initial=0)) + 1
        pair, n = counted(self.a.dealer[known] * base + of_application[known])
        top = np.zeros(self.dealers)
        np.maximum.at(top, pair // base, n.astype(np.float64))
        return top / np.maximum(self.count, 1)

    def feature(self, feature: ApplicationFeature) -> Floats:
        """Return a feature of the applications, as it was measured."""
        return np.asarray(self.features[:, APPLICATION_FEATURES.index(feature)])

    def sharing(self, feature: ApplicationFeature) -> Floats:
        """Share of each dealer's applications for which an application feature is above 0."""
        return self.mean(self.feature(feature) > 0)


def log_applications(v: DealerView) -> Floats:
    """Applications that the dealer sent, log10."""
    return np.log10(np.maximum(v.count, 1))


def busiest_month(v: DealerView) -> Floats:
    """Largest share of the applications in one month of thirty days, against an even spread over the dealer's months, log10."""
    month = np.floor(v.a.day / MONTH).astype(np.int64)
    month -= int(month.min(initial=0))
    pair = np.unique(v.a.dealer[v.a.dealer >= 0] * (int(month.max(initial=0)) + 1) + month[v.a.dealer >= 0])
    months = np.bincount(pair // (int(month.max(initial=0)) + 1), minlength=v.dealers)
    return np.log10(np.maximum(v.top_share(month) * months, 1))


def salesperson_share(v: DealerView) -> Floats:
    """Share of the applications that the most frequent salesperson handled."""
    return v.top_share(v.a.salesperson)


def night_share(v: DealerView) -> Floats:
    """Share of the applications sent while showrooms are closed (22 to 7 o'clock)."""
    hour = v.a.hour
    return v.mean(np.where(np.isnan(hour), np.nan, (hour >= NIGHT_FROM) | (hour < NIGHT_TO)))


def repeat_share(v: DealerView) -> Floats:
    """Share of the applications whose applicant applied before within a year."""
    return v.sharing(applications.applications_in_year)


def share_in_communities(v: DealerView) -> Floats:
    """Share of the applications that are in a community with evidence."""
    return v.mean(v.in_community)


def share_on_phone(v: DealerView) -> Floats:
    """Share of the applications whose own phone another unit gives too."""
    return v.sharing(applications.others_on_phone)


def share_on_contacts(v: DealerView) -> Floats:
    """Share of the applications whose contact's number another unit gives too."""
    return v.sharing(applications.others_on_contacts)


def share_on_device(v: DealerView) -> Floats:
    """Share of the applications sent from a device that another unit uses too."""
    return v.sharing(applications.others_on_device)


def share_on_account(v: DealerView) -> Floats:
    """Share of the applications repaid from an account that another unit names too."""
    return v.sharing(applications.others_on_account)


def share_at_address(v: DealerView) -> Floats:
    """Share of the applications from a room in which another unit lives too."""
    return v.sharing(applications.others_at_address)


def share_on_vehicle(v: DealerView) -> Floats:
    """Share of the applications for a vehicle that another unit finances too."""
    return v.sharing(applications.others_on_vehicle)


def share_on_work_phone(v: DealerView) -> Floats:
    """Share of the applications whose work phone another unit gives too."""
    return v.sharing(applications.others_on_work_phone)


def share_on_ip(v: DealerView) -> Floats:
    """Share of the applications from an IP address that another unit uses too."""
    return v.sharing(applications.others_on_ip)


def mean_kinds(v: DealerView) -> Floats:
    """Mean number of kinds of evidence that tie an applicant to another unit."""
    return v.mean(v.feature(applications.kinds_with_others))


def mean_fastest_tempo(v: DealerView) -> Floats:
    """Mean of how surprisingly close in time an applicant's identifiers were used by others, decimal orders."""
    return v.mean(v.feature(applications.fastest_tempo))


def mean_loan_to_value(v: DealerView) -> Floats:
    """Mean loan to value, in the market's standard deviations."""
    return v.mean(v.feature(applications.loan_to_value))


def mean_price(v: DealerView) -> Floats:
    """Mean vehicle price (log), in the market's standard deviations."""
    return v.mean(v.feature(applications.price))


def mean_income(v: DealerView) -> Floats:
    """Mean income (log), in the market's standard deviations."""
    return v.mean(v.feature(applications.income))


def variety_of_loans(v: DealerView) -> Floats:
    """Mean distance of loan to value from the dealer's own mean, in the market's standard deviations."""
    amount = v.feature(applications.loan_to_value)
    own = v.mean(amount)[np.maximum(v.a.dealer, 0)] if v.dealers else amount
    return v.mean(np.abs(amount - own))


DealerFeature = Callable[[DealerView], Floats]
DEALER_SIZES: tuple[DealerFeature, ...] = (log_applications, busiest_month)
DEALER_MEANS: tuple[DealerFeature, ...] = (
    salesperson_share,
    night_share,
    repeat_share,
    share_in_communities,
    share_on_phone,
    share_on_contacts,
    share_on_device,
    share_on_account,
    share_at_address,
    share_on_vehicle,
    share_on_work_phone,
    share_on_ip,
    mean_kinds,
    mean_fastest_tempo,
    mean_loan_to_value,
    mean_price,
    mean_income,
    variety_of_loans,
)
DEALER_FEATURES: tuple[DealerFeature, ...] = (*DEALER_SIZES, *DEALER_MEANS)


def measure_dealers(view: DealerView) -> Floats:
    """Return the features of every dealer: one row a dealer code, one column a feature; NaN where no application says."""
    if view.dealers == 0:
        return np.empty((0, len(DEALER_FEATURES)))
    return np.stack([feature(view) for feature in DEALER_FEATURES], axis=1)


def learn_peers(measured: Floats, count: Floats) -> Floats:
    """Learn the mean of each of DEALER_MEANS over the dealers, each weighted by its applications; 0 where none says."""
    means = measured[:, len(DEALER_SIZES) :]
    weight = np.where(np.isnan(means), 0.0, count[:, None])
    return np.asarray(np.sum(np.nan_to_num(means) * weight, axis=0) / np.maximum(weight.sum(axis=0), 1.0))


def drawn_to_peers(measured: Floats, count: Floats, peers: Floats, prior: float) -> Floats:
    """Draw the means of dealers with few applications towards their peers', which are worth `prior` applications."""
    sizes, means = measured[:, : len(DEALER_SIZES)], measured[:, len(DEALER_SIZES) :]
    trust = (count / (count + prior))[:, None]
    return np.hstack([sizes, np.where(np.isnan(means), peers, trust * np.nan_to_num(means) + (1 - trust) * peers)])
