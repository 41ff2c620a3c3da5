"""Features of groups equal what a look at one group after the other gives."""

from __future__ import annotations

import numpy as np
import plain_features as plain
import plain_ties
import pytest
from small_worlds import SEEDS, facts_of_rows, small_world

from graphfraud.detection.clocks import learn_all_clocks
from graphfraud.detection.columns import shared_columns
from graphfraud.detection.features import FEATURES, View, measure
from graphfraud.detection.groups import Groups
from graphfraud.detection.links import learn_row_reach, tie_applications
from graphfraud.detection.market import AMOUNTS, learn_market, local_market
from graphfraud.detection.parameters import Parameters
from graphfraud.detection.runs import cut_runs
from graphfraud.detection.units import fold_units

PARAMS = Parameters()


@pytest.mark.parametrize("seed", SEEDS)
def test_the_features_of_random_groups_equal_plain_ones(seed: int) -> None:
    rows = small_world(seed)
    label = np.random.default_rng(seed).integers(0, 12, len(rows))
    label = np.unique(label, return_inverse=True)[1]
    a = shared_columns(facts_of_rows(rows))
    units = fold_units(a, PARAMS.units)
    links = tie_applications(a, units, learn_row_reach(a, PARAMS.evidence), PARAMS.evidence)
    clocks = learn_all_clocks(a, PARAMS.runs)
    runs = cut_runs(a, units, links, clocks, PARAMS.runs)

    found = measure(View(a, runs, groups_of(label), local_market(a, learn_market(a), clocks), units.unit))

    unit, _ = plain_ties.fold(rows, PARAMS.units)
    plain_runs = plain_ties.cut(rows, unit, plain_ties.link(rows, unit, PARAMS.evidence), PARAMS.runs)
    for group in range(label.max() + 1):
        expected = plain.features(np.flatnonzero(label == group).tolist(), rows, unit, plain_runs)
        assert dict(zip((f.__name__ for f in FEATURES), found[group].tolist(), strict=True)) == pytest.approx(
            expected, abs=1e-6
        )


@pytest.mark.parametrize("seed", range(40))
def test_amounts_are_in_the_market_s_standard_deviations(seed: int) -> None:
    rows = small_world(seed)
    a = shared_columns(facts_of_rows(rows))

    found = local_market(a, learn_market(a), learn_all_clocks(a, PARAMS.runs)).amounts

    market = plain.market_of(rows)
    expected = [[plain.standardised(row, name, market) for row in rows] for name in AMOUNTS]
    assert found == pytest.approx(np.array(expected), nan_ok=True)


def groups_of(label: np.ndarray) -> Groups:
    """Groups that share nothing as evidence, by the label of each application."""
    none, members = np.empty(0, np.int64), np.ones(len(label))
    order = np.argsort(label, kind="stable")
    count = int(label.max()) + 1
    return Groups(count, label[order], order, members, members > 0, none, none, np.empty(0), {}, np.zeros(count))
