"""Reasons: they add up, and what they claim is lost when what they cite is really taken away."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pytest
from factories import App, facts_from, gang, ordinary
from taking_away import risk_after, same_ring, without, without_dealers, without_identifiers

from graphfraud.detection.columns import shared_columns
from graphfraud.detection.evidence import Evidence
from graphfraud.detection.judge import calibrate_and_judge, judge
from graphfraud.detection.parameters import Parameters, UnitParams
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
    "unusual",
}


def own_number(app: App, number: int) -> App:
    """Let an application have a number, with its blocks."""
    app.holds |= {
        "phone": str(number),
        "phone_block.whole": f"w{number // 100}",
        "phone_block.shifted": f"s{(number + 50) // 100}",
    }
    app.positions |= {"phone_block.whole": number % 100, "phone_block.shifted": (number + 50) % 100}
    return app


def at(name: str, i: int, start: float, dealer: str, **holds: str) -> App:
    return App(f"{name}{i}", start + 1.3 * i, dealer, f"S{dealer[1:]}-{i % 2}", holds={"phone": f"{name}p{i}", **holds})


def world() -> list[App]:
    """A market, and a gang for each kind of reason."""
    apps = [own_number(app, 13_000_000_000 + 4_919 * i) for i, app in enumerate(ordinary(1_500, seed=11))]
    rotators = gang(9)
    contact = [at("C", i, 40, f"D{i % 3}") for i in range(7)]
    for app in contact:
        app.holds["phone.contact_1"] = "the gang's own"
    row = [own_number(at("R", i, 150, "D7", account=f"row{i // 4}"), 18_000_000_000 + i) for i in range(12)]
    honest = [App(f"H{i}", 20.0 * i, f"D{i % 4}", holds={"work_phone": "w", "employer": "owner of w"}) for i in range(16)]
    wrong = [at("W", i, 200, "D9", work_phone="w", employer=f"shell{i % 3}") for i in range(7)]
    kinds = ("device", "account", "address", "email", "ip", "work_phone")
    mixed = [at("M", i, 250, f"D{10 + i % 2}", **{kind: f"{kind}{i // 2}" for kind in kinds[i % 2 :]}) for i in range(10)]
    for i, app in enumerate(mixed[1:]):
        app.holds["device"] = f"mixed{i // 3}"
        app.holds["account"] = f"mixed{i // 4}"
    fleet = [App(f"F{i}", 300 + i / 24, "D12", "S12-0", holds={"account": "firm", "employer": "firm"}) for i in range(4)]
    crowd = [at("F", 10 + i, 298, "D12", account="firm", device=f"crowd{i // 2}") for i in range(6)]
    for app in fleet:
        app.holds["phone.contact_2"] = "the firm's line"
    vouched = [at("V", i, 330, f"D{20 + i % 2}") for i in range(9)]
    for i, app in enumerate(vouched):
        app.holds |= {"phone.contact_1": f"Vp{(i + 1) % 9}", "phone.contact_2": "vouched"}
    busy = [App(f"Y{i}", day, f"D{i}", holds={"device": "fair"}) for i, day in enumerate((5.0, 60, 115, 170, 280, 340))]
    burst = [at("B", i, 220 - 1.2 * i, f"D{i % 5}", device="fair") for i in range(12)]
    pairs = [App(f"P{i}", 4 * i + 0.5 * k, f"D{i % 30}", holds={"email": f"pair{i}"}) for i in range(40) for k in range(2)]
    for app, k in zip(pairs, "ab" * 40, strict=True):
        app.id += k
    return [*busy, *burst, *pairs, *apps, *rotators, *contact, *row, *honest, *wrong, *mixed, *fleet, *crowd, *vouched]


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


def _reasons(found):
    rows = defaultdict(tuple)
    for subject in np.unique(found.reasons.subject).tolist():
        rows[found.application_id[subject]] = found.reasons.of(subject, found.application_id)
    return rows


def test_every_application_of_a_ring_has_reasons_that_are_its_risk(judged):
    _, _, found = judged
    reasons = _reasons(found)

    for application, risk, ring in zip(found.application_id, found.risk.tolist(), found.ring_id, strict=True):
        if ring or risk >= 0.2:
            assert 1 <= len([reason for reason in reasons[application] if reason.code != "remainder"]) <= 4
            assert sum(reason.contribution for reason in reasons[application]) == pytest.approx(risk, abs=1e-15)
        else:
            assert application not in reasons


def test_an_application_without_its_ties_and_circumstances_is_no_member(judged):
    facts, usual, found = judged
    reasons = _reasons(found)
    risks = dict(zip(found.application_id, found.risk.tolist(), strict=True))
    asked = [app for app in ("G003", "C4", "R5", "W2", "M5") if app in reasons]

    assert len(asked) == 5
    for application in asked:
        told = [reason for reason in reasons[application] if reason.code != "remainder"]
        left = without_dealers(without_identifiers(facts, told, of=application), [application])
        after = judge(shared_columns(left), usual)
        row = after.application_id.index(application)
        assert after.ring_id[row] == "" or after.risk[row] < 0.5
        assert risks[application] - after.risk[row] >= told[0].contribution / 2 - LITTLE


def test_an_application_of_the_same_person_is_told_to_be_one():
    again = App("G000-again", 104, "D20", "S20-0", holds={"person": "G000", "phone": "another"})
    found = calibrate_and_judge(shared_columns(facts_from([*ordinary(1_000, seed=3), *gang(8), again])), Parameters())[1]
    assert found is not None

    reason = _reasons(found)["G000-again"][0]

    assert (reason.code, reason.facts["why"]) == ("same_unit", "same_person")
    assert (
        sentence(reason) == f"From the same person as application {reason.facts['with']}, whose identifiers tie it to others."
    )
    assert sentence(reason, "zh") == f"与申请 {reason.facts['with']} 属于同一申请人，该申请的标识与其他申请相关联。"


def test_revoking_that_two_applications_are_of_one_person_takes_that_reason_away():
    again = App("G000-again", 250, "D20", "S20-0", holds={"person": "G000", "phone": "another"})
    a = shared_columns(facts_from([*ordinary(1_000, seed=3), *gang(8), again]))
    usual, found = calibrate_and_judge(a, Parameters())
    assert found is not None

    after = judge(a, usual, Parameters(units=UnitParams(revoked=(("G000", "G000-again"),))))

    row = found.application_id.index("G000-again")
    assert found.risk[row] > 0.5
    assert after.risk[row] < 0.2


def test_reasons_are_said_in_both_languages(judged):
    _, _, found = judged

    for lang in LANGUAGES:
        for told in [ring.reasons for ring in found.rings] + list(_reasons(found).values()):
            for reason in told:
                text = sentence(reason, lang)
                assert text.endswith("." if lang == "en" else "。")
                assert not math.isnan(reason.contribution)


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
    ties = Ties(np.zeros(4, np.int64), kinds, kinds, kinds, kinds, said, score, nothing, kinds, kinds, nothing, nothing > 0)
    parts = Parts(np.zeros(4, np.int64), kinds, kinds, score, kinds)
    evidence = Evidence(said, nothing, nothing, nothing > 0, said, kinds, np.full(4, 1.3), 0.5)

    left = _left_without(parts, ties, np.arange(4), evidence, 1)

    assert left == pytest.approx([3 + 2 * 1.3, *[7 + 2 * 1.3] * 3])
    assert score[0] > score.sum() - left[0]  # the strongest kind's share is more than what is lost with it
