"""Records as intake makes them, in one line each."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from graphfraud.intake.records import ApplicationRecord, DealerRecord, Identifier

DAY = 86_400_000


def token(kind: str, value: object) -> str:
    return hashlib.sha256(f"{kind}:{value}".encode()).hexdigest()[:16]


def identifier(kind: str, value: object, role: str = "", position: int | None = None) -> Identifier:
    from graphfraud import schema

    return Identifier(kind, role or schema.KIND[kind].roles[0].name, token(kind, value), f"***{str(value)[-2:]}", position)


def application(
    application_id: str,
    *identifiers: Identifier,
    day: int | None = 0,
    updated: int | None = None,
    dealer: str | None = None,
    salesperson: str | None = None,
    attributes: Mapping[str, float | int | str] | None = None,
) -> ApplicationRecord:
    """One application on a day (None: without time), with a content hash over all of it."""
    values = dict(attributes or {})
    said = repr((application_id, identifiers, day, updated, dealer, salesperson, sorted(values.items())))
    return ApplicationRecord(
        application_id=application_id,
        submitted_at=None if day is None else day * DAY,
        updated_at=None if updated is None else updated * DAY,
        dealer_id=dealer,
        salesperson_id=salesperson,
        attributes=values,
        identifiers=tuple(identifiers),
        flags=(),
        content=hashlib.sha256(said.encode()).hexdigest(),
    )


def dealer(dealer_id: str, *identifiers: Identifier, **attributes: float | int | str) -> DealerRecord:
    """One dealer, with a content hash over all of it."""
    said = repr((dealer_id, identifiers, sorted(attributes.items())))
    return DealerRecord(dealer_id, attributes, tuple(identifiers), hashlib.sha256(said.encode()).hexdigest())
