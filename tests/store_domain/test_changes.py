"""Replaying what changed gives the state as of any sequence number."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from example_records import application, identifier

from graphfraud import schema
from graphfraud.intake.records import ApplicationRecord, effective_at, replaces
from graphfraud.store import Store, changes
from graphfraud.store.applications import write_applications
from graphfraud.store.changes import Change, HeldToken, changed_since, masks, sequence

State = dict[str, tuple[object, ...]]


def write(store: Store, *records: ApplicationRecord) -> None:
    write_applications(store, records, range(len(records)), None, arrived_at=1_000)


def said(record: ApplicationRecord) -> tuple[object, ...]:
    held = {HeldToken(each.kind, each.role, each.token, each.position) for each in record.identifiers}
    return record.submitted_at, record.dealer_id, record.salesperson_id, dict(record.attributes), held


def told(change: Change) -> tuple[object, ...]:
    held = set(change.identifiers)
    return change.submitted_at, change.dealer_id, change.salesperson_id, dict(change.attributes), held


def fold(state: State, found: list[Change]) -> State:
    """Apply changes to a state that knows, for each application, its version's since and what it says."""
    return state | {change.application_id: (change.since, told(change)) for change in found}


def random_history(rng: random.Random) -> list[list[ApplicationRecord]]:
    """Batches in which applications come, come again with other values, unchanged, too late, or twice."""
    kinds = rng.sample([kind.name for kind in schema.KINDS], 4)

    def version() -> ApplicationRecord:
        kind = schema.KIND[rng.choice(kinds)]
        held = [
            identifier(kind.name, rng.randrange(4), rng.choice(kind.role_names), rng.randrange(3) if kind.positions else None)
            for _ in range(rng.randrange(1, 4))
        ]
        return application(
            f"A{rng.randrange(12):02}",
            *{(each.kind, each.role, each.token): each for each in held}.values(),
            identifier("device", rng.randrange(3)),
            day=rng.choice([None, rng.randrange(5), 5]),
            dealer=rng.choice([None, "D1", "D2"]),
            salesperson=rng.choice([None, "S1", "S2"]),
            attributes={"age": float(rng.randrange(3))} if rng.random() < 0.7 else {},
        )

    return [[version() for _ in range(rng.randrange(1, 7))] for _ in range(14)]


def states_of(history: list[list[ApplicationRecord]]) -> list[State]:
    """The state after each sequence number, worked out without a store."""
    state: dict[str, tuple[int, ApplicationRecord]] = {}
    states: list[State] = [{}]
    for batch in history:
        latest: dict[str, ApplicationRecord] = {}
        for record in batch:
            other = latest.get(record.application_id)
            if other is None or replaces(effective_at(record), effective_at(other)):
                latest[record.application_id] = record
        number, changed = len(states), False
        for record in latest.values():
            before = state.get(record.application_id)
            if before and before[1].content == record.content:
                continue
            if before and not replaces(effective_at(record), effective_at(before[1])):
                continue
            state[record.application_id], changed = (number, record), True
        if changed:
            states.append({key: (since, said(record)) for key, (since, record) in state.items()})
    return states


@pytest.mark.parametrize("seed", range(2))
def test_replaying_changes_gives_the_state_as_of_any_number(store, seed, monkeypatch):
    monkeypatch.setattr(changes, "PIECE", 5)
    monkeypatch.setattr(changes, "STRETCH", 2)
    history = random_history(random.Random(seed))
    for batch in history:
        write(store, *batch)
    states = states_of(history)
    assert sequence(store) == len(states) - 1
    for after in range(0, len(states), 3):
        for up_to in range(after, len(states)):
            found = list(changed_since(store, after, up_to))
            assert fold(states[after], found) == states[up_to], (after, up_to)
            assert all(after < change.since <= up_to for change in found)


def test_changes_come_once_each_in_canonical_order(store, monkeypatch):
    monkeypatch.setattr(changes, "PIECE", 3)
    for batch in random_history(random.Random(9)):
        write(store, *batch)
    found = list(changed_since(store, 5, sequence(store)))
    assert found == sorted(found, key=lambda change: (change.since, change.application_id))
    assert len({(change.application_id, change.since) for change in found}) == len(found)


def test_identifiers_come_in_the_order_of_the_schema(store):
    held = [
        identifier("device", 1),
        identifier("phone", 2, "contact_1"),
        identifier("phone", 3, "own"),
        identifier("person", 4),
    ]
    write(store, application("A1", *held))
    (change,) = changed_since(store, 0, 1)
    assert [(each.kind, each.role) for each in change.identifiers] == [
        ("person", "applicant"),
        ("phone", "own"),
        ("phone", "contact_1"),
        ("device", "used"),
    ]


def test_nothing_changed_yields_nothing(store):
    assert list(changed_since(store, 0, 0)) == []
    write(store, application("A1", identifier("phone", 1)))
    assert list(changed_since(store, 1, 1)) == []


def test_results_are_no_change(store):
    record = application("A1", identifier("phone", 1))
    write(store, record)
    write(store, replace(record))
    assert [change.since for change in changed_since(store, 0, sequence(store))] == [1]


def test_masks_are_found_by_token(store):
    phone = identifier("phone", 77)
    write(store, application("A1", phone))
    assert masks(store, "phone", [phone.token, "0" * 16]) == {phone.token: phone.mask}
