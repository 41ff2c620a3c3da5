"""Who is attached by circumstance, and how surely, equals asking one candidate after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import plain_attach as plain
import pytest
from small_worlds import SEEDS
from test_departures import LIKE, departing, mixes
from test_evidence import PARAMS, plainly, staged, units_of

from graphfraud.detection.attach import attach_by_circumstance, learn_unseen
from graphfraud.detection.clocks import learn_all_clocks
from graphfraud.detection.market import learn_market, local_market
from graphfraud.detection.refine import dealer_coherence

REFINE = replace(PARAMS.refine, hot=0.8)  # small worlds have no stronger communities


def attached(seed: int) -> dict[int, tuple[int, float]]:
    found = staged(seed)
    a, communities = found.a, found.communities
    market = local_market(a, learn_market(a), learn_all_clocks(a, PARAMS.runs))
    shared = communities.strength
    coherence = dealer_coherence(market, a, communities.core, communities.count, REFINE)
    strength = np.where(shared > 0, np.maximum(shared + coherence, 0.01), 0.0)
    unseen = learn_unseen(a, communities, strength, PARAMS.attach, REFINE)
    result = attach_by_circumstance(
        a, found.units.unit, communities, strength, market, unseen, PARAMS.attach, REFINE, departing(seed)
    )
    rows = zip(result.application.tolist(), result.community.tolist(), result.probability.tolist(), strict=True)
    return {application: (community, probability) for application, community, probability in rows}


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_applications_are_attached_to_the_same_rings(seed: int) -> None:
    unit, weighed = plainly(seed)

    ours = attached(seed)

    found = mixes(seed).found.tolist()
    scene = plain.Scene(staged(seed).rows, unit, weighed, units_of(staged(seed)), PARAMS.attach, REFINE, found, LIKE)
    expected = scene.attached()
    assert {i: ring for i, (ring, _) in ours.items()} == {i: ring for i, (ring, _) in expected.items()}
    assert {i: p for i, (_, p) in ours.items()} == pytest.approx({i: p for i, (_, p) in expected.items()})


def test_many_are_attached_in_small_worlds() -> None:
    assert sum(len(attached(seed)) for seed in range(30)) > 300
