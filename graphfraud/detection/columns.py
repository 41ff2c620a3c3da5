"""The columns that detection reads: applications and the identifiers that two or more of them share.

`Facts` are rows as they come (from the projection or a notebook's frame), in any order; `shared_columns` puts them into
canonical order and drops what nobody shares. Everything downstream sees small integers only, numbered by first
appearance in time, so that neither the order of rows nor the token key can change a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from graphfraud.schema import ATTRIBUTES, KINDS

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Strings = npt.NDArray[np.object_]

KIND_CODE: dict[str, int] = {kind.name: code for code, kind in enumerate(KINDS)}
ROLE_CODE: dict[tuple[str, str], int] = {(kind.name, role): code for kind in KINDS for code, role in enumerate(kind.role_names)}
NO_TIME = np.iinfo(np.int64).min
NO_POSITION = -1
NUMBERS = tuple(a.name for a in ATTRIBUTES if a.type in ("number", "integer"))
# texts and tokens that detection compares; the others only describe
COMPARED = ("name", "surname", "building", "phone_segment")


@dataclass(frozen=True)
class Facts:
    """Applications and their identifiers as they come, one row an application, in any order.

    submitted_ms is epoch milliseconds or NO_TIME; dealer_id and salesperson_id are "" where there is none; numbers and
    texts map the names in NUMBERS (NaN: missing) and COMPARED ("": missing) to columns. occ_* are parallel columns, one
    row per identifier that an application holds: its row, kind, role, token (64 bits) and place in its block.
    """

    application_id: Strings
    submitted_ms: Ints
    dealer_id: Strings
    salesperson_id: Strings
    numbers: Mapping[str, Floats]
    texts: Mapping[str, Strings]
    occ_row: Ints
    occ_kind: npt.NDArray[np.int8]
    occ_role: npt.NDArray[np.int8]
    occ_token: npt.NDArray[np.uint64]
    occ_position: npt.NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.application_id)

    def where(self, keep: Bools) -> Facts:
        """Return the rows where `keep` is true, with their identifiers."""
        row = np.cumsum(keep) - 1
        occ = keep[self.occ_row]
        return Facts(
            self.application_id[keep],
            self.submitted_ms[keep],
            self.dealer_id[keep],
            self.salesperson_id[keep],
            {name: column[keep] for name, column in self.numbers.items()},
            {name: column[keep] for name, column in self.texts.items()},
            row[self.occ_row[occ]],
            self.occ_kind[occ],
            self.occ_role[occ],
            self.occ_token[occ],
            self.occ_position[occ],
        )


@dataclass(frozen=True)
class Applications:
    """What the stages of detection look at.

    One row an application, ordered by submission and id:
    application_id, dealer_id, salesperson_id (text); submitted_ms; day (days since the epoch, 0 where there is no time);
    local_day (calendar day on the lender's clock); person, dealer, salesperson, employer, name, surname, building,
    segment (codes; -1 missing, except person: an application without one is a person of its own);
    age, income, price, down, loan, term, hour (of submission on the lender's clock, 0–23) (NaN missing).

    One row an occurrence, ordered by identifier, application, role: occ_application, occ_identifier, occ_role,
    occ_position.

    One row an identifier that at least two applications hold: identifier_kind, identifier_token.
    distinct counts all identifiers of each kind, shared or not.
    """

    application_id: Strings
    dealer_id: Strings
    salesperson_id: Strings
    submitted_ms: Ints
    day: Floats
    local_day: Ints
    person: Ints
    dealer: Ints
    salesperson: Ints
    employer: Ints
    name: Ints
    surname: Ints
    building: Ints
    segment: Ints
    age: Floats
    income: Floats
    price: Floats
    down: Floats
    loan: Floats
    term: Floats
    occ_application: Ints
    occ_identifier: Ints
    occ_role: Ints
    occ_position: Ints
    identifier_kind: Ints
    identifier_token: npt.NDArray[np.uint64]
    distinct: Ints
    timed: bool
    hour: Floats

    def __len__(self) -> int:
        return len(self.application_id)

    @property
    def persons(self) -> int:
        """Number of persons."""
        return int(self.person.max()) + 1 if len(self) else 0


def codes(values: Strings) -> Ints:
    """Number texts by first appearance; "" is -1."""
    found = pd.factorize(pd.Series(values, dtype=object).replace("", None))[0]
    return np.asarray(found, dtype=np.int64)


def first_appearance(groups: Ints) -> Ints:
    """Renumber group numbers (≥ 0) by where they first appear; -1 stays."""
    found = pd.factorize(np.where(groups < 0, np.int64(-1), groups))
    uniques = np.asarray(found[1])
    missing = np.flatnonzero(uniques == -1)
    result = np.asarray(found[0], dtype=np.int64)
    if len(missing) == 0:
        return result
    return np.where(result == missing[0], -1, result - (result > missing[0]))


def sorted_unique(values: Ints) -> Ints:
    """Return the distinct values in order; sorting beats hashing on numbers that are mostly distinct."""
    ordered = np.sort(values)
    new = np.ones(len(ordered), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[new])


def names_of_codes(code: Ints, name: Strings) -> Strings:
    """Return the name behind each code, by code."""
    names = np.full(int(code.max(initial=-1)) + 1, "", object)
    known = code >= 0
    names[code[known]] = name[known]
    return names


def shared_columns(facts: Facts) -> Applications:
    """Put facts into canonical order and keep the identifiers that two or more applications hold."""
    n = len(facts)
    order = _canonical_order(facts)
    rank = np.empty(n, np.int64)
    rank[order] = np.arange(n)
    submitted = facts.submitted_ms[order]
    has_time = submitted != NO_TIME
    day = np.where(has_time, submitted, 0) / 86_400_000.0

    together, kind, distinct = _held_together(facts)
    row, group = rank[facts.occ_row[together.occurrence]], together.group
    kind = kind[group]
    applications_of = _holders(group, row, together.count, n)
    person = _holder_code(facts, rank, KIND_CODE["person"])
    person = np.where(person < 0, person.max(initial=-1) + 1 + np.arange(n), person)

    s = np.flatnonzero((applications_of[group] > 1) & (kind != KIND_CODE["person"]))
    row, group, kind, occurrence = row[s], group[s], kind[s], together.occurrence[s]
    role = facts.occ_role[occurrence].astype(np.int64)
    # by kind, then first appearance; of two that first appear in one application, by who else holds them
    first = np.lexsort((_fingerprint(group, row, together.count)[group], role, row, kind))
    identifier = np.empty(len(s), np.int64)
    identifier[first] = first_appearance(group[first])
    o = np.lexsort((role, row, identifier))
    head = np.flatnonzero(np.diff(identifier[o], prepend=-1))
    numbers = {name: facts.numbers[name][order] for name in NUMBERS}
    hour = numbers["local_hour"]
    utc_hour = np.floor(np.mod(day, 1.0) * 24)
    ahead = np.where(np.isnan(hour), 0.0, np.mod(hour - utc_hour + 12, 24) - 12)  # the lender's clock against UTC
    return Applications(
        application_id=facts.application_id[order],
        dealer_id=facts.dealer_id[order],
        salesperson_id=facts.salesperson_id[order],
        submitted_ms=submitted,
        day=day,
        local_day=np.floor(day + ahead / 24).astype(np.int64),
        person=first_appearance(person),
        dealer=codes(facts.dealer_id[order]),
        salesperson=codes(facts.salesperson_id[order]),
        employer=first_appearance(_holder_code(facts, rank, KIND_CODE["employer"])),
        name=codes(facts.texts["name"][order]),
        surname=codes(facts.texts["surname"][order]),
        building=codes(facts.texts["building"][order]),
        segment=codes(facts.texts["phone_segment"][order]),
        age=numbers["age"],
        income=numbers["monthly_income"],
        price=numbers["vehicle_price"],
        down=numbers["down_payment"],
        loan=numbers["loan_amount"],
        term=numbers["term_months"],
        occ_application=row[o],
        occ_identifier=identifier[o],
        occ_role=role[o],
        occ_position=facts.occ_position[occurrence[o]].astype(np.int64),
        identifier_kind=kind[o][head],
        identifier_token=facts.occ_token[occurrence[o]][head],
        distinct=distinct,
        timed=bool(has_time.any()),
        hour=hour,
    )


def _canonical_order(facts: Facts) -> Ints:
    by_id = np.argsort(facts.application_id.astype(str), kind="stable")
    return by_id[np.argsort(facts.submitted_ms[by_id], kind="stable")].astype(np.int64)


@dataclass(frozen=True)
class _Together:
    """Occurrences of the (kind, token) pairs that occur twice or more, with the pair's number; count of all pairs."""

    occurrence: Ints
    group: Ints
    count: int


def _held_together(facts: Facts) -> tuple[_Together, Ints, Ints]:
    """Group equal (kind, token) pairs; return those that occur again, the kind of each pair, and pairs by kind.

    Most identifiers occur once: what follows should not have to carry them.
    """
    # one sort key: the kind scrambled into the token (64 bits of an HMAC) keeps value spaces apart
    scramble = np.arange(1, len(KINDS) + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    key = facts.occ_token ^ scramble[facts.occ_kind]
    order = np.argsort(key)
    new = np.ones(len(order), bool)
    key = key[order]
    new[1:] = key[1:] != key[:-1]
    del key
    start = np.flatnonzero(new)
    size = np.diff(start, append=len(order))
    kind = facts.occ_kind[order[start]].astype(np.int64)
    distinct = np.bincount(kind, minlength=len(KINDS)).astype(np.int64)
    again = np.repeat(size > 1, size)
    several = np.flatnonzero(size > 1)
    together = _Together(order[again], np.repeat(np.arange(len(several)), size[several]), len(several))
    return together, kind[several], distinct


def _holders(group: Ints, row: Ints, groups: int, n: int) -> Ints:
    """How many applications hold each identifier; a number given twice in one application counts once."""
    return np.bincount(sorted_unique(group * max(n, 1) + row) // max(n, 1), minlength=groups)


def _fingerprint(group: Ints, row: Ints, groups: int) -> npt.NDArray[np.uint64]:
    """Sum of scrambled row numbers of each group: tells apart groups with different holders, whatever their tokens."""
    total = np.zeros(groups, np.uint64)
    scrambled = (row.astype(np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    np.add.at(total, group, scrambled ^ (scrambled >> np.uint64(29)))
    return total


def _holder_code(facts: Facts, rank: Ints, kind: int) -> Ints:
    """Code of the identifier of one kind that each application holds (the first given, of several), -1 if none."""
    code = np.full(len(facts), -1, np.int64)
    of_kind = np.flatnonzero(facts.occ_kind == kind)[::-1]
    code[rank[facts.occ_row[of_kind]]] = pd.factorize(facts.occ_token[of_kind])[0]
    return code
