"""What stands on all lists, in memory: sorted columns, so that a million entries cost some fifty megabytes a process."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from graphfraud.check.answer import ListHit
from graphfraud.intake.listed import DEALER, LISTED_KINDS, dealer_token
from graphfraud.intake.records import ApplicationRecord
from graphfraud.state.database import Database
from graphfraud.state.tables import list_entries, lists

_PAGE = 20_000
_ALWAYS = (-(2**62), 2**62)
_KIND_CODE = {kind: code for code, kind in enumerate(LISTED_KINDS)}


@dataclass(frozen=True)
class ListSnapshot:
    """Entries that are not closed, sorted by token (uint64).

    kinds, names, reasons and sources are codes into the tables below; begins and ends are epoch milliseconds.
    """

    version: int
    tokens: npt.NDArray[np.uint64]
    kinds: npt.NDArray[np.int8]
    names: npt.NDArray[np.int32]
    reasons: npt.NDArray[np.int32]
    sources: npt.NDArray[np.int32]
    begins: npt.NDArray[np.int64]
    ends: npt.NDArray[np.int64]
    words: tuple[str, ...]
    types: dict[str, str]

    def hits(self, records: Sequence[ApplicationRecord], now: int, zone: ZoneInfo) -> list[tuple[ListHit, ...]]:
        """Return, for each application, the entries that were valid when it was submitted."""
        found: list[list[ListHit]] = [[] for _ in records]
        if not len(self.tokens):
            return [() for _ in records]
        asked = [
            (i, held.kind, held.role, held.token, held.mask)
            for i, record in enumerate(records)
            for held in record.identifiers
            if held.kind in _KIND_CODE
        ]
        asked += [
            (i, DEALER, "sold_by", dealer_token(record.dealer_id), record.dealer_id)
            for i, record in enumerate(records)
            if record.dealer_id is not None
        ]
        tokens = np.fromiter((int(one[3], 16) for one in asked), np.uint64, len(asked))
        first, last = np.searchsorted(self.tokens, tokens, "left"), np.searchsorted(self.tokens, tokens, "right")
        for place in np.flatnonzero(last > first).tolist():
            i, kind, role, _, mask = asked[place]
            submitted = records[i].submitted_at
            at = now if submitted is None else submitted
            for row in range(int(first[place]), int(last[place])):
                if self.kinds[row] == _KIND_CODE[kind] and self.begins[row] <= at <= self.ends[row]:
                    found[i].append(self._hit(row, kind, role, mask, zone))
        return [tuple(sorted(hits, key=_order)) for hits in found]

    def _hit(self, row: int, kind: str, role: str, mask: str, zone: ZoneInfo) -> ListHit:
        name = self.words[self.names[row]]
        begins, ends = int(self.begins[row]), int(self.ends[row])
        return ListHit(
            name,
            self.types[name],
            kind,
            role,
            mask,
            self.words[self.reasons[row]],
            self.words[self.sources[row]],
            None if begins == _ALWAYS[0] else _date(begins, zone),
            None if ends == _ALWAYS[1] else _date(ends, zone),
        )


def read_snapshot(database: Database, version: int) -> ListSnapshot:
    """Read all entries that are not closed, page by page."""
    codes: dict[str, int] = {}
    parts: list[tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]] = []
    after = 0
    while True:
        query = (
            sa.select(
                list_entries.c.entry_id,
                list_entries.c.token,
                list_entries.c.kind,
                list_entries.c.list_name,
                list_entries.c.reason,
                list_entries.c.source,
                list_entries.c.valid_from,
                list_entries.c.valid_to,
            )
            .where(list_entries.c.entry_id > after, list_entries.c.closed_at.is_(None))
            .order_by(list_entries.c.entry_id)
            .limit(_PAGE)
        )
        rows = database.read(lambda c, query=query: c.execute(query).all())  # type: ignore[misc]  # bound now
        if not rows:
            break
        after = rows[-1].entry_id
        numbers = [
            (
                _KIND_CODE.get(kind, -1),
                codes.setdefault(name, len(codes)),
                codes.setdefault(reason, len(codes)),
                codes.setdefault(source, len(codes)),
                _ALWAYS[0] if begins is None else begins,
                _ALWAYS[1] if ends is None else ends,
            )
            for _, _, kind, name, reason, source, begins, ends in rows
        ]
        tokens = np.fromiter((int(row.token, 16) for row in rows), np.uint64, len(rows))
        parts.append((tokens, np.array(numbers, np.int64)))
    # After the entries, as no list is ever deleted: one that came and was filled while we read has a type by now.
    types = {row.name: row.type for row in database.read(lambda c: c.execute(sa.select(lists.c.name, lists.c.type)).all())}
    tokens = np.concatenate([part[0] for part in parts]) if parts else np.empty(0, np.uint64)
    columns = np.concatenate([part[1] for part in parts]) if parts else np.empty((0, 6), np.int64)
    order = np.argsort(tokens, kind="stable")
    columns = columns[order]
    return ListSnapshot(
        version,
        tokens[order],
        columns[:, 0].astype(np.int8),
        columns[:, 1].astype(np.int32),
        columns[:, 2].astype(np.int32),
        columns[:, 3].astype(np.int32),
        columns[:, 4].copy(),
        columns[:, 5].copy(),
        tuple(codes),
        types,
    )


def _order(hit: ListHit) -> tuple[str, ...]:
    return hit.list, hit.kind, hit.role, hit.mask, hit.reason, hit.source, hit.valid_from or "", hit.valid_to or ""


def _date(epoch_ms: int, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(epoch_ms / 1000, zone).date().isoformat()
