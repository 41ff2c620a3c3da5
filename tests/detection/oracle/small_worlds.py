"""Small random worlds in which everything happens that a stage looks at, as plain rows and as the facts made of them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache

import numpy as np

from graphfraud.detection.columns import COMPARED, KIND_CODE, NO_POSITION, NO_TIME, NUMBERS, ROLE_CODE, Facts

DAY_MS = 86_400_000
FIRST_DAY = 20_254  # days since 1970


@dataclass(frozen=True)
class Held:
    """An identifier that an application holds; position is its place in a block."""

    kind: str
    role: str
    value: str
    position: int = NO_POSITION


@dataclass
class Row:
    """One application."""

    id: str
    ms: int  # NO_TIME: unknown
    dealer: str
    seller: str
    person: str
    surname: str
    building: str
    income: float
    price: float
    loan: float
    age: float
    hour: float  # on the lender's clock; NaN: unknown
    region: str = ""
    held: list[Held] = field(default_factory=list)

    @property
    def day(self) -> float:
        return self.ms / DAY_MS

    @property
    def local_day(self) -> int:
        """Calendar day on the lender's clock, at most twelve hours from UTC; UTC's where the hour is unknown."""
        if math.isnan(self.hour):
            return math.floor(self.day)
        return next(
            day
            for day in (
                math.floor(self.day + ahead / 24) for ahead in range(-12, 12) if (self.utc_hour + ahead) % 24 == self.hour
            )
        )

    @property
    def utc_hour(self) -> int:
        return self.ms // (DAY_MS // 24) % 24

    def of(self, kind: str) -> str:
        """The value of the one identifier of a kind, "" without."""
        return next((h.value for h in self.held if h.kind == kind), "")


SEEDS = range(200)


@dataclass(frozen=True)
class _Plan:
    """How crowded a world is: number of different values, step between numbers."""

    values: dict[str, int]
    step: int

    def draw(self, rng: np.random.Generator, name: str) -> int:
        return int(rng.integers(self.values[name]))


@cache
def small_world(seed: int) -> list[Row]:
    """Thirty to ninety applications in order of submission, with few values for most identifiers."""
    rng = np.random.default_rng(seed)
    n = int(rng.integers(30, 90))
    kinds = ("phone", "device", "account", "ip", "vehicle", "person", "surname", "building")
    values = {kind: max(2, int(n * rng.uniform(0.2, 3.0))) for kind in kinds}
    values |= {"address": max(2, int(n * rng.uniform(0.5, 6.0))), "compound": int(rng.integers(2, 12))}
    values |= {"dealer": int(rng.integers(1, 6)), "employer": int(rng.integers(3, 20))}
    plan = _Plan(values, int(rng.choice([1, 7, 60])))
    rows: list[Row] = []
    for i in range(n):
        dealer = f"D{int(values['dealer'] * rng.random() ** 2)}" if rng.random() < 0.95 else ""
        spread_out = rng.random() < 0.7
        row = Row(
            id=f"A{rng.permutation(n)[0]:03d}-{i}",
            ms=int((FIRST_DAY + (rng.random() * 365 if spread_out else rng.integers(9))) * DAY_MS),
            dealer=dealer,
            seller=f"S{dealer}{rng.integers(3)}" if rng.random() < 0.9 else "",
            person=f"p{plan.draw(rng, 'person')}" if rng.random() < 0.95 else "",
            surname=f"n{plan.draw(rng, 'surname')}" if rng.random() < 0.9 else "",
            building=f"b{plan.draw(rng, 'building')}" if rng.random() < 0.9 else "",
            income=float(rng.integers(5, 20) * 1_000) if rng.random() < 0.9 else np.nan,
            price=float(rng.integers(5, 30) * 10_000),
            loan=float(rng.integers(3, 25) * 10_000),
            age=float(rng.integers(20, 60)),
            hour=np.nan,
        )
        row.held = _held(rng, row, plan)
        ahead = float(rng.integers(-12, 12)) if rng.random() < 0.5 else 8.0
        row.hour = (row.utc_hour + ahead) % 24 if rng.random() < 0.9 else np.nan
        if rows and rng.random() < 0.1:
            _same_fleet(rows[-1], row)
        rows.append(row)
    for row in rows:
        at_home = row.dealer and rng.random() < 0.7
        row.region = f"near {row.dealer}" if at_home else f"r{rng.integers(6)}" if rng.random() < 0.8 else ""
    return sorted(rows, key=lambda row: (row.ms, row.id))


def without_times(rows: Sequence[Row], share: float, seed: int) -> list[Row]:
    """The same rows in order of submission, some of which have lost their time."""
    lost = np.random.default_rng([seed, 7]).random(len(rows)) < share
    return sorted(
        (replace(row, ms=NO_TIME, hour=np.nan) if gone else row for row, gone in zip(rows, lost.tolist(), strict=True)),
        key=lambda row: (row.ms, row.id),
    )


def _same_fleet(leader: Row, row: Row) -> None:
    """Let a row pay from the leader's account, for the leader's employer (none: the leader's car), on the leader's day."""
    shared = [h for h in leader.held if h.kind in ("account", "account_block", "employer")]
    row.held = [h for h in row.held if h.kind not in ("account", "account_block", "employer")] + shared
    row.ms, row.hour = leader.ms, leader.hour
    if not leader.of("employer"):
        row.dealer, row.seller, row.price = leader.dealer, leader.seller, leader.price


def _held(rng: np.random.Generator, row: Row, plan: _Plan) -> list[Held]:
    number, account = plan.draw(rng, "phone") * plan.step, plan.draw(rng, "account") * plan.step
    held = [Held("person", "applicant", row.person)] if row.person else []
    if rng.random() < 0.9:
        held.append(Held("phone", "own", f"{number}"))
        held += [
            Held("phone_block", "whole", f"w{number // 100}", number % 100),
            Held("phone_block", "shifted", f"s{(number + 50) // 100}", (number + 50) % 100),
        ]
    for role, likely in (("contact_1", 0.6), ("contact_2", 0.3)):
        if rng.random() < likely:
            held.append(Held("phone", role, f"{plan.draw(rng, 'phone') * plan.step}"))
    if rng.random() < 0.8:
        held.append(Held("account", "repaying", f"{account}"))
        held += [
            Held("account_block", "whole", f"w{account // 100}", account % 100),
            Held("account_block", "shifted", f"s{(account + 50) // 100}", (account + 50) % 100),
        ]
    if rng.random() < 0.3 and row.dealer:
        held.append(Held("device", "used", f"tablet of {row.dealer}"))
    elif rng.random() < 0.7:
        held.append(Held("device", "used", f"{plan.draw(rng, 'device')}"))
    compound = f"c{plan.draw(rng, 'compound')}"
    room = plan.draw(rng, "address")
    if rng.random() < 0.7:
        held += [Held("address", "home", f"{room}"), Held("compound", "with_room", compound)]
    elif rng.random() < 0.6:
        held.append(Held("compound", "only", compound))
    if rng.random() < 0.4:
        held.append(Held("ip", "sent_from", f"{plan.draw(rng, 'ip')}"))
        held.append(Held("ip_range", "sent_from", f"{rng.integers(3)}"))
    if rng.random() < 0.5:
        held.append(Held("vehicle", "financed", f"{plan.draw(rng, 'vehicle')}"))
    if rng.random() < 0.8:
        employer = plan.draw(rng, "employer")
        held.append(Held("employer", "employed", f"e{employer}"))
        phone = employer // 2 if rng.random() < 0.7 else int(rng.integers(5))
        held.append(Held("work_phone", "work", f"{phone}"))
    return held


def facts_of_rows(rows: Sequence[Row], key: int = 0) -> Facts:
    """Make facts of rows, in the order given; `key` stands for the token key."""
    token: dict[tuple[str, str], int] = defaultdict(lambda: int(rng.integers(1, 2**63)))
    rng = np.random.default_rng([key, 99])
    occ = [
        (i, KIND_CODE[h.kind], ROLE_CODE[h.kind, h.role], token[h.kind, h.value], h.position)
        for i, row in enumerate(rows)
        for h in row.held
    ]
    columns = list(zip(*occ, strict=True)) if occ else [(), (), (), (), ()]
    n = len(rows)
    numbers = {name: np.full(n, np.nan) for name in NUMBERS}
    numbers["age"] = np.array([row.age for row in rows])
    numbers["monthly_income"] = np.array([row.income for row in rows])
    numbers["vehicle_price"] = np.array([row.price for row in rows])
    numbers["local_hour"] = np.array([row.hour for row in rows])
    numbers["loan_amount"] = np.array([row.loan for row in rows])
    texts = {name: np.full(n, "", object) for name in COMPARED}
    texts["surname"] = np.array([row.surname for row in rows], dtype=object)
    texts["home_region"] = np.array([row.region for row in rows], dtype=object)
    texts["building"] = np.array([row.building for row in rows], dtype=object)
    return Facts(
        np.array([row.id for row in rows], dtype=object),
        np.array([row.ms for row in rows], dtype=np.int64),
        np.array([row.dealer for row in rows], dtype=object),
        np.array([row.seller for row in rows], dtype=object),
        numbers,
        texts,
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.int8),
        np.array(columns[2], dtype=np.int8),
        np.array(columns[3], dtype=np.uint64),
        np.array(columns[4], dtype=np.int16),
    )
