"""Rings that form: the name that each application in one was given, so that the ring keeps it whoever is read of it next.

All workers share it. A check reads some of a ring's applications only, and not always the same ones: without this, the
first three of what was read would name it anew each time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.state.clock import Clock
from graphfraud.state.database import Database, insert_into, take_turn
from graphfraud.state.tables import forming

AT_ONCE = 500  # applications in one statement


class Name(NamedTuple):
    """The name of a ring, and since when (epoch milliseconds) it has it: of two names the least is the older one."""

    since: int
    ring_id: str


class Forming:
    """Applications in rings that form, and what these are called; forgotten after `retention.FORMING_DAYS`."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def name(self, rings: Mapping[str, Sequence[str]]) -> dict[str, Name]:
        """Return what rings are called, and remember it; rings has their members by the name that each takes if it has none.

        A ring is called as any of its members was before; of several names the oldest goes on. One read, and one
        transaction where a member is new, which is on disk by the next one that is.
        """
        members = [name for found in rings.values() for name in found]
        if not members:
            return {}
        names, new = _decided(rings, self._database.read(lambda c: _names_of(c, members)), self._clock())
        if not new:
            return names

        def work(connection: Connection) -> dict[str, Name]:
            take_turn(connection, "forming")
            now = self._clock()
            names, new = _decided(rings, _names_of(connection, members), now)
            _write(connection, new, now)
            return names

        return self._database.write(work, durable=False)

    def members(self) -> set[str]:
        """Return the applications that were in a ring that forms."""
        return set(self._database.read(lambda c: c.execute(sa.select(forming.c.application_id)).scalars().all()))


def _decided(
    rings: Mapping[str, Sequence[str]], given: Mapping[str, Name], now: int
) -> tuple[dict[str, Name], dict[str, Name]]:
    """Return what each ring is called, and the applications whose name is new or another now."""
    names = {own: min((given[name] for name in found if name in given), default=Name(now, own)) for own, found in rings.items()}
    called = {name: names[own] for own, found in rings.items() for name in found}
    return names, {name: ring for name, ring in called.items() if given.get(name) != ring}


def _names_of(connection: Connection, application_ids: Iterable[str]) -> dict[str, Name]:
    wanted = sorted(set(application_ids))
    found: dict[str, Name] = {}
    for start in range(0, len(wanted), AT_ONCE):
        query = sa.select(forming).where(forming.c.application_id.in_(wanted[start : start + AT_ONCE]))
        found |= {row.application_id: Name(row.named_at, row.ring_id) for row in connection.execute(query)}
    return found


def _write(connection: Connection, new: Mapping[str, Name], now: int) -> None:
    if not new:
        return
    insert = insert_into(connection, forming)
    another = {name: insert.excluded[name] for name in ("ring_id", "named_at", "given_at")}
    rows = [
        {"application_id": name, "ring_id": ring.ring_id, "named_at": ring.since, "given_at": now}
        for name, ring in sorted(new.items())
    ]
    connection.execute(insert.on_conflict_do_update(index_elements=[forming.c.application_id], set_=another), rows)
