"""Dealers go in: their plain facts, and the identifiers that connect them to each other and to applicants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from graphfraud import schema
from graphfraud.intake.records import DealerRecord
from graphfraud.store import loads
from graphfraud.store.loads import LoadMark
from graphfraud.store.outcome import Superseded, WriteOutcome
from graphfraud.store.store import Store, Transaction

_KINDS = tuple(kind for _, kind, _ in schema.DEALER_KINDS)


@dataclass(frozen=True, slots=True)
class _Arrival:
    record: DealerRecord
    line: int


def write_dealers(
    store: Store, records: Sequence[DealerRecord], lines: Sequence[int], load: LoadMark | None, arrived_at: int
) -> WriteOutcome:
    """Write a batch of dealers and the mark of its load in one transaction.

    Dealers have no time of their own: of two versions the one that arrives later wins. A dealer that applications already
    name counts as added when it first comes itself. In superseded the dealer's id stands in place of the application's.
    """
    source = load.source if load else ""
    latest: dict[str, _Arrival] = {}
    lost: list[Superseded] = []
    repeated = 0
    for record, line in zip(records, lines, strict=True):
        other = latest.get(record.dealer_id)
        if other and other.record.content == record.content:
            repeated += 1
            continue
        if other:
            lost.append(Superseded(record.dealer_id, other.line, source))
        latest[record.dealer_id] = _Arrival(record, line)

    def write(transaction: Transaction) -> WriteOutcome:
        sequence = cast(int, transaction.run("write/lock")[0]["sequence"]) + 1
        rows = transaction.run("read/stored_dealers", dealer_ids=sorted(latest))
        stored = {cast(str, row["dealer_id"]): row for row in rows if row["content"] is not None}
        changed = [name for name in sorted(latest) if name in stored and stored[name]["content"] != latest[name].record.content]
        added = [name for name in sorted(latest) if name not in stored]
        superseded = lost + [
            Superseded(name, cast(int, stored[name]["line"]), cast(str, stored[name]["source"])) for name in changed
        ]
        if added or changed:
            if changed:
                transaction.run("write/dealer_versions", dealer_ids=changed, sequence=sequence, arrived_at=arrived_at)
            written = [latest[name] for name in sorted([*added, *changed])]
            transaction.run("write/dealers", dealers=[_properties(each, sequence, arrived_at, source) for each in written])
            _relink(transaction, written, sequence, arrived_at)
            transaction.run("write/sequence", sequence=sequence)
        outcome = WriteOutcome(
            sequence if added or changed else None,
            len(added),
            len(changed),
            repeated + len(latest) - len(added) - len(changed),
            tuple(sorted(superseded)),
        )
        loads.advance(transaction, load, outcome)
        return outcome

    return store.write(write)


def _properties(arrival: _Arrival, sequence: int, arrived_at: int, source: str) -> dict[str, object]:
    return {
        **arrival.record.attributes,
        "dealer_id": arrival.record.dealer_id,
        "since": sequence,
        "arrived_at": arrived_at,
        "content": arrival.record.content,
        "source": source,
        "line": arrival.line,
    }


def _relink(transaction: Transaction, written: Sequence[_Arrival], sequence: int, arrived_at: int) -> None:
    """End the links of dealers that are not in their new version, and begin those that are new."""
    held: dict[str, set[tuple[str, str]]] = {}
    for row in transaction.run("read/dealer_links", dealer_ids=[each.record.dealer_id for each in written]):
        held.setdefault(cast(str, row["dealer_id"]), set()).add((cast(str, row["kind"]), cast(str, row["token"])))
    closed: dict[str, list[list[str]]] = {kind: [] for kind in _KINDS}
    opened: dict[str, list[list[str]]] = {kind: [] for kind in _KINDS}
    for arrival in written:
        dealer_id = arrival.record.dealer_id
        before = held.get(dealer_id, set())
        after = {(identifier.kind, identifier.token): identifier.mask for identifier in arrival.record.identifiers}
        for kind, token in before - after.keys():
            closed[kind].append([dealer_id, token])
        for kind, token in after.keys() - before:
            opened[kind].append([token, after[kind, token], dealer_id])
    if any(closed.values()):
        transaction.run(
            "write/close_dealer_links",
            links={kind: sorted(rows) for kind, rows in closed.items()},
            sequence=sequence,
            arrived_at=arrived_at,
        )
    if any(opened.values()):
        links = {kind: sorted(rows) for kind, rows in opened.items()}
        transaction.run("write/add_dealer_links", links=links, sequence=sequence)
