"""What became of the loans that were granted: paid, late, or never paid at all."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ingest.world.table import NONE, Applications, Ints

OUTCOMES = ("good", "dpd30", "dpd90", "first_payment_default")
HONEST, FRAUD = np.array([0.909, 0.055, 0.03, 0.006]), np.array([0.36, 0.09, 0.31, 0.24])
OBSERVED_AFTER = 180  # days: half a year of instalments


@dataclass(frozen=True)
class Outcomes:
    """Rows of the applications that became loans, their outcome (index into OUTCOMES) and the day it was noted."""

    row: Ints
    outcome: Ints
    day: Ints


def observe(rng: np.random.Generator, apps: Applications, days: int) -> Outcomes:
    """Grant seven loans of ten, to gangs a little more often, and look after half a year (or six weeks after the end)."""
    n = len(apps)
    in_ring = apps.ring != NONE
    granted = rng.random(n) < np.where(in_ring, 0.78, 0.705)
    draw = rng.random(n)
    outcome = np.where(in_ring, np.searchsorted(np.cumsum(FRAUD)[:-1], draw), np.searchsorted(np.cumsum(HONEST)[:-1], draw))
    day = np.minimum(apps.x.astype(np.int64) + OBSERVED_AFTER, days + 44)
    row = np.flatnonzero(granted)
    return Outcomes(row, outcome[row], day[row])
