"""Who did what, and when: lines that are only ever added, each sealed together with the one before it."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.state.clock import Clock
from graphfraud.state.database import Database, take_turn
from graphfraud.state.tables import audit

_SEAL = b"graphfraud audit chain"
_BEGINNING = "0" * 64


@dataclass(frozen=True, slots=True)
class Action:
    """What somebody did: action is a verb with its noun (`key.create`), detail holds what a reader wants to know.

    Neither may hold a secret or a raw identifier.
    """

    actor: str
    action: str
    subject: str
    detail: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Line:
    """An action as it stands in the log; hash seals it and all lines before it."""

    line: int
    at: int
    actor: str
    action: str
    subject: str
    detail: Mapping[str, object]
    hash: str


class Audit:
    """The log. Its seal is an HMAC under the token key: who can write to the database alone cannot forge it."""

    def __init__(self, database: Database, clock: Clock, token_key: bytes) -> None:
        self._database, self._clock = database, clock
        self._key = hmac.digest(token_key, _SEAL, "sha256")

    def add(self, actions: Sequence[Action]) -> None:
        """Append lines in a transaction of their own."""
        self._database.write(lambda connection: self.append(connection, actions))

    def append(self, connection: Connection, actions: Sequence[Action]) -> None:
        """Append lines within a transaction, as its last work: others that want to append wait until it ends."""
        if not actions:
            return
        take_turn(connection, "audit")
        last = connection.execute(sa.select(audit.c.line, audit.c.hash).order_by(audit.c.line.desc()).limit(1)).first()
        number, seal = (last.line, last.hash) if last else (0, _BEGINNING)
        at, rows = self._clock(), []
        for action in actions:
            number += 1
            detail = json.dumps(dict(action.detail), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
            seal = self._sealed(seal, number, at, action.actor, action.action, action.subject, detail)
            rows.append(
                {
                    "line": number,
                    "at": at,
                    "actor": action.actor,
                    "action": action.action,
                    "subject": action.subject,
                    "detail": detail,
                    "hash": seal,
                }
            )
        connection.execute(sa.insert(audit), rows)

    def lines(self, *, before: int | None = None, limit: int = 100, subject: str | None = None) -> list[Line]:
        """Return lines, the newest first; before is a line number to go on from."""
        query = sa.select(audit).order_by(audit.c.line.desc()).limit(limit)
        if before is not None:
            query = query.where(audit.c.line < before)
        if subject is not None:
            query = query.where(audit.c.subject == subject)
        return [_line(row) for row in self._database.read(lambda c: c.execute(query).all())]

    def broken_at(self) -> int | None:
        """Return the number of the first line that was changed, or before which one is missing; None: all is sound.

        Lines that were cut off at the end do not show here: compare the last line's number and hash with a copy
        kept elsewhere.
        """
        seal = _BEGINNING
        for number, row in enumerate(self._from_the_beginning(), 1):
            seal = self._sealed(seal, number, row.at, row.actor, row.action, row.subject, row.detail)
            if row.line != number or not hmac.compare_digest(seal, row.hash):
                return number
        return None

    def _from_the_beginning(self) -> Iterator[sa.Row[tuple[object, ...]]]:
        done = 0
        while True:
            query = sa.select(audit).where(audit.c.line > done).order_by(audit.c.line).limit(5_000)
            rows = self._database.read(lambda c, query=query: c.execute(query).all())  # type: ignore[misc]  # bound now
            if not rows:
                return
            yield from rows
            done = rows[-1].line

    def _sealed(self, before: str, *parts: object) -> str:
        text = json.dumps([before, *parts], ensure_ascii=False, separators=(",", ":"))
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def _line(row: sa.Row[tuple[object, ...]]) -> Line:
    return Line(row.line, row.at, row.actor, row.action, row.subject, json.loads(row.detail), row.hash)
