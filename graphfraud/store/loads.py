"""How far the load of each file has come: a mark that moves in the transaction that writes the rows.

A load that was killed goes on after the last row whose batch was committed, no row twice and none left out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from graphfraud.store.outcome import Superseded, WriteOutcome
from graphfraud.store.store import Store, Transaction


@dataclass(frozen=True, slots=True)
class LoadMark:
    """How far the load of a file will have come when a batch is committed.

    content is the hash of the file's content and of how it is read (mapping, conventions); source its name; kind what it
    holds (applications, dealers, outcomes); rows_done the number of its rows read so far, rejected ones included; counts
    what the loader itself counted so far (rejects, placeholders, …).
    """

    content: str
    source: str
    kind: str
    started_at: int
    rows_done: int
    complete: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoadState:
    """How far the load of a file has come, and what its rows did to the store; all zero if it never began.

    late and unknown are what its last committed batch superseded and which places in it named an application that is not
    there: a loader that was killed right after the commit has not written them down.
    """

    content: str
    source: str = ""
    kind: str = ""
    started_at: int | None = None
    rows_done: int = 0
    complete: bool = False
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: int = 0
    counts: Mapping[str, int] = field(default_factory=dict)
    late: tuple[Superseded, ...] = ()
    unknown: tuple[int, ...] = ()

    @property
    def begun(self) -> bool:
        """Say whether a batch of the file was ever committed."""
        return self.started_at is not None


def find_load(store: Store, content: str) -> LoadState:
    """Return how far the load of the file with that content hash has come."""
    return _state(content, store.read("read/load", content=content))


def mark_load(store: Store, mark: LoadMark) -> None:
    """Record that a load has come further without a row to write (the rest was rejected, or the file is at its end)."""
    store.write(lambda transaction: advance(transaction, mark, WriteOutcome()))


def advance(transaction: Transaction, mark: LoadMark | None, outcome: WriteOutcome) -> None:
    """Move the mark of a load in the transaction that writes its rows; a batch that is written again moves nothing.

    A batch is written again when its commit came through and the answer did not.
    """
    if mark is None:
        return
    state = _state(mark.content, transaction.run("read/load", content=mark.content))
    if state.begun and (state.rows_done, state.complete) >= (mark.rows_done, mark.complete):
        return
    state = replace(
        state,
        source=mark.source,
        kind=mark.kind,
        started_at=mark.started_at if state.started_at is None else state.started_at,
        rows_done=mark.rows_done,
        complete=mark.complete,
        added=state.added + outcome.added,
        changed=state.changed + outcome.changed,
        unchanged=state.unchanged + outcome.unchanged,
        superseded=state.superseded + len(outcome.superseded),
        counts=mark.counts,
        late=outcome.superseded,
        unknown=outcome.unknown,
    )
    transaction.run("write/load_mark", content=mark.content, properties=_properties(state))


def _properties(state: LoadState) -> dict[str, object]:
    return {
        "source": state.source,
        "kind": state.kind,
        "started_at": state.started_at,
        "rows_done": state.rows_done,
        "complete": state.complete,
        "added": state.added,
        "changed": state.changed,
        "unchanged": state.unchanged,
        "superseded": state.superseded,
        "counts": json.dumps(dict(state.counts), sort_keys=True),
        "last_batch": json.dumps([state.late, state.unknown]),
    }


def _state(content: str, rows: list[dict[str, object]]) -> LoadState:
    if not rows:
        return LoadState(content)
    row = dict(rows[0])
    counts = json.loads(cast(str, row.pop("counts")))
    superseded, unknown = json.loads(cast(str, row.pop("last_batch")))
    late = tuple(Superseded(*lost) for lost in superseded)
    fields = {**row, "counts": counts, "late": late, "unknown": tuple(unknown)}
    return LoadState(content=content, **fields)
