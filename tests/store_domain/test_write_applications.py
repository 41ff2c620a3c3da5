"""Applications in the store: added once, closed when replaced, counted honestly."""

from __future__ import annotations

import contextlib

from example_records import application, identifier

from graphfraud.store import Store
from graphfraud.store.applications import rehearse_writing, write_applications
from graphfraud.store.loads import LoadMark, find_load, mark_load
from graphfraud.store.neighbourhood import present
from graphfraud.store.outcome import WriteOutcome


def write(store: Store, *records, first_line: int = 1, load: LoadMark | None = None) -> WriteOutcome:
    return write_applications(store, records, range(first_line, first_line + len(records)), load, arrived_at=1_000)


def mark(rows_done: int, *, source: str = "a.csv", complete: bool = False, content: str = "hash") -> LoadMark:
    return LoadMark(content, source, "applications", 5, rows_done, complete, {"rejected": 1})


def links_of(store: Store, application_id: str) -> set[tuple[object, ...]]:
    rows = store.read("read/current_links", application_ids=[application_id])
    return {(row["kind"], row["role"], row["token"], row["position"]) for row in rows}


def test_a_new_batch_is_added_under_one_sequence_number(store):
    shared = identifier("device", "d1")
    outcome = write(store, application("A1", shared, dealer="D1", salesperson="S1"), application("A2", shared, day=None))
    assert outcome == WriteOutcome(sequence=1, added=2)
    stored = [found.properties for found in present(store, ["A1", "A2", "A3"])]
    assert [(one["application_id"], one["since"], one.get("dealer_id")) for one in stored] == [("A1", 1, "D1"), ("A2", 1, None)]
    assert links_of(store, "A1") == links_of(store, "A2") == {("device", "used", shared.token, None)}


def test_every_kind_and_role_comes_back_as_it_was_written(store):
    from graphfraud import schema

    held = [
        identifier(kind.name, "v" + role.name, role.name, 7 if kind.positions else None)
        for kind in schema.KINDS
        for role in kind.roles
    ]
    write(store, application("A1", *held))
    assert links_of(store, "A1") == {(each.kind, each.role, each.token, each.position) for each in held}


def test_the_same_batch_again_changes_nothing_and_takes_no_number(store):
    records = [application("A1", identifier("phone", 1), dealer="D1"), application("A2", identifier("phone", 2))]
    write(store, *records)
    assert write(store, *records) == WriteOutcome(sequence=None, unchanged=2)
    assert store.state().sequence == 1


def test_an_empty_batch_writes_nothing(store):
    assert write(store) == WriteOutcome()


def test_a_rehearsal_leaves_everything_as_it_was(store):
    shared = identifier("device", "d1")
    write(store, application("A1", shared))

    rehearse_writing(store, [application("A2", shared, identifier("phone", 9), dealer="D9", salesperson="S9")])

    assert store.state().sequence == 1
    assert links_of(store, "A2") == set()
    assert present(store, ["A2"]) == []
    assert write(store, application("A2", shared, dealer="D9")) == WriteOutcome(sequence=2, added=1)


def test_other_values_close_the_old_version_and_only_the_links_that_went(store):
    old, kept, new = identifier("phone", "old"), identifier("device", "kept"), identifier("phone", "new")
    write(store, application("A1", old, kept, dealer="D1", salesperson="S1"), load=mark(1))
    outcome = write(store, application("A1", new, kept, dealer="D2", salesperson="S1", attributes={"age": 30}), load=mark(2))
    assert outcome == WriteOutcome(sequence=2, changed=1, superseded=(("A1", 1, "a.csv"),))
    assert links_of(store, "A1") == {("phone", "own", new.token, None), ("device", "used", kept.token, None)}
    assert [found.properties["dealer_id"] for found in present(store, ["A1"])] == ["D2"]


def test_a_value_that_comes_back_is_held_again(store):
    first, second = identifier("phone", 1), identifier("phone", 2)
    for held in (first, second, first):
        write(store, application("A1", held))
    assert links_of(store, "A1") == {("phone", "own", first.token, None)}
    assert store.state().sequence == 3


def test_a_number_that_moves_inside_its_block_is_a_new_link(store):
    write(store, application("A1", identifier("phone_block", 1, "whole", 3)))
    write(store, application("A1", identifier("phone_block", 1, "whole", 4)))
    assert {position for *_, position in links_of(store, "A1")} == {4}


def test_an_older_version_that_arrives_late_is_superseded(store):
    write(store, application("A1", identifier("phone", 1), day=1, updated=9))
    outcome = write(store, application("A1", identifier("phone", 2), day=5), first_line=7, load=mark(1, source="late.csv"))
    assert outcome == WriteOutcome(superseded=(("A1", 7, "late.csv"),))
    assert store.state().sequence == 1


def test_the_later_of_two_rows_in_a_batch_wins_and_the_other_is_listed(store):
    later, earlier = application("A1", identifier("phone", 1), day=5), application("A1", identifier("phone", 2), day=3)
    outcome = write(store, later, earlier, first_line=10, load=mark(2))
    assert outcome == WriteOutcome(sequence=1, added=1, superseded=(("A1", 11, "a.csv"),))
    assert links_of(store, "A1") == {("phone", "own", identifier("phone", 1).token, None)}


def test_of_rows_with_equal_times_the_last_wins(store):
    outcome = write(store, application("A1", identifier("phone", 1)), application("A1", identifier("phone", 2)))
    assert outcome.superseded == (("A1", 1, ""),)
    assert links_of(store, "A1") == {("phone", "own", identifier("phone", 2).token, None)}


def test_the_same_row_twice_in_a_batch_is_unchanged(store):
    row = application("A1", identifier("phone", 1))
    assert write(store, row, row) == WriteOutcome(sequence=1, added=1, unchanged=1)


def test_an_identifier_said_twice_in_a_row_is_held_once(store):
    held = identifier("phone", 1)
    write(store, application("A1", held, held))
    assert len(store.read("read/current_links", application_ids=["A1"])) == 1


def test_a_batch_of_many_kinds_of_rows_is_sorted_out(store):
    phones = [identifier("phone", n) for n in range(40)]
    write(store, *[application(f"A{n:03}", phones[n % 7], day=5) for n in range(60)])
    again = [application(f"A{n:03}", phones[n % 7], day=5) for n in range(20)]
    changed = [application(f"A{n:03}", phones[n % 7 + 7], day=6) for n in range(20, 40)]
    older = [application(f"A{n:03}", phones[n % 7 + 7], day=4) for n in range(40, 60)]
    new = [application(f"B{n:03}", phones[n % 7], day=5) for n in range(30)]
    outcome = write(store, *again, *changed, *older, *new)
    assert (outcome.added, outcome.changed, outcome.unchanged, len(outcome.superseded)) == (30, 20, 20, 40)


def test_the_mark_of_a_load_moves_with_its_rows(store):
    assert not find_load(store, "hash").begun
    write(store, application("A1", identifier("phone", 1)), load=mark(3))
    state = find_load(store, "hash")
    assert (state.rows_done, state.added, state.complete, state.counts, state.started_at) == (3, 1, False, {"rejected": 1}, 5)


def test_the_mark_moves_though_nothing_changed(store):
    row = application("A1", identifier("phone", 1))
    write(store, row, load=mark(1))
    write(store, row, load=mark(2))
    mark_load(store, mark(2, complete=True))
    state = find_load(store, "hash")
    assert (state.rows_done, state.added, state.unchanged, state.complete) == (2, 1, 1, True)


def test_a_batch_written_again_after_a_lost_answer_counts_once(store):
    row = application("A1", identifier("phone", 1))
    write(store, row, load=mark(1))
    write(store, row, load=mark(1))
    state = find_load(store, "hash")
    assert (state.rows_done, state.added, state.unchanged) == (1, 1, 0)


def test_a_batch_that_fails_leaves_neither_rows_nor_mark(store, monkeypatch):
    def broken(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("graphfraud.store.loads.advance", broken)
    with contextlib.suppress(KeyboardInterrupt):
        write(store, application("A1", identifier("phone", 1), dealer="D1"), load=mark(1))
    assert store.state().sequence == 0
    assert present(store, ["A1"]) == []
    assert not find_load(store, "hash").begun


def test_writers_at_once_lose_nothing_and_share_no_number(store):
    from concurrent.futures import ThreadPoolExecutor

    hub = identifier("device", "hub")

    def one(writer: int) -> list[int | None]:
        return [
            write(
                store, *[application(f"W{writer}-{n}-{k}", hub, identifier("phone", k), dealer="D") for k in range(5)]
            ).sequence
            for n in range(6)
        ]

    with ThreadPoolExecutor(4) as pool:
        numbers = [number for batch in pool.map(one, range(4)) for number in batch]
    assert sorted(numbers) == list(range(1, 25))
