"""What an application looks like, as numbers: one documented function a feature, the list of features a tuple.

Reach: the component (the applications of the same person, the users of its identifiers), never the whole of the part. Each
function gets an `ApplicationView` and returns one number an application, NaN where the application does not say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from graphfraud.detection.columns import KIND_CODE, ROLE_CODE, Applications, Bools, Floats, Ints
from graphfraud.detection.links import EVIDENCE_KINDS
from graphfraud.detection.market import LocalMarket
from graphfraud.detection.ordering import cells, least_and_most, sorted_unique
from graphfraud.detection.runs import Runs

AFTERNOON = 14.5  # the middle of a showroom's day, in hours
DAYS_A_YEAR = 365.25
STEADY_KINDS: tuple[tuple[str, str], ...] = (
    ("phone", "own"),
    ("device", "used"),
    ("account", "repaying"),
    ("address", "home"),
)


@dataclass(frozen=True)
class ApplicationView:
    """The applications to measure: columns, the unit of each application, runs, and the market's amounts."""

    a: Applications
    unit: Ints
    runs: Runs
    market: LocalMarket

    @cached_property
    def by_person(self) -> Ints:
        """Applications ordered by person, then submission."""
        return np.lexsort((np.arange(len(self.a)), self.a.person))

    @cached_property
    def units_at(self) -> Ints:
        """Distinct units at each identifier, in whatever role."""
        count = np.zeros(len(self.a.identifier_kind), np.int64)
        for kind in KIND_CODE:  # one kind's holders are in memory at a time
            rows = self.a.occurrences(kind)
            held = cells(self.a.occ_identifier[rows], self.unit[self.a.occ_application[rows]])
            count += np.bincount(held.group, minlength=len(count))
        return count

    def count_at(self, rows: Bools, who: Ints) -> Ints:
        """Count the distinct holders (`who` of the application) of each identifier among some of the occurrences."""
        base = int(who.max(initial=0)) + 1
        pair = sorted_unique(self.a.occ_identifier[rows] * base + who[self.a.occ_application[rows]])
        return np.bincount(pair // base, minlength=len(self.a.identifier_kind))

    def holding(self, kind: str, *roles: str) -> Bools:
        """Say which occurrences are of a kind (in one of the roles, if any are given)."""
        rows = np.zeros(len(self.a.occ_identifier), bool)
        of_kind = self.a.occurrences(kind)
        rows[of_kind] = np.isin(self.a.occ_role[of_kind], [ROLE_CODE[kind, role] for role in roles]) if roles else True
        return rows

    def others(self, kind: str, *roles: str) -> Floats:
        """Units beside the own one at the busiest identifier of a kind that the application holds, log10(1 + units)."""
        rows = self.holding(kind, *roles)
        most = np.zeros(len(self.a))
        np.maximum.at(most, self.a.occ_application[rows], self.units_at[self.a.occ_identifier[rows]] - 1.0)
        return np.asarray(np.log10(1 + np.maximum(most, 0)))

    def distinct_of_resident(self, of_application: Ints) -> Floats:
        """Distinct known values of an attribute over all applications under one resident id, at least 1."""
        known = of_application >= 0
        base = int(of_application.max(initial=0)) + 1
        pair = sorted_unique(self.a.resident[known] * base + of_application[known])
        residents = int(self.a.resident.max(initial=-1)) + 1
        return np.maximum(np.bincount(pair // base, minlength=residents)[self.a.resident], 1).astype(np.float64)

    def applications_before(self, days: float) -> Floats:
        """Applications of the same person in the days up to and including this one; 1 where it is the only one."""
        order = self.by_person
        person, day = self.a.person[order], self.a.day[order]
        low = float(day.min(initial=0.0))
        span = float(np.ptp(day)) + days + 1.0 if len(day) else 1.0
        key = person * span + (day - low)
        first = np.searchsorted(key, key - days - 1e-9, "left")
        start = np.searchsorted(person, person, "left")
        count = np.empty(len(order))
        count[order] = np.arange(len(order)) - np.maximum(first, start) + 1
        return count

    def of_runs(self, of_run: Floats) -> Floats:
        """Largest value of a property over the runs that the application's unit is in, 0 where it is in none."""
        most = np.zeros(int(self.unit.max(initial=-1)) + 1)
        np.maximum.at(most, self.runs.unit, of_run[self.runs.run])
        return np.asarray(most[self.unit])

    def amount(self, name: str) -> Floats:
        """Return a standardised amount: standard deviations from the market's middle, NaN where it is not known."""
        return self.market.amount(name)


def applications_in_month(v: ApplicationView) -> Floats:
    """Applications of the same person in the thirty days up to this one, log10; unknown without times."""
    return np.log10(v.applications_before(30.0)) if v.a.timed else np.full(len(v.a), np.nan)


def applications_in_year(v: ApplicationView) -> Floats:
    """Applications of the same person in the 365 days up to this one, log10; unknown without times."""
    return np.log10(v.applications_before(365.0)) if v.a.timed else np.full(len(v.a), np.nan)


def dealers_of_person(v: ApplicationView) -> Floats:
    """Dealers at which one resident id was given."""
    return v.distinct_of_resident(v.a.dealer)


def names_of_person(v: ApplicationView) -> Floats:
    """Names given with one resident id."""
    return v.distinct_of_resident(v.a.name)


def employers_of_person(v: ApplicationView) -> Floats:
    """Employers named with one resident id."""
    return v.distinct_of_resident(v.a.employer)


def age_conflict(v: ApplicationView) -> Floats:
    """Years between the birthdays that the ages given with one resident id imply; up to two are rounding."""
    born = v.a.day / DAYS_A_YEAR - v.a.age
    known = ~np.isnan(born)
    first, last = least_and_most(v.a.resident[known], born[known], int(v.a.resident.max(initial=-1)) + 1)
    return np.maximum(np.where(last >= first, last - first, 0.0)[v.a.resident] - 2.0, 0.0)


def identifiers_changed(v: ApplicationView) -> Floats:
    """Share of phone, device, account and address that no other application of the same person holds; 0 for a single one."""
    kept = np.zeros(len(v.a))
    for kind, role in STEADY_KINDS:
        rows = v.holding(kind, role)
        application, identifier = v.a.occ_application[rows], v.a.occ_identifier[rows]
        base = max(v.a.persons, 1)
        held = sorted_unique(identifier * len(v.a) + application)  # once each
        identifier, application = held // max(len(v.a), 1), held % max(len(v.a), 1)
        _, which, often = np.unique(identifier * base + v.a.person[application], return_inverse=True, return_counts=True)
        again = np.zeros(len(v.a))
        again[application[often[which] > 1]] = 1.0
        kept += again
    several = np.bincount(v.a.person, minlength=v.a.persons)[v.a.person] > 1 if len(v.a) else np.empty(0, bool)
    return np.where(several, 1 - kept / len(STEADY_KINDS), 0.0)


def owners_of_phone(v: ApplicationView) -> Floats:
    """Persons who give the own phone as their own, log10."""
    rows = v.holding("phone", "own")
    persons = v.count_at(rows, v.a.person)
    most = np.ones(len(v.a))
    np.maximum.at(most, v.a.occ_application[rows], persons[v.a.occ_identifier[rows]])
    return np.log10(most)


def others_on_phone(v: ApplicationView) -> Floats:
    """Units beside the own one that give the own phone in whatever role, log10(1 + units)."""
    return v.others("phone", "own")


def others_on_contacts(v: ApplicationView) -> Floats:
    """Units beside the own one that give the busier contact's number, log10(1 + units)."""
    return v.others("phone", "contact_1", "contact_2")


def others_on_device(v: ApplicationView) -> Floats:
    """Units beside the own one that apply from the device, log10(1 + units)."""
    return v.others("device")


def others_on_account(v: ApplicationView) -> Floats:
    """Units beside the own one that repay from the account, log10(1 + units)."""
    return v.others("account")


def others_at_address(v: ApplicationView) -> Floats:
    """Units beside the own one that live in the room, log10(1 + units)."""
    return v.others("address")


def others_on_vehicle(v: ApplicationView) -> Floats:
    """Units beside the own one that finance the vehicle, log10(1 + units)."""
    return v.others("vehicle")


def others_on_work_phone(v: ApplicationView) -> Floats:
    """Units beside the own one that give the work phone, log10(1 + units)."""
    return v.others("work_phone")


def others_on_ip(v: ApplicationView) -> Floats:
    """Units beside the own one that apply from the IP address, log10(1 + units)."""
    return v.others("ip")


def others_at_employer(v: ApplicationView) -> Floats:
    """Units beside the own one that name the employer, log10(1 + units)."""
    return v.others("employer")


def others_in_phone_block(v: ApplicationView) -> Floats:
    """Units beside the own one with an own phone in the block of a hundred, log10(1 + units)."""
    return v.others("phone_block", "whole")


def kinds_with_others(v: ApplicationView) -> Floats:
    """Kinds of evidence that tie the unit to another one."""
    base = len(EVIDENCE_KINDS)
    pair = sorted_unique(v.runs.unit * base + v.runs.kind[v.runs.run])
    return np.bincount(pair // base, minlength=int(v.unit.max(initial=-1)) + 1)[v.unit].astype(np.float64)


def fastest_tempo(v: ApplicationView) -> Floats:
    """Largest surprise of how close in time an identifier of the unit was used by others, decimal orders."""
    return v.of_runs(v.runs.tempo)


def dealers_of_ties(v: ApplicationView) -> Floats:
    """Most dealers that one run of an identifier of the unit reaches."""
    return v.of_runs(v.runs.dealers.astype(np.float64))


def loan_to_value(v: ApplicationView) -> Floats:
    """Loan as a share of the price, in the market's standard deviations."""
    return v.amount("loan_to_value")


def price(v: ApplicationView) -> Floats:
    """Vehicle price (log), in the market's standard deviations."""
    return v.amount("price")


def income(v: ApplicationView) -> Floats:
    """Monthly income (log), in the market's standard deviations."""
    return v.amount("income")


def age(v: ApplicationView) -> Floats:
    """Age, in the market's standard deviations."""
    return v.amount("age")


def price_to_income(v: ApplicationView) -> Floats:
    """Vehicle price in monthly incomes, log10."""
    return _log_ratio(v.a.price, v.a.income)


def payment_to_income(v: ApplicationView) -> Floats:
    """Loan over term (a month's payment without interest) in monthly incomes, log10."""
    with np.errstate(all="ignore"):
        return _log_ratio(v.a.loan / v.a.term, v.a.income)


def amounts_conflict(v: ApplicationView) -> Floats:
    """Loan and down payment against the price: the share of the price by which they miss it, at most 1."""
    with np.errstate(all="ignore"):
        missed = np.abs(v.a.loan + v.a.down - v.a.price) / v.a.price
    return np.where(np.isfinite(missed), np.minimum(missed, 1.0), np.nan)


def hours_from_afternoon(v: ApplicationView) -> Floats:
    """Hours between the local time of submission and the middle of a showroom's day, 0–12."""
    away = np.abs(v.a.hour + 0.5 - AFTERNOON)
    return np.asarray(np.minimum(away, 24 - away))


def _log_ratio(part: Floats, whole: Floats) -> Floats:
    with np.errstate(all="ignore"):
        ratio = np.log10(part / whole)
    return np.where(np.isfinite(ratio), ratio, np.nan)


ApplicationFeature = Callable[[ApplicationView], Floats]
APPLICATION_FEATURES: tuple[ApplicationFeature, ...] = (
    applications_in_month,
    applications_in_year,
    dealers_of_person,
    names_of_person,
    employers_of_person,
    age_conflict,
    identifiers_changed,
    owners_of_phone,
    others_on_phone,
    others_on_contacts,
    others_on_device,
    others_on_account,
    others_at_address,
    others_on_vehicle,
    others_on_work_phone,
    others_on_ip,
    others_at_employer,
    others_in_phone_block,
    kinds_with_others,
    fastest_tempo,
    dealers_of_ties,
    loan_to_value,
    price,
    income,
    age,
    price_to_income,
    payment_to_income,
    amounts_conflict,
    hours_from_afternoon,
)


def measure_applications(view: ApplicationView) -> Floats:
    """Return the features of every application: one row an application, one column a feature."""
    # half the memory, and all that trees look at
    measured: Floats = np.empty((len(view.a), len(APPLICATION_FEATURES)), np.float32)
    if len(view.a):
        for column, feature in enumerate(APPLICATION_FEATURES):
            measured[:, column] = feature(view)
    return measured
