"""Weights, components, scores and coherence equal a plain implementation on small random worlds."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import plain_evidence as plain
import plain_ties
import pytest
from small_worlds import SEEDS, Row, facts_of_rows, small_world

from graphfraud.detection.clocks import learn_all_clocks
from graphfraud.detection.columns import Applications, shared_columns
from graphfraud.detection.communities import Communities, find_communities
from graphfraud.detection.evidence import Evidence, learn_priors, weigh_runs
from graphfraud.detection.links import EVIDENCE_KINDS, learn_row_reach, tie_applications
from graphfraud.detection.market import learn_market, local_market
from graphfraud.detection.parameters import EvidenceParams, Parameters, RunParams
from graphfraud.detection.refine import amounts_alike, dealer_coherence
from graphfraud.detection.runs import Runs, cut_runs
from graphfraud.detection.units import Units, fold_units

# in so small a world nothing is rare: lower offsets let communities form, lower bounds make identifiers busy
PARAMS = replace(
    Parameters(),
    runs=RunParams(stationed_users=4, steady_users=5),
    evidence=EvidenceParams(offset=0.6, busy_offset=0.3, busy=5, busy_at_dealer=4),
)


@dataclass(frozen=True)
class Staged:
    """A small world and what the stages make of it."""

    rows: list[Row]
    a: Applications
    units: Units
    runs: Runs
    evidence: Evidence
    communities: Communities


@cache
def staged(seed: int) -> Staged:
    rows = small_world(seed)
    a = shared_columns(facts_of_rows(rows))
    units = fold_units(a, PARAMS.units)
    links = tie_applications(a, units, learn_row_reach(a, PARAMS.evidence), PARAMS.evidence)
    runs = cut_runs(a, units, links, learn_all_clocks(a, PARAMS.runs), PARAMS.runs)
    evidence = weigh_runs(runs, learn_priors(runs, links, PARAMS.runs, PARAMS.evidence), PARAMS.evidence)
    return Staged(rows, a, units, runs, evidence, find_communities(runs, evidence, units.count, PARAMS.communities))


@cache
def plainly(seed: int) -> tuple[list[int], list[plain.Weighed]]:
    rows = small_world(seed)
    unit, _ = plain_ties.fold(rows, PARAMS.units)
    runs = plain_ties.cut(rows, unit, plain_ties.link(rows, unit, PARAMS.evidence), PARAMS.runs)
    return unit, plain.weigh(rows, runs, PARAMS.runs, PARAMS.evidence)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_run_weighs_what_it_weighs_by_hand(seed: int) -> None:
    found = staged(seed)
    runs, evidence = found.runs, found.evidence

    mine = sorted(
        (who_of_ours(runs, k), (evidence.weight[k], evidence.rarity[k], evidence.odds[k], bool(evidence.busy[k])))
        for k in range(len(runs))
    )
    theirs = sorted((who(one), (one.weight, one.rarity, one.odds, one.busy)) for one in plainly(seed)[1])

    assert [key for key, _ in mine] == [key for key, _ in theirs]
    assert np.array([numbers for _, numbers in mine]) == pytest.approx(np.array([numbers for _, numbers in theirs]))


@pytest.mark.parametrize("seed", SEEDS)
def test_communities_lie_inside_components_and_score_what_their_runs_say(seed: int) -> None:
    found = staged(seed)
    unit, weighed = plainly(seed)

    groups = units_of(found)
    components = plain.components(unit, weighed)
    market = local_market(found.a, learn_market(found.a), learn_all_clocks(found.a, PARAMS.runs))
    coherence = dealer_coherence(market, found.a, found.communities.core, len(groups), PARAMS.refine)

    amounts = [market.amount(name).tolist() for name in ("loan_to_value", "income")]
    core_rows = found.communities.core
    likeness = amounts_alike(found.a, market, found.units.unit, core_rows, len(groups), PARAMS.refine)

    assert set().union(*groups) == set().union(*components) if groups else not components
    assert all(any(group <= component for component in components) for group in groups)
    c, run, score = found.communities.run_scores
    core_c, core = found.communities.core
    for k, group in enumerate(groups):
        expected = plain.scores(unit, weighed, group)
        ours = sorted(
            (who_of_ours(found.runs, r), s) for r, s in zip(run[c == k].tolist(), score[c == k].tolist(), strict=True)
        )
        theirs = sorted((who(weighed[r]), s) for r, s in expected.items())
        assert [key for key, _ in ours] == [key for key, _ in theirs]
        assert [value for _, value in ours] == pytest.approx([value for _, value in theirs])
        assert set(core[core_c == k].tolist()) == plain.core(unit, weighed, group)
        members = plain.core(unit, weighed, group)
        assert likeness[k] == pytest.approx(plain.likeness(found.rows, amounts, unit, members, PARAMS.refine))
        assert coherence[k] == pytest.approx(plain.coherence(found.rows, plain.core(unit, weighed, group), PARAMS.refine))


def units_of(found: Staged) -> list[set[int]]:
    """Units (named by their first application) of every community."""
    unit = found.units.unit
    first = {int(u): i for i, u in reversed(list(enumerate(unit)))}
    community = found.communities.community
    return [{first[u] for u in np.flatnonzero(community == k).tolist()} for k in range(found.communities.count)]


def who_of_ours(runs: Runs, k: int) -> tuple[object, ...]:
    same = np.flatnonzero(runs.identifier == runs.identifier[k])
    users = runs.application[runs.run == k].tolist()
    return (
        EVIDENCE_KINDS[runs.kind[k]],
        bool(runs.owned[k]),
        tuple(users),
        tuple(runs.application[np.isin(runs.run, same)].tolist()),
    )


def who(one: plain.Weighed) -> tuple[object, ...]:
    return one.run.link.kind, plain.owned(one.run), one.run.users, one.run.all_users


def test_small_worlds_have_communities_to_compare() -> None:
    assert sum(staged(seed).communities.count for seed in range(20)) > 60
