"""Leases: one process at a time does a piece of work, and a dead one does not block it.

The lease is a node of the store, so that it holds across machines. On one machine a process that is gone holds nothing;
elsewhere the lease runs out when its heartbeat stops. Times are by the engine's clock alone.
"""

from __future__ import annotations

import logging
import os
import platform
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from graphfraud.errors import Busy, StoreError
from graphfraud.store.store import Row, Store, Transaction

KEEP_SECONDS = 60.0

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Lease:
    """A lease that is held; check it before work that must not be done twice."""

    store: Store
    name: str
    token: str
    keep_seconds: float
    lost: bool = False

    def renew(self) -> None:
        """Keep the lease for another while; notice if another process has taken it since."""
        rows = self.store.write(
            lambda transaction: transaction.run(
                "write/renew_lease", name=self.name, token=self.token, keep=int(self.keep_seconds * 1000)
            )
        )
        self.lost = not rows or rows[0]["renewed"] == 0

    def check(self) -> None:
        """Raise Busy if another process has taken the lease, because this one was not heard of for too long."""
        self.renew()
        if self.lost:
            raise Busy(f"this {self.name} stood still for more than {self.keep_seconds:.0f} s and another took its place")


@contextmanager
def hold(store: Store, name: str, owner: str, keep_seconds: float = KEEP_SECONDS) -> Iterator[Lease]:
    """Hold a lease while the block runs, with a heartbeat in the background; raise Busy if somebody else holds it.

    name is the work (`scan`), owner what the message to the next one calls us (a user or a command).
    """
    lease = Lease(store, name, uuid.uuid4().hex, keep_seconds)
    _take(lease, owner)
    done = threading.Event()
    heart = threading.Thread(target=_beat, args=(lease, done), name=f"lease-{name}", daemon=True)
    heart.start()
    try:
        yield lease
    finally:
        done.set()
        heart.join()
        _release(lease)


def _take(lease: Lease, owner: str) -> None:
    host, process = _host(), os.getpid()
    holder = {"token": lease.token, "owner": owner, "host": host, "process": process, "began": _began(process)}

    def take(transaction: Transaction) -> None:
        transaction.run("write/claim_lease", name=lease.name)
        rows = transaction.run("read/lease", name=lease.name)
        if rows and rows[0]["token"] != lease.token and _is_alive(rows[0], host):
            raise Busy(_busy(lease.name, rows[0]))
        transaction.run("write/take_lease", name=lease.name, holder=holder, keep=int(lease.keep_seconds * 1000))

    lease.store.write(take)


def _release(lease: Lease) -> None:
    try:
        lease.store.write(lambda transaction: transaction.run("write/release_lease", name=lease.name, token=lease.token))
    except StoreError as error:  # the work is done or has failed by itself; the lease runs out
        _log.info("lease %s was not given back: %s", lease.name, error)


def _beat(lease: Lease, done: threading.Event) -> None:
    while not done.wait(lease.keep_seconds / 3):
        try:
            lease.renew()
        except StoreError as error:  # the next beat tries again; `check` tells the worker
            _log.info("heartbeat of lease %s failed: %s", lease.name, error)


def _is_alive(held: Row, host: str) -> bool:
    """Say whether a lease counts: its time has not run out and, if its process was on this machine, that is running."""
    if cast(int, held["left"]) <= 0:
        return False
    if held["host"] != host:
        return True
    process = cast(int, held["process"])
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass  # it runs, as another user
    if _state(process) in ("Z", "X"):  # killed, and nobody has asked yet how it ended
        return False
    began = _began(process)
    return began == "" or held["began"] in ("", began)


def _busy(name: str, held: Row) -> str:
    machine = cast(str, held["host"]).split("/", 1)[0]
    elsewhere = "" if held["host"] == _host() else f"; if it died there, it is free in {cast(int, held['left']) // 1000 + 1} s"
    what = name.split(" of the content ", 1)[0]
    return (
        f"another {what} is running: {held['owner']}, process {held['process']} on {machine}; "
        f"wait until it has finished, or stop it{elsewhere}"
    )


def _host() -> str:
    """Name what process numbers are unique in: this machine since it was started, and in it this container."""
    return "/".join((platform.node(), _read("/proc/sys/kernel/random/boot_id"), _link("/proc/self/ns/pid")))


def _began(process: int) -> str:
    """Return when a process began, in the kernel's ticks, so that a number that is used again is no match; "" unknown."""
    fields = _stat(process)
    return fields[19] if len(fields) > 19 else ""


def _state(process: int) -> str:
    """Return the letter of what a process does (Z: dead, but its parent has not noticed); "" unknown."""
    return next(iter(_stat(process)), "")


def _stat(process: int) -> list[str]:
    return _read(f"/proc/{process}/stat").rpartition(")")[2].split()


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError:
        return ""


def _link(path: str) -> str:
    try:
        return str(Path(path).readlink())
    except OSError:
        return ""
