"""The graph store for questions: opened when it is first needed, asked in threads, never held on to when it is gone.

An engine may hang rather than fail: whoever asks waits for a bounded time, and what hangs keeps nobody else from asking.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from typing import TypeVar

from graphfraud.errors import GraphfraudError, StoreError, StoreUnreachable
from graphfraud.results import Ring
from graphfraud.settings import Settings
from graphfraud.store import Store, results
from graphfraud.store.retries import Retries

T = TypeVar("T")

AT_ONCE = 4
KEPT_SCANS = 2
# A caller waits; what takes longer than this is better asked again.
PATIENCE = Retries(total=3.0)
ANSWER_SECONDS = 5.0
# A question that is late goes on, as the next one may find what it has read. One that has taken so long hangs: its
# connections are given up, which ends it.
HUNG_SECONDS = 60.0


class Reading:
    """Questions to the store on behalf of requests. on_error hears of every error of the store."""

    def __init__(self, settings: Settings, on_error: Callable[[StoreError], None]) -> None:
        self._settings, self._on_error = settings, on_error
        self._access = _Access(settings)
        self._lock = threading.Lock()
        self._rings: OrderedDict[str, tuple[Ring, ...]] = OrderedDict()

    async def ask(self, work: Callable[[Store], T]) -> T:
        """Run work on the store in a thread; raise what it raises, StoreUnreachable where that takes too long."""
        if self._access.hangs(HUNG_SECONDS):
            threading.Thread(target=self._access.close, name="reading-close", daemon=True).start()
            self._access = _Access(self._settings)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return await self._access.ask(work)
        except TimeoutError:
            late = StoreUnreachable(f"the graph store did not answer a question within {ANSWER_SECONDS:g} seconds")
            self._on_error(late)
            raise late from None
        except StoreError as error:
            self._on_error(error)
            raise

    def rings(self, store: Store, scan_id: str) -> tuple[Ring, ...]:
        """Return the rings of a scan, riskiest first; a scan never changes, so the last ones are remembered."""
        with self._lock:
            found = self._rings.get(scan_id)
        if found is None:
            found = tuple(results.rings(store, None, scan_id=scan_id))
            with self._lock:
                self._rings[scan_id] = found
                while len(self._rings) > KEPT_SCANS:
                    self._rings.popitem(last=False)
        return found

    async def answers(self) -> bool:
        """Say whether the store answers."""
        try:
            await self.ask(lambda store: store.read("read/current_scan"))
        except GraphfraudError:
            return False
        return True

    def close(self) -> None:
        """Let go of the store; what is still asked is cut off."""
        self._access.close()


class _Access:
    """One store, opened when it is needed, and the turns of those who ask it; given up as a whole when it hangs."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._number = itertools.count()
        self._began: dict[int, float] = {}
        self._opening = threading.Lock()
        self._store: Store | None = None
        self._closed = False

    async def ask(self, work: Callable[[Store], T]) -> T:
        """Wait for a turn, and work in a thread that the end of the process does not wait for."""
        await self._turns.acquire()
        answer: Future[T] = Future()
        loop, number = asyncio.get_running_loop(), next(self._number)
        self._began[number] = time.monotonic()

        def run() -> None:
            # Whoever asked may have gone: its future is cancelled then, and its loop may have ended.
            try:
                found = work(self._open())
            except BaseException as error:
                with contextlib.suppress(InvalidStateError):
                    answer.set_exception(error)
            else:
                with contextlib.suppress(InvalidStateError):
                    answer.set_result(found)
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(self._end, number)

        threading.Thread(target=run, name="reading", daemon=True).start()
        return await asyncio.wrap_future(answer)

    def hangs(self, seconds: float) -> bool:
        """Say whether there is no turn left, and one was taken longer ago than that."""
        before = time.monotonic() - seconds
        return self._turns.locked() and any(began < before for began in self._began.values())

    def close(self) -> None:
        """Close the store, which ends what hangs on it."""
        self._closed = True
        if self._store is not None:
            self._store.close()

    def _end(self, number: int) -> None:
        del self._began[number]
        self._turns.release()

    def _open(self) -> Store:
        with self._opening:
            if self._store is None:
                self._store = Store.open(self._settings, retries=PATIENCE)
            if self._closed:  # meanwhile
                self._store.close()
                raise StoreUnreachable("the connection to the graph store was given up")
            return self._store
