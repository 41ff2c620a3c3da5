"""Applications as they are now, as the records that intake once made of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from graphfraud import schema
from graphfraud.intake.records import ApplicationRecord, Identifier
from graphfraud.store.store import Store

_AT_ONCE = 1_000
_PLACE = {key: place for place, key in enumerate((kind.name, role) for kind in schema.KINDS for role in kind.role_names)}


def records_now(store: Store, application_ids: Sequence[str]) -> dict[str, ApplicationRecord]:
    """Return the records of some applications by id; those that are not there are left out.

    Masks stay empty, as the store keeps one an identifier. updated_at is the time that decided which version is later.
    """
    found: dict[str, ApplicationRecord] = {}
    for start in range(0, len(application_ids), _AT_ONCE):
        ids = list(application_ids[start : start + _AT_ONCE])
        held: dict[str, list[Identifier]] = {}
        for row in store.read("read/current_links", application_ids=ids):
            identifier = Identifier(
                cast(str, row["kind"]),
                cast(str, row["role"]),
                cast(str, row["token"]),
                "",
                cast("int | None", row["position"]),
            )
            held.setdefault(cast(str, row["application_id"]), []).append(identifier)
        for row in store.read("read/applications_now", application_ids=ids):
            record = _record(cast("dict[str, object]", row["version"]), held)
            found[record.application_id] = record
    return {application_id: found[application_id] for application_id in application_ids if application_id in found}


def _record(version: dict[str, object], held: dict[str, list[Identifier]]) -> ApplicationRecord:
    application_id = cast(str, version["application_id"])
    identifiers = sorted(held.get(application_id, ()), key=lambda one: (_PLACE[one.kind, one.role], one.token))
    return ApplicationRecord(
        application_id=application_id,
        submitted_at=cast("int | None", version.get("submitted_at")),
        updated_at=cast("int | None", version.get("effective_at")),
        dealer_id=cast("str | None", version.get("dealer_id")),
        salesperson_id=cast("str | None", version.get("salesperson_id")),
        attributes={n: cast("float | int | str", version[n]) for n in schema.ATTRIBUTE if version.get(n) is not None},
        identifiers=tuple(identifiers),
        flags=tuple(cast("list[str]", version.get("flags") or ())),
        content=cast(str, version.get("content") or ""),
    )
