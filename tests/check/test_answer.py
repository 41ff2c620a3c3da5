"""The answer of a check as clients read it."""

from __future__ import annotations

import json
from dataclasses import fields, replace

from graphfraud.check.answer import CheckAnswer, CheckReason, GateResult, GraphPath, ListHit, Text, to_document

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


def test_a_degraded_answer_keeps_its_keys():
    document = to_document(replace(ANSWER, score=None, level=None, band=None, remainder=None, degraded=True))

    assert document["score"] is None and document["degraded"] is True
