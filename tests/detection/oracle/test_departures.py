"""What departing from the customers is worth equals what it is one application and one group at a time."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import plain_departures as plain
import pytest
from small_worlds import SEEDS
from test_evidence import PARAMS, staged

from graphfraud.detection.clocks import learn_all_clocks
from graphfraud.detection.communities import find_communities
from graphfraud.detection.departures import Departing, Mixes, Unlike, departures, learn_customers, learn_mixes, weigh_departures
from graphfraud.detection.ordering import firsts

LIKE = replace(PARAMS.departures, hot=0.8, prior_groups=1.0)  # small worlds have no stronger communities, and few


@cache
def beside_customers(seed: int) -> Unlike:
    a = staged(seed).a
    clocks = learn_all_clocks(a, PARAMS.runs)
    return Unlike(a, learn_customers(a, clocks, LIKE), clocks, LIKE)


@cache
def mixes(seed: int) -> Mixes:
    found = staged(seed)
    return learn_mixes(found.communities, found.units.unit, beside_customers(seed), LIKE)


def departing(seed: int) -> Departing:
    return Departing(beside_customers(seed), mixes(seed), LIKE)


def cores(seed: int) -> list[list[int]]:
    """The first tied application of each unit of every community."""
    found = staged(seed)
    community, application = found.communities.core
    each: list[list[int]] = []
    for k in range(found.communities.count):
        mine = application[community == k]
        each.append(mine[firsts(found.units.unit[mine])[1]].tolist())
    return each


@pytest.mark.parametrize("seed", SEEDS)
def test_every_application_is_as_unlike_customers_as_it_is_by_hand(seed: int) -> None:
    rows = staged(seed).rows

    found = beside_customers(seed).of(np.arange(len(rows)))

    for mine, ratio in zip(found, plain.ratios(rows, LIKE), strict=True):
        assert mine.tolist() == pytest.approx([ratio(row) for row in rows])


@pytest.mark.parametrize("seed", SEEDS)
def test_found_and_everyday_groups_depart_as_they_do_by_hand(seed: int) -> None:
    found = staged(seed)
    rows, runs, evidence = found.rows, found.runs, found.evidence
    dull = [k for k in range(len(runs)) if evidence.weight[k] <= 0 and not evidence.busy[k] and runs.units[k] > 1]
    users = [runs.application[runs.run == k].tolist() for k in dull]
    hot = [core for core, strength in zip(cores(seed), found.communities.strength, strict=True) if strength > LIKE.hot]
    base = [1 - LIKE.prior, *[LIKE.prior / 4] * 4]

    for which, ratio in enumerate(plain.ratios(rows, LIKE)):
        usual = plain.mix_of([plain.likely([rows[i] for i in group], ratio) for group in users], base, LIKE.prior_groups)
        mine = plain.mix_of([plain.likely([rows[i] for i in group], ratio) for group in hot], usual, LIKE.prior_groups)
        assert mixes(seed).everyday[which].tolist() == pytest.approx(usual)
        assert mixes(seed).found[which].tolist() == pytest.approx(mine)


@pytest.mark.parametrize("seed", SEEDS)
def test_groups_and_runs_get_what_they_get_by_hand(seed: int) -> None:
    found, mix = staged(seed), mixes(seed)
    rows, runs = found.rows, found.runs
    by_hand = list(zip(plain.ratios(rows, LIKE), mix.found.tolist(), mix.everyday.tolist(), strict=True))

    def says(members: list[int]) -> list[float]:
        return [plain.says([rows[i] for i in members], ratio, one, other, LIKE) for ratio, one, other in by_hand]

    weighed = weigh_departures(runs, found.evidence, departing(seed))
    for k in range(len(runs)):
        said = min(max(sum(says(runs.application[runs.run == k].tolist())), LIKE.tie_floor), LIKE.tie_ceiling)
        adds = 0.0 if found.evidence.busy[k] or runs.units[k] < 2 else said
        expected = min(found.evidence.weight[k] + adds, found.evidence.ceiling[k])
        assert weighed.weight[k] == pytest.approx(expected)
        assert weighed.departure[k] == pytest.approx(expected - found.evidence.weight[k])
    adds, whole = departures(found.communities, found.units.unit, departing(seed))
    expected = np.array([says(core) for core in cores(seed)]).reshape(-1, 2)
    assert whole.tolist() == pytest.approx(expected.sum(axis=1).tolist())
    # nothing is counted in these runs yet
    np.testing.assert_allclose(np.stack(list(adds.values())).T, expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(60))
def test_what_runs_say_is_not_said_of_the_community_again(seed: int) -> None:
    found = staged(seed)
    runs, like = found.runs, departing(seed)
    weighed = weigh_departures(runs, found.evidence, like)
    communities = find_communities(runs, weighed, found.units.count, PARAMS.communities)

    adds, whole = departures(communities, found.units.unit, like)

    counted = [0.0] * communities.count
    community, run = communities.in_runs.community, communities.in_runs.run
    for k, r, inside in zip(community.tolist(), run.tolist(), communities.in_runs.units.tolist(), strict=True):
        if inside > 1 and not weighed.busy[r]:
            share, most = (inside - 1) * inside / runs.all_units[r], weighed.ceiling[r]
            without = weighed.weight[r] - weighed.departure[r]
            counted[k] += min(weighed.weight[r] * share, most) - min(without * share, most)
    left = [max(w - max(c, 0.0), 0.0) if w > 0 else w for w, c in zip(whole.tolist(), counted, strict=True)]
    assert sum(adds.values()).tolist() == pytest.approx(left, abs=1e-9)


def test_small_worlds_have_groups_that_depart() -> None:
    every = [departures(staged(seed).communities, staged(seed).units.unit, departing(seed))[1] for seed in range(40)]

    assert np.ptp(np.concatenate(every)) > 0.5
