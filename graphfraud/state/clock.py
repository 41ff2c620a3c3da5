"""The time of application state: epoch milliseconds, from a clock that tests can set."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]

SECOND, MINUTE, HOUR, DAY = 1_000, 60_000, 3_600_000, 86_400_000


def now() -> int:
    """Return the time of this machine."""
    return time.time_ns() // 1_000_000
