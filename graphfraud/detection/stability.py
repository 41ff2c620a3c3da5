"""How firmly a ring stands: found again in how many runs in which some of what ties applications is missing.

Each run leaves out a random share of the occurrences of identifiers, as if they had not been filled in, and judges the
rest under the same calibration; who is one unit stays as it was. A ring is found again if a ring of the run has half or
more in common with it (Jaccard, as in Hennig, Comput. Stat. Data Anal. 52 (2007) 258-271). A run costs what judging
costs without folding units, whatever the number of rings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.judge import Findings, Tied, judge_relinked
from graphfraud.detection.links import Links
from graphfraud.detection.parameters import Parameters, StabilityParams


def judge_stability(a: Applications, usual: Calibration, found: Findings, params: Parameters) -> Floats:
    """Return the share of perturbed runs (0–1) that find each ring again; deterministic for its seed."""
    again = np.zeros(len(found.rings))
    if len(found.rings) == 0:
        return again
    rings = _ring_numbers(found)
    for findings in judge_relinked(a, usual, params, lambda ties: thin_out(ties, params.stability)):
        again += found_again(rings, _ring_numbers(findings), len(found.rings), params.stability.alike)
    return np.asarray(again / params.stability.runs)


def thin_out(ties: Tied, params: StabilityParams) -> Iterator[Links]:
    """Leave out a share of the occurrences, once a run."""
    for seed in range(params.seed, params.seed + params.runs):
        kept = np.random.default_rng(seed).random(len(ties.links.application)) >= params.missing
        yield replace(ties.links, application=ties.links.application[kept], identifier=ties.links.identifier[kept])


def found_again(rings: Ints, others: Ints, count: int, alike: float) -> Bools:
    """Say for each of `count` rings whether another set of rings has one that is alike (least Jaccard).

    rings and others are the ring number of each application, -1 for none.
    """
    base = int(others.max(initial=-1)) + 1
    size, other_size = (np.bincount(x[x >= 0], minlength=n) for x, n in ((rings, count), (others, base)))
    both = (rings >= 0) & (others >= 0)
    pair, common = np.unique(rings[both] * max(base, 1) + others[both], return_counts=True)
    ring, other = pair // max(base, 1), pair % max(base, 1)
    found = np.zeros(count, bool)
    found[ring[common / (size[ring] + other_size[other] - common) >= alike]] = True
    return found


def _ring_numbers(found: Findings) -> Ints:
    number = {ring.ring_id: place for place, ring in enumerate(found.rings)}
    return np.array([number.get(name, -1) for name in found.ring_id], dtype=np.int64)
