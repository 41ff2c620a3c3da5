"""Facts of everyday life that touch everybody, gangs too: shared tablets, carriers, switchboards, moves, promotions, slips."""

from __future__ import annotations

import numpy as np

from ingest.world.clock import busy_to_calendar, day_weights
from ingest.world.places import CITIES, city_of, devices
from ingest.world.population import LIST_PRICE, MODEL_WEIGHTS, employers_of
from ingest.world.table import NONE, Ints, Scene


def big_employer(scene: Scene) -> None:
    """Every fourth customer works for one of the country's large employers and gives its switchboard as work phone."""
    apps, rng = scene.apps, scene.rng
    n = len(apps)
    large = employers_of(rng, scene.places, np.zeros(n, dtype=np.int64), big=1.0)
    works = (rng.random(n) < 0.3) & (apps.group == NONE) & (apps.work_phone == apps.employer)
    works &= apps.employer >= scene.places.big_employers
    apps.employer[works], apps.work_phone[works] = large[works], large[works]


def desk_number(scene: Scene) -> None:
    """Where a customer knows no second contact, some salespeople put their own number."""
    apps, rng = scene.apps, scene.rng
    sellers = len(scene.market.home)
    number = scene.places.phones(rng, scene.market.city[scene.market.home])
    habit = np.where(rng.random(sellers) < 0.35, 0.035, 0.0)
    puts = rng.random(len(apps)) < habit[apps.seller]
    apps.contact_2[puts] = number[apps.seller[puts]]


def promotion(scene: Scene) -> None:
    """A dealer sells one model at one price for a long weekend; a tenth of its year comes in those days."""
    apps, rng, market = scene.apps, scene.rng, scene.market
    ordinary = scene.ordinary()
    by_dealer = ordinary[np.argsort(apps.dealer[ordinary], kind="stable")]
    starts = np.searchsorted(apps.dealer[by_dealer], np.arange(len(market) + 1))
    luck, share, when, length = (
        rng.random(len(market)),
        rng.uniform(0.04, 0.14, len(market)),
        rng.random(len(market)),
        rng.uniform(2, 6, len(market)),
    )
    model, rebate = rng.choice(len(LIST_PRICE), len(market), p=MODEL_WEIGHTS), rng.uniform(0.82, 0.93, len(market))
    order, spread = rng.random(len(apps)), rng.random(len(apps))
    for dealer in np.flatnonzero(luck < 0.35):
        rows = by_dealer[starts[dealer] : starts[dealer + 1]]
        rows = rows[order[rows] < share[dealer]]
        if len(rows) < 4:
            continue
        apps.x[rows] = when[dealer] * (scene.days - length[dealer]) + spread[rows] * length[dealer]
        apps.model[rows] = model[dealer]
        apps.price[rows] = round(LIST_PRICE[model[dealer]] * rebate[dealer], -2)
        apps.down[rows] = (apps.price[rows] * np.where(order[rows] < share[dealer] / 2, 0.2, 0.1)).astype(np.int64)
        apps.group[rows] = scene.index


def store_tablet(scene: Scene) -> None:
    """A third of the forms is filled in on the dealer's one to eight tablets, which are lent to other houses now and then."""
    apps, rng, market = scene.apps, scene.rng, scene.market
    first = _tablets(scene)
    count, tablet = np.diff(first), devices(rng, first[-1])
    n = len(apps)
    has, draw, strays = rng.random(len(market)) > 0.06, rng.random(n), rng.random(n) < 0.02
    used = (rng.random(n) < 0.35) & ~apps.device_fixed & has[apps.dealer]
    elsewhere = rng.choice(len(market), n, p=market.share)
    dealer = np.where(strays, elsewhere, apps.dealer)
    which = first[dealer] + (draw * count[dealer]).astype(np.int64)
    apps.device[used] = tablet[which][used]


def tablet_replaced(scene: Scene) -> None:
    """One tablet in eight breaks during the year, and a new one takes its place: each was busy for a part of the year."""
    apps, rng = scene.apps, scene.rng
    known, back, uses = np.unique(apps.device, return_inverse=True, return_counts=True)
    tablet = (uses >= 8) & (known != NONE)
    broken = np.where(tablet & (rng.random(len(known)) < 0.12), rng.random(len(known)) * scene.days, np.inf)
    late = apps.x >= broken[back]
    apps.device[late] = devices(rng, len(known))[back][late]


def dealer_opens(scene: Scene) -> None:
    """One dealer in twenty opens during the year: all of its business, tablets and salespeople are new."""
    apps, rng, market = scene.apps, scene.rng, scene.market
    opened = np.where(rng.random(len(market)) < 0.05, rng.uniform(0.1, 0.7, len(market)) * scene.days, 0.0)
    # A gang's dealer was open when the gang came.
    opened[np.unique(apps.dealer[apps.ring != NONE])] = 0.0
    since = opened[apps.dealer]
    apps.x[:] = since + apps.x * (1 - since / scene.days)


def _tablets(scene: Scene) -> Ints:
    """Return the number of the first tablet of each dealer, and one more."""
    count = np.clip(1 + len(scene.apps) * scene.market.share / 700, 1, 8).astype(np.int64)
    bounds: Ints = np.r_[0, np.cumsum(count)]
    return bounds


def store_ip(scene: Scene) -> None:
    """Forms sent from the showroom come from the dealer's own line, tablets mostly, customers' phones sometimes."""
    apps, rng, market = scene.apps, scene.rng, scene.market
    line = scene.places.home_ips(rng, market.city)
    # Houses of one chain go out through one line here and there.
    chained = rng.random(len(market)) < 0.1
    leader = np.zeros(market.chain.max() + 1, dtype=np.int64)
    leader[market.chain[::-1]] = np.arange(len(market))[::-1]
    line[chained] = line[leader[market.chain[chained]]]
    _, back, uses = np.unique(apps.device, return_inverse=True, return_counts=True)
    on_tablet = uses[back] >= 8
    draw = rng.random(len(apps))
    sent = ~apps.ip_fixed & (draw < np.where(on_tablet, 0.68, 0.05))
    apps.ip[sent] = line[apps.dealer[sent]]
    apps.ip_fixed[sent] = True


def carrier_nat(scene: Scene) -> None:
    """Mobile carriers put thousands of customers behind one address: every fourth phone applies from a gateway."""
    apps, rng, places = scene.apps, scene.rng, scene.places
    n = len(apps)
    behind = (rng.random(n) < 0.25) & ~apps.ip_fixed
    gateway = city_of(apps.home) * places.gateways + (rng.random(n) * places.gateways).astype(np.int64)
    roaming = rng.random(n) < 0.15
    gateway = np.where(roaming, rng.integers(0, places.gateways * len(CITIES), n), gateway)
    base = 117 * 2**24 + 136 * 2**16
    apps.ip[behind] = (base + gateway // 20 * 256 + gateway % 20)[behind]
    apps.ip_fixed[behind] = True


def seller_moves(scene: Scene) -> None:
    """One salesperson in twenty changes houses during the year and keeps the code; some customers follow."""
    apps, rng, market = scene.apps, scene.rng, scene.market
    sellers = len(market.home)
    moves = rng.random(sellers) < 0.05
    when = rng.uniform(0.15, 0.85, sellers) * scene.days
    to = rng.choice(len(market), sellers, p=market.share)
    same_city = rng.random(sellers) < 0.8
    order = np.argsort(market.city, kind="stable")
    start = np.searchsorted(market.city[order], np.arange(len(CITIES) + 1))
    city = market.city[market.home]
    inside = order[start[city] + (rng.random(sellers) * (start[city + 1] - start[city])).astype(np.int64)]
    to = np.where(same_city, inside, to)
    gone = moves[apps.seller] & (apps.x > when[apps.seller]) & (apps.dealer == market.home[apps.seller])
    apps.dealer[gone] = to[apps.seller[gone]]


def wrong_seller_code(scene: Scene) -> None:
    """One form in ninety carries somebody else's code: a digit mistyped, a colleague's log-in."""
    apps, rng, market = scene.apps, scene.rng, scene.market
    n = len(apps)
    slip = rng.random(n) < 0.011
    colleague = market.staff_of(rng, apps.dealer)
    anybody = rng.integers(0, len(market.home), n)
    apps.seller[slip] = np.where(rng.random(n) < 0.3, colleague, anybody)[slip]


def wrong_work_phone(scene: Scene) -> None:
    """One form in eighty gives another firm's number: the former employer's, or the line above in the list."""
    apps, rng = scene.apps, scene.rng
    n = len(apps)
    slip = (rng.random(n) < 0.0125) & (apps.work_phone != NONE)
    other = employers_of(rng, scene.places, city_of(apps.home), big=0.3)
    apps.work_phone[slip] = other[slip]


def employer_spellings(scene: Scene) -> None:
    """Firms are written in many ways: with and without the legal form, brackets, blanks."""
    apps, rng = scene.apps, scene.rng
    style = rng.choice(6, len(apps), p=[0.925, 0.03, 0.02, 0.008, 0.012, 0.005])
    apps.employer_style[:] = np.where(style > 0, style, apps.employer_style)


def seasons(scene: Scene) -> None:
    """January is strong, the Spring Festival empty, weekends are full; left out, every day is alike."""
    scene.apps.x[:] = busy_to_calendar(scene.apps.x, day_weights(scene.days))
