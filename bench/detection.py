"""Detection's speed and memory, stage by stage and as it grows, beside igraph's Leiden alone on the same shared identifiers.

    python -m bench.detection [--applications 60000 1000000 10000000] [--seed 3] [--cache DIR]

Each size runs in a process of its own, so that its memory is its own. The applications are those of a synthetic world,
whose numbers become facts without text or intake (`bench/world_facts.py`) in Parquet files that --cache keeps; ten million
take 3 GB there. Input is the reading of these files; detection goes from the facts in memory to ranked rings with their
reasons. Seconds are wall time, and in brackets processor time: that is what counts where others use the machine too. Peaks
are of the whole process while a stage ran.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COLUMNS = ("input", "columns", "units", "evidence", "communities", "refine", "features", "anomaly", "reasons")


@dataclass
class Stages:
    """Wall time, processor time and peak memory (MB) of each stage; `begin` ends the one before."""

    wall: dict[str, float] = field(default_factory=dict)
    processor: dict[str, float] = field(default_factory=dict)
    peak_mb: dict[str, int] = field(default_factory=dict)
    _stage: str = ""
    _since: tuple[float, float] = (0.0, 0.0)

    def begin(self, stage: str) -> None:
        """Note that a stage begins ("": that the last one ended)."""
        now = time.perf_counter(), time.process_time()
        if self._stage:
            self.wall[self._stage] = self.wall.get(self._stage, 0.0) + now[0] - self._since[0]
            self.processor[self._stage] = self.processor.get(self._stage, 0.0) + now[1] - self._since[1]
            self.peak_mb[self._stage] = max(self.peak_mb.get(self._stage, 0), _peak_since_last_asked())
        self._stage, self._since = stage, now


def main() -> None:
    """Measure every size and print the table."""
    options = _arguments()
    if options.measure:
        work = leiden_alone if options.leiden else measure
        print(json.dumps(work(options.cache, options.applications[0], options.seed)))
        return
    rows = []
    for size in options.applications:
        prepare(options.cache, size, options.seed)
        command = [
            sys.executable,
            "-m",
            "bench.detection",
            "--measure",
            "--seed",
            str(options.seed),
            "--cache",
            str(options.cache),
        ]
        done = subprocess.run([*command, "--applications", str(size)], check=True, stdout=subprocess.PIPE, text=True)
        rows.append(json.loads(done.stdout))
        _show(rows[-1], rows[-2] if len(rows) > 1 else None)
        if size <= options.leiden_up_to:
            alone = subprocess.run(
                [*command, "--leiden", "--applications", str(size)], check=True, stdout=subprocess.PIPE, text=True
            )
            print(f"  Leiden alone ({json.loads(alone.stdout):20.2f} s)", flush=True)


def prepare(cache: Path, applications: int, seed: int) -> Path:
    """Make the facts of a synthetic world, once; in a process of its own, as memory is measured."""
    folder = cache / f"{applications}-{seed}"
    if not (folder / "occurrences.parquet").exists():
        print(f"making {applications:,} applications in {folder}", file=sys.stderr)
        make = f"from bench.world_facts import *; write_world_facts(Plan({applications}, {seed}), Path({str(folder)!r}))"
        subprocess.run([sys.executable, "-c", make], check=True)
    return folder


def measure(cache: Path, applications: int, seed: int) -> dict[str, Any]:
    """Run detection once."""
    from graphfraud.detection.columns import shared_columns
    from graphfraud.detection.judge import calibrate_and_judge
    from graphfraud.detection.parameters import Parameters
    from graphfraud.facts import read_facts

    folder = prepare(cache, applications, seed)
    stages = Stages()
    stages.begin("input")
    facts, _ = read_facts([(folder / "applications.parquet", folder / "occurrences.parquet")])
    occurrences = len(facts.occ_row)
    stages.begin("columns")
    columns = shared_columns(facts)
    del facts
    findings = calibrate_and_judge(columns, Parameters(), stages.begin)[1]
    stages.begin("")
    assert findings is not None
    return {
        "applications": len(columns),
        "occurrences": occurrences,
        "shared": len(columns.occ_identifier),
        "rings": len(findings.rings),
        "wall": stages.wall,
        "processor": stages.processor,
        "peak_mb": stages.peak_mb,
    }


def leiden_alone(cache: Path, applications: int, seed: int) -> float:
    """Processor seconds of one igraph Leiden CPM over all applications and shared identifiers, unweighted."""
    import igraph
    import numpy as np

    from graphfraud.detection.columns import shared_columns
    from graphfraud.facts import read_facts

    folder = prepare(cache, applications, seed)
    columns = shared_columns(read_facts([(folder / "applications.parquet", folder / "occurrences.parquet")])[0])
    n = len(columns)
    ends = np.stack([columns.occ_application, n + columns.occ_identifier], axis=1)
    igraph.set_random_number_generator(random.Random(0))
    began = time.process_time()
    graph = igraph.Graph(n=n + len(columns.identifier_kind), edges=ends)
    graph.community_leiden(objective_function="CPM", resolution=0.008, n_iterations=2)
    return time.process_time() - began


def _peak_since_last_asked() -> int:
    """Return the peak of resident memory in MB (10⁶ bytes) and begin a new one (Linux)."""
    status = Path("/proc/self/status").read_text()
    kilobytes = int(status.split("VmHWM:")[1].split()[0])
    Path("/proc/self/clear_refs").write_text("5")
    return kilobytes * 1024 // 1_000_000


def _show(row: dict[str, Any], smaller: dict[str, Any] | None) -> None:
    def total(of: dict[str, Any], clock: str) -> float:
        return float(sum(seconds for stage, seconds in of[clock].items() if stage != "input"))

    print(f"{row['applications']:,} applications, {row['shared']:,} of {row['occurrences']:,} occurrences shared")
    for stage in (name for name in COLUMNS if name in row["wall"]):
        print(
            f"  {stage:<12} {row['wall'][stage]:8.2f} s ({row['processor'][stage]:8.2f} s) {row['peak_mb'][stage]:>7,} MB",
            flush=True,
        )
    growth = f", {total(row, 'processor') / total(smaller, 'processor'):.1f} x the size before" if smaller else ""
    peak = max(row["peak_mb"].values())
    spent = f"{total(row, 'wall'):8.2f} s ({total(row, 'processor'):8.2f} s{growth})"
    print(f"  detection    {spent} {peak:>7,} MB, {row['rings']:,} rings")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--applications", type=int, nargs="+", default=[60_000, 1_000_000])
    parser.add_argument("--seed", type=int, default=3)
    parser.add_argument("--cache", type=Path, default=Path(".cache/bench"))
    parser.add_argument("--leiden-up-to", type=int, default=1_000_000, help="largest size at which Leiden alone is run")
    parser.add_argument("--leiden", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
