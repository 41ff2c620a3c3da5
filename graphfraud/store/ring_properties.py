"""Rings and scans as properties of nodes, and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import cast

from graphfraud.results import Reason, Ring, Scan
from graphfraud.store.store import Row


def ring_key(scan_id: str, ring_id: str) -> str:
    """Return what names a ring of one scan: its id stays over the nights, its node belongs to a scan."""
    return f"{scan_id}/{ring_id}"


def scan_properties(scan: Scan, ring_count: int) -> dict[str, object]:
    """Return the properties of a scan's node; rings_kept says whether its rings are still in the store."""
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


def scan_of(scan: Mapping[str, object]) -> Scan:
    """Return the scan that a node's properties say."""
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


def ring_properties(scan: Scan, ring: Ring, rank: int) -> dict[str, object]:
    """Return the properties of a ring's node; rank is its place in the scan, 1 for the riskiest."""
    properties: dict[str, object] = {
        "ring_key": ring_key(scan.scan_id, ring.ring_id),
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
        "q_chance": ring.q_chance,
        "q": ring.q,
        "stability": ring.stability,
    }
    return {name: value for name, value in properties.items() if value is not None}


def ring_of(row: Row) -> Ring:
    """Return the ring that a row says: `ring`, the properties, and `members`, lists of application, strength and place."""
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
        q_chance=cast("float | None", properties.get("q_chance")),
        q=cast("float | None", properties.get("q")),
        stability=cast("float | None", properties.get("stability")),
    )


def _reason_fields(reason: Reason) -> dict[str, object]:
    return {
        "code": reason.code,
        "contribution": reason.contribution,
        "kind": reason.kind,
        "tokens": list(reason.tokens),
        "masks": list(reason.masks),
        "facts": dict(reason.facts),
        "token_kinds": list(reason.token_kinds),
        "applications": list(reason.applications),
    }


def _reason(fields: Mapping[str, object]) -> Reason:
    return Reason(
        code=cast(str, fields["code"]),
        contribution=cast(float, fields["contribution"]),
        kind=cast(str, fields["kind"]),
        tokens=tuple(cast("list[str]", fields["tokens"])),
        masks=tuple(cast("list[str]", fields["masks"])),
        facts=cast("dict[str, float | int | str]", fields["facts"]),
        token_kinds=tuple(cast("list[str]", fields.get("token_kinds", []))),
        applications=tuple(cast("list[str]", fields.get("applications", []))),
    )
