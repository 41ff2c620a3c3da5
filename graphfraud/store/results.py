"""What scans found: written in one switch, read as of one scan.

The Store node points at the current scan. A scan's rings are complete before the pointer names it, and they stay until
the scan after the next one: a reader who asked for the pointer first sees one scan or the other, never half of one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TypeVar, cast

from graphfraud.errors import NotFound, StoreConflict, StoreRejected
from graphfraud.results import Reason, Ring, Scan
from graphfraud.store.store import Row, Store, Transaction

RINGS_AT_ONCE, MEMBERS_AT_ONCE = 2_000, 10_000
EVERY_RING = 2**31 - 1
ATTEMPTS = 5  # of reading the current scan's rings while scans are written, each of which would have to be two ahead

T = TypeVar("T")


def write_scan(store: Store, scan: Scan, rings: Sequence[Ring]) -> None:
    """Write a scan and make it the current one, in one transaction; the rings of the scan before last go.

    Raises StoreRejected, with nothing written, if a member is no application of the store.
    """
    ranked = sorted(rings, key=lambda ring: (-ring.risk, ring.ring_id))
    members = [
        [_ring_key(scan.scan_id, ring.ring_id), application_id, strength, place]
        for ring in ranked
        for place, (application_id, strength) in enumerate(ring.members)
    ]

    def write(transaction: Transaction) -> None:
        transaction.run("write/lock")
        transaction.run("write/scan", scan=_scan_properties(scan, len(ranked)))
        for part in _parts([_ring_properties(scan, ring, rank) for rank, ring in enumerate(ranked, 1)], RINGS_AT_ONCE):
            transaction.run("write/rings", rings=part)
        added = sum(
            cast(int, transaction.run("write/members", members=part)[0]["added"]) for part in _parts(members, MEMBERS_AT_ONCE)
        )
        if added != len(members):
            raise StoreRejected(
                f"{len(members) - added} of the {len(members)} members of scan {scan.scan_id} are no applications of the "
                "store; nothing was written"
            )
        previous = transaction.run("write/current_scan", scan_id=scan.scan_id)[0]["previous"]
        transaction.run("write/forget_rings", kept=[name for name in (scan.scan_id, previous) if name is not None])

    store.write(write)


def current_scan(store: Store) -> Scan | None:
    """Return the scan that readers see, None before the first one."""
    pinned = _pin(store, None)
    return _scan(pinned) if pinned else None


def rings(store: Store, top: int | None = None, scan_id: str | None = None) -> list[Ring]:
    """Return the riskiest rings (all if top is None) of a scan, the current one by default; none before the first scan.

    Riskiest first, ties by ring id. Raises NotFound if there is no such scan or its rings are gone.
    """
    for _ in range(ATTEMPTS):
        pinned = _pin(store, scan_id)
        if pinned is None:
            return []
        wanted = min(cast(int, pinned["rings"]), EVERY_RING if top is None else max(top, 0))
        rows = list(store.stream("read/rings", scan_id=pinned["scan_id"], top=wanted))
        if len(rows) == wanted and all(_is_whole(row) for row in rows):
            return [_ring(row) for row in rows]
        if scan_id is not None:
            break
    raise _gone(scan_id)


def ring(store: Store, ring_id: str, scan_id: str | None = None) -> Ring:
    """Return one ring of a scan, the current one by default; raise NotFound if it has none of that id."""
    pinned = _pin(store, scan_id)
    rows = store.read("read/ring", ring_key=_ring_key(cast(str, pinned["scan_id"]), ring_id)) if pinned else []
    if not rows:
        where = f"scan {pinned['scan_id']}" if pinned else "the store, where no scan has run yet"
        raise NotFound(f"there is no ring {ring_id} in {where}; `graphfraud rings` lists them")
    return _ring(rows[0])


def _pin(store: Store, scan_id: str | None) -> dict[str, object] | None:
    """Return the properties of a scan, None if the current one is asked for and there is none yet."""
    if scan_id is None:
        pointer = store.read("read/current_scan")
        if not pointer:
            return None
        scan_id = cast(str, pointer[0]["scan_id"])
    rows = store.read("read/scan", scan_id=scan_id)
    if not rows:
        raise NotFound(f"there is no scan {scan_id}; `graphfraud status` shows the current one")
    return cast("dict[str, object]", rows[0]["scan"])


def _is_whole(row: Row) -> bool:
    """Say whether a ring came with all its members: those of an old scan may be deleted while they are read."""
    return len(cast("list[object]", row["members"])) == cast("dict[str, object]", row["ring"])["applications"]


def _gone(scan_id: str | None) -> NotFound | StoreConflict:
    if scan_id is not None:
        return NotFound(f"the rings of scan {scan_id} are gone; the store keeps those of the current scan and the one before")
    return StoreConflict("scans are written faster than their rings can be read; try again")


def _ring_key(scan_id: str, ring_id: str) -> str:
    return f"{scan_id}/{ring_id}"


def _scan_properties(scan: Scan, ring_count: int) -> dict[str, object]:
    return {
        "scan_id": scan.scan_id,
        "sequence": scan.sequence,
        "started_at": scan.started_at,
        "finished_at": scan.finished_at,
        "since": scan.since,
        "until": scan.until,
        "configuration": scan.configuration,
        "hash": scan.hash,
        "counts": json.dumps(dict(scan.counts)),
        "stage_seconds": json.dumps(dict(scan.stage_seconds)),
        "rings": ring_count,
        "rings_kept": True,
    }


def _scan(scan: Mapping[str, object]) -> Scan:
    return Scan(
        scan_id=cast(str, scan["scan_id"]),
        sequence=cast(int, scan["sequence"]),
        started_at=cast(int, scan["started_at"]),
        finished_at=cast(int, scan["finished_at"]),
        since=cast(str, scan["since"]),
        until=cast(str, scan["until"]),
        configuration=cast(str, scan["configuration"]),
        hash=cast(str, scan["hash"]),
        counts=json.loads(cast(str, scan["counts"])),
        stage_seconds=json.loads(cast(str, scan["stage_seconds"])),
    )


def _ring_properties(scan: Scan, ring: Ring, rank: int) -> dict[str, object]:
    properties: dict[str, object] = {
        "ring_key": _ring_key(scan.scan_id, ring.ring_id),
        "scan_id": scan.scan_id,
        "ring_id": ring.ring_id,
        "rank": rank,
        "risk": ring.risk,
        "applications": ring.applications,
        "persons": ring.persons,
        "dealers": ring.dealers,
        "first_seen": ring.first_seen,
        "last_seen": ring.last_seen,
        "exposure": ring.exposure,
        "look_alike": ring.look_alike,
        "reasons": json.dumps([_reason_fields(reason) for reason in ring.reasons], ensure_ascii=False),
    }
    return {name: value for name, value in properties.items() if value is not None}


def _ring(row: Row) -> Ring:
    properties = cast("dict[str, object]", row["ring"])
    members = sorted(cast("list[tuple[str, float, int]]", row["members"]), key=lambda member: member[2])
    return Ring(
        ring_id=cast(str, properties["ring_id"]),
        risk=cast(float, properties["risk"]),
        members=tuple((application_id, strength) for application_id, strength, _ in members),
        persons=cast(int, properties["persons"]),
        dealers=cast(int, properties["dealers"]),
        first_seen=cast("int | None", properties.get("first_seen")),
        last_seen=cast("int | None", properties.get("last_seen")),
        exposure=cast(float, properties["exposure"]),
        look_alike=cast(str, properties["look_alike"]),
        reasons=tuple(_reason(fields) for fields in json.loads(cast(str, properties["reasons"]))),
    )


def _reason_fields(reason: Reason) -> dict[str, object]:
    return {
        "code": reason.code,
        "contribution": reason.contribution,
        "kind": reason.kind,
        "tokens": list(reason.tokens),
        "masks": list(reason.masks),
        "facts": dict(reason.facts),
    }


def _reason(fields: Mapping[str, object]) -> Reason:
    return Reason(
        code=cast(str, fields["code"]),
        contribution=cast(float, fields["contribution"]),
        kind=cast(str, fields["kind"]),
        tokens=tuple(cast("list[str]", fields["tokens"])),
        masks=tuple(cast("list[str]", fields["masks"])),
        facts=cast("dict[str, float | int | str]", fields["facts"]),
    )


def _parts(rows: Sequence[T], size: int) -> Iterator[list[T]]:
    walk = iter(rows)
    while part := list(islice(walk, size)):
        yield part
