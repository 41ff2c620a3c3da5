"""Pause the garbage collector where millions of small records are made that form no cycles.

Counting references frees them at once; looking for cycles among them after every few hundred cost up to half of the time
of a load.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

SELDOM = 20_000  # objects made, less those freed, between two searches of a process that answers
EVERY = 8  # pieces of work between two searches
_pieces = itertools.count(1)


def swept() -> None:
    """Look for cycles after every few pieces of work (a driver's results are some), so that memory stays flat."""
    if next(_pieces) % EVERY == 0:
        gc.collect()


@contextmanager
def paused() -> Iterator[None]:
    """Keep the collector from running while the block runs; also a decorator. Nested, the outermost decides."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def settle() -> None:
    """Leave what is there out of all further searches, and search seldom: a long search makes who waits for an answer late."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(SELDOM)
