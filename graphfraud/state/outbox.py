"""Events that webhooks are told of: stored with what they tell of, delivered at least once, dead letters kept."""

from __future__ import annotations

import base64
import hmac
import json
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.errors import NotFound, SettingError
from graphfraud.state.audit import Action, Audit
from graphfraud.state.clock import SECOND, Clock
from graphfraud.state.database import Database, insert_into, take_turn
from graphfraud.state.tables import deliveries, endpoints, events
from graphfraud.state.versions import Versions, bump

# event type -> when it happens
EVENT_TYPES: dict[str, str] = {
    "check.decided": "a check was answered",
    "ring.formed": "a ring was seen for the first time, live or by a scan",
}
LEASE = 180 * SECOND
LONGEST_ERROR = 500
_SECRET = b"graphfraud webhook "


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened. event_id makes it one event, however often and from how many workers it is added.

    body is the document that is sent; check_id names the check that it belongs to, if any.
    """

    event_id: str
    type: str
    created_at: int
    body: bytes
    check_id: str | None = None


def make_event(event_id: str, type: str, created_at: int, data: Mapping[str, object], check_id: str | None = None) -> Event:
    """Return an event with its document: type, id, created_at (epoch milliseconds) and data."""
    document = {"type": type, "id": event_id, "created_at": created_at, "data": dict(data)}
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    return Event(event_id, type, created_at, body, check_id)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that wants to be told. secret_file is None where the secret follows from the token key.

    off_since is when it answered that it is gone (epoch milliseconds), None while it is told.
    """

    endpoint_id: str
    url: str
    events: tuple[str, ...]
    secret_file: str | None
    created_at: int
    off_since: int | None = None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one endpoint; attempts counts how often it was tried, this time included.

    until is when its lease lapses, and others may take it.
    """

    event_id: str
    type: str
    endpoint_id: str
    url: str
    secret_file: str | None
    body: bytes
    attempts: int
    until: int = 0


@dataclass(frozen=True, slots=True)
class Letter:
    """A delivery as people look at it; state is waiting, delivered or dead."""

    event_id: str
    type: str
    endpoint_id: str
    url: str
    state: str
    attempts: int
    created_at: int
    next_at: int
    last_status: int | None
    last_error: str | None


class Outbox:
    """Endpoints, events and their deliveries."""

    def __init__(self, database: Database, clock: Clock, versions: Versions, audit: Audit, token_key: bytes) -> None:
        self._database, self._clock, self._versions, self._audit = database, clock, versions, audit
        self._token_key = token_key
        self._lock = threading.Lock()
        self._known: tuple[int, tuple[Endpoint, ...]] = (-1, ())

    def add_endpoint(self, url: str, types: Sequence[str], *, actor: str, secret_file: Path | None = None) -> Endpoint:
        """Tell an address of events from now on; raise SettingError for unknown events."""
        unknown = [name for name in types if name not in EVENT_TYPES]
        if unknown or not types:
            said = f"{unknown[0]!r} is no event" if unknown else "a webhook needs an event"
            raise SettingError(f"{said}; there are {', '.join(EVENT_TYPES)}")
        names = tuple(dict.fromkeys(types))
        file = str(secret_file.absolute()) if secret_file else None
        made = Endpoint(f"wh_{secrets.token_hex(6)}", url, names, file, self._clock())

        def work(connection: Connection) -> None:
            connection.execute(
                sa.insert(endpoints).values(
                    endpoint_id=made.endpoint_id,
                    url=url,
                    events=" ".join(names),
                    secret_file=file,
                    created_at=made.created_at,
                )
            )
            bump(connection, "webhooks")
            self._audit.append(
                connection, [Action(actor, "webhook.add", made.endpoint_id, {"url": url, "events": list(names)})]
            )

        self._database.write(work)
        self._versions.forget()
        return made

    def remove_endpoint(self, endpoint_id: str, *, actor: str) -> None:
        """Tell an address nothing more; what waits for it is dropped. Raise NotFound."""

        def work(connection: Connection) -> None:
            there = sa.and_(endpoints.c.endpoint_id == endpoint_id, endpoints.c.removed_at.is_(None))
            gone = connection.execute(sa.update(endpoints).where(there).values(removed_at=self._clock()))
            if gone.rowcount == 0:
                raise NotFound(f"there is no webhook {endpoint_id!r}; graphfraud webhooks list shows them")
            connection.execute(
                sa.delete(deliveries).where(deliveries.c.endpoint_id == endpoint_id, deliveries.c.state == "waiting")
            )
            bump(connection, "webhooks")
            self._audit.append(connection, [Action(actor, "webhook.remove", endpoint_id, {})])

        self._database.write(work)
        self._versions.forget()

    def switch_on(self, endpoint_id: str, *, actor: str) -> None:
        """Tell an address again of what happens from now on; one that is on stays so. Raise NotFound."""

        def work(connection: Connection) -> None:
            there = sa.and_(endpoints.c.endpoint_id == endpoint_id, endpoints.c.removed_at.is_(None))
            if connection.execute(sa.select(endpoints.c.endpoint_id).where(there)).first() is None:
                raise NotFound(f"there is no webhook {endpoint_id!r}; graphfraud webhooks list shows them")
            off = sa.and_(there, endpoints.c.off_since.is_not(None))
            if connection.execute(sa.update(endpoints).where(off).values(off_since=None)).rowcount:
                bump(connection, "webhooks")
                self._audit.append(connection, [Action(actor, "webhook.on", endpoint_id, {})])

        self._database.write(work)
        self._versions.forget()

    def endpoints(self) -> tuple[Endpoint, ...]:
        """Return the endpoints, also those that are off, in the order in which they were added; at most a second old."""
        version = self._versions.version("webhooks")
        with self._lock:
            if self._known[0] != version:
                query = sa.select(endpoints).where(endpoints.c.removed_at.is_(None))
                rows = self._database.read(
                    lambda c: c.execute(query.order_by(endpoints.c.created_at, endpoints.c.endpoint_id)).all()
                )
                self._known = (version, tuple(_endpoint(row) for row in rows))
            return self._known[1]

    def endpoint(self, endpoint_id: str) -> Endpoint:
        """Return one endpoint; raise NotFound."""
        found = next((one for one in self.endpoints() if one.endpoint_id == endpoint_id), None)
        if found is None:
            raise NotFound(f"there is no webhook {endpoint_id!r}; graphfraud webhooks list shows them")
        return found

    def secret(self, endpoint_id: str, secret_file: str | None) -> bytes:
        """Return what an endpoint's messages are signed with; raise SettingError if its file cannot be read.

        Without a file it follows from the token key and the endpoint's id, so that no secret lies in the database.
        """
        if secret_file is None:
            return hmac.digest(self._token_key, _SECRET + endpoint_id.encode(), "sha256")
        return read_secret(Path(secret_file))

    def add(self, told: Sequence[Event]) -> None:
        """Store events in a transaction of their own."""
        planned = self.planned(told)
        if planned:
            self._database.write(lambda connection: self.store(connection, planned))

    def planned(self, told: Sequence[Event]) -> list[tuple[Event, list[str]]]:
        """Return the events that somebody wants, each with the ids of those endpoints."""
        if not told:
            return []
        known = self.endpoints()
        pairs = [(event, [e.endpoint_id for e in known if e.off_since is None and event.type in e.events]) for event in told]
        return [(event, ids) for event, ids in pairs if ids]

    def store(self, connection: Connection, planned: Sequence[tuple[Event, Sequence[str]]]) -> None:
        """Store events and their deliveries within a transaction; those that are there already change nothing."""
        if not planned:
            return
        now = self._clock()
        rows = [
            {"event_id": e.event_id, "type": e.type, "created_at": e.created_at, "body": e.body}
            for e, _ in sorted(planned, key=lambda pair: pair[0].event_id)
        ]
        connection.execute(insert_into(connection, events).on_conflict_do_nothing(index_elements=[events.c.event_id]), rows)
        waiting = [
            {"event_id": event_id, "endpoint_id": endpoint_id, "state": "waiting", "attempts": 0, "next_at": now}
            for event_id, endpoint_id in sorted({(e.event_id, one) for e, ids in planned for one in ids})
        ]
        connection.execute(insert_into(connection, deliveries).on_conflict_do_nothing(), waiting)

    def due(self) -> bool:
        """Say whether a delivery can be tried now; costs no write."""
        query = sa.select(sa.literal(1)).where(deliveries.c.state == "waiting", deliveries.c.next_at <= self._clock())
        return self._database.read(lambda c: c.execute(query.limit(1)).first()) is not None

    def take(self, most: int, lease_ms: int = LEASE) -> list[Delivery]:
        """Lease deliveries that are due, the longest due first; those not settled when the lease lapses come again.

        What is due to an endpoint that was removed or is off is dropped: a process that did not know it yet may have added it
        since.
        """

        def work(connection: Connection) -> list[Delivery]:
            take_turn(connection, "outbox")
            now = self._clock()
            due = sa.and_(deliveries.c.state == "waiting", deliveries.c.next_at <= now)
            untold = sa.select(endpoints.c.endpoint_id).where(sa.not_(_TOLD))
            connection.execute(sa.delete(deliveries).where(due, deliveries.c.endpoint_id.in_(untold)))
            query = (
                sa.select(deliveries, events.c.type, events.c.body, endpoints.c.url, endpoints.c.secret_file)
                .join(events, events.c.event_id == deliveries.c.event_id)
                .join(endpoints, endpoints.c.endpoint_id == deliveries.c.endpoint_id)
                .where(due, _TOLD)
                .order_by(deliveries.c.next_at, events.c.created_at, deliveries.c.event_id, deliveries.c.endpoint_id)
                .limit(most)
            )
            rows = connection.execute(query).all()
            for row in rows:
                connection.execute(
                    sa.update(deliveries)
                    .where(_is(row.event_id, row.endpoint_id))
                    .values(attempts=row.attempts + 1, next_at=now + lease_ms)
                )
            until = now + lease_ms
            return [
                Delivery(r.event_id, r.type, r.endpoint_id, r.url, r.secret_file, r.body, r.attempts + 1, until) for r in rows
            ]

        return self._database.write(work, durable=False)

    def hold(self, delivery: Delivery, lease_ms: int = LEASE) -> Delivery | None:
        """Lease a delivery for longer; None if it is no longer ours, as another took it after its lease lapsed."""
        until = self._clock() + lease_ms
        statement = sa.update(deliveries).where(_ours(delivery)).values(next_at=until)
        held = self._database.write(lambda c: c.execute(statement).rowcount, durable=False)
        return replace(delivery, until=until) if held else None

    def delivered(self, delivery: Delivery, status: int) -> None:
        """Settle a delivery that arrived."""
        self._settle(delivery, state="delivered", last_status=status, last_error=None, done_at=self._clock())

    def failed(self, delivery: Delivery, status: int | None, error: str, next_at: int | None) -> None:
        """Settle an attempt that failed; it is tried again at next_at, or dead if that is None."""
        values: dict[str, object] = {"last_status": status, "last_error": error[:LONGEST_ERROR]}
        if next_at is None:
            values |= {"state": "dead", "done_at": self._clock()}
        else:
            values["next_at"] = next_at
        self._settle(delivery, **values)

    def gone(self, delivery: Delivery, status: int, error: str, *, actor: str) -> None:
        """Settle an attempt at an endpoint that says it is gone: it is switched off, and what waits for it is dropped."""

        def work(connection: Connection) -> None:
            now, mine = self._clock(), deliveries.c.endpoint_id == delivery.endpoint_id
            values = {"state": "dead", "done_at": now, "last_status": status, "last_error": error[:LONGEST_ERROR]}
            connection.execute(sa.update(deliveries).where(_ours(delivery)).values(**values))
            connection.execute(sa.delete(deliveries).where(mine, deliveries.c.state == "waiting"))
            told = sa.and_(endpoints.c.endpoint_id == delivery.endpoint_id, _TOLD)
            if connection.execute(sa.update(endpoints).where(told).values(off_since=now)).rowcount:
                bump(connection, "webhooks")
                self._audit.append(
                    connection, [Action(actor, "webhook.off", delivery.endpoint_id, {"url": delivery.url, "status": status})]
                )

        self._database.write(work)
        self._versions.forget()

    def put_off(self, delivery: Delivery, next_at: int) -> None:
        """Give a delivery back that was not tried."""
        self._settle(delivery, attempts=delivery.attempts - 1, next_at=next_at)

    def letters(self, state: str | None = None, limit: int = 100) -> list[Letter]:
        """Return deliveries, the newest first."""
        query = (
            sa.select(deliveries, events.c.type, events.c.created_at, endpoints.c.url)
            .join(events, events.c.event_id == deliveries.c.event_id)
            .join(endpoints, endpoints.c.endpoint_id == deliveries.c.endpoint_id)
            .order_by(events.c.created_at.desc(), deliveries.c.event_id, deliveries.c.endpoint_id)
            .limit(limit)
        )
        if state is not None:
            query = query.where(deliveries.c.state == state)
        return [
            Letter(
                r.event_id,
                r.type,
                r.endpoint_id,
                r.url,
                r.state,
                r.attempts,
                r.created_at,
                r.next_at,
                r.last_status,
                r.last_error,
            )
            for r in self._database.read(lambda c: c.execute(query).all())
        ]

    def counts(self, states: Sequence[str] = ("waiting", "delivered", "dead")) -> dict[str, int]:
        """Return how many deliveries wait, arrived and are dead; those that arrived are many, and take long to count."""
        query = sa.select(deliveries.c.state, sa.func.count()).where(deliveries.c.state.in_(states))
        query = query.group_by(deliveries.c.state)
        found = {row[0]: row[1] for row in self._database.read(lambda c: c.execute(query).all())}
        return {state: found.get(state, 0) for state in states}

    def retry(self, event_id: str | None = None, *, actor: str) -> int:
        """Try dead letters again (of one event, or all) as if they were new, and return how many.

        Those to an endpoint that is off stay.
        """

        def work(connection: Connection) -> int:
            live = sa.select(endpoints.c.endpoint_id).where(_TOLD)
            dead = sa.and_(deliveries.c.state == "dead", deliveries.c.endpoint_id.in_(live))
            if event_id is not None:
                dead = sa.and_(dead, deliveries.c.event_id == event_id)
            values = {"state": "waiting", "attempts": 0, "next_at": self._clock(), "done_at": None}
            count = int(connection.execute(sa.update(deliveries).where(dead).values(**values)).rowcount)
            self._audit.append(connection, [Action(actor, "webhook.retry", event_id or "all", {"letters": count})])
            return count

        return self._database.write(work)

    def _settle(self, delivery: Delivery, **values: object) -> None:
        statement = sa.update(deliveries).where(_ours(delivery)).values(**values)
        self._database.write(lambda c: c.execute(statement))


def read_secret(file: Path) -> bytes:
    """Return the secret in a file: `whsec_` and Base64, or any text of 24 characters or more."""
    try:
        text = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        said = getattr(error, "strerror", None) or "not text"
        raise SettingError(f"cannot read the webhook secret from {file}: {said}") from error
    if text.startswith("whsec_"):
        try:
            return base64.b64decode(text.removeprefix("whsec_"), validate=True)
        except ValueError as error:
            raise SettingError(f"{file} begins with whsec_, but what follows is no Base64") from error
    if len(text) < 24:
        raise SettingError(f"{file} holds {len(text)} characters; a webhook secret has 24 or more (openssl rand -hex 32)")
    return text.encode()


def secret_text(secret: bytes) -> str:
    """Return a secret as it is shown, and as libraries of Standard Webhooks take it."""
    return "whsec_" + base64.b64encode(secret).decode()


_TOLD = sa.and_(endpoints.c.removed_at.is_(None), endpoints.c.off_since.is_(None))


def _is(event_id: str, endpoint_id: str) -> sa.ColumnElement[bool]:
    return sa.and_(deliveries.c.event_id == event_id, deliveries.c.endpoint_id == endpoint_id)


def _ours(delivery: Delivery) -> sa.ColumnElement[bool]:
    # Whoever holds the delivery now, after our lease lapsed, has counted one more attempt.
    same = sa.and_(_is(delivery.event_id, delivery.endpoint_id), deliveries.c.attempts == delivery.attempts)
    return sa.and_(same, deliveries.c.state == "waiting")


def _endpoint(row: sa.Row[tuple[object, ...]]) -> Endpoint:
    return Endpoint(row.endpoint_id, row.url, tuple(row.events.split()), row.secret_file, row.created_at, row.off_since)
