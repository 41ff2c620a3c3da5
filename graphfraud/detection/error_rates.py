"""Two error rates for every ring: what chance alone makes, and what chance and everyday life make together.

Both are shares of a list: cut it at the ring, and so much of it is expected to be false. `q_chance` is counted with decoys
(`decoys.py`). They keep what everyday life ties (a broker's number, a dormitory), so chance alone cannot be the whole error.
`q` adds what everyday life leaves: false rings per application at so much evidence or more, a rate that is told
(`ErrorParams`, measured on made worlds by bench/error_rates.py), against the rings found here. It is a decoy count whose
decoys are a lender's ordinary years, so that a file without fraud, where few rings are found, states a high q by itself.
A ring that a benign class explains stands lower in the list than its risk says.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphfraud.detection.columns import Bools, Floats
from graphfraud.detection.decoys import Decoys, lowest_below
from graphfraud.detection.judge import Findings
from graphfraud.detection.parameters import ErrorParams, RiskParams
from graphfraud.detection.risk import risk_of


def state_errors(found: Findings, decoys: Decoys, errors: ErrorParams, scale: RiskParams) -> Findings:
    """Give every ring its q_chance and q."""
    risk = np.array([ring.risk for ring in found.rings], dtype=np.float64)
    explained = np.array([ring.look_alike != "" for ring in found.rings], dtype=bool)
    by_chance = decoys.share_by_chance(risk)
    q = combine(by_chance, risk, explained, len(found.application_id), errors, scale)
    rings = zip(found.rings, by_chance.tolist(), q.tolist(), strict=True)
    return replace(found, rings=tuple(replace(ring, q_chance=chance, q=both) for ring, chance, both in rings))


def combine(
    by_chance: Floats, risk: Floats, explained: Bools, applications: int, errors: ErrorParams, scale: RiskParams
) -> Floats:
    """Return the expected share of false rings (0–1) in the list cut at each ring; never below q_chance.

    (what everyday life leaves at the evidence or more + 1) ÷ rings there, the lowest share among the cuts that keep the ring.
    """
    if len(risk) == 0:
        return np.empty(0)
    evidence = evidence_of(risk, scale) * np.where(explained, errors.explained, 1.0)
    kept = len(risk) - np.searchsorted(np.sort(evidence), evidence, "left")
    left = applications / 10_000 * errors.everyday * (np.maximum(evidence, 0.1) / scale.middle) ** -errors.fading
    share = np.minimum((left + 1.0) / kept, 1.0)
    return np.asarray(np.maximum(lowest_below(evidence, share), by_chance))


def evidence_of(risk: Floats, scale: RiskParams) -> Floats:
    """Return the evidence (decimal orders) that a risk stands for: the risk scale read backwards."""
    evidence = np.concatenate([np.linspace(-20, 40, 6_001), np.geomspace(40.1, 10_000, 2_000)])
    return np.asarray(np.interp(risk, risk_of(evidence, scale), evidence), dtype=np.float64)
