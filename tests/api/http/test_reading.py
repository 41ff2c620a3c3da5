"""Questions that hang are told late, keep a bounded number of turns, and are given up for new ones."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest

from api.http import reading
from api.http.reading import AT_ONCE, Reading
from graphfraud.errors import StoreError, StoreUnreachable
from graphfraud.settings import Settings


class HangingStore:
    """A store on which everything hangs until it is closed."""

    def __init__(self) -> None:
        self.closed = threading.Event()

    def close(self) -> None:
        self.closed.set()


def test_what_hangs_is_told_late_and_given_up_for_those_who_come_after(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    opened: list[HangingStore] = []
    told: list[StoreError] = []
    monkeypatch.setattr(reading, "ANSWER_SECONDS", 0.2)
    monkeypatch.setattr(reading, "HUNG_SECONDS", 0.5)
    monkeypatch.setattr(reading.Store, "open", lambda settings, retries=None: opened.append(HangingStore()) or opened[-1])

    async def play() -> list[object]:
        questions = Reading(Settings(home=tmp_path, store=f"embedded:{tmp_path}"), told.append)
        hanging = [questions.ask(lambda store: store.closed.wait()) for _ in range(AT_ONCE + 2)]
        said: list[object] = list(await asyncio.gather(*hanging, return_exceptions=True))
        said += await asyncio.gather(questions.ask(lambda store: "no turn"), return_exceptions=True)
        await asyncio.sleep(0.3)
        said.append(await questions.ask(lambda store: "answered"))
        return said

    *late, answered = asyncio.run(play())

    assert [type(error) for error in late] == [StoreUnreachable] * (AT_ONCE + 3)
    assert answered == "answered"
    assert len(told) == len(late)
    assert len(opened) == 2 and opened[0].closed.wait(5) and not opened[1].closed.is_set()
