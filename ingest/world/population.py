"""Ordinary customers: everybody is somebody else, and nothing but the market connects them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from ingest.world.clock import seconds
from ingest.world.dealers import Market
from ingest.world.places import AREA_CITY, AREAS, CITIES, WEIGHTS, Places, accounts, devices
from ingest.world.table import NONE, Applications

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# The forty most frequent surnames with their share (census of 2020, in thousandths of the population).
SURNAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余"
SURNAME_WEIGHTS = np.array(
    [
        *(75, 74, 70, 54, 46, 33, 24, 23, 22, 21, 17, 16, 14, 13, 13, 13, 12, 12, 11, 10),
        *(10, 9, 8, 8, 7, 7, 7, 7, 7, 6, 6, 6, 6, 5, 5, 5, 5, 5, 5, 5),
    ],
    dtype=float,
)
GIVEN = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉梅兰红建国志海东辉文宇浩欣怡佳俊晨雪婷慧鑫波斌琳龙飞玲萍"
# model, WMI of its maker, list price, share
MODELS: tuple[tuple[str, str, int, float], ...] = (
    ("大众朗逸", "LSV", 119_900, 9), ("丰田卡罗拉", "LFM", 126_800, 8), ("日产轩逸", "LGB", 119_000, 9),
    ("本田思域", "LVH", 139_900, 6), ("别克英朗", "LSG", 109_900, 6), ("吉利帝豪", "LB3", 78_800, 7),
    ("长安逸动", "LS5", 82_900, 6), ("哈弗H6", "LGW", 112_900, 9), ("传祺GS4", "LMG", 109_800, 5),
    ("荣威RX5", "LSJ", 108_900, 5), ("比亚迪秦", "LGX", 99_800, 10), ("五菱宏光", "LZW", 52_800, 7),
    ("奥迪A4L", "LFV", 329_800, 4), ("宝马3系", "LBV", 319_900, 5), ("奔驰C级", "LE4", 339_600, 4),
)  # fmt: skip
LIST_PRICE = np.array([m[2] for m in MODELS])
MODEL_WEIGHTS = np.array([m[3] for m in MODELS]) / sum(m[3] for m in MODELS)
TERMS, TERM_WEIGHTS = np.array([12, 24, 36, 48, 60]), np.array([0.07, 0.2, 0.48, 0.1, 0.15])
YEAR = 365.25
CROWDED = 16  # rounds of redrawing resident ids; a world of a million needs half as many


def surnames(rng: np.random.Generator, n: int) -> Ints:
    """Draw n surnames."""
    return rng.choice(len(SURNAMES), n, p=SURNAME_WEIGHTS / SURNAME_WEIGHTS.sum())


def given_names(rng: np.random.Generator, n: int) -> Ints:
    """Draw n given names of one or two characters: first · (k + 1) + second, second = k for none."""
    k = len(GIVEN)
    second = np.where(rng.random(n) < 0.78, (k * rng.random(n) ** 1.3).astype(np.int64), k)
    return (k * rng.random(n) ** 1.3).astype(np.int64) * (k + 1) + second


def persons(rng: np.random.Generator, city: Ints, age: Floats, last_day: int) -> Ints:
    """Draw a resident id for each city of residence and age (years on last_day, days since 1955): area, birthday, number.

    Half of the people live where they were registered.
    """
    n = len(city)
    local = rng.integers(0, 5, n)
    first = np.searchsorted(AREA_CITY, city)
    area = np.where(rng.random(n) < 0.5, first + local, rng.integers(0, len(AREAS), n))
    birth = np.clip(last_day - age * YEAR, 0, last_day - 19.05 * YEAR).astype(np.int64)
    return pack_person(area, birth, rng.integers(1, 1000, n))


def pack_person(area: Ints, birth: Ints, number: Ints) -> Ints:
    """Pack a resident id's parts into one integer."""
    return (area * 40_000 + birth) * 1_000 + number


def birth_of(person: Ints) -> Ints:
    """Return the birthday in days since 1955-01-01."""
    return person // 1_000 % 40_000


def ages(rng: np.random.Generator, n: int) -> Floats:
    """Draw n ages of car buyers."""
    return np.clip(np.where(rng.random(n) < 0.12, rng.uniform(19, 24, n), rng.normal(35, 8.6, n)), 19.1, 66)


def distinct(draw: Ints, again: Callable[[Ints, int], Ints]) -> Ints:
    """Redraw values that came twice until none does; again(positions, round) draws anew in the first round, the second, …"""
    turn = 0
    while True:
        _, first = np.unique(draw, return_index=True)
        if len(first) == len(draw):
            return draw
        twice = np.ones(len(draw), dtype=bool)
        twice[first] = False
        positions = np.flatnonzero(twice)
        turn += 1
        draw[positions] = again(positions, turn)


def employers_of(rng: np.random.Generator, places: Places, city: Ints, big: float = 0.0) -> Ints:
    """Draw employers: with probability big one of the country's large ones, else one of the city's."""
    n = len(city)
    local = (places.employers[city] * rng.random(n) ** 1.6).astype(np.int64)
    large = (places.big_employers * rng.random(n) ** 3.2).astype(np.int64)
    return np.where(rng.random(n) < big, large, places.big_employers + local * len(CITIES) + city)


def vins(rng: np.random.Generator, model: Ints, last_year: int) -> Ints:
    """Draw vehicle numbers: maker, type, model year, plant and serial number, packed; makers number cars in a row."""
    n = len(model)
    kind, plant, serial = rng.integers(0, 40, n), rng.integers(0, 8, n), rng.integers(1, 1_000_000, n)
    year = last_year - (rng.random(n) < 0.5) - (rng.random(n) < 0.1) * rng.integers(1, 4, n)
    return (((model * 40 + kind) * 100 + year % 100) * 8 + plant) * 1_000_000 + serial


def finance(rng: np.random.Generator, model: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Draw income, price, down payment and term: a third pays list price, incomes and discounts are often round."""
    n = len(model)
    income = np.exp(rng.normal(8.95, 0.48, n) + 0.12 * np.log(LIST_PRICE[model] / 115_000))
    income = np.where(rng.random(n) < 0.35, np.maximum(np.round(income, -2), 1_500), income).astype(np.int64)
    trim = np.array([0.88, 1.0, 1.14])[rng.choice(3, n, p=[0.3, 0.45, 0.25])]
    listed = np.round(LIST_PRICE[model] * trim, -2)
    free = listed * np.exp(rng.normal(-0.06, 0.16, n))
    free = np.where(rng.random(n) < 0.4, np.round(free, -2), free)
    price = np.where(rng.random(n) < 0.25, listed, free).astype(np.int64)
    ratio = np.clip(rng.normal(0.71, 0.1, n), 0.3, 0.98)
    ratio = np.where(rng.random(n) < 0.3, np.round(ratio, 1), ratio)
    down = np.round(price * (1 - ratio), 0).astype(np.int64)
    return income, price, down, TERMS[rng.choice(5, n, p=TERM_WEIGHTS)]


def populate(
    rng: np.random.Generator, n: int, days: int, market: Market, places: Places, last_day: int, year: int
) -> Applications:
    """Draw n ordinary customers; last_day is the world's last day (days since 1955), year its last model year.

    Each column has a generator of its own, so that a change to one leaves the others as they were.
    """
    r = dict(zip(("who", "where", "when", "phone", "money", "work", "car", "net"), rng.spawn(8), strict=True))
    dealer = r["where"].choice(len(market), n, p=market.share)
    stays = r["where"].random(n) < 0.82
    city = np.where(stays, market.city[dealer], r["where"].choice(len(CITIES), n, p=WEIGHTS))
    age = ages(r["who"], n)

    def another_person(at: Ints, turn: int) -> Ints:
        # In the largest worlds more people have one birthday in one county than there are numbers: some are older, then.
        older = r["who"].random(len(at)) * turn if turn > CROWDED else 0.0
        return persons(r["who"], city[at], age[at] + older, last_day)

    person = distinct(persons(r["who"], city, age, last_day), another_person)
    from_here = np.where(r["phone"].random((3, n)) < 0.75, city, r["phone"].choice(len(CITIES), (3, n), p=WEIGHTS)).ravel()
    numbers = distinct(places.phones(r["phone"], from_here), lambda at, _: places.phones(r["phone"], from_here[at])).reshape(
        3, n
    )
    model = r["car"].choice(len(MODELS), n, p=MODEL_WEIGHTS)
    income, price, down, term = finance(r["money"], model)
    employer = employers_of(r["work"], places, city)
    return Applications(
        x=r["when"].random(n) * days,
        second=seconds(r["when"], n),
        dealer=dealer,
        seller=market.staff_of(r["where"], dealer),
        person=person,
        surname=surnames(r["who"], n),
        given=given_names(r["who"], n),
        phone=numbers[0],
        contact_1=numbers[1],
        contact_2=numbers[2],
        device=devices(r["net"], n),
        ip=places.home_ips(r["net"], city),
        account=distinct(accounts(r["money"], n), lambda at, _: accounts(r["money"], len(at))),
        home=places.homes(r["where"], city),
        employer=employer,
        work_phone=employer.copy(),
        income=income,
        model=model,
        vin=distinct(vins(r["car"], model, year), lambda at, _: vins(r["car"], model[at], year)),
        price=price,
        down=down,
        term=term,
        phone_style=np.zeros(n, dtype=np.int64),
        contact_1_style=np.zeros(n, dtype=np.int64),
        contact_2_style=np.zeros(n, dtype=np.int64),
        employer_style=np.zeros(n, dtype=np.int64),
        address_style=np.zeros(n, dtype=np.int64),
        device_fixed=np.zeros(n, dtype=bool),
        ip_fixed=np.zeros(n, dtype=bool),
        ring=np.full(n, NONE, dtype=np.int64),
        typology=np.full(n, NONE, dtype=np.int64),
        group=np.full(n, NONE, dtype=np.int64),
        ring_person=np.zeros(n, dtype=bool),
    )
