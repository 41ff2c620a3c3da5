"""Pause the garbage collector where millions of small records are made that form no cycles.

Counting references frees them at once; looking for cycles among them after every few hundred cost up to half of the time
of a load.
"""

from __future__ import annotations

import gc
import itertools
from collections.abc import Iterator
from contextlib import contextmanager

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
