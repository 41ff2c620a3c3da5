"""Where people live and how numbers are given out there: cities, phone segments, IP blocks, area codes, bank cards."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]

# name, landline area code, county codes of resident ids, weight in the market
CITIES: tuple[tuple[str, str, tuple[int, ...], float], ...] = (
    ("北京市", "010", (110101, 110102, 110105, 110106, 110107, 110108), 6.0),
    ("上海市", "021", (310101, 310104, 310105, 310106, 310107, 310109, 310110), 6.0),
    ("广州市", "020", (440103, 440104, 440105, 440106, 440111), 5.5),
    ("深圳市", "0755", (440303, 440304, 440305, 440306, 440307), 5.5),
    ("重庆市", "023", (500101, 500102, 500103, 500105, 500106, 500107), 5.0),
    ("成都市", "028", (510104, 510105, 510106, 510107, 510108, 510112), 5.0),
    ("苏州市", "0512", (320505, 320506, 320507, 320508, 320581), 4.5),
    ("杭州市", "0571", (330102, 330105, 330106, 330108, 330109), 4.0),
    ("武汉市", "027", (420102, 420103, 420104, 420105, 420106), 4.0),
    ("天津市", "022", (120101, 120102, 120103, 120104, 120105), 3.5),
    ("南京市", "025", (320102, 320104, 320105, 320106, 320111), 3.5),
    ("西安市", "029", (610102, 610103, 610104, 610111, 610112), 3.5),
    ("郑州市", "0371", (410102, 410103, 410104, 410105, 410108), 3.5),
    ("长沙市", "0731", (430102, 430103, 430104, 430105, 430111), 3.0),
    ("沈阳市", "024", (210102, 210103, 210104, 210105, 210106), 2.5),
    ("青岛市", "0532", (370202, 370203, 370211, 370212, 370213), 2.5),
    ("宁波市", "0574", (330203, 330205, 330206, 330211, 330212), 2.5),
    ("济南市", "0531", (370102, 370103, 370104, 370105, 370112), 2.2),
    ("合肥市", "0551", (340102, 340103, 340104, 340111, 340121), 2.2),
    ("福州市", "0591", (350102, 350103, 350104, 350111, 350121), 2.0),
    ("石家庄市", "0311", (130102, 130104, 130105, 130108, 130123), 2.0),
    ("大连市", "0411", (210202, 210203, 210204, 210211, 210212), 2.0),
    ("哈尔滨市", "0451", (230102, 230103, 230104, 230108, 230109), 2.0),
    ("长春市", "0431", (220102, 220103, 220104, 220105, 220106), 1.8),
    ("昆明市", "0871", (530102, 530103, 530111, 530112, 530114), 1.8),
    ("南昌市", "0791", (360102, 360103, 360104, 360111, 360121), 1.6),
    ("厦门市", "0592", (350203, 350205, 350206, 350211, 350212), 1.6),
    ("南宁市", "0771", (450102, 450103, 450105, 450107, 450108), 1.6),
    ("贵阳市", "0851", (520102, 520103, 520111, 520112, 520113), 1.4),
    ("兰州市", "0931", (620102, 620103, 620104, 620105, 620111), 1.2),
)
WEIGHTS = np.array([city[3] for city in CITIES]) / sum(city[3] for city in CITIES)
AREAS: Ints = np.array([area for city in CITIES for area in city[2]], dtype=np.int64)
AREA_CITY: Ints = np.array([i for i, city in enumerate(CITIES) for _ in city[2]], dtype=np.int64)

MOBILE_PREFIXES: Ints = np.array(
    [*range(130, 140), *range(150, 154), *range(155, 160), 166, 170, 171, 173, *range(175, 179), *range(180, 190), 198, 199],
    dtype=np.int64,
)
SEGMENT_SIZE = 10_000  # numbers that share their first seven digits belong to one carrier and city

# First octets of the blocks that carriers and broadband lines of the country use.
IP_FIRST: Ints = np.array([27, 36, 39, 42, 49, 58, 59, 60, 61, 101, 106, *range(110, 117), *range(118, 126)], dtype=np.int64)
IP_ABROAD: Ints = np.array([45, 103, 154, 185, 192, 207], dtype=np.int64)
BLOCKS_A_CITY = 24  # of 65,536 addresses

# issuer number, digits of the whole card
BANKS: tuple[tuple[int, int], ...] = (
    (621226, 19), (621700, 19), (622848, 19), (621660, 19), (621799, 19), (622262, 19),
    (622588, 16), (622622, 16), (622908, 18), (623058, 19), (622689, 16), (621483, 16),
)  # fmt: skip
BANK_WEIGHTS = np.array([20, 18, 17, 12, 9, 6, 8, 3, 3, 2, 1, 1]) / 100

LANDLINE = 1_000_000_000_000  # work phones from here on are numbers of their own, below it employers
COMPOUND, BUILDING = 100 * 10_000, 10_000


@dataclass(frozen=True)
class Places:
    """Number plans, drawn once per world: which segments and address blocks belong to which city."""

    segments: Ints  # all mobile segments, those of a city in a row
    segment_start: Ints  # per city and one more
    ip_blocks: Ints  # (city, BLOCKS_A_CITY): upper 16 bits
    gateways: int  # carrier gateways per city
    compounds: Ints  # per city
    employers: Ints  # local employers per city
    big_employers: int

    def phones(self, rng: np.random.Generator, city: Ints) -> Ints:
        """Draw one mobile number for each of the cities."""
        start, stop = self.segment_start[city], self.segment_start[city + 1]
        segment = self.segments[start + (rng.random(len(city)) * (stop - start)).astype(np.int64)]
        numbers: Ints = segment * SEGMENT_SIZE + rng.integers(0, SEGMENT_SIZE, len(city))
        return numbers

    def home_ips(self, rng: np.random.Generator, city: Ints) -> Ints:
        """Draw one broadband address for each of the cities."""
        block = self.ip_blocks[city, rng.integers(0, BLOCKS_A_CITY, len(city))]
        return block * 65_536 + rng.integers(256, 65_280, len(city))

    def homes(self, rng: np.random.Generator, city: Ints) -> Ints:
        """Draw one flat for each of the cities: compound (popular ones first), building, floor and door."""
        n = len(city)
        compound = (self.compounds[city] * rng.random(n) ** 1.9).astype(np.int64)
        building = rng.integers(1, np.where(compound < 30, 60, 9 + (compound * 7919) % 40), n)  # where many live, much is built
        return pack_home(city, compound, building, rng.integers(1, 27, n) * 100 + rng.integers(1, 6, n))

    def landline(self, rng: np.random.Generator, city: Ints) -> Ints:
        """Draw one landline number for each of the cities, as a work phone that is no employer's switchboard."""
        return LANDLINE + city * 100_000_000 + rng.integers(20_000_000, 90_000_000, len(city))


def pack_home(city: Ints, compound: Ints, building: Ints, room: Ints) -> Ints:
    """Pack an address into one integer; room 0 names a place, not a home."""
    return ((city * 1_000_000 + compound) * 100 + building) * 10_000 + room


def city_of(home: Ints) -> Ints:
    """Return the city of packed addresses."""
    return home // (1_000_000 * COMPOUND)


def moved_to(home: Ints, city: Ints) -> Ints:
    """Return packed addresses with the same compound, building and room in other cities."""
    return home % (1_000_000 * COMPOUND) + city * (1_000_000 * COMPOUND)


def accounts(rng: np.random.Generator, n: int) -> Ints:
    """Draw n bank cards without their check digit: issuer and serial number."""
    bank = rng.choice(len(BANKS), n, p=BANK_WEIGHTS)
    issuer = np.array([b[0] for b in BANKS])[bank]
    digits = np.array([b[1] for b in BANKS])[bank] - 7
    cards: Ints = issuer * 10**digits + (rng.random(n) * 10.0**digits).astype(np.int64)
    return cards


def tunnel_ips(rng: np.random.Generator, n: int) -> Ints:
    """Draw n addresses of data centres abroad, as people get who hide behind a VPN."""
    return rng.choice(IP_ABROAD, n) * 2**24 + rng.integers(256, 2**24 - 256, n)


def devices(rng: np.random.Generator, n: int) -> Ints:
    """Draw n device fingerprints of 63 bits."""
    return rng.integers(1, 2**63 - 1, n)


def plan_places(rng: np.random.Generator, applications: int) -> Places:
    """Draw the number plans of a world of this size: a lender that grows meets more compounds and employers."""
    prefixes = np.repeat(MOBILE_PREFIXES, 10_000) * 10_000
    segments = rng.permutation(prefixes + np.tile(np.arange(10_000), len(MOBILE_PREFIXES)))
    bounds = np.r_[0, np.round(np.cumsum(WEIGHTS) * len(segments)).astype(np.int64)]
    blocks = rng.permutation((IP_FIRST[:, None] * 256 + np.arange(256)).ravel())
    return Places(
        segments=segments,
        segment_start=bounds,
        ip_blocks=blocks[: len(CITIES) * BLOCKS_A_CITY].reshape(len(CITIES), BLOCKS_A_CITY),
        gateways=max(3, round(applications * 0.18 / 69 / len(CITIES))),
        compounds=np.minimum(np.maximum(40, applications * WEIGHTS * 0.8).astype(np.int64), 999_999),
        employers=np.maximum(20, applications * WEIGHTS * 0.12).astype(np.int64),
        big_employers=max(10, round(60 * (applications / 60_000) ** 0.5)),
    )
