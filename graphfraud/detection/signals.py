"""What an application's past says: who applied before with the same id, the same phone, account, car …, and what changed.

Every signal looks back only: at what was submitted before or at the very same time, so that the answer of the day and the
scan of the night are the same (where times are dates, only the night knows who else came that day). Reach: the applications
of the same person, which is whose resident id was given, under whatever surname, and those that hold one of the
application's identifiers. An identifier that `BUSY` applications held before says nothing (the store's tablet, a firm's
account, a block of flats); of a person the latest `BUSY` are looked at: a neighbourhood that is cut off there is enough, if
it is told which identifiers are busier than it shows.

What everyday life explains between two applications is no tie: one surname, one of the two names the other as a contact, a
small home, one employer. Both applications alone say so, so that nobody else can change it. Of the users of a device at one
dealer only the last counts, and none at the application's own: it is the store's tablet, which is lent for a day at times.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.columns import KIND_CODE, NO_TIME, Applications, Bools, Floats, Ints
from graphfraud.detection.ordering import find, order_by, sorted_unique, spread
from graphfraud.schema import OWN_KINDS

BUSY = 12  # applications; more than a family, a small fleet or a gang's phone has
HOME = 6  # applications from one home; with more it is no family's
WINDOWS = (7.0, 30.0, 90.0, 365.0)  # days
FIRST_USE = 365.0  # days; further back, the past is another story

# By what two persons are tied. `contact`: both name the same number.
TIES: tuple[str, ...] = (*(kind for kind in OWN_KINDS if kind != "person"), "contact")
TIE_CODE = {name: code for code, name in enumerate(TIES)}
# Days after which another person's use means nothing. A carrier gives a number out again after three months, a car is sold on.
TIE_DAYS = tuple({"phone": 60.0, "vehicle": 60.0}.get(name, FIRST_USE) for name in TIES)
# What an applicant may change between two applications
STEADY: tuple[str, ...] = ("phone", "device", "account", "address", "employer")


@dataclass(frozen=True)
class Pairs:
    """An application and an earlier one, rows of the columns, with the days between them (NaN without times)."""

    later: Ints
    earlier: Ints
    days: Floats

    def __len__(self) -> int:
        return len(self.later)

    def where(self, keep: Bools | Ints) -> Pairs:
        """Return some of the pairs."""
        return Pairs(self.later[keep], self.earlier[keep], self.days[keep])


@dataclass(frozen=True)
class Ties:
    """Pairs by different persons whom everyday life does not explain: by what (of TIES), and which identifier."""

    pairs: Pairs
    tie: Ints
    identifier: Ints


@dataclass(frozen=True)
class Signals:
    """What is known of each application from those before it, one row an application.

    own: the same person's earlier applications, latest first within a person; ties: those of others.
    person_within: the same person's within each of WINDOWS days, (n, 4); person_dealers: dealers of those within 90 days and
    of the application itself.
    others_within, others_dealers: the same of the applications in ties through what is the applicant's own: not through a
    contact's number or a home.
    names: other names given with the same id; age_off: years by which the age misses the birth year of the id (NaN unknown).
    tied: other persons by kind of tie, (n, 7).
    changed: bits by STEADY, set where the value differs from the person's last application within a year; last_days: days
    since then (NaN none); known_days: days for which the person has been known with the value of each of STEADY but the
    employer, 0 if it is new, (n, 4).
    """

    own: Pairs
    ties: Ties
    person_within: Ints
    person_dealers: Ints
    others_within: Ints
    others_dealers: Ints
    names: Ints
    age_off: Floats
    tied: Ints
    changed: Ints
    last_days: Floats
    known_days: Floats


def look_back(a: Applications) -> Signals:
    """Find for every application what those before it say."""
    n = len(a)
    day = a.day
    if n and a.submitted_ms[0] == NO_TIME:  # those without a time stand first
        day = np.where(a.submitted_ms == NO_TIME, np.nan, day)
    own = _same_person(a, day)
    ties = _ties(a, day)
    recent = own.where(own.days <= FIRST_USE)
    person_within, person_dealers = _often(a, recent)
    mine = (ties.tie != TIE_CODE["contact"]) & (ties.tie != TIE_CODE["address"])
    # two applications may share several identifiers
    shared = sorted_unique(ties.pairs.later[mine] * n + ties.pairs.earlier[mine])
    later, earlier = shared // max(n, 1), shared % max(n, 1)
    others_within, others_dealers = _often(a, Pairs(later, earlier, day[later] - day[earlier]))
    base, ways = max(len(a), 1), len(TIES)
    person = sorted_unique((ties.pairs.later * ways + ties.tie) * base + a.resident[ties.pairs.earlier])
    tied = np.bincount(person // base, minlength=n * ways).reshape(n, ways)
    changed, last_days, known_days = _changes(a, recent)
    return Signals(
        own,
        ties,
        person_within,
        person_dealers,
        others_within,
        others_dealers,
        _other_names(a, own),
        _age_off(a, day),
        tied,
        changed,
        last_days,
        known_days,
    )


def _same_person(a: Applications, day: Floats) -> Pairs:
    """Pair each application with the latest ones of its person before it, the latest first."""
    order = order_by(a.resident)
    first, end = _by_then(a.resident[order], day[order])
    back = end - first - 1
    several = np.flatnonzero(back)
    if not len(several):
        return Pairs(several, several, np.empty(0))
    count = np.minimum(back[several], BUSY)
    later = np.repeat(several, count)
    earlier = end[later] - 1 - spread(np.zeros(len(several), np.int64), count)
    earlier -= earlier <= later  # itself is left out
    later, earlier = order[later], order[earlier]
    return Pairs(later, earlier, day[later] - day[earlier])


def _ties(a: Applications, day: Floats) -> Ties:
    """Pair each application with those of others before it that hold one of its identifiers, and nothing explains it."""
    tie, identifier, application, first_role = _held(a)
    first, end = _by_then(identifier, day[application])
    back = end - first - 1
    quiet = (back > 0) & (back < BUSY)
    if a.hidden is not None:  # who is hidden makes it busy
        quiet &= ~a.hidden.known[identifier]
    usable = np.flatnonzero(quiet)
    if not len(usable):
        return Ties(Pairs(usable, usable, np.empty(0)), usable, usable)
    count = back[usable]
    at = np.repeat(usable, count)
    with_ = spread(first[usable], count)
    with_ += with_ >= at  # itself is left out
    later, earlier, by = application[at], application[with_], tie[at]
    own, theirs = first_role[at], first_role[with_]
    n = max(len(a), 1)
    key = later * n + earlier
    own_past = a.resident[later] == a.resident[earlier]
    explained = own_past | _alike(a.surname, later, earlier) | _alike(a.employer, later, earlier)
    # one names the other, or both live in a home; what explains a pair ties to nobody else either, and is nobody's own
    # past, which other reasons cite: without what one cites no tie may come to light that it explained
    explains = ((own != theirs) | ((by == TIE_CODE["address"]) & (back[at] < HOME))) & ~own_past
    explained |= find(np.sort(key[explains]), key)[1]
    holding = np.zeros(len(identifier), bool)
    holding[at[explains]] = True
    explained |= holding[at]
    by = np.where(own, by, TIE_CODE["contact"])
    days = day[later] - day[earlier]
    kept = np.flatnonzero(~explained & (days <= np.array(TIE_DAYS)[by]))
    devices = by[kept] == TIE_CODE["device"]
    if devices.any():
        of_device = kept[devices]
        one_each = of_device[_one_of_each_dealer(a, at[of_device], later[of_device], earlier[of_device])]
        kept = np.sort(np.concatenate([kept[~devices], one_each]))
    return Ties(Pairs(later[kept], earlier[kept], days[kept]), by[kept], identifier[at[kept]])


def _one_of_each_dealer(a: Applications, holding: Ints, later: Ints, earlier: Ints) -> Ints:
    """Keep, of the earlier users of a device, the last of each other dealer: many users at one dealer make it the store's."""
    dealer = a.dealer[earlier]
    elsewhere = np.flatnonzero((dealer != a.dealer[later]) | (dealer < 0))
    key = holding[elsewhere] * (int(a.dealer.max(initial=0)) + 2) + dealer[elsewhere] + 1
    order = order_by(key)
    ordered = key[order]
    last = np.append(ordered[1:] != ordered[:-1], True)[: len(ordered)]
    return np.asarray(elsewhere[order[last]])


def _held(a: Applications) -> tuple[Ints, Ints, Ints, Bools]:
    """Return who holds what: tie, identifier, application, whether in the first role; ordered by identifier, application.

    A number that an application gives twice is held once, in the first of its roles.
    """
    bounds = np.searchsorted(a.identifier_kind, np.array([KIND_CODE[name] for name in TIES[:-1]])[:, None] + np.arange(2))
    bounds = np.searchsorted(a.occ_identifier, bounds)
    size = bounds[:, 1] - bounds[:, 0]
    rows = spread(bounds[:, 0], size)
    identifier, application = a.occ_identifier[rows], a.occ_application[rows]
    new = np.ones(len(rows), bool)
    new[1:] = (identifier[1:] != identifier[:-1]) | (application[1:] != application[:-1])
    return np.repeat(np.arange(len(size)), size)[new], identifier[new], application[new], (a.occ_role[rows] == 0)[new]


def _by_then(group: Ints, day: Floats) -> tuple[Ints, Ints]:
    """Return for each row the first row of its group, and the one after the last that was there by its time.

    Rows stand together by group, in order of time; of those without a time (NaN) only the ones before were there.
    """
    row, new = np.arange(len(group)), np.ones(len(group), bool)
    new[1:] = group[1:] != group[:-1]
    first = np.maximum.accumulate(np.where(new, row, 0)) if len(group) else row
    new[1:] |= day[1:] != day[:-1]
    ends = np.append(np.flatnonzero(new)[1:], len(group))
    return first, ends[np.cumsum(new) - 1] if len(group) else row


def _alike(code: Ints, one: Ints, other: Ints) -> Bools:
    """Whether two applications have the same known value."""
    value = code[one]
    return np.asarray((value >= 0) & (value == code[other]))


def _often(a: Applications, pairs: Pairs) -> tuple[Ints, Ints]:
    """Count the earlier ones of distinct pairs within each of WINDOWS, and dealers within 90 days, the own one included."""
    n, windows = len(a), len(WINDOWS)
    if not len(pairs):
        return np.zeros((n, windows), np.int64), (a.dealer >= 0).astype(np.int64)
    window = np.searchsorted(WINDOWS, pairs.days)
    within = np.bincount(pairs.later * windows + window, minlength=n * windows).reshape(n, windows).cumsum(1)
    near = pairs.days <= WINDOWS[2]
    later, dealer = pairs.later[near], a.dealer[pairs.earlier[near]]
    other = (dealer >= 0) & (dealer != a.dealer[later])
    base = int(a.dealer.max(initial=0)) + 1
    elsewhere = np.bincount(sorted_unique(later[other] * base + dealer[other]) // base, minlength=n)
    return within, elsewhere + (a.dealer >= 0)


def _other_names(a: Applications, own: Pairs) -> Ints:
    """Count the other names that the same person gave before."""
    mine, theirs = a.name[own.later], a.name[own.earlier]
    other = (mine >= 0) & (theirs >= 0) & (mine != theirs)
    base = int(a.name.max(initial=0)) + 1
    return np.bincount(sorted_unique(own.later[other] * base + theirs[other]) // base, minlength=len(a))


def _age_off(a: Applications, day: Floats) -> Floats:
    """Years by which the age misses the two that the birth year of the id leaves open: before and after the birthday."""
    turns = np.floor(1970.0 + day / 365.2425) - a.birth_year
    age = np.floor(a.age)
    return np.maximum(np.maximum(age - turns, turns - 1.0 - age), 0.0)


def _changes(a: Applications, own: Pairs) -> tuple[Ints, Floats, Floats]:
    """Compare with the person's last application: what changed (bits), days since, and for how long each value is known."""
    n = len(a)
    changed, last_days = np.zeros(n, np.int64), np.full(n, np.nan)
    known_days = np.zeros((n, len(STEADY) - 1))
    if not len(own):
        return changed, last_days, known_days
    last = np.ones(len(own), bool)
    last[1:] = own.later[1:] != own.later[:-1]
    later, earlier = own.later[last], own.earlier[last]
    last_days[later] = own.days[last]
    both = a.gives[later] & a.gives[earlier]
    for bit, kind in enumerate(STEADY):
        held = a.employer if kind == "employer" else _identifier_of(a, kind)
        given = (both >> KIND_CODE[kind]) & 1
        changed[later] |= (given & ~_alike(held, later, earlier)) << bit
        if kind != "employer":
            same = _alike(held, own.later, own.earlier)
            np.maximum.at(known_days[:, bit], own.later[same], own.days[same])
    return changed, last_days, known_days


def _identifier_of(a: Applications, kind: str) -> Ints:
    """Return the shared identifier of a kind that each application holds in the first role, -1 if it is nobody else's."""
    rows = a.occurrences(kind)
    first = a.occ_role[rows] == 0
    held = np.full(len(a), -1, np.int64)
    held[a.occ_application[rows][first]] = a.occ_identifier[rows][first]
    return held
