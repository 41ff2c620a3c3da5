"""One contract, two databases: a test that takes the `state` fixture is a promise that SQLite and PostgreSQL both keep."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines.postgresql_server import drop_database, make_database
from records import KEY

from graphfraud.settings import Settings
from graphfraud.state import State, migrate
from graphfraud.state.database import Database


class SetClock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.ms = 1_760_000_000_000

    def __call__(self) -> int:
        return self.ms

    def goes(self, ms: int) -> None:
        self.ms += ms


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a database of each kind whose tables are made: the others are copies, as making takes a while."""
    folder = tmp_path_factory.mktemp("made")
    url = "" if request.param == "sqlite" else make_database(request.getfixturevalue("postgresql"))
    settings = Settings(folder, "embedded:/nowhere", state=url)
    database = Database(settings.state_url)
    migrate.upgrade(database)
    database.close()
    return settings


@pytest.fixture
def settings(made: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings with a database of each kind that has its tables and nothing in them."""
    common = {"home": tmp_path, "store": f"embedded:{tmp_path / 'store'}", "token_key_setting": KEY}
    if not made.state:
        shutil.copy(made.home / "state.db", tmp_path / "state.db")
        yield Settings(**common)
        return
    url = make_database(made.state, template=made.state.rpartition("/")[2])
    yield Settings(**common, state=url)
    drop_database(url)


@pytest.fixture
def new_settings(made: Settings, tmp_path: Path) -> Iterator[Settings]:
    """Settings with a database of each kind that nobody has opened yet."""
    common = {"home": tmp_path, "store": f"embedded:{tmp_path / 'store'}", "token_key_setting": KEY}
    if not made.state:
        yield Settings(**common)
        return
    url = make_database(made.state)
    yield Settings(**common, state=url)
    drop_database(url)


@pytest.fixture
def clock() -> SetClock:
    """The clock of `state`."""
    return SetClock()


@pytest.fixture
def state(settings: Settings, clock: SetClock) -> Iterator[State]:
    """Empty application state on each database."""
    with State.open(settings, clock) as opened:
        yield opened
