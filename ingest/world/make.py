"""Make a synthetic world: ordinary customers, then every function of the registry in turn, then text."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from graphfraud.errors import SettingError
from ingest.world.clock import START
from ingest.world.dealers import Market, open_dealers
from ingest.world.places import plan_places
from ingest.world.population import populate
from ingest.world.registry import FACTS, RING_SHARE, TYPOLOGIES, UNSEEN, Fact, check_names, choose_typologies
from ingest.world.table import NONE, Applications, Ints, Scene

SMALLEST_WORLD = 500
Difficulty = Literal["normal", "hard"]


@dataclass(frozen=True)
class Plan:
    """What to make: number of applications, seed, days from 2025-06-01, difficulty, and functions to leave out
    or (of those that are not usual) to put in.
    """

    applications: int
    seed: int
    days: int = 365
    difficulty: Difficulty = "normal"
    without: frozenset[str] = frozenset()
    also: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        if self.applications < SMALLEST_WORLD:
            raise SettingError(
                f"--applications {self.applications}: a world needs {SMALLEST_WORLD} applications or more, else nobody can hide"
            )
        if self.applications > 100_000_000:
            raise SettingError(f"--applications {self.applications}: 100,000,000 is the most one world holds")
        if not 30 <= self.days <= 1_200:
            raise SettingError(f"--days {self.days}: give 30 to 1,200 days")
        if self.seed < 0:
            raise SettingError(f"--seed {self.seed}: a seed is a whole number from 0 on")
        check_names(self.without)
        check_names(self.also, "--with")

    def has(self, fact: Fact) -> bool:
        """Say whether a function of the registry happens in this world."""
        return fact.name not in self.without and (fact.usual or fact.name in self.also)


@dataclass(frozen=True)
class World:
    """A finished world; applications are in order of submission, apps.x holds the calendar day."""

    plan: Plan
    market: Market
    big_employers: int
    apps: Applications


def plan_world(
    applications: int,
    seed: int,
    days: int = 365,
    difficulty: str = "normal",
    without: Iterable[str] = (),
    fraud_free: bool = False,
    also: Iterable[str] = (),
    typologies: str = "usual",
) -> Plan:
    """Check the wishes of a caller; raise SettingError for one that cannot be met.

    typologies says which gangs there are: usual, unseen (only those that no usual world has), or names parted by commas.
    """
    if difficulty not in ("normal", "hard"):
        raise SettingError(f"--difficulty {difficulty}: write normal or hard")
    planted = choose_typologies(typologies)
    left_out = check_names(without) | (frozenset(TYPOLOGIES) - planted)
    put_in = check_names(also, "--with") | (planted & frozenset(UNSEEN))
    if fraud_free:
        left_out |= frozenset((*TYPOLOGIES, *UNSEEN))
    return Plan(applications, seed, days, "hard" if difficulty == "hard" else "normal", left_out, put_in)


def make_world(plan: Plan) -> World:
    """Make a world: same plan, same world; leaving a function out changes nothing but what that function did."""
    n, end = plan.applications, START + timedelta(days=plan.days)
    market = open_dealers(generator(plan, "market"), n, (START - date(1970, 1, 1)).days)
    places = plan_places(generator(plan, "places"), n)
    last_day = (end - date(1955, 1, 1)).days
    apps = populate(generator(plan, "population"), n, plan.days, market, places, last_day, end.year)
    for index, (fact, rows) in enumerate(zip(FACTS, _owned_rows(plan), strict=True)):
        if plan.has(fact):
            fact.make(
                Scene(generator(plan, fact.name), apps, rows, market, places, plan.days, plan.difficulty == "hard", index)
            )
    apps.x[:] = np.floor(np.clip(apps.x, 0, plan.days - 0.001))
    apps = apps.take(np.lexsort((np.arange(n), apps.second, apps.x)))
    apps.ring[:] = _numbered(apps.ring)
    return World(plan, market, places.big_employers, apps)


def generator(plan: Plan, name: str) -> np.random.Generator:
    """Return the generator of one function: named, so that leaving another one out moves nothing."""
    return np.random.default_rng(np.random.SeedSequence([plan.seed, zlib.crc32(name.encode())]))


def _owned_rows(plan: Plan) -> list[Ints]:
    """Deal the rows out: typologies share RING_SHARE of them evenly (at least one ring each), others get their own share.

    Those that are not usual come last, so that putting one in moves nobody else's rows.
    """
    n = plan.applications
    rows = [np.zeros(0, dtype=np.int64)] * len(FACTS)
    at, in_rings = 0, {True: 0, False: 0}
    for i in sorted(range(len(FACTS)), key=lambda i: not FACTS[i].usual):
        fact = FACTS[i]
        count = _count(n, fact)
        if fact.kind == "typology":
            if n < 3_000 and in_rings[fact.usual] + 4 > n * 0.015:
                count = 0  # so small a world has room for a few rings only
            in_rings[fact.usual] += count
        rows[i] = np.arange(at, at + count, dtype=np.int64)
        at += count
    return rows


def _count(n: int, fact: Fact) -> int:
    """Return how many of n rows a function owns."""
    if fact.kind != "typology":
        return round(n * fact.share)
    if n < 3_000:
        return min(8, max(4, round(n * 0.004)))
    return max(round(n * RING_SHARE / len(TYPOLOGIES if fact.usual else UNSEEN)), 5)


def _numbered(ring: Ints) -> Ints:
    """Number rings 0, 1, … in order of their first application."""
    rings, first, back = np.unique(ring, return_index=True, return_inverse=True)
    order = np.argsort(first[rings != NONE], kind="stable")
    number = np.full(len(rings), NONE)
    number[np.flatnonzero(rings != NONE)[order]] = np.arange(len(order))
    return number[back]
