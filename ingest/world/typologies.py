"""The gangs: one function a typology. Each says what such a gang does in life; members share some of it, never all."""

from __future__ import annotations

import numpy as np

from ingest.world.gang import gangs
from ingest.world.places import accounts, tunnel_ips
from ingest.world.population import birth_of, employers_of, pack_person
from ingest.world.table import Scene


def shared_device_gang(scene: Scene) -> None:
    """A crew types in applications for recruits on a few phones of its own within days, some through one VPN."""
    for gang in gangs(scene, typical=11, dealers=(1, 5), length=(2, 15)):
        gang.hours(0.4)
        gang.pass_devices(max(1, round(len(gang) / scene.rng.uniform(4, 8))), 0.85)
        gang.pass_ips(tunnel_ips(scene.rng, max(1, len(gang) // 6)), 0.35)
        if scene.rng.random() < 0.6:
            gang.pass_on(scene.apps.account, accounts(scene.rng, max(1, len(gang) // 4)), 0.3)


def contact_phone_factory(scene: Scene) -> None:
    """An agency vouches for strangers: burner numbers answer as their relatives, one of its numbers as their employer."""
    for gang in gangs(scene, typical=12, dealers=(1, 4), length=(20, 90)):
        city = np.full(len(gang) // 7 + 1, scene.market.city[gang.dealers[0]])
        burners = scene.places.phones(scene.rng, city)
        gang.pass_on(scene.apps.contact_1, burners, 0.85)
        if scene.rng.random() < 0.7:
            gang.pass_on(scene.apps.contact_2, scene.rng.permutation(burners), 0.3)
        if scene.rng.random() < 0.6:
            gang.pass_on(scene.apps.work_phone, scene.places.landline(scene.rng, city[: len(city) // 2 + 1]), 0.35)
        if scene.rng.random() < 0.4:
            gang.pass_devices(len(gang) // 6 + 1, 0.3)


def dealer_collusion(scene: Scene) -> None:
    """A dealer finances cars that nobody bought: accounts and flats of its circle, prices above the market, little down."""
    for gang in gangs(scene, typical=14, dealers=(1, 1), length=(40, 115)):
        gang.prices(0.15, 0.82)
        gang.pass_on(scene.apps.account, accounts(scene.rng, len(gang) // 7 + 1), 0.65, stray=0.4)
        city = np.full(len(gang) // 8 + 1, scene.market.city[gang.dealers[0]])
        gang.pass_on(scene.apps.home, scene.places.homes(scene.rng, city), 0.4, stray=0.4)
        gang.pass_on(scene.apps.contact_1, scene.places.phones(scene.rng, city), 0.25, stray=0.4)
        gang.pass_devices(len(gang) // 5 + 1, 0.25)
        if scene.rng.random() < 0.6:
            clerks = scene.market.staff_of(scene.rng, np.repeat(gang.dealers, 2))
            scene.apps.seller[gang.rows] = clerks[gang.rotate(2, stray=0.5)]


def salesperson_made(scene: Scene) -> None:
    """A salesperson makes up customers to reach the bonus: own numbers as contact, accounts of friends, incomes alike."""
    for gang in gangs(scene, typical=10, dealers=(1, 3), length=(25, 130), high=18):
        seller = scene.market.staff_of(scene.rng, gang.dealers[:1])[0]
        mine = gang.some(0.95)
        scene.apps.seller[gang.rows[mine]] = seller
        city = np.full(max(1, len(gang) // 9), scene.market.city[gang.dealers[0]])
        gang.pass_on(scene.apps.contact_2, scene.places.phones(scene.rng, city), 0.7)
        gang.pass_on(scene.apps.account, accounts(scene.rng, len(gang) // 6 + 1), 0.55)
        gang.pass_devices(len(gang) // 6 + 1, 0.35)
        base = scene.rng.integers(70, 160) * 100
        alike = gang.rows[gang.some(0.5)]
        scene.apps.income[alike] = base + scene.rng.integers(-3, 4, len(alike)) * 100
        gang.prices(0.05, 0.79)


def straw_buyers(scene: Scene) -> None:
    """An organiser pays the instalments of people who lend their names, from one or two accounts, until he stops."""
    for gang in gangs(scene, typical=11, dealers=(1, 4), length=(25, 70)):
        gang.pass_on(scene.apps.account, accounts(scene.rng, 1 + (len(gang) > 8 and scene.rng.random() < 0.5)), 0.8)
        if scene.rng.random() < 0.6:
            city = np.full(len(gang) // 8 + 1, scene.market.city[gang.dealers[0]])
            gang.pass_on(scene.apps.contact_2, scene.places.phones(scene.rng, city), 0.4)
        if scene.rng.random() < 0.6:
            gang.pass_devices(len(gang) // 3 + 1, 0.4)
        gang.prices(0.0, 0.76)


def synthetic_identities(scene: Scene) -> None:
    """Persons put together from fragments: a few flats, cards, relatives and devices, each combined anew every time."""
    for gang in gangs(scene, typical=14, dealers=(1, 4), length=(18, 65)):
        apps, rng = scene.apps, scene.rng
        k = len(gang) // 6 + 1
        city = np.full(k, scene.market.city[gang.dealers[0]])
        gang.pass_on(apps.home, scene.places.homes(rng, city), 0.6, stray=0.5)
        gang.pass_on(apps.account, accounts(rng, k), 0.35, stray=0.5)
        gang.pass_on(apps.contact_1, scene.places.phones(rng, city), 0.4, stray=0.5)
        gang.pass_devices(k, 0.5)
        # Ids are issued from one template: birthdays lie within two years.
        young = gang.rows[gang.some(0.7)]
        birth = int(np.median(birth_of(apps.person[young]))) + rng.integers(-365, 365, len(young))
        area = apps.person[young] // 40_000_000
        apps.person[young] = pack_person(
            area, np.minimum(birth, birth_of(apps.person).max()), rng.integers(1, 1000, len(young))
        )


def identity_theft_burst(scene: Scene) -> None:
    """Stolen ids of real people are used up within days: new cards in a row, numbers that vouch for each other, at night."""
    for gang in gangs(scene, typical=10, dealers=(2, 6), length=(1, 5)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        gang.hours(0.6)
        # Cards opened in one go differ in their last digits.
        opened = accounts(rng, 1)[0] // 1_000 * 1_000 + rng.choice(60, n, replace=False) + rng.integers(0, 900)
        new = gang.some(0.6)
        apps.account[gang.rows[new]] = opened[new]
        vouch = gang.some(0.5)
        apps.contact_1[gang.rows[vouch]] = apps.phone[np.roll(gang.rows, 1)[vouch]]
        gang.pass_devices(max(1, n // 5), 0.7)
        gang.pass_ips(tunnel_ips(rng, max(1, n // 5)), 0.5)
        apps.model[gang.rows] = rng.choice([1, 7, 12, 13, 14], n)
        gang.prices(0.35, 0.78)


def sub_dealer_laundering(scene: Scene) -> None:
    """A back-yard lot that no lender accepts sends its customers through proper dealers: its people and money show."""
    for gang in gangs(scene, typical=14, dealers=(2, 4), length=(60, 150)):
        rng, apps = scene.rng, scene.apps
        city = np.full(2, scene.market.city[gang.dealers[0]])
        gang.pass_on(apps.contact_2, scene.places.phones(rng, city[: rng.integers(1, 3)]), 0.6)
        gang.pass_on(apps.account, accounts(rng, len(gang) // 7 + 1), 0.35)
        gang.pass_devices(len(gang) // 8 + 1, 0.45)
        gang.pass_ips(scene.places.home_ips(rng, city), 0.35)
        friendly = np.array([scene.market.staff_of(rng, np.array([d]))[0] for d in gang.dealers])
        known = gang.some(0.7)
        at = np.searchsorted(np.sort(gang.dealers), apps.dealer[gang.rows])
        apps.seller[gang.rows[known]] = friendly[np.argsort(gang.dealers)][at[known]]
        gang.prices(0.1, 0.76)


def slow_chain(scene: Scene) -> None:
    """A patient gang changes its phone, device or card with every second customer, for the better part of a year."""
    for gang in gangs(scene, typical=12, dealers=(1, 3), length=(220, 310)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        for i in range(n - 1):
            one, two = gang.rows[i], gang.rows[i + 1]
            links = rng.permutation(4)[: 1 + int(rng.random() < scene.share(0.75))]
            for link in links:
                if link == 0:
                    apps.contact_1[two] = apps.contact_1[one]
                elif link == 1:
                    apps.contact_2[two] = apps.phone[one]
                elif link == 2:
                    apps.device[two] = apps.device[one]
                    apps.device_fixed[[one, two]] = True
                else:
                    apps.account[two] = apps.account[one]
        friendly = scene.market.staff_of(rng, gang.dealers)
        same = gang.some(0.5)
        at = np.array([int(np.flatnonzero(gang.dealers == d)[0]) for d in apps.dealer[gang.rows]])
        apps.seller[gang.rows[same]] = friendly[at[same]]


def consecutive_numbers(scene: Scene) -> None:
    """A gang buys SIM cards by the sheet: its applicants' numbers, and those of their relatives, follow each other."""
    for gang in gangs(scene, typical=12, dealers=(1, 4), length=(14, 50)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        city = np.array([scene.market.city[gang.dealers[0]]])
        first = scene.places.phones(rng, city)[0] // 100 * 100
        sheet = first + rng.choice(min(100, 3 * n), n, replace=False)
        own = gang.some(0.85)
        apps.phone[gang.rows[own]] = sheet[own]
        gang.pass_on(apps.contact_1, first + 100 + rng.integers(0, 40, n // 4 + 1), 0.55)
        # They sit in one office: addresses of one range.
        office = scene.places.home_ips(rng, city)[0] // 256 * 256
        gang.pass_ips(office + rng.integers(2, 250, n // 3 + 1), 0.4)
        gang.pass_devices(n // 5 + 1, 0.4)


def employer_shell(scene: Scene) -> None:
    """Shell firms confirm salaries for a fee: one or two phones, firm names that change, incomes to the same hundred."""
    for gang in gangs(scene, typical=10, dealers=(1, 4), length=(20, 60)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        city = np.full(1 + (n > 9), scene.market.city[gang.dealers[0]])
        line = scene.places.landline(rng, city)
        claims = gang.pass_on(apps.work_phone, line, 0.85)
        firms = employers_of(rng, scene.places, np.repeat(city, n // 3 + 1))
        apps.employer[claims] = rng.choice(firms, len(claims))
        paid = gang.rows[gang.some(0.6)]
        apps.income[paid] = rng.integers(90, 180) * 100 + rng.integers(-12, 13, len(paid)) * 100
        gang.pass_on(apps.contact_1, scene.places.phones(rng, city), 0.35)
        if rng.random() < 0.5:
            gang.pass_on(apps.account, accounts(rng, n // 5 + 1), 0.35)


def car_financed_twice(scene: Scene) -> None:
    """One car is financed again and again within weeks, by buyers who exist or not, at dealers who do not talk."""
    for gang in gangs(scene, typical=4.5, dealers=(1, 3), length=(2, 35), high=7):
        apps, rng = scene.apps, scene.rng
        sold = gang.some(0.9)
        lead = gang.rows[0]
        rows = gang.rows[sold]
        apps.vin[rows], apps.model[rows] = apps.vin[lead], apps.model[lead]
        apps.price[rows] = (apps.price[lead] * np.exp(rng.normal(0, 0.06, len(rows)))).astype(np.int64)
        apps.down[rows] = (apps.price[rows] * rng.uniform(0.12, 0.35, len(rows))).astype(np.int64)
        if rng.random() < 0.6:
            gang.pass_on(apps.account, accounts(rng, 1), 0.5)
        city = scene.market.city[gang.dealers[:1]]
        if rng.random() < 0.6:
            gang.pass_on(apps.contact_1, scene.places.phones(rng, city), 0.5)
        else:
            gang.pass_devices(1, 0.5)


def camouflaged_gang(scene: Scene) -> None:
    """A gang that says what thousands say (a big employer, a compound without a room) and shares a little of everything."""
    for gang in gangs(scene, typical=12, dealers=(1, 3), length=(8, 55)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        big = employers_of(rng, scene.places, np.zeros(max(2, n // 4), dtype=np.int64), big=1.0)
        claims = gang.pass_on(apps.employer, big, 0.85, stray=0.6)
        apps.work_phone[claims] = big[0]
        compounds = scene.places.homes(rng, np.full(n // 4 + 2, scene.market.city[gang.dealers[0]])) // 1_000_000 * 1_000_000
        gang.pass_on(apps.home, compounds, 0.6, stray=0.6)
        gang.pass_devices(n // 3 + 1, 0.55)
        gang.pass_on(apps.account, accounts(rng, n // 3 + 1), 0.4, stray=0.4)
        gang.pass_on(apps.contact_1, scene.places.phones(rng, scene.market.city[np.repeat(gang.dealers[:1], n // 3 + 1)]), 0.35)
