"""The neighbourhoods of a group of checks, read together: who holds the same, who is near those, and the rings about."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from graphfraud.check.known import Known
from graphfraud.check.rows import Row, row_of, row_of_present
from graphfraud.detection.columns import KIND_CODE
from graphfraud.intake.records import ApplicationRecord
from graphfraud.schema import KIND, KINDS, OWN_KINDS
from graphfraud.store import Store
from graphfraud.store.neighbourhood import MOST_HOLDERS, Present, near, present

# Kinds through which a gang's members meet; the rest (an employer, a range of addresses) says something of those who do.
MEETING = OWN_KINDS
ASKED = (*MEETING, *(kind.name for kind in KINDS if kind.asked and kind.name not in MEETING))
KEPT = 20_000  # applications that a process remembers, some 100 MB
MOST_NEAR = 300  # applications in the neighbourhood of one check
MOST_AROUND = 600  # members that it reads of the rings that these belong to


@dataclass(frozen=True)
class Neighbourhood:
    """Rows of a group's neighbourhoods, the checks' own included; what they hold, to look masks up in.

    cut_off: of each identifier that has more holders than were read, those that were.
    """

    rows: tuple[Row, ...]
    records: Sequence[ApplicationRecord]
    met: Sequence[Present]
    cut_off: tuple[frozenset[str], ...] = ()

    def masks(self, kind: str, tokens: Sequence[str]) -> dict[str, str]:
        """Return what people may see of identifiers of a kind."""
        wanted, relationship = set(tokens), KIND[kind].relationship
        found = {
            str(link[2]): str(link[4] or "")
            for present in self.met
            for link in present.held
            if link[2] in wanted and link[0] == relationship
        }
        found |= {
            i.token: i.mask for record in self.records for i in record.identifiers if i.kind == kind and i.token in wanted
        }
        return found


class Neighbourhoods:
    """Reads neighbourhoods from a store, and remembers the applications that it met. One thread at a time uses it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._kept: OrderedDict[str, tuple[int, Row, Present]] = OrderedDict()

    def read(self, records: Sequence[ApplicationRecord], known: Known | None) -> Neighbourhood:
        """Read what is near some applications, in the store already or not; two statements whatever their number."""
        own = {record.application_id: record for record in records}
        holders, beyond = near(self._store, asked_tokens(records, known), MEETING, own)
        wanted: dict[str, int] = {}
        for record in records:
            found: dict[str, int] = {}
            for identifier in record.identifiers:
                found.update(holders.get((identifier.kind, identifier.token), ()))
            wanted.update(_at_most(found))
        wanted.update(_at_most(dict(beyond), MOST_NEAR * len(records)))
        around: dict[str, int] = {}
        if known is not None:
            around.update(dict.fromkeys(known.rings.with_members([*own, *wanted], MOST_AROUND * len(records)), 0))
            for record in records:
                if record.dealer_id and record.submitted_at is not None:
                    around.update(dict.fromkeys(known.rings.near(record.dealer_id, record.submitted_at), 0))
        met = self._rows({name: since for name, since in {**around, **wanted}.items() if name not in own})
        return Neighbourhood(
            (*(row for _, row, _ in met), *(row_of(record) for record in own.values())),
            records,
            [found for _, _, found in met],
            tuple(
                frozenset(name for name, _ in found)
                for (kind, _), found in holders.items()
                if kind in MEETING and len(found) >= MOST_HOLDERS
            ),
        )

    def _rows(self, wanted: Mapping[str, int]) -> list[tuple[int, Row, Present]]:
        """Return applications as they are since the numbers given (0: whatever is remembered will do)."""
        unknown = [name for name, since in wanted.items() if name not in self._kept or self._kept[name][0] < since]
        for found in present(self._store, unknown):
            row = row_of_present(found)
            self._kept[row.application_id] = (int(str(found.properties["since"])), row, found)
        rows = []
        for name in wanted:
            if name in self._kept:
                self._kept.move_to_end(name)
                rows.append(self._kept[name])
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return rows


def asked_tokens(records: Sequence[ApplicationRecord], known: Known | None) -> dict[str, list[str]]:
    """Return the identifiers to ask about, by kind: not the last scan's hubs, which its calibration knows better."""
    hubs = known.hub_tokens if known is not None else frozenset()
    tokens: dict[str, list[str]] = {kind: [] for kind in ASKED}
    for record in records:
        for identifier in record.identifiers:
            if identifier.kind in tokens and (KIND_CODE[identifier.kind], int(identifier.token, 16)) not in hubs:
                tokens[identifier.kind].append(identifier.token)
    return tokens


def _at_most(found: Mapping[str, int], most: int = MOST_NEAR) -> dict[str, int]:
    """Keep the latest, where there are too many."""
    if len(found) <= most:
        return dict(found)
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0]))[:most])
