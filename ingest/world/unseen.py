"""Gangs of another sort, which a world holds only when it is asked for.

They are there to say how well detection does on what it has never met. Whoever works on detection measures on them and
does not look at how they work: a rule written for one of them would make that measurement worthless.
"""

from __future__ import annotations

import numpy as np

from ingest.world.gang import gangs
from ingest.world.places import BUILDING, COMPOUND, LANDLINE, accounts, tunnel_ips
from ingest.world.population import birth_of, pack_person
from ingest.world.table import Scene


def rented_employer(scene: Scene) -> None:
    """A firm sells its payroll: strangers are insured there at one of three salaries, each with another work phone."""
    for gang in gangs(scene, typical=12, dealers=(1, 5), length=(30, 110)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        city = np.full(n // 5 + 2, scene.market.city[gang.dealers[0]])
        insured = gang.some(0.85)
        rows = gang.rows[insured]
        apps.employer[rows] = apps.employer[gang.rows[0]]
        # A call centre answers for the firm, on whatever line is free.
        apps.work_phone[rows] = rng.choice(scene.places.landline(rng, np.full(n, city[0])), len(rows))
        tiers = np.sort(rng.integers(60, 140, 3)) * 100 + rng.integers(1, 99)
        apps.income[rows] = np.where(rng.random(len(rows)) < 0.75, rng.choice(tiers, len(rows)), apps.income[rows])
        # The firm's registered seat is where they say they live.
        seat = scene.places.homes(rng, city[:1])
        gang.pass_on(apps.home, seat // BUILDING * BUILDING + rng.integers(1, 4, 2) * 100 + 1, 0.5)
        gang.pass_on(apps.contact_2, scene.places.phones(rng, city), 0.35)


def guarantor_carousel(scene: Scene) -> None:
    """Members vouch for one another in a circle: each names the next one, for months, until all have a car."""
    for gang in gangs(scene, typical=10, dealers=(1, 4), length=(80, 230)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        order = rng.permutation(n) if rng.random() < 0.4 else np.arange(n)
        following = gang.rows[np.roll(order, -1)]
        vouched = gang.some(0.8)
        apps.contact_1[gang.rows[order][vouched]] = apps.phone[following[vouched]]
        across = gang.rows[np.roll(order, -int(rng.integers(2, 4)))]
        also = gang.some(0.35)
        apps.contact_2[gang.rows[order][also]] = apps.phone[across[also]]
        gang.pass_on(apps.account, accounts(rng, n // 4 + 1), 0.3)
        gang.prices(0.04, 0.8)


def address_factory(scene: Scene) -> None:
    """A landlord lends one building's name: every applicant gets a room of it that is nobody else's, and a neighbour."""
    for gang in gangs(scene, typical=13, dealers=(1, 4), length=(20, 80)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        city = np.full(n // 6 + 1, scene.market.city[gang.dealers[0]])
        building = scene.places.homes(rng, city[:1])[0] // BUILDING * BUILDING
        rooms = rng.choice(24 * 6, n, replace=False)
        lives = gang.some(0.85)
        apps.home[gang.rows[lives]] = (building + (rooms // 6 + 1) * 100 + rooms % 6 + 1)[lives]
        gang.pass_on(apps.contact_1, scene.places.phones(rng, city), 0.45)
        gang.pass_ips(scene.places.home_ips(rng, city), 0.4)
        gang.pass_devices(n // 4 + 1, 0.35)


def sim_box(scene: Scene) -> None:
    """A rack of SIM cards answers for everybody: a number serves two or three applicants and is then thrown away."""
    for gang in gangs(scene, typical=12, dealers=(1, 5), length=(25, 100)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        city = np.full(max(2, round(n / 2.6)), scene.market.city[gang.dealers[0]])
        slots = scene.places.phones(rng, city)
        turn = gang.rotate(len(slots), stray=0.2)
        served = gang.some(0.75)
        apps.phone[gang.rows[served]] = slots[turn[served]]
        # The relative who is called back sits in the next slot of the rack.
        called = gang.some(0.55)
        apps.contact_1[gang.rows[called]] = slots[(turn[called] + 1) % len(slots)]
        gang.pass_ips(scene.places.home_ips(rng, city[:2]), 0.3)


def car_carousel(scene: Scene) -> None:
    """One or two old cars are sold within a circle of strangers, each time for more and on a new loan, every few weeks."""
    for gang in gangs(scene, typical=6.5, dealers=(1, 4), length=(90, 260), high=12):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        car = gang.rows[np.arange(n) % (1 + (n > 6))]
        sold = gang.some(0.85)
        rows = gang.rows[sold]
        apps.vin[rows], apps.model[rows] = apps.vin[car[sold]], apps.model[car[sold]]
        rise = 0.75 + 0.06 * np.arange(n) + rng.normal(0, 0.02, n)
        apps.price[gang.rows] = (apps.price[gang.rows[0]] * rise).astype(np.int64)
        apps.down[gang.rows] = (apps.price[gang.rows] * rng.uniform(0.05, 0.25, n)).astype(np.int64)
        # Who sold it last answers the phone for who buys it now, or still pays the instalments.
        later, before = gang.rows[1:], gang.rows[:-1]
        answers = gang.some(0.5)[1:]
        apps.contact_2[later[answers]] = apps.phone[before[answers]]
        pays = gang.some(0.35)[1:]
        apps.account[later[pays]] = apps.account[before[pays]]


def account_relay(scene: Scene) -> None:
    """Two or three pay from one card and then hand over to the next ones, who name them as their relatives."""
    for gang in gangs(scene, typical=12, dealers=(1, 4), length=(40, 150)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        leg = np.cumsum(rng.random(n) < 0.42)
        cards = accounts(rng, int(leg[-1]) + 1)
        pays = gang.some(0.85)
        apps.account[gang.rows[pays]] = cards[leg[pays]]
        handed = np.maximum(np.searchsorted(leg, leg, side="left") - rng.integers(1, 3, n), 0)
        named = gang.some(0.65) & (handed < np.arange(n))
        apps.contact_1[gang.rows[named]] = apps.phone[gang.rows[handed[named]]]
        gang.pass_devices(n // 3 + 1, 0.3)


def rented_village(scene: Scene) -> None:
    """A recruiter drives a village to town: clan names, ids of one county, a headman's number, a few days a trip."""
    for gang in gangs(scene, typical=14, dealers=(1, 3), length=(12, 60)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        from_there = gang.some(0.85)
        rows = gang.rows[from_there]
        person = apps.person[rows]
        county = person[0] // 40_000_000
        apps.person[rows] = pack_person(np.full(len(rows), county), birth_of(person), rng.integers(1, 1000, len(rows)))
        clan = rng.integers(0, 40, 2)
        named = gang.rows[gang.some(0.6)]
        apps.surname[named] = rng.choice(clan, len(named), p=[0.7, 0.3])
        city = np.full(2, scene.market.city[gang.dealers[0]])
        village = scene.places.homes(rng, city[:1]) // COMPOUND * COMPOUND
        gang.pass_on(apps.home, village, 0.65)
        gang.pass_on(apps.contact_1, scene.places.phones(rng, city), 0.5)
        gang.pass_on(apps.account, accounts(rng, n // 5 + 1), 0.4)
        gang.pass_devices(n // 6 + 1, 0.35)
        # One bus, one trip: who comes together comes on the same days.
        trips = np.sort(rng.uniform(apps.x[gang.rows].min(), apps.x[gang.rows].max(), n // 5 + 1))
        apps.x[gang.rows] = np.sort(trips[gang.rotate(len(trips), stray=0.1)] + rng.random(n) * 1.5).clip(0, scene.days - 0.01)


def two_waves(scene: Scene) -> None:
    """A dealer sends a gang's forms in a few days, waits until the first loans are paid out, and sends the rest."""
    for gang in gangs(scene, typical=13, dealers=(1, 1), length=(45, 140)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        first, last = apps.x[gang.rows[0]], apps.x[gang.rows[-1]]
        wave = np.arange(n) >= n // 2
        days = np.sort(rng.uniform(0, rng.uniform(2, 7), n))
        apps.x[gang.rows] = np.where(wave, np.maximum(last - days[::-1], first + 8), first + days)
        city = np.full(2, scene.market.city[gang.dealers[0]])
        # New phones in the second wave, the old money.
        gang.pass_devices(2, 0.6)
        gang.pass_on(apps.account, accounts(rng, n // 5 + 1), 0.45, stray=1.0)
        gang.pass_on(apps.contact_2, scene.places.phones(rng, city), 0.35)
        seller = scene.market.staff_of(rng, gang.dealers[:1])[0]
        apps.seller[gang.rows[gang.some(0.7)]] = seller
        alike = gang.some(0.6)
        apps.model[gang.rows[alike]] = apps.model[gang.rows[0]]
        gang.prices(0.12, 0.84)


def courier_drop(scene: Scene) -> None:
    """Forms go to many shops at once; papers go to rented flats, one a week, and a courier's number is the relative."""
    for gang in gangs(scene, typical=12, dealers=(4, 9), length=(12, 55)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        city = np.full(max(2, n // 4), scene.market.city[gang.dealers[0]])
        gang.pass_on(apps.home, scene.places.homes(rng, city), 0.65, stray=0.15)
        gang.pass_on(apps.contact_2, scene.places.phones(rng, city[: max(1, n // 6)]), 0.55)
        gang.pass_ips(tunnel_ips(rng, n // 4 + 1), 0.4)
        gang.hours(0.3)


def paper_mill(scene: Scene) -> None:
    """A forger's templates: salaries to the yuan, work phones that count upwards, one scanner that sends them."""
    for gang in gangs(scene, typical=11, dealers=(1, 5), length=(15, 70)):
        apps, rng, n = scene.apps, scene.rng, len(gang)
        city = np.full(n // 6 + 1, scene.market.city[gang.dealers[0]])
        first = scene.places.landline(rng, city[:1])[0]
        counted = gang.some(0.85)
        apps.work_phone[gang.rows[counted]] = np.maximum(first + np.cumsum(rng.integers(1, 4, n)), LANDLINE)[counted]
        forms = rng.integers(7_000, 17_000, n // 5 + 2)
        filled = gang.some(0.7)
        apps.income[gang.rows[filled]] = forms[gang.rotate(len(forms), stray=0.5)[filled]]
        gang.pass_ips(scene.places.home_ips(rng, city), 0.5)
        gang.pass_devices(n // 4 + 1, 0.4)
        gang.pass_on(apps.account, accounts(rng, n // 4 + 1), 0.3)


UNSEEN = (
    rented_employer,
    guarantor_carousel,
    address_factory,
    sim_box,
    car_carousel,
    account_relay,
    rented_village,
    two_waves,
    courier_drop,
    paper_mill,
)
