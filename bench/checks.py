"""Checks over HTTP: requests a second, latency and processor time, judged and unjudged, in one run with one client.

    python -m bench.checks --applications 20000 --checks 4000

A world is made; all of it but the last applications is loaded and scanned, and these are then sent by eight connections to
`graphfraud serve`. The skeleton is the same server whose checks answer at once: what HTTP, keys, intake and JSON cost.
"""

from __future__ import annotations

import argparse
import json
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from bench.command import arguments, children, environment, processor_seconds, stop_engine
from bench.http_load import Load, bodies_of, send
from graphfraud.settings import Settings
from graphfraud.state import State
from ingest.world.make import Plan, make_world
from ingest.world.write import applications_table

ROOT = Path(__file__).parents[1]


def main() -> None:
    """Measure and print one JSON document a line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--applications", type=int, default=20_000, help="applications in the store before")
    parser.add_argument("--checks", type=int, default=4_000, help="checks a run")
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--runs", type=int, default=3, help="runs each; the median is told")
    parser.add_argument("--budget-ms", type=int, default=300, help="time that a check may take before it is degraded")
    parser.add_argument("--skeleton-only", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-checks-") as folder:
        home = Path(folder) / "home"
        told = environment(home, {"GRAPHFRAUD_STORE_IDLE": "120"})
        rows = _prepare(Path(folder), told, asked.applications, asked.checks * asked.runs, not asked.skeleton_only)
        with State.open(Settings.from_environment(told)) as state:
            key, _ = state.keys.create("bench", ["checks"], actor="bench")
        try:
            for kind in ("skeleton",) if asked.skeleton_only else ("skeleton", "judged"):
                with _served(told, kind, asked.workers, asked.budget_ms) as (port, pid):
                    _tell(kind, asked, port, pid, key, rows)
        finally:
            stop_engine(home)


def _tell(kind: str, asked: argparse.Namespace, port: int, pid: int, key: str, rows: list[dict[str, object]]) -> None:
    send(port, key, bodies_of(rows[:100], f"{kind}-warm-"), asked.connections)
    loads, cpu = [], []
    for run in range(asked.runs):
        bodies = bodies_of(rows[run * asked.checks : (run + 1) * asked.checks], f"{kind}-")
        before = _workers_seconds(pid)
        loads.append(send(port, key, bodies, asked.connections, keep=True))
        cpu.append(1000 * (_workers_seconds(pid) - before) / asked.checks)
    best = sorted(loads, key=lambda load: load.rate)[len(loads) // 2]
    print(
        json.dumps(
            {
                "what": kind,
                "applications": asked.applications,
                "connections": asked.connections,
                "workers": asked.workers,
                "checks_per_second": round(best.rate),
                "rates": [round(load.rate) for load in loads],
                "p50_ms": round(best.percentile(0.5), 1),
                "p99_ms": round(best.percentile(0.99), 1),
                "server_cpu_ms_per_check": round(statistics.median(cpu), 3),
                "statuses": best.statuses,
                "degraded": sum(_degraded(load) for load in loads),
            }
        ),
        flush=True,
    )


def _degraded(load: Load) -> int:
    return sum(b'"degraded":true' in body for body in load.bodies)


def _prepare(folder: Path, told: Mapping[str, str], stored: int, later: int, load: bool) -> list[dict[str, object]]:
    frame = applications_table(make_world(Plan(stored + later, seed=11))).to_pandas().astype(object)
    frame = frame.sort_values(["submitted_at", "application_id"], kind="stable")
    if load:
        frame.iloc[:stored].to_csv(folder / "applications.csv", index=False)
        for command in (["load", f"{folder}/applications.csv"], ["scan"]):
            subprocess.run(arguments(*command), cwd=ROOT, env=told, check=True)
    rows = json.loads(frame.iloc[stored:].to_json(orient="records", date_format="iso"))
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


@contextmanager
def _served(told: Mapping[str, str], kind: str, workers: int, budget_ms: int) -> Iterator[tuple[int, int]]:
    command = [sys.executable, "-m", "bench.checks_skeleton", str(workers)]
    if kind == "judged":
        options = ["--port", "0", "--json", "--workers", str(workers), "--budget-ms", str(budget_ms)]
        command = arguments("serve", *options)
    process = subprocess.Popen(command, cwd=ROOT, env=told, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    said = ""
    while not said.endswith("}\n"):
        line = process.stdout.readline()
        if not line:
            raise SystemExit("the server did not start")
        said += line
    try:
        yield int(json.loads(said)["url"].rsplit(":", 1)[1]), process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=60)


def _workers_seconds(pid: int) -> float:
    """Return the processor seconds of the workers of a supervisor."""
    return sum(map(processor_seconds, children(pid)))


if __name__ == "__main__":
    began = time.monotonic()
    main()
    print(f"{time.monotonic() - began:.0f} s", file=sys.stderr)
