"""Dealers and outcomes in the store."""

from __future__ import annotations

from example_records import application, dealer, identifier

from graphfraud.intake.records import OutcomeRecord
from graphfraud.store import Store
from graphfraud.store.applications import write_applications
from graphfraud.store.dealers import write_dealers
from graphfraud.store.loads import LoadMark, find_load
from graphfraud.store.outcome import WriteOutcome
from graphfraud.store.outcomes import write_outcomes


def write(store: Store, *records, source: str = "dealers.csv") -> WriteOutcome:
    mark = LoadMark(source, source, "dealers", 5, len(records))
    return write_dealers(store, records, range(1, len(records) + 1), mark, arrived_at=1_000)


def links_of(store: Store, dealer_id: str) -> set[tuple[object, object]]:
    return {(row["kind"], row["token"]) for row in store.read("read/dealer_links", dealer_ids=[dealer_id])}


def test_dealers_are_added_with_what_connects_them(store):
    phone, person = identifier("phone", 1), identifier("person", 1)
    assert write(store, dealer("D1", phone, person, region="north"), dealer("D2", phone)) == WriteOutcome(1, added=2)
    assert links_of(store, "D1") == {("phone", phone.token), ("person", person.token)}
    assert links_of(store, "D2") == {("phone", phone.token)}
    assert find_load(store, "dealers.csv").rows_done == 2


def test_a_dealer_that_applications_name_is_added_when_it_comes_itself(store):
    write_applications(store, [application("A1", identifier("phone", 1), dealer="D1")], [1], None, 1)
    assert write(store, dealer("D1", identifier("phone", 1), region="north")).added == 1
    assert write(store, dealer("D1", identifier("phone", 1), region="north")) == WriteOutcome(unchanged=1)


def test_a_dealer_that_changes_keeps_its_old_version_and_closes_what_went(store):
    write(store, dealer("D1", identifier("phone", 1), identifier("account", 1), region="north"))
    outcome = write(store, dealer("D1", identifier("phone", 2), identifier("account", 1), region="south"), source="later.csv")
    assert outcome == WriteOutcome(2, changed=1, superseded=(("D1", 1, "dealers.csv"),))
    assert links_of(store, "D1") == {("phone", identifier("phone", 2).token), ("account", identifier("account", 1).token)}
    write(store, dealer("D1", identifier("phone", 1), region="north"), source="third.csv")
    assert links_of(store, "D1") == {("phone", identifier("phone", 1).token)}


def test_of_a_dealer_twice_in_a_batch_the_later_row_wins(store):
    outcome = write(store, dealer("D1", region="north"), dealer("D1", region="south"), dealer("D1", region="south"))
    assert outcome == WriteOutcome(1, added=1, unchanged=1, superseded=(("D1", 1, "dealers.csv"),))


def test_outcomes_are_added_once_and_those_of_unknown_applications_come_back(store):
    write_applications(store, [application("A1", identifier("phone", 1))], [1], None, 1)
    rows = [OutcomeRecord("A9", "fraud", "2026-01-01"), OutcomeRecord("A1", "fraud", "2026-01-01")]
    mark = LoadMark("o", "outcomes.csv", "outcomes", 5, 3)
    outcome = write_outcomes(store, [*rows, rows[1]], [1, 2, 3], mark, arrived_at=1)
    assert outcome == WriteOutcome(2, added=1, unchanged=1, unknown=(0,))
    assert find_load(store, "o").added == 1
    assert write_outcomes(store, rows, [1, 2], None, arrived_at=1) == WriteOutcome(unchanged=1, unknown=(0,))
    assert store.state().sequence == 2
    assert write_outcomes(store, [OutcomeRecord("A1", "paid", "2026-03-01")], [1], None, 1).added == 1
