"""From what was judged to the answer that is sent: one function for both front doors, so that they answer the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from graphfraud.check.answer import CheckAnswer, CheckReason, GraphPath, Shadow, SubScore, Text
from graphfraud.check.dossier import Dossier
from graphfraud.check.gates import decide
from graphfraud.check.policy import Policy
from graphfraud.check.scale import band_of, level_of
from graphfraud.check.scoring import SUB_SCORES
from graphfraud.results import Reason
from graphfraud.wording import sentence, sub_score_meaning

_MEANINGS = {name: Text(sub_score_meaning(name), sub_score_meaning(name, "zh")) for name in SUB_SCORES}


def answer_of(
    check_id: str,
    dossier: Dossier,
    policy: Policy,
    *,
    as_of: int,
    scan_id: str | None = None,
    reasons: Sequence[Reason] = (),
    shadow: Policy | None = None,
    observe: bool = False,
) -> CheckAnswer:
    """Decide, and return the whole answer; degraded where the dossier holds no score.

    reasons are those of `score_reasons.explain_scores` with their masks, the remainder last. shadow is the policy that runs
    beside; observe answers pass to everybody and says what would have been. as_of is epoch milliseconds.
    """
    told = tuple(check_reason(reason) for reason in reasons if reason.code != "remainder")
    verdict = decide(dossier, policy, told)
    scored = dossier.scored
    answer = CheckAnswer(
        check_id=check_id,
        application_id=dossier.application_id,
        decision=verdict.decision,
        gate=verdict.gate,
        fields=verdict.fields,
        score=scored.score if scored else None,
        level=level_of(scored.score) if scored else None,
        band=band_of(scored.score, policy.cutoffs) if scored else None,
        sub_scores=sub_scores(dossier.sub_scores),
        reasons=told,
        remainder=int(sum(reason.contribution for reason in reasons if reason.code == "remainder")) if scored else None,
        ring=scored.ring if scored else None,
        list_hits=verdict.hits,
        gates=verdict.gates,
        terms=verdict.terms,
        look_first=verdict.look_first,
        bring=verdict.bring,
        policy_version=policy.version,
        shadow=shadow_of(dossier, shadow) if shadow else None,
        scan_id=scan_id,
        as_of=as_of,
        degraded=scored is None,
    )
    return observed(answer) if observe else answer


def observed(answer: CheckAnswer) -> CheckAnswer:
    """Return the answer that passes everybody and keeps what would have been decided."""
    return replace(answer, decision="pass", observed=True, would_be=answer.decision)


def shadow_of(dossier: Dossier, policy: Policy) -> Shadow:
    """Return what another policy, with its own weights, says of the same application."""
    verdict = decide(dossier.weighed(policy.weights), policy)
    return Shadow(policy.version, verdict.decision, verdict.gate)


def sub_scores(scores: dict[str, int]) -> tuple[SubScore, ...]:
    """Return sub-scores with what each means."""
    return tuple(SubScore(name, score, _MEANINGS[name]) for name, score in scores.items())


def check_reason(reason: Reason) -> CheckReason:
    """Return a reason as the answer tells it."""
    path = GraphPath(reason.kind, reason.masks, reason.applications)
    share = reason.facts.get("evidence_share")
    text = Text(sentence(reason, "en"), sentence(reason, "zh"))
    return CheckReason(reason.code, text, int(reason.contribution), path, None if share is None else float(share))
