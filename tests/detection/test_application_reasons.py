"""Reasons of applications: every kind that there is, what it cites, and that its claim is lost with what it cites."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from factories import App, facts_from, gang, ordinary
from gangs import world
from taking_away import without_amounts, without_dealers, without_homes, without_hours, without_identifiers, without_ties

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import Facts, shared_columns
from graphfraud.detection.judge import Findings, calibrate_and_judge, judge
from graphfraud.detection.parameters import Parameters, UnitParams
from graphfraud.detection.reason_table import REASON_CODES
from graphfraud.detection.units import FOLDS
from graphfraud.results import Reason
from graphfraud.wording import LANGUAGES, sentence

LITTLE = 1e-3  # the last thousandth of the risk only keeps the order among overwhelming evidence
KINDS_OF_REASON = [code.name for code in REASON_CODES if code.needed]  # the others are told of rings alone
CHECKED = 3  # applications whose reason of a kind is taken away
Judged = tuple[Facts, Calibration, Findings]


@pytest.fixture(scope="module")
def judged() -> Judged:
    facts = facts_from(world())
    usual, found = calibrate_and_judge(shared_columns(facts), Parameters())
    assert found is not None
    return facts, usual, found


def reasons_of(found: Findings) -> dict[str, tuple[Reason, ...]]:
    rows: dict[str, tuple[Reason, ...]] = defaultdict(tuple)
    assert found.reasons is not None
    for subject in np.unique(found.reasons.subject).tolist():
        rows[found.application_id[subject]] = found.reasons.of(subject, found.application_id)
    return rows


def test_every_application_of_a_ring_has_reasons_that_are_its_risk(judged):
    _, _, found = judged
    reasons = reasons_of(found)

    for application, risk, ring in zip(found.application_id, found.risk.tolist(), found.ring_id, strict=True):
        if ring or risk >= 0.2:
            assert 1 <= len([reason for reason in reasons[application] if reason.code != "remainder"]) <= 4
            assert sum(reason.contribution for reason in reasons[application]) == pytest.approx(risk, abs=1e-15)
        else:
            assert application not in reasons


def told_with(found: Findings, code: str) -> list[tuple[str, Reason]]:
    """Applications with a reason of a kind, each with that reason: those of which it claims most."""
    told = [(app, reason) for app, reasons in reasons_of(found).items() for reason in reasons if reason.code == code]
    return sorted(told, key=lambda one: (-one[1].contribution, one[0]))[:CHECKED]


def without(facts: Facts, reasons: list[Reason], application: str) -> Facts:
    """Facts without what an application's reasons cite: its identifiers, whoever it is one with, its circumstances."""
    facts = without_identifiers(facts, reasons, of=application)
    codes = {reason.code for reason in reasons}
    if "circumstance" in codes:
        facts = without_amounts(without_dealers(facts, [application]), [application])
        facts = without_hours(without_homes(facts, [application]), [application])
    return without_ties(facts, [mate for reason in reasons if reason.code == "same_unit" for mate in reason.applications])


@pytest.mark.parametrize("code", KINDS_OF_REASON)
def test_each_kind_of_reason_is_given_and_said_in_both_languages(judged: Judged, code: str) -> None:
    _, _, found = judged

    told = told_with(found, code)

    assert told
    for _, reason in told:
        for lang in LANGUAGES:
            assert sentence(reason, lang).endswith("." if lang == "en" else "。")


@pytest.mark.parametrize("code", KINDS_OF_REASON)
def test_taking_away_what_a_reason_of_an_application_cites_takes_half_of_its_claim(judged: Judged, code: str) -> None:
    facts, usual, found = judged
    risk = dict(zip(found.application_id, found.risk.tolist(), strict=True))

    for application, reason in told_with(found, code):
        after = judge(shared_columns(without(facts, [reason], application)), usual)
        left = dict(zip(after.application_id, after.risk.tolist(), strict=True))[application]
        assert risk[application] - left >= reason.contribution / 2 - LITTLE, (application, reason)


@pytest.mark.parametrize("code", KINDS_OF_REASON)
def test_an_application_without_all_that_its_reasons_cite_is_no_member(judged: Judged, code: str) -> None:
    facts, usual, found = judged
    reasons = reasons_of(found)

    for application, _ in told_with(found, code):
        told = [reason for reason in reasons[application] if reason.code != "remainder"]
        after = judge(shared_columns(without(facts, told, application)), usual)
        row = list(after.application_id).index(application)
        assert after.ring_id[row] == "" or after.risk[row] < 0.5, (application, told)


@pytest.mark.parametrize("code", KINDS_OF_REASON)
def test_a_reason_of_an_application_names_who_holds_the_same_or_came_the_same_way(judged: Judged, code: str) -> None:
    _, _, found = judged
    member_of = dict(zip(found.application_id, found.ring_id, strict=True))

    for application, reason in told_with(found, code):
        others = set(reason.applications) - {application}
        assert len(reason.tokens) == reason.facts.get("identifiers", 0)
        assert (code == "same_unit") or application in reason.applications
        assert others
        assert len({member_of[other] for other in others} - {""}) <= 1


def test_circumstance_names_the_dealer_the_salesperson_the_weak_identifiers_and_what_is_alike(
    judged: Judged,
) -> None:
    _, _, found = judged
    told = {app: {reason.code: reason for reason in reasons} for app, reasons in reasons_of(found).items()}

    one_hand, holder = told["L0"]["circumstance"], told["M0"]["circumstance"]

    assert one_hand.facts["alike"] == "hours,income"
    assert (one_hand.facts["same_dealer"], one_hand.facts["same_salesperson"]) == (3, 3)
    assert "resembles the members in applying at an hour at which few do and its income to the digit" in sentence(one_hand)
    assert "与其成员同样在很少有人申请的时段提交且收入数额分毫不差" in sentence(one_hand, "zh")
    assert holder.facts["alike"] == "away"
    assert len(holder.tokens) == len(holder.token_kinds) == 4


def test_an_application_of_the_same_person_is_told_to_be_one():
    again = App("G000-again", 104, "D20", "S20-0", holds={"person": "G000", "phone": "another"})
    found = calibrate_and_judge(shared_columns(facts_from([*ordinary(1_000, seed=3), *gang(8), again])), Parameters())[1]
    assert found is not None

    reason = reasons_of(found)["G000-again"][0]

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


def _mated(fold: str) -> list[App]:
    """What makes G000 of the gang one with an application X that shares nothing of the gang's, by a fold and no other way."""
    member = gang(8)[0]
    x = App("X", 250.0, "D20", "S20-0", holds={"phone": "x's"})
    y = App("Y", member.day, "D3", "S3-2", "wang", holds={"phone": "y's"})
    match fold:
        case "household_room":
            member.surname = x.surname = "li"
            member.holds["address"] = x.holds["address"] = "room"
        case "household_contact":
            member.surname = x.surname = "li"
            x.holds["phone.contact_1"] = member.holds["phone"]
        case "dormitory":
            member.holds["address"] = x.holds["address"] = "room"
            member.holds["employer"] = x.holds["employer"] = "factory"
        case "relative":
            member.surname = x.surname = "li"
            member.holds["phone.contact_1"] = x.holds["phone.contact_1"] = "aunt"
        case "couple":
            member.holds |= {"address": "room", "device": "ours"}
            x.holds |= {"address": "room", "device": "ours"}
        case "fleet":
            x.day, x.dealer = member.day, member.dealer
            member.holds["employer"] = x.holds["employer"] = "workshop"
        case "purse":
            member.surname = x.surname = "li"
            member.holds |= {"account": "ours", "compound.only": "compound"}
            x.holds |= {"account": "ours", "compound.only": "compound"}
        case "in_law":  # Y is of the family, X has the room and the home's line
            member.surname = y.surname = "li"
            for app in (member, x, y):
                app.holds["address"] = "room"
            member.holds["ip"] = x.holds["ip"] = "line"
            x.day, x.dealer = member.day, member.dealer
        case "unit":  # X is Y's brother, and Y's contact is G000's
            member.surname, y.surname, x.surname = "li", "li", "li"
            y.holds |= {"phone.contact_1": member.holds["phone"], "address": "room"}
            x.holds |= {"address": "room"}
            x.day, x.dealer = member.day, member.dealer
    others = [y] if fold in ("in_law", "unit") else []
    return [*ordinary(1_000, seed=3), member, *gang(8)[1:], x, *others]


@pytest.mark.parametrize("fold", [*FOLDS, "unit"])
def test_who_is_folded_with_a_member_is_told_how_and_is_none_without_that_member_s_ties(fold: str) -> None:
    facts = facts_from(_mated(fold))
    usual, found = calibrate_and_judge(shared_columns(facts), Parameters())
    assert found is not None
    risk = dict(zip(found.application_id, found.risk.tolist(), strict=True))

    reason = next(reason for reason in reasons_of(found)["X"] if reason.code == "same_unit")

    assert reason.facts["why"] == fold
    assert reason.facts["with"] == "G000"
    assert reason.contribution > 0
    after = judge(shared_columns(without_ties(facts, ["G000"])), usual)
    left = dict(zip(after.application_id, after.risk.tolist(), strict=True))["X"]
    assert risk["X"] - left >= reason.contribution / 2
    for lang in LANGUAGES:
        assert "G000" in sentence(reason, lang)
