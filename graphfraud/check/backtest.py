"""Try a policy on what was decided before: who would have been decided otherwise, in counts and examples."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from graphfraud.check.answer import Decision, Text
from graphfraud.check.cross_table import CrossTable, place
from graphfraud.check.dossier import Dossier, Exposure
from graphfraud.check.gates import Verdict, decide, limits_set
from graphfraud.check.policy import Policy

Source = Literal["answers", "scan"]


@dataclass(frozen=True, slots=True)
class Decided:
    """An application and what was decided about it."""

    dossier: Dossier
    decision: Decision
    check_id: str = ""


@dataclass(frozen=True, slots=True)
class Example:
    """One application that would be decided otherwise: score as it was and as the policy weighs it; gate and text say why.

    Where the policy would pass it, gate is "" and text says so.
    """

    application_id: str
    check_id: str
    before: Decision
    after: Decision
    score_before: int | None
    score_after: int | None
    gate: str
    code: str
    text: Text


@dataclass(frozen=True)
class Backtest:
    """What a policy would have changed: matrix has all but the degraded, gates the changed by the gate that decides.

    degraded: how many were decided without the graph. Most of them are review whatever the policy, so they tell nothing of it.
    limits_left_out: for how many a limit of exposure was left out, by its key, as what others ask for was not recorded.
    """

    policy_version: str
    source: Source
    matrix: CrossTable
    degraded: int
    gates: Mapping[str, int]
    examples: tuple[Example, ...]
    limits_left_out: Mapping[str, int]

    def document(self) -> dict[str, object]:
        """Return it as plain dicts and lists; the matrix has a row for each decision that was taken."""
        return {
            "policy_version": self.policy_version,
            "source": self.source,
            "applications": self.matrix.total(),
            "degraded": self.degraded,
            "changed": self.matrix.differ,
            "matrix": self.matrix.document(),
            "changed_at_gate": dict(self.gates),
            "limits_left_out": dict(self.limits_left_out),
            "examples": [
                {
                    "application_id": example.application_id,
                    "check_id": example.check_id or None,
                    "decided": example.before,
                    "would_be": example.after,
                    "score": example.score_before,
                    "score_would_be": example.score_after,
                    "gate": example.gate,
                    "code": example.code,
                    "text": example.text._asdict(),
                }
                for example in self.examples
            ],
        }


def backtest(decided: Iterable[Decided], policy: Policy, source: Source) -> Backtest:
    """Walk the policy's gates with every application, in the order given, scored under the policy's weights."""
    matrix = CrossTable()
    gates: Counter[str] = Counter()
    unlimited: Counter[str] = Counter()
    examples: list[Example] = []
    degraded = 0
    for one in decided:
        if one.dossier.scored is None:
            degraded += 1
            continue
        dossier = one.dossier.weighed(policy.weights)
        left_out = unknown_limits(dossier, policy, source)
        unlimited.update(left_out)
        verdict = decide(dossier, without_limits(policy, left_out))
        shown = matrix.add(one.decision, verdict.decision)
        if verdict.decision != one.decision:
            gates[verdict.gate or "passes"] += 1
        if shown:
            examples.append(_example(one, dossier, verdict))
    examples.sort(key=lambda example: place(example.before, example.after))
    ordered = dict(sorted(gates.items(), key=lambda item: (-item[1], item[0])))
    return Backtest(policy.version, source, matrix, degraded, ordered, tuple(examples), dict(sorted(unlimited.items())))


def unknown_limits(dossier: Dossier, policy: Policy, source: Source) -> tuple[str, ...]:
    """Return the policy's limits of exposure that cannot be tried on an application, by their keys.

    Of a scan no sums are known. Answers have those that somebody's policy asked for then: the dealer's is read for a limit of
    it only. A check counts what is unknown as too much; here that would say that a new limit stops everybody.
    """
    sums = Exposure() if source == "scan" else dossier.exposed_to
    return tuple(f"per_{what}" for what, _, others in limits_set(policy.exposure, sums) if others is None)


def without_limits(policy: Policy, names: Sequence[str]) -> Policy:
    """Return a policy without some of its limits of exposure."""
    left_out: dict[str, Any] = dict.fromkeys(names)
    return replace(policy, exposure=replace(policy.exposure, **left_out))


def _example(one: Decided, dossier: Dossier, verdict: Verdict) -> Example:
    before, after = one.dossier.scored, dossier.scored
    found = next((gate.findings[0] for gate in verdict.gates if gate.gate == verdict.gate and gate.findings), None)
    return Example(
        application_id=dossier.application_id,
        check_id=one.check_id,
        before=one.decision,
        after=verdict.decision,
        score_before=before.score if before else None,
        score_after=after.score if after else None,
        gate=verdict.gate,
        code=found.code if found else "passes",
        text=found.text if found else Text("It would pass every gate.", "将通过所有关口。"),
    )
