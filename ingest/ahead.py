"""Work ahead in a thread: the next batches are prepared while the engine writes the last one."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from queue import Full, Queue
from types import TracebackType
from typing import Generic, Self, TypeVar

T = TypeVar("T")
_END = object()


class Ahead(Generic[T]):
    """Iterates over items that a thread produces, at most `depth` of them in advance; errors come out where they belong.

    A thread suffices: the engine works in another process, and our own share of writing is mostly waiting for it.
    """

    def __init__(self, items: Iterable[T], depth: int = 3) -> None:
        self._queue: Queue[object] = Queue(depth)
        self._stop = threading.Event()
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._produce, args=(items,), name="prepare", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop.set()
        self._thread.join()

    def __iter__(self) -> Iterator[T]:
        while (item := self._queue.get()) is not _END:
            yield item  # type: ignore[misc]  # only T goes in besides the end
        if self._error is not None:
            raise self._error

    def _produce(self, items: Iterable[T]) -> None:
        try:
            for item in items:
                if not self._put(item):
                    return
        except BaseException as error:
            self._error = error
        self._put(_END)

    def _put(self, item: object) -> bool:
        while not self._stop.is_set():
            try:
                self._queue.put(item, timeout=0.1)
            except Full:
                continue
            return True
        return False
