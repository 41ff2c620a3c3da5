"""What reading costs a scan: the first time, with nothing new, and after a night; and a whole scan beside detection alone.

    python -m bench.projection [--applications 100000] [--new 0.01] [--seed 3] [--cache DIR]

A world is made and all of it but the last applications is loaded into an embedded store, which --cache keeps; a run works on
a copy of it. Reading is what the stage `read` of a scan does: bring the projection up to date (`refresh`) and have its
columns in memory (`facts`). A night is the last applications and, for every ten of them, an old one whose loan amount
changed. Detection alone is everything from the facts in memory to ranked rings with their error rates, the columns of shared
identifiers included. Seconds are wall time, and in brackets processor time of this process and the engine's: that is what
counts where others use the machine too.
"""

from __future__ import annotations

import argparse
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bench.command import KEY, measured, processor_seconds, stop_engine
from bench.stored import write_all
from graphfraud.detection.columns import Facts, shared_columns
from graphfraud.detection.detect import detect
from graphfraud.detection.parameters import Parameters
from graphfraud.intake import Intake
from graphfraud.projection import Projection
from graphfraud.scan import run_scan
from graphfraud.settings import Settings
from graphfraud.store import Store
from graphfraud.store.embedded import running
from ingest.world.make import make_world, plan_world
from ingest.world.write import applications_table

CHANGED_OF_NEW = 10  # one old application changes for so many new ones
SETTLING_SECONDS = 10  # the engine goes on sorting its indexes after a load, which is no part of reading


@dataclass(frozen=True)
class Spent:
    """Wall seconds, processor seconds of this process and of the engine."""

    wall: float
    ours: float
    engine: float

    @property
    def processor(self) -> float:
        """Processor seconds of both."""
        return self.ours + self.engine

    def __add__(self, other: Spent) -> Spent:
        return Spent(self.wall + other.wall, self.ours + other.ours, self.engine + other.engine)

    def __str__(self) -> str:
        return f"{self.wall:8.2f} s ({self.ours:.2f} + {self.engine:.2f} s)"


@dataclass(frozen=True)
class Bench:
    """A loaded store with its projection."""

    store: Store
    projection: Projection
    pid: int

    def timed(self, work: Callable[[], object]) -> Spent:
        """Do some work and say what it took."""
        began = time.perf_counter(), time.process_time(), processor_seconds(self.pid)
        work()
        return Spent(time.perf_counter() - began[0], time.process_time() - began[1], processor_seconds(self.pid) - began[2])

    def reading(self, what: str) -> tuple[Spent, Facts]:
        """Read as a scan does and print what its parts took."""
        read: list[Facts] = []
        refresh = self.timed(lambda: self.projection.refresh(self.store))
        facts = self.timed(lambda: read.append(self.projection.read()))
        both = refresh + facts
        print(f"{what:<24} {both}\n  {'refresh':<22} {refresh}\n  {'facts':<22} {facts}", flush=True)
        return both, read[0]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--applications", type=int, default=100_000, help="applications before the night")
    parser.add_argument("--new", type=float, default=0.01, help="share of them that comes in the night")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=Path(".cache/bench"))
    asked = parser.parse_args()
    new = int(asked.applications * asked.new)
    kept = asked.cache / f"projection-{asked.applications}-{new}-{asked.seed}"
    if not (kept / "night.parquet").exists():
        _load(kept, asked.applications, new, asked.seed)
    with _opened(kept) as (settings, bench):
        intake = Intake(settings.token_key(), settings.conventions, None)
        night = [intake.application(row) for row in pq.read_table(kept / "night.parquet").to_pylist()]
        first, _ = bench.reading("first read")
        bench.reading("nothing new")
        write_all(bench.store, night)
        time.sleep(SETTLING_SECONDS)
        again, facts = bench.reading("after a night")
        columns = bench.timed(partial(shared_columns, facts))
        print(f"  {'shared columns of them':<22} {columns}")
        detection = bench.timed(partial(_detect, facts))
        print(f"{'detection alone':<24} {detection}", flush=True)
        del facts
        stages: list[Mapping[str, float]] = []
        scan = bench.timed(lambda: stages.append(run_scan(settings, bench.store).scan.stage_seconds))
        print(f"{'whole scan':<24} {scan}: " + ", ".join(f"{name} {took:.2f}" for name, took in stages[0].items()))
        print(f"AFTER A NIGHT / FIRST READ, {again.wall / first.wall:.1%} ({again.processor / first.processor:.1%})")
        ratio = f"{scan.wall / detection.wall:.2f} ({scan.processor / detection.processor:.2f})"
        print(f"WHOLE SCAN / DETECTION ALONE, {ratio}")


def _detect(facts: Facts) -> None:
    detect(shared_columns(facts), Parameters())


def _load(kept: Path, applications: int, new: int, seed: int) -> None:
    """Make a world, load all but its last applications, and keep those with some that changed as the night."""
    shutil.rmtree(kept, ignore_errors=True)
    kept.mkdir(parents=True)
    table = applications_table(make_world(plan_world(applications + new, seed)))
    table = table.sort_by([("submitted_at", "ascending"), ("application_id", "ascending")])
    pq.write_table(table.slice(0, applications), kept / "applications.parquet")
    changed = table.slice(0, applications).take(list(range(0, applications, applications * CHANGED_OF_NEW // new)))
    place = changed.schema.get_field_index("loan_amount")
    changed = changed.set_column(place, "loan_amount", pa.array([12_345] * len(changed)).cast(table.schema.field(place).type))
    try:
        took = measured(kept, "load", kept / "applications.parquet", "--max-rejects", "1")
        print(f"loaded {applications:,} applications in {took.seconds:.0f} s", flush=True)
    finally:
        stop_engine(kept)
    pq.write_table(pa.concat_tables([table.slice(applications), changed]), kept / "night.parquet")


@contextmanager
def _opened(kept: Path) -> Iterator[tuple[Settings, Bench]]:
    """Open a copy of a kept store."""
    home = kept / "run"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(kept / "store", home / "store")
    settings = Settings(home, f"embedded:{home / 'store'}", token_key_setting=KEY)
    try:
        with Store.open(settings) as store:
            state, engine = store.state(), running(home / "store")
            assert state is not None and engine is not None
            yield settings, Bench(store, Projection(home, state.store_id), engine.pid)
    finally:
        stop_engine(home)
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
