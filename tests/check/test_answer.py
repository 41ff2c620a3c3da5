"""The answer of a check as clients read it."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from graphfraud.check.answer import CheckAnswer, CheckReason, GateResult, GraphPath, ListHit, Text, to_document
from graphfraud.check.compose import check_reason
from graphfraud.results import Reason

ANSWER = CheckAnswer(
    check_id="chk_1",
    application_id="AP1",
    decision="review",
    gate="score",
    fields=(),
    score=540,
    level="medium",
    band="review",
    sub_scores=(),
    reasons=(CheckReason("shared", Text("They share.", "共用。"), 400, GraphPath("phone", ("138****1",), ("AP1", "AP2"))),),
    remainder=60,
    ring=None,
    list_hits=(ListHit("blacklist", "special", "phone", "own", "138****1"),),
    gates=(GateResult("fraud", "pass"),),
    terms=None,
    look_first=(),
    bring=(),
    policy_version="1",
    shadow=None,
    scan_id="s1",
    as_of=1_767_225_600_123,
    degraded=False,
)


def test_a_document_has_every_field_in_order_and_goes_through_json():
    document = to_document(ANSWER)

    assert list(document) == [field.name for field in fields(CheckAnswer)]
    assert json.loads(json.dumps(document)) == document
    assert document["as_of"] == "2026-01-01T00:00:00.123Z"
    assert document["reasons"][0]["text"] == {"en": "They share.", "zh": "共用。"}
    assert document["reasons"][0]["path"]["application_ids"] == ["AP1", "AP2"]


def test_a_ring_s_reason_without_points_of_its_own_says_what_it_weighs_and_a_past_s_does_not():
    ring = Reason("shared", 0.0, "phone", facts={"applications": 5, "persons": 5, "identifiers": 1, "evidence_share": 0.69})
    past = Reason("applied_often", 12.0, "person", facts={"applications": 5, "persons": 1})

    assert [(told.contribution, told.evidence_share) for told in map(check_reason, (ring, past))] == [(0, 0.69), (12, None)]


def test_a_degraded_answer_keeps_its_keys():
    document = to_document(replace(ANSWER, score=None, level=None, band=None, remainder=None, degraded=True))

    assert document["score"] is None and document["degraded"] is True
