"""Load speed: a whole load beside a bare ``UNWIND … MERGE`` loop that leaves the same graph, and the memory that it takes.

    python bench/load.py [--rows 20000] [--times 1] [--rounds 3] [--bare one|per-kind] [--engine embedded|neo4j|URL]

`load` is the loader on a generated applications file: reading, normalising, deriving, tokenising, rejects, the marks, all of
it. `write` is the writing alone (`write_applications`), `bare` the bare loop; both get finished records, which are made while
their clocks stand. All three write the same batches of the same file into the same warm engine, one way after another into
an emptied store, in an order that turns from round to round, and have to leave the same graph. A ratio above 1 says that
ours is faster than bare. Peak memory is that of a `graphfraud load` process, without the engine. `--times 10` does all of it
again with ten times the rows. `--engine neo4j` starts a server of its own from the Maven jars that the tests use; a URL
(with NEO4J_TEST_PASSWORD) names a running one, WHOSE CONTENT IS DELETED.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from bench.bare_loop import BARE, write_bare
from bench.command import KEY, measured, stop_engine
from graphfraud.intake import Intake
from graphfraud.intake.mapping import DEFAULT
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Settings
from graphfraud.store import Store
from graphfraud.store.applications import write_applications
from graphfraud.store.loads import LoadMark
from ingest.batches import Batch, batches
from ingest.joins import Joins
from ingest.load import LoadRequest, load
from ingest.plan import plan
from ingest.sources import find_sources

WAYS = ("load", "write", "bare")
WARM_UP = 8_000  # the first thousands of rows find a cold virtual machine


@dataclass(frozen=True)
class Bench:
    """An open store with its settings, and which bare loop is run on it."""

    store: Store
    settings: Settings
    how: str

    def run(self, way: str, file: Path) -> float:
        """Write a file in one of WAYS into the emptied store and return the seconds."""
        self.empty()
        if way == "load":
            began = time.perf_counter()
            summary = load(self.settings, LoadRequest((file,), max_rejects=1.0))
            if summary.failed:
                raise SystemExit(f"the load failed: {[file.error for file in summary.files]}")
            return time.perf_counter() - began
        seconds = 0.0
        for number, batch in enumerate(prepared(self.settings, file), 1):
            records = cast(list[ApplicationRecord], batch.records)
            began = time.perf_counter()
            if way == "bare":
                write_bare(self.store, records, batch.lines, number, self.how)
            else:
                mark = LoadMark("bench", file.name, "applications", 1, batch.last)
                write_applications(self.store, records, batch.lines, mark, arrived_at=1)
            seconds += time.perf_counter() - began
        return seconds

    def empty(self) -> None:
        """Remove everything but the Store node."""
        with self.store._connection.session("WRITE", -1) as session:
            session.run("MATCH (n) WHERE NOT n:Store CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
            session.run("MATCH (n:Store) SET n.sequence = 0").consume()

    def graph(self) -> tuple[object, ...]:
        """Count nodes, their properties, relationships and theirs, without the loader's own marks."""
        ours = "n:Store OR n:LoadedFile OR n:Lease"
        with self.store._connection.session("READ", -1) as session:
            nodes = session.run(f"MATCH (n) WHERE NOT ({ours}) RETURN count(n) AS n, sum(size(keys(n))) AS p")
            links = session.run("MATCH ()-[r]->() RETURN count(r) AS n, sum(size(keys(r))) AS p")
            return tuple(nodes.single(strict=True).values()) + tuple(links.single(strict=True).values())

    def peak_mb(self, file: Path) -> float:
        """Load a file by a command of its own and return its peak memory in MB; the engine runs already."""
        self.empty()
        there = {"GRAPHFRAUD_STORE": self.settings.store, "GRAPHFRAUD_STORE_PASSWORD": self.settings.store_password}
        return measured(self.settings.home, "load", file, "--max-rejects", "1", settings=there).peak_mb


def prepared(settings: Settings, file: Path) -> Iterator[Batch]:
    """Yield the batches of a file as the loader makes them."""
    planned = plan(find_sources((file,)), DEFAULT, settings.conventions)
    return batches(planned.files[0], Intake(settings.token_key(), settings.conventions, DEFAULT), Joins(), 0)


def compare(bench: Bench, file: Path, rows: int, rounds: int) -> None:
    """Run all ways in turn; print rows a second of each and the ratios to the bare loop."""
    ratios: dict[str, list[float]] = {"load": [], "write": []}
    for number in range(rounds):
        seconds: dict[str, float] = {}
        left = {}
        turn = number % len(WAYS)
        for way in WAYS[turn:] + WAYS[:turn]:
            seconds[way] = bench.run(way, file)
            left[way] = bench.graph()
        if len(set(left.values())) > 1:
            raise SystemExit(f"they left different graphs (nodes, their properties, relationships, theirs): {left}")
        for way, found in ratios.items():
            found.append(seconds["bare"] / seconds[way])
        rates = ", ".join(f"{way} {rows / seconds[way]:,.0f}/s" for way in WAYS)
        print(f"round {number + 1}: {rates}; load / bare {ratios['load'][-1]:.2f}", flush=True)
    nodes, _, links, _ = left["load"]
    print(f"same graph each time: {nodes:,} nodes, {links:,} relationships")
    print(
        f"LOAD / BARE, median {statistics.median(ratios['load']):.2f} (writing alone {statistics.median(ratios['write']):.2f})"
    )


@contextmanager
def opened(engine: str, home: Path) -> Iterator[tuple[Store, Settings]]:
    """Open a store of the engine named, started for this and stopped afterwards."""
    if engine == "embedded":
        settings = Settings(home, f"embedded:{home / 'store'}", token_key_setting=KEY)
        try:
            with Store.open(settings) as store:
                yield store, settings
        finally:
            stop_engine(home)
    elif engine == "neo4j":
        sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
        from engines import neo4j_server  # type: ignore[import-not-found]  # lives beside the tests

        server = neo4j_server.start(home)
        try:
            server.wait()
            settings = Settings(home, server.url, store_password=server.password, token_key_setting=KEY)
            with Store.open(settings) as store:
                yield store, settings
        finally:
            server.stop()
    else:
        password = os.environ.get("NEO4J_TEST_PASSWORD", "")
        settings = Settings(home, engine, store_password=password, token_key_setting=KEY)
        with Store.open(settings) as store:
            yield store, settings


def made(folder: Path, rows: int) -> Path:
    """Generate a world and return its applications."""
    world = folder / f"world-{rows}"
    measured(folder, "generate", world, "--applications", str(rows))
    return world / "applications.csv.gz"


def main() -> None:
    """Compare the ways at each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--engine", default="embedded")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bare", choices=sorted(BARE), default="one")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="graphfraud-bench-") as folder:
        home = Path(folder)
        with opened(options.engine, home) as (store, settings):
            print(f"{store.engine}; bare loop: {options.bare}", flush=True)
            bench = Bench(store, settings, options.bare)
            warm_up = made(home, min(options.rows, WARM_UP))
            for way in WAYS * 2:
                bench.run(way, warm_up)
            peaks = {}
            for rows in sorted({options.rows, options.rows * options.times}):
                file = made(home, rows)
                print(f"{rows:,} applications, {file.stat().st_size / 1e6:.1f} MB of csv.gz")
                compare(bench, file, rows, options.rounds)
                peaks[rows] = bench.peak_mb(file)
                print(f"peak memory of the load of {rows:,} rows: {peaks[rows]:,.0f} MB", flush=True)
            if len(peaks) > 1:
                small, large = peaks.values()
                print(f"peak memory with {options.times} times the rows: × {large / small:.2f}")


if __name__ == "__main__":
    main()
