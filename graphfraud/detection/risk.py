"""From evidence to risk in [0, 1], on a scale that is part of the parameters: no rank within a run enters it."""

from __future__ import annotations

import numpy as np

from graphfraud.detection.columns import Floats
from graphfraud.detection.parameters import RiskParams


def risk_of(evidence: Floats, params: RiskParams) -> Floats:
    """Return 1 / (1 + 10^-((S - middle) / slope)), strictly rising in the evidence S (decimal orders of odds).

    The last thousandth is kept for the order among overwhelming evidence, which the logistic alone would round to 1.
    """
    beyond = evidence - params.middle
    orders = beyond / np.where(beyond < 0, params.slope_below, params.slope)
    odds = 1 / (1 + 10.0 ** -np.clip(orders, -300, 300))
    positive = np.maximum(evidence, 0.0)
    return np.asarray(0.999 * odds + 0.001 * positive / (positive + 30.0))
