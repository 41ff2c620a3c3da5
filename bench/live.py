"""Live = nightly: days are played through the checks with a scan every so many nights, then everything is scanned once more.

    python -m bench.live --applications 20000 --from 0.7 --nights 3

Prints how often the answer of the day and the last scan give the same band; in how many of the rings that the last scan
finds the fifth application in time and all after it were reviewed or rejected when they came; and how many others were.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bench.stored import write_all
from graphfraud.check.answer import CheckAnswer
from graphfraud.check.check import Checker
from graphfraud.export import scan_applications, scan_folder
from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.scan import ScanResult, run_scan
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store import Store
from graphfraud.store.embedded import stop
from ingest.world.make import make_world, plan_world
from ingest.world.write import applications_table

DAY_MS = 86_400_000
FOUNDERS = 4  # who comes before the fifth may pass: a ring begins with strangers


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--applications", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=21)
    asked.add_argument("--from", dest="first", type=float, default=0.7, help="share that is loaded before the first check")
    asked.add_argument("--nights", type=int, default=3, help="a scan every so many nights")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings.from_environment({"GRAPHFRAUD_HOME": folder}), store_idle=3_600.0)
        everything = _records(settings, options.applications, options.seed)
        cut = int(len(everything) * options.first)
        with Store.open(settings) as store, State.open(settings) as state:
            write_all(store, everything[:cut])
            began = time.monotonic()
            answers, scans = _play(settings, store, state, everything[cut:], options.nights)
            seconds = time.monotonic() - began
            last = run_scan(settings, store)
            table = scan_applications(scan_folder(settings.home, store.store_id(), last.scan.scan_id))
            _report(last, dict(zip(table["application_id"], table["band"], strict=True)), answers, everything)
            print(f"{len(answers):,} checks and {scans} scans in {seconds:.0f} s")
        stop(Path(folder) / "store", force=True)


def _records(settings: Settings, applications: int, seed: int) -> list[ApplicationRecord]:
    intake = Intake(settings.token_key(), settings.conventions)
    rows = applications_table(make_world(plan_world(applications, seed))).to_pylist()
    found = [intake.application(row) for row in rows]
    return sorted(found, key=lambda record: (record.submitted_at or 0, record.application_id))


def _play(
    settings: Settings, store: Store, state: State, records: Sequence[ApplicationRecord], nights: int
) -> tuple[dict[str, CheckAnswer], int]:
    """Play the applications day by day in groups of eight; return the answers and how many scans there were."""
    answers: dict[str, CheckAnswer] = {}
    scanned, scans = None, 0
    checker: Checker | None = None
    for start in range(0, len(records), 8):
        group = records[start : start + 8]
        night = (group[0].submitted_at or 0) // (nights * DAY_MS)
        if night != scanned or checker is None:
            if checker is not None:
                checker.close()
            run_scan(settings, store)
            checker, scanned, scans = Checker.open(settings, state), night, scans + 1
        answers.update((answer.application_id, answer) for answer, _ in checker.check(group, "bench"))
    if checker is not None:
        checker.close()
    return answers, scans


def _report(
    result: ScanResult, nightly: dict[str, str], answers: dict[str, CheckAnswer], everything: Sequence[ApplicationRecord]
) -> None:
    pairs = Counter((answer.band, nightly[name]) for name, answer in answers.items())
    same = sum(count for (live, night), count in pairs.items() if live == night)
    print(f"{len(answers):,} answers, {sum(answer.degraded for answer in answers.values())} degraded")
    print(f"same band live and nightly: {same / len(answers):.4f}")
    for (live, night), count in sorted(pairs.items(), key=str):
        print(f"  live {live}, nightly {night}: {count:,}")
    place = {record.application_id: number for number, record in enumerate(everything)}
    caught = {name for name, answer in answers.items() if answer.decision in ("review", "reject")}
    whole = members = found = rings = 0
    for ring in result.rings:
        later = sorted((name for name, _ in ring.members), key=place.__getitem__)[FOUNDERS:]
        later = [name for name in later if name in answers]
        if later:
            rings, members, found = rings + 1, members + len(later), found + len(caught & set(later))
            whole += caught >= set(later)
    print(f"rings whose fifth and all later applications were caught live: {whole} of {rings}")
    print(f"fifth and later members caught live: {found} of {members}")
    strangers = answers.keys() - {name for ring in result.rings for name, _ in ring.members}
    print(f"others reviewed or rejected live: {len(caught & strangers)} of {len(strangers):,}")


if __name__ == "__main__":
    main()
