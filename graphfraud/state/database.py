"""The database of application state: SQLite in the data folder, or PostgreSQL by URL; the one border to both drivers.

All work goes through `read` and `write`. A write is one transaction: it is tried again where the engine asks for that
(a lock, a deadlock, a connection that went away), so the work that it is given must be safe to run twice.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from graphfraud.errors import DiskError, StateError, StateUnreachable

T = TypeVar("T")

_BEGIN = "BEGIN IMMEDIATE"
BUSY_MS = 10_000  # how long SQLite waits for another process's write
CONNECT_SECONDS = 3
STATEMENT_MS, LOCK_MS, IDLE_MS = 15_000, 5_000, 60_000
POOL = 8
TRIES, LONGEST_TRYING = 6, 15.0
# serialization failure, deadlock, lock not available; the server goes or comes
_TRANSIENT = frozenset({"40001", "40P01", "55P03", "57P01", "57P02", "57P03"})


class Database:
    """One database of application state; safe between threads, and between processes that open it each for itself."""

    def __init__(self, url: str) -> None:
        """Take a URL as in `Settings.state_url`; connects only when asked to."""
        self.sqlite_file = sqlite_file(url)
        self.place = str(self.sqlite_file) if self.sqlite_file else _without_secret(url)
        if self.sqlite_file:
            _make_private(self.sqlite_file)
            durable, light = (_sqlite(self.sqlite_file, synchronous) for synchronous in ("FULL", "NORMAL"))
        else:
            durable = light = _postgresql(url)
        self._durable, self._light = durable, light
        self._reading = durable.execution_options(isolation_level="AUTOCOMMIT", gf_begin="")
        # SQLite has one writer: threads of one process wait for each other here rather than by sleeping in the engine.
        self._turn: contextlib.AbstractContextManager[Any] = threading.Lock() if self.sqlite_file else contextlib.nullcontext()

    @property
    def engine(self) -> Engine:
        """The engine whose commits are on disk when they return."""
        return self._durable

    @property
    def is_sqlite(self) -> bool:
        """Whether this is SQLite."""
        return self.sqlite_file is not None

    def read(self, work: Callable[[Connection], T]) -> T:
        """Run work that only reads, each statement on its own; raise StateUnreachable or StateError."""
        return self._trying(lambda: self._read_once(work))

    def write(self, work: Callable[[Connection], T], *, serial: str = "", durable: bool = True) -> T:
        """Run work in one transaction and return once it is committed; raise StateUnreachable or StateError.

        serial names a work of which only one is done at a time, in all processes. Without durable, a loss of power may
        take the transaction back, and nothing before it: for leases and claims, which lapse anyway.
        """
        return self._trying(lambda: self._write_once(work, serial, durable))

    def close(self) -> None:
        """Close all connections."""
        for engine in {self._durable, self._light}:
            engine.dispose()

    def _read_once(self, work: Callable[[Connection], T]) -> T:
        with self._reading.connect() as connection:
            return work(connection)

    def _write_once(self, work: Callable[[Connection], T], serial: str, durable: bool) -> T:
        engine = self._durable if durable else self._light
        with self._turn, engine.begin() as connection:
            if not self.is_sqlite:
                if not durable:
                    connection.exec_driver_sql("SET LOCAL synchronous_commit TO off")
                if serial:
                    take_turn(connection, serial)
            return work(connection)

    def _trying(self, once: Callable[[], T]) -> T:
        end = time.monotonic() + LONGEST_TRYING
        for attempt in range(1, TRIES + 1):
            try:
                return once()
            except SQLAlchemyError as error:
                if attempt == TRIES or time.monotonic() > end or not _is_transient(error):
                    raise self.translated(error) from error
            # Two that clashed must not clash again; nothing that is stored depends on this.
            time.sleep(random.uniform(0.5, 1.5) * 0.01 * 2**attempt)
        raise AssertionError("the loop ends by return or raise")

    def translated(self, error: SQLAlchemyError) -> StateError:
        """Return our error for one of the driver's, without a password or a value in it."""
        cause = error.orig if isinstance(error, DBAPIError) else None
        said = " ".join(str(cause or error).split())[:300]
        if isinstance(cause, sqlite3.Error) and re.search(r"disk is full|disk I/O|readonly|unable to open", said):
            return StateUnreachable(
                f"cannot write {self.place}: {said}; free some space or set GRAPHFRAUD_HOME to another folder"
            )
        if _is_transient(error) or isinstance(error, sa.exc.TimeoutError) or _refused(cause):
            return StateUnreachable(f"the state database {self.place} does not answer: {said}; see that it runs")
        return StateError(f"the state database {self.place} refused: {said}; run graphfraud doctor")


_ADVISORY = sa.text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


def _is_transient(error: SQLAlchemyError) -> bool:
    if not isinstance(error, DBAPIError):
        return False
    if error.connection_invalidated or getattr(error.orig, "sqlstate", None) in _TRANSIENT:
        return True
    return isinstance(error.orig, sqlite3.OperationalError) and "locked" in str(error.orig)


def _refused(cause: BaseException | None) -> bool:
    # A connection that psycopg could not make has no SQLSTATE, or one of the classes of connecting (08) and logging in (28).
    state = getattr(cause, "sqlstate", None)
    return type(cause).__name__ == "OperationalError" and (state is None or state[:2] in ("08", "28", "3D", "53"))


def _sqlite(file: Path, synchronous: str) -> Engine:
    engine = sa.create_engine(
        URL.create("sqlite", database=str(file)),
        connect_args={"timeout": BUSY_MS / 1000, "check_same_thread": False},
        pool_size=POOL,
        max_overflow=2 * POOL,
    )

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: object) -> None:  # noqa: ARG001 - the event's signature
        connection.isolation_level = None  # BEGIN is ours to say: the driver's own comes too late for reads
        if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
            _switch_to_wal(connection)
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A transaction that may write takes its turn at once: one that began by reading could only fail later.
        if connection.get_execution_options().get("gf_begin") != "":
            driver: Any = connection.connection.driver_connection
            _wait_for_turn(driver)
            if not driver.in_transaction:
                connection.exec_driver_sql(_BEGIN)  # fails again, and where SQLAlchemy sees it

    return engine


def _wait_for_turn(connection: Any) -> None:
    # SQLite's own waiting looks again after pauses that grow to a tenth of a second: with three writers a check would wait
    # half a second now and then.
    end = time.monotonic() + BUSY_MS / 1000
    connection.execute("PRAGMA busy_timeout = 0")
    try:
        while time.monotonic() < end:
            try:
                connection.execute(_BEGIN)
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error):
                    return
                time.sleep(random.uniform(0.0005, 0.0015))
    finally:
        connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")


def _switch_to_wal(connection: Any) -> None:
    # SQLite does not wait for others while it switches.
    end = time.monotonic() + BUSY_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > end:
                raise
            time.sleep(0.01)


def _postgresql(url: str) -> Engine:
    parsed = make_url(url).set(drivername="postgresql+psycopg")
    own = str(parsed.query.get("options", ""))
    limits = (
        f"-c statement_timeout={STATEMENT_MS} -c lock_timeout={LOCK_MS} -c idle_in_transaction_session_timeout={IDLE_MS} "
        # Every statement that a check waits for has its index; a new table without statistics must not hide it.
        "-c synchronous_commit=on -c enable_seqscan=off"
    )
    return sa.create_engine(
        parsed.difference_update_query(["options"]),
        connect_args={
            "connect_timeout": CONNECT_SECONDS,
            "options": f"{limits} {own}".strip(),
            "application_name": "graphfraud",
            "tcp_user_timeout": 10_000,
        },
        pool_size=POOL,
        max_overflow=2 * POOL,
        pool_timeout=CONNECT_SECONDS,
    )


def _make_private(file: Path) -> None:
    """Make the folder and an empty file that only its owner can read; SQLite gives its side files the same rights."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(file, os.O_RDWR | os.O_CREAT, 0o600))
    except OSError as error:
        raise DiskError(f"cannot write {file}: {error.strerror}; set GRAPHFRAUD_HOME to a folder you can write") from error


def _without_secret(url: str) -> str:
    return make_url(url).set(query={}).render_as_string(hide_password=True)


@contextlib.contextmanager
def only_one(database: Database) -> Iterator[Connection]:
    """Hold a durable transaction that no other process has open at the same time: for migrations."""
    with database._turn, database.engine.begin() as connection:
        if not database.is_sqlite:
            connection.exec_driver_sql("SET LOCAL statement_timeout TO 0")
            connection.exec_driver_sql("SET LOCAL lock_timeout TO 0")
            connection.execute(_ADVISORY, {"name": "graphfraud migrate"})
        yield connection


def sqlite_file(url: str) -> Path | None:
    """Return the file of a URL as in `Settings.state_url`, None for PostgreSQL."""
    return Path(url.removeprefix("sqlite:")) if url.startswith("sqlite:") else None


def take_turn(connection: Connection, name: str) -> None:
    """Let nobody else be in the work of that name until this transaction ends; SQLite's transactions are so anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(_ADVISORY, {"name": f"graphfraud {name}"})


def insert_into(connection: Connection, table: sa.Table) -> postgresql.Insert:
    """Return the engine's own INSERT, which knows ON CONFLICT; both engines spell it alike."""
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table)
    return cast(postgresql.Insert, sqlite.insert(table))
