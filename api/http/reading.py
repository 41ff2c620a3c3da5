"""The graph store for questions: opened when it is first needed, asked in threads, never held on to when it is gone."""

from __future__ import annotations

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from graphfraud.errors import GraphfraudError, StoreError
from graphfraud.results import Ring
from graphfraud.settings import Settings
from graphfraud.store import Store, results
from graphfraud.store.retries import Retries

T = TypeVar("T")

THREADS = 4
KEPT_SCANS = 2
# A caller waits; what takes longer than this is better asked again.
PATIENCE = Retries(total=3.0)


class Reading:
    """Questions to the store on behalf of requests. on_error hears of every error of the store."""

    def __init__(self, settings: Settings, on_error: Callable[[StoreError], None]) -> None:
        self._settings, self._on_error = settings, on_error
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="reading")
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._rings: OrderedDict[str, tuple[Ring, ...]] = OrderedDict()

    async def ask(self, work: Callable[[Store], T]) -> T:
        """Run work on the store in a thread; raise what it raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._ask, work)

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
        """Let go of the store."""
        self._threads.shutdown(cancel_futures=True)
        if self._store is not None:
            self._store.close()

    def _ask(self, work: Callable[[Store], T]) -> T:
        try:
            return work(self._open())
        except StoreError as error:
            self._on_error(error)
            raise

    def _open(self) -> Store:
        with self._lock:
            if self._store is None:
                self._store = Store.open(self._settings, retries=PATIENCE)
            return self._store
