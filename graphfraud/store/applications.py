"""Applications go in: new ones are added, changed ones close the version that was current, the rest changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import cast

from graphfraud import schema
from graphfraud.errors import StoreRejected
from graphfraud.intake.records import ApplicationRecord, Identifier, effective_at, replaces
from graphfraud.store import loads
from graphfraud.store.loads import LoadMark
from graphfraud.store.outcome import Superseded, WriteOutcome
from graphfraud.store.store import Row, Store, Transaction

_Held = tuple[str, str, str, int | None]  # kind, role, token, position: what makes a link the same link


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A row of the batch: its record and the line it came from."""

    record: ApplicationRecord
    line: int


def write_applications(
    store: Store, records: Sequence[ApplicationRecord], lines: Sequence[int], load: LoadMark | None, arrived_at: int
) -> WriteOutcome:
    """Write a batch of applications and the mark of its load in one transaction.

    lines are the records' lines in the load's file, arrived_at is epoch milliseconds. Of versions of one application the
    later wins (`graphfraud.intake.records.replaces`; the one that arrives later if the times are equal): within the batch,
    and against what is stored. Equal content changes nothing. A batch that changes something takes one sequence number.
    """
    return store.write(_writing(records, lines, load, arrived_at), in_turn=True)


def rehearse_writing(store: Store, records: Sequence[ApplicationRecord]) -> None:
    """Do all that `write_applications` does, and take it back: nothing is written. Raise StoreError."""
    write = _writing(records, [0] * len(records), None, 0)

    def rehearse(transaction: Transaction) -> None:
        write(transaction)
        raise _TakeBack

    with suppress(_TakeBack):
        store.write(rehearse, in_turn=True)


class _TakeBack(Exception):
    """Ends a transaction that is not to be committed."""


def _writing(
    records: Sequence[ApplicationRecord], lines: Sequence[int], load: LoadMark | None, arrived_at: int
) -> Callable[[Transaction], WriteOutcome]:
    """Return what writes a batch within a transaction."""
    source = load.source if load else ""
    arrivals, lost, repeated = _latest([_Arrival(record, line) for record, line in zip(records, lines, strict=True)], source)
    ids = [arrival.record.application_id for arrival in arrivals]

    def write(transaction: Transaction) -> WriteOutcome:
        (locked,) = transaction.run("write/lock_applications", application_ids=ids)
        sequence = cast(int, locked["sequence"]) + 1
        stored = {cast(str, row["application_id"]): row for row in cast("list[Row]", locked["stored"])}
        new: list[_Arrival] = []
        changed: list[_Arrival] = []
        superseded = list(lost)
        unchanged = repeated
        for arrival in arrivals:
            before = stored.get(arrival.record.application_id)
            if before is None:
                new.append(arrival)
            elif before["content"] == arrival.record.content:
                unchanged += 1
            elif replaces(effective_at(arrival.record), cast("int | None", before["effective_at"])):
                changed.append(arrival)
                superseded.append(
                    Superseded(arrival.record.application_id, cast(int, before["line"]), cast(str, before["source"]))
                )
            else:
                superseded.append(Superseded(arrival.record.application_id, arrival.line, source))
        moment = _Moment(sequence, arrived_at, source)
        if new:
            _add(transaction, new, moment)
        if changed:
            _replace(transaction, changed, stored, moment)
        outcome = WriteOutcome(
            sequence if new or changed else None, len(new), len(changed), unchanged, tuple(sorted(superseded))
        )
        loads.advance(transaction, load, outcome)
        return outcome

    return write


@dataclass(frozen=True, slots=True)
class _Moment:
    """When and from where a batch is written."""

    sequence: int
    arrived_at: int
    source: str


def _latest(arrivals: Sequence[_Arrival], source: str) -> tuple[list[_Arrival], list[Superseded], int]:
    """Keep one row per application: the latest; return those, the rows that lost, and how many merely repeated one."""
    latest: dict[str, _Arrival] = {}
    lost: list[Superseded] = []
    repeated = 0
    for arrival in arrivals:
        other = latest.setdefault(arrival.record.application_id, arrival)
        if other is arrival:
            continue
        if other.record.content == arrival.record.content:
            repeated += 1
            continue
        loser = arrival
        if replaces(effective_at(arrival.record), effective_at(other.record)):
            latest[arrival.record.application_id], loser = arrival, other
        lost.append(Superseded(loser.record.application_id, loser.line, source))
    return list(latest.values()), lost, repeated


def _properties(arrival: _Arrival, moment: _Moment) -> dict[str, object]:
    record = arrival.record
    properties: dict[str, object] = dict(record.attributes)
    properties["application_id"] = record.application_id
    properties["since"] = moment.sequence
    properties["arrived_at"] = moment.arrived_at
    properties["content"] = record.content
    properties["source"] = moment.source
    properties["line"] = arrival.line
    for name, value in (
        ("effective_at", effective_at(record)),
        ("submitted_at", record.submitted_at),
        ("dealer_id", record.dealer_id),
        ("salesperson_id", record.salesperson_id),
        ("flags", list(record.flags) or None),
    ):
        if value is not None:
            properties[name] = value
    return properties


def _add(transaction: Transaction, new: Sequence[_Arrival], moment: _Moment) -> None:
    groups: dict[str, dict[str, tuple[str, list[list[object]]]]] = {kind.name: {} for kind in schema.KINDS}
    dealers: dict[str, list[int]] = {}
    salespersons: dict[str, list[int]] = {}
    for place, arrival in enumerate(new):
        record = arrival.record
        for identifier in _distinct(record.identifiers):
            group = groups[identifier.kind].get(identifier.token)
            if group is None:
                group = groups[identifier.kind][identifier.token] = (identifier.mask, [])
            group[1].append([place, identifier.role, identifier.position])
        if record.dealer_id is not None:
            dealers.setdefault(record.dealer_id, []).append(place)
        if record.salesperson_id is not None:
            salespersons.setdefault(record.salesperson_id, []).append(place)
    rows = transaction.run(
        "write/new_applications",
        applications=[_properties(arrival, moment) for arrival in new],
        links={kind: [[token, mask, held] for token, (mask, held) in sorted(by.items())] for kind, by in groups.items()},
        dealers=sorted([key, places] for key, places in dealers.items()),
        salespersons=sorted([key, places] for key, places in salespersons.items()),
        sequence=moment.sequence,
    )
    if not rows or rows[0]["application_ids"] != [arrival.record.application_id for arrival in new]:
        raise StoreRejected("the engine added applications in another order than it was given; nothing was written")


def _replace(transaction: Transaction, changed: Sequence[_Arrival], stored: Mapping[str, Row], moment: _Moment) -> None:
    ids = [arrival.record.application_id for arrival in changed]
    held = _held(transaction, ids)
    closed: dict[str, list[list[object]]] = {kind.name: [] for kind in schema.KINDS}
    opened: dict[str, list[list[object]]] = {kind.name: [] for kind in schema.KINDS}
    for arrival in changed:
        application_id = arrival.record.application_id
        before = held.get(application_id, set())
        after = {_key(identifier): identifier for identifier in arrival.record.identifiers}
        for kind, role, token, _ in before - after.keys():
            closed[kind].append([application_id, role, token])
        for key in after.keys() - before:
            found = after[key]
            opened[found.kind].append([found.token, found.mask, application_id, found.role, found.position])
    dealers = _moves({a.record.application_id: a.record.dealer_id for a in changed}, stored, "dealer_id")
    salespersons = _moves({a.record.application_id: a.record.salesperson_id for a in changed}, stored, "salesperson_id")
    transaction.run(
        "write/replace_applications",
        applications=[_properties(arrival, moment) for arrival in changed],
        sequence=moment.sequence,
        arrived_at=moment.arrived_at,
    )
    transaction.run(
        "write/close_links",
        links={kind: sorted(rows, key=repr) for kind, rows in closed.items()},
        dealers=dealers[0],
        salespersons=salespersons[0],
        sequence=moment.sequence,
        arrived_at=moment.arrived_at,
    )
    transaction.run(
        "write/add_links",
        links={kind: sorted(rows, key=repr) for kind, rows in opened.items()},
        dealers=dealers[1],
        salespersons=salespersons[1],
        sequence=moment.sequence,
    )


def _held(transaction: Transaction, application_ids: Sequence[str]) -> dict[str, set[_Held]]:
    held: dict[str, set[_Held]] = {}
    for row in transaction.run("read/current_links", application_ids=list(application_ids)):
        link = cast(_Held, (row["kind"], row["role"], row["token"], row["position"]))
        held.setdefault(cast(str, row["application_id"]), set()).add(link)
    return held


def _moves(now: Mapping[str, str | None], stored: Mapping[str, Row], column: str) -> tuple[list[list[str]], list[list[str]]]:
    """Return the relationships to end, [application_id, id], and those to begin, [id, application_id], in order."""
    ended, begun = [], []
    for application_id, after in now.items():
        before = cast("str | None", stored[application_id][column])
        if before != after:
            if before is not None:
                ended.append([application_id, before])
            if after is not None:
                begun.append([after, application_id])
    return sorted(ended), sorted(begun)


def _key(identifier: Identifier) -> _Held:
    return identifier.kind, identifier.role, identifier.token, identifier.position


def _distinct(identifiers: Sequence[Identifier]) -> Sequence[Identifier]:
    """Drop what is said twice: an application holds an identifier in a role once."""
    if len(identifiers) < 2:
        return identifiers
    return list({_key(identifier): identifier for identifier in identifiers}.values())
