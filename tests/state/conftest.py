"""One contract, two databases: a test that takes the `state` fixture is a promise that SQLite and PostgreSQL both keep."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from records import KEY

from graphfraud.settings import Settings
from graphfraud.state import State

_numbers = itertools.count()


class SetClock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.ms = 1_760_000_000_000

    def __call__(self) -> int:
        return self.ms

    def goes(self, ms: int) -> None:
        self.ms += ms


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """Settings with an empty database of each kind."""
    common = {"home": tmp_path, "store": f"embedded:{tmp_path / 'store'}", "token_key_setting": KEY}
    if request.param == "sqlite":
        yield Settings(**common)
        return
    server = request.getfixturevalue("postgresql")
    name = f"graphfraud_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield Settings(**common, state=server.rpartition("/")[0] + f"/{name}")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def clock() -> SetClock:
    """The clock of `state`."""
    return SetClock()


@pytest.fixture
def state(settings: Settings, clock: SetClock) -> Iterator[State]:
    """Empty application state on each database."""
    with State.open(settings, clock) as opened:
        yield opened
