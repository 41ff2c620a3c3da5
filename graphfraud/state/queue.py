"""Applications that wait to be written to the graph: clean records, on disk before they are acknowledged."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.intake.records import ApplicationRecord, Identifier
from graphfraud.state.clock import SECOND, Clock
from graphfraud.state.database import Database, insert_into, take_turn
from graphfraud.state.tables import graph_queue

LEASE = 60 * SECOND
LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Queued:
    """A record in the queue; attempts counts how often it was taken, this time included."""

    entry_id: str
    record: ApplicationRecord
    queued_at: int
    attempts: int


@dataclass(frozen=True, slots=True)
class Backlog:
    """How many records wait (those being worked on included), and how old the oldest is in milliseconds."""

    count: int
    oldest_ms: int


class GraphQueue:
    """The queue, first in, first out; several workers share it and never hold the same record at a time."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def take(self, owner: str, most: int = 500, lease_ms: int = LEASE) -> list[Queued]:
        """Lease the oldest records that nobody holds, in order.

        What is not done when the lease lapses can be taken again. A record waits for earlier ones of the same application
        that somebody else holds, so that versions reach the graph in their order.
        """

        def work(connection: Connection) -> list[Queued]:
            take_turn(connection, "queue")
            now = self._clock()
            earlier = graph_queue.alias()
            held = sa.exists().where(
                earlier.c.application_id == graph_queue.c.application_id,
                earlier.c.place < graph_queue.c.place,
                earlier.c.lease_until >= now,
            )
            query = (
                sa.select(graph_queue)
                .where(graph_queue.c.lease_until < now, sa.not_(held))
                .order_by(graph_queue.c.place)
                .limit(most)
            )
            rows = connection.execute(query).all()
            places = [row.place for row in rows]
            if places:
                connection.execute(
                    sa.update(graph_queue)
                    .where(graph_queue.c.place.in_(places))
                    .values(lease_until=now + lease_ms, owner=owner, attempts=graph_queue.c.attempts + 1)
                )
            return [Queued(row.entry_id, record_of(row.record), row.queued_at, row.attempts + 1) for row in rows]

        return self._database.write(work, durable=False)

    def done(self, owner: str, entry_ids: Sequence[str]) -> int:
        """Remove records that are in the graph; those whose lease went to somebody else stay. Return how many went."""
        return self._of_owner(owner, entry_ids, lambda theirs: sa.delete(graph_queue).where(theirs))

    def give_back(self, owner: str, entry_ids: Sequence[str], error: str = "", after_ms: int = 0) -> int:
        """Let others take records again, at once or after a while; error says why they could not be written."""
        until = self._clock() + after_ms if after_ms else 0
        values = {"lease_until": until, "owner": None, "last_error": error[:LONGEST_ERROR] or None}
        return self._of_owner(owner, entry_ids, lambda theirs: sa.update(graph_queue).where(theirs).values(**values))

    def backlog(self) -> Backlog:
        """Return what waits."""
        query = sa.select(sa.func.count(), sa.func.min(graph_queue.c.queued_at)).select_from(graph_queue)
        count, oldest = self._database.read(lambda c: c.execute(query).one())
        return Backlog(count, max(self._clock() - oldest, 0) if count else 0)

    def _of_owner(self, owner: str, entry_ids: Sequence[str], statement) -> int:  # type: ignore[no-untyped-def]
        theirs = sa.and_(graph_queue.c.entry_id.in_(list(entry_ids)), graph_queue.c.owner == owner)
        if not entry_ids:
            return 0
        return self._database.write(lambda c: int(c.execute(statement(theirs)).rowcount))


def enqueue(connection: Connection, records: Sequence[tuple[str, ApplicationRecord]], now: int) -> None:
    """Queue records within a transaction, under ids of their own (the check's); an id that is there changes nothing."""
    rows = [
        {
            "entry_id": entry_id,
            "application_id": record.application_id,
            "record": record_document(record),
            "queued_at": now,
            "lease_until": 0,
            "attempts": 0,
        }
        for entry_id, record in records
    ]
    if rows:
        insert = insert_into(connection, graph_queue)
        connection.execute(insert.on_conflict_do_nothing(index_elements=[graph_queue.c.entry_id]), rows)


def record_document(record: ApplicationRecord) -> str:
    """Return a clean record as JSON: tokens, masks and attributes, nothing raw."""
    return json.dumps(
        {
            "application_id": record.application_id,
            "submitted_at": record.submitted_at,
            "updated_at": record.updated_at,
            "dealer_id": record.dealer_id,
            "salesperson_id": record.salesperson_id,
            "attributes": dict(record.attributes),
            "identifiers": [[i.kind, i.role, i.token, i.mask, i.position] for i in record.identifiers],
            "flags": list(record.flags),
            "content": record.content,
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def record_of(document: str) -> ApplicationRecord:
    """Return the record of a document."""
    said = json.loads(document)
    return ApplicationRecord(
        said["application_id"],
        said["submitted_at"],
        said["updated_at"],
        said["dealer_id"],
        said["salesperson_id"],
        said["attributes"],
        tuple(Identifier(*held) for held in said["identifiers"]),
        tuple(said["flags"]),
        said["content"],
    )
