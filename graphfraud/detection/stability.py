"""How firmly a ring stands: found again in how many runs in which some of what ties applications is missing.

Each run leaves out a random share of the occurrences of identifiers, as if they had not been filled in, and judges the
rest under the same calibration; who is one unit stays as it was. A ring is found again if a ring of the run has half or
more in common with it (Jaccard, as in Hennig, Comput. Stat. Data Anal. 52 (2007) 258-271). Identifiers too innocent to
count are not looked at again, so that 20 runs take about as long as detection, whatever the number of rings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.departures import Departing, weigh_departures
from graphfraud.detection.evidence import weigh_runs
from graphfraud.detection.judge import Findings, Tied, judge_relinked
from graphfraud.detection.links import Links
from graphfraud.detection.parameters import Parameters


def judge_stability(a: Applications, usual: Calibration, found: Findings, params: Parameters) -> Floats:
    """Return the share of perturbed runs (0–1) that find each ring again; deterministic for its seed."""
    again = np.zeros(len(found.rings))
    if len(found.rings) == 0:
        return again
    rings = found.ring_numbers()

    def relink(ties: Tied, departing: Departing) -> Iterator[Links]:
        return thin_out(ties, _can_speak(ties, usual, departing, params), params)

    for findings in judge_relinked(a, usual, params, relink):
        again += found_again(rings, findings.ring_numbers(), len(found.rings), params.stability.alike)
    return np.asarray(again / params.stability.runs)


def thin_out(ties: Tied, can_speak: Bools, params: Parameters) -> Iterator[Links]:
    """Leave out a share of the occurrences, once a run, and all of the identifiers that say nothing in any."""
    asked, listened = params.stability, can_speak[ties.links.identifier]
    for seed in range(asked.seed, asked.seed + asked.runs):
        kept = listened & (np.random.default_rng(seed).random(len(listened)) >= asked.missing)
        yield replace(ties.links, application=ties.links.application[kept], identifier=ties.links.identifier[kept])


def _can_speak(ties: Tied, usual: Calibration, departing: Departing, params: Parameters) -> Bools:
    """Say which identifiers have a run that counts for anything, or would with a user less: an order of evidence at most.

    The others are switchboards, carriers and big employers: most of the occurrences, and none of the answer.
    """
    weight = weigh_departures(ties.runs, weigh_runs(ties.runs, usual.priors, params.evidence), departing).weight
    best = np.full(len(ties.links.kind), -np.inf)
    np.maximum.at(best, ties.runs.identifier, np.where(ties.runs.units > 1, weight, -np.inf))
    return np.asarray(best > params.attach.weak_from - 1.0)


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
