"""What intake makes of a row: clean, tokenised, safe to store. No raw identifier is left in any of these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier that an application (or a dealer) holds.

    token is 16 hexadecimal digits (64 bits of an HMAC-SHA256), mask is what a person may see, position is the place in
    its block for kinds with positions (0–99), else None.
    """

    kind: str
    role: str
    token: str
    mask: str
    position: int | None = None


@dataclass(frozen=True, slots=True)
class ApplicationRecord:
    """One version of one loan application.

    submitted_at and updated_at are epoch milliseconds (UTC), None where the source has none. attributes holds only the
    names in `schema.ATTRIBUTES` that have a value. identifiers are in the order of `schema.KINDS` and their roles.
    content is a hash over all the rest: equal content, nothing changed.
    """

    application_id: str
    submitted_at: int | None
    updated_at: int | None
    dealer_id: str | None
    salesperson_id: str | None
    attributes: Mapping[str, float | int | str]
    identifiers: tuple[Identifier, ...]
    flags: tuple[str, ...]
    content: str


@dataclass(frozen=True, slots=True)
class DealerRecord:
    """One dealer; attributes holds the contract's plain columns, identifiers have the dealer's relationship as role."""

    dealer_id: str
    attributes: Mapping[str, float | int | str]
    identifiers: tuple[Identifier, ...]
    content: str


@dataclass(frozen=True, slots=True)
class OutcomeRecord:
    """What became of a loan: outcome as written, observed_on as ISO date."""

    application_id: str
    outcome: str
    observed_on: str


def effective_at(record: ApplicationRecord) -> int | None:
    """Return the time that decides which of two versions is later: updated_at, else submitted_at, else None (arrival)."""
    return record.updated_at if record.updated_at is not None else record.submitted_at


def replaces(new_effective: int | None, old_effective: int | None) -> bool:
    """Say whether a version that arrives after another one is the later of the two; equal or unknown times: it is."""
    return new_effective is None or old_effective is None or new_effective >= old_effective
