"""Services that tests share: one on each engine, and one on an engine of its own for what has nothing to do with the store."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from serving import Served, serve

from graphfraud.settings import Settings
from graphfraud.store import Store, embedded


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
