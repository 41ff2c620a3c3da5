"""What a check reads of the graph: who holds the same, who is near those, and never more than a bounded number."""

from __future__ import annotations

from example_records import application, identifier, token

from graphfraud.store import Store
from graphfraud.store.applications import write_applications
from graphfraud.store.neighbourhood import MOST_HOLDERS, near, present

MEETING = ("person", "phone", "device")


def test_holders_of_the_same_and_who_is_near_those(store: Store) -> None:
    write_applications(
        store,
        [
            application("A1", identifier("phone", 1), identifier("device", 1)),
            application("A2", identifier("phone", 1, "contact_1"), identifier("device", 2), identifier("employer", 1)),
            application("A3", identifier("device", 2)),
            application("A4", identifier("employer", 1)),
            application("A5", identifier("ip", 1), identifier("device", 3)),
            application("A6", identifier("device", 3)),
        ],
        [1] * 6, None, arrived_at=1_000,
    )  # fmt: skip
    write_applications(store, [application("A1", identifier("device", 1))], [2], None, arrived_at=2_000)
    asked = {"phone": [token("phone", 1), token("phone", 9)], "device": [token("device", 1)], "ip": [token("ip", 1)]}

    holders, beyond = near(store, asked, MEETING, own=["A1"])

    assert holders == {
        ("phone", token("phone", 1)): [("A2", 1)],  # A1 held it before
        ("device", token("device", 1)): [("A1", 2)],
        ("ip", token("ip", 1)): [("A5", 1)],
    }
    # A4 shares an employer, where nobody meets; A5 was met through an address of the network, where nobody meets.
    assert sorted(beyond) == [("A2", 1), ("A3", 1)]
    assert near(store, {}, MEETING, own=()) == ({}, [])


def test_what_many_hold_is_bounded_and_leads_nowhere(store: Store) -> None:
    busy = [application(f"B{n:02}", identifier("phone", 1), identifier("device", n)) for n in range(MOST_HOLDERS + 3)]
    few = [
        application("F1", identifier("device", "few"), identifier("phone", 1)),
        application("F2", identifier("device", "few"), identifier("person", 1)),
        application("F3", identifier("person", 1)),
    ]
    write_applications(store, busy + few, [1] * (len(busy) + 3), None, arrived_at=1_000)

    holders, beyond = near(store, {"phone": [token("phone", 1)]}, MEETING, own=())
    assert (len(holders["phone", token("phone", 1)]), beyond) == (MOST_HOLDERS, [])

    holders, beyond = near(store, {"device": [token("device", "few")]}, MEETING, own=())
    assert sorted(holders["device", token("device", "few")]) == [("F1", 1), ("F2", 1)]
    assert sorted(beyond) == [("F1", 1), ("F2", 1), ("F3", 1)]  # nobody of those who merely share the phone


def test_applications_as_they_are_now(store: Store) -> None:
    write_applications(store, [application("A1", identifier("phone", 1))], [1], None, arrived_at=1_000)
    write_applications(store, [application("A1", identifier("phone_block", 2, position=7), day=3)], [2], None, arrived_at=2_000)

    (found,) = present(store, ["A1", "nobody"])

    assert (found.properties["application_id"], found.properties["since"]) == ("A1", 2)
    assert [list(link) for link in found.held] == [["IN_PHONE_BLOCK", "whole", token("phone_block", 2), 7, "***2"]]
    assert present(store, []) == []
