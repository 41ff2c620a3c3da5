"""Kill scans with SIGKILL at random moments: readers see the last complete scan, and the next one is as if nothing happened.

    python bench/kill_scan.py [--rows 5000] [--kills 10] [--seed 1]

A generated world is loaded into two fresh embedded stores in a temporary folder. One is scanned in one go. In the other a
scan of a shorter window is complete (so that it has another hash) whenever a whole one is started and killed, every other
time together with its engine, every third time without the projection of earlier scans; `status` then has to show the hash
of the last complete scan. At the end a whole scan has to have the hash and the exported bytes of the unbroken one, and no
more than two folders lie under scans/. Then everything that was exported, the files of the scans, the answers and the logs
are searched for raw identifiers of the input.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from bench.command import arguments, environment, said, stop_engine
from bench.kill_load import kill_engine, some_identifiers

UNTIL = "2025-12-01"  # a generated world begins on 2025-06-01 and spans a year
SCANS_KEPT = 2


def main() -> int:
    """Run it all and return 0 if every comparison held."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=5_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--identifiers", type=int, default=200)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    with tempfile.TemporaryDirectory(prefix="graphfraud-kills-") as folder:
        world, unbroken, killed = Path(folder, "world"), Path(folder, "unbroken"), Path(folder, "killed")
        try:
            said(unbroken, "generate", world, "--applications", str(options.rows))
            said(unbroken, "load", world)
            began = time.monotonic()
            expected = said(unbroken, "scan")
            seconds = time.monotonic() - began
            print(f"unbroken: {expected['counts']['rings']} rings in {seconds:.1f} s, hash {expected['hash'][:16]}")
            said(killed, "load", world)
            bad = kill_all(killed, rng, options.kills, seconds, expected["hash"])
            bad += compare(unbroken, killed, expected["hash"])
            return 1 if bad + search(world, (unbroken, killed), options.identifiers, rng) else 0
        finally:
            for home in (unbroken, killed):
                stop_engine(home)


def kill_all(home: Path, rng: random.Random, kills: int, seconds: float, whole: str) -> int:
    """Kill so many scans that were still at it; return how often `status` did not show the last complete scan."""
    bad = killed = 0
    last = said(home, "scan", "--until", UNTIL)
    while killed < kills:
        moment = seconds * rng.uniform(0.05, 1.0)
        with_engine = killed % 2 == 1
        if killed_once(home, moment, with_engine):
            killed += 1
            shown = said(home, "status")["scan"]
            if shown["scan_id"] == last["scan_id"]:
                same, what = shown["hash"] == last["hash"], "the last scan stands"
            else:  # the kill came between the commit and the end
                same, what = shown["hash"] == whole, "it was complete already"
            how = " with its engine" if with_engine else ""
            print(f"killed after {moment:.2f} s{how}: {what if same else 'WRONG HASH'}", flush=True)
            bad += not same
            if shown["scan_id"] == last["scan_id"]:
                continue
        last = said(home, "scan", "--until", UNTIL)
    return bad


def killed_once(home: Path, moment: float, with_engine: bool) -> bool:
    """Start a scan and kill it; say whether it was still at it."""
    with (home / "log").open("ab") as log:
        process = subprocess.Popen(
            [*arguments("scan", "--json"), "--debug"], env=environment(home), stdout=subprocess.DEVNULL, stderr=log
        )
    try:
        process.wait(timeout=moment)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if with_engine:
            kill_engine(home)
        return True
    if process.returncode:
        raise SystemExit(f"a scan ended with {process.returncode}:\n{(home / 'log').read_text()}")
    return False


def compare(unbroken: Path, killed: Path, expected: str) -> int:
    """Scan once more and compare hash, export and folders; return how many of them are wrong."""
    same = said(killed, "scan")["hash"] == expected
    print(f"scan after the kills: hash {'equal' if same else 'DIFFERENT'}")
    bytes_of = []
    for home in (unbroken, killed):
        said(home, "export", home / "export")
        said(home, "export", home / "export", "--format", "parquet")
        bytes_of.append({path.name: path.read_bytes() for path in (home / "export").iterdir()})
    equal = bytes_of[0] == bytes_of[1]
    print(f"export: {', '.join(sorted(bytes_of[0]))}: {'equal' if equal else 'DIFFERENT'}")
    folders = len(list((killed / "scans").glob("*/*")))
    print(f"folders under scans/: {folders}{'' if folders <= SCANS_KEPT else ', TOO MANY'}")
    return (not same) + (not equal) + (folders > SCANS_KEPT)


def search(world: Path, homes: tuple[Path, ...], number: int, rng: random.Random) -> int:
    """Return how many raw identifiers of the input are in what the scans gave out."""
    identifiers = some_identifiers([str(world / "applications.csv.gz")], number, rng)
    texts = [text for home in homes for text in given_out(home)]
    found = [value for value in identifiers if any(value in text for text in texts)]
    print(f"raw identifiers: {len(identifiers)} searched in {sum(map(len, texts)):,} characters, {len(found)} found")
    return len(found)


def given_out(home: Path) -> Iterator[str]:
    """Yield the exported files, those of the scans, the rings as JSON and the log as text."""
    for path in [*(home / "export").iterdir(), *(home / "scans").rglob("*.*")]:
        if path.suffix == ".parquet":
            yield pd.read_parquet(path).to_csv()
        elif path.is_file():
            yield path.read_bytes().decode(errors="replace")
    yield str(said(home, "rings"))
    if (home / "log").exists():
        yield (home / "log").read_text()


if __name__ == "__main__":
    sys.exit(main())
