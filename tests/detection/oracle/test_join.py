"""Joining fragments equals trying every pair by hand."""

from __future__ import annotations

from dataclasses import replace

import plain_join as plain
import pytest
from small_worlds import SEEDS
from test_evidence import PARAMS, plainly, staged, units_of

from graphfraud.detection.clocks import learn_all_clocks
from graphfraud.detection.market import learn_market, local_market
from graphfraud.detection.parameters import RefineParams
from graphfraud.detection.refine import join_fragments, learn_habits

# small worlds have weak communities; with these some of them join, in more than one round
EAGER = RefineParams(least=0.05, hot=0.6, prior=5.0, dealer=-0.5)


def joined_by_us(seed: int, params: RefineParams) -> tuple[list[set[int]], list[set[int]]]:
    found = staged(seed)
    clocks = learn_all_clocks(found.a, PARAMS.runs)
    market = local_market(found.a, learn_market(found.a), clocks)
    habits = learn_habits(found.communities, params)
    after = join_fragments(found.a, found.communities, market, habits, params)
    return units_of(found), [group for group in units_of(replace(found, communities=after)) if group]


@pytest.mark.parametrize("seed", SEEDS)
def test_the_same_fragments_join(seed: int) -> None:
    before, after = joined_by_us(seed, EAGER)

    expected = plain.joined(staged(seed).rows, *plainly(seed), before, EAGER)

    assert sorted(map(sorted, after)) == sorted(map(sorted, expected))


def test_some_fragments_join_and_some_do_not() -> None:
    counts = [tuple(map(len, joined_by_us(seed, EAGER))) for seed in range(40)]

    assert sum(before - after for before, after in counts) >= 20
    assert all(after >= 1 for before, after in counts if before)
