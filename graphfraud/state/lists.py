"""Lists of persons, phones, devices, accounts, dealers: loaded, looked at, closed; never overwritten."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.check.answer import LIST_TYPES, ListHit, ListType
from graphfraud.errors import NotFound, SettingError, StateError
from graphfraud.intake.listed import Listed
from graphfraud.intake.records import ApplicationRecord
from graphfraud.state.audit import Action, Audit
from graphfraud.state.clock import Clock
from graphfraud.state.database import Database, insert_into, take_turn
from graphfraud.state.list_snapshot import ListSnapshot, read_snapshot
from graphfraud.state.tables import list_entries, lists
from graphfraud.state.versions import Versions, bump

T = TypeVar("T")
BATCH = 1_000
PATIENCE = 0.05  # seconds: some ten thousand entries are read in that time

_Identity = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True)
class ListSummary:
    """A list and how much is on it now."""

    name: str
    type: str
    entries: int
    created_at: int
    changed_at: int | None


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry with its history; times are epoch milliseconds, closed_at is None while it holds."""

    entry_id: int
    list: str
    kind: str
    mask: str
    reason: str
    source: str
    valid_from: int | None
    valid_to: int | None
    added_at: int
    added_by: str
    closed_at: int | None
    closed_by: str | None


@dataclass(frozen=True, slots=True)
class ListLoad:
    """What a load did: entries that are new, that changed their validity, that stood there already, that were closed."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    closed: int = 0

    def __add__(self, other: ListLoad) -> ListLoad:
        return ListLoad(
            self.added + other.added,
            self.changed + other.changed,
            self.unchanged + other.unchanged,
            self.closed + other.closed,
        )


class Lists:
    """All lists. What a check asks is answered from memory; changes elsewhere show there within about a second."""

    def __init__(self, database: Database, clock: Clock, versions: Versions, audit: Audit, zone: ZoneInfo) -> None:
        self._database, self._clock, self._versions, self._audit, self._zone = database, clock, versions, audit, zone
        self._lock = threading.Lock()
        self._snapshot: ListSnapshot | None = None
        self._reader: threading.Thread | None = None

    def hits(self, records: Sequence[ApplicationRecord]) -> list[tuple[ListHit, ...]]:
        """Return, for each application, the entries that were valid when it was submitted (now, if it has no time).

        Sorted by list, kind and role. Costs microseconds and no query: a changed list is read by a thread of its own, for
        which an answer waits some milliseconds; a long one is meanwhile as it was. The first call reads; raise
        StateUnreachable if that fails.
        """
        return self._current().hits(records, self._clock(), self._zone)

    def refresh(self) -> None:
        """Read the lists now, so that the next answer knows all that was loaded before; at the start of a worker."""
        self._versions.forget()
        self._read(self._versions.version("lists"))

    def notice(self) -> threading.Thread | None:
        """Begin to read the lists if they changed, and return the thread that does; a server asks every second.

        Without that, a long list that changed while nobody asked would miss the first check.
        """
        version = self._versions.version("lists")
        with self._lock:
            if self._reader is not None and self._reader.is_alive():
                return self._reader
            if self._snapshot is None or self._snapshot.version == version:
                return None
            self._reader = threading.Thread(target=self._read_again, args=(version,), daemon=True, name="lists")
            self._reader.start()
            return self._reader

    def load(
        self, name: str, type: ListType, listed: Iterable[Listed], *, actor: str, origin: str = "", replace: bool = False
    ) -> ListLoad:
        """Add entries to a list, making it if there is none of that name.

        An entry is known by kind, token, reason and source: one that stands there with the same validity is unchanged, with
        another it is closed and opened anew. With replace, entries that are not among `listed` are closed. Loading the same
        again changes nothing; a load that was killed is finished by loading again. Raise SettingError for a name that
        cannot be, or a list that has another type.
        """
        _check(name, type)
        entries: dict[_Identity, Listed] = {_identity(entry): entry for entry in listed}
        self._database.write(lambda connection: self._begin(connection, name, type, actor, origin, len(entries)))
        done = ListLoad()
        for batch in _batches(entries):
            wanted = {identity: entries[identity] for identity in batch}
            done += self._database.write(
                lambda connection, wanted=wanted: self._add(connection, name, wanted, actor)  # type: ignore[misc]  # bound now
            )
        if replace:
            done += ListLoad(closed=self._close_others(name, entries, actor))
        detail = {"added": done.added, "changed": done.changed, "unchanged": done.unchanged, "closed": done.closed}
        self._audit.add([Action(actor, "list.loaded", name, detail)])
        self._versions.forget()
        return done

    def remove(self, name: str, *, actor: str, entry_id: int | None = None, token: str | None = None) -> int:
        """Close the entries of a list (one by its id, those of one token, or all) and return how many; raise NotFound."""
        which = [list_entries.c.list_name == name, list_entries.c.closed_at.is_(None)]
        if entry_id is not None:
            which.append(list_entries.c.entry_id == entry_id)
        if token is not None:
            which.append(list_entries.c.token == token)

        def work(connection: Connection) -> int:
            _turn(connection)
            if connection.execute(sa.select(lists.c.name).where(lists.c.name == name)).first() is None:
                raise NotFound(f"there is no list {name!r}; graphfraud lists show names them")
            values = {"closed_at": self._clock(), "closed_by": actor}
            count = int(connection.execute(sa.update(list_entries).where(*which).values(**values)).rowcount)
            if count == 0 and (entry_id is not None or token is not None):
                raise NotFound(f"no such entry stands on list {name!r}; graphfraud lists show {name} names them")
            bump(connection, "lists")
            detail = {"entries": count, "entry_id": entry_id, "token": token}
            self._audit.append(connection, [Action(actor, "list.remove", name, detail)])
            return count

        count = self._database.write(work)
        self._versions.forget()
        return count

    def summaries(self) -> list[ListSummary]:
        """Return all lists by name, with how many entries stand on each."""
        open_entries = sa.func.count(sa.case((list_entries.c.closed_at.is_(None), 1)))
        changed = sa.func.max(sa.func.coalesce(list_entries.c.closed_at, list_entries.c.added_at))
        query = (
            sa.select(lists, open_entries.label("entries"), changed.label("changed_at"))
            .outerjoin(list_entries, list_entries.c.list_name == lists.c.name)
            .group_by(lists.c.name, lists.c.type, lists.c.created_at)
            .order_by(lists.c.name)
        )
        rows = self._database.read(lambda c: c.execute(query).all())
        return [ListSummary(row.name, row.type, row.entries, row.created_at, row.changed_at) for row in rows]

    def entries(
        self, name: str, *, closed: bool = False, token: str | None = None, after: int = 0, limit: int = 100
    ) -> list[ListEntry]:
        """Return entries in the order in which they were added, from the one after `after` on; closed ones if asked."""
        query = sa.select(list_entries).where(list_entries.c.list_name == name, list_entries.c.entry_id > after)
        if not closed:
            query = query.where(list_entries.c.closed_at.is_(None))
        if token is not None:
            query = query.where(list_entries.c.token == token)
        query = query.order_by(list_entries.c.entry_id).limit(limit)
        return [_entry(row) for row in self._database.read(lambda c: c.execute(query).all())]

    def _begin(self, connection: Connection, name: str, type: str, actor: str, origin: str, rows: int) -> None:
        _turn(connection)
        there = connection.execute(sa.select(lists.c.type).where(lists.c.name == name)).scalar()
        if there is not None and there != type:
            raise SettingError(f"list {name!r} is of type {there}, not {type}; give --type {there} or another name")
        if there is None:
            connection.execute(sa.insert(lists).values(name=name, type=type, created_at=self._clock()))
        detail = {"type": type, "origin": origin, "entries": rows}
        self._audit.append(connection, [Action(actor, "list.load", name, detail)])

    def _add(self, connection: Connection, name: str, wanted: dict[_Identity, Listed], actor: str) -> ListLoad:
        _turn(connection)
        now = self._clock()
        # By token alone, as that is one index: an engine without statistics would choose the name, and read the whole list.
        tokens = sorted({entry.token for entry in wanted.values()})
        query = sa.select(list_entries).where(list_entries.c.token.in_(tokens), list_entries.c.closed_at.is_(None))
        standing = {
            (row.kind, row.token, row.reason, row.source): row for row in connection.execute(query) if row.list_name == name
        }
        ended: list[int] = []
        rows: list[dict[str, object]] = []
        for identity, entry in wanted.items():
            there = standing.get(identity)
            if there is not None:
                if (there.valid_from, there.valid_to) == (entry.valid_from, entry.valid_to):
                    continue
                ended.append(there.entry_id)
            rows.append(_row(name, entry, now, actor))
        _close(connection, ended, now, actor)
        if rows:
            connection.execute(insert_into(connection, list_entries), rows)
            bump(connection, "lists")
        return ListLoad(len(rows) - len(ended), len(ended), len(wanted) - len(rows))

    def _close_others(self, name: str, kept: dict[_Identity, Listed], actor: str) -> int:
        closed, after = 0, 0
        while True:
            query = (
                sa.select(list_entries)
                .where(
                    list_entries.c.list_name == name,
                    list_entries.c.closed_at.is_(None),
                    list_entries.c.entry_id > after,
                )
                .order_by(list_entries.c.entry_id)
                .limit(10 * BATCH)
            )
            rows = self._database.read(lambda c, query=query: c.execute(query).all())  # type: ignore[misc]  # bound now
            if not rows:
                return closed
            after = rows[-1].entry_id
            for ended in _batches([r.entry_id for r in rows if (r.kind, r.token, r.reason, r.source) not in kept]):

                def work(connection: Connection, ended: Sequence[int] = ended) -> None:
                    _turn(connection)
                    _close(connection, ended, self._clock(), actor)
                    bump(connection, "lists")

                self._database.write(work)
                closed += len(ended)

    def _current(self) -> ListSnapshot:
        if self._snapshot is None:
            return self._read(self._versions.version("lists"))
        reader = self.notice()
        if reader is not None:
            reader.join(PATIENCE)
        return self._snapshot

    def _read_again(self, version: int) -> None:
        with contextlib.suppress(StateError):  # the lists stay as they were; whoever asks next tries again
            self._read(version)

    def _read(self, version: int) -> ListSnapshot:
        # The version was asked for first: what comes while we read is read once more.
        snapshot = read_snapshot(self._database, version)
        self._snapshot = snapshot
        return snapshot


def _turn(connection: Connection) -> None:
    take_turn(connection, "lists")


def _close(connection: Connection, entry_ids: Sequence[int], now: int, actor: str) -> None:
    if entry_ids:
        connection.execute(
            sa.update(list_entries).where(list_entries.c.entry_id.in_(entry_ids)).values(closed_at=now, closed_by=actor)
        )


def _batches(items: Iterable[T]) -> Iterator[list[T]]:
    rest = iter(items)
    while batch := list(islice(rest, BATCH)):
        yield batch


def _identity(entry: Listed) -> _Identity:
    return entry.kind, entry.token, entry.reason, entry.source


def _row(name: str, entry: Listed, now: int, actor: str) -> dict[str, object]:
    return {
        "list_name": name,
        "kind": entry.kind,
        "token": entry.token,
        "mask": entry.mask,
        "reason": entry.reason,
        "source": entry.source,
        "valid_from": entry.valid_from,
        "valid_to": entry.valid_to,
        "added_at": now,
        "added_by": actor,
    }


def _entry(row: sa.Row[tuple[object, ...]]) -> ListEntry:
    return ListEntry(
        row.entry_id,
        row.list_name,
        row.kind,
        row.mask,
        row.reason,
        row.source,
        row.valid_from,
        row.valid_to,
        row.added_at,
        row.added_by,
        row.closed_at,
        row.closed_by,
    )


def _check(name: str, type: str) -> None:
    if not re.fullmatch(r"[\w.-]{1,100}", name):
        raise SettingError(f"{name[:100]!r} is no name for a list; use letters, digits, dots, dashes and underscores")
    if type not in LIST_TYPES:
        raise SettingError(f"{type!r} is no type of list; there are {', '.join(LIST_TYPES)}")
