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


def near(
    store: Store, tokens: Mapping[str, Iterable[str]], meeting: Sequence[str], own: Iterable[str]
) -> tuple[dict[tuple[str, str], list[Version]], list[Version]]:
    """Return who holds some identifiers, and who shares one with those, through identifiers that few hold.

    tokens by kind, always the same kinds, as each choice of them is a statement that the engine has to plan; of each
    identifier that somebody holds, up to MOST_HOLDERS applications by (kind, token). The others are near a holder that is not
    among own, and both identifiers are of the kinds of meeting.
    """
    asked = {kind: sorted(set(wanted)) for kind, wanted in tokens.items()}
    if not any(asked.values()):
        return {}, []
    types = [schema.KIND[kind].relationship for kind in meeting]
    said = store.read(f"read/near[{','.join(asked)}]", tokens=asked, most=MOST_HOLDERS, meeting=types, own=sorted(own))[0]
    held = cast("list[tuple[str, str, list[str]]]", said["holders"])
    return (
        {(schema.KIND_OF_RELATIONSHIP[relationship], token): _versions(found) for relationship, token, found in held},
        _versions(cast("list[str]", said["beyond"])),
    )


def present(store: Store, application_ids: Iterable[str]) -> list[Present]:
    """Return applications as they are now; those that are not there are left out."""
    wanted = sorted(set(application_ids))
    if not wanted:
        return []
    found = store.read("read/present_applications", application_ids=wanted)[0]["found"]
    return [Present(version, held) for version, held in cast("list[tuple[dict[str, object], list[list[object]]]]", found)]


def _versions(said: Sequence[str]) -> list[Version]:
    pairs = (text.split(" ", 1) for text in said)
    return [(application_id, int(since)) for since, application_id in pairs]
