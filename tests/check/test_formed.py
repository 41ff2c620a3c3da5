"""Webhooks are told of a ring once, whoever sees it first."""

from __future__ import annotations

import orjson

from graphfraud.check.answer import RingRef
from graphfraud.check.formed import formed_by_scan, formed_live, founders_id
from graphfraud.results import Ring


def ring(*names: str) -> Ring:
    members = tuple((name, 1.0) for name in names)
    return Ring("R-ALL", 0.9, members, 3, 1, first_seen=1, last_seen=2, exposure=0.0, look_alike="", reasons=())


def test_a_scan_tells_of_rings_of_which_the_one_before_knew_nobody():
    told = formed_by_scan([ring("a", "b", "c", "d"), ring("e", "f", "g")], {"f"}, "scan-2", 7)

    assert [orjson.loads(event.body)["data"] for event in told] == [
        {"ring_id": "R-ALL", "risk": 0.9, "applications": 4, "persons": 3, "application_id": "d", "scan_id": "scan-2"}
    ]


def test_a_ring_that_a_check_told_of_is_the_same_event_when_a_scan_finds_it_grown():
    young, grown = ring("a", "b", "c"), ring("a", "b", "c", "d", "e")

    live = formed_live(RingRef(founders_id(young), "forming", 0.8, 3, 3), "c", 1)
    (scanned,) = formed_by_scan([grown], frozenset(), "scan-1", 2)

    assert live.event_id == scanned.event_id
