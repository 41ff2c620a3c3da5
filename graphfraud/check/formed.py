"""What webhooks are told of rings that form: each ring once, by the check or by the scan that sees it first."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from graphfraud.check.answer import RingRef
from graphfraud.detection.judge import ring_id_of
from graphfraud.results import Ring
from graphfraud.state.outbox import Event, make_event

FOUNDERS = 3  # a ring is at least three applications


def founders_id(ring: Ring) -> str:
    """Name a ring by its first members, so that it keeps its name as it grows."""
    return ring_id_of([name for name, _ in ring.members[:FOUNDERS]])


def formed_live(ring: RingRef, application_id: str, now: int) -> Event:
    """Tell of a ring that forms as a check sees it; application_id is that of the check, now in epoch milliseconds."""
    return _event(ring.ring_id, ring.ring_id, ring.risk, ring.applications, ring.persons, application_id, None, now)


def formed_by_scan(rings: Sequence[Ring], known: Collection[str], scan_id: str, now: int) -> list[Event]:
    """Tell of the rings of a scan that are new: none of their members is in a ring of the scan before (known).

    One that a check told of already is the same event: it was named by the same first members.
    """
    return [
        _event(founders_id(ring), ring.ring_id, ring.risk, ring.applications, ring.persons, ring.members[-1][0], scan_id, now)
        for ring in rings
        if not any(name in known for name, _ in ring.members)
    ]


def _event(
    founders: str, ring_id: str, risk: float, applications: int, persons: int, last: str, scan_id: str | None, now: int
) -> Event:
    data = {
        "ring_id": ring_id,
        "risk": risk,
        "applications": applications,
        "persons": persons,
        "application_id": last,
        "scan_id": scan_id,
    }
    return make_event(f"ring.formed:{founders}", "ring.formed", now, data)
