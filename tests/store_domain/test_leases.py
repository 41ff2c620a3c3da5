"""Leases: one holder at a time, and the dead hold nothing."""

from __future__ import annotations

import multiprocessing
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from graphfraud.errors import Busy
from graphfraud.store import Store, leases


def test_a_lease_is_held_by_one_and_free_afterwards(store):
    with leases.hold(store, "scan", "the night run"):
        with pytest.raises(Busy, match="the night run"), leases.hold(store, "scan", "somebody"):
            pass
        with leases.hold(store, "other", "somebody"):
            pass
    with leases.hold(store, "scan", "somebody") as lease:
        lease.check()
    assert store.read("read/lease", name="scan") == []


def test_a_lease_is_free_after_an_error(store):
    with pytest.raises(ZeroDivisionError), leases.hold(store, "scan", "a"):
        raise ZeroDivisionError
    with leases.hold(store, "scan", "b"):
        pass


def test_of_many_who_want_it_at_once_one_gets_it(store):
    def attempt(number: int) -> int:
        try:
            with leases.hold(store, "scan", f"worker {number}"):
                time.sleep(0.3)
                return 1
        except Busy:
            return 0

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(attempt, range(6))) == 1


def taken_by(store: Store, **changes: object) -> None:
    """Write a lease as another process would have, that never gave it back."""
    lease = leases.Lease(store, "scan", "theirs", 60.0)
    leases._take(lease, "the other")
    store.write(lambda transaction: transaction.run("write/take_lease", name="scan", holder=changes, keep=60_000))


def test_a_process_that_is_gone_holds_nothing(store):
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    taken_by(store, process=gone.pid)
    with leases.hold(store, "scan", "the next"):
        pass


def test_a_killed_process_that_its_parent_has_not_noticed_holds_nothing(store):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    holder = {"token": "t", "owner": "a killed scan", "host": leases._host(), "process": process.pid}
    holder["began"] = leases._began(process.pid)
    store.write(lambda t: t.run("write/claim_lease", name="scan"))
    store.write(lambda t: t.run("write/take_lease", name="scan", holder=holder, keep=60_000))
    with pytest.raises(Busy, match="process"), leases.hold(store, "scan", "the next"):
        pass

    process.kill()
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it is dead, and stays a zombie

    with leases.hold(store, "scan", "the next"):
        pass
    process.wait()


def test_a_process_number_that_is_used_again_holds_nothing(store):
    taken_by(store, process=os.getpid(), began="1")
    with leases.hold(store, "scan", "the next"):
        pass


def test_a_process_on_another_machine_holds_on_until_its_time_runs_out(store):
    taken_by(store, host="elsewhere/boot/ns", process=1)
    with pytest.raises(Busy, match="elsewhere"), leases.hold(store, "scan", "the next"):
        pass
    store.write(lambda t: t.run("write/take_lease", name="scan", holder={}, keep=-1))
    with leases.hold(store, "scan", "the next"):
        pass


def test_the_heartbeat_keeps_a_lease_beyond_its_time(store):
    with leases.hold(store, "scan", "long work", keep_seconds=0.6):
        time.sleep(1.2)
        with pytest.raises(Busy), leases.hold(store, "scan", "the next"):
            pass


def test_who_lost_the_lease_is_told(store):
    with leases.hold(store, "scan", "stands still") as lease:
        store.write(lambda t: t.run("write/take_lease", name="scan", holder={"token": "theirs"}, keep=60_000))
        with pytest.raises(Busy, match="stood still"):
            lease.check()
    assert [row["token"] for row in store.read("read/lease", name="scan")] == ["theirs"]


def test_this_process_knows_when_it_began():
    if sys.platform == "linux":
        assert leases._began(os.getpid()).isdigit()
    assert leases._began(multiprocessing.current_process().pid or 0) == leases._began(os.getpid())
