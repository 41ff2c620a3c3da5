"""What webhooks are told of rings that form: each ring once, by the check or by the scan that sees it first.

What a scan has to tell lies among its files before it becomes visible, and until it is stored with the webhooks: a scan that
is killed in between, or finds the database of state away, is told of by whoever looks at it next.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from pathlib import Path

from graphfraud.check.answer import RingRef
from graphfraud.check.known import read_rings
from graphfraud.results import Ring
from graphfraud.state import State
from graphfraud.state.outbox import Event, make_event

UNTOLD = "untold.jsonl"  # events of a scan, each as the document that is sent


def formed_live(ring: RingRef, application_id: str, now: int) -> Event:
    """Tell of a ring that forms as a check sees it; application_id is that of the check, now in epoch milliseconds.

    One ring is one event, as it keeps its name (`graphfraud.state.forming`).
    """
    return _event(ring.ring_id, ring.risk, ring.applications, ring.persons, ring.at_least, application_id, None, now)


def formed_by_scan(rings: Sequence[Ring], known: Collection[str], scan_id: str, now: int) -> list[Event]:
    """Tell of the rings of a scan that are new: none of their members is in a ring of the scan before (known).

    Those that checks told of meanwhile are left out when it is told (`tell`).
    """
    return [
        _event(ring.ring_id, ring.risk, ring.applications, ring.persons, False, ring.members[-1][0], scan_id, now)
        for ring in rings
        if not any(name in known for name, _ in ring.members)
    ]


def write_untold(folder: Path, events: Sequence[Event]) -> None:
    """Put what a scan has to tell among its files."""
    (folder / UNTOLD).write_bytes(b"".join(event.body + b"\n" for event in events))


def untold(scan: Path) -> bool:
    """Say whether the scan in a folder has still something to tell."""
    return (scan / UNTOLD).exists()


def tell(scan: Path, state: State) -> int:
    """Store what the visible scan in a folder has still to tell, and return how many events that were; again changes nothing.

    What a check told of, under whatever name, is not told again. Several processes may do so at once: an event has one id,
    however often it is stored. Raise StateError.
    """
    file = scan / UNTOLD
    try:
        lines = file.read_bytes().splitlines()
    except OSError:  # told, or the scan is gone
        return 0
    said = [(json.loads(line), line) for line in lines]
    by_checks = _told_by_checks(scan, state) if said else set()
    said = [(told, line) for told, line in said if told["data"]["ring_id"] not in by_checks]
    state.outbox.add([Event(told["id"], told["type"], told["created_at"], line) for told, line in said])
    file.unlink(missing_ok=True)
    return len(said)


def _told_by_checks(scan: Path, state: State) -> set[str]:
    """Return the rings of a scan of which a check saw members in a ring that formed."""
    seen = state.forming.members()
    if not seen:
        return set()
    try:
        ring_of = read_rings(scan).ring_of
    except (OSError, ValueError):  # nobody can read it: better told of twice than not at all
        return set()
    return {ring_of[name] for name in seen if name in ring_of}


def _event(
    ring_id: str, risk: float, applications: int, persons: int, at_least: bool, last: str, scan_id: str | None, now: int
) -> Event:
    data = {
        "ring_id": ring_id,
        "risk": risk,
        "applications": applications,
        "persons": persons,
        "at_least": at_least,
        "application_id": last,
        "scan_id": scan_id,
    }
    return make_event(f"ring.formed:{ring_id}", "ring.formed", now, data)
