"""A load in a test: on the embedded engine, emptied before each test, and a dry run that needs no engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from store_dump import empty

from graphfraud.intake.mapping import DEFAULT, Mapping
from graphfraud.settings import Settings
from graphfraud.store import Store
from ingest.load import LoadRequest, load
from ingest.summary import LoadSummary

KEY = "0123456789abcdef" * 4
Load = Callable[..., LoadSummary]


@pytest.fixture(scope="session")
def _embedded_store(embedded_settings: Settings) -> Iterator[Store]:
    with Store.open(embedded_settings) as store:
        yield store


@pytest.fixture
def embedded_store(_embedded_store: Store) -> Store:
    """The embedded store, empty."""
    empty(_embedded_store)
    return _embedded_store


@pytest.fixture
def load_settings(embedded_settings: Settings, embedded_store: Store, tmp_path: Path) -> Settings:
    """Settings of a load into the embedded store, with a data folder of the test's own."""
    return replace(embedded_settings, home=tmp_path / "home", token_key_setting=KEY)


@pytest.fixture
def load_into_store(load_settings: Settings) -> Load:
    """Load paths into the embedded store."""

    def run(*paths: Path, mapping: Mapping = DEFAULT, **options: object) -> LoadSummary:
        return load(load_settings, LoadRequest(paths, mapping, **options))

    return run


@pytest.fixture
def try_load(tmp_path: Path) -> Load:
    """Load paths in a dry run."""

    def run(*paths: Path, mapping: Mapping = DEFAULT, **options: object) -> LoadSummary:
        settings = Settings(tmp_path / "home", f"embedded:{tmp_path / 'home' / 'store'}", token_key_setting=KEY)
        return load(settings, LoadRequest(paths, mapping, dry_run=True, **options))

    return run
