"""Same key and body, same answer: claims on idempotency keys, shared by all workers.

A claim is a lease. Whoever takes it judges; others wait. If the judge dies, the lease lapses and the next one who asks
judges. The claim is completed in the transaction that stores the answer (`graphfraud.state.answers`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.state.clock import SECOND, Clock
from graphfraud.state.database import Database, insert_into
from graphfraud.state.tables import answers, idempotency

LEASE = 10 * SECOND  # many times what a check may take, so that only a dead worker's claim lapses

ClaimState = Literal["new", "same", "conflict", "in_progress"]


@dataclass(frozen=True, slots=True)
class ClaimRequest:
    """A client's idempotency key and the body it came with, both as SHA-256 digests (32 bytes)."""

    client_id: str
    key_hash: bytes
    body_hash: bytes

    @property
    def key(self) -> tuple[str, bytes]:
        """What must be unique."""
        return self.client_id, self.key_hash


@dataclass(frozen=True, slots=True)
class Claim:
    """What became of a request: new (judge it), same (send body), conflict (other body), in_progress (ask again)."""

    state: ClaimState
    check_id: str | None = None
    body: bytes | None = None


NEW, CONFLICT, IN_PROGRESS = Claim("new"), Claim("conflict"), Claim("in_progress")


class Idempotency:
    """The claims of all clients."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database, self._clock = database, clock

    def claim(self, requests: Sequence[ClaimRequest], lease_ms: int = LEASE) -> list[Claim]:
        """Claim keys in one transaction; one answer a request, in their order.

        Of requests with one key, one is new. A claim that lapsed without an answer is new again for the same body.
        """
        firsts = {request.key: request for request in reversed(requests)}
        now = self._clock()
        # Everybody takes rows in one order, or two groups could wait for each other.
        rows = [_row(request, now, now + lease_ms) for _, request in sorted(firsts.items())]
        if not rows:
            return []

        def work(connection: Connection) -> list[Claim]:
            insert = insert_into(connection, idempotency)
            taken = insert.on_conflict_do_update(
                index_elements=[idempotency.c.client_id, idempotency.c.key_hash],
                set_={"lease_until": insert.excluded.lease_until},
                where=sa.and_(
                    idempotency.c.check_id.is_(None),
                    idempotency.c.lease_until < insert.excluded.created_at,
                    idempotency.c.body_hash == insert.excluded.body_hash,
                ),
            ).returning(idempotency.c.client_id, idempotency.c.key_hash)
            new = {(row.client_id, row.key_hash) for row in connection.execute(taken, rows)}
            known = {} if len(new) == len(requests) else _known(connection, requests)
            claims = []
            for request in requests:
                if request.key in new:
                    claims.append(NEW)
                    new.discard(request.key)  # one of them judges
                else:
                    claims.append(_judged(request, known.get(request.key), now, IN_PROGRESS))
            return claims

        return self._database.write(work, durable=False)

    def look(self, requests: Sequence[ClaimRequest]) -> list[Claim]:
        """Say what `claim` would say, without claiming: the cheap way to wait for somebody else's answer."""
        known, now = self._database.read(lambda connection: _known(connection, requests)), self._clock()
        return [_judged(request, known.get(request.key), now, NEW) for request in requests]

    def release(self, requests: Sequence[ClaimRequest]) -> None:
        """Give up claims that will have no answer (a refused body), so that the key can be used again."""

        def work(connection: Connection) -> None:
            for request in sorted(requests, key=lambda request: request.key):
                connection.execute(
                    sa.delete(idempotency).where(
                        idempotency.c.client_id == request.client_id,
                        idempotency.c.key_hash == request.key_hash,
                        idempotency.c.body_hash == request.body_hash,  # another body's claim is another's
                        idempotency.c.check_id.is_(None),
                    )
                )

        if requests:
            self._database.write(work, durable=False)


def complete(connection: Connection, claimed: Sequence[tuple[ClaimRequest, str]], now: int) -> dict[tuple[str, bytes], bytes]:
    """Bind claims to their check ids; return, by key, the bodies of those that somebody else had answered before."""
    rows = [
        {**_row(request, now, now), "check_id": check_id} for request, check_id in sorted(claimed, key=lambda pair: pair[0].key)
    ]
    if not rows:
        return {}
    insert = insert_into(connection, idempotency)
    bound = insert.on_conflict_do_update(
        index_elements=[idempotency.c.client_id, idempotency.c.key_hash],
        set_={"check_id": insert.excluded.check_id},
        where=sa.and_(idempotency.c.check_id.is_(None), idempotency.c.body_hash == insert.excluded.body_hash),
    ).returning(idempotency.c.client_id, idempotency.c.key_hash)
    ours = {(row.client_id, row.key_hash) for row in connection.execute(bound, rows)}
    late = [(request, check_id) for request, check_id in claimed if request.key not in ours]
    known = _known(connection, [request for request, _ in late]) if late else {}
    # After a lost connection our own answer may be there already: that is no other one's.
    return {
        request.key: known[request.key].body
        for request, check_id in late
        if request.key in known and known[request.key].check_id != check_id and known[request.key].body is not None
    }


def _row(request: ClaimRequest, now: int, until: int) -> dict[str, object]:
    return {
        "client_id": request.client_id,
        "key_hash": request.key_hash,
        "body_hash": request.body_hash,
        "lease_until": until,
        "created_at": now,
    }


def _known(connection: Connection, requests: Sequence[ClaimRequest]) -> dict[tuple[str, bytes], sa.Row[tuple[object, ...]]]:
    query = (
        sa.select(idempotency, answers.c.body)
        .outerjoin(answers, answers.c.check_id == idempotency.c.check_id)
        .where(
            idempotency.c.client_id.in_(sorted({request.client_id for request in requests})),
            idempotency.c.key_hash.in_([request.key_hash for request in requests]),
        )
    )
    return {(row.client_id, row.key_hash): row for row in connection.execute(query)}


def _judged(request: ClaimRequest, row: sa.Row[tuple[object, ...]] | None, now: int, free: Claim) -> Claim:
    if row is None:
        return free
    if row.body_hash != request.body_hash:
        return CONFLICT
    if row.check_id is not None:
        return Claim("same", row.check_id, row.body)
    return free if row.lease_until < now else IN_PROGRESS
