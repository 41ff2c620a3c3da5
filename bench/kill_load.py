"""Kill loads with SIGKILL at random moments and compare what the resumed ones leave with an unbroken load.

    python bench/kill_load.py applications.csv dealers.csv outcomes.csv --kills 10 --seed 1

Two fresh embedded stores in a temporary folder: one is loaded in one go, the other by a load that is killed again and
again, every other time together with its engine. Everything in both stores (arrival times aside), both rejects files and
both summaries have to be equal. Then the stores, the logs and the rejects are searched for raw identifiers of the input.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "ingest"))
from store_dump import dump, everything  # type: ignore[import-not-found]  # of the tests

from graphfraud.settings import Settings
from graphfraud.store import Store, embedded

RAW_COLUMNS = ("applicant_id", "phone", "contact_phone_1", "contact_phone_2", "device_id", "account_no", "address", "vin", "ip")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--identifiers", type=int, default=200)
    arguments = parser.parse_args()
    rng = random.Random(arguments.seed)
    with tempfile.TemporaryDirectory(prefix="graphfraud-kills-") as folder:
        unbroken, killed = Path(folder, "unbroken"), Path(folder, "killed")
        try:
            began = time.monotonic()
            expected = finished(arguments.paths, unbroken)
            seconds = time.monotonic() - began
            print(f"unbroken: {expected['read']:,} rows in {seconds:.1f} s, {expected['rows_a_second']:,.0f} rows/s")
            kills = 0
            while kills < arguments.kills:
                kills += killed_once(arguments.paths, killed, rng, seconds / arguments.kills, with_engine=kills % 2 == 1)
            finished(arguments.paths, killed)
            return compare(unbroken, killed, some_identifiers(arguments.paths, arguments.identifiers, rng))
        finally:
            for home in (unbroken, killed):
                embedded.stop(home / "store", force=True)


def started(paths: list[str], home: Path) -> subprocess.Popen[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHFRAUD_")}
    environment |= {"GRAPHFRAUD_HOME": str(home), "GRAPHFRAUD_TOKEN_KEY": "5a" * 32}
    home.mkdir(parents=True, exist_ok=True)
    with (home / "log").open("ab") as log:
        command = [sys.executable, "-m", "api.cli.main", "load", *paths, "--json", "--debug"]
        return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=log)


def finished(paths: list[str], home: Path) -> dict[str, object]:
    process = started(paths, home)
    out, _ = process.communicate()
    if process.returncode not in (0, 3):
        raise SystemExit(f"a load ended with {process.returncode}; see {home / 'log'}:\n{(home / 'log').read_text()}")
    return dict(json.loads(out))


def killed_once(paths: list[str], home: Path, rng: random.Random, share: float, with_engine: bool) -> bool:
    """Start a load and kill it at a random moment; say whether it was still at it."""
    process = started(paths, home)
    moment = 2.0 + rng.random() * 2 * share
    try:
        process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        if with_engine:
            kill_engine(home)
        print(f"killed after {moment:.1f} s{' with its engine' if with_engine else ''}")
        return True
    raise SystemExit("the load was done before all kills came; give it more rows or fewer kills")


def kill_engine(home: Path) -> None:
    running = embedded.running(home / "store")
    if running is not None:
        os.kill(running.pid, signal.SIGKILL)


def compare(unbroken: Path, killed: Path, identifiers: set[str]) -> int:
    bad = 0
    texts = {}
    dumps = []
    for home in (unbroken, killed):
        with Store.open(Settings(home, f"embedded:{home / 'store'}")) as store:
            dumps.append(dump(store))
            texts[home.name] = everything(store)
    same = dumps[0] == dumps[1]
    print(f"stores: {len(dumps[0]):,} nodes and relationships, {'equal' if same else 'DIFFERENT'}")
    bad += not same
    listed = [{p.name: p.read_bytes() for p in (home / "rejects").glob("*.csv")} for home in (unbroken, killed)]
    lines = sum(len(text.splitlines()) for text in listed[0].values())
    print(f"rejects: {lines:,} lines, {'equal' if listed[0] == listed[1] else 'DIFFERENT'}")
    bad += listed[0] != listed[1]
    for home in (unbroken, killed):
        texts[home.name] += (home / "log").read_text() + "".join(p.read_text() for p in (home / "rejects").rglob("*.csv"))
    found = {value for value in identifiers for text in texts.values() if value in text}
    print(f"raw identifiers: {len(identifiers)} searched in stores, logs and rejects, {len(found)} found")
    return 1 if bad or found else 0


def some_identifiers(paths: list[str], number: int, rng: random.Random) -> set[str]:
    values: set[str] = set()
    for path in paths:
        opened = gzip.open(path, "rt", encoding="utf-8") if path.endswith(".gz") else open(path, encoding="utf-8")  # noqa: PTH123, SIM115
        with opened as file:
            for record in csv.DictReader(file):
                values.update(v for c in RAW_COLUMNS if (v := (record.get(c) or "").strip()) and len(v) >= 8)
    return set(rng.sample(sorted(values), min(number, len(values))))


if __name__ == "__main__":
    sys.exit(main())
