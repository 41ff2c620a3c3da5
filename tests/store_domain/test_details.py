"""What pages and commands show of rings and applications."""

from __future__ import annotations

from dataclasses import replace

import pytest
from example_records import DAY, application, identifier
from test_scans import SCAN, ring_of

from graphfraud.errors import NotFound
from graphfraud.store import Store, results
from graphfraud.store.applications import write_applications
from graphfraud.store.loads import LoadMark
from graphfraud.store.store import Row


def write(store: Store, *records, source: str = "a.csv") -> None:
    mark = LoadMark(source, source, "applications", 5, len(records))
    write_applications(store, records, range(1, len(records) + 1), mark, arrived_at=1_000)


def test_a_ring_in_detail_shows_members_in_order_and_what_they_share(store):
    device, phone, person = identifier("device", 1), identifier("phone", 1), identifier("person", 1)
    attributes = {"loan_amount": 90_000.0, "name_mask": "王*", "vehicle_model": "X", "age": 30.0}
    write(
        store,
        application("A1", person, device, day=3, dealer="D1", salesperson="S1", attributes=attributes),
        application("A2", device, phone),
        application("A3", device, identifier("phone", 1, "contact_1"), identifier("phone", 2), day=None),
        *[application(f"B{n}", phone) for n in range(5)],
    )
    ring = ring_of("R1", "A2", "A1", "A3")
    results.write_scan(store, SCAN, [ring])
    detail = results.ring_detail(store, "R1")
    assert detail.ring == ring
    assert [member.application_id for member in detail.members] == ["A2", "A1", "A3"]
    first = detail.members[1]
    assert (first.submitted_at, first.dealer_id, first.salesperson_id) == (3 * DAY, "D1", "S1")
    assert (first.person, first.name_mask, first.loan_amount, first.vehicle_model) == (person.token, "王*", 90_000.0, "X")
    assert detail.members[2].person is None
    assert [(each.kind, each.token, each.mask, each.holders) for each in detail.shared] == [
        ("device", device.token, device.mask, (("A2", "used"), ("A1", "used"), ("A3", "used"))),
        ("phone", phone.token, phone.mask, (("A2", "own"), ("A3", "contact_1"))),
    ]


def test_a_ring_in_detail_is_of_one_scan_though_another_ends_meanwhile(store, monkeypatch):
    write(store, *[application(f"A{n}", identifier("device", 1)) for n in range(4)])
    before, after = ring_of("R1", "A0", "A1", "A2"), ring_of("R1", "A0", "A1", "A2", "A3")
    results.write_scan(store, SCAN, [before])
    read = Store.read

    def read_and_scan(store: Store, name: str, /, **parameters: object) -> list[Row]:
        rows = read(store, name, **parameters)
        if name == "read/ring":
            monkeypatch.undo()
            results.write_scan(store, replace(SCAN, scan_id="S2"), [after])
        return rows

    monkeypatch.setattr(Store, "read", read_and_scan)
    detail = results.ring_detail(store, "R1")
    assert detail.ring == before
    assert [member.application_id for member in detail.members] == ["A0", "A1", "A2"]
    assert len(results.ring_detail(store, "R1").members) == 4


def test_a_ring_that_is_not_there_is_not_found(store):
    results.write_scan(store, SCAN, [])
    with pytest.raises(NotFound, match="R9"):
        results.ring_detail(store, "R9")


def test_an_application_in_detail_shows_versions_identifiers_and_its_ring(store):
    old, kept, new = identifier("phone", "old"), identifier("device", "kept"), identifier("phone", "new")
    write(store, application("A1", old, kept, dealer="D1", attributes={"age": 20.0}))
    write(store, application("A2", kept), application("A3", kept), source="b.csv")
    write(store, application("A1", new, kept, dealer="D2", day=4), source="c.csv")
    results.write_scan(store, SCAN, [ring_of("R1", "A1", "A2", "A3")])
    detail = results.application(store, "A1")
    assert [(v.since, v.until, v.dealer_id, v.source, dict(v.attributes)) for v in detail.versions] == [
        (3, None, "D2", "c.csv", {}),
        (1, 3, "D1", "a.csv", {"age": 20.0}),
    ]
    assert [(h.kind, h.role, h.mask, h.since, h.until, h.applications) for h in detail.identifiers] == [
        ("phone", "own", new.mask, 3, None, 1),
        ("device", "used", kept.mask, 1, None, 3),
        ("phone", "own", old.mask, 1, 3, 0),
    ]
    assert detail.ring == ring_of("R1", "A1", "A2", "A3")
    assert detail.strength == 0.25


def test_an_application_in_no_ring_has_none(store):
    write(store, application("A1", identifier("phone", 1)))
    detail = results.application(store, "A1")
    assert (detail.ring, detail.strength) == (None, 0.0)
    with pytest.raises(NotFound, match="A9"):
        results.application(store, "A9")


def test_pairs_count_the_identifiers_they_share_in_any_role_by_kind(store):
    write(
        store,
        application("A1", identifier("email", 1), identifier("phone", 1), identifier("phone", 2, "contact_1")),
        application("A2", identifier("email", 1), identifier("phone", 1, "contact_1"), identifier("phone", 2)),
        application("A3", identifier("email", 2), identifier("phone", 2)),
        *[application(f"H{n}", identifier("email", "hub")) for n in range(4)],
    )
    found = results.shared_pairs(store, ["email", "phone"], hub_limit=3)
    assert [(pair.first, pair.second, pair.count, dict(pair.shared)) for pair in found] == [
        ("A1", "A2", 3, {"email": 1, "phone": 2}),
        ("A1", "A3", 1, {"phone": 1}),
        ("A2", "A3", 1, {"phone": 1}),
    ]
    assert len(results.shared_pairs(store, ["email"], hub_limit=4)) == 7


def test_what_is_no_longer_held_ties_nobody(store):
    write(store, application("A1", identifier("email", 1)), application("A2", identifier("email", 1)))
    write(store, application("A2", identifier("email", 2)), source="b.csv")
    assert results.shared_pairs(store, ["email"]) == []
