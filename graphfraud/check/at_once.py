"""How many checks are usually out at once, and until when it is worth waiting for the rest of them."""

from __future__ import annotations

import threading
import time

LINGER = 0.012  # seconds after answers and questions in which whoever was answered with them may ask again
MOST_LINGER = 0.04  # seconds that the first of a group waits for others, whatever happens
ROUNDS = 4  # of all that are out at once, after which a number that was not reached again is forgotten


class AtOnce:
    """Counts the checks between question and answer. Safe between threads.

    Clients that were answered together ask again together, but for those whose answers are still on their way: without a
    wait for these, two halves take turns, and a half costs nearly as much as the whole. Who comes alone waits for nobody.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._out = 0
        self._most, self._most_lately, self._came = 1, 0, 0
        self._answered_at, self._moved_at = 0.0, 0.0

    def came(self) -> None:
        """Count one more."""
        with self._lock:
            self._out += 1
            self._came += 1
            self._moved_at = time.monotonic()
            self._most_lately = max(self._most_lately, self._out)
            self._most = max(self._most, self._out)
            if self._came >= ROUNDS * self._most:
                self._most, self._most_lately, self._came = self._most_lately, self._out, 0

    def went(self) -> None:
        """Count one less: it was answered now."""
        with self._lock:
            self._out -= 1
            self._answered_at = self._moved_at = time.monotonic()

    def wait_for_more(self, gathered: int, since: float) -> float:
        """Return the seconds to wait for another one, where some were gathered since then (on `time.monotonic()`'s clock)."""
        now = time.monotonic()
        with self._lock:
            if gathered >= self._most:
                return 0.0
            if self._out > gathered:  # answers are on their way
                seconds = LINGER
            elif now - self._answered_at < MOST_LINGER:
                seconds = self._moved_at + LINGER - now
            else:
                return 0.0
        return max(min(seconds, since + MOST_LINGER - now), 0.0)
