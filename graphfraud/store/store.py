"""The store: statements by name, in transactions that are tried again when the engine says so."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar, cast

import neo4j

from graphfraud.errors import (
    GraphfraudError,
    KeyMismatch,
    StoreConflict,
    StoreError,
    StoreRejected,
    StoreUnreachable,
    StoreVersion,
)
from graphfraud.settings import Settings
from graphfraud.store import versions
from graphfraud.store.connection import Access, Connection
from graphfraud.store.retries import Retries
from graphfraud.store.statements import Statement, statement
from graphfraud.store.translation import DRIVER_ERRORS, is_lost_connection, is_transient, root_of, translate
from graphfraud.store.turns import turn

T = TypeVar("T")
Row = dict[str, object]

ALL_ROWS = -1
STREAM_ROWS = 5_000  # rows in flight while streaming: large enough for 20,000 rows a second, small enough to stay flat


@dataclass(frozen=True, slots=True)
class StoreState:
    """What the store knows of itself.

    schema_version and shape (a hash of the constraints and indexes) say what its schema is, sequence is the number of
    the last commit that changed something, key_fingerprint that of the token key it was filled with (None: not yet).
    """

    store_id: str
    schema_version: int
    shape: str
    sequence: int
    key_fingerprint: str | None


class Transaction:
    """A transaction in progress; only `Store.write` and `Store.read_together` make one."""

    def __init__(self, transaction: neo4j.Transaction) -> None:
        self._transaction = transaction
        self.doing = "the transaction"

    def run(self, name: str, /, **parameters: object) -> list[Row]:
        """Run a statement and return its rows, each a dict of its columns."""
        wanted = statement(name)
        wanted.check(parameters)
        self.doing = f"statement {name}"
        rows = _rows(self._transaction.run(wanted.text, parameters))
        self.doing = "the commit"
        return rows


class Store:
    """A graph of applications in Neo4j or in the embedded engine, reached over Bolt by the official driver.

    Safe to share between threads. Every error is one of `graphfraud.errors`; transient ones were tried again before. on_lost
    is told when a piece of work lost its connection, also where it then succeeds: whoever waited for it has waited long.
    """

    def __init__(
        self, connection: Connection, retries: Retries | None = None, on_lost: Callable[[StoreError], None] | None = None
    ) -> None:
        self._connection = connection
        self._retries = retries or Retries()
        self._on_lost = on_lost

    @classmethod
    def open(
        cls,
        settings: Settings,
        *,
        any_version: bool = False,
        retries: Retries | None = None,
        on_lost: Callable[[StoreError], None] | None = None,
    ) -> Self:
        """Connect to the configured store, starting the embedded engine on demand.

        A database that was never used gets its constraints, indexes and Store node. Raises StoreUnreachable, StoreDenied,
        SettingError, DiskError, and StoreVersion if its schema is older or newer than this program's; with any_version
        nothing is made and no version refused (for `graphfraud store upgrade` and `graphfraud doctor`).
        """
        store = cls(Connection(settings), retries, on_lost)
        try:
            if not any_version:
                store._prepare()
        except BaseException:
            store.close()
            raise
        return store

    def read(self, name: str, /, **parameters: object) -> list[Row]:
        """Run a reading statement and return its rows, each a dict of its columns."""
        wanted = statement(name)
        wanted.check(parameters)

        def read() -> list[Row]:
            with self._connection.session("READ", ALL_ROWS) as session:
                return _rows(session.run(wanted.text, parameters))

        return self._persist(read, lambda: f"statement {name}")

    def read_together(self, work: Callable[[Transaction], T]) -> T:
        """Run several reading statements in one transaction; work may be called again, so it keeps nothing outside."""
        return self._transact("READ", work)

    def stream(self, name: str, /, **parameters: object) -> Iterator[Row]:
        """Run a reading statement and yield its rows as they come, in flat memory; it is not tried again once rows came."""
        wanted = statement(name)
        wanted.check(parameters)
        return self._stream(wanted, parameters)

    def write(self, work: Callable[[Transaction], T], *, in_turn: bool = False) -> T:
        """Run work in one transaction and commit it; what it returns is returned after the commit.

        work is called again after a transient error, so it keeps nothing outside and has no other effect. in_turn waits
        for others that write in turn (`graphfraud.store.turns`) where the engine would not make them wait.
        """
        return self._transact("WRITE", work, in_turn)

    def sweep(self, name: str, /, **parameters: object) -> list[Row]:
        """Run one statement that commits in parts by itself (``CALL {} IN TRANSACTIONS``): to delete a great many rows.

        It may stop half way; run again, it must go on where it was.
        """
        wanted = statement(name)
        wanted.check(parameters)

        def run() -> list[Row]:
            with self._connection.session("WRITE", ALL_ROWS) as session:
                return _rows(session.run(wanted.text, parameters))

        return self._persist(run, lambda: f"statement {name}")

    def state(self) -> StoreState | None:
        """Return what the store knows of itself, None if the database was never used as a store."""
        rows = self.read("schema/state")
        if not rows:
            return None
        if not isinstance(rows[0]["schema_version"], int):
            raise StoreVersion(f"the database at {self.url} has a Store node of another program; give an empty database")
        return StoreState(**rows[0])  # type: ignore[arg-type]  # its columns are the fields: a test compares them

    def store_id(self) -> str:
        """Return the id that the store was founded with; it tells stores apart whose files lie in one data folder."""
        state = self.state()
        if state is None:
            raise StoreRejected(f"{self.url} is no store yet; run `graphfraud store upgrade`")
        return state.store_id

    def claim_key(self, fingerprint: str) -> None:
        """Bind an empty store to the token key of that fingerprint; raise KeyMismatch if it was filled with another."""
        state = self.state()
        found = state.key_fingerprint if state else None
        if found is None:
            rows = self.write(lambda transaction: transaction.run("schema/claim_key", fingerprint=fingerprint))
            if not rows:
                raise StoreRejected(f"{self.url} is no store yet; run `graphfraud store upgrade`")
            found = cast(str, rows[0]["key_fingerprint"])
        if found != fingerprint:
            raise KeyMismatch(
                f"the store at {self.url} was filled with token key {found}, and the configured key is {fingerprint}: its "
                "tokens would silently match nothing; give that key in GRAPHFRAUD_TOKEN_KEY (or …_FILE), or use another store"
            )

    def upgrade(self) -> tuple[int, int]:
        """Bring the schema to this program's version; return the version before and after. Raises StoreVersion if newer."""
        state = self.state()
        if state is None:
            self._prepare()
            return versions.CURRENT, versions.CURRENT
        versions.refuse_newer(state.schema_version, self.url)
        for step in versions.steps_from(state.schema_version):
            step.run(self)
            self._advance(step.to, state.shape)
        self._shape()
        return state.schema_version, versions.CURRENT

    @property
    def url(self) -> str:
        """Address of the store: the URL of a server, the folder of the embedded engine."""
        return self._connection.place.url

    @property
    def embedded(self) -> bool:
        """Say whether it is the embedded engine."""
        return self._connection.place.embedded

    @property
    def engine(self) -> str:
        """Name and version that the engine gives itself."""
        return self._connection.agent()

    def close(self) -> None:
        """Close all connections; the embedded engine goes on for other commands and stops by itself when idle."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self.close()

    def _prepare(self) -> None:
        state = self.state()
        if state is None:
            self._shape(store_id=uuid.uuid4().hex)
            return
        versions.refuse_other(state.schema_version, self.url)
        if state.shape != versions.SHAPE:  # a kind came in without a change of version: its constraint is missing
            self._shape()

    def _shape(self, store_id: str | None = None) -> None:
        """Make all constraints and indexes, then write that they are there: a store killed half way does it again."""
        for name in versions.shape_statements():
            self.sweep(name)  # engines want a change of schema in a transaction of its own
        if store_id is None:
            self._advance(versions.CURRENT, versions.SHAPE)
        else:
            self._found(store_id)

    def _found(self, store_id: str) -> None:
        self.write(
            lambda transaction: transaction.run(
                "schema/found", store_id=store_id, schema_version=versions.CURRENT, shape=versions.SHAPE
            )
        )

    def _advance(self, version: int, shape: str) -> None:
        self.write(lambda transaction: transaction.run("schema/advance", schema_version=version, shape=shape))

    def _transact(self, access: Access, work: Callable[[Transaction], T], in_turn: bool = False) -> T:
        current: list[Transaction] = []
        place = self._connection.place

        def attempt() -> T:
            ours = turn(Path(place.url)) if in_turn and place.embedded else nullcontext()
            with ours, self._connection.session(access, ALL_ROWS) as session, session.begin_transaction() as begun:
                transaction = Transaction(begun)
                current[:] = [transaction]
                answer = work(transaction)
                begun.commit()
                return answer

        return self._persist(attempt, lambda: current[0].doing if current else "the transaction")

    def _stream(self, wanted: Statement, parameters: dict[str, object]) -> Iterator[Row]:
        began = False

        def start() -> tuple[neo4j.Session, neo4j.Result]:
            session = self._connection.session("READ", STREAM_ROWS)
            try:
                result = session.run(wanted.text, parameters)
                result.peek()
            except BaseException:
                session.close()
                raise
            return session, result

        session, result = self._persist(start, lambda: f"statement {wanted.name}")
        try:
            keys = result.keys()
            for record in result:
                began = True
                yield dict(zip(keys, record.values(), strict=True))
        except DRIVER_ERRORS as error:
            where = f"statement {wanted.name}" + (" half way" if began else "")
            raise translate(error, self._connection.place, where) from error
        finally:
            session.close()

    def _persist(self, attempt: Callable[[], T], doing: Callable[[], str]) -> T:
        """Make attempts until one succeeds, an error is final or the retries are used up."""
        waits = self._retries.waits()
        told = False
        while True:
            generation = self._connection.generation
            try:
                return attempt()
            except DRIVER_ERRORS as raised:
                error, place = root_of(raised), self._connection.place
                pulled = self._connection.left(generation) and not isinstance(error, neo4j.exceptions.IncompleteCommit)
                if pulled and self._connection.closed:
                    raise StoreUnreachable(f"{doing()}: the connection to {place.url} was closed meanwhile") from error
                if not pulled and not is_transient(error, place):
                    raise translate(error, place, doing()) from error
                lost = is_lost_connection(error)
                if lost and not pulled and not told:
                    told = True
                    self._tell_lost(translate(error, place, doing()))
                wait = next(waits, None)
                if wait is None:
                    ours = translate(error, place, doing())
                    if isinstance(ours, StoreRejected):
                        ours = StoreConflict(str(ours))
                    raise ours from error
                time.sleep(wait)
                if place.embedded and lost:
                    self._connection.reopen(generation)

    def _tell_lost(self, error: GraphfraudError) -> None:
        if self._on_lost is not None and isinstance(error, StoreError):
            self._on_lost(error)


def _rows(result: neo4j.Result) -> list[Row]:
    keys = result.keys()
    return [dict(zip(keys, record.values(), strict=True)) for record in result]
