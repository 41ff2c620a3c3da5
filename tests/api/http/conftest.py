"""Services that tests share: one on each engine, and one on an engine of its own for what has nothing to do with the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from serving import Served, command, serve

from graphfraud.settings import Settings
from graphfraud.store import Store, embedded
from ingest.world.make import Plan, make_world
from ingest.world.write import write_world


@pytest.fixture(scope="module")
def served(
    engine_settings: Settings, empty_store: Callable[[], Store], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    """A service on an empty store of each engine, with a data folder of its own."""
    empty_store()
    environment = {"GRAPHFRAUD_HOME": str(tmp_path_factory.mktemp("served")), "GRAPHFRAUD_STORE": engine_settings.store}
    if engine_settings.store_password:
        environment["GRAPHFRAUD_STORE_PASSWORD"] = engine_settings.store_password
    running = serve(environment)
    yield running
    assert running.stop() == 0
    assert not [line for line in running.log if "Traceback" in line or " failure " in line]


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Environment with a data folder and a small embedded engine of its own."""
    folder = tmp_path_factory.mktemp("home")
    yield {"GRAPHFRAUD_HOME": str(folder), "GRAPHFRAUD_STORE_MEMORY": "384m", "GRAPHFRAUD_STORE_IDLE": "60"}
    embedded.stop(folder / "store", force=True)


@pytest.fixture(scope="session")
def service(home: dict[str, str]) -> Iterator[Served]:
    """A service for all that does not depend on the engine."""
    running = serve(home)
    yield running
    assert running.stop() == 0


@pytest.fixture
def with_rings(tmp_path: Path) -> Iterator[Served]:
    """A service on a store in which a small world (the files are in `world` of tmp_path) was loaded and scanned."""
    home = {"GRAPHFRAUD_HOME": str(tmp_path / "home"), "GRAPHFRAUD_STORE_MEMORY": "384m", "GRAPHFRAUD_STORE_IDLE": "60"}
    write_world(make_world(Plan(1_500, seed=4)), tmp_path / "world")
    running = serve(home)
    for arguments in (["load", str(tmp_path / "world")], ["scan", "--decoys", "0"]):
        done = command(running, *arguments)
        assert done.returncode == 0, done.stderr
    yield running
    assert running.stop() == 0
    embedded.stop(tmp_path / "home" / "store", force=True)
