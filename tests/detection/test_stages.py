"""Each stage against a plain implementation, or against a case that a person can check by eye."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from factories import App, columns_of, gang, ordinary

from graphfraud.detection.clocks import learn_all_clocks, learn_clocks
from graphfraud.detection.communities import _components_to_cut, find_communities
from graphfraud.detection.evidence import learn_priors, weigh_runs
from graphfraud.detection.links import EVIDENCE_CODE, learn_row_reach, tie_applications
from graphfraud.detection.ordering import cells
from graphfraud.detection.parameters import CommunityParams, EvidenceParams, Parameters, RunParams, UnitParams
from graphfraud.detection.runs import cut_runs
from graphfraud.detection.units import FOLDS, fold_units, pairs_within


@pytest.mark.parametrize("seed", range(20))
def test_pairs_within_groups_equal_all_combinations(seed):
    rng = np.random.default_rng(seed)
    group, value = np.sort(rng.integers(8, size=40)), rng.integers(12, size=40)
    held = cells(group, value)

    left, right = pairs_within(held.group, held.value, 5)

    expected = set()
    for g in range(8):
        members = sorted(set(value[group == g].tolist()))
        if len(members) <= 5:
            expected |= {(g, *pair) for pair in itertools.combinations(members, 2)}
    assert sorted(zip(left.tolist(), right.tolist(), strict=True)) == sorted((a, b) for _, a, b in expected)


def test_a_family_in_one_room_is_one_unit_and_strangers_are_not():
    a = columns_of(
        [
            App("A", 1, surname="wang", holds={"address": "room"}),
            App("B", 9, surname="wang", holds={"address": "room"}),
            App("C", 20, surname="li", holds={"address": "room"}),
            App("D", 30, surname="zhao", holds={"address": "elsewhere"}),
        ]
    )

    units = fold_units(a, UnitParams())

    assert units.unit[0] == units.unit[1]
    assert len(set(units.unit.tolist())) == 3
    assert [FOLDS[w] for w in units.why] == ["household_room"]


def test_a_named_contact_with_one_more_tie_is_family_but_the_name_alone_is_not():
    tied = columns_of(
        [App("A", 1, holds={"phone.contact_1": "bs", "device": "x"}), App("B", 2, holds={"phone.own": "bs", "device": "x"})]
    )
    untied = columns_of([App("A", 1, holds={"phone.contact_1": "bs"}), App("B", 2, holds={"phone.own": "bs"})])

    assert len(set(fold_units(tied, UnitParams()).unit.tolist())) == 1
    assert len(set(fold_units(untied, UnitParams()).unit.tolist())) == 2


def test_a_fleet_is_one_account_one_employer_one_day():
    fleet = [App(f"F{i}", 10 + i / 24, holds={"account": "firm", "employer": "firm"}) for i in range(4)]
    later = [App("L", 60, holds={"account": "firm", "employer": "firm"})]

    units = fold_units(columns_of(fleet + later), UnitParams())

    assert units.count == 2


def test_who_has_no_time_came_on_no_day():
    firm = [App(f"F{i}", None, holds={"account": "firm", "employer": "firm"}) for i in range(4)]
    timed = [App("T", 60, holds={"device": "another's"})]

    assert fold_units(columns_of(firm), UnitParams()).count == 4
    assert fold_units(columns_of(firm + timed), UnitParams()).count == 5


def test_clocks_of_few_points_agree_with_clocks_of_all():
    rng = np.random.default_rng(1)
    day = np.sort(rng.random(5_000) * 365)
    names = np.full(5_000, "D", object)
    coarse, fine = (learn_clocks(np.zeros(5_000, np.int64), names, day, knots) for knots in (128, 5_000))
    asked = rng.random(500) * 365

    difference = coarse.read(np.zeros(500, np.int64), asked) - fine.read(np.zeros(500, np.int64), asked)

    assert np.abs(difference).max() < 0.02


def test_a_clock_goes_on_after_its_last_point():
    clocks = learn_clocks(np.zeros(3, np.int64), np.full(3, "D", object), np.array([0.0, 10.0, 20.0]), 128)

    shown = clocks.read(np.zeros(3, np.int64), np.array([20.0, 30.0, 40.0]))

    assert shown[0] < shown[1] < shown[2]


def _runs(apps):
    a = columns_of(apps)
    params = Parameters()
    units = fold_units(a, params.units)
    links = tie_applications(a, units, learn_row_reach(a, params.evidence), params.evidence)
    return a, units, links, cut_runs(a, units, links, learn_all_clocks(a, params.runs), params.runs)


def test_users_far_apart_in_time_form_no_run():
    background = ordinary(300)
    apps = [*background, App("A", 10, holds={"device": "x"}), App("B", 200, holds={"device": "x"})]

    a, _, links, runs = _runs(apps)

    mine = [r for r in range(len(runs)) if {"A", "B"} & set(a.application_id[runs.application[runs.run == r]].tolist())]
    assert [runs.units[r] for r in mine] == [1, 1]
    assert links.kind[runs.identifier[mine[0]]] == EVIDENCE_CODE["device"]


def test_a_burst_is_one_run_and_more_surprising_than_the_same_number_spread_out():
    background = ordinary(300)
    burst = [App(f"B{i}", 100 + i, holds={"account": "burst"}) for i in range(5)]
    spread = [App(f"S{i}", 10 + 36 * i, holds={"account": "spread"}) for i in range(5)]

    a, _, _, runs = _runs(background + burst + spread)

    tempo = {
        name: max(runs.tempo[runs.run[i]] for i, app in enumerate(runs.application) if a.application_id[app].startswith(name))
        for name in ("B", "S")
    }
    assert tempo["B"] > 3
    assert tempo["S"] < 1


def test_each_unit_counts_once_however_often_it_applies():
    again = [App(f"R{i}", 50 + i, surname="wang", holds={"address": "home", "device": "x"}) for i in range(5)]

    _, units, _, runs = _runs([*again, App("Z", 52, holds={"device": "x"})])

    assert units.count == 2
    assert set(runs.all_units.tolist()) == {2}


def test_numbers_in_a_row_tie_their_owners_and_one_number_twice_does_not():
    def own(app, day, number):
        block, place = divmod(number, 100)
        return App(
            app,
            day,
            holds={"phone": str(number), "phone_block.whole": f"w{block}", "phone_block.shifted": f"s{(number + 50) // 100}"},
            positions={"phone_block.whole": place, "phone_block.shifted": (number + 50) % 100},
        )

    far = [own(f"X{i}", i, 10_000_000 + i * 5_000) for i in range(200)]
    row = [own("A", 1, 700_000_099), own("B", 2, 700_000_101), own("C", 3, 700_000_102)]  # across a block's border
    twice = [own("T", 1, 800_000_000), own("U", 2, 800_000_000)]
    a, _, links, _ = _runs(far + row + twice)

    in_row = links.kind[links.identifier] == EVIDENCE_CODE["phones_in_row"]

    assert set(a.application_id[links.application[in_row]].tolist()) == {"A", "B", "C"}


def test_a_work_phone_of_another_employer_ties_those_who_quote_it_at_one_dealer():
    honest = [App(f"H{i}", i, "D9", holds={"work_phone": "w", "employer": "owner of w"}) for i in range(8)]
    wrong = [App(f"W{i}", 3 + i, "D1", holds={"work_phone": "w", "employer": f"shell{i % 2}"}) for i in range(4)]
    others = [App(f"O{i}", i, "D9", holds={"employer": f"shell{i % 2}"}) for i in range(4)]

    a, _, links, _ = _runs(honest + wrong + others)

    mismatch = links.kind[links.identifier] == EVIDENCE_CODE["work_phone_mismatch"]
    assert set(a.application_id[links.application[mismatch]].tolist()) == {"W0", "W1", "W2", "W3"}


def test_a_circle_larger_than_circles_are_says_more_than_their_ceiling_and_a_usual_one_does_not():
    def circle(name, size, start):
        """Strangers who name the next one's own phone."""
        names = [f"{name}{i}" for i in range(size)]
        following = [*names[1:], names[0]]
        return [
            App(one, start + i, "D2", holds={"phone": one, "phone.contact_1": other})
            for i, (one, other) in enumerate(zip(names, following, strict=True))
        ]

    friends = [app for k in range(40) for app in circle(f"F{k}.", 3, 8 * k)]
    _, _, links, runs = _runs(ordinary(400, seed=3) + friends + circle("G", 10, 150))

    evidence = weigh_runs(runs, learn_priors(runs, links, RunParams(), EvidenceParams()), EvidenceParams())

    vouching = np.flatnonzero(runs.kind == EVIDENCE_CODE["vouching"])
    ceiling = {int(runs.units[r]): float(evidence.ceiling[r]) for r in vouching if runs.units[r] in (3, 10)}
    most = EvidenceParams().ceilings["vouching"]
    assert ceiling[3] <= most
    assert most + 1 < ceiling[10] <= most + EvidenceParams().circle_most


def test_without_times_there_is_neither_tempo_nor_odds():
    apps = ordinary(100)
    for app in apps:
        app.day = None
    _, _, links, runs = _runs(apps)

    priors = learn_priors(runs, links, RunParams(), EvidenceParams())

    assert not runs.tempo.any()
    assert not priors.odds.any()


def test_an_unrelated_component_changes_no_community():
    apps = ordinary(400, seed=5) + gang(9, 1, "G") + gang(7, 2, "H", start=200, dealers=("D7", "D8"))
    a, units, links, runs = _runs(apps)
    evidence = weigh_runs(runs, learn_priors(runs, links, RunParams(), EvidenceParams()), EvidenceParams())

    together = find_communities(runs, evidence, units.count, CommunityParams())

    def members(name: str) -> set[int]:
        return set(together.community[units.unit[[i for i, x in enumerate(a.application_id) if x.startswith(name)]]].tolist())

    assert len(members("G")) == 1
    assert len(members("H")) == 1
    assert members("G") != members("H")


@pytest.mark.parametrize("seed", range(20))
def test_components_that_may_be_several_are_those_of_a_plain_loop(seed):
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 9, 60)
    component = rng.permutation(np.repeat(np.arange(60), size))
    run, weight = component * 2 + (rng.random(len(component)) < 0.3), rng.uniform(0.01, 1, len(component)) ** 3

    found = _components_to_cut(component, run, weight, 0.008)

    expected = []
    for one in range(60):
        edges = np.flatnonzero(component == one)
        nodes = len(edges) + 1
        if weight[edges].min() <= 0.008 * (nodes if len(set(run[edges].tolist())) == 1 else nodes**2 / 4):
            expected.append(edges.tolist())
    assert [edges.tolist() for edges in found] == expected
    assert 0 < len(expected) < 60
