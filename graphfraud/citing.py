"""Fill in what people may see of the identifiers that reasons cite."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from graphfraud.results import Reason, Ring

Masks = Callable[[str, Sequence[str]], dict[str, str]]
# kinds that detection derives cite identifiers of these
CITED_KIND = {"phones_in_row": "phone_block", "accounts_in_row": "account_block", "work_phone_mismatch": "work_phone"}


def with_masks(rings: Iterable[Ring], look_up: Masks) -> tuple[Ring, ...]:
    """Fill in what people see of the identifiers that reasons cite, in the order of the masks where tokens are equals."""
    rings = tuple(rings)
    wanted: dict[str, set[str]] = {}
    for ring in rings:
        for reason in ring.reasons:
            if reason.tokens:
                wanted.setdefault(CITED_KIND.get(reason.kind, reason.kind), set()).update(reason.tokens)
    known = {kind: look_up(kind, sorted(tokens)) for kind, tokens in wanted.items()}

    def masked(reason: Reason) -> Reason:
        if not reason.tokens:
            return reason
        of_kind = known[CITED_KIND.get(reason.kind, reason.kind)]
        return replace(reason, masks=tuple(of_kind.get(token, "") for token in reason.tokens))

    return tuple(replace(ring, reasons=tuple(masked(reason) for reason in ring.reasons)) for ring in rings)
