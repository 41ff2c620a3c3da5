"""What every detector keeps: one method, and three promises that one suite of tests checks for all of them."""

from __future__ import annotations

from typing import Protocol

from graphfraud.detection.columns import Floats


class Detector(Protocol):
    """A frozen dataclass of plain arrays, made by a `fit_…` function through PyOD.

    A row's score is what PyOD's model says of it, does not depend on the other rows (to the bit), and is the same on every
    run: fitting takes a seed.
    """

    def scores(self, features: Floats) -> Floats:
        """Return how strange each row (rows × features, float64, no NaN) is; higher is stranger, on a scale of its own."""
        ...
