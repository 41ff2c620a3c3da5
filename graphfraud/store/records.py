"""Applications as they are now, as the records that intake once made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from graphfraud import schema
from graphfraud.intake.records import ApplicationRecord, Identifier
from graphfraud.store.neighbourhood import Present, present
from graphfraud.store.store import Store

_AT_ONCE = 1_000


def records_now(store: Store, application_ids: Sequence[str]) -> dict[str, ApplicationRecord]:
    """Return the records of some applications by id; those that are not there are left out.

    Masks stay empty, as the store keeps one an identifier. updated_at is the time that decided which version is later.
    """
    found: dict[str, ApplicationRecord] = {}
    for start in range(0, len(application_ids), _AT_ONCE):
        ids = list(application_ids[start : start + _AT_ONCE])
        for one in present(store, ids):
            record = _record(one)
            found[record.application_id] = record
    return {application_id: found[application_id] for application_id in application_ids if application_id in found}


def _record(found: Present) -> ApplicationRecord:
    version = found.properties
    held = [
        Identifier(
            schema.KIND_OF_RELATIONSHIP[cast(str, relationship)],
            cast(str, role),
            cast(str, token),
            "",
            cast("int | None", position),
        )
        for relationship, role, token, position, _ in found.held
    ]
    identifiers = sorted(held, key=lambda one: (schema.PLACE_OF_ROLE[one.kind, one.role], one.token))
    return ApplicationRecord(
        application_id=cast(str, version["application_id"]),
        submitted_at=cast("int | None", version.get("submitted_at")),
        updated_at=cast("int | None", version.get("effective_at")),
        dealer_id=cast("str | None", version.get("dealer_id")),
        salesperson_id=cast("str | None", version.get("salesperson_id")),
        attributes={n: cast("float | int | str", version[n]) for n in schema.ATTRIBUTE if version.get(n) is not None},
        identifiers=tuple(identifiers),
        flags=tuple(cast("list[str]", version.get("flags") or ())),
        content=cast(str, version.get("content") or ""),
    )
