"""Write to the graph what waited for it: applications that were acknowledged while the store was away."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from graphfraud.errors import StoreError, StoreRejected
from graphfraud.intake.tokens import key_fingerprint
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.state.queue import Queued
from graphfraud.store import Store
from graphfraud.store.applications import write_applications

AT_ONCE = 64  # in one transaction: checks wait for it, and more would make them late
RETRY_MS = 5_000
REFUSED_MS = 3_600_000

_log = logging.getLogger(__name__)


def write_backlog(state: State, store: Store, most: int | None = None) -> int:
    """Write what waits (at most so many) to the graph, in order, and return how many were written; raise StoreError.

    Several processes may do so at once. What was written before, by whoever was answered late, changes nothing.
    """
    owner, written = uuid.uuid4().hex, 0
    while most is None or written < most:
        waiting = state.queue.take(owner, AT_ONCE if most is None else min(AT_ONCE, most - written))
        if not waiting:
            break
        try:
            _write(store, waiting)
            done = [queued.entry_id for queued in waiting]
        except StoreRejected:  # one of them: the others must not wait for it
            done = _write_one_by_one(state, store, owner, waiting)
        except StoreError as error:
            state.queue.give_back(owner, [queued.entry_id for queued in waiting], str(error), RETRY_MS)
            raise
        written += state.queue.done(owner, done)
    return written


def _write(store: Store, waiting: Sequence[Queued]) -> None:
    records = [queued.record for queued in waiting]
    write_applications(store, records, [0] * len(records), None, time.time_ns() // 1_000_000)


def _write_one_by_one(state: State, store: Store, owner: str, waiting: Sequence[Queued]) -> list[str]:
    """Write each by itself and return those that were taken; one that is refused stays, for somebody to look at."""
    done = []
    for queued in waiting:
        try:
            _write(store, [queued])
        except StoreRejected as error:
            _log.error("the store refuses application %s, which stays in the queue: %s", queued.record.application_id, error)
            state.queue.give_back(owner, [queued.entry_id], str(error), REFUSED_MS)
        else:
            done.append(queued.entry_id)
    return done


def write_what_waited(settings: Settings) -> int:
    """Write to the configured store what a check service left waiting, and return how many; without any, nothing is opened.

    Raise StoreError, StateError.
    """
    file = settings.state_url.removeprefix("sqlite:")
    if file != settings.state_url and not Path(file).exists():
        return 0
    with State.open(settings) as state:
        if not state.queue.backlog().count:
            return 0
        with Store.open(settings) as store:
            store.claim_key(key_fingerprint(settings.token_key()))
            return write_backlog(state, store)
