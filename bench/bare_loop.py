"""The bare ``UNWIND … MERGE`` loop that loading is measured against: records in hand, nothing but writing them."""

from __future__ import annotations

from collections.abc import Sequence

import neo4j

from graphfraud import schema
from graphfraud.intake.records import ApplicationRecord, Identifier, effective_at
from graphfraud.store import Store

Rows = list[dict[str, object]]


def _dealer_and_salesperson(application: str) -> str:
    return (
        f"MERGE (d:Dealer {{dealer_id: {application}.dealer_id}}) MERGE (a)-[s1:SOLD_BY]->(d) SET s1.since = $since "
        f"MERGE (s:Salesperson {{salesperson_id: {application}.salesperson_id}}) "
        "MERGE (a)-[s2:HANDLED_BY]->(s) SET s2.since = $since"
    )


BARE_ONE = (
    "UNWIND $rows AS r MERGE (a:Application {application_id: r.properties.application_id}) SET a += r.properties "
    + " ".join(
        f"FOREACH (x IN r.{kind.name} | MERGE (i:{kind.label} {{token: x.token}}) ON CREATE SET i.mask = x.mask "
        f"MERGE (a)-[e:{kind.relationship} {{role: x.role}}]->(i) SET e.since = $since, e.position = x.position)"
        for kind in schema.KINDS
    )
    + f" WITH a, r {_dealer_and_salesperson('r.properties')}"
)
BARE_APPLICATIONS = (
    f"UNWIND $rows AS r MERGE (a:Application {{application_id: r.application_id}}) SET a += r {_dealer_and_salesperson('r')}"
)
BARE_KIND = {
    kind.name: f"UNWIND $rows AS x MATCH (a:Application {{application_id: x.application_id}}) "
    f"MERGE (i:{kind.label} {{token: x.token}}) ON CREATE SET i.mask = x.mask "
    f"MERGE (a)-[e:{kind.relationship} {{role: x.role}}]->(i) SET e.since = $since, e.position = x.position"
    for kind in schema.KINDS
}


def _properties(record: ApplicationRecord, line: int, since: int) -> dict[str, object]:
    properties: dict[str, object] = {
        **record.attributes,
        "application_id": record.application_id,
        "since": since,
        "arrived_at": 1,
        "content": record.content,
        "source": "bench.csv",
        "line": line,
        "effective_at": effective_at(record),
        "submitted_at": record.submitted_at,
        "dealer_id": record.dealer_id,
        "salesperson_id": record.salesperson_id,
    }
    return properties | {"flags": list(record.flags)} if record.flags else properties


def _held(identifier: Identifier) -> dict[str, object]:
    held: dict[str, object] = {"token": identifier.token, "mask": identifier.mask, "role": identifier.role}
    return held if identifier.position is None else held | {"position": identifier.position}


def _one(transaction: neo4j.ManagedTransaction, batch: Sequence[ApplicationRecord], lines: Sequence[int], since: int) -> None:
    """One statement with a MERGE for each node and relationship."""
    rows: Rows = []
    for line, record in zip(lines, batch, strict=True):
        row: dict[str, list[dict[str, object]]] = {kind.name: [] for kind in schema.KINDS}
        for identifier in record.identifiers:
            row[identifier.kind].append(_held(identifier))
        rows.append({**row, "properties": _properties(record, line, since)})
    transaction.run(BARE_ONE, rows=rows, since=since).consume()


def _per_kind(
    transaction: neo4j.ManagedTransaction, batch: Sequence[ApplicationRecord], lines: Sequence[int], since: int
) -> None:
    """One statement for the applications and one for each kind, a row for each relationship."""
    applications = [_properties(record, line, since) for line, record in zip(lines, batch, strict=True)]
    transaction.run(BARE_APPLICATIONS, rows=applications, since=since).consume()
    for kind in schema.KINDS:
        rows = [
            _held(identifier) | {"application_id": record.application_id}
            for record in batch
            for identifier in record.identifiers
            if identifier.kind == kind.name
        ]
        transaction.run(BARE_KIND[kind.name], rows=rows, since=since).consume()


BARE = {"one": _one, "per-kind": _per_kind}


def write_bare(store: Store, batch: Sequence[ApplicationRecord], lines: Sequence[int], since: int, how: str) -> None:
    """Write a batch in one transaction; how is "one" (a single statement) or "per-kind"."""
    with store._connection.session("WRITE", -1) as session:
        session.execute_write(BARE[how], batch, lines, since)
