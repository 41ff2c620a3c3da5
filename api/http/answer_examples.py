"""The example of an answer and of a problem: those that docs/api.md prints, shortened as there."""

from __future__ import annotations

from api.http.problems import invalid
from graphfraud.check.answer import (
    CheckAnswer,
    CheckReason,
    Finding,
    GateResult,
    GraphPath,
    LookFirst,
    RingRef,
    SubScore,
    Text,
    to_document,
)
from graphfraud.errors import FieldError
from graphfraud.intake import codes

_KNOWN_RING = Text("It belongs to a known ring: 8 applications by 7 persons; sub-score 515.", "属于已知团伙：…")
_LOW_SCORE = Text("The score is 502, below 550.", "评分为 502，低于 550。")
_SHARED = Text(
    "7 persons gave the same phone number 188…07 within 39 days at 4 dealers.",
    "7 人在 39 天内于 4 家经销商填写同一电话号码（188…07）。",
)
_TIED_TO_OTHERS = Text(
    "Its phone number 188…07 is shared with 4 other persons in 4 applications in the 169 days before at 3 dealers.",
    "电话号码（188…07）此前 169 天内于 3 家经销商与另外 4 人的 4 笔申请共用。",
)
_PHONE = ("188******07",)

_ANSWER = CheckAnswer(
    check_id="chk_1a2290383205e94a91cb264be26",
    application_id="AP000015865",
    decision="review",
    gate="fraud",
    fields=(),
    score=502,
    level="medium",
    band="review",
    sub_scores=(SubScore("fraud_ring", 515, Text("Whether it belongs to a ring …", "是否属于…")),),
    reasons=(
        CheckReason(
            "shared",
            _SHARED,
            398,
            GraphPath("phone", _PHONE, ("AP000022095", "AP000015865", "AP000039690")),
            evidence_share=1.0,
        ),
        CheckReason("tied_to_others", _TIED_TO_OTHERS, 13, GraphPath("phone", _PHONE, ("AP000048810", "AP000051575"))),
    ),
    remainder=87,
    ring=RingRef("R-F84B49835B91", "known", 0.5688, 8, 7),
    list_hits=(),
    gates=(
        GateResult("identity_and_admission", "pass"),
        GateResult("fraud", "review", (Finding("known_ring", "review", _KNOWN_RING),)),
        GateResult("score", "review", (Finding("low_score", "review", _LOW_SCORE),)),
        GateResult("negative_information", "pass"),
        GateResult("terms", "not_reached"),
    ),
    terms=None,
    look_first=(LookFirst("fraud", "known_ring", _KNOWN_RING),),
    bring=(),
    policy_version="default-1",
    shadow=None,
    scan_id="20261129T202844Z-24a4df",
    as_of=1_795_984_425_762,
    degraded=False,
)


def answer_example() -> dict[str, object]:
    """Return the answer of a check."""
    return to_document(_ANSWER)


def problem_example() -> dict[str, object]:
    """Return the problem of a body that holds a negative amount."""
    error = FieldError("loan_amount", codes.NEGATIVE_NUMBER, f"loan_amount: {codes.REJECTS[codes.NEGATIVE_NUMBER]}")
    return invalid([error]).document("9f86d081884c7d65")
