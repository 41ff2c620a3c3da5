"""Sum up what was recorded beside the answers: what a policy in shadow decided, what `serve --observe` would have said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

import orjson

from graphfraud.check.answer import Decision
from graphfraud.check.cross_table import CrossTable, place
from graphfraud.state.answers import Answer


class Beside(NamedTuple):
    """What is compared: who decided (None: `serve --observe` let everybody pass), and the policy that would have otherwise."""

    recorded: Literal["shadow", "observe"]
    decided_by: str | None
    would_be_by: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One application that would have been decided otherwise; gates are those that decided, "" for a pass."""

    application_id: str
    check_id: str
    decided: Decision
    would_be: Decision
    decided_at_gate: str
    would_be_at_gate: str
    score: int | None


@dataclass
class Comparison:
    """How two decisions about the same applications went.

    Answers that were degraded are counted by themselves: without the graph most are review, whatever the policy.
    """

    beside: Beside
    matrix: CrossTable = field(default_factory=CrossTable)
    degraded: int = 0
    examples: list[Difference] = field(default_factory=list)

    @property
    def share(self) -> float | None:
        """The share that would have been decided otherwise, in [0, 1]; None where every answer was degraded."""
        return self.matrix.differ / self.matrix.total() if self.matrix else None

    def document(self) -> dict[str, object]:
        """Return it as a dict to be written as JSON, examples as they are; the matrix has a row for each decision taken."""
        return {
            **self.beside._asdict(),
            "answers": self.matrix.total(),
            "degraded": self.degraded,
            "differ": self.matrix.differ,
            "share": self.share,
            "matrix": self.matrix.document(),
            "examples": self.examples,
        }


@dataclass(frozen=True)
class Recorded:
    """What was recorded beside some answers; first and last are their times in epoch milliseconds, None without any."""

    answers: int
    first: int | None
    last: int | None
    comparisons: tuple[Comparison, ...]


def compare(answers: Iterable[Answer]) -> Recorded:
    """Sum up answers, the newest first, by the policies that decided and would have."""
    found: dict[Beside, Comparison] = {}
    count, first, last = 0, None, None
    for answer in answers:
        count, first, last = count + 1, answer.created_at, last or answer.created_at
        for beside, one in _recorded(answer):
            comparison = found.setdefault(beside, Comparison(beside))
            if answer.degraded:
                comparison.degraded += 1
            elif comparison.matrix.add(one.decided, one.would_be):
                comparison.examples.append(one)
    for comparison in found.values():
        comparison.examples.sort(key=lambda one: place(one.decided, one.would_be))
    return Recorded(count, first, last, tuple(found.values()))


def _recorded(answer: Answer) -> Iterator[tuple[Beside, Difference]]:
    """Yield what stands beside one answer.

    Where everybody passes, a policy in shadow is compared with the one that would have decided.
    """
    sent: Mapping[str, Any] = orjson.loads(answer.body)
    would_be, gate, shadow = sent.get("would_be"), sent["gate"], sent["shadow"]
    ids = answer.application_id, answer.check_id
    if would_be is not None:
        observe = Beside("observe", None, answer.policy_version)
        yield observe, Difference(*ids, sent["decision"], would_be, "", gate, answer.score)
    if shadow is not None:
        beside = Beside("shadow", answer.policy_version, shadow["policy_version"])
        decided = sent["decision"] if would_be is None else would_be
        yield beside, Difference(*ids, decided, shadow["decision"], gate, shadow["gate"], answer.score)
