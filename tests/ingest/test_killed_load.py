"""A load that is killed goes on where it was and ends equal to one that was never broken."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from example_files import applications, dealers, outcomes, write
from store_dump import dump, empty

from graphfraud.settings import Settings
from graphfraud.store import Store
from ingest.load import LoadRequest, load

ROWS = 2_500


def table(folder: Path) -> Path:
    """Write a folder to load, with bad rows and superseded ones all over it."""
    rng = random.Random(5)
    records = applications(ROWS, seed=5)
    for place in range(0, ROWS, 97):
        records[place] = records[place] | {"submitted_at": "never"}
    for place in range(0, ROWS, 41):
        again = rng.randrange(ROWS)
        records[place] = records[again] | {"loan_amount": str(place + 1), "updated_at": f"2026-01-01T00:00:{place % 60:02}"}
    results = outcomes(records)
    results[5:6] = [{"application_id": "NOBODY", "outcome": "good", "observed_on": "2026-01-01"}]
    write(folder / "applications.csv", records)
    write(folder / "dealers.csv", dealers())
    write(folder / "outcomes.csv", results)
    return folder


def started(folder: Path, settings: Settings) -> subprocess.Popen[bytes]:
    environment = {
        "GRAPHFRAUD_HOME": str(settings.home),
        "GRAPHFRAUD_STORE": settings.store,
        "GRAPHFRAUD_TOKEN_KEY": settings.token_key_setting,
        "PATH": "/usr/bin:/bin",
    }
    command = [sys.executable, "-m", "api.cli.main", "load", str(folder), "--json"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def rows_done(store: Store) -> int:
    with store._connection.session("READ", -1) as session:
        return session.run("MATCH (f:LoadedFile) RETURN coalesce(sum(f.rows_done), 0) AS rows").single()["rows"]


def killed_while_loading(folder: Path, settings: Settings, store: Store, after: int, pause: float) -> bool:
    """Start a load, kill it a moment after that many more rows; say whether it was still at it."""
    before = rows_done(store)
    process = started(folder, settings)
    while process.poll() is None and rows_done(store) < before + after:
        time.sleep(0.01)
    time.sleep(pause)
    process.send_signal(signal.SIGKILL)
    return process.wait() == -signal.SIGKILL


def test_a_load_killed_several_times_ends_equal_to_an_unbroken_one(tmp_path, load_settings, embedded_store):
    folder = table(tmp_path / "in")
    unbroken = load(load_settings, LoadRequest([folder]))
    expected, listed = dump(embedded_store), unbroken.rejects.read_bytes()
    empty(embedded_store)
    unbroken.rejects.unlink()
    for part in (load_settings.home / "rejects" / "parts").iterdir():
        part.unlink()
    rng = random.Random(7)

    kills = sum(killed_while_loading(folder, load_settings, embedded_store, 1, rng.random() * 0.3) for _ in range(3))
    summary = load(load_settings, LoadRequest([folder]))

    assert kills >= 2
    assert dump(embedded_store) == expected
    assert summary.rejects.read_bytes() == listed
    assert summary.rejected() == unbroken.rejected()
    assert [(f.read, f.added, f.changed, f.unchanged, f.superseded) for f in summary.files if f.status != "unchanged"] == [
        (f.read, f.added, f.changed, f.unchanged, f.superseded)
        for f in unbroken.files
        if f.path.name in {g.path.name for g in summary.files if g.status != "unchanged"}
    ]
