"""The dealers and their salespeople: a few sell thousands of cars a year, most sell one or two a week."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ingest.world.places import CITIES, WEIGHTS

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

APPLICATIONS_A_DEALER = 220
TAIL = 0.72  # exponent of the Pareto tail of dealer sizes, as on lenders' lists
LARGEST = 0.09  # share of the whole that one dealer may have


@dataclass(frozen=True)
class Market:
    """Columns of all dealers; sellers of dealer i are numbered first_seller[i] … first_seller[i + 1] − 1."""

    city: Ints
    share: Floats
    first_seller: Ints
    home: Ints  # per seller: the dealer in the seller's code
    number: Ints  # per seller: the number in the seller's code
    chain: Ints
    representative: Ints
    capital: Ints
    registered: Ints  # days since 1970
    floor_area: Ints
    staff: Ints
    phone: Ints
    account: Ints

    def __len__(self) -> int:
        return len(self.city)

    def staff_of(self, rng: np.random.Generator, dealer: Ints) -> Ints:
        """Draw who handles each application at these dealers; some salespeople sell more than others."""
        first, count = self.first_seller[dealer], np.diff(self.first_seller)[dealer]
        return first + (count * rng.random(len(dealer)) ** 1.25).astype(np.int64)


def open_dealers(rng: np.random.Generator, applications: int, start: int) -> Market:
    """Draw the market for this many applications; start is the first day (days since 1970)."""
    n = max(12, round(applications / APPLICATIONS_A_DEALER))
    size = rng.random(n) ** (-1 / TAIL)
    for _ in range(4):
        size = np.minimum(size, LARGEST * size.sum())
    share = size / size.sum()
    sellers = np.clip(3 + applications * share / 140, 3, 40).astype(np.int64)
    first = np.r_[0, np.cumsum(sellers)]
    home = np.repeat(np.arange(n), sellers)
    chains = max(3, n // 6)
    chain = rng.integers(0, chains, n)
    # Some houses of a chain are one family's: the same representative signs for two or three of them.
    representative = np.arange(n) + 10_000
    twins = np.flatnonzero(rng.random(n) < 0.08)
    same_chain = np.array([np.flatnonzero(chain == chain[i])[0] for i in twins], dtype=np.int64)
    representative[twins] = representative[same_chain]
    account = np.arange(n) + 95_000_000_000_000
    account[twins[::2]] = account[same_chain[::2]]
    return Market(
        city=rng.choice(len(CITIES), n, p=WEIGHTS),
        share=share,
        first_seller=first,
        home=home,
        number=np.arange(len(home)) - first[home],
        chain=chain,
        representative=representative,
        capital=np.round(np.exp(rng.normal(15.1, 0.9, n)), -4).astype(np.int64),
        registered=start - rng.integers(200, 7_500, n),
        floor_area=np.exp(rng.normal(6.5, 0.75, n)).astype(np.int64) + 60,
        staff=np.diff(first) + rng.integers(3, 22, n),
        phone=rng.integers(50_000_000, 59_999_999, n),
        account=account,
    )
