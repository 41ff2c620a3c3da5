"""Answers as they were sent, byte for byte; one transaction stores all that belongs to a group of checks."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.intake.records import ApplicationRecord
from graphfraud.state.audit import Action, Audit
from graphfraud.state.clock import Clock
from graphfraud.state.database import Database, insert_into
from graphfraud.state.idempotency import ClaimRequest, complete
from graphfraud.state.outbox import Event, Outbox
from graphfraud.state.queue import enqueue
from graphfraud.state.tables import answers

_PAGE = 500


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer to store. body is what is sent; created_at is in epoch milliseconds.

    score is None where nothing was scored. facts is a document of what the policy decided from, without identifiers or
    tokens, so that another policy can be tried on it. claim is what the client's idempotency key claimed. queued is the
    record that could not be written to the graph.
    """

    check_id: str
    application_id: str
    client_id: str
    decision: str
    score: int | None
    policy_version: str
    degraded: bool
    created_at: int
    body: bytes
    facts: bytes | None = None
    shadow_version: str | None = None
    shadow_decision: str | None = None
    claim: ClaimRequest | None = field(default=None, compare=False)
    queued: ApplicationRecord | None = field(default=None, compare=False)


def new_check_id(clock: Clock) -> str:
    """Return an id that sorts by time, so that new answers lie beside each other on disk."""
    return f"chk_{clock():011x}{secrets.token_hex(8)}"


class Answers:
    """The answers that were given."""

    def __init__(self, database: Database, clock: Clock, outbox: Outbox, audit: Audit) -> None:
        self._database, self._clock, self._outbox, self._audit = database, clock, outbox, audit

    def record(self, given: Sequence[Answer], events: Sequence[Event] = (), actions: Sequence[Action] = ()) -> list[bytes]:
        """Store answers, complete their claims, queue what waits for the graph, and add events and audit lines.

        One transaction, on disk on return. Return the body to send for each: its own, or the one that another worker
        stored before under the same idempotency key (what belongs to ours is then not stored; events of such a check
        are left out by their `check_id`).
        """
        deliveries = self._outbox.planned(events)

        def work(connection: Connection) -> list[bytes]:
            now = self._clock()
            first: dict[tuple[str, bytes], Answer] = {}
            claimed = []
            for answer in given:
                if answer.claim is not None and first.setdefault(answer.claim.key, answer) is answer:
                    claimed.append((answer.claim, answer.check_id))
            others = complete(connection, claimed, now)
            bodies, ours = [], []
            for answer in given:
                key = answer.claim.key if answer.claim is not None else None
                if key is not None and key in others:
                    bodies.append(others[key])
                elif key is not None and first[key] is not answer:
                    bodies.append(first[key].body)
                else:
                    bodies.append(answer.body)
                    ours.append(answer)
            if ours:
                insert = insert_into(connection, answers)
                connection.execute(
                    insert.on_conflict_do_nothing(index_elements=[answers.c.check_id]), [_row(answer) for answer in ours]
                )
            enqueue(connection, [(a.check_id, a.queued) for a in ours if a.queued is not None], now)
            dropped = {answer.check_id for answer in given} - {answer.check_id for answer in ours}
            self._outbox.store(connection, [d for d in deliveries if d[0].check_id not in dropped])
            self._audit.append(connection, actions)
            return bodies

        return self._database.write(work)

    def body(self, check_id: str, client_id: str | None = None) -> bytes | None:
        """Return an answer as it was sent, None where there is none (of that client)."""
        query = sa.select(answers.c.body).where(answers.c.check_id == check_id)
        if client_id is not None:
            query = query.where(answers.c.client_id == client_id)
        return self._database.read(lambda c: c.execute(query).scalar())

    def of_application(self, application_id: str, limit: int = 20) -> list[Answer]:
        """Return the answers to one application, the newest first."""
        query = sa.select(answers).where(answers.c.application_id == application_id)
        query = query.order_by(answers.c.created_at.desc(), answers.c.check_id.desc()).limit(limit)
        return [_answer(row) for row in self._database.read(lambda c: c.execute(query).all())]

    def count(self) -> int:
        """Return how many answers are kept."""
        query = sa.select(sa.func.count()).select_from(answers)
        return int(self._database.read(lambda c: c.execute(query).scalar_one()))

    def last(self, most: int | None = None, since: int | None = None, until: int | None = None) -> Iterator[Answer]:
        """Yield the newest answers, the newest first, page by page: of those given from since on and before until.

        most is how many, None all; since and until are epoch milliseconds.
        """
        newest = sa.select(answers).order_by(answers.c.created_at.desc(), answers.c.check_id.desc())
        if since is not None:
            newest = newest.where(answers.c.created_at >= since)
        if until is not None:
            newest = newest.where(answers.c.created_at < until)
        left, query = most, newest
        while left is None or left > 0:
            size = _PAGE if left is None else min(left, _PAGE)
            page = query.limit(size)
            rows = self._database.read(lambda c, page=page: c.execute(page).all())  # type: ignore[misc]  # bound now
            yield from (_answer(row) for row in rows)
            if len(rows) < size:
                return
            left = None if left is None else left - size
            at, check_id = rows[-1].created_at, rows[-1].check_id
            query = newest.where(
                sa.or_(answers.c.created_at < at, sa.and_(answers.c.created_at == at, answers.c.check_id < check_id))
            )


def _row(answer: Answer) -> dict[str, object]:
    return {
        "check_id": answer.check_id,
        "application_id": answer.application_id,
        "client_id": answer.client_id,
        "decision": answer.decision,
        "score": answer.score,
        "policy_version": answer.policy_version,
        "degraded": answer.degraded,
        "created_at": answer.created_at,
        "body": answer.body,
        "facts": answer.facts,
        "shadow_version": answer.shadow_version,
        "shadow_decision": answer.shadow_decision,
    }


def _answer(row: sa.Row[tuple[object, ...]]) -> Answer:
    return Answer(
        row.check_id,
        row.application_id,
        row.client_id,
        row.decision,
        row.score,
        row.policy_version,
        row.degraded,
        row.created_at,
        row.body,
        row.facts,
        row.shadow_version,
        row.shadow_decision,
    )
