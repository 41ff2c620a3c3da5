"""What a check reads: who holds the same identifiers, who is near those, and what applications are like now. All bounded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from graphfraud import schema
from graphfraud.store.store import Store

MOST_HOLDERS = 17  # more than an identifier has that is no hub (`detection.hubs`), with room for a unit's repeated ones


@dataclass(frozen=True, slots=True)
class Present:
    """An application as it is now, as the store says it: properties; held: [relationship type, role, token, position, mask]."""

    properties: Mapping[str, object]
    held: Sequence[Sequence[object]]


Version = tuple[str, int]  # application id, sequence number since which it is as it is


def holders(store: Store, tokens: Mapping[str, Iterable[str]]) -> dict[tuple[str, str], list[Version]]:
    """Return up to MOST_HOLDERS applications by (kind, token), for identifiers that somebody holds; tokens by kind."""
    asked = {kind.name: sorted(set(tokens.get(kind.name, ()))) for kind in schema.KINDS}
    kinds = ",".join(kind for kind, wanted in asked.items() if wanted)
    if not kinds:
        return {}
    statement = f"read/holders[{kinds}]"
    rows = store.read(statement, tokens=asked, most=MOST_HOLDERS)
    return {(cast(str, row["kind"]), cast(str, row["token"])): _versions(row["holders"]) for row in rows}


def neighbours(store: Store, application_ids: Iterable[str], kinds: Sequence[str]) -> list[Version]:
    """Return the applications that share an identifier of these kinds with some, through identifiers that few hold."""
    wanted = sorted(set(application_ids))
    if not wanted:
        return []
    types = [schema.KIND[kind].relationship for kind in kinds]
    rows = store.read("read/neighbours", application_ids=wanted, types=types, most=MOST_HOLDERS)
    return _versions(rows[0]["others"])


def present(store: Store, application_ids: Iterable[str]) -> list[Present]:
    """Return applications as they are now; those that are not there are left out."""
    wanted = sorted(set(application_ids))
    rows = store.read("read/present_applications", application_ids=wanted) if wanted else ()
    return [Present(cast("dict[str, object]", row["version"]), cast("list[list[object]]", row["held"])) for row in rows]


def _versions(said: object) -> list[Version]:
    pairs = (text.split(" ", 1) for text in cast("list[str]", said))
    return [(application_id, int(since)) for since, application_id in pairs]
