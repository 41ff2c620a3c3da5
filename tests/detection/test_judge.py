from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from factories import App, columns_of, facts_from, gang, ordinary, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import shared_columns
from graphfraud.detection.judge import calibrate, calibrate_and_judge, judge, ring_id_of
from graphfraud.detection.parameters import Parameters


@pytest.fixture(scope="module")
def market() -> list[App]:
    return ordinary(1_500, seed=11)


def _rings(found):
    return {frozenset(name for name, _ in ring.members): ring.risk for ring in found.rings}


def test_a_gang_is_found_whole_and_nobody_else_is(market):
    members = gang(9)

    found = judge(columns_of(market + members), calibrate(columns_of(market + members)))

    assert len(found.rings) == 1
    assert {app.id for app in members} <= {name for name, _ in found.rings[0].members}
    assert found.rings[0].applications <= 13  # a few bystanders at the same desk in the same days
    assert found.rings[0].risk > 0.9
    assert found.rings[0].persons >= 9
    assert found.rings[0].dealers == 2
    assert found.rings[0].exposure == pytest.approx(80_000 * found.rings[0].applications)


def test_a_market_without_a_gang_has_no_ring(market):
    assert judge(columns_of(market), calibrate(columns_of(market))).rings == ()


def test_a_family_that_shares_everything_is_no_ring(market):
    family = [
        App(f"F{i}", 50 + i, surname="wang", holds={"address": "home", "device": "ours", "account": "ours"}) for i in range(5)
    ]

    found = judge(columns_of(market + family), calibrate(columns_of(market + family)))

    assert found.rings == ()


def test_calibrating_and_judging_at_once_equals_doing_it_in_turn(market):
    a = columns_of(market + gang(8))

    at_once = calibrate_and_judge(a, Parameters())[1]

    assert at_once is not None
    in_turn = judge(a, calibrate(a))
    assert at_once.rings == in_turn.rings
    assert np.array_equal(at_once.risk, in_turn.risk)


def test_a_calibration_survives_being_written_and_read(market):
    a = columns_of(market + gang(8))
    usual = calibrate(a)

    again = Calibration.from_bytes(usual.to_bytes())

    assert again.to_bytes() == usual.to_bytes()
    assert judge(a, again).rings == judge(a, usual).rings


def test_a_gang_is_judged_the_same_whatever_else_is_in_the_part(market):
    elsewhere = ordinary(700, seed=12, place="far") + gang(7, 2, "H", start=220, dealers=("Dfar8", "Dfar9"))
    part = market + gang(9)  # closed under reach: nothing elsewhere shares an identifier or a dealer with it
    whole = part + elsewhere
    usual = calibrate(columns_of(whole))

    of_whole = {ring.ring_id: ring for ring in judge(columns_of(whole), usual).rings}
    of_part = judge(columns_of(part), usual).rings

    assert len(of_whole) == 2
    assert len(of_part) == 1
    assert of_part[0].risk == pytest.approx(of_whole[of_part[0].ring_id].risk)
    assert of_part[0].members == of_whole[of_part[0].ring_id].members


@settings(max_examples=8, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_of_rows_and_token_key_change_no_ring_and_no_risk(random):
    apps = ordinary(300, seed=2) + gang(8) + gang(5, 4, "H", start=30, dealers=("D5",))
    order = list(range(len(apps)))
    random.shuffle(order)

    one = calibrate_and_judge(columns_of(apps), Parameters())[1]
    other = calibrate_and_judge(shared_columns(facts_from(rows_of(apps, order), "another key")), Parameters())[1]

    assert one is not None
    assert other is not None
    assert _rings(one) == _rings(other)
    assert one.application_id == other.application_id
    assert np.array_equal(one.risk, other.risk)


def test_reasons_sum_to_the_risk_and_claim_at_most_twice_what_they_carry(market):
    found = judge(columns_of(market + gang(9)), calibrate(columns_of(market + gang(9))))

    ring = found.rings[0]

    assert sum(reason.contribution for reason in ring.reasons) == pytest.approx(ring.risk)
    assert 1 <= len([r for r in ring.reasons if r.code != "remainder"]) <= 4
    assert {reason.kind for reason in ring.reasons} >= {"device", "account"}
    for reason in ring.reasons:
        assert reason.contribution >= 0
        if reason.code == "shared":
            assert len(reason.tokens) == reason.facts["identifiers"]


def test_taking_away_all_that_is_cited_takes_away_the_ring(market):
    members = gang(6)
    stripped = [dataclasses.replace(app, holds={k: v for k, v in app.holds.items() if k == "phone"}) for app in members]
    usual = calibrate(columns_of(market + members))

    assert len(judge(columns_of(market + members), usual).rings) == 1
    assert judge(columns_of(market + stripped), usual).rings == ()


def test_no_applications_at_all_give_no_rings():
    a = columns_of([])

    found = judge(a, calibrate(a))

    assert found.rings == ()
    assert len(found.risk) == 0


def test_applications_without_time_or_dealer_are_judged_all_the_same():
    apps = [*ordinary(300), *gang(8)]
    for app in apps:
        app.day, app.dealer, app.seller = None, "", ""

    found = calibrate_and_judge(columns_of(apps), Parameters())[1]

    assert found is not None
    assert len(found.application_id) == 308


def test_a_ring_is_named_by_its_first_applications_alone():
    assert ring_id_of(["B", "A", "C"]) == ring_id_of(["A", "B", "C"])
    assert ring_id_of(["A", "B", "C", "D"]) == ring_id_of(["A", "B", "C", "E"])
    assert ring_id_of(["A", "B", "C"]) != ring_id_of(["A", "B", "D"])
