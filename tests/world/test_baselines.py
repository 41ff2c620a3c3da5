"""The world is as hard as reality: the textbook recipes fail on it."""

from __future__ import annotations

import pytest

from bench.baselines import BASELINES
from graphfraud.evaluate import evaluate
from ingest.world.make import Plan, make_world
from ingest.world.write import applications_table, truth_table


@pytest.mark.parametrize("name", BASELINES)
def test_a_textbook_recipe_finds_hardly_anything(name: str) -> None:
    world = make_world(Plan(12_000, 4))
    frame, truth = applications_table(world).to_pandas(), truth_table(world).to_pandas()

    found = BASELINES[name](frame)
    figures = evaluate(truth, found.members, found.applications)

    assert figures.ap is not None and figures.ap <= 0.12
    assert figures.ring_recall is not None and figures.ring_recall <= 0.1
