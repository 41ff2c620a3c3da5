"""Fold who is one unit: the same person, a household, a dormitory, a small fleet.

Reach: the component. Each fold is a pair of persons with its reason, kept so that it can be shown and revoked.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from graphfraud.detection.columns import KIND_CODE, NO_TIME, ROLE_CODE, Applications, Bools, Ints
from graphfraud.detection.ordering import (
    begins,
    cells,
    connected,
    find,
    first_appearance,
    firsts,
    order_by,
    places,
    sorted_unique,
)
from graphfraud.detection.parameters import UnitParams
from graphfraud.detection.revocation import not_revoked

# each fold, and the look-alike (of `detection.look_alikes`) that it is told as
LOOK_ALIKE_OF_FOLD: Mapping[str, str] = {
    "household_room": "household",  # one room, and one surname or one names the other
    "household_contact": "household",  # one names the other, and they share surname, account, device or place
    "dormitory": "dormitory",  # one room and one employer
    "relative": "relative",  # both name a number that nobody owns, and they share something else
    "couple": "couple",  # one room and one account or device, which nobody else has: a surname does not make a family
    "fleet": "fleet",  # one account, one day, one employer (or dealer and price); a small firm's people at a dealer in a day
    "purse": "household",  # one account, one surname and one place: the address was not written out to the room
    "in_law": "household",  # one room in which a family lives, and one account, device or home line
}
FOLDS = tuple(LOOK_ALIKE_OF_FOLD)  # in the order in which the first that joins two persons is said of them


@dataclass(frozen=True)
class Units:
    """Who is one.

    unit: unit of each application; count: number of units; owned: whether each identifier is somebody's own phone;
    person_a, person_b, why: the folds (why indexes FOLDS).
    """

    unit: Ints
    count: int
    owned: Bools
    person_a: Ints
    person_b: Ints
    why: Ints


def fold_units(a: Applications, params: UnitParams) -> Units:
    """Fold persons into units by everyday ties, so that what a family shares counts once."""
    pairs = _PersonPairs(a)
    owner, owned = _owners(a)
    contact = pairs.of(*_names_another(a, owner))
    room = pairs.sharing("address", params.room)
    shared_room = pairs.sharing("address", params.dormitory)
    couple = pairs.sharing("address", params.couple)
    unowned = (a.identifier_kind == KIND_CODE["phone"]) & (owner < 0)
    kin = pairs.sharing("phone", params.relative, of=unowned)

    def tied(pair: Ints) -> Bools:
        """Whether the two also share an account, a device or the place where they live."""
        tie = pairs.alike(pair, "account", params.account_or_device) | pairs.alike(pair, "device", params.account_or_device)
        return tie | pairs.alike(pair, "compound", params.place)

    colleague = pairs.same(shared_room, a.employer) | pairs.alike(shared_room, "work_phone", params.work_phone)
    related = pairs.same(kin, a.surname) | tied(kin) | find(shared_room, kin)[1] | find(contact, kin)[1]
    family = room[pairs.same(room, a.surname) | find(contact, room)[1]]
    purse = pairs.sharing("account", params.account_or_device)
    folds = {
        "household_room": family,
        "household_contact": contact[pairs.same(contact, a.surname) | tied(contact)],
        "dormitory": shared_room[colleague],
        "relative": kin[related],
        "couple": couple[pairs.alike(couple, "account", params.couple) | pairs.alike(couple, "device", params.couple)],
        "fleet": np.union1d(_fleets(a, pairs), _firm_days(a, pairs, params.firm)),
        "purse": purse[pairs.same(purse, a.surname) & pairs.alike(purse, "compound", params.place)],
        "in_law": _in_laws(room, family, pairs, params),
    }
    kept = [folds[name][: 0 if name in params.without else None] for name in FOLDS]
    pair = np.concatenate(kept)
    why = np.repeat(np.arange(len(kept)), [len(fold) for fold in kept])
    pair, first = firsts(pair)
    stands = not_revoked(a, pair // pairs.base, pair % pairs.base, params.revoked)
    pair, first = pair[stands], first[stands]
    first_person, second_person = pair // pairs.base, pair % pairs.base
    unit_of_person = connected(a.persons, first_person, second_person)
    unit = first_appearance(unit_of_person[a.person]) if len(a) else a.person
    return Units(unit, int(unit.max(initial=-1)) + 1, owned, first_person, second_person, why[first])


class _PersonPairs:
    """Unordered pairs of distinct persons, as sorted unique numbers low * base + high."""

    def __init__(self, a: Applications) -> None:
        self.a = a
        self.base = max(a.persons, 1)
        self._holders: dict[str, tuple[Ints, Ints]] = {}
        self._few: dict[tuple[str, int], tuple[Ints, Ints, Ints]] = {}

    def of(self, one: Ints, other: Ints) -> Ints:
        different = one != other
        one, other = one[different], other[different]
        return sorted_unique(np.minimum(one, other) * self.base + np.maximum(one, other))

    def holders(self, kind: str) -> tuple[Ints, Ints]:
        """Distinct (identifier, person) pairs of a kind, ordered."""
        if kind not in self._holders:
            rows = self.a.occurrences(kind)
            held = cells(self.a.occ_identifier[rows], self.a.person[self.a.occ_application[rows]])
            self._holders[kind] = held.group, held.value
        return self._holders[kind]

    def sharing(self, kind: str, most: int, of: Bools | None = None) -> Ints:
        """Pairs that hold the same identifier of a kind with 2 … most persons (only of identifiers `of`)."""
        identifier, person = self.holders(kind)
        if of is not None:
            rows = of[identifier]
            identifier, person = identifier[rows], person[rows]
        if self.a.hidden is not None and len(identifier):
            rows = self._persons(identifier) <= most
            identifier, person = identifier[rows], person[rows]
        return self.of(*pairs_within(identifier, person, most))

    def alike(self, pair: Ints, kind: str, most: int) -> Bools:
        """Whether both persons of a pair hold one identifier of a kind that at most so many persons hold.

        Linear in the pairs asked, however many pairs a switchboard or a compound would make.
        """
        if not len(pair):
            return np.empty(0, bool)
        held, person, identifier = self._held_by_few(kind, most)
        row, at = places(person, pair // self.base)
        wanted = identifier[at] * self.base + (pair % self.base)[row]
        found = np.zeros(len(pair), bool)
        found[row[find(held, wanted)[1]]] = True
        return found

    def _held_by_few(self, kind: str, most: int) -> tuple[Ints, Ints, Ints]:
        """(identifier, person) pairs of identifiers that at most so many persons hold: as keys in order; both, by person."""
        if (kind, most) not in self._few:
            identifier, person = self.holders(kind)
            small = self._persons(identifier) <= most if len(identifier) else np.empty(0, bool)
            identifier, person = identifier[small], person[small]
            by_person = order_by(person)
            self._few[kind, most] = identifier * self.base + person, person[by_person], identifier[by_person]
        return self._few[kind, most]

    def _persons(self, identifier: Ints) -> Ints:
        """Persons who hold each identifier, in rows of distinct (identifier, person), those that a part hides included."""
        count = np.bincount(identifier)[identifier]
        hidden = self.a.hidden
        return count if hidden is None else np.where(hidden.known[identifier], hidden.persons[identifier], count)

    def same(self, pair: Ints, attribute: Ints) -> Bools:
        """Whether both persons of a pair have the same known value of an application's attribute."""
        if not len(pair):
            return np.empty(0, bool)
        of_person = np.full(self.base, -1, np.int64)
        of_person[self.a.person[::-1]] = attribute[::-1]  # the first application's
        one, other = of_person[pair // self.base], of_person[pair % self.base]
        return np.asarray((one == other) & (one >= 0))


def pairs_within(group: Ints, value: Ints, most: int) -> tuple[Ints, Ints]:
    """Return all pairs of values of the groups that have 2 … most values; linear in what it returns.

    Rows are distinct, ordered by group and value.
    """
    start = begins(group).nonzero()[0]
    size = np.diff(start, append=len(group))
    left, right = [], []
    for n in sorted_unique(size[(size >= 2) & (size <= most)]):
        block = value[start[size == n][:, None] + np.arange(n)]
        i, j = np.triu_indices(int(n), 1)
        left.append(block[:, i].ravel())
        right.append(block[:, j].ravel())
    empty: list[npt.NDArray[np.int64]] = [np.empty(0, np.int64)]
    return np.concatenate(left or empty), np.concatenate(right or empty)


def _owners(a: Applications) -> tuple[Ints, Bools]:
    """Person who first gave each identifier as the own phone (-1 none), and whether there is one."""
    owner = np.full(len(a.identifier_kind), -1, np.int64)
    phones = a.occurrences("phone")
    own = phones.start + np.flatnonzero(a.occ_role[phones] == ROLE_CODE["phone", "own"])[::-1]
    owner[a.occ_identifier[own]] = a.person[a.occ_application[own]]
    owned = owner >= 0
    return owner, owned if a.hidden is None else owned | (a.hidden.known & a.hidden.owned)


def _names_another(a: Applications, owner: Ints) -> tuple[Ints, Ints]:
    """Pairs (who names a contact, whose own phone it is)."""
    phones = a.occurrences("phone")
    named = (a.occ_role[phones] != ROLE_CODE["phone", "own"]) & (owner[a.occ_identifier[phones]] >= 0)
    named = phones.start + np.flatnonzero(named)
    return a.person[a.occ_application[named]], owner[a.occ_identifier[named]]


def _in_laws(room: Ints, family: Ints, pairs: _PersonPairs, params: UnitParams) -> Ints:
    """Pairs of one room, one of them a family's member there, who share an account, a device or the home's line."""
    at_home = np.zeros(pairs.base, bool)
    at_home[family // pairs.base] = at_home[family % pairs.base] = True
    room = room[at_home[room // pairs.base] | at_home[room % pairs.base]]
    shared = np.zeros(len(room), bool)
    for kind in ("account", "device", "ip"):
        shared |= pairs.alike(room, kind, params.account_or_device)
    return room[shared]


def _firm_days(a: Applications, pairs: _PersonPairs, most: int) -> Ints:
    """Chain the persons of one small firm who apply at one dealer on one day; who has no time came on no day."""
    known = np.flatnonzero((a.employer >= 0) & (a.dealer >= 0))
    held = sorted_unique(a.employer[known] * pairs.base + a.person[known]) // pairs.base
    staff = np.bincount(held, minlength=int(a.employer.max(initial=-1)) + 1)
    known = known[(staff[a.employer[known]] <= most) & (a.submitted_ms[known] != NO_TIME)]
    day = a.local_day[known] - a.local_day.min(initial=0)
    house = a.employer[known] * (int(a.dealer.max(initial=-1)) + 1) + a.dealer[known]
    together = house * (int(day.max(initial=0)) + 1) + day
    ordered = np.sort(together)
    known = known[find(ordered[1:][ordered[1:] == ordered[:-1]], together)[1]]  # where two meet: few
    return _chained(pairs, a.person[known], a.employer[known], a.dealer[known], a.local_day[known])


def _fleets(a: Applications, pairs: _PersonPairs) -> Ints:
    """Chain the persons who apply on one day with one account for one employer; who has no time came on no day.

    Who gives no employer is of a fleet by what else fleets have in common: one dealer, and one price to the cent.
    """
    account = a.occurrences("account")
    timed = a.submitted_ms[a.occ_application[account]] != NO_TIME
    application, identifier = a.occ_application[account][timed], a.occ_identifier[account][timed]
    employer, dealer, price = a.employer[application], a.dealer[application], a.price[application]
    day, person = a.local_day[application], a.person[application]
    told = employer >= 0
    alike = ~told & (dealer >= 0) & ~np.isnan(price)
    cents = np.round(100 * price[alike]).astype(np.int64)
    return np.union1d(
        _chained(pairs, person[told], identifier[told], employer[told], day[told]),
        _chained(pairs, person[alike], identifier[alike], dealer[alike], cents, day[alike]),
    )


def _chained(pairs: _PersonPairs, person: Ints, *columns: Ints) -> Ints:
    """Pairs of persons who follow each other among rows that are alike in all columns."""
    order = np.lexsort((person, *columns))
    same = np.ones(max(len(order) - 1, 0), bool)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    return pairs.of(person[order][:-1][same], person[order][1:][same])


def one_a_unit(group: Ints, application: Ints, unit: Ints) -> tuple[Ints, Ints]:
    """Keep the first application of each unit in each group: what its others say, it says too."""
    base = int(unit.max(initial=0)) + 1
    first = firsts(group * base + unit[application])[1]
    return group[first], application[first]
