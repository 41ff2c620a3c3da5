"""The answer of one check: flat, frozen, in one documented order; what clients read, what is stored, what is replayed.

Everything in it is safe to show and to store: masks and ids, never a raw identifier. Texts are in English and Chinese.
`to_document` gives the JSON that both front doors print; keys are never left out, so that a client can rely on each.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import Any, Literal, NamedTuple

from graphfraud.check.scale import Band, Level

Decision = Literal["pass", "review", "reject", "resubmit"]
DECISIONS: tuple[Decision, ...] = ("pass", "resubmit", "review", "reject")
GateName = Literal["identity_and_admission", "fraud", "score", "negative_information", "terms"]
GATES: tuple[GateName, ...] = ("identity_and_admission", "fraud", "score", "negative_information", "terms")
# what a gate says: a decision, or that it could not judge (the graph was not there), or that an earlier one had rejected
GateSays = Literal["pass", "review", "reject", "resubmit", "not_judged", "not_reached"]
RingState = Literal["known", "forming"]
ListEffect = Literal["reject", "review", "note"]
ListType = Literal["special", "court"]
LIST_TYPES: tuple[ListType, ...] = ("special", "court")


class Text(NamedTuple):
    """One text in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class SubScore:
    """One of the five sub-scores: name, score 300–1000 (higher is safer), what it means."""

    name: str
    score: int
    meaning: Text


@dataclass(frozen=True, slots=True)
class GraphPath:
    """The path in the graph that proves a reason: identifiers of `kind` ("" several kinds), masked, and who holds them."""

    kind: str = ""
    masks: tuple[str, ...] = ()
    application_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckReason:
    """One reason for the score: contribution in whole points that it takes off 1000, and the path that proves it.

    Where several paths hold a ring up, each alone carries little, or nothing: evidence_share (0 to 1) is then what it weighs
    among all that ties the application to the ring; None for a reason that is not the ring's.
    """

    code: str
    text: Text
    contribution: int
    path: GraphPath
    evidence_share: float | None = None


@dataclass(frozen=True, slots=True)
class RingRef:
    """The ring that the application belongs to (`known` to the last scan) or is `forming` with others right now.

    ring_id is the last scan's for a known ring; a forming one is named by the first three applications that were seen of it,
    and keeps that name until a scan knows it. risk in [0, 1]. A check reads some of those who hold an identifier that many
    hold: at_least says that applications and persons are what was read of more.
    """

    ring_id: str
    state: RingState
    risk: float
    applications: int
    persons: int
    at_least: bool = False


@dataclass(frozen=True, slots=True)
class ListHit:
    """One entry of a list that an identifier of the application is on.

    list is its name, type what it is (`special`, `court`); kind, role and mask say by which identifier it was found; reason
    and source are the entry's; valid_from and valid_to are ISO dates or None.
    effect is what the policy makes of it, None before a policy has seen it.
    """

    list: str
    type: str
    kind: str
    role: str
    mask: str
    reason: str = ""
    source: str = ""
    valid_from: str | None = None
    valid_to: str | None = None
    effect: ListEffect | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a gate found: effect is what follows of it (`note`: nothing), code a stable name, rule the policy's.

    fields are the contract columns that it is about.
    """

    code: str
    effect: Decision | Literal["note"]
    text: Text
    rule: str = ""
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class GateResult:
    """What one gate of the approval flow says, and what it found."""

    gate: GateName
    result: GateSays
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """On what terms an application that passes every gate is approved.

    max_share: the most that is lent, as a share of what is asked; max_amount the same in money (None where nothing was
    asked). min_down_payment_share: of the vehicle's price; min_down_payment in money (None without a price). max_term_months is
    the longest term offered. rate_tier is the lender's name of a price. max_amount already respects the down payment.
    """

    level: Level
    product: str
    rate_tier: str
    max_share: float
    max_amount: float | None
    min_down_payment_share: float
    min_down_payment: float | None
    max_term_months: int | None


@dataclass(frozen=True, slots=True)
class LookFirst:
    """What a person should look at, most urgent first: the gate that asks, a stable code, and the sentence."""

    gate: GateName
    code: str
    text: Text


@dataclass(frozen=True, slots=True)
class Bring:
    """What the applicant has to bring: the columns that are missing or contradict each other, and how to put it right."""

    code: Literal["missing", "contradiction"]
    fields: tuple[str, ...]
    text: Text


@dataclass(frozen=True, slots=True)
class Shadow:
    """What the policy that runs in shadow would have decided, at which gate ("" if it passes them all)."""

    policy_version: str
    decision: Decision
    gate: str


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """The answer of one check, in the order in which it is written.

    decision is what the approval flow acts on; fields are the columns behind `resubmit`. score (300–1000, higher is safer),
    level, band, sub_scores, reasons and ring are of the graph as it was at as_of, and None or empty where degraded is true:
    then the graph was not there in time and decision comes from lists, policy and the application alone. The reasons'
    contributions and remainder sum to 1000 - score. gate names the gate that decided, "" for a pass.
    observed: `serve --observe` answered pass, would_be is what would have been decided otherwise, and gate where.
    """

    check_id: str
    application_id: str
    decision: Decision
    gate: str
    fields: tuple[str, ...]
    score: int | None
    level: Level | None
    band: Band | None
    sub_scores: tuple[SubScore, ...]
    reasons: tuple[CheckReason, ...]
    remainder: int | None
    ring: RingRef | None
    list_hits: tuple[ListHit, ...]
    gates: tuple[GateResult, ...]
    terms: Terms | None
    look_first: tuple[LookFirst, ...]
    bring: tuple[Bring, ...]
    policy_version: str
    shadow: Shadow | None
    scan_id: str | None
    as_of: int  # epoch milliseconds; the document has them as ISO 8601
    degraded: bool
    observed: bool = False
    would_be: Decision | None = None


def to_document(answer: CheckAnswer) -> dict[str, Any]:
    """Return the answer as plain dicts, lists, texts and numbers in documented order, ready for any JSON writer.

    as_of is ISO 8601 in UTC with milliseconds. About 20 µs.
    """
    document = _PLAIN[CheckAnswer](answer)
    document["as_of"] = _iso(answer.as_of)
    return document


def _plain_of(cls: type) -> Callable[[Any], dict[str, Any]]:
    names = tuple(field.name for field in fields(cls))

    def plain(value: Any) -> dict[str, Any]:
        return {name: _plain(getattr(value, name)) for name in names}

    return plain


def _plain(value: Any) -> Any:
    """Return a value of an answer as JSON has it; made for this, `dataclasses.asdict` takes ten times as long."""
    kind = type(value)
    if kind in _SCALARS:
        return value
    if kind is Text:
        return {"en": value.en, "zh": value.zh}
    if kind is tuple:
        return [_plain(item) for item in value]
    return _PLAIN[kind](value)


_SCALARS = frozenset((str, int, float, bool, type(None)))
_PLAIN: Mapping[type, Callable[[Any], dict[str, Any]]] = {
    cls: _plain_of(cls)
    for cls in (
        CheckAnswer,
        SubScore,
        GraphPath,
        CheckReason,
        RingRef,
        ListHit,
        Finding,
        GateResult,
        Terms,
        LookFirst,
        Bring,
        Shadow,
    )
}


def _iso(epoch_ms: int) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
