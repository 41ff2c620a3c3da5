from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pytest
from factories import App, columns_of, gang, ordinary

from graphfraud.detection import application_features as of_application
from graphfraud.detection.application_features import APPLICATION_FEATURES, ApplicationView, measure_applications
from graphfraud.detection.clocks import learn_all_clocks
from graphfraud.detection.dealer_features import DEALER_FEATURES, DEALER_SIZES, drawn_to_peers, learn_peers
from graphfraud.detection.everyday import everyday_groups
from graphfraud.detection.features import FEATURES, measure_everyday
from graphfraud.detection.judge import calibrate, judge
from graphfraud.detection.links import tie_applications
from graphfraud.detection.market import learn_market, local_market
from graphfraud.detection.opinions import risk_alone
from graphfraud.detection.parameters import AnomalyParams, EvidenceParams, RunParams, UnitParams
from graphfraud.detection.runs import cut_runs
from graphfraud.detection.units import fold_units


def view_of(apps: list[App], **columns: list[float]) -> ApplicationView:
    """View applications; columns give their amounts, in the order of the applications."""
    a = dataclasses.replace(columns_of(apps), **{name: np.array(values) for name, values in columns.items()})
    units = fold_units(a, UnitParams())
    links = tie_applications(a, units, {"phones_in_row": 1, "accounts_in_row": 1}, EvidenceParams())
    clocks = learn_all_clocks(a, RunParams())
    runs = cut_runs(a, units, links, clocks, RunParams())
    return ApplicationView(a, units.unit, runs, local_market(a, learn_market(a), clocks))


def again(days: list[float], **facts: object) -> list[App]:
    """One person's applications."""
    return [App(f"A{i}", day, holds={"person": "one", **facts}) for i, day in enumerate(days)]


def test_the_same_person_s_applications_are_counted_backwards_from_each():
    view = view_of([*again([0, 10, 35, 500]), App("B", 11)])

    month, year = (dict(zip(view.a.application_id, 10 ** f(view), strict=True)) for f in APPLICATION_FEATURES[:2])

    assert [round(month[name]) for name in ("A0", "A1", "A2", "A3", "B")] == [1, 2, 2, 1, 1]
    assert [round(year[name]) for name in ("A0", "A1", "A2", "A3", "B")] == [1, 2, 3, 1, 1]


def test_one_id_with_several_ages_is_a_conflict_and_growing_older_is_none():
    older = view_of(again([0, 730]), age=[30.0, 32.0])
    other = view_of(again([0, 1]), age=[30.0, 51.0])

    assert of_application.age_conflict(older).tolist() == [0, 0]
    assert of_application.age_conflict(other) == pytest.approx([19, 19], abs=0.01)


def test_without_times_nobody_applied_often():
    apps = again([0, 10])
    for app in apps:
        app.day = None

    assert np.isnan(of_application.applications_in_year(view_of(apps))).all()


def test_identifiers_that_change_between_a_person_s_applications_are_noticed():
    steady = view_of(again([0, 40], phone="p", device="d", account="a", address="h"))
    apps = again([0, 40], phone="p")
    apps[0].holds["device"], apps[1].holds["device"] = "d", "e"

    assert of_application.identifiers_changed(steady).tolist() == [0, 0]
    assert of_application.identifiers_changed(view_of(apps)).tolist() == [0.75, 0.75]
    assert of_application.identifiers_changed(view_of([App("X")])).tolist() == [0]


def test_others_are_units_and_a_family_is_one():
    family = [App(f"F{i}", i, surname="wang", holds={"address": "home", "device": "ours"}) for i in range(3)]
    strangers = [App(f"S{i}", 5 + i, holds={"device": "theirs"}) for i in range(3)]

    view = view_of(family + strangers)

    assert 10 ** of_application.others_on_device(view) == pytest.approx([1, 1, 1, 3, 3, 3])


def test_amounts_that_do_not_add_up_are_a_conflict_and_missing_ones_are_none():
    view = view_of([App("A"), App("B", 1), App("C", 2)], price=[100.0] * 3, loan=[80.0, 80.0, np.nan], down=[20.0, 0.0, 20.0])

    conflict = of_application.amounts_conflict(view)

    assert conflict[:2].tolist() == [0.0, pytest.approx(0.2)]
    assert np.isnan(conflict[2])


def test_every_application_has_every_feature_and_no_application_none():
    view = view_of(ordinary(60) + gang(5))

    assert measure_applications(view).shape == (65, len(APPLICATION_FEATURES))
    assert measure_applications(view_of([])).shape == (0, len(APPLICATION_FEATURES))


def test_everyday_groups_hold_all_applications_of_their_units():
    apps = [App("A", 0, holds={"device": "x", "person": "one"}), App("B", 1, holds={"device": "x"})]
    later = [App("C", 90, holds={"person": "one"}), *(App(f"D{i}", 10 + i) for i in range(40))]
    view = view_of(apps + later)

    groups = everyday_groups(view.a, view.unit, view.runs, AnomalyParams().everyday_units)

    assert groups.count == 1
    assert view.a.application_id[groups.application].tolist() == ["A", "B", "C"]
    assert measure_everyday(view.a, view.unit, view.runs, view.market, groups).shape == (1, len(FEATURES))


def test_a_small_dealer_is_drawn_to_its_peers_and_one_that_says_nothing_equals_them():
    measured = np.zeros((3, len(DEALER_FEATURES)))
    measured[:, len(DEALER_SIZES)] = [1.0, 0.0, np.nan]
    count = np.array([5.0, 995.0, 10.0])

    peers = learn_peers(measured, count)
    drawn = drawn_to_peers(measured, count, peers, prior=20.0)[:, len(DEALER_SIZES)]

    assert peers[0] == pytest.approx(0.005)
    assert drawn == pytest.approx([0.2 + 0.8 * 0.005, 0.005 * 20 / 1015, 0.005])


def test_findings_tell_strange_applications_and_dealers():
    apps = ordinary(1_500, seed=11) + gang(12, dealers=("Dx",))

    found = judge(columns_of(apps), calibrate(columns_of(apps)))

    anomaly = dict(zip(found.application_id, found.anomaly.tolist(), strict=True))
    assert np.mean([anomaly[f"G{i:03d}"] for i in range(12)]) > 0.97
    assert found.anomaly.mean() == pytest.approx(0.5, abs=0.1)
    assert found.dealers[0].dealer_id == "Dx"
    assert found.dealers[0].applications == 12
    risk = dict(zip(found.application_id, found.risk.tolist(), strict=True))
    mean = np.mean([risk[app.id] for app in apps if app.dealer == "Dx"])
    assert mean <= found.dealers[0].risk <= mean + AnomalyParams().dealer_alone
    assert all(one.risk >= other.risk for one, other in itertools.pairwise(found.dealers))
    assert len(found.dealers) == 31
    assert set(found.dealers[0].unusual) <= {feature.__name__ for feature in DEALER_FEATURES}


def test_of_fewer_than_thirty_dealers_none_is_called_unusual():
    apps = [app for app in ordinary(600, seed=11) if int(app.dealer[1:]) < 12]

    found = judge(columns_of(apps), calibrate(columns_of(apps)))

    assert len(found.dealers) == 12
    assert {(dealer.anomaly, dealer.unusual) for dealer in found.dealers} == {(0.0, ())}


def test_anomalies_do_not_depend_on_what_else_is_judged():
    near, far = ordinary(700, seed=1), ordinary(700, seed=2, place="far")
    usual = calibrate(columns_of(near + far))

    whole, part = judge(columns_of(near + far), usual), judge(columns_of(near), usual)

    of_whole = dict(zip(whole.application_id, whole.anomaly.tolist(), strict=True))
    assert [of_whole[name] for name in part.application_id] == part.anomaly.tolist()
    dealers = {dealer.dealer_id: dealer for dealer in whole.dealers}
    assert all(dealers[dealer.dealer_id] == dealer for dealer in part.dealers)


def test_an_application_is_never_risky_for_its_strangeness_alone():
    assert risk_alone(np.array([0.0, 0.9, 0.99, 1.0]), AnomalyParams()) == pytest.approx([0, 0, 0.02 / 3, 0.02])
