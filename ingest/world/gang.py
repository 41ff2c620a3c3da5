"""What every gang does: it recruits, picks its dealers and its months, and shares things among its members.

A gang's rows arrive as ordinary customers. It moves them to its dealers and its time; what a typology makes members
share replaces what they had, everything else stays an ordinary customer's: that is how they hide.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.world.clock import NIGHT, seconds
from ingest.world.places import CITIES, WEIGHTS, city_of, moved_to
from ingest.world.table import NONE, Floats, Ints, Scene

SMALLEST, LARGEST = 4, 30


@dataclass
class Gang:
    """One gang; rows are in order of submission, dealers are those it works at."""

    scene: Scene
    rows: Ints
    dealers: Ints

    @property
    def rng(self) -> np.random.Generator:
        """The typology's generator."""
        return self.scene.rng

    def __len__(self) -> int:
        return len(self.rows)

    def settle(self, stay: float = 0.7) -> None:
        """Give the members homes, numbers and addresses of the net near their dealers, as customers have them."""
        apps, places, n = self.scene.apps, self.scene.places, len(self)
        here = self.scene.market.city[apps.dealer[self.rows]]
        city = np.where(self.rng.random(n) < stay, here, city_of(apps.home[self.rows]))
        apps.home[self.rows] = places.homes(self.rng, city)
        apps.ip[self.rows] = places.home_ips(self.rng, city)
        for column in (apps.phone, apps.contact_1, apps.contact_2):
            column[self.rows] = places.phones(self.rng, city)

    def hours(self, night: float) -> None:
        """Let a part of the members apply at hours when no dealer is open."""
        chosen = self.rows[self.rng.random(len(self)) < night]
        self.scene.apps.second[chosen] = seconds(self.rng, len(chosen), NIGHT)

    def some(self, probability: float) -> NDArray[np.bool_]:
        """Choose members that share something with this probability; never fewer than two."""
        chosen = self.rng.random(len(self)) < self.scene.share(probability)
        if chosen.sum() < 2:
            chosen[self.rng.choice(len(self), 2, replace=False)] = True
        return chosen

    def rotate(self, kinds: int, stray: float = 0.25) -> Ints:
        """Number what each member uses when `kinds` things are used up one after the other; a few use another one."""
        turn = np.arange(len(self)) * kinds // len(self)
        return np.where(self.rng.random(len(self)) < stray, self.rng.integers(0, kinds, len(self)), turn)

    def pass_on(self, column: Ints, values: Ints, probability: float, stray: float = 0.25) -> Ints:
        """Let some members use one of these values in a column, in turn; return their rows."""
        chosen = self.some(probability)
        column[self.rows[chosen]] = values[self.rotate(len(values), stray)[chosen]]
        return self.rows[chosen]

    def pass_devices(self, kinds: int, probability: float) -> None:
        """Let some members apply from one of `kinds` devices of the gang."""
        from ingest.world.places import devices

        apps = self.scene.apps
        apps.device_fixed[self.pass_on(apps.device, devices(self.rng, kinds), probability)] = True

    def pass_ips(self, values: Ints, probability: float) -> None:
        """Let some members apply from one of these IP addresses."""
        apps = self.scene.apps
        apps.ip_fixed[self.pass_on(apps.ip, values, probability, stray=0.3)] = True

    def prices(self, over: float, share: float) -> None:
        """Finance more of the car than usual (over: share of the price) and ask more for it than it costs."""
        apps = self.scene.apps
        price = (apps.price[self.rows] * np.exp(self.rng.normal(over, 0.08, len(self)))).astype(np.int64)
        ratio = np.clip(self.rng.normal(share, 0.09, len(self)), 0.35, 0.98)
        apps.price[self.rows], apps.down[self.rows] = price, np.round(price * (1 - ratio)).astype(np.int64)


def recruited_afar(scene: Scene) -> None:
    """Gangs recruit all over the country, and file when their clerks have time, by day or by night."""
    apps, rng = scene.apps, scene.rng
    rows = np.flatnonzero(apps.ring != NONE)
    known, back = np.unique(apps.home[rows], return_inverse=True)  # who shared a home still does
    apps.home[rows] = moved_to(known, rng.choice(len(CITIES), len(known), p=WEIGHTS))[back]
    apps.second[rows] = seconds(rng, len(rows), NIGHT)


def sizes(rng: np.random.Generator, budget: int, typical: float, low: int = SMALLEST, high: int = LARGEST) -> list[int]:
    """Split a number of rows into gangs of low … high members, log-normal around typical; a small rest joins the last one."""
    made: list[int] = []
    while budget >= low:
        size = min(int(np.clip(round(typical * float(np.exp(rng.normal(0, 0.5)))), low, high)), budget)
        rest = budget - size
        if 0 < rest < max(low, round(typical / 2)):
            size = min(budget, high)
        made.append(size)
        budget -= size
    return made


def gangs(
    scene: Scene,
    typical: float,
    dealers: tuple[int, int],
    length: tuple[float, float],
    low: int = SMALLEST,
    high: int = LARGEST,
) -> Iterator[Gang]:
    """Recruit gangs until the function's rows are used up; each works at dealers[0] … dealers[1] dealers for length days.

    A careful gang (hard) takes a third longer.
    """
    at = 0
    for size in sizes(scene.rng, len(scene.rows), typical, low, high):
        rows = scene.rows[at : at + size]
        at += size
        count = int(scene.rng.integers(dealers[0], dealers[1] + 1))
        gang = Gang(scene, rows, near_dealers(scene, count))
        open_shop(gang, float(scene.rng.uniform(*length)) * (1.3 if scene.hard else 1.0))
        scene.apps.ring[rows], scene.apps.typology[rows] = rows[0], scene.index
        yield gang


def near_dealers(scene: Scene, count: int) -> Ints:
    """Choose a dealer, as often a big one as a small one, and others of its city (of the country if it has too few)."""
    market = scene.market
    if scene.rng.random() < 0.5:
        first = int(scene.rng.integers(len(market)))
    else:
        first = int(scene.rng.choice(len(market), p=market.share))
    others = np.flatnonzero(market.city == market.city[first])
    others = others[others != first]
    if len(others) < count - 1:
        others = np.setdiff1d(np.arange(len(market)), [first])
    chosen: Ints = np.r_[np.int64(first), scene.rng.choice(others, count - 1, replace=False)]
    return chosen


def open_shop(gang: Gang, length: float) -> None:
    """Spread the members over the gang's days and dealers; the first dealer gets more than the others."""
    scene, n = gang.scene, len(gang)
    length = min(length, scene.days * 0.95)
    start = scene.rng.uniform(0, scene.days - length)
    scene.apps.x[gang.rows] = start + np.sort(arrivals(scene.rng, n)) * length
    weight = 1 / (1 + np.arange(len(gang.dealers)))
    dealer = gang.dealers[scene.rng.choice(len(gang.dealers), n, p=weight / weight.sum())]
    scene.apps.dealer[gang.rows] = dealer
    scene.apps.seller[gang.rows] = scene.market.staff_of(scene.rng, dealer)
    gang.settle()


def arrivals(rng: np.random.Generator, n: int) -> Floats:
    """Draw n moments in [0, 1): some come together, some alone."""
    moments = rng.random(n)
    follows = rng.random(n) < 0.3
    moments[1:] = np.where(follows[1:], np.clip(moments[:-1] + rng.normal(0, 0.02, n - 1), 0, 0.999), moments[1:])
    return moments
