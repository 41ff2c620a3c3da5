"""The columns that detection reads: applications and the identifiers that two or more of them share.

`Facts` are rows as they come (from the projection or a notebook's frame), in any order; `shared_columns` puts them into
canonical order and drops what nobody shares. Everything downstream sees small integers only, numbered by first
appearance in time, so that neither the order of rows nor the token key can change a result.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import numpy as np
import numpy.typing as npt

from graphfraud.detection.ordering import FEW, first_appearance, numbered_as_they_come, order_by, order_of_tokens
from graphfraud.detection.sharing import share
from graphfraud.detection.texts import Texts
from graphfraud.schema import ATTRIBUTES, KINDS
from graphfraud.schema import KIND_CODE as KIND_CODE

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Strings = npt.NDArray[np.object_]
Tokens = npt.NDArray[np.uint64]

ROLE_CODE: dict[tuple[str, str], int] = {(kind.name, role): code for kind in KINDS for code, role in enumerate(kind.role_names)}
NO_TIME = np.iinfo(np.int64).min
NO_POSITION = -1
NUMBERS = tuple(a.name for a in ATTRIBUTES if a.type in ("number", "integer"))
# texts and tokens that detection compares; the others only describe
COMPARED = ("name", "surname", "building", "home_region")


@dataclass(frozen=True)
class Facts:
    """Applications and their identifiers as they come, one row an application, in any order.

    submitted_ms is epoch milliseconds or NO_TIME; dealer_id and salesperson_id are "" where there is none; numbers and
    texts map the names in NUMBERS (NaN: missing) and COMPARED (tokens of 64 bits, 0: missing; or texts, "": missing) to
    columns. occ_* are parallel columns, one row per identifier that an application holds: its row, kind, role, token (64
    bits) and place in its block.
    """

    application_id: Texts
    submitted_ms: Ints
    dealer_id: Texts
    salesperson_id: Texts
    numbers: Mapping[str, Floats]
    texts: Mapping[str, Tokens | Texts]
    occ_row: npt.NDArray[np.int32]
    occ_kind: npt.NDArray[np.int8]
    occ_role: npt.NDArray[np.int8]
    occ_token: npt.NDArray[np.uint64]
    occ_position: npt.NDArray[np.int16]

    def __len__(self) -> int:
        return len(self.application_id)

    def where(self, keep: Bools) -> Facts:
        """Return the rows where `keep` is true, with their identifiers."""
        row = np.cumsum(keep, dtype=np.int32) - np.int32(1)
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
class Hidden:
    """Users of identifiers that a part of the data does not show, one row an identifier (see `detection.hubs.Hubs`).

    The other columns mean something where `known`.
    """

    known: Bools
    users: Ints
    persons: Ints
    employers: Ints
    first_day: Floats
    dealer_clock: Ints
    dealer_share: Floats
    salesperson_clock: Ints
    salesperson_share: Floats
    owned: Bools
    main_employer: Tokens


@dataclass(frozen=True)
class Applications:
    """What the stages of detection look at.

    One row an application, ordered by submission and id:
    application_id (text); submitted_ms; day (days since the epoch, 0 where there is no time);
    local_day (calendar day on the lender's clock); resident, person, dealer, salesperson, employer, name, surname,
    building, region (of the home) (codes; -1 missing, except resident and person: an application without one is one of its
    own).
    resident is the id that was given, person who that can be: one id under two surnames is stolen, mistyped or a
    clerk's own, and its people are no family;
    age, income, price, down, loan, term, hour (of submission on the lender's clock, 0–23) (NaN missing).

    One row an occurrence, ordered by identifier, application, role: occ_application, occ_identifier, occ_role,
    occ_position.

    One row an identifier that at least two applications hold, ordered by kind: identifier_kind, identifier_token.
    One row a dealer, salesperson, employer, resident id or region, by code: dealer_ids, salesperson_ids (text),
    employer_tokens, resident_tokens (0 where none was given), region_tokens.
    distinct counts all identifiers of each kind, shared or not.
    birth_year (from the id, NaN missing); gives: bits by kind (1 << KIND_CODE), set where the application gives an
    identifier of the kind in its first role, shared or not.
    hidden: what a part does not show of its identifiers' users; None: it shows all.
    """

    application_id: Texts
    submitted_ms: Ints
    day: Floats
    local_day: Ints
    resident: Ints
    person: Ints
    dealer: Ints
    salesperson: Ints
    employer: Ints
    name: Ints
    surname: Ints
    building: Ints
    region: Ints
    age: Floats
    income: Floats
    price: Floats
    down: Floats
    loan: Floats
    term: Floats
    occ_application: Ints
    occ_identifier: Ints
    occ_role: npt.NDArray[np.int8]
    occ_position: npt.NDArray[np.int16]
    identifier_kind: Ints
    identifier_token: Tokens
    distinct: Ints
    timed: bool
    hour: Floats
    dealer_ids: Strings
    salesperson_ids: Strings
    employer_tokens: Tokens
    resident_tokens: Tokens
    region_tokens: Tokens
    birth_year: Floats
    gives: Ints
    hidden: Hidden | None = None

    def __len__(self) -> int:
        return len(self.application_id)

    @property
    def persons(self) -> int:
        """Number of persons."""
        return int(self.person.max()) + 1 if len(self) else 0

    def occurrences(self, kind: str) -> slice:
        """Return the rows of the occurrences of one kind; they stand together."""
        code = KIND_CODE[kind]
        return slice(self._opens[code], self._opens[code + 1])

    @cached_property
    def _opens(self) -> list[int]:
        """The first row of each kind's occurrences, and where they end."""
        identifier = np.searchsorted(self.identifier_kind, np.arange(len(KINDS) + 1))
        return list(np.searchsorted(self.occ_identifier, identifier).tolist())


def shared_columns(facts: Facts) -> Applications:
    """Put facts into canonical order and keep the identifiers that two or more applications hold."""
    n = len(facts)
    order = _canonical_order(facts)
    submitted = facts.submitted_ms[order]
    has_time = submitted != NO_TIME
    day = np.where(has_time, submitted, 0) / 86_400_000.0
    shared = share(facts, order, "person", ("person", "employer"))
    given = shared.holder["person"]
    resident = first_appearance(np.where(given < 0, given.max(initial=-1) + 1 + np.arange(n), given))
    resident_tokens = np.zeros(int(resident.max(initial=-1)) + 1, np.uint64)
    resident_tokens[resident[given >= 0]] = shared.holder_token["person"][given[given >= 0]]
    surname = _codes(facts.texts["surname"], order)
    region = _codes(facts.texts["home_region"], order)
    region_tokens = np.zeros(int(region.max(initial=-1)) + 1, np.uint64)
    region_tokens[region[region >= 0]] = _tokens(facts.texts["home_region"])[order][region >= 0]
    dealer, dealer_ids = _named(facts.dealer_id, order)
    salesperson, salesperson_ids = _named(facts.salesperson_id, order)
    numbers = {name: facts.numbers[name][order] for name in NUMBERS}
    return Applications(
        application_id=Texts(facts.application_id)[order],
        submitted_ms=submitted,
        day=day,
        local_day=_local_day(day, numbers["local_hour"]),
        resident=resident,
        person=_persons(resident, surname),
        dealer=dealer,
        salesperson=salesperson,
        employer=shared.holder["employer"],
        name=_codes(facts.texts["name"], order),
        surname=surname,
        building=_codes(facts.texts["building"], order),
        region=region,
        age=numbers["age"],
        income=numbers["monthly_income"],
        price=numbers["vehicle_price"],
        down=numbers["down_payment"],
        loan=numbers["loan_amount"],
        term=numbers["term_months"],
        occ_application=shared.application,
        occ_identifier=shared.identifier,
        occ_role=shared.role,
        occ_position=shared.position,
        identifier_kind=shared.kind,
        identifier_token=shared.token,
        distinct=shared.distinct,
        timed=bool(has_time.any()),
        hour=numbers["local_hour"],
        dealer_ids=dealer_ids,
        salesperson_ids=salesperson_ids,
        employer_tokens=shared.holder_token["employer"],
        resident_tokens=resident_tokens,
        region_tokens=region_tokens,
        birth_year=numbers["birth_year"],
        gives=shared.gives,
    )


def _persons(resident: Ints, surname: Ints) -> Ints:
    """Number who gave each resident id: by id and surname; an application without a surname is the id's first known one."""
    known = np.flatnonzero(surname >= 0)[::-1]
    usual = np.zeros(int(resident.max(initial=-1)) + 1, np.int64)
    usual[resident[known]] = surname[known]
    given = np.where(surname >= 0, surname, usual[resident])
    return first_appearance(np.where(given == usual[resident], resident, len(usual) + resident * (len(surname) + 1) + given))


def _canonical_order(facts: Facts) -> Ints:
    """Rows by time of submission, then application id (by code points)."""
    order = np.argsort(facts.submitted_ms, kind="stable").astype(np.int64)
    time = facts.submitted_ms[order]
    alike = time[1:] == time[:-1]
    tied = np.flatnonzero(np.append(alike, False) | np.append(False, alike))
    if len(tied):
        by_id = Texts(facts.application_id)[order[tied]].order()
        order[tied] = order[tied][by_id[order_by(np.cumsum(np.append(False, ~alike))[tied][by_id])]]
    return order


def _local_day(day: Floats, hour: Floats) -> Ints:
    """Calendar day on the lender's clock, which the hour of submission there tells."""
    utc_hour = np.floor(np.mod(day, 1.0) * 24)
    ahead = np.where(np.isnan(hour), 0.0, np.mod(hour - utc_hour + 12, 24) - 12)
    return np.floor(day + ahead / 24).astype(np.int64)


def _tokens(column: Tokens | Texts) -> Tokens:
    """Return a column of tokens as it is; texts get numbers of their own, the same for the same text."""
    if isinstance(column, np.ndarray) and column.dtype == np.uint64:
        return column
    number, names = Texts(column).numbered()
    of_name = [int.from_bytes(blake2b(str(name).encode(), digest_size=8).digest(), "big") for name in names]
    return np.array([*of_name, 0], np.uint64)[number]


def _named(texts: Texts, order: Ints) -> tuple[Ints, Strings]:
    """Number texts by first appearance, -1 where there is none; return the numbers and the texts by number."""
    if len(order) <= FEW:
        rows = texts.tolist()
        few = [rows[row] for row in order.tolist()]
        return numbered_as_they_come(few, ""), np.array([name for name in dict.fromkeys(few) if name], dtype=object)
    number, names = Texts(texts).numbered()
    number = number[order]
    code = first_appearance(number)
    of_code = np.empty(int(code.max(initial=-1)) + 1, np.int64)
    of_code[code[code >= 0]] = number[code >= 0]
    return code, np.asarray(names[of_code])


def _codes(column: Tokens | Texts, order: Ints) -> Ints:
    """Number tokens or texts by first appearance, -1 where there is none."""
    if not isinstance(column, np.ndarray) or column.dtype != np.uint64:
        return _named(Texts(column), order)[0]
    column = column[order]
    if len(column) <= FEW:
        return numbered_as_they_come(column.tolist(), 0)
    by_token = order_of_tokens(column)
    ordered = column[by_token]
    new = np.ones(len(ordered), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    number = np.empty(len(column), np.int64)
    number[by_token] = np.cumsum(new) - 1
    number[column == 0] = -1
    return first_appearance(number)
