"""One contract, every engine: a test that takes the `store` fixture is a promise that Neo4j and the embedded engine keep.

Where Neo4j cannot run, its half is announced as NOT RUN at the end of the session, and with REQUIRE_ENGINES=1 (continuous
integration sets it) the session fails. NEO4J_TEST_URL and NEO4J_TEST_PASSWORD name a server that is already running; **its
database is emptied before each test**.
"""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from engines import neo4j_server, postgresql_server

from graphfraud.settings import Settings
from graphfraud.store import Store, embedded

ENGINES = ("embedded", "neo4j")
CANNOT_RUN = re.compile(r"(\w+) cannot run here: (.*)", re.DOTALL)
NOT_RUN = pytest.StashKey[dict[str, str]]()
AUTHORITY = pytest.StashKey[Path | None]()
EARLY_NEO4J = pytest.StashKey[neo4j_server.Server]()


@pytest.fixture(autouse=True, scope="session")
def no_settings_from_outside() -> Iterator[None]:
    """Take the operator's own settings away: a test must never write into the store they name.

    And the width of a terminal, which a worker of xdist is told: nothing that is tested is one.
    """
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith("GRAPHFRAUD_") or name == "COLUMNS":
                patch.delenv(name)
        yield


@pytest.fixture(scope="session", params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """Name of the engine under test; whatever depends on it runs once for each."""
    return str(request.param)


@pytest.fixture(scope="session")
def engine_settings(engine: str, request: pytest.FixtureRequest) -> Settings:
    """Settings that lead to a running engine, with a data folder of their own."""
    return request.getfixturevalue(f"{engine}_settings")


@pytest.fixture(scope="session")
def embedded_settings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """Settings of an embedded engine that ends with the session, or by itself if the session is killed."""
    home = tmp_path_factory.mktemp("embedded")
    settings = Settings(home=home, store=f"embedded:{home / 'store'}", store_memory="512m", store_idle=60.0)
    yield settings
    embedded.stop(home / "store", force=True)


@pytest.fixture(scope="session")
def neo4j_settings(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Settings]:
    """Settings of a Neo4j server that ends with the session; tests are skipped, loudly, where it cannot run."""
    home = tmp_path_factory.mktemp("neo4j-home")
    url = os.environ.get("NEO4J_TEST_URL")
    if url:
        yield Settings(home=home, store=url, store_password=os.environ.get("NEO4J_TEST_PASSWORD", ""))
        return
    try:
        server = request.config.stash.get(EARLY_NEO4J, None) or neo4j_server.start(tmp_path_factory.mktemp("neo4j"))
        server.wait()
    except neo4j_server.NotAvailable as reason:
        pytest.skip(f"Neo4j cannot run here: {reason}")
    request.config.stash[AUTHORITY] = server.authority if server.authority.exists() else None
    yield Settings(home=home, store=server.url, store_password=server.password)
    server.stop()


@pytest.fixture
def neo4j_authority(neo4j_settings: Settings, request: pytest.FixtureRequest) -> Path:
    """File of the certificate authority that signed the Neo4j server's certificate."""
    authority = request.config.stash.get(AUTHORITY, None)
    if authority is None:
        pytest.skip("the Neo4j server has no certificate: no openssl here, or a server from outside")
    return authority


@pytest.fixture(scope="session")
def shared_store(engine_settings: Settings) -> Iterator[Store]:
    """The one store of the session for each engine; take `store`, which is empty."""
    with Store.open(engine_settings) as store:
        yield store


@pytest.fixture
def store(shared_store: Store) -> Store:
    """An empty store of each engine: constraints and indexes are there, the sequence is 0, no key is claimed."""
    empty(shared_store)
    return shared_store


@pytest.fixture(scope="session")
def empty_store(shared_store: Store) -> Callable[[], Store]:
    """Empty the store of each engine and return it, for fixtures that live longer than a test."""

    def emptied() -> Store:
        empty(shared_store)
        return shared_store

    return emptied


@pytest.fixture
def store_environment(engine_settings: Settings, store: Store, tmp_path: Path) -> dict[str, str]:
    """Environment variables for a command line on the empty store, with a data folder of this test's own."""
    environment = {"GRAPHFRAUD_HOME": str(tmp_path), "GRAPHFRAUD_STORE": engine_settings.store}
    if engine_settings.store_password:
        environment["GRAPHFRAUD_STORE_PASSWORD"] = engine_settings.store_password
    return environment


@pytest.fixture(scope="session")
def postgresql(request: pytest.FixtureRequest) -> Iterator[str]:
    """URL of a PostgreSQL server that ends with the session; tests are skipped, loudly, where it cannot run.

    STATE_TEST_URL names a server that runs already; databases are made and dropped in it.
    """
    if url := os.environ.get("STATE_TEST_URL"):
        yield url
        return
    try:
        server = postgresql_server.start()
    except postgresql_server.NotAvailable as reason:
        pytest.skip(f"PostgreSQL cannot run here: {reason}")
    yield server.url()
    server.stop()


def empty(store: Store) -> None:
    """Delete everything but the schema and make the store as new."""
    with store._connection.session("WRITE", -1) as session:  # no statement of the product empties a store
        session.run("MATCH (n) WHERE NOT n:Store CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
        session.run("MATCH (n:Store) DETACH DELETE n").consume()
    store._prepare()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Start Neo4j beside the tests that come before its own: it needs a quarter of a minute."""
    if session.config.option.collectonly or os.environ.get("NEO4J_TEST_URL"):
        return
    specs = [item.callspec.params.values() for item in session.items if hasattr(item, "callspec")]
    named = [item.fixturenames for item in session.items if hasattr(item, "fixturenames")]
    if any("neo4j" in values for values in specs) or any("neo4j_settings" in names for names in named):
        factory = session.config._tmp_path_factory  # type: ignore[attr-defined]  # the only way to it outside a fixture
        with contextlib.suppress(neo4j_server.NotAvailable):  # the fixture tries again and says so
            session.config.stash[EARLY_NEO4J] = neo4j_server.start(factory.mktemp("neo4j"))


def pytest_unconfigure(config: pytest.Config) -> None:
    """End a Neo4j that was started early, also when no test came to use it or the session was interrupted."""
    server = config.stash.get(EARLY_NEO4J, None)
    if server is not None:
        server.stop()


class WhatDidNotRun:
    """Collects the engines that could not run, from the tests skipped for it, in whatever process they ran."""

    def __init__(self, config: pytest.Config) -> None:
        self._found = config.stash.setdefault(NOT_RUN, {})

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the engine that a skipped test names."""
        found = CANNOT_RUN.search(str(report.longrepr[2])) if report.skipped and isinstance(report.longrepr, tuple) else None
        if found:
            self._found[found[1]] = found[2]


def pytest_configure(config: pytest.Config) -> None:
    """Collect what could not run; refuse a server from outside for several processes, which would empty it for each other."""
    several = getattr(config.option, "numprocesses", None) or hasattr(config, "workerinput")
    if several and os.environ.get("NEO4J_TEST_URL"):
        raise pytest.UsageError("NEO4J_TEST_URL names one database: run the tests in one process (python -m pytest)")
    config.pluginmanager.register(WhatDidNotRun(config))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which engine did not run."""
    for name, reason in config.stash.get(NOT_RUN, {}).items():
        terminalreporter.section(f"{name}: NOT RUN", sep="!", red=True, bold=True)
        terminalreporter.line(f"The tests that need {name} did not run: {reason}")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Fail the session if an engine is required and did not run."""
    if session.config.stash.get(NOT_RUN, {}) and os.environ.get("REQUIRE_ENGINES") == "1":
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
