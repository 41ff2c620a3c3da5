"""Counters that rise when lists, webhooks or policies change, so that every process notices within a second."""

from __future__ import annotations

import threading
import time

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.errors import StateError
from graphfraud.state.database import Database, insert_into
from graphfraud.state.tables import counters

LOOK_AGAIN, LOOK_AGAIN_WITHOUT_ANSWER = 1.0, 10.0  # seconds


class Versions:
    """What the counters said at most a second ago; one small query a second and process, whoever asks."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._seen: dict[str, int] | None = None
        self._until = float("-inf")

    def version(self, name: str) -> int:
        """Return the version of what is called so, 0 for what never changed; the last known one while nothing answers."""
        with self._lock:
            if time.monotonic() >= self._until:
                pause = LOOK_AGAIN
                try:
                    rows = self._database.read(lambda c: c.execute(sa.select(counters.c.name, counters.c.value)).all())
                    self._seen = {row.name: row.value for row in rows}
                except StateError:
                    if self._seen is None:
                        raise
                    pause = LOOK_AGAIN_WITHOUT_ANSWER  # asking may take seconds, and checks must not wait for it each time
                self._until = time.monotonic() + pause
            return (self._seen or {}).get(name, 0)

    def forget(self) -> None:
        """Look again when next asked: this process has just changed something."""
        with self._lock:
            self._until = float("-inf")


def bump(connection: Connection, name: str) -> None:
    """Raise a counter within the transaction that changes what it stands for."""
    statement = insert_into(connection, counters).values(name=name, value=1)
    connection.execute(statement.on_conflict_do_update(index_elements=[counters.c.name], set_={"value": counters.c.value + 1}))
