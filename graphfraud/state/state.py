"""Application state of one process: everything that is neither graph nor result."""

from __future__ import annotations

from dataclasses import dataclass
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from graphfraud.errors import KeyMismatch
from graphfraud.intake.tokens import key_fingerprint
from graphfraud.settings import Settings
from graphfraud.state import clock as clocks
from graphfraud.state import migrate
from graphfraud.state.answers import Answers
from graphfraud.state.audit import Audit
from graphfraud.state.clock import Clock
from graphfraud.state.database import Database, insert_into, sqlite_file
from graphfraud.state.forming import Forming
from graphfraud.state.idempotency import Idempotency
from graphfraud.state.keys import Keys
from graphfraud.state.lists import Lists
from graphfraud.state.outbox import Outbox
from graphfraud.state.policies import Policies
from graphfraud.state.queue import GraphQueue
from graphfraud.state.retention import Swept, sweep
from graphfraud.state.tables import facts
from graphfraud.state.versions import Versions

_FINGERPRINT = "token_key_fingerprint"


@dataclass(frozen=True, slots=True)
class StateFacts:
    """What a state database says of itself: version is None where there is none yet, fingerprint that of its token key."""

    place: str
    version: str | None
    fingerprint: str | None = None


def inspect_state(settings: Settings) -> StateFacts:
    """Look at the configured database without making or changing anything; raise StateUnreachable."""
    file = sqlite_file(settings.state_url)
    if file is not None and not file.exists():
        return StateFacts(str(file), None)
    database = Database(settings.state_url)
    try:
        version = migrate.current(database)
        query = sa.select(facts.c.value).where(facts.c.name == _FINGERPRINT)
        bound = None if version is None else database.read(lambda c: c.execute(query).scalar())
        return StateFacts(database.place, version, bound)
    finally:
        database.close()


class State:
    """Keys, idempotency, answers, the queue for the graph, webhooks, lists, policies and audit in one database.

    Safe between threads; every process opens its own. Whatever a method stored is on disk when it returns, leases and
    claims aside, which lapse by themselves.
    """

    def __init__(self, database: Database, settings: Settings, clock: Clock = clocks.now) -> None:
        token_key = settings.token_key()
        self.database, self.clock = database, clock
        self._keep = settings.keep_answers_days, settings.keep_idempotency_hours
        self.versions = Versions(database)
        self.audit = Audit(database, clock, token_key)
        self.keys = Keys(database, clock, self.audit)
        self.idempotency = Idempotency(database, clock)
        self.outbox = Outbox(database, clock, self.versions, self.audit, token_key)
        self.answers = Answers(database, clock, self.outbox, self.audit)
        self.queue = GraphQueue(database, clock)
        self.forming = Forming(database, clock)
        self.lists = Lists(database, clock, self.versions, self.audit, settings.conventions.zone)
        self.policies = Policies(database, clock, self.versions, self.audit)

    @classmethod
    def open(cls, settings: Settings, clock: Clock = clocks.now) -> Self:
        """Open the configured database, bringing its tables up to date first.

        Raise StateUnreachable, StateVersion for a database of a newer program, KeyMismatch for one whose tokens were
        made with another token key.
        """
        database = Database(settings.state_url)
        try:
            migrate.upgrade(database)
            _bind(database, key_fingerprint(settings.token_key()))
        except BaseException:
            database.close()
            raise
        return cls(database, settings, clock)

    def version(self) -> str:
        """Return the version of the tables."""
        return migrate.current(self.database) or ""

    def sweep(self) -> Swept:
        """Delete answers, idempotency keys, events and names of rings that form, where they were kept long enough."""
        return sweep(self.database, self.clock, *self._keep)

    def close(self) -> None:
        """Close all connections."""
        self.database.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()


def _bind(database: Database, fingerprint: str) -> None:
    query = sa.select(facts.c.value).where(facts.c.name == _FINGERPRINT)
    bound = database.read(lambda c: c.execute(query).scalar())
    if bound is None:
        database.write(
            lambda c: c.execute(insert_into(c, facts).values(name=_FINGERPRINT, value=fingerprint).on_conflict_do_nothing())
        )
        bound = database.read(lambda c: c.execute(query).scalar())
    if bound != fingerprint:
        raise KeyMismatch(
            f"the state database {database.place} was filled with token key {bound}, configured is {fingerprint}; "
            "give that key in GRAPHFRAUD_TOKEN_KEY, or use another database"
        )
