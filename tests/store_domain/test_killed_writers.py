"""A process that is killed in the middle of a transaction leaves nothing of it."""

from __future__ import annotations

import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from example_records import application, identifier
from test_scans import SCAN, ring_of

from graphfraud.store import Store, results
from graphfraud.store.applications import write_applications
from graphfraud.store.loads import find_load

KILLED = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from dataclasses import replace
from example_records import application, identifier
from test_scans import SCAN, ring_of
from graphfraud.settings import Settings
from graphfraud.store import Store, results
from graphfraud.store.applications import write_applications
from graphfraud.store.loads import LoadMark
from graphfraud.store.store import Transaction

run = Transaction.run

def killed_after(self, name, /, **parameters):
    rows = run(self, name, **parameters)
    if name == sys.argv[2]:
        os.kill(os.getpid(), signal.SIGKILL)
    return rows

Transaction.run = killed_after
store = Store.open(Settings.from_environment())
if sys.argv[2] == "write/load_mark":
    records = [application("A1", identifier("phone", "new")), application("B1", identifier("phone", 1))]
    write_applications(store, records, [1, 2], LoadMark("hash", "a.csv", "applications", 5, 2), 1)
else:
    results.write_scan(store, replace(SCAN, scan_id="S2"), [ring_of("R2", "A0", "A1", "A2")])
"""


def killed_at(statement: str, environment: dict[str, str]) -> int:
    command = [sys.executable, "-c", KILLED, str(Path(__file__).parent), statement]
    return subprocess.run(command, env={"PATH": "/usr/bin:/bin", **environment}, timeout=120).returncode


def test_a_scan_killed_before_its_commit_leaves_the_last_one(store, store_environment):
    write_applications(store, [application(f"A{n}", identifier("phone", n)) for n in range(3)], range(3), None, 1)
    results.write_scan(store, SCAN, [ring_of("R1", "A0", "A1", "A2")])
    assert killed_at("write/forget_rings", store_environment) == -signal.SIGKILL
    assert results.current_scan(store) == SCAN
    assert [ring.ring_id for ring in results.rings(store)] == ["R1"]
    results.write_scan(store, replace(SCAN, scan_id="S2"), [])
    assert results.rings(store) == []


def test_a_batch_killed_before_its_commit_leaves_neither_rows_nor_mark(store: Store, store_environment):
    old = identifier("phone", "old")
    write_applications(store, [application("A1", old)], [1], None, 1)
    assert killed_at("write/load_mark", store_environment) == -signal.SIGKILL
    assert store.state().sequence == 1
    assert not find_load(store, "hash").begun
    rows = store.read("read/current_links", application_ids=["A1", "B1"])
    assert [row["token"] for row in rows] == [old.token]
