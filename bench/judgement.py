"""Judgement in process beside a bare two-hop lookup on the same store, with a hub that 50,000 applications hold.

    python -m bench.judgement --applications 100000 --hub 50000 [--home FOLDER]

A world is loaded and scanned, and a device is given to so many of its applications. Then each of some new applications, one
in five with that device, is judged by itself: read what is near, judge, score, explain. The bare lookup asks for the
applications that share an identifier with one, at most seventeen of each: application, identifier, application. With --home
the folder is kept and used again.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from bench.stored import write_all
from graphfraud.check.live import judge_checks
from graphfraud.check.neighbourhood import Neighbourhoods, asked_tokens
from graphfraud.check.scans import CurrentScan
from graphfraud.check.scoring import Weights
from graphfraud.garbage import settle
from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Settings
from graphfraud.store import Store, embedded
from graphfraud.store.neighbourhood import near
from ingest.world.make import Plan, make_world
from ingest.world.write import applications_table

LATER = 2_000  # applications that are judged
WARM = 500


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--applications", type=int, default=100_000)
    asked.add_argument("--hub", type=int, default=50_000)
    asked.add_argument("--home", type=Path)
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        settings = replace(Settings.from_environment({"GRAPHFRAUD_HOME": str(home.absolute())}), store_idle=3_600.0)
        later = _later(settings, options.applications, options.hub)
        with Store.open(settings) as store:
            _measure(store, settings, later)
        embedded.stop(settings.home / "store", force=True)


def _later(settings: Settings, stored: int, hub: int) -> list[ApplicationRecord]:
    """Load and scan the world unless the folder has it, and return the applications to judge."""
    intake = Intake(settings.token_key(), settings.conventions)
    rows = applications_table(make_world(Plan(stored + LATER, seed=11))).to_pylist()
    rows.sort(key=lambda row: (str(row["submitted_at"]), row["application_id"]))
    tablet = "0011223344556677"
    for row in rows[stored : stored + LATER : 5]:
        row["device_id"] = tablet
    if not (settings.home / "scans").is_dir():
        for row in rows[:hub]:
            row["device_id"] = tablet
        with Store.open(settings) as store:
            write_all(store, [intake.application(row) for row in rows[:stored]])
        environment = {"GRAPHFRAUD_HOME": str(settings.home), "GRAPHFRAUD_STORE_IDLE": "3600"}
        scan = [sys.executable, "-m", "api.cli.main", "scan", "--decoys", "0"]
        subprocess.run(scan, check=True, env=environment, cwd=Path(__file__).parents[1])
    return [intake.application(row) for row in rows[stored:]]


def _measure(store: Store, settings: Settings, later: Sequence[ApplicationRecord]) -> None:
    scan = CurrentScan(settings.home)
    scan.refresh(store)
    neighbourhoods = Neighbourhoods(store)
    write_all(store, later)
    settle()  # as a worker does before it answers

    def judged(record: ApplicationRecord) -> None:
        judge_checks([record.application_id], neighbourhoods.read([record], scan.known), scan.known, Weights())

    def looked_up(record: ApplicationRecord) -> None:
        near(store, asked_tokens([record], None), (), ())

    print(f"{len(later) - WARM:,} applications, one after another, ms")
    bare = _timed("bare two-hop lookup", looked_up, later)
    ours = _timed("judgement", judged, later)
    print(f"p99 {ours / bare:.1f} x the bare lookup's")


def _timed(name: str, work: Callable[[ApplicationRecord], None], records: Sequence[ApplicationRecord]) -> float:
    seconds = []
    for record in records:
        began = time.perf_counter()
        work(record)
        seconds.append(time.perf_counter() - began)
    kept = sorted(seconds[WARM:])
    p50, p99 = (1_000 * kept[int(share * len(kept))] for share in (0.5, 0.99))
    print(f"  {name:20s} p50 {p50:6.1f}  p99 {p99:6.1f}  max {1_000 * kept[-1]:6.1f}")
    return p99


if __name__ == "__main__":
    main()
