"""Detection's speed and memory beside igraph's Leiden alone on the same shared identifiers, and how both grow.

    python bench/detection.py [--applications 100000] [--times 10] [--seed 3]

Each size runs in a process of its own, so that peak memory is its own. Reading is not measured: applications come from
the synthetic world through intake into a file of facts, which is kept in --cache for the next run.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from graphfraud.detection.columns import Applications


def main() -> None:
    args = _arguments()
    if args.measure:
        print(json.dumps(measure(args.cache, args.applications, args.seed)))
        return
    sizes = (args.applications, args.applications * args.times) if args.times > 1 else (args.applications,)
    rows = []
    for size in sizes:
        prepare(args.cache, size, args.seed)
        command = [sys.executable, __file__, "--measure", "--applications", str(size), "--seed", str(args.seed)]
        done = subprocess.run([*command, "--cache", str(args.cache)], check=True, capture_output=True, text=True)
        rows.append(json.loads(done.stdout))
        _show(rows[-1])
    if len(rows) == 2:
        growth = rows[1]["detection_seconds"] / rows[0]["detection_seconds"]
        print(f"growth for {args.times} x the applications: {growth:.1f} x the seconds")


def prepare(cache: Path, applications: int, seed: int) -> None:
    """Make the facts of a synthetic world, once."""
    folder = cache / f"{applications}-{seed}"
    if (folder / "occurrences.parquet").exists():
        return
    from graphfraud.facts import facts_of, join_facts, to_arrow
    from graphfraud.intake import Intake
    from graphfraud.settings import Conventions
    from ingest.world.make import Plan, make_world
    from ingest.world.write import applications_table

    world = make_world(Plan(applications, seed))
    intake = Intake(bytes(32), Conventions(), None)
    parts = []
    for start in range(0, applications, 50_000):
        rows = applications_table(world, start, min(start + 50_000, applications)).to_pylist()
        parts.append(facts_of({record.application_id: record for record in map(intake.application, rows)}.values()))
        print(f"\r{start + len(rows):,} applications taken in", end="", file=sys.stderr)
    print(file=sys.stderr)
    facts = join_facts(parts)
    folder.mkdir(parents=True, exist_ok=True)
    held, occurrences = to_arrow(facts, np.zeros(len(facts), np.int64))
    pq.write_table(held, folder / "applications.parquet")
    pq.write_table(occurrences, folder / "occurrences.parquet")


def measure(cache: Path, applications: int, seed: int) -> dict[str, Any]:
    """Run detection once, then Leiden alone."""
    from graphfraud.detection.columns import shared_columns
    from graphfraud.detection.judge import StageClock, calibrate_and_judge
    from graphfraud.detection.parameters import Parameters
    from graphfraud.facts import from_arrow

    folder = cache / f"{applications}-{seed}"
    facts, _ = from_arrow(pq.read_table(folder / "applications.parquet"), pq.read_table(folder / "occurrences.parquet"))
    began = time.perf_counter()
    columns = shared_columns(facts)
    read = time.perf_counter() - began
    del facts
    before = _peak()
    clock = StageClock()
    began = time.perf_counter()
    findings = calibrate_and_judge(columns, Parameters(), clock.begin)[1]
    seconds = time.perf_counter() - began
    clock.end()
    after = _peak()
    assert findings is not None
    leiden, ties = leiden_alone(columns)
    return {
        "applications": len(columns),
        "rings": len(findings.rings),
        "columns_seconds": round(read, 2),
        "detection_seconds": round(seconds, 2),
        "leiden_alone_seconds": round(leiden, 2),
        "ties": ties,
        "peak_mb_before": before,
        "peak_mb": after,
        "stages": {name: round(value, 2) for name, value in clock.seconds.items()},
    }


def leiden_alone(columns: Applications) -> tuple[float, int]:
    """Seconds of one igraph Leiden CPM over all applications and shared identifiers, unweighted."""
    import random

    import igraph

    n = len(columns)
    ends = np.stack([columns.occ_application, n + columns.occ_identifier], axis=1)
    igraph.set_random_number_generator(random.Random(0))
    began = time.perf_counter()
    graph = igraph.Graph(n=n + len(columns.identifier_kind), edges=ends)
    graph.community_leiden(objective_function="CPM", resolution=0.008, n_iterations=2)
    return time.perf_counter() - began, len(ends)


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def _show(row: dict[str, Any]) -> None:
    spent = f"detection {row['detection_seconds']} s (columns {row['columns_seconds']} s)"
    print(f"{row['applications']:>9,} applications: {spent}, {row['rings']} rings, peak {row['peak_mb']:,} MB")
    print(f"          Leiden alone {row['leiden_alone_seconds']} s on {row['ties']:,} ties")
    print("          " + ", ".join(f"{name} {value}" for name, value in row["stages"].items()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--applications", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=10, help="also so many times the applications; 1: only one size")
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=Path(".cache/bench"))
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
