"""Turns at an embedded engine: who writes applications waits for whoever does, on this machine, in whatever process.

The engine lets everybody write and refuses the slower at the commit. Where several processes write all the time, the longer
transaction loses again and again, and those that are tried again keep the others from finishing.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.001
PATIENCE_SECONDS = 10.0  # whoever holds it longer hangs; the engine's own check at the commit still keeps order


@contextmanager
def turn(folder: Path) -> Iterator[None]:
    """Hold the turn at the engine of a folder; a process that is killed gives it back."""
    lock = os.open(folder / "writers.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        end = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < end:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(POLL_SECONDS)
        yield
    finally:
        os.close(lock)
