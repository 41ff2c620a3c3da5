"""What is configured, what answers, which versions meet, and what to do about each problem."""

from __future__ import annotations

import os
import platform
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from graphfraud import schema
from graphfraud.errors import GraphfraudError, OperatorError
from graphfraud.intake.tokens import key_fingerprint
from graphfraud.settings import SETTINGS, Settings

if TYPE_CHECKING:
    from graphfraud.store import Store

State = Literal["ok", "warning", "problem"]
ENOUGH_SPACE, LEAST_SPACE = 2 * 2**30, 200 * 2**20  # bytes: a million applications take about one gigabyte
OLDEST_NEO4J = (5, 23)  # the first with CALL (x) { … }, which the statements use


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing that was looked at: its state, what was found, and what to do where it is not ok."""

    name: str
    state: State
    found: str
    do: str = ""
    of_store: bool = False


def examine() -> tuple[Diagnosis, ...]:
    """Look at the settings, the data folder, the key, application state and the store, in this order; no error ends it early.

    The embedded engine is started as by any command. Nothing is written that was not there, the data folder of an
    embedded store aside.
    """
    diagnoses = [_program()]
    try:
        settings = Settings.from_environment()
    except GraphfraudError as error:
        return (*diagnoses, Diagnosis("settings", "problem", str(error), "correct it and run graphfraud doctor again"))
    diagnoses += [_settings(), _folder(settings.home), _projection(settings.home / "projection")]
    fingerprint, key = _key(settings)
    return (*diagnoses, key, _state(settings, fingerprint), *_store(settings, fingerprint))


def _program() -> Diagnosis:
    parts = [f"graphfraud {_version('graphfraud')}", f"Python {platform.python_version()}", f"schema {schema.SCHEMA_VERSION}"]
    parts += [f"{name} {_version(name)}" for name in ("neo4j", "arcadedb-embedded", "igraph")]
    return Diagnosis("program", "ok", ", ".join(parts))


def _settings() -> Diagnosis:
    given = [s.name for s in SETTINGS if os.environ.get(s.name) or (s.secret and os.environ.get(s.name + "_FILE"))]
    return Diagnosis("settings", "ok", f"set: {', '.join(given)}" if given else "all at their defaults")


def _folder(home: Path) -> Diagnosis:
    there = next(path for path in (home, *home.parents) if path.exists())
    do = "set GRAPHFRAUD_HOME to a folder you can write"
    if not there.is_dir():
        return Diagnosis("data folder", "problem", f"{there} is a file", do)
    if not os.access(there, os.W_OK | os.X_OK):
        return Diagnosis("data folder", "problem", f"{there} cannot be written", do)
    free = shutil.disk_usage(there).free
    found = f"{home}{'' if there == home else ' (made on first use)'}, {free / 2**30:.1f} GB free"
    if free < LEAST_SPACE:
        return Diagnosis("data folder", "problem", found, "free some space there, or set GRAPHFRAUD_HOME to another disk")
    if free < ENOUGH_SPACE:
        return Diagnosis("data folder", "warning", found, "a million applications take about one gigabyte; free some space")
    return Diagnosis("data folder", "ok", found)


def _projection(folder: Path) -> Diagnosis:
    if not folder.exists():
        return Diagnosis("projection", "ok", f"{folder} (made by the first scan)")
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        return Diagnosis(
            "projection", "problem", f"{folder} cannot be read and written", f"give yourself the right: chmod u+rwx {folder}"
        )
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    return Diagnosis("projection", "ok", f"{folder}, {size / 2**20:.1f} MB")


def _key(settings: Settings) -> tuple[str | None, Diagnosis]:
    path = settings.home / "token.key"
    if not settings.token_key_setting and not path.exists():
        return None, Diagnosis("token key", "ok", f"{path} (made on first use)")
    try:
        fingerprint = key_fingerprint(settings.token_key())
    except GraphfraudError as error:
        return None, Diagnosis("token key", "problem", str(error), "give 64 hexadecimal digits: openssl rand -hex 32")
    found = f"fingerprint {fingerprint}, from {'GRAPHFRAUD_TOKEN_KEY' if settings.token_key_setting else path}"
    if not settings.token_key_setting and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        return fingerprint, Diagnosis("token key", "warning", f"{found}, which others can read", f"chmod 600 {path}")
    return fingerprint, Diagnosis("token key", "ok", found)


def _state(settings: Settings, fingerprint: str | None) -> Diagnosis:
    from graphfraud.state import inspect_state, migrate

    try:
        found = inspect_state(settings)
    except GraphfraudError as error:
        said, _, do = str(error).rpartition("; ")
        return Diagnosis("state", "problem", said or do, do if said else "", of_store=not isinstance(error, OperatorError))
    if found.version is None:
        return Diagnosis("state", "ok", f"{found.place} (made on first use)")
    says = f"{found.place}, version {found.version} of {migrate.HEAD}"
    if found.version > migrate.HEAD:
        return Diagnosis("state", "problem", says, "install a newer graphfraud", of_store=True)
    if found.fingerprint not in (None, fingerprint):
        says = f"{says}; filled with key {found.fingerprint}, configured is {fingerprint or 'none'}"
        return Diagnosis(
            "state", "problem", says, "give that key in GRAPHFRAUD_TOKEN_KEY, or use another database", of_store=True
        )
    do = "" if found.version == migrate.HEAD else "any command brings it up to date, or run graphfraud state upgrade"
    return Diagnosis("state", "warning" if do else "ok", says, do)


def _store(settings: Settings, fingerprint: str | None) -> Iterator[Diagnosis]:
    from graphfraud.store import Store

    try:
        with Store.open(settings, any_version=True) as store:
            yield _engine(store)
            yield from _content(store, fingerprint)
    except GraphfraudError as error:
        said, _, do = str(error).rpartition("; ")
        yield Diagnosis("store", "problem", said or do, do if said else "", of_store=not isinstance(error, OperatorError))


def _engine(store: Store) -> Diagnosis:
    name, _, number = store.engine.partition("/")
    found = f"{store.url} answers: {store.engine}"
    parts = tuple(int(part) for part in number.split(".")[:2] if part.isdigit())
    if name == "Neo4j" and not store.embedded and parts < OLDEST_NEO4J:
        oldest = ".".join(map(str, OLDEST_NEO4J))
        return Diagnosis(
            "store", "problem", found, f"install Neo4j {oldest} or newer (5.26 has long-term support)", of_store=True
        )
    return Diagnosis("store", "ok", found)


def _content(store: Store, fingerprint: str | None) -> Iterator[Diagnosis]:
    from graphfraud.store import versions

    state = store.state()
    if state is None:
        yield Diagnosis("schema", "ok", "a new database; the first load makes it a store")
        return
    found = f"version {state.schema_version} in the store, {versions.CURRENT} in the program; commit {state.sequence}"
    if state.schema_version > versions.CURRENT:
        yield Diagnosis("schema", "problem", found, "install a newer graphfraud", of_store=True)
    elif state.schema_version < versions.CURRENT:
        yield Diagnosis("schema", "problem", found, "run graphfraud store upgrade", of_store=True)
    elif state.shape != versions.SHAPE:
        yield Diagnosis("schema", "warning", f"{found}; constraints are missing", "run graphfraud store upgrade")
    else:
        yield Diagnosis("schema", "ok", found)
    if state.key_fingerprint is None:
        yield Diagnosis("store's key", "ok", "none yet; the first load binds the store to the token key")
    elif state.key_fingerprint == fingerprint:
        yield Diagnosis("store's key", "ok", "is the configured token key")
    else:
        found = f"the store was filled with key {state.key_fingerprint}, configured is {fingerprint or 'none'}"
        yield Diagnosis(
            "store's key", "problem", found, "give that key in GRAPHFRAUD_TOKEN_KEY, or use another store", of_store=True
        )


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
