"""Rings and applications as JSON documents: names as in the export, times in ISO 8601, reasons with their sentence.

An identifier is known by its mask. Its token is for operators, who may compare it with the graph: a document has tokens only
where it is asked for with them, and each names all that it holds, so that nothing gets into one by being added elsewhere.
"""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from api.times import json_time
from graphfraud.results import (
    ApplicationDetail,
    ApplicationVersion,
    HeldIdentifier,
    LookAlike,
    Reason,
    Ring,
    RingDetail,
    Scan,
    SharedIdentifier,
    Standing,
    Tie,
)
from graphfraud.schema import ATTRIBUTES
from graphfraud.wording import Lang, sentence, summary, why_not

Document = dict[str, Any]

_SHOWN_ATTRIBUTES = frozenset(attribute.name for attribute in ATTRIBUTES if attribute.type != "token")


def scan_document(scan: Scan, zone: ZoneInfo) -> Document:
    """Write a scan."""
    return {
        "scan_id": scan.scan_id,
        "sequence": scan.sequence,
        "started_at": json_time(scan.started_at, zone),
        "finished_at": json_time(scan.finished_at, zone),
        "since": scan.since or None,
        "until": scan.until or None,
        "hash": scan.hash,
        "counts": dict(scan.counts),
        "stage_seconds": dict(scan.stage_seconds),
        "configuration": scan.configuration,
    }


def ring_document(ring: Ring, lang: Lang, zone: ZoneInfo, *, tokens: bool) -> Document:
    """Write a ring without its members."""
    return {
        "ring_id": ring.ring_id,
        "risk": ring.risk,
        "summary": summary(ring, lang),
        "applications": ring.applications,
        "persons": ring.persons,
        "dealers": ring.dealers,
        "first_seen": json_time(ring.first_seen, zone),
        "last_seen": json_time(ring.last_seen, zone),
        "exposure": ring.exposure,
        "look_alike": ring.look_alike or None,
        "q_chance": ring.q_chance,
        "q": ring.q,
        "stability": ring.stability,
        "reasons": [reason_document(reason, lang, tokens=tokens) for reason in ring.reasons],
    }


def ring_detail_document(detail: RingDetail, lang: Lang, zone: ZoneInfo, *, tokens: bool) -> Document:
    """Write a ring with its members and what they share; members of one `person` number are one applicant."""
    persons: dict[str, int] = {}
    members = [
        {
            "application_id": member.application_id,
            "strength": member.strength,
            "submitted_at": json_time(member.submitted_at, zone),
            "dealer_id": member.dealer_id,
            "salesperson_id": member.salesperson_id,
            "person": None if member.person is None else persons.setdefault(member.person, len(persons) + 1),
            "name": member.name_mask or None,
            "loan_amount": member.loan_amount,
            "vehicle_model": member.vehicle_model or None,
        }
        for member in detail.members
    ]
    shared = [_shared(one, tokens=tokens) for one in detail.shared]
    return ring_document(detail.ring, lang, zone, tokens=tokens) | {"members": members, "shared": shared}


def application_document(
    detail: ApplicationDetail, standing: Standing | None, lang: Lang, zone: ZoneInfo, *, tokens: bool
) -> Document:
    """Write all that is known of one application; risk, score and band are those of the scan, None where it has not seen it."""
    return {
        "application_id": detail.application_id,
        **{name: getattr(standing, name, None) for name in ("risk", "score", "band")},
        "strength": detail.strength if detail.ring else None,
        "ring": ring_document(detail.ring, lang, zone, tokens=tokens) if detail.ring else None,
        "versions": [_version(version, zone, tokens=tokens) for version in detail.versions],
        "identifiers": [_held(held, tokens=tokens) for held in detail.identifiers],
    }


def reason_document(reason: Reason, lang: Lang, *, tokens: bool) -> Document:
    """Write a reason, of a ring or of an application."""
    return {
        "code": reason.code,
        "kind": reason.kind or None,
        "contribution": reason.contribution,
        "text": sentence(reason, lang),
        "masks": list(reason.masks),
        **({"tokens": list(reason.tokens), "token_kinds": list(reason.token_kinds)} if tokens else {}),
        "facts": dict(reason.facts),
        "applications": list(reason.applications),
    }


def look_alike_document(found: LookAlike, lang: Lang, *, tokens: bool) -> Document:
    """Write a group that shares identifiers and is no ring."""
    return {
        "name": found.name,
        "confidence": found.confidence,
        "folded": found.folded,
        "members": list(found.members),
        "applications": found.applications,
        "persons": found.persons,
        "dealers": found.dealers,
        "days": found.days,
        "surname": found.surname,
        "ties": [_tie(tie, tokens=tokens) for tie in found.ties],
        "text": why_not(found, lang),
    }


def _tie(tie: Tie, *, tokens: bool) -> Document:
    return {
        "kind": tie.kind,
        "identifiers": tie.identifiers,
        **({"tokens": list(tie.tokens)} if tokens else {}),
        "masks": list(tie.masks),
    }


def _shared(one: SharedIdentifier, *, tokens: bool) -> Document:
    return {
        "kind": one.kind,
        **({"token": one.token} if tokens else {}),
        "mask": one.mask,
        "held_by": [{"application_id": application, "role": role} for application, role in one.holders],
    }


def _held(held: HeldIdentifier, *, tokens: bool) -> Document:
    return {
        "kind": held.kind,
        "role": held.role,
        **({"token": held.token} if tokens else {}),
        "mask": held.mask,
        "since": held.since,
        "until": held.until,
        "applications": held.applications,
    }


def _version(version: ApplicationVersion, zone: ZoneInfo, *, tokens: bool) -> Document:
    return {
        "since": version.since,
        "until": version.until,
        "arrived_at": json_time(version.arrived_at, zone),
        "submitted_at": json_time(version.submitted_at, zone),
        "dealer_id": version.dealer_id,
        "salesperson_id": version.salesperson_id,
        "attributes": {name: value for name, value in version.attributes.items() if tokens or name in _SHOWN_ATTRIBUTES},
        "source": version.source or None,
        "line": version.line,
    }
