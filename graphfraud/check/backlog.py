"""Write to the graph what waited for it: applications that were acknowledged while the store was away."""

from __future__ import annotations

import time
import uuid
from pathlib import Path

from graphfraud.errors import StoreError
from graphfraud.intake.tokens import key_fingerprint
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store import Store
from graphfraud.store.applications import write_applications

AT_ONCE = 500
RETRY_MS = 5_000


def write_backlog(state: State, store: Store, most: int | None = None) -> int:
    """Write what waits (at most so many) to the graph, in order, and return how many were written; raise StoreError.

    Several processes may do so at once. What was written before, by whoever was answered late, changes nothing.
    """
    owner, written = uuid.uuid4().hex, 0
    while most is None or written < most:
        waiting = state.queue.take(owner, AT_ONCE if most is None else min(AT_ONCE, most - written))
        if not waiting:
            break
        ids = [queued.entry_id for queued in waiting]
        try:
            records = [queued.record for queued in waiting]
            write_applications(store, records, [0] * len(records), None, time.time_ns() // 1_000_000)
        except StoreError as error:
            state.queue.give_back(owner, ids, str(error), RETRY_MS)
            raise
        written += state.queue.done(owner, ids)
    return written


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
