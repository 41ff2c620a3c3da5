"""How often and how long work is tried again: short waits, because a caller is waiting, and a limit."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Retries:
    """Waits in seconds: `first`, doubled each time up to `longest`, until `total` has passed or `attempts` were made.

    However long the first attempt took, there is a second one: a connection that hung is not the work's fault. The
    driver's own back-off begins at one second, too long for somebody who waits. Each wait is drawn between half and the
    whole of its length, so that writers that clashed do not clash again in step.
    """

    first: float = 0.01
    longest: float = 0.5
    total: float = 30.0
    attempts: int = 100

    def waits(self) -> Iterator[float]:
        """Yield the waits before the second, third, … attempt."""
        end = time.monotonic() + self.total
        length = self.first
        for number in range(self.attempts - 1):
            if number > 0 and time.monotonic() >= end:
                return
            yield length * random.uniform(0.5, 1.0)  # spreads writers over time; nothing that is stored depends on it
            length = min(length * 2, self.longest)
