"""Risk and score are one scale, straight between four corners; levels and bands are cuts of the score.

Risk in [0, 1], higher is worse; score in whole numbers from 300 to 1000, higher is safer. The corners (0, 1000), (0.5, 550),
(0.6, 500) and (1, 300) put even odds where people begin to look, and 0.6 where nobody has to.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

LOWEST, HIGHEST = 300, 1000
REVIEW_FROM = 0.5  # risk from which people look
RISKS = (0.0, REVIEW_FROM, 0.6, 1.0)
SCORES = (1000.0, 550.0, 500.0, 300.0)

Level = Literal["very_high", "high", "medium", "low", "very_low"]
Band = Literal["reject", "review", "pass"]
LEVELS: tuple[Level, ...] = ("very_high", "high", "medium", "low", "very_low")
LEVEL_FROM = (300, 400, 500, 550, 650)  # each level's lowest score
BANDS: tuple[Band, ...] = ("reject", "review", "pass")


@dataclass(frozen=True)
class Cutoffs:
    """Where the bands of the score end: below `reject_below` reject, from there below `review_below` review, else pass."""

    reject_below: int = 500
    review_below: int = 550


def score_of(risk: Floats) -> Ints:
    """Return the scores of risks: whole numbers, never rising with the risk; between two numbers the lower.

    Rounding down makes every risk above a corner fall below its score: nothing over even odds is left in the band above.
    """
    return np.floor(np.interp(risk, RISKS, SCORES)).astype(np.int64)


def risk_of_score(score: Ints | Floats) -> Floats:
    """Return the risks that scores stand for: the least risk that has the score is just above that of the score above it."""
    return np.asarray(np.interp(score, SCORES[::-1], RISKS[::-1]))


def level_of(score: int) -> Level:
    """Return the level of risk that a score means."""
    return LEVELS[bisect_right(LEVEL_FROM, score) - 1]


def band_numbers(score: Ints, cutoffs: Cutoffs | None = None) -> Ints:
    """Return the places in BANDS of the bands that scores fall into."""
    cutoffs = cutoffs or Cutoffs()
    return np.searchsorted((cutoffs.reject_below, cutoffs.review_below), score, "right").astype(np.int64)


def band_of(score: int, cutoffs: Cutoffs | None = None) -> Band:
    """Return the band that a score falls into."""
    cutoffs = cutoffs or Cutoffs()
    return BANDS[bisect_right((cutoffs.reject_below, cutoffs.review_below), score)]
