"""Results of scans: visible in one switch, read as of one scan."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from example_records import application, identifier

from graphfraud.errors import NotFound, StoreRejected
from graphfraud.results import Reason, Ring, Scan
from graphfraud.store import Store, results
from graphfraud.store.applications import write_applications

SCAN = Scan("S1", 1, 10, 20, "", "", "{}", "hash", {"rings": 2}, {"read": 0.5})
REASON = Reason("shared_device", 0.4, "device", ("ab" * 8,), ("***1",), {"persons": 7, "days": 9.5, "class": "x"})


def ring_of(ring_id: str, *members: str, risk: float = 0.5, **changes: object) -> Ring:
    tied = tuple((name, 0.25) for name in members)
    ring = Ring(ring_id, risk, tied, len(members), 1, 1_000, 2_000, 90_000.0, "", (REASON,))
    return replace(ring, **changes)


def applications_in(store: Store, count: int = 12) -> None:
    records = [application(f"A{n:02}", identifier("device", n % 2)) for n in range(count)]
    write_applications(store, records, range(count), None, arrived_at=1)


def test_rings_come_back_as_they_were_written_riskiest_first(store):
    applications_in(store)
    low = ring_of("R1", "A03", "A01", "A02", risk=0.2, first_seen=None, last_seen=None, look_alike="household")
    high = ring_of("R2", "A04", "A05", "A06", risk=0.9)
    results.write_scan(store, SCAN, [low, high])
    assert results.current_scan(store) == SCAN
    assert results.rings(store) == [high, low]
    assert results.rings(store, 1) == [high]
    assert results.rings(store, 0) == []
    assert results.ring(store, "R1") == low


def test_error_rates_come_back_as_they_were_written_and_are_none_where_there_were_none(store):
    applications_in(store)
    rated = ring_of("R1", "A03", "A01", "A02", q_chance=0.01, q=0.25, stability=0.95)
    plain = ring_of("R2", "A04", "A05", "A06", risk=0.9)
    results.write_scan(store, SCAN, [plain, rated])
    assert results.rings(store) == [plain, rated]
    assert (plain.q_chance, plain.q, plain.stability) == (None, None, None)


def test_before_the_first_scan_there_is_nothing(store):
    assert results.current_scan(store) is None
    assert results.rings(store) == []
    with pytest.raises(NotFound, match="no scan has run"):
        results.ring(store, "R1")


def test_a_scan_without_rings_is_a_scan(store):
    results.write_scan(store, SCAN, [])
    assert results.current_scan(store) == SCAN
    assert results.rings(store) == []


def test_the_previous_scan_stays_and_older_ones_go(store):
    applications_in(store)
    for number in (1, 2, 3):
        results.write_scan(store, replace(SCAN, scan_id=f"S{number}"), [ring_of(f"R{number}", "A00", "A01", "A02")])
    assert [ring.ring_id for ring in results.rings(store)] == ["R3"]
    assert [ring.ring_id for ring in results.rings(store, scan_id="S2")] == ["R2"]
    with pytest.raises(NotFound, match="gone"):
        results.rings(store, scan_id="S1")
    with pytest.raises(NotFound, match="no scan S9"):
        results.rings(store, scan_id="S9")


def test_the_same_ring_in_two_scans_keeps_each_scans_members(store):
    applications_in(store)
    results.write_scan(store, SCAN, [ring_of("R1", "A00", "A01", "A02")])
    results.write_scan(store, replace(SCAN, scan_id="S2"), [ring_of("R1", "A00", "A01", "A02", "A03")])
    assert results.ring(store, "R1").applications == 4
    assert results.ring(store, "R1", scan_id="S1").applications == 3


def test_a_member_that_is_not_there_leaves_the_last_scan(store):
    applications_in(store)
    results.write_scan(store, SCAN, [ring_of("R1", "A00", "A01", "A02")])
    with pytest.raises(StoreRejected, match="1 of the 3 members"):
        results.write_scan(store, replace(SCAN, scan_id="S2"), [ring_of("R2", "A00", "A01", "nobody")])
    assert results.current_scan(store) == SCAN
    assert results.rings(store) == [ring_of("R1", "A00", "A01", "A02")]


def test_a_scan_cancelled_half_way_leaves_the_last_one_and_nothing_behind(store, monkeypatch):
    applications_in(store)
    results.write_scan(store, SCAN, [ring_of("R1", "A00", "A01", "A02")])
    run = type(store).write

    def cancelled(self, work):
        def stop_before_the_switch(transaction):
            work(transaction)
            raise KeyboardInterrupt

        return run(self, stop_before_the_switch)

    monkeypatch.setattr(type(store), "write", cancelled)
    with pytest.raises(KeyboardInterrupt):
        results.write_scan(store, replace(SCAN, scan_id="S2"), [ring_of("R2", "A03", "A04", "A05")])
    monkeypatch.undo()
    assert results.current_scan(store) == SCAN
    assert [ring.ring_id for ring in results.rings(store)] == ["R1"]
    with pytest.raises(NotFound):
        results.rings(store, scan_id="S2")


def test_a_reader_sees_one_scan_or_the_other_and_never_half(store):
    applications_in(store, 300)
    names = [f"A{n:02}" for n in range(300)]

    def rings_of(scan: int) -> list[Ring]:
        return [ring_of(f"{scan}-{n}", *names[n * 3 : n * 3 + 3], risk=scan / 100) for n in range(100)]

    results.write_scan(store, replace(SCAN, scan_id="S0"), rings_of(0))
    seen: list[tuple[int, set[float]]] = []
    failed: list[BaseException] = []
    done = threading.Event()

    def read() -> None:
        try:
            while not done.is_set():
                found = results.rings(store)
                seen.append((sum(ring.applications for ring in found), {ring.risk for ring in found}))
        except BaseException as error:
            failed.append(error)

    reader = threading.Thread(target=read)
    reader.start()
    for scan in range(1, 9):
        results.write_scan(store, replace(SCAN, scan_id=f"S{scan}"), rings_of(scan))
    done.set()
    reader.join()
    assert not failed
    assert {members for members, _ in seen} == {300}
    assert {len(risks) for _, risks in seen} == {1}
