"""API keys: made once and shown once, kept as hashes, verified without a query as long as they were seen lately."""

from __future__ import annotations

import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.errors import Busy, NotFound, SettingError, StateError
from graphfraud.state.audit import Action, Audit
from graphfraud.state.clock import DAY, MINUTE, Clock
from graphfraud.state.database import Database, take_turn
from graphfraud.state.tables import api_keys

# scope -> what it allows
SCOPES: dict[str, str] = {
    "checks": "send applications to be judged, and read their answers",
    "read": "read rings, applications and answers",
    "outcomes": "send what became of loans",
    "admin": "everything, lists, policies and webhooks included",
}
LONGEST_NAME = 100
REMEMBERED_SECONDS = 5.0  # so long a revoked key may still work in a process that has just seen it
WITHOUT_DATABASE_SECONDS = 600.0  # so long known keys work while the database does not answer
USED_EVERY = 10 * MINUTE
GRACE = DAY
_MOST_REMEMBERED = 4_096
_NO_HASH = bytes(32)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is known here, without its secret; times are epoch milliseconds.

    client_id stays the same when a key is rotated: what a client sent under the old key is known under the new one.
    """

    key_id: str
    client_id: str
    name: str
    scopes: frozenset[str]
    rate_per_minute: int | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None
    last_used_at: int | None

    def may(self, scope: str) -> bool:
        """Say whether the key has a scope; admin has all."""
        return scope in self.scopes or "admin" in self.scopes

    def state(self, now: int) -> str:
        """Return active, expired or revoked."""
        if self.revoked_at is not None:
            return "revoked"
        return "expired" if self.expires_at is not None and self.expires_at <= now else "active"


class Keys:
    """The keys of all clients."""

    def __init__(self, database: Database, clock: Clock, audit: Audit) -> None:
        self._database, self._clock, self._audit = database, clock, audit
        self._lock = threading.Lock()
        self._remembered: dict[bytes, tuple[float, ApiKey | None]] = {}
        self._missed = float("-inf")  # when the database last did not answer: known keys must not wait for it each time

    def create(
        self,
        name: str,
        scopes: Iterable[str],
        *,
        actor: str,
        expires_at: int | None = None,
        rate_per_minute: int | None = None,
    ) -> tuple[str, ApiKey]:
        """Make a key and return its text, which is stored nowhere, and what is stored.

        Raise Busy if a key of that name works, SettingError for a name, scope or limit that cannot be.
        """
        wanted = _scopes(scopes)
        _check(name, rate_per_minute, expires_at, self._clock())
        text, key = self._made(secrets.token_hex(6), name, wanted, rate_per_minute, expires_at)

        def work(connection: Connection) -> None:
            take_turn(connection, "keys")
            if any(found.state(self._clock()) == "active" for found in _named(connection, name)):
                raise Busy(f"there is a key {name!r} that works; rotate or revoke it, or choose another name")
            self._store(connection, text, key)
            detail = {"key_id": key.key_id, "scopes": sorted(wanted), "rate_per_minute": rate_per_minute}
            self._audit.append(connection, [Action(actor, "key.create", name, {**detail, "expires_at": expires_at})])

        self._database.write(work)
        return text, key

    def rotate(self, name: str, *, actor: str, grace_ms: int = GRACE, expires_at: int | None = None) -> tuple[str, ApiKey]:
        """Make a new key for the client of a key; the old ones work for grace_ms more. Raise NotFound if none works."""

        def work(connection: Connection) -> tuple[str, ApiKey]:
            take_turn(connection, "keys")
            now = self._clock()
            active = [key for key in _named(connection, name) if key.state(now) == "active"]
            if not active:
                raise NotFound(f"no key {name!r} works; graphfraud keys list shows all, keys create makes one")
            old = max(active, key=lambda key: key.created_at)
            _check(name, old.rate_per_minute, expires_at, now)
            text, key = self._made(old.client_id, name, old.scopes, old.rate_per_minute, expires_at)
            self._store(connection, text, key)
            for one in active:
                until = now + grace_ms if one.expires_at is None else min(one.expires_at, now + grace_ms)
                connection.execute(sa.update(api_keys).where(api_keys.c.key_id == one.key_id).values(expires_at=until))
            detail = {"key_id": key.key_id, "old": [one.key_id for one in active], "grace_ms": grace_ms}
            self._audit.append(connection, [Action(actor, "key.rotate", name, detail)])
            return text, key

        made = self._database.write(work)
        self.forget()
        return made

    def revoke(self, name: str, *, actor: str) -> int:
        """End all keys of a name at once and return how many worked; raise NotFound if there never was one."""

        def work(connection: Connection) -> int:
            now = self._clock()
            known = _named(connection, name)
            if not known:
                raise NotFound(f"there is no key {name!r}; graphfraud keys list shows all")
            ended = [key.key_id for key in known if key.state(now) == "active"]
            connection.execute(
                sa.update(api_keys).where(api_keys.c.name == name, api_keys.c.revoked_at.is_(None)).values(revoked_at=now)
            )
            self._audit.append(connection, [Action(actor, "key.revoke", name, {"key_ids": ended})])
            return len(ended)

        count = self._database.write(work)
        self.forget()
        return count

    def list(self) -> list[ApiKey]:
        """Return all keys, by name and time of making."""
        query = sa.select(api_keys).order_by(api_keys.c.name, api_keys.c.created_at, api_keys.c.key_id)
        return [_key(row) for row in self._database.read(lambda c: c.execute(query).all())]

    def verify(self, text: str) -> ApiKey | None:
        """Return the key of a text if it works now, None otherwise, whatever the reason.

        Costs no query for a key that this process saw in the last seconds. While the database does not answer, known
        keys go on working for ten minutes; StateError is raised for others.
        """
        key_id = _key_id(text)
        if key_id is None:
            return None
        digest = _digest(text)
        at, key = self._remembered.get(digest, (float("-inf"), None))
        age = time.monotonic() - at
        if age > REMEMBERED_SECONDS and (
            age > WITHOUT_DATABASE_SECONDS or time.monotonic() - self._missed > REMEMBERED_SECONDS
        ):
            try:
                key = self._find(key_id, digest)
            except StateError:
                if age > WITHOUT_DATABASE_SECONDS:
                    raise
                self._missed = time.monotonic()
            else:
                self._remember(digest, key)
        return key if key is not None and key.state(self._clock()) == "active" else None

    def forget(self) -> None:
        """Look all keys up again when next asked."""
        with self._lock:
            self._remembered.clear()

    def _find(self, key_id: str, digest: bytes) -> ApiKey | None:
        query = sa.select(api_keys).where(api_keys.c.key_id == key_id)
        row = self._database.read(lambda c: c.execute(query).first())
        # An unknown id takes the same way, so that the time of an answer says nothing.
        right = hmac.compare_digest(row.secret_hash if row else _NO_HASH, digest)
        if row is None or not right:
            return None
        key = _key(row)
        if key.last_used_at is None or self._clock() - key.last_used_at > USED_EVERY:
            self._used(key_id)
        return key

    def _used(self, key_id: str) -> None:
        statement = sa.update(api_keys).where(api_keys.c.key_id == key_id).values(last_used_at=self._clock())
        try:
            self._database.write(lambda c: c.execute(statement), durable=False)
        except StateError as error:  # a full disk makes a right key no wrong one
            _log.warning("the last use of key %s was not kept: %s", key_id, error)

    def _remember(self, digest: bytes, key: ApiKey | None) -> None:
        with self._lock:
            self._remembered.pop(digest, None)
            self._remembered[digest] = (time.monotonic(), key)
            while len(self._remembered) > _MOST_REMEMBERED:
                del self._remembered[next(iter(self._remembered))]

    def _made(
        self, client_id: str, name: str, scopes: frozenset[str], rate_per_minute: int | None, expires_at: int | None
    ) -> tuple[str, ApiKey]:
        key_id = secrets.token_hex(6)
        text = f"gf_{key_id}_{secrets.token_urlsafe(32)}"
        return text, ApiKey(key_id, client_id, name, scopes, rate_per_minute, self._clock(), expires_at, None, None)

    def _store(self, connection: Connection, text: str, key: ApiKey) -> None:
        connection.execute(
            sa.insert(api_keys).values(
                key_id=key.key_id,
                client_id=key.client_id,
                name=key.name,
                secret_hash=_digest(text),
                scopes=" ".join(sorted(key.scopes)),
                rate_per_minute=key.rate_per_minute,
                created_at=key.created_at,
                expires_at=key.expires_at,
            )
        )


def _digest(text: str) -> bytes:
    # The secret is 256 random bits: a slow hash would protect nothing and cost every request.
    return hashlib.sha256(text.encode()).digest()


def _key_id(text: str) -> str | None:
    parts = text.split("_", 2)
    return parts[1] if len(parts) == 3 and parts[0] == "gf" and len(parts[1]) == 12 and len(text) < 100 else None


def _named(connection: Connection, name: str) -> list[ApiKey]:
    return [_key(row) for row in connection.execute(sa.select(api_keys).where(api_keys.c.name == name))]


def _key(row: sa.Row[tuple[object, ...]]) -> ApiKey:
    return ApiKey(
        row.key_id,
        row.client_id,
        row.name,
        frozenset(row.scopes.split()),
        row.rate_per_minute,
        row.created_at,
        row.expires_at,
        row.revoked_at,
        row.last_used_at,
    )


def _scopes(scopes: Iterable[str]) -> frozenset[str]:
    wanted = frozenset(scopes)
    unknown = sorted(wanted - set(SCOPES))
    if unknown or not wanted:
        said = f"{unknown[0]!r} is no scope" if unknown else "a key needs a scope"
        raise SettingError(f"{said}; there are {', '.join(SCOPES)}")
    return wanted


def _check(name: str, rate_per_minute: int | None, expires_at: int | None, now: int) -> None:
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        raise SettingError(f"a key's name has 1 to {LONGEST_NAME} printable characters")
    if rate_per_minute is not None and rate_per_minute < 1:
        raise SettingError(f"a limit of {rate_per_minute} requests a minute lets nothing through; leave it out for none")
    if expires_at is not None and expires_at <= now:
        raise SettingError("the key would have expired already; give a time to come")
