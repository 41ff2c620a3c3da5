"""Live = nightly: days are played through the checks with a scan every so many nights, then everything is scanned once more.

    python -m bench.live --applications 20000 --from 0.7 --nights 3 [--planted]

Prints how often the answer of the day and the last scan give the same band; in how many of the rings that the last scan
finds the fifth application in time and all after it were reviewed or rejected when they came; and how many others were.
With --planted only the members of planted rings are checked, and all others loaded as they come: many times as quick.
"""

from __future__ import annotations

import argparse
import itertools
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
from ingest.world.make import World, make_world, plan_world
from ingest.world.write import applications_table, truth_table

DAY_MS = 86_400_000
FOUNDERS = 4  # who comes before the fifth may pass: a ring begins with strangers


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--applications", type=int, default=20_000)
    asked.add_argument("--seed", type=int, default=21)
    asked.add_argument("--from", dest="first", type=float, default=0.7, help="share that is loaded before the first check")
    asked.add_argument("--nights", type=int, default=3, help="a scan every so many nights")
    asked.add_argument("--planted", action="store_true", help="check the members of planted rings only, and load the others")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        settings = replace(Settings.from_environment({"GRAPHFRAUD_HOME": folder}), store_idle=3_600.0)
        world = make_world(plan_world(options.applications, options.seed))
        everything = _records(settings, world)
        checked = frozenset(_planted(world)) if options.planted else frozenset(record.application_id for record in everything)
        cut = int(len(everything) * options.first)
        with Store.open(settings) as store, State.open(settings) as state:
            write_all(store, everything[:cut])
            began = time.monotonic()
            answers, scans = _play(settings, store, state, everything[cut:], options.nights, checked)
            seconds = time.monotonic() - began
            last = run_scan(settings, store)
            table = scan_applications(scan_folder(settings.home, store.store_id(), last.scan.scan_id))
            _report(last, dict(zip(table["application_id"], table["band"], strict=True)), answers, everything)
            print(f"{len(answers):,} checks and {scans} scans in {seconds:.0f} s")
        stop(Path(folder) / "store", force=True)


def _records(settings: Settings, world: World) -> list[ApplicationRecord]:
    intake = Intake(settings.token_key(), settings.conventions)
    found = [intake.application(row) for row in applications_table(world).to_pylist()]
    return sorted(found, key=lambda record: (record.submitted_at or 0, record.application_id))


def _planted(world: World) -> list[str]:
    truth = truth_table(world).to_pandas()
    return list(truth.loc[truth["ring_id"] >= 0, "application_id"])


def _play(
    settings: Settings,
    store: Store,
    state: State,
    records: Sequence[ApplicationRecord],
    nights: int,
    checked: frozenset[str],
) -> tuple[dict[str, CheckAnswer], int]:
    """Play the applications in order, with a scan before each so many days; return the answers and how many scans there were.

    Those that are checked go in groups of eight at most, and come after those before them that are only loaded.
    """
    answers: dict[str, CheckAnswer] = {}
    scans = 0
    for _, some in itertools.groupby(records, lambda record: (record.submitted_at or 0) // (nights * DAY_MS)):
        run_scan(settings, store)
        scans += 1
        checker = Checker.open(settings, state)
        for asked, alike in itertools.groupby(some, lambda record: record.application_id in checked):
            group = list(alike)
            if asked:
                for start in range(0, len(group), 8):
                    found = checker.check(group[start : start + 8], "bench")
                    answers.update((answer.application_id, answer) for answer, _ in found)
            else:
                write_all(store, group)
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
