"""Rate limits of keys, counted once for all workers of a `serve` in a small file that they map into memory."""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import time
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

SLOTS = 4096
_SLOT = struct.Struct("=8sd")


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a key may still do: whether this request may go on, how many more at once, seconds until it is full again."""

    allowed: bool
    limit: int
    remaining: int
    reset: float
    wait: float

    def headers(self) -> dict[str, str]:
        """Return RateLimit and RateLimit-Policy (draft-ietf-httpapi-ratelimit-headers), and Retry-After where it is due."""
        made = {
            "RateLimit-Policy": f'"key";q={self.limit};w={WINDOW}',
            "RateLimit": f'"key";r={self.remaining};t={_up(self.reset)}',
        }
        return made if self.allowed else made | {"Retry-After": str(max(1, _up(self.wait)))}


WINDOW = 60


class Rates:
    """Counts requests by key with a leaking bucket (GCRA): one time a key, no timers, exact under several processes.

    A limit of n lets n requests a minute through, n at once if the key was quiet for a minute. Clocks are the wall's,
    which the workers of one machine share.
    """

    def __init__(self, file: Path) -> None:
        self._file = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        if os.fstat(self._file).st_size < SLOTS * _SLOT.size:
            os.ftruncate(self._file, SLOTS * _SLOT.size)
        self._slots = mmap.mmap(self._file, SLOTS * _SLOT.size)

    def take(self, key_id: str, limit: int, now: float | None = None) -> Allowance:
        """Count one request of a key that may make limit requests a minute."""
        now = time.time() if now is None else now
        every = WINDOW / limit
        name = blake2b(key_id.encode(), digest_size=8).digest()
        fcntl.lockf(self._file, fcntl.LOCK_EX)
        try:
            offset, due = self._find(name, now)
            earliest = max(due, now)
            wait = earliest - (WINDOW - every) - now
            # A billionth of a second is lost when times are added up.
            allowed = wait <= 1e-6
            if allowed:
                earliest += every
                _SLOT.pack_into(self._slots, offset, name, earliest)
        finally:
            fcntl.lockf(self._file, fcntl.LOCK_UN)
        used = earliest - now
        remaining = int((WINDOW - used) / every + 1e-6) if allowed else 0
        return Allowance(allowed, limit, max(0, remaining), used, max(0.0, wait))

    def close(self) -> None:
        """Let go of the file."""
        self._slots.close()
        os.close(self._file)

    def _find(self, name: bytes, now: float) -> tuple[int, float]:
        """Return the offset of a key's slot and the time at which its bucket is empty; the slot of a quiet key is free."""
        start = int.from_bytes(name, "big") % SLOTS
        free: int | None = None
        for place in range(SLOTS):
            offset = (start + place) % SLOTS * _SLOT.size
            found, due = _SLOT.unpack_from(self._slots, offset)
            if found == name:
                return offset, due
            if free is None and due <= now:
                free = offset
            if found == b"\0" * 8:
                break
        # More than 4,096 limited keys at work within a minute share slots rather than going without a limit.
        return (start * _SLOT.size if free is None else free), 0.0


def _up(seconds: float) -> int:
    return int(-(-seconds // 1))
