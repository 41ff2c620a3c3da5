"""The world while it is made: one array a column, identifiers as integers, text only when it is written.

Each function of the registry owns a slice of the rows (`Scene.rows`): before it runs they are ordinary customers, so a
function that is left out leaves ordinary customers behind and moves nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from ingest.world.dealers import Market
from ingest.world.places import Places

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NONE = -1  # an identifier the application does not have
PLACEHOLDER = -2  # text that is no identifier, chosen by the dirt


@dataclass
class Applications:
    """Columns of all applications, rows in no order of time.

    x is the time in busy days, [0, days): every such day has as many applications as another, before seasons and
    weekdays stretch it. second is the second of the day. person packs area code, birthday and sequence number of the
    resident id; home packs city, compound, building and room (room 0: the address names no room). work_phone is the
    employer whose number it is, or a number of its own (`Places.landline`). style columns say how a value is written.
    ring, typology and group index into the registry; NONE means in no ring, in no look-alike group.
    """

    x: Floats
    second: Ints
    dealer: Ints
    seller: Ints
    person: Ints
    surname: Ints
    given: Ints
    phone: Ints
    contact_1: Ints
    contact_2: Ints
    device: Ints
    ip: Ints
    account: Ints
    home: Ints
    employer: Ints
    work_phone: Ints
    income: Ints
    model: Ints
    vin: Ints
    price: Ints
    down: Ints
    term: Ints
    phone_style: Ints
    contact_1_style: Ints
    contact_2_style: Ints
    employer_style: Ints
    address_style: Ints
    device_fixed: Flags
    ip_fixed: Flags
    ring: Ints
    typology: Ints
    group: Ints
    ring_person: Flags

    def __len__(self) -> int:
        return len(self.x)

    @property
    def loan(self) -> Ints:
        """Amount financed."""
        return self.price - self.down

    def copy_rows(self, target: Ints, source: Ints, columns: tuple[str, ...]) -> None:
        """Give the target rows the source rows' values of some columns."""
        for name in columns:
            values = getattr(self, name)
            values[target] = values[source]

    def take(self, order: Ints) -> Applications:
        """Return the rows in another order."""
        return Applications(**{f.name: getattr(self, f.name)[order] for f in fields(self)})


IDENTITY = ("person", "surname", "given")
CAR = ("model", "vin", "price", "down")
WORK = ("employer", "work_phone")


@dataclass
class Scene:
    """What one function of the registry works on; index is the function's place in the registry."""

    rng: np.random.Generator
    apps: Applications
    rows: Ints
    market: Market
    places: Places
    days: int
    hard: bool
    index: int

    def share(self, probability: float) -> float:
        """Return how likely a gang's member is to share something: in a hard world gangs are more careful."""
        return probability * 0.8 if self.hard else probability

    def ordinary(self) -> Ints:
        """Return the rows that belong to no ring and to no look-alike group yet, this function's own rows aside."""
        free = (self.apps.ring == NONE) & (self.apps.group == NONE)
        free[self.rows] = False
        return np.flatnonzero(free)
