"""Reasons: they add up, and what they claim is lost when what they cite is really taken away."""

from __future__ import annotations

import math

import numpy as np
import pytest
from factories import App, buying, facts_from, gang, made_up, ordinary
from gangs import world
from taking_away import risk_after, same_ring, without, without_amounts

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import Facts, shared_columns
from graphfraud.detection.evidence import Evidence
from graphfraud.detection.judge import Findings, calibrate_and_judge, judge
from graphfraud.detection.parameters import Parameters
from graphfraud.detection.reason_table import Parts
from graphfraud.detection.reasons import _left_without
from graphfraud.detection.ties import Ties
from graphfraud.wording import LANGUAGES, sentence

LITTLE = 1e-3  # the last thousandth of the risk only keeps the order among overwhelming evidence

KINDS_OF_REASON = {
    "shared",
    "burst",
    "numbers_in_row",
    "work_phone_mismatch",
    "vouching",
    "several_kinds",
    "dealers",
    "alike",
    "away",
    "hours",
    "unusual",
}


@pytest.fixture(scope="module")
def judged():
    facts = facts_from(world())
    usual, found = calibrate_and_judge(shared_columns(facts), Parameters())
    assert found is not None
    return facts, usual, found


def test_there_is_a_ring_for_every_kind_of_reason(judged):
    _, _, found = judged

    codes = {reason.code for ring in found.rings for reason in ring.reasons}

    assert codes >= {*KINDS_OF_REASON, "remainder"}


def test_reasons_and_the_remainder_are_the_risk_to_the_last_bit(judged):
    _, _, found = judged

    for ring in found.rings:
        assert sum(reason.contribution for reason in ring.reasons) == ring.risk
        assert len([reason for reason in ring.reasons if reason.code != "remainder"]) in (1, 2, 3, 4)
        assert all(reason.contribution >= 0 for reason in ring.reasons)


def test_taking_away_what_a_reason_cites_takes_half_of_its_claim(judged):
    facts, usual, found = judged
    checked = set()

    for ring in found.rings:
        for reason in ring.reasons:
            if reason.code == "remainder":
                continue
            left, params = without(facts, [reason], (member for member, _ in ring.members), Parameters())
            risk = risk_after(judge(shared_columns(left), usual, params), ring)
            assert ring.risk - risk >= reason.contribution / 2 - LITTLE, (ring.members, reason)
            checked.add(reason.code)

    assert checked >= KINDS_OF_REASON


def test_taking_away_all_reasons_takes_the_ring_away(judged):
    facts, usual, found = judged

    for ring in found.rings:
        left, params = without(facts, ring.reasons, (member for member, _ in ring.members), Parameters())
        assert not same_ring(judge(shared_columns(left), usual, params), ring), ring


def test_a_reason_cites_every_identifier_it_counts_and_names_whom_it_ties(judged):
    _, _, found = judged

    for ring in found.rings:
        members = {member for member, _ in ring.members}
        for reason in ring.reasons:
            assert len(reason.tokens) == reason.facts.get("identifiers", 0)
            assert set(reason.applications) <= members


def test_reasons_are_said_in_both_languages(judged):
    _, _, found = judged

    for lang in LANGUAGES:
        for ring in found.rings:
            for reason in ring.reasons:
                text = sentence(reason, lang)
                assert text.endswith("." if lang == "en" else "。")
                assert not math.isnan(reason.contribution)


def _slow_gang() -> list[App]:
    """Six strangers who name one contact over a month: enough for a ring if their forms are from one hand."""
    return [
        App(f"L{i}", 100 + 6.0 * i, f"D{i}", f"S{i}-0", holds={"phone": f"Lp{i}", "phone.contact_1": "one contact"})
        for i in range(6)
    ]


def _judged_with(members: list[App]) -> tuple[Facts, Calibration, Findings]:
    facts = facts_from([*buying(ordinary(1_500, seed=11)), *members])
    usual, found = calibrate_and_judge(shared_columns(facts), Parameters())
    assert found is not None
    return facts, usual, found


def test_forms_from_one_hand_are_a_reason_that_names_everybody_and_is_lost_with_the_amounts():
    facts, usual, found = _judged_with(made_up(_slow_gang(), seed=5))
    (ring,) = found.rings
    alike = next(reason for reason in ring.reasons if reason.code == "alike")
    members = [member for member, _ in ring.members]

    without_them = judge(shared_columns(without_amounts(facts, members)), usual)

    assert (alike.tokens, alike.kind) == ((), "")
    assert set(alike.applications) == set(members)
    assert alike.facts["applications"] == len(members) == 6
    assert alike.contribution > 0.2
    assert ring.risk - risk_after(without_them, ring) >= alike.contribution / 2
    assert all(reason.code != "alike" for ring in without_them.rings for reason in ring.reasons)
    assert "6 applications are alike in loan to value and income" in sentence(alike)


def test_members_who_borrow_and_earn_as_customers_do_are_alike_in_nothing():
    *_, found = _judged_with(buying(_slow_gang(), seed=5))

    codes = {reason.code for ring in found.rings for reason in ring.reasons}

    assert "shared" in codes
    assert "alike" not in codes


def test_one_amount_that_is_the_same_for_everybody_in_the_market_likens_nobody():
    apps = [*ordinary(1_500, seed=11), *_slow_gang()]
    for app in apps:
        app.price, app.loan, app.income = 100_000.0, 80_000.0, 9_000.0

    found = calibrate_and_judge(shared_columns(facts_from(apps)), Parameters())[1]

    assert found is not None
    assert all(reason.code != "alike" for ring in found.rings for reason in ring.reasons)


def test_days_of_a_reason_are_those_of_whom_it_ties():
    found = calibrate_and_judge(shared_columns(facts_from([*ordinary(1_000, seed=3), *gang(8)])), Parameters())[1]
    assert found is not None

    account = next(reason for reason in found.rings[0].reasons if reason.kind == "account")

    assert account.facts["applications"] == 8
    assert 1 <= account.facts["days"] <= 15


def test_without_one_of_several_kinds_the_others_add_what_they_did():
    kinds, nothing = np.arange(4), np.zeros(4)
    said = np.array([5.0, 1.0, 1.0, 1.0])
    score = said * (1 + 3 * 1.3 / said.sum())
    who, no = np.zeros(4, np.int64), nothing > 0
    ties = Ties(who, kinds, kinds, kinds, kinds, said, score, nothing, nothing, kinds, kinds, nothing, no)
    parts = Parts(np.zeros(4, np.int64), kinds, kinds, score, kinds)
    evidence = Evidence(said, nothing, nothing, nothing > 0, said, kinds, np.full(4, 1.3), 0.5, nothing)

    left = _left_without(parts, ties, np.arange(4), evidence, 1)

    assert left == pytest.approx([3 + 2 * 1.3, *[7 + 2 * 1.3] * 3])
    assert score[0] > score.sum() - left[0]  # the strongest kind's share is more than what is lost with it
