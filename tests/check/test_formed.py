"""Webhooks are told of a ring once, whoever sees it first."""

from __future__ import annotations

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.check.answer import RingRef
from graphfraud.check.formed import formed_by_scan, formed_live, tell, untold, write_untold
from graphfraud.check.known import MEMBERS
from graphfraud.detection.judge import ring_id_of
from graphfraud.results import Ring
from graphfraud.settings import Settings
from graphfraud.state import State


def ring(*names: str) -> Ring:
    members = tuple((name, 1.0) for name in names)
    return Ring(ring_id_of(names), 0.9, members, 3, 1, first_seen=1, last_seen=2, exposure=0.0, look_alike="", reasons=())


def test_a_scan_tells_of_rings_of_which_the_one_before_knew_nobody():
    told = formed_by_scan([ring("a", "b", "c", "d"), ring("e", "f", "g")], {"f"}, "scan-2", 7)

    assert [orjson.loads(event.body)["data"] for event in told] == [
        {"ring_id": ring_id_of("abc"), "risk": 0.9, "applications": 4, "persons": 3, "at_least": False}
        | {"application_id": "d", "scan_id": "scan-2"}
    ]


def test_a_ring_that_a_check_told_of_is_the_same_event_when_a_scan_finds_it_grown():
    young, grown = ring("a", "b", "c"), ring("a", "b", "c", "d", "e")

    live = formed_live(RingRef(young.ring_id, "forming", 0.8, 3, 3), "c", 1)
    (scanned,) = formed_by_scan([grown], frozenset(), "scan-1", 2)

    assert live.event_id == scanned.event_id


def test_what_a_scan_has_to_tell_waits_among_its_files_until_it_is_stored(tmp_path):
    settings = Settings(home=tmp_path, store="embedded:/nowhere")
    events = formed_by_scan([ring("a", "b", "c"), ring("e", "f", "g")], frozenset(), "scan-1", 7)
    with State.open(settings) as state:
        state.outbox.add_endpoint("https://example.com/hook", ["ring.formed"], actor="me")
        write_untold(tmp_path, events)
        assert untold(tmp_path)

        first = tell(tmp_path, state)
        again = tell(tmp_path, state)
        write_untold(tmp_path, events)  # another process had read it before the first one was done
        tell(tmp_path, state)

        assert (first, again, untold(tmp_path)) == (2, 0, False)
        assert sorted(delivery.body for delivery in state.outbox.take(10)) == sorted(event.body for event in events)


def test_a_scan_does_not_tell_again_of_a_ring_that_a_check_told_of_under_another_name(tmp_path):
    settings = Settings(home=tmp_path, store="embedded:/nowhere")
    rings = [ring("a", "b", "c", "d"), ring("e", "f", "g")]
    members = [(found.ring_id, name) for found in rings for name, _ in found.members]
    columns = {"ring_id": [of for of, _ in members], "application_id": [name for _, name in members]}
    pq.write_table(pa.table(columns | {"dealer_id": [""] * 7, "submitted_ms": [1] * 7}), tmp_path / MEMBERS)
    with State.open(settings) as state:
        state.outbox.add_endpoint("https://example.com/hook", ["ring.formed"], actor="me")
        state.forming.name({"R-LIVE": ["d", "x", "y"]})
        write_untold(tmp_path, formed_by_scan(rings, frozenset(), "scan-1", 7))

        told = tell(tmp_path, state)

        assert told == 1
        assert [letter.event_id for letter in state.outbox.letters()] == [f"ring.formed:{ring_id_of('efg')}"]
