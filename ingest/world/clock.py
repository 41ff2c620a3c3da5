"""When people buy cars: seasons, the Spring Festival, weekends, and hours of the day."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

START = date(2025, 6, 1)
MONTHS = (1.45, 1.05, 0.62, 1.0, 1.04, 0.93, 0.92, 0.97, 1.08, 1.1, 1.1, 1.18)  # January is strong, March slow
WEEKDAYS = (0.86, 0.86, 0.82, 0.86, 1.02, 1.32, 1.26)
# Spring Festival: three weeks of rush, a week in which nearly nobody buys. First days by year.
SPRING_FESTIVAL = {2025: date(2025, 1, 29), 2026: date(2026, 2, 17), 2027: date(2027, 2, 6), 2028: date(2028, 1, 26)}
HOURS = np.array([3, 2, 2, 2, 2, 3, 8, 17, 27, 42, 60, 80, 95, 108, 110, 104, 88, 70, 53, 36, 23, 17, 9, 6], dtype=float)
NIGHT = np.array([9, 9, 8, 7, 6, 5, 5, 5, 6, 7, 8, 8, 9, 9, 9, 9, 9, 9, 9, 9, 10, 11, 12, 11], dtype=float)


def seconds(rng: np.random.Generator, n: int, hours: Floats = HOURS) -> Ints:
    """Draw n seconds of the day with the given weights by hour."""
    return rng.choice(24, n, p=hours / hours.sum()) * 3600 + rng.integers(0, 3600, n)


def day_weights(days: int) -> Floats:
    """Return how busy each day from START on is, relative to the others."""
    weights = np.empty(days)
    for i in range(days):
        day = START + timedelta(days=i)
        weights[i] = MONTHS[day.month - 1] * WEEKDAYS[day.weekday()]
        festival = SPRING_FESTIVAL.get(day.year)
        if festival is not None:
            to_go = (festival - day).days
            weights[i] *= 0.15 if -6 <= to_go <= 0 else 1.25 if 0 < to_go <= 21 else 1.0
    return weights


def busy_to_calendar(x: Floats, weights: Floats) -> Ints:
    """Turn busy days into calendar days, so that each day gets applications by its weight; order is kept."""
    days = len(weights)
    end = np.cumsum(weights) / weights.sum() * days
    return np.minimum(np.searchsorted(end, x, side="right"), days - 1)
