"""Scores: what each component may do, sums that are exact, and claims that hold when what they cite is taken away."""

from __future__ import annotations

import dataclasses
from collections import Counter

import numpy as np
import pytest
from crowds import crowded, hiding, neighbourhood
from factories import App, columns_of, facts_from, gang, ordinary, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st
from taking_away import without_dealers, without_identifiers
from test_reasons import world

from graphfraud import wording
from graphfraud.check.compose import check_reason
from graphfraud.check.scale import BANDS, LEVELS, band_of, score_of
from graphfraud.check.score_reasons import explain_scores
from graphfraud.check.scoring import COMPONENTS, PARTS, SUB_SCORES, Scores, Weights, risk_together, score_applications
from graphfraud.citing import reasons_with_masks
from graphfraud.detection.columns import Facts, shared_columns
from graphfraud.detection.company import NEAR_RING
from graphfraud.detection.judge import calibrate_and_judge, judge
from graphfraud.detection.parameters import Parameters
from graphfraud.detection.reason_table import CODES
from graphfraud.detection.signals import BUSY
from graphfraud.explanations import found_reasons
from graphfraud.results import Reason
from graphfraud.wording import SENTENCES

LENT = 0.3  # risk of a ring, where a test needs one


def sub_scores(scores: Scores, row: int) -> dict[str, int]:
    return {name: int(getattr(scores, name)[row]) for name in SUB_SCORES}


def test_a_past_without_a_word_leaves_the_score_of_the_rings_risk():
    risk = np.random.default_rng(0).random(1_000)

    scores = score_applications(columns_of([App(f"A{i:04d}") for i in range(1_000)]), risk)

    assert scores.score.tolist() == scores.fraud_ring.tolist() == score_of(risk).tolist()
    assert {sub_scores(scores, 0)[name] for name in COMPONENTS} == {1000}


def test_each_component_alone_stays_within_pass_and_all_together_reach_review_but_no_rejection():
    weights, nothing = Weights(), np.zeros(len(COMPONENTS) + 1)
    alone = score_of(risk_together(nothing[1:], np.eye(len(COMPONENTS)), weights))
    together = score_of(risk_together(nothing[:1], np.ones((1, len(COMPONENTS))), weights))

    assert {band_of(score) for score in alone} == {"pass"}
    assert alone.min() >= 650  # and the level is not even low
    assert band_of(together[0]) == "review"


def test_weights_of_nothing_leave_the_past_out():
    apps = [App(f"A{i}", float(i), f"D{i}", holds={"account": "a"}) for i in range(6)]

    scores = score_applications(columns_of(apps), np.zeros(6), Weights(0.0, 0.0, 0.0, 0.0))

    assert scores.score.tolist() == [1000] * 6
    assert scores.association_index[5] < 500  # the sub-score still says it


def test_sub_scores_say_what_speaks_against_an_application():
    apps = [App(f"A{i}", float(i), f"D{i}", name=f"n{i}", holds={"person": "p"}) for i in range(6)]

    said = sub_scores(score_applications(columns_of(apps), np.zeros(6)), 5)

    assert said == {
        "identity": 300,
        "stability": 1000,
        "fraud_ring": 1000,
        "association_index": 1000,
        "multi_application": 300,
    }
    assert set(said) == set(SUB_SCORES)


def test_who_applies_again_at_a_second_dealer_in_a_month_is_passed():
    home = {"person": "p", "phone": "1", "account": "a", "address": "home", "device": "d"}
    apps = [App("A", 0.0, "D1", holds=home), App("B", 12.0, "D2", holds=home | {"account": "b", "device": "e"})]

    assert score_applications(columns_of(apps), np.zeros(2)).score.tolist() == [1000, 1000]


def test_every_code_sub_score_level_and_band_has_words_in_both_languages():
    assert {part.code for part in PARTS} | {*CODES, NEAR_RING} == set(SENTENCES)
    assert set(wording.SUB_SCORES) == set(SUB_SCORES)
    assert (set(wording.LEVELS), set(wording.BANDS)) == (set(LEVELS), set(BANDS))
    for name in SUB_SCORES:
        assert wording.sub_score_meaning(name, "en").endswith(".")
        assert wording.sub_score_meaning(name, "zh").endswith("。")


@settings(max_examples=40, deadline=None)
@given(apps=crowded(), order=st.integers(0, 2**32 - 1), key=st.sampled_from(["", "other"]))
def test_order_of_rows_and_other_names_for_identifiers_change_no_score(apps, order, key):
    whole = columns_of(apps)
    shuffled = np.random.default_rng(order).permutation(len(apps)).tolist()
    again = shared_columns(facts_from(rows_of(apps, shuffled), key))
    risk = np.full(len(apps), LENT)

    one, other = score_applications(whole, risk), score_applications(again, risk)

    assert one.score.tolist() == other.score.tolist()
    assert one.strengths.tolist() == other.strengths.tolist()


@settings(max_examples=12, deadline=None)
@given(apps=crowded())
def test_a_neighbourhood_gives_the_score_and_the_reasons_of_the_whole(apps):
    whole = columns_of(apps)
    scores = score_applications(whole, np.zeros(len(apps)))
    rows = range(len(apps))
    reasons = explain_scores(whole, scores, rows, [()] * len(apps))
    by_id = {app.id: app for app in apps}
    arrived = [by_id[name] for name in whole.application_id.tolist()]

    for row, app in enumerate(arrived):
        near, busy = neighbourhood(arrived, row)
        part = hiding(columns_of(near), busy)
        here = part.application_id.index(app.id)
        found = score_applications(part, np.zeros(len(near)))
        assert sub_scores(found, here) == sub_scores(scores, row)
        assert found.score[here] == scores.score[row]
        assert told(explain_scores(part, found, [here], [()])[0]) == told(reasons[row])


def told(reasons: tuple[Reason, ...]) -> list[tuple[object, ...]]:
    """Reasons as data; equally strong identifiers have no order of their own."""
    return [
        (r.code, r.contribution, r.kind, sorted(r.tokens), sorted(r.token_kinds), r.applications, sorted(r.facts.items()))
        for r in reasons
    ]


def check_sums(score: int, reasons: tuple[Reason, ...]) -> None:
    points = [reason.contribution for reason in reasons]
    assert sum(points) == 1000 - score
    assert all(each == int(each) and each >= 0 for each in points)
    assert len([reason for reason in reasons if reason.code != "remainder"]) <= 4
    claims = [reason.contribution for reason in reasons if reason.code != "remainder"]
    assert claims == sorted(claims, reverse=True)


def taken_away(facts: Facts, application: str, reason: Reason) -> Facts:
    """Facts without the path that a reason cites: the application's identifiers, earlier applications, or its age.

    Of a person it is the earlier applications: without its resident id an application would be somebody else's.
    """
    if reason.kind != "person":
        return without_identifiers(facts, [reason], of=application)
    if reason.code != "age_contradicts":
        return facts.where(~facts.application_id.among(list(reason.applications)))
    age = np.where(facts.application_id.among([application]), np.nan, facts.numbers["age"])
    return dataclasses.replace(facts, numbers=dict(facts.numbers) | {"age": age})


# without an application that holds it, a busy identifier may begin to speak: not with so few
@settings(max_examples=60, deadline=None)
@given(apps=crowded(most=BUSY), risk=st.sampled_from([0.0, LENT, 0.55, 0.9]))
def test_reasons_sum_to_the_score_and_hold_half_of_their_claim(apps, risk):
    facts = facts_from(apps)
    whole = shared_columns(facts)
    scores = score_applications(whole, np.full(len(apps), risk))

    for row, reasons in enumerate(explain_scores(whole, scores, range(len(apps)), [()] * len(apps))):
        check_sums(int(scores.score[row]), reasons)
        name = whole.application_id[row]
        for reason in reasons:
            if reason.code != "remainder":
                left = shared_columns(taken_away(facts, name, reason))
                after = score_applications(left, np.full(len(left), risk)).score[left.application_id.index(name)]
                assert after - scores.score[row] >= reason.contribution / 2, (name, reason)


def examples() -> dict[str, list[App]]:
    """For each part, applications of which the last has it as a reason."""
    person = {"person": "p"}
    return {
        "several_names": [App("A", 0.0, name="li", holds=person), App("X", 300.0, name="wu", holds=person)],
        "age_contradicts": [App("X", 0.0, age=50, birth_year=1990.0)],
        "phone_of_others": [App("A", 0.0, holds={"phone": "1"}), App("X", 9.0, holds={"phone": "1"})],
        "used_by_many": [App(f"A{i}", 9.0 * i, f"D{i}", holds={"account": "a", "device": "d"}) for i in range(4)],
        "changed_since": [App("A", 0.0, holds=person | things("A")), App("X", 9.0, holds=person | things("X"))],
        "tied_to_others": [App(f"A{i}", 20.0 * i, holds={"vehicle": "v", "address": f"{i}"}) for i in range(3)],
        "applied_often": [App(f"A{i}", 2.0 * i, f"D{i}", holds=person) for i in range(5)],
        "identifiers_often": [App(f"A{i}", 2.0 * i, f"D{i}", holds={"email": "e"}) for i in range(5)],
    }


def things(name: str) -> dict[str, str]:
    return dict.fromkeys(("phone", "device", "account", "address", "employer"), f"{name}'s")


@pytest.mark.parametrize("code", [part.code for part in PARTS])
def test_every_part_is_a_reason_whose_path_carries_its_claim(code):
    facts = facts_from(examples()[code])
    a = shared_columns(facts)
    row = len(a) - 1
    application_id = a.application_id[row]
    scores = score_applications(a, np.full(len(a), LENT))

    (reasons,) = explain_scores(a, scores, [row], [()])

    check_sums(int(scores.score[row]), reasons)
    (reason,) = [reason for reason in reasons if reason.code == code]
    left = shared_columns(taken_away(facts, application_id, reason))
    after = score_applications(left, np.full(len(left), LENT))
    assert after.score[left.application_id.index(application_id)] - scores.score[row] >= reason.contribution / 2
    cited = [application_id] if code == "age_contradicts" else a.application_id.tolist()[:row]
    assert reason.applications and all(name in cited for name in reason.applications)
    assert reason.tokens
    (shown,) = reasons_with_masks([reason], lambda kind, tokens: dict.fromkeys(tokens, f"{kind} …"))
    path = check_reason(shown).path
    assert len(path.masks) == len(reason.tokens) and all(path.masks)
    assert path.application_ids == reason.applications


@pytest.fixture(scope="module")
def judged():
    facts = facts_from(world())
    a = shared_columns(facts)
    usual, found = calibrate_and_judge(a, Parameters())
    assert found is not None and found.reasons is not None
    return facts, a, usual, found


def test_ring_reasons_are_scaled_into_points_that_sum(judged):
    _, a, _, found = judged
    scores = score_applications(a, found.risk)
    rows = np.flatnonzero(scores.score < 1000).tolist()

    explained = explain_scores(a, scores, rows, [found.reasons.of(row, found.application_id) for row in rows])

    for row, reasons in zip(rows, explained, strict=True):
        check_sums(int(scores.score[row]), reasons)
    codes = {reason.code for reasons in explained for reason in reasons}
    assert codes >= {"shared", "burst", "numbers_in_row", "work_phone_mismatch", "vouching", "same_unit", "circumstance"}


def test_a_reason_with_neither_points_nor_a_share_of_the_evidence_is_told_by_neither_check_nor_scan(judged):
    _, a, _, found = judged
    scores = score_applications(a, found.risk)
    rows = np.flatnonzero(scores.score < 1000).tolist()
    given = [found.reasons.of(row, found.application_id) for row in rows]

    explained = explain_scores(a, scores, rows, given)
    scanned = found_reasons(found)

    assert any(not reason.contribution and not reason.facts["evidence_share"] for why in given for reason in why)
    told = [reason for why in explained for reason in why] + [reason for _, why in scanned for reason in why]
    assert all(reason.contribution > 0 or reason.facts["evidence_share"] > 0 for reason in told)
    assert all(sum(r.contribution for r in why) == 1000 - scores.score[row] for row, why in zip(rows, explained, strict=True))


@pytest.mark.parametrize("gang", ["G003", "C4", "R5", "W2", "M5", "F12", "V4", "B3"])
def test_taking_a_ring_reasons_path_away_gives_half_of_its_points_back(judged, gang):
    facts, a, usual, found = judged
    scores = score_applications(a, found.risk)
    row = a.application_id.index(gang)

    (reasons,) = explain_scores(a, scores, [row], [found.reasons.of(row, found.application_id)])

    assert len(reasons) > 1
    for reason in reasons:
        if reason.code == "remainder" or not reason.contribution:
            continue
        left = without_identifiers(facts, [reason], of=gang)
        if reason.code == "circumstance":
            left = without_dealers(left, [gang])
        columns = shared_columns(left)
        after = score_applications(columns, judge(columns, usual).risk)
        assert after.score[columns.application_id.index(gang)] - scores.score[row] >= reason.contribution / 2, reason


@pytest.mark.parametrize("code", ["shared", "burst", "circumstance", "same_unit"])
def test_the_largest_claim_of_a_ring_reason_has_points_and_holds(judged, code):
    facts, a, usual, found = judged
    scores = score_applications(a, found.risk)
    rows = np.flatnonzero(scores.score < 1000).tolist()
    explained = explain_scores(a, scores, rows, [found.reasons.of(row, found.application_id) for row in rows])
    claims = [(reason.contribution, row, reason) for row, why in zip(rows, explained, strict=True) for reason in why]

    points, row, reason = max((claim for claim in claims if claim[2].code == code), key=lambda claim: claim[0])

    name = a.application_id[row]
    left = without_identifiers(facts, [reason], of=name)
    if code == "circumstance":
        left = without_dealers(left, [name])
    if code == "same_unit":
        left = left.where(~left.application_id.among(list(reason.applications)))
    columns = shared_columns(left)
    after = score_applications(columns, judge(columns, usual).risk)
    assert points > 0
    assert after.score[columns.application_id.index(name)] - scores.score[row] >= points / 2


def test_standing_near_a_ring_is_a_reason_that_goes_with_what_is_shared():
    crew = gang(8, 1, "G", start=80, dealers=("D1", "D2"))
    held = Counter(pair for app in crew for pair in app.holds.items())
    late = [
        App(f"LATE{number}", 350, f"D{7 + number}", "S7", f"other{number}", holds=dict([pair]))
        for number, (pair, _) in enumerate(held.most_common(3))
    ]
    facts = facts_from([*ordinary(600, seed=3), *crew, *late])
    a = shared_columns(facts)
    usual, found = calibrate_and_judge(a, Parameters())
    assert found is not None and found.company is not None
    scores = score_applications(a, found.suspicion)
    near = [a.application_id.index(app.id) for app in late if found.company.near[a.application_id.index(app.id)] > 0]
    assert near
    for row in near:
        why = found.company.reason(a, row, found.risk)
        assert why is not None
        (reasons,) = explain_scores(a, scores, [row], [(why,)])
        (reason,) = [reason for reason in reasons if reason.code == "near_ring"]
        left = shared_columns(without_identifiers(facts, [reason], of=a.application_id[row]))
        after = score_applications(left, judge(left, usual).suspicion)

        check_sums(int(scores.score[row]), reasons)
        gained = after.score[left.application_id.index(a.application_id[row])] - scores.score[row]
        assert reason.contribution > 0 and gained >= reason.contribution / 2
