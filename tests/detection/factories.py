"""Small applications in one line: what a test says is what is in the data."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from graphfraud.detection.columns import (
    COMPARED,
    KIND_CODE,
    NO_POSITION,
    NO_TIME,
    NUMBERS,
    ROLE_CODE,
    Applications,
    Facts,
    shared_columns,
)
from graphfraud.detection.texts import Texts
from graphfraud.schema import KINDS

DAY = 86_400_000
START = 1_750_000_000_000
MAIN_ROLE = {kind.name: kind.role_names[0] for kind in KINDS}


@dataclass
class App:
    """One application: what it holds by "kind" or "kind.role", and plain facts."""

    id: str
    day: float | None = 0.0
    dealer: str = "D1"
    seller: str = "S1"
    surname: str = ""
    name: str = ""
    age: float = float("nan")
    birth_year: float = float("nan")
    loan: float = 80_000.0
    price: float = float("nan")
    income: float = float("nan")
    region: str = ""
    hour: float = float("nan")
    holds: dict[str, str] = field(default_factory=dict)
    positions: dict[str, int] = field(default_factory=dict)


def token_of(kind: str, value: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{kind}|{value}".encode()).digest()[:8], "big")


def facts_from(apps: Sequence[App], key: str = "") -> Facts:
    """Make facts; `key` stands for the token key."""
    rows, kinds, roles, tokens, positions = [], [], [], [], []
    for row, app in enumerate(apps):
        for name, value in {"person": app.id, **app.holds}.items():
            kind, _, role = name.partition(".")
            rows.append(row)
            kinds.append(KIND_CODE[kind])
            roles.append(ROLE_CODE[kind, role or MAIN_ROLE[kind]])
            tokens.append(token_of(key + kind, value))
            positions.append(app.positions.get(name, NO_POSITION))
    n = len(apps)
    numbers = {name: np.full(n, np.nan) for name in NUMBERS}
    numbers["loan_amount"] = np.array([app.loan for app in apps])
    numbers["vehicle_price"] = np.array([app.price for app in apps])
    numbers["monthly_income"] = np.array([app.income for app in apps])
    numbers["age"] = np.array([app.age for app in apps])
    numbers["birth_year"] = np.array([app.birth_year for app in apps])
    numbers["local_hour"] = np.array([app.hour for app in apps])
    texts = {name: np.zeros(n, np.uint64) for name in COMPARED}
    for text in ("surname", "name", "home_region"):
        values = [getattr(app, text.removeprefix("home_")) for app in apps]
        texts[text] = np.array([token_of(text, value) if value else 0 for value in values], dtype=np.uint64)
    return Facts(
        Texts([app.id for app in apps]),
        np.array([NO_TIME if app.day is None else START + int(app.day * DAY) for app in apps], dtype=np.int64),
        Texts([app.dealer for app in apps], repeating=True),
        Texts([app.seller for app in apps], repeating=True),
        numbers,
        texts,
        np.array(rows, dtype=np.int32),
        np.array(kinds, dtype=np.int8),
        np.array(roles, dtype=np.int8),
        np.array(tokens, dtype=np.uint64),
        np.array(positions, dtype=np.int16),
    )


def columns_of(apps: Sequence[App]) -> Applications:
    return shared_columns(facts_from(apps))


def ordinary(count: int, seed: int = 0, days: float = 365.0, place: str = "") -> list[App]:
    """Customers of thirty dealers over a year who share nothing but chance, clerks' routine and their employers.

    Customers of another place have other dealers and identifiers.
    """
    rng = np.random.default_rng(seed)
    apps = []
    for i in range(count):
        dealer = int(rng.integers(30))
        holds = {
            "device": f"{place}tablet{dealer}" if rng.random() < 0.2 else f"{place}d{rng.integers(count * 20)}",
            "phone": f"{place}p{rng.integers(count * 30)}",
            "account": f"{place}a{rng.integers(count * 20)}",
            "employer": f"{place}e{int(rng.zipf(1.6)) % 200}",
        }
        apps.append(
            App(
                f"N{place}{i:06d}",
                float(rng.random() * days),
                f"D{place}{dealer}",
                f"S{place}{dealer}-{rng.integers(4)}",
                holds=holds,
            )
        )
    return apps


def gang(size: int, seed: int = 0, name: str = "G", start: float = 100.0, dealers: Sequence[str] = ("D3", "D4")) -> list[App]:
    """A gang that rotates two devices and one account within two weeks at two dealers."""
    rng = np.random.default_rng(seed)
    return [
        App(
            f"{name}{i:03d}",
            start + float(rng.random() * 14),
            dealers[i % len(dealers)],
            f"S{dealers[i % len(dealers)][1:]}-0",
            holds={
                "device": f"{name}-device{i // 2 % 2}",
                "account": f"{name}-account",
                "phone": f"{name}-phone{i}",
                "employer": f"e{i}",
            },
        )
        for i in range(size)
    ]


def buying(apps: Sequence[App], seed: int = 0) -> list[App]:
    """Let applications be for cars of all prices, of which customers of all incomes borrow what they need."""
    rng = np.random.default_rng(seed)
    for app in apps:
        app.price = float(rng.lognormal(11.7, 0.4))
        app.loan = app.price * float(rng.uniform(0.3, 0.9))
        app.income = float(rng.lognormal(9.0, 0.5))
    return list(apps)


def made_up(apps: Sequence[App], seed: int = 0, loan_to_value: float = 0.85, income: float = 16_000.0) -> list[App]:
    """Let one hand have filled in the forms: as much of the price borrowed as is lent, and incomes that bear it."""
    rng = np.random.default_rng(seed)
    for app in apps:
        app.price = float(rng.lognormal(11.7, 0.4))
        app.loan = app.price * loan_to_value * float(rng.uniform(0.98, 1.02))
        app.income = income * float(rng.uniform(0.97, 1.03))
    return list(apps)


def living(apps: Sequence[App], away: float, seed: int) -> list[App]:
    """Let applicants live near their dealer, but for a share who live anywhere."""
    rng = np.random.default_rng(seed)
    for app in apps:
        at_home = rng.random() >= away
        app.region = f"near {app.dealer}" if at_home else f"near D{rng.integers(30)}"
    return list(apps)


def applying(apps: Sequence[App], by_day: bool, seed: int) -> list[App]:
    """Let them apply around noon, or at any hour."""
    rng = np.random.default_rng(seed)
    for app in apps:
        app.hour = float(np.clip(round(rng.normal(13, 2.5)), 0, 23)) if by_day else float(rng.integers(24))
    return list(apps)


def rows_of(apps: Sequence[App], order: Sequence[int]) -> list[App]:
    return [apps[i] for i in order]
