"""What scans found: written in one switch, read as of one scan.

The Store node points at the current scan. A scan's rings are complete before the pointer names it, and they stay until
the scan after the next one: a reader who asked for the pointer first sees one scan or the other, never half of one.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TypeVar, cast

from graphfraud import schema
from graphfraud.errors import NotFound, StoreConflict, StoreRejected
from graphfraud.results import (
    ApplicationDetail,
    ApplicationVersion,
    HeldIdentifier,
    Ring,
    RingDetail,
    RingMember,
    Scan,
    SharedIdentifier,
)
from graphfraud.store.ring_properties import ring_key, ring_of, ring_properties, scan_of, scan_properties
from graphfraud.store.store import Row, Store, Transaction

RINGS_AT_ONCE, MEMBERS_AT_ONCE = 2_000, 10_000
EVERY_RING = 2**31 - 1
ATTEMPTS = 5  # of reading the current scan's rings while scans are written, each of which would have to be two ahead
COUNTED_HOLDERS = 10_000  # applications that hold one identifier are counted up to here, so that a hub holds up no page
PAIRS_HUB = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class SharedPair:
    """Two applications that hold the same identifiers; first < second, shared counts the identifiers by kind."""

    first: str
    second: str
    shared: Mapping[str, int]

    @property
    def count(self) -> int:
        """Number of identifiers that both hold."""
        return sum(self.shared.values())


def write_scan(store: Store, scan: Scan, rings: Sequence[Ring]) -> None:
    """Write a scan and make it the current one, in one transaction; the rings of the scan before last go.

    Raises StoreRejected, with nothing written, if a member is no application of the store.
    """
    ranked = sorted(rings, key=lambda ring: (-ring.risk, ring.ring_id))
    members = [
        [ring_key(scan.scan_id, ring.ring_id), application_id, strength, place]
        for ring in ranked
        for place, (application_id, strength) in enumerate(ring.members)
    ]

    def write(transaction: Transaction) -> None:
        transaction.run("write/lock")
        transaction.run("write/scan", scan=scan_properties(scan, len(ranked)))
        for part in _parts([ring_properties(scan, ring, rank) for rank, ring in enumerate(ranked, 1)], RINGS_AT_ONCE):
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
    return scan_of(pinned) if pinned else None


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
            return [ring_of(row) for row in rows]
        if scan_id is not None:
            break
    raise _gone(scan_id)


def ring(store: Store, ring_id: str, scan_id: str | None = None) -> Ring:
    """Return one ring of a scan, the current one by default; raise NotFound if it has none of that id."""
    return _keyed_ring(store, ring_id, scan_id)[1]


def rings_of_dealer(store: Store, dealer_id: str, scan_id: str) -> frozenset[str]:
    """Return the ids of the rings of a scan that hold applications which a dealer sold."""
    rows = store.read("read/rings_of_dealer", scan_id=scan_id, dealer_id=dealer_id)
    return frozenset(cast(str, row["ring_id"]) for row in rows)


def ring_detail(store: Store, ring_id: str, scan_id: str | None = None) -> RingDetail:
    """Return a ring with what people see of its members and of the identifiers that two or more of them hold now.

    All is of one scan, also where a scan ends meanwhile. Raises NotFound like `ring`. It never goes on to the other
    applications of a shared identifier.
    """
    key, found = _keyed_ring(store, ring_id, scan_id)
    rows, links = store.read_together(
        lambda transaction: (
            transaction.run("read/ring_members", ring_key=key),
            transaction.run("read/ring_links", ring_key=key),
        )
    )
    shared = [_shared(row) for row in links]
    shared.sort(key=lambda each: (-len({holder for holder, _ in each.holders}), schema.KIND_CODE[each.kind], each.token))
    return RingDetail(found, tuple(_member(row) for row in rows), tuple(shared))


def application(store: Store, application_id: str) -> ApplicationDetail:
    """Return all that is known of one application; raise NotFound if there is none of that id.

    Holders of an identifier are counted up to COUNTED_HOLDERS.
    """
    scan = _pin(store, None)
    scan_id = cast(str, scan["scan_id"]) if scan else ""

    def read(transaction: Transaction) -> tuple[list[Row], list[Row], list[Row]]:
        keys = transaction.run("read/ring_of_application", application_id=application_id, scan_id=scan_id)
        return (
            transaction.run("read/application_versions", application_id=application_id),
            transaction.run("read/application_identifiers", application_id=application_id, hub_limit=COUNTED_HOLDERS),
            transaction.run("read/ring", ring_key=keys[0]["ring_key"]) if keys else [],
        )

    versions, identifiers, ring_rows = store.read_together(read)
    if not versions:
        raise NotFound(f"there is no application {application_id} in the store")
    found = ring_of(ring_rows[0]) if ring_rows else None
    return ApplicationDetail(
        application_id=application_id,
        versions=tuple(sorted((_version(row) for row in versions), key=lambda version: -version.since)),
        identifiers=tuple(sorted((_held(row) for row in identifiers), key=_held_order)),
        ring=found,
        strength=dict(found.members)[application_id] if found else 0.0,
    )


def shared_pairs(store: Store, kinds: Sequence[str], hub_limit: int = PAIRS_HUB) -> list[SharedPair]:
    """Return the pairs of applications that hold the same identifiers of some kinds now, most shared first, then by id.

    An identifier that more than hub_limit applications hold ties nobody: a hub of n would make n² / 2 pairs. For small
    data and for looking at a few kinds; all pairs are in memory.
    """
    pairs: dict[tuple[str, str], dict[str, int]] = {}
    for kind in dict.fromkeys(kinds):
        for row in store.stream(f"read/shared_pairs[{kind}]", hub_limit=hub_limit):
            shared = pairs.setdefault((cast(str, row["first"]), cast(str, row["second"])), {})
            shared[kind] = shared.get(kind, 0) + 1
    found = [SharedPair(first, second, shared) for (first, second), shared in pairs.items()]
    return sorted(found, key=lambda pair: (-pair.count, pair.first, pair.second))


def _pin(store: Store, scan_id: str | None) -> dict[str, object] | None:
    """Return the properties of a scan, None if the current one is asked for and there is none yet.

    A reader may see the pointer of a commit a moment before the index that finds what it points to, so it looks again.
    """
    for attempt in range(ATTEMPTS):
        wanted = scan_id
        if wanted is None:
            pointer = store.read("read/current_scan")
            if not pointer:
                return None
            wanted = cast(str, pointer[0]["scan_id"])
        rows = store.read("read/scan", scan_id=wanted)
        if rows:
            return cast("dict[str, object]", rows[0]["scan"])
        if scan_id is not None:
            break
        time.sleep(0.02 * 2**attempt)
    raise NotFound(f"there is no scan {wanted}; `graphfraud status` shows the current one")


def _keyed_ring(store: Store, ring_id: str, scan_id: str | None) -> tuple[str, Ring]:
    """Return a ring with its key, which names the scan that it is of."""
    pinned = _pin(store, scan_id)
    key = ring_key(cast(str, pinned["scan_id"]), ring_id) if pinned else ""
    rows = store.read("read/ring", ring_key=key) if pinned else []
    if not rows:
        where = f"scan {pinned['scan_id']}" if pinned else "the store, where no scan has run yet"
        raise NotFound(f"there is no ring {ring_id} in {where}; `graphfraud rings` lists them")
    return key, ring_of(rows[0])


def _is_whole(row: Row) -> bool:
    """Say whether a ring came with all its members: those of an old scan may be deleted while they are read."""
    return len(cast("list[object]", row["members"])) == cast("dict[str, object]", row["ring"])["applications"]


def _gone(scan_id: str | None) -> NotFound | StoreConflict:
    if scan_id is not None:
        return NotFound(f"the rings of scan {scan_id} are gone; the store keeps those of the current scan and the one before")
    return StoreConflict("scans are written faster than their rings can be read; try again")


def _member(row: Row) -> RingMember:
    seen = cast("dict[str, object]", row["application"])
    return RingMember(
        application_id=cast(str, seen["application_id"]),
        strength=cast(float, row["strength"]),
        submitted_at=cast("int | None", seen.get("submitted_at")),
        dealer_id=cast("str | None", seen.get("dealer_id")),
        salesperson_id=cast("str | None", seen.get("salesperson_id")),
        person=cast("str | None", row["person"]),
        name_mask=cast(str, seen.get("name_mask", "")),
        loan_amount=cast("float | None", seen.get("loan_amount")),
        vehicle_model=cast(str, seen.get("vehicle_model", "")),
    )


def _shared(row: Row) -> SharedIdentifier:
    holders = sorted(cast("list[tuple[str, str, int]]", row["holders"]), key=lambda holder: (holder[2], holder[1]))
    return SharedIdentifier(
        kind=cast(str, row["kind"]),
        token=cast(str, row["token"]),
        mask=cast("str | None", row["mask"]) or "",
        holders=tuple((application_id, role) for application_id, role, _ in holders),
    )


def _version(row: Row) -> ApplicationVersion:
    version = cast("dict[str, object]", row["version"])
    return ApplicationVersion(
        since=cast(int, version["since"]),
        until=cast("int | None", version.get("until")),
        arrived_at=cast("int | None", version.get("arrived_at")),
        submitted_at=cast("int | None", version.get("submitted_at")),
        dealer_id=cast("str | None", version.get("dealer_id")),
        salesperson_id=cast("str | None", version.get("salesperson_id")),
        attributes={name: cast("float | int | str", version[name]) for name in schema.ATTRIBUTE if name in version},
        source=cast(str, version.get("source", "")),
        line=cast("int | None", version.get("line")),
    )


def _held(row: Row) -> HeldIdentifier:
    return HeldIdentifier(
        kind=cast(str, row["kind"]),
        role=cast(str, row["role"]),
        token=cast(str, row["token"]),
        mask=cast("str | None", row["mask"]) or "",
        since=cast(int, row["since"]),
        until=cast("int | None", row["until"]),
        applications=cast(int, row["applications"]),
    )


def _held_order(held: HeldIdentifier) -> tuple[object, ...]:
    """Order what is held now before what was, then by kind and role as the schema has them, then by time and token."""
    place = schema.PLACE_OF_ROLE.get((held.kind, held.role), len(schema.PLACE_OF_ROLE))
    return held.until is not None, place, held.since, held.token


def _parts(rows: Sequence[T], size: int) -> Iterator[list[T]]:
    walk = iter(rows)
    while part := list(islice(walk, size)):
        yield part
