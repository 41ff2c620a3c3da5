"""Groups that share for honest reasons: families, colleagues, friends, brokers, and people who come back."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import ArrayLike, NDArray

from ingest.world.places import accounts, city_of
from ingest.world.population import YEAR, employers_of, persons
from ingest.world.table import CAR, IDENTITY, NONE, WORK, Ints, Scene

Grid = NDArray[np.int64]


def grids(scene: Scene, sizes: tuple[int, ...], shares: tuple[float, ...]) -> Iterator[Grid]:
    """Split the function's rows into groups, and mark them; each grid has one group a line, all of one size.

    shares are shares of the groups (not of the rows).
    """
    weights = np.array(shares) / sum(shares)
    per_group = float(np.dot(weights, sizes))
    at = 0
    for size, weight in zip(sizes, weights, strict=True):
        count = int(len(scene.rows) / per_group * weight)
        if count == 0 and len(scene.rows) - at >= size:
            count = 1
        count = min(count, (len(scene.rows) - at) // size)
        grid = scene.rows[at : at + count * size].reshape(count, size)
        at += count * size
        scene.apps.group[grid.ravel()] = scene.index
        if count:
            yield grid


def near(scene: Scene, grid: Grid, days: float, together: float, dealer: float) -> None:
    """Move groups together: members apply within days of the first (the rest whenever), and partly at its dealer."""
    apps, rng, days_in_all = scene.apps, scene.rng, scene.days
    first, others = grid[:, :1], grid[:, 1:]
    lag = rng.exponential(days, others.shape) * rng.choice([-1, 1], others.shape)
    moved = apps.x[first] + lag
    fits = (rng.random(others.shape) < together) & (moved > 0) & (moved < days_in_all)
    apps.x[others] = np.where(fits, moved, apps.x[others])
    same = rng.random(others.shape) < dealer
    apps.dealer[others] = np.where(same, apps.dealer[first], apps.dealer[others])
    asked = same & (rng.random(others.shape) < 0.5)  # "ask for the one who served us"
    staff = scene.market.staff_of(rng, apps.dealer[others].ravel()).reshape(others.shape)
    apps.seller[others] = np.where(asked, apps.seller[first], np.where(same, staff, apps.seller[others]))


def adopt(scene: Scene, grid: Grid, column: Ints, probability: float) -> NDArray[np.bool_]:
    """Let the others of a group use the first one's value of a column; returns who does (and the first one of them)."""
    first, others = grid[:, :1], grid[:, 1:]
    does = scene.rng.random(others.shape) < probability
    column[others] = np.where(does, column[first], column[others])
    using: NDArray[np.bool_] = np.c_[does.any(axis=1), does]
    return using


def age_apart(scene: Scene, rows: Ints, relative_to: Ints, years: ArrayLike, last_day: int) -> None:
    """Make people younger (or older, negative years) than others by about so many years."""
    apps = scene.apps
    birth = apps.person[relative_to] // 1_000 % 40_000
    age = np.clip((last_day - birth) / YEAR - np.asarray(years), 19.1, 74)
    apps.person[rows] = persons(scene.rng, city_of(apps.home[rows]), age, last_day)


def household(scene: Scene) -> None:
    """Two to five of one flat buy cars over the year: couples, children with their father's surname, grandparents."""
    apps, rng = scene.apps, scene.rng
    last_day = last_birthday(scene)
    for grid in grids(scene, (2, 3, 4, 5), (0.44, 0.28, 0.15, 0.13)):
        n, size = int(grid.shape[0]), int(grid.shape[1])
        first, others = grid[:, :1], grid[:, 1:]
        near(scene, grid, days=60, together=0.5, dealer=0.55)
        apps.home[others] = apps.home[first]
        # The second is the spouse (another surname, about the same age) or a sibling; then children or parents follow.
        spouse = rng.random(n) < 0.62
        apps.surname[grid[:, 1]] = np.where(spouse, apps.surname[grid[:, 1]], apps.surname[grid[:, 0]])
        age_apart(scene, grid[:, 1], grid[:, 0], rng.normal(1, 3.5, n), last_day)
        for i in range(2, size):
            generation = np.where(rng.random(n) < 0.7, rng.normal(25, 3.5, n), -rng.normal(26, 3.5, n))
            age_apart(scene, grid[:, i], grid[:, 0], generation, last_day)
            by_blood = rng.random(n) < 0.92
            apps.surname[grid[:, i]] = np.where(by_blood, apps.surname[grid[:, 0]], apps.surname[grid[:, i]])
        adopt(scene, grid, apps.account, 0.2)
        apps.device_fixed[grid[adopt(scene, grid, apps.device, 0.22)]] = True
        apps.ip_fixed[grid[adopt(scene, grid, apps.ip, 0.2)]] = True
        # They name each other, or the same relative who buys nothing.
        for column, probability in ((apps.contact_1, 0.5), (apps.contact_2, 0.22)):
            named = np.take_along_axis(grid, rng.integers(0, size, (n, size)), axis=1)
            names = (rng.random(grid.shape) < probability) & (named != grid)
            column[grid] = np.where(names, apps.phone[named], column[grid])
        # Lenders ask for the spouse's number first.
        asked = spouse & (rng.random(n) < 0.93)
        wed = np.repeat(asked[:, None], 2, axis=1) & (rng.random((n, 2)) < 0.85)
        apps.contact_1[grid[:, :2]] = np.where(wed, apps.phone[grid[:, 1::-1]], apps.contact_1[grid[:, :2]])
        relative = scene.places.phones(rng, city_of(apps.home[grid[:, 0]]))[:, None]
        apps.contact_1[grid] = np.where(rng.random(grid.shape) < 0.18, relative, apps.contact_1[grid])
        apps.contact_2[grid] = np.where(rng.random(grid.shape) < 0.12, relative, apps.contact_2[grid])
        moved = rng.random(n) < 0.03  # one flat, two ways to write it
        apps.address_style[grid[:, 1]] = np.where(moved, 1, apps.address_style[grid[:, 1]])


def named_relative(scene: Scene) -> None:
    """Brothers, sisters and cousins who live apart all name the same relative, whose number belongs to no applicant."""
    apps, rng = scene.apps, scene.rng
    for grid in grids(scene, (2, 3, 4), (0.6, 0.28, 0.12)):
        near(scene, grid, days=70, together=0.55, dealer=0.4)
        blood = rng.random(grid[:, 1:].shape) < 0.6
        apps.surname[grid[:, 1:]] = np.where(blood, apps.surname[grid[:, :1]], apps.surname[grid[:, 1:]])
        elder = scene.places.phones(rng, city_of(apps.home[grid[:, 0]]))[:, None]
        second = rng.random(grid.shape) < 0.4
        names = rng.random(grid.shape) < 0.93
        apps.contact_2[grid] = np.where(second & names, elder, apps.contact_2[grid])
        apps.contact_1[grid] = np.where(~second & names, elder, apps.contact_1[grid])
        # Some live in the same compound, some lend a card or a phone.
        compound = apps.home[grid[:, :1]] // 1_000_000
        close = rng.random(grid[:, 1:].shape) < 0.25
        apps.home[grid[:, 1:]] = np.where(
            close, compound * 1_000_000 + apps.home[grid[:, 1:]] % 1_000_000, apps.home[grid[:, 1:]]
        )
        adopt(scene, grid, apps.account, 0.06)
        apps.device_fixed[grid[adopt(scene, grid, apps.device, 0.08)]] = True


def small_fleet(scene: Scene) -> None:
    """A firm buys its cars through its people: one day, one dealer, one model and price, the firm's account."""
    apps, rng = scene.apps, scene.rng
    for grid in grids(scene, (3, 4, 5, 6, 8), (0.3, 0.22, 0.26, 0.16, 0.06)):
        first = grid[:, :1]
        apps.x[grid] = apps.x[first]
        apps.second[grid] = np.clip(apps.second[first] + rng.integers(-5_000, 12_000, grid.shape), 0, 86_399)
        for column in (apps.dealer, apps.seller, apps.model, apps.price, apps.account, *(getattr(apps, c) for c in WORK)):
            column[grid] = column[first]
        apps.term[grid] = apps.term[first]
        own_card = rng.random(grid.shape) < 0.08
        apps.account[grid] = np.where(own_card, accounts(rng, grid.size).reshape(grid.shape), apps.account[grid])
        ratio = np.clip(rng.normal(0.7, 0.07, grid.shape), 0.4, 0.95)
        apps.down[grid] = np.round(apps.price[grid] * (1 - ratio)).astype(np.int64)
        apps.device_fixed[grid[adopt(scene, grid, apps.device, 0.3)]] = True  # the boss's phone
        boss = rng.random(grid[:, 1:].shape) < 0.3
        apps.contact_2[grid[:, 1:]] = np.where(boss, apps.phone[first], apps.contact_2[grid[:, 1:]])


def friends(scene: Scene) -> None:
    """Friends recommend a dealer and name each other as contact; one fills in the form for the other."""
    apps, rng = scene.apps, scene.rng
    for grid in grids(scene, (2, 3, 4), (0.68, 0.22, 0.1)):
        near(scene, grid, days=25, together=0.6, dealer=0.55)
        named = np.roll(grid, 1, axis=1)
        apps.contact_2[grid] = np.where(rng.random(grid.shape) < 0.7, apps.phone[named], apps.contact_2[grid])
        back = np.roll(grid, -1, axis=1)
        apps.contact_1[grid] = np.where(rng.random(grid.shape) < 0.15, apps.phone[back], apps.contact_1[grid])
        apps.device_fixed[grid[adopt(scene, grid, apps.device, 0.12)]] = True
        colleagues = rng.random(grid[:, 1:].shape) < 0.3
        for column in (apps.employer, apps.work_phone):
            column[grid[:, 1:]] = np.where(colleagues, column[grid[:, :1]], column[grid[:, 1:]])


def dormitory(scene: Scene) -> None:
    """Workers of one firm share a room of its hostel; newcomers of a season buy in the same weeks, others whenever."""
    apps, rng = scene.apps, scene.rng
    for grid in grids(scene, (4, 5, 6, 7, 8), (0.2, 0.12, 0.16, 0.3, 0.22)):
        first = grid[:, :1]
        near(scene, grid, days=40, together=0.3, dealer=0.2)
        for column in (apps.home, apps.employer, apps.work_phone):
            column[grid] = column[first]
        hostel = rng.random(len(grid)) < 0.3
        apps.address_style[grid] = np.where(hostel[:, None], 2, apps.address_style[grid])
        apps.income[grid] = (apps.income[first] * np.exp(rng.normal(0, 0.22, grid.shape))).astype(np.int64)
        apps.ip_fixed[grid[adopt(scene, grid, apps.ip, 0.15)]] = True
        named = np.take_along_axis(grid, rng.integers(0, grid.shape[1], grid.shape), axis=1)
        room_mate = (rng.random(grid.shape) < 0.15) & (named != grid)
        apps.contact_2[grid] = np.where(room_mate, apps.phone[named], apps.contact_2[grid])


def honest_broker(scene: Scene) -> None:
    """A broker brings customers to a handful of dealers all year and leaves a number as the second contact."""
    apps, rng, at = scene.apps, scene.rng, 0
    while len(scene.rows) - at >= 8:
        rows = scene.rows[at : at + int(rng.integers(10, 48))]
        at += len(rows)
        scene.apps.group[rows] = scene.index
        city = int(rng.choice(scene.market.city))
        here = np.flatnonzero(scene.market.city == city)
        known = rng.choice(here, min(len(here), int(rng.integers(2, 8))), replace=False)
        apps.dealer[rows] = np.where(rng.random(len(rows)) < 0.75, rng.choice(known, len(rows)), apps.dealer[rows])
        apps.seller[rows] = scene.market.staff_of(rng, apps.dealer[rows])
        number = scene.places.phones(rng, np.array([city]))[0]
        apps.contact_2[rows] = np.where(rng.random(len(rows)) < 0.93, number, apps.contact_2[rows])
        # The broker's own phone or office line sends some of the forms.
        sent = rows[rng.random(len(rows)) < 0.15]
        apps.ip[sent] = scene.places.home_ips(rng, np.array([city]))[0]
        apps.ip_fixed[sent] = True


def numbers_in_a_row(scene: Scene) -> None:
    """Couples and colleagues hold numbers that follow each other: bought together, or the firm's contract."""
    apps, rng = scene.apps, scene.rng
    for grid in grids(scene, (2, 3, 4, 6), (0.6, 0.2, 0.12, 0.08)):
        n, size = int(grid.shape[0]), int(grid.shape[1])
        block = apps.phone[grid[:, :1]] // 100 * 100
        apps.phone[grid] = block + rng.integers(0, 90, (n, 1)) + np.arange(size) + (rng.random(grid.shape) < 0.2)
        near(scene, grid, days=60, together=0.3, dealer=0.3)
        firm = (rng.random(n) < 0.6) | (size > 2)
        for column in (apps.employer, apps.work_phone):
            column[grid] = np.where(firm[:, None], column[grid[:, :1]], column[grid])


def car_sold_again(scene: Scene) -> None:
    """A financed car is sold on months later, and its next owner finances it too, for less, at another dealer."""
    apps, rng = scene.apps, scene.rng
    for grid in grids(scene, (2,), (1.0,)):
        early, late = grid[:, 0], grid[:, 1]
        apps.x[early] = rng.random(len(grid)) * scene.days * 0.75
        gap = np.minimum(60 + rng.exponential(90, len(grid)), scene.days - apps.x[early] - 0.01)
        apps.x[late] = apps.x[early] + np.maximum(gap, 1)
        apps.copy_rows(late, early, ("model", "vin"))
        apps.price[late] = (apps.price[early] * rng.uniform(0.72, 0.93, len(grid))).astype(np.int64)
        apps.down[late] = (apps.price[late] * rng.uniform(0.2, 0.45, len(grid))).astype(np.int64)
        # A dealer who takes it back sells it from the same yard.
        same = rng.random(len(grid)) < 0.35
        apps.dealer[late] = np.where(same, apps.dealer[early], apps.dealer[late])
        apps.seller[late] = scene.market.staff_of(rng, apps.dealer[late])


def recycled_number(scene: Scene) -> None:
    """A carrier gives a cancelled number to somebody else half a year later; former contacts still name it."""
    apps, rng = scene.apps, scene.rng
    for grid in grids(scene, (2,), (1.0,)):
        early, late = grid[:, 0], grid[:, 1]
        half = min(180.0, scene.days * 0.5)
        apps.x[early] = rng.random(len(grid)) * (scene.days - half)
        apps.x[late] = np.minimum(apps.x[early] + half + rng.exponential(35, len(grid)), scene.days - 0.01)
        apps.phone[late] = apps.phone[early]


def reapplication(scene: Scene) -> None:
    """Somebody applies again: shopping around within days, after a refusal, for a second car; the bank's data stay."""
    apps, rng = scene.apps, scene.rng
    everybody = np.setdiff1d(np.arange(len(apps)), scene.rows)
    before = rng.choice(everybody, len(scene.rows))
    again = scene.rows
    apps.copy_rows(
        again, before, (*IDENTITY, *WORK, "contact_1", "contact_2", "home", "account", "income", "phone", "address_style")
    )
    x = apps.x[before] + np.where(rng.random(len(again)) < 0.7, rng.exponential(7, len(again)), rng.exponential(80, len(again)))
    late = x >= scene.days
    apps.x[again] = np.where(late, scene.days * rng.random(len(again)) * 0.2 + 0.8 * apps.x[before], x)
    other_house = rng.random(len(again)) < 0.75
    apps.dealer[again] = np.where(other_house, apps.dealer[again], apps.dealer[before])
    apps.seller[again] = np.where(other_house, apps.seller[again], apps.seller[before])

    def keeps(probability: float) -> Ints:
        return again[rng.random(len(again)) < probability]

    source = np.full(len(apps), NONE)
    source[again] = before
    same_car = keeps(0.48)
    apps.copy_rows(same_car, source[same_car], CAR)
    own_phone = keeps(0.4)
    apps.copy_rows(own_phone, source[own_phone], ("device",))
    new_number = keeps(0.08)
    apps.phone[new_number] = scene.places.phones(rng, city_of(apps.home[new_number]))
    new_job = keeps(0.06)
    apps.employer[new_job] = employers_of(rng, scene.places, city_of(apps.home[new_job]))
    apps.work_phone[new_job] = apps.employer[new_job]
    in_ring = apps.ring[before] != NONE
    apps.ring_person[again[in_ring]] = True
    apps.group[again] = scene.index


def last_birthday(scene: Scene) -> int:
    """Return the world's last day in days since 1955, the unit of birthdays."""
    from datetime import date, timedelta

    from ingest.world.clock import START

    return (START + timedelta(days=scene.days) - date(1955, 1, 1)).days
