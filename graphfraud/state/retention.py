"""What is kept how long: answers, idempotency keys, events and the names of rings that form, which go a few at a time."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from graphfraud.state.clock import DAY, HOUR, Clock
from graphfraud.state.database import Database
from graphfraud.state.tables import answers, deliveries, events, forming, idempotency

BATCH = 1_000  # rows a transaction: others that write wait for milliseconds only
EVENTS_DAYS, DEAD_DAYS = 30, 90
FORMING_DAYS = 30  # after a check saw an application in a ring that forms: a scan has come by then


@dataclass(frozen=True, slots=True)
class Swept:
    """How many rows went."""

    idempotency_keys: int
    answers: int
    events: int
    forming: int


def sweep(database: Database, clock: Clock, answers_days: int, idempotency_hours: int) -> Swept:
    """Delete what is older than it is kept; events once nothing of them waits, those with dead letters later.

    An idempotency key never outlives its answer. Several workers may sweep at once.
    """
    now = clock()
    answers_before = now - answers_days * DAY
    keys_before = max(now - idempotency_hours * HOUR, answers_before)
    waiting = sa.exists().where(deliveries.c.event_id == events.c.event_id, deliveries.c.state == "waiting")
    dead = sa.exists().where(deliveries.c.event_id == events.c.event_id, deliveries.c.state == "dead")
    # The rows are named by their keys: a limit is no part of DELETE in PostgreSQL.
    old_keys = sa.select(idempotency.c.client_id, idempotency.c.key_hash).where(idempotency.c.created_at < keys_before)
    old_answers = sa.select(answers.c.check_id).where(answers.c.created_at < answers_before)
    old_events = sa.select(events.c.event_id).where(
        events.c.created_at < now - EVENTS_DAYS * DAY,
        sa.not_(waiting),
        sa.or_(events.c.created_at < now - DEAD_DAYS * DAY, sa.not_(dead)),
    )
    old_names = sa.select(forming.c.application_id).where(forming.c.given_at < now - FORMING_DAYS * DAY)
    key = sa.tuple_(idempotency.c.client_id, idempotency.c.key_hash)
    return Swept(
        _until_none(database, sa.delete(idempotency).where(key.in_(old_keys.limit(BATCH)))),
        _until_none(database, sa.delete(answers).where(answers.c.check_id.in_(old_answers.limit(BATCH)))),
        _until_none(database, sa.delete(events).where(events.c.event_id.in_(old_events.limit(BATCH)))),
        _until_none(database, sa.delete(forming).where(forming.c.application_id.in_(old_names.limit(BATCH)))),
    )


def _until_none(database: Database, delete: sa.Delete) -> int:
    total = 0
    while True:
        gone = database.write(lambda connection: int(connection.execute(delete).rowcount), durable=False)
        total += gone
        if gone < BATCH:
            return total
