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
from ingest.world.registry import FACTS, RING_SHARE, TYPOLOGIES, Fact, check_names
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
) -> Plan:
    """Check the wishes of a caller; raise SettingError for one that cannot be met."""
    if difficulty not in ("normal", "hard"):
        raise SettingError(f"--difficulty {difficulty}: write normal or hard")
    left_out = check_names(without) | (frozenset(TYPOLOGIES) if fraud_free else frozenset())
    return Plan(applications, seed, days, "hard" if difficulty == "hard" else "normal", left_out, check_names(also, "--with"))


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
    """Deal the rows out: typologies share RING_SHARE of them evenly (at least one ring each), others get their own share."""
    n = plan.applications
    kinds = len(TYPOLOGIES)
    for_each = max(round(n * RING_SHARE / kinds), 5 if n >= 3_000 else 0)
    typologies_left = n * 0.015 if n < 3_000 else n
    rows, at = [], 0
    for fact in FACTS:
        count = for_each if fact.kind == "typology" else round(n * fact.share)
        if fact.kind == "typology" and n < 3_000:
            count = min(8, max(4, round(n * 0.004))) if at + 4 <= typologies_left else 0
        rows.append(np.arange(at, at + count, dtype=np.int64))
        at += count
    return rows


def _numbered(ring: Ints) -> Ints:
    """Number rings 0, 1, … in order of their first application."""
    rings, first, back = np.unique(ring, return_index=True, return_inverse=True)
    order = np.argsort(first[rings != NONE], kind="stable")
    number = np.full(len(rings), NONE)
    number[np.flatnonzero(rings != NONE)[order]] = np.arange(len(order))
    return number[back]
