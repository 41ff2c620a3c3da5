"""The neighbourhoods of a group of checks, read together: who holds the same, who is near those, and the rings about."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from graphfraud.check.known import Known
from graphfraud.check.rows import Row, row_of
from graphfraud.detection.columns import KIND_CODE
from graphfraud.intake.records import ApplicationRecord
from graphfraud.store import Store
from graphfraud.store.neighbourhood import MOST_HOLDERS, Version, holders, neighbours, present

# Kinds through which a gang's members meet; the rest (an employer, a range of addresses) says something of those who do.
MEETING = ("person", "phone", "device", "account", "address", "vehicle", "email")
ASKED = (*MEETING, "work_phone", "ip", "phone_block", "account_block")
KEPT = 50_000  # applications that a process remembers, some 100 MB
MOST_NEAR = 300  # applications in the neighbourhood of one check


@dataclass(frozen=True)
class Neighbourhood:
    """Rows of a group's neighbourhoods, the checks' own included, and the masks of what they hold."""

    rows: tuple[Row, ...]
    masks: Mapping[tuple[str, str], str]


class Neighbourhoods:
    """Reads neighbourhoods from a store, and remembers the applications that it met. One thread at a time uses it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[str, tuple[int, Row, Mapping[tuple[str, str], str]]] = OrderedDict()

    def read(self, records: Sequence[ApplicationRecord], known: Known | None) -> Neighbourhood:
        """Read what is near some applications, which are in the store; three statements whatever their number."""
        own = {record.application_id: record for record in records}
        shared = holders(self._store, _tokens(records, known))
        wanted: dict[str, int] = {}
        few: dict[str, list[Version]] = {}
        for record in records:
            found: dict[str, int] = {}
            for identifier in record.identifiers:
                here = shared.get((identifier.kind, identifier.token), [])
                found.update(here)
                if identifier.kind in MEETING and len(here) < MOST_HOLDERS:
                    few.setdefault(record.application_id, []).extend(here)
            wanted.update(_at_most(found))
        meeting = {name for here in few.values() for name, _ in here} - own.keys()
        beyond = dict(neighbours(self._store, meeting, MEETING))
        wanted.update(_at_most(beyond, MOST_NEAR * len(records)))
        around: dict[str, int] = {}
        if known is not None:
            around.update(dict.fromkeys(known.rings.with_members([*own, *wanted]), 0))
            for record in records:
                if record.dealer_id and record.submitted_at is not None:
                    around.update(dict.fromkeys(known.rings.near(record.dealer_id, record.submitted_at), 0))
        met = self._rows({**around, **wanted}, own.keys())
        masks = {(i.kind, i.token): i.mask for record in records for i in record.identifiers}
        for _, _, of_row in met:
            masks.update(of_row)
        return Neighbourhood((*(row for _, row, _ in met), *(row_of(record) for record in own.values())), masks)

    def _rows(self, wanted: Mapping[str, int], own: Iterable[str]) -> list[tuple[int, Row, Mapping[tuple[str, str], str]]]:
        """Return the rows of applications as they are since the numbers given (0: whatever is remembered will do)."""
        mine = set(own)
        ids = [name for name in wanted if name not in mine]
        unknown = [name for name in ids if name not in self._kept or self._kept[name][0] < wanted[name]]
        for found in present(self._store, unknown):
            self._kept[found.change.application_id] = (found.change.since, row_of(found.change), found.masks)
        rows = []
        for name in ids:
            if name in self._kept:
                self._kept.move_to_end(name)
                rows.append(self._kept[name])
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return rows


def _tokens(records: Sequence[ApplicationRecord], known: Known | None) -> dict[str, list[str]]:
    """Identifiers to ask about, by kind: not the hubs of the last scan, which the calibration knows better than any part."""
    hubs = known.hub_tokens if known is not None else frozenset()
    tokens: dict[str, list[str]] = {}
    for record in records:
        for identifier in record.identifiers:
            if identifier.kind in ASKED and (KIND_CODE[identifier.kind], int(identifier.token, 16)) not in hubs:
                tokens.setdefault(identifier.kind, []).append(identifier.token)
    return tokens


def _at_most(found: Mapping[str, int], most: int = MOST_NEAR) -> dict[str, int]:
    """Keep the latest, where there are too many."""
    if len(found) <= most:
        return dict(found)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:most])
