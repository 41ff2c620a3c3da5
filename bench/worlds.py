"""Synthetic worlds as detection reads them, made once: facts and truth as Parquet files in a cache outside the tree.

A world is named by its plan and by the source code that makes it, so that a change to the generator or to intake makes
new ones and never reads old ones.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.detection.columns import Applications, Facts, shared_columns
from graphfraud.facts import facts_of, join_facts, read_facts, to_arrow
from graphfraud.garbage import paused
from graphfraud.intake import Intake
from graphfraud.settings import Conventions
from ingest.world.make import Plan, World, make_world
from ingest.world.write import applications_table, truth_table

TREE = Path(__file__).resolve().parent.parent
CHUNK = 50_000  # records of one chunk are held at a time
MAKERS = ("ingest/world/*.py", "graphfraud/intake/*.py", "graphfraud/facts.py", "graphfraud/schema.py", "bench/worlds.py")


def default_cache() -> Path:
    """Return the folder in which worlds and results are kept."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "graphfraud" / "quality"


def source_version(*patterns: str) -> str:
    """Return a short hash of the source files that match the patterns."""
    digest = hashlib.sha256()
    for path in sorted(path for pattern in patterns for path in TREE.glob(pattern)):
        digest.update(path.relative_to(TREE).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def plan_key(plan: Plan) -> str:
    """Return the name of a plan's world: same plan and same generator, same name."""
    values = {name: sorted(value) if isinstance(value, frozenset) else value for name, value in asdict(plan).items()}
    return hashlib.sha256(f"{sorted(values.items())} {_makers()}".encode()).hexdigest()[:16]


@lru_cache(maxsize=1)
def _makers() -> str:
    return source_version(*MAKERS)


@lru_cache(maxsize=1)  # the jobs of one world come one after the other
def world_columns(plan: Plan, cache: Path) -> tuple[Applications, pd.DataFrame]:
    """Return a world's applications as detection reads them, and its truth; make them if they are not in the cache."""
    facts, truth = world_facts(plan, cache)
    return shared_columns(facts), truth


def world_facts(plan: Plan, cache: Path) -> tuple[Facts, pd.DataFrame]:
    """Return a world's applications as they come in, and its truth; make them if they are not in the cache."""
    folder = cache / "worlds" / plan_key(plan)
    if not folder.exists():
        _keep(make_world(plan), folder)
    facts, _ = read_facts([(folder / "applications.parquet", folder / "occurrences.parquet")])
    return facts, pd.read_parquet(folder / "truth.parquet")


def world_frame(plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a world's applications as a file has them, and its truth."""
    world = make_world(plan)
    return applications_table(world).to_pandas(), truth_table(world).to_pandas()


def _keep(world: World, folder: Path) -> None:
    """Write a world's facts; a folder that is there is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(dir=folder.parent, prefix="making-"))
    try:
        facts = _facts(world)
        applications, occurrences = to_arrow(facts, np.zeros(len(facts), np.int64))
        for name, table in (
            ("applications", applications),
            ("occurrences", occurrences),
            ("truth", truth_table(world)),
        ):
            pq.write_table(table, made / f"{name}.parquet")
        try:
            made.rename(folder)
        except OSError:  # another process was faster, with the same world
            if not folder.exists():
                raise
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _facts(world: World) -> Facts:
    """Take a world in through the one intake, a chunk at a time; its applications are distinct."""
    intake = Intake(bytes(32), Conventions(), None)
    n = len(world.apps)
    return join_facts([_chunk(intake, applications_table(world, at, at + CHUNK)) for at in range(0, n, CHUNK)])


@paused()
def _chunk(intake: Intake, rows: pa.Table) -> Facts:
    return facts_of([intake.application(row) for row in _rows(rows)])


def _rows(table: pa.Table) -> Iterable[dict[str, object]]:
    names, columns = table.column_names, [column.to_pylist() for column in table.columns]
    for values in zip(*columns, strict=True):
        yield dict(zip(names, values, strict=True))
