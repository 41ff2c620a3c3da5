"""The walk through the gates: each on its own, and what they decide together."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from dossiers import RING, dossier, hit, policy, scored, with_score
from hypothesis import given
from hypothesis import strategies as st

from graphfraud.check.answer import DECISIONS, GATES, CheckReason, GraphPath, Text
from graphfraud.check.check import _events
from graphfraud.check.compose import answer_of, observed, shadow_of
from graphfraud.check.dossier import Dossier, Exposure
from graphfraud.check.gates import Verdict, decide
from graphfraud.check.policy import MEASURES, Policy
from graphfraud.check.scale import band_of

DEFAULT = Policy.default()


def results(verdict: Verdict) -> dict[str, str]:
    return {gate.gate: gate.result for gate in verdict.gates}


def codes(verdict: Verdict, gate: str) -> list[str]:
    return [finding.code for found in verdict.gates if found.gate == gate for finding in found.findings]


def test_a_complete_application_in_no_ring_passes_every_gate_with_terms():
    verdict = decide(dossier(), DEFAULT)

    assert (verdict.decision, verdict.gate) == ("pass", "")
    assert results(verdict) == dict.fromkeys(GATES, "pass")
    assert verdict.terms is not None and verdict.terms.rate_tier == "A" and verdict.terms.max_amount == 70_000
    assert verdict.fields == () and verdict.bring == () and verdict.look_first == ()


@given(score=st.integers(300, 1000))
def test_with_the_default_policy_the_decision_is_the_band(score):
    verdict = decide(dossier(with_score(score)), DEFAULT)

    assert verdict.decision == band_of(score)
    assert (verdict.terms is not None) == (verdict.decision == "pass")


@given(
    st.floats(0, 1),
    st.tuples(*[st.floats(0, 1)] * 4),
    st.sampled_from([(), ("phone",), ("phone", "loan_amount")]),
    st.sampled_from([(), (hit(),), (hit(kind="court"),), (hit(role="contact_1"),)]),
    st.integers(0, 200),
)
def test_a_lower_score_never_gives_a_better_decision(risk, components, without, hits, points):
    one = dossier(scored(risk, components), hits, without=without)
    lower = replace(one, scored=replace(one.scored, score=max(300, one.scored.score - points)))

    assert DECISIONS.index(decide(lower, DEFAULT).decision) >= DECISIONS.index(decide(one, DEFAULT).decision)


@given(st.floats(0, 1), st.floats(0, 1), st.tuples(*[st.floats(0, 1)] * 4))
def test_a_riskier_ring_never_gives_a_better_decision(risk, other, components):
    low, high = sorted((risk, other))
    safer, riskier = (decide(dossier(scored(each, components)), DEFAULT).decision for each in (low, high))

    assert DECISIONS.index(riskier) >= DECISIONS.index(safer)


@pytest.mark.parametrize("column", list(DEFAULT.wanted))
def test_a_missing_column_that_the_policy_wants_leads_to_resubmit(column):
    verdict = decide(dossier(without=(column,)), DEFAULT)

    assert (verdict.decision, verdict.gate, verdict.fields) == ("resubmit", "identity_and_admission", (column,))
    assert verdict.bring[0].code == "missing" and verdict.terms is None


@pytest.mark.parametrize(
    "column", ["device_id", "contact_phone_2", "vin", "employer_phone", "address", "ip", "email", "product"]
)
def test_a_column_that_is_often_empty_is_not_wanted(column):
    assert decide(dossier(without=(column,)), DEFAULT).decision == "pass"


def test_a_placeholder_and_a_zero_say_nothing():
    verdict = decide(dossier(account_no="无", loan_amount=0), DEFAULT)

    assert verdict.fields == ("account_no", "loan_amount")


@pytest.mark.parametrize(
    ("columns", "code", "fields"),
    [
        ({"applicant_id": "320111199807305288"}, "resident_id_checksum", ("applicant_id",)),
        ({"age": 40}, "age_differs", ("applicant_id", "age")),
        ({"loan_amount": 700_000}, "amounts_differ", ("vehicle_price", "down_payment", "loan_amount")),
    ],
)
def test_data_that_contradict_each_other_lead_to_resubmit_with_their_fields(columns, code, fields):
    verdict = decide(dossier(**columns), DEFAULT)

    assert (verdict.decision, verdict.fields) == ("resubmit", fields)
    assert codes(verdict, "identity_and_admission") == [code]
    assert verdict.bring[0].code == "contradiction"


@pytest.mark.parametrize(("hour", "code"), [("2025-01-01T00:30:00+08:00", []), ("2024-12-31T23:30:00+08:00", ["age_differs"])])
def test_the_year_in_which_an_age_was_said_is_that_of_the_lender(hour, code):
    born_1998 = dossier(age=29, submitted_at=hour)

    assert codes(decide(born_1998, DEFAULT), "identity_and_admission") == code


def test_a_number_that_stands_as_its_own_contact_is_only_noted():
    verdict = decide(dossier(contact_phone_1="17532771696"), DEFAULT)

    assert verdict.decision == "pass" and codes(verdict, "identity_and_admission") == ["contact_is_applicant"]


def test_who_is_too_young_for_the_policy_is_not_admitted():
    grown = policy('[admission]\nage = { least = 18, otherwise = "reject" }')
    verdict = decide(dossier(age=17, applicant_id="", without=("applicant_id",)), grown)

    assert (verdict.decision, verdict.gate) == ("reject", "identity_and_admission")
    assert "age_below" in codes(verdict, "identity_and_admission")


def test_admission_limits_hold_at_both_ends_and_say_nothing_of_what_is_not_known():
    limited = policy('[admission]\nloan_to_value = { least = 0.1, most = 0.6, otherwise = "review" }')

    assert decide(dossier(), limited).look_first[0].code == "loan_to_value_above"
    assert decide(dossier(loan_amount=5_000), limited).look_first[0].code == "loan_to_value_below"
    assert decide(dossier(without=("vehicle_price",)), limited).decision == "resubmit"


def test_a_ring_is_named_at_the_fraud_gate():
    verdict = decide(dossier(scored(0.7, ring=RING)), DEFAULT)

    assert (verdict.decision, verdict.gate) == ("reject", "fraud")
    assert codes(verdict, "fraud") == ["forming_ring"]


def test_a_ring_of_little_risk_is_noted():
    verdict = decide(dossier(scored(0.2, ring=RING)), DEFAULT)

    assert verdict.decision == "pass" and codes(verdict, "fraud") == ["forming_ring"]


def test_what_is_no_ring_is_stopped_at_the_score_gate_and_review_says_what_to_look_at():
    reason = CheckReason("several_names", Text("Two names.", "两个姓名。"), 200, GraphPath())
    verdict = decide(dossier(scored(0.3, (1.0, 1.0, 0.0, 0.0))), policy("[cutoffs]\nreview_below = 700"), [reason])

    assert (verdict.decision, verdict.gate) == ("review", "score")
    assert [look.code for look in verdict.look_first] == ["low_score", "several_names"]


def test_a_special_list_rejects_and_a_court_list_asks_for_review():
    special, court = decide(dossier(hits=(hit(),)), DEFAULT), decide(dossier(hits=(hit("courts", "court"),)), DEFAULT)

    assert (special.decision, special.gate) == ("reject", "negative_information")
    assert (court.decision, court.look_first[0].code) == ("review", "on_court_list")
    assert special.hits[0].effect == "reject"


def test_a_contact_on_a_list_is_looked_at_and_a_list_may_have_an_effect_of_its_own():
    assert decide(dossier(hits=(hit(role="contact_1"),)), DEFAULT).decision == "review"
    assert decide(dossier(hits=(hit("watched"),)), policy('[lists.named]\nwatched = "note"')).decision == "pass"


RULE = '[[rule]]\nname = "one"\nthen = "review"\nsays = {{ en = "Look.", zh = "请看。" }}\nwhen = {{ {} }}'


@pytest.mark.parametrize(
    ("when", "given"),
    [
        ("loan_amount = { above = 60000 }", dossier()),
        ('fraud_ring = { below = 900 }, ring = "forming"', dossier(scored(0.2, ring=RING))),
        ('ring = "any"', dossier(scored(0.0, ring=RING))),
        ('product = ["lease"]', dossier(product="lease")),
        ('dealer = "D00059"', dossier()),
        ('flag = ["vin_shape"]', dossier(vin="ABC123")),
        ('missing = ["device_id", "ip"]', dossier()),
        ('list = ["blacklist"]', dossier(hits=(hit(role="contact_1"),))),
        ("identity = { above = 500, below = 900 }", dossier(scored(0.0, (0.4, 0.0, 0.0, 0.0)))),
    ],
)
def test_a_rule_holds_when_all_of_it_does(when, given):
    ruled = policy(RULE.format(when))

    verdict = decide(given, ruled)
    elsewhere = decide(dossier(dealer_id="D2", device_id="0f9a8b7c6d5e4f3a", loan_amount=50_000, down_payment=50_000), ruled)

    assert any("rule" in codes(verdict, gate) for gate in GATES)
    assert verdict.decision == "review" and verdict.look_first[-1].text == ("Look.", "请看。")
    assert elsewhere.decision == "pass"


def test_a_hard_reject_is_a_rule_that_rejects():
    ruled = policy(RULE.format("loan_amount = { above = 60000 }").replace("review", "reject"))

    assert (decide(dossier(), ruled).decision, decide(dossier(), ruled).gate) == ("reject", "identity_and_admission")


@pytest.mark.parametrize(
    ("exposure", "code"),
    [
        (Exposure(90_000.0, 0.0), "exposure_of_person"),
        (Exposure(0.0, 95_000.0), "exposure_of_dealer"),
        (Exposure(0.0, None), "exposure_of_dealer_unknown"),
    ],
)
def test_exposure_above_a_limit_or_unknown_is_reviewed_at_the_terms(exposure, code):
    limited = policy("[exposure]\nper_person = 150000\nper_dealer = 160000\nper_ring = 100000")

    verdict = decide(dossier(exposure=exposure), limited)

    assert (verdict.decision, verdict.gate, codes(verdict, "terms")) == ("review", "terms", [code])
    assert verdict.terms is None
    assert decide(dossier(exposure=Exposure(80_000.0, 90_000.0)), limited).decision == "pass"


def test_terms_follow_level_and_product():
    plain, low = decide(dossier(), DEFAULT).terms, decide(dossier(with_score(600)), DEFAULT).terms
    used = decide(dossier(product="used", down_payment=10_000, loan_amount=90_000), DEFAULT).terms

    assert plain and low and used
    assert (low.level, low.rate_tier, low.max_amount, low.min_down_payment) == ("low", "C", 63_000, 20_000)
    assert (used.rate_tier, used.max_amount) == ("B", 80_000)
    assert plain.max_term_months == 60


def test_what_no_terms_fit_is_reviewed():
    narrow = policy(
        '[[terms]]\nlevels = ["very_low"]\nproducts = ["lease"]\nrate_tier = "A"\nmax_share = 1\nmin_down_payment = 0'
    )

    verdict = decide(dossier(), narrow)

    assert (verdict.decision, verdict.gate, verdict.look_first[0].code) == ("review", "terms", "no_terms")


@pytest.mark.parametrize(
    ("given", "decision"),
    [
        (dossier(degraded=True), "review"),
        (dossier(degraded=True, without=("phone",)), "resubmit"),
        (dossier(degraded=True, hits=(hit(),)), "reject"),
        (dossier(degraded=True, hits=(hit(kind="court"),)), "review"),
    ],
)
def test_without_the_graph_lists_policy_and_application_decide_alone(given, decision):
    verdict = decide(given, DEFAULT)

    assert verdict.decision == decision
    assert results(verdict)["fraud"] == results(verdict)["score"] == "not_judged"
    assert verdict.terms is None


def test_a_suspicion_is_not_handed_back_for_a_missing_field():
    verdict = decide(dossier(with_score(520), without=("phone",)), DEFAULT)

    assert (verdict.decision, verdict.fields) == ("review", ("phone",))


def test_what_is_asked_to_be_brought_is_said_beside_every_decision():
    assert decide(dossier(with_score(400), without=("phone",)), DEFAULT).bring[0].fields == ("phone",)


def test_a_dossier_that_was_stored_decides_the_same():
    one = dossier(scored(0.3, (0.2, 0.1, 0.7, 0.123456789), RING), (hit("courts", "court"),), Exposure(1.5, None, 2.0))

    again = Dossier.from_bytes(one.to_bytes())

    assert again == one
    assert decide(again, DEFAULT) == decide(one, DEFAULT)
    assert b"320111199807305287" not in one.to_bytes() and b"17532771696" not in one.to_bytes()


def test_an_answer_says_the_same_as_its_verdict_and_observing_passes_everybody():
    shadow = policy("[cutoffs]\nreject_below = 300\nreview_below = 300\n[fraud]\nreject_below = 300\nreview_below = 300")
    answer = answer_of("chk_1", dossier(with_score(480)), DEFAULT, as_of=0, shadow=shadow)

    assert (answer.decision, answer.gate, answer.band, answer.level) == ("reject", "fraud", "reject", "high")
    assert answer.shadow is not None and (answer.shadow.policy_version, answer.shadow.decision) == ("try", "pass")
    assert (observed(answer).decision, observed(answer).would_be, observed(answer).observed) == ("pass", "reject", True)
    assert {sub.name: sub.score for sub in answer.sub_scores}["fraud_ring"] == 480


def test_a_webhook_is_told_that_it_was_only_observed():
    answer = answer_of("chk_1", dossier(with_score(480)), DEFAULT, as_of=0)

    told = [json.loads(_events(one, (), 0)[0].body)["data"] for one in (answer, observed(answer))]

    assert [(one["decision"], one["observed"], one["would_be"]) for one in told] == [
        ("reject", False, None),
        ("pass", True, "reject"),
    ]


def test_the_shadow_scores_with_its_own_weights():
    stricter = policy("[weights]\nidentity = 0.9")
    one = dossier(scored(0.0, (1.0, 0.0, 0.0, 0.0)))

    assert decide(one, DEFAULT).decision == "pass"
    assert shadow_of(one, stricter).decision == "reject"


def test_a_degraded_answer_has_no_score_and_says_so():
    answer = answer_of("chk_1", dossier(degraded=True), DEFAULT, as_of=0)

    assert answer.degraded and answer.score is None and answer.sub_scores == () and answer.remainder is None
    assert answer.look_first[0].code == "not_judged"


def test_everything_that_rules_can_compare_is_measured():
    assert set(dossier(scored(0.2, ring=RING)).measures) == set(MEASURES) | {"birth_year"}
