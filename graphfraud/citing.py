"""Fill in what people may see of the identifiers that reasons cite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from graphfraud.results import LookAlike, Reason, Ring, Tie
from graphfraud.schema import cited_kind

Masks = Callable[[str, Sequence[str]], dict[str, str]]


def with_masks(rings: Iterable[Ring], look_up: Masks) -> tuple[Ring, ...]:
    """Fill in what people see of the identifiers that the reasons of rings cite."""
    rings = tuple(rings)
    known = _known((reason for ring in rings for reason in ring.reasons), look_up)
    return tuple(replace(ring, reasons=tuple(_masked(reason, known) for reason in ring.reasons)) for ring in rings)


def reasons_with_masks(reasons: Iterable[Reason], look_up: Masks) -> tuple[Reason, ...]:
    """Do the same for reasons of any subject."""
    reasons = tuple(reasons)
    known = _known(reasons, look_up)
    return tuple(_masked(reason, known) for reason in reasons)


def all_with_masks(reasons: Iterable[tuple[str, tuple[Reason, ...]]], look_up: Masks) -> list[tuple[str, tuple[Reason, ...]]]:
    """Do the same for the reasons of many applications, looking each kind up once."""
    reasons = list(reasons)
    known = _known((reason for _, found in reasons for reason in found), look_up)
    return [(name, tuple(_masked(reason, known) for reason in found)) for name, found in reasons]


def look_alikes_with_masks(found: Iterable[LookAlike], look_up: Masks) -> tuple[LookAlike, ...]:
    """Do the same for what look-alikes share."""
    found = tuple(found)
    wanted: dict[str, set[str]] = {}
    for one in found:
        for tie in one.ties:
            wanted.setdefault(cited_kind(tie.kind), set()).update(tie.tokens)
    known = {kind: look_up(kind, sorted(tokens)) for kind, tokens in wanted.items()}

    def masked(tie: Tie) -> Tie:
        return replace(tie, masks=tuple(known[cited_kind(tie.kind)].get(token, "") for token in tie.tokens))

    return tuple(replace(one, ties=tuple(masked(tie) for tie in one.ties)) for one in found)


def cited_kinds(reason: Reason) -> tuple[str, ...]:
    """Return the kind of each identifier that a reason cites."""
    return reason.token_kinds or (cited_kind(reason.kind),) * len(reason.tokens)


def _known(reasons: Iterable[Reason], look_up: Masks) -> dict[str, dict[str, str]]:
    wanted: dict[str, set[str]] = {}
    for reason in reasons:
        for kind, token in zip(cited_kinds(reason), reason.tokens, strict=True):
            wanted.setdefault(kind, set()).add(token)
    return {kind: look_up(kind, sorted(tokens)) for kind, tokens in wanted.items()}


def _masked(reason: Reason, known: dict[str, dict[str, str]]) -> Reason:
    if not reason.tokens:
        return reason
    cited = zip(cited_kinds(reason), reason.tokens, strict=True)
    return replace(reason, masks=tuple(known[kind].get(token, "") for kind, token in cited))
