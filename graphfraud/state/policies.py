"""Policies as they were given, which one decides, and which one runs beside it in shadow; every turn is kept."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from graphfraud.errors import NotFound, SettingError
from graphfraud.state.audit import Action, Audit
from graphfraud.state.clock import Clock
from graphfraud.state.database import Database, take_turn
from graphfraud.state.tables import audit, policies, policy_roles
from graphfraud.state.versions import Versions, bump

Role = Literal["active", "shadow"]
LONGEST_VERSION = 100
SHIPPED = "default"  # how the log names the policy that ships
RESERVED = (SHIPPED, "off")  # no versions: to the log and on the command line they mean that none is in force


@dataclass(frozen=True, slots=True)
class StoredPolicy:
    """A policy's text with its version; hash is the SHA-256 of the text."""

    version: str
    hash: str
    text: str
    created_at: int
    created_by: str


@dataclass(frozen=True, slots=True)
class Turn:
    """From since on, a version had a role; None: none had (the policy that ships decides)."""

    role: Role
    version: str | None
    since: int
    by: str


@dataclass(frozen=True, slots=True)
class InForce:
    """The policies that decide and run in shadow now; None: the one that ships, and none."""

    active: StoredPolicy | None = None
    shadow: StoredPolicy | None = None


class Policies:
    """All stored policies. What is in force comes from memory; a change elsewhere shows within about a second."""

    def __init__(self, database: Database, clock: Clock, versions: Versions, audit: Audit) -> None:
        self._database, self._clock, self._versions, self._audit = database, clock, versions, audit
        self._lock = threading.Lock()
        self._known: tuple[int, InForce] = (-1, InForce())

    def in_force(self) -> InForce:
        """Return what decides now; the same object as long as nothing changed, so that it can be compared with `is`."""
        version = self._versions.version("policies")
        with self._lock:
            if self._known[0] != version:
                self._known = (version, self._database.read(_in_force))
            return self._known[1]

    def add(self, version: str, text: str, *, actor: str) -> StoredPolicy:
        """Store a policy; the same text again changes nothing. Raise SettingError if the version has another text.

        Raise it for a version that cannot be, too.
        """
        if not version.strip() or len(version) > LONGEST_VERSION:
            raise SettingError(f"a policy's version has 1 to {LONGEST_VERSION} characters")
        if version in RESERVED:
            raise SettingError(f"a policy's version cannot be {version!r}, which means that none is in force; choose another")
        made = StoredPolicy(version, hashlib.sha256(text.encode()).hexdigest(), text, self._clock(), actor)

        def work(connection: Connection) -> StoredPolicy:
            take_turn(connection, "policies")
            there = _stored(connection, version)
            if there is not None:
                if there.hash != made.hash:
                    raise SettingError(f"policy {version} is stored with another text; give the new one a new version")
                return there
            connection.execute(
                sa.insert(policies).values(
                    version=version, hash=made.hash, text=text, created_at=made.created_at, created_by=actor
                )
            )
            self._audit.append(connection, [Action(actor, "policy.add", version, {"hash": made.hash})])
            return made

        return self._database.write(work)

    def activate(self, version: str | None, *, actor: str, shipped: str = "") -> None:
        """Let a stored policy decide from now on (None: the one that ships); raise NotFound.

        One that ran in shadow does so no longer: it would be compared with itself. shipped is the version of the one that
        ships, which may be in shadow under that.
        """
        self._database.write(lambda connection: self._decides(connection, version, actor, "policy.activate", shipped))
        self._versions.forget()

    def shadow(self, version: str | None, *, actor: str) -> None:
        """Let a stored policy run beside the one that decides (None: none does); raise NotFound."""
        self._database.write(lambda connection: self._turn(connection, "shadow", version, actor, "policy.shadow"))
        self._versions.forget()

    def rollback(self, *, actor: str, shipped: str = "") -> str | None:
        """Take the last activation back and return the version that decides again (None: the one that ships).

        Done twice, it takes back the one before, too. If it ran in shadow, that ends, as in `activate`. Raise NotFound if no
        activation is left to take back.
        """

        def work(connection: Connection) -> str | None:
            take_turn(connection, "policies")
            activated = _activated(connection)
            if not activated:
                raise NotFound("no policy is active but the one that ships; there is nothing to take back")
            before = activated[-2] if len(activated) > 1 else None
            self._decides(connection, before, actor, "policy.rollback", shipped)
            return before

        version = self._database.write(work)
        self._versions.forget()
        return version

    def get(self, version: str) -> StoredPolicy:
        """Return a stored policy; raise NotFound."""
        found = self._database.read(lambda connection: _stored(connection, version))
        if found is None:
            raise NotFound(f"no policy {version!r} is stored; graphfraud policy list shows them")
        return found

    def all(self) -> list[StoredPolicy]:
        """Return the stored policies, in the order in which they came."""
        query = sa.select(policies).order_by(policies.c.created_at, policies.c.version)
        return [_policy(row) for row in self._database.read(lambda c: c.execute(query).all())]

    def turns(self, role: Role, limit: int = 100) -> list[Turn]:
        """Return who had a role when, the newest turn first."""
        return self._database.read(lambda connection: _turns(connection, role, limit))

    def _decides(self, connection: Connection, version: str | None, actor: str, action: str, shipped: str) -> None:
        self._turn(connection, "active", version, actor, action)
        shadow = _turns(connection, "shadow", 1)
        if shadow and shadow[0].version is not None and shadow[0].version == (version or shipped):
            self._turn(connection, "shadow", None, actor, "policy.shadow")

    def _turn(self, connection: Connection, role: Role, version: str | None, actor: str, action: str) -> None:
        take_turn(connection, "policies")
        if version is not None and _stored(connection, version) is None:
            raise NotFound(f"no policy {version!r} is stored; graphfraud policy list shows them")
        last = _turns(connection, role, 1)
        before = last[0].version if last else None
        if before == version:
            return
        connection.execute(sa.insert(policy_roles).values(role=role, version=version, since=self._clock(), by=actor))
        bump(connection, "policies")
        self._audit.append(connection, [Action(actor, action, version or SHIPPED, {"before": before})])


def _in_force(connection: Connection) -> InForce:
    found: dict[str, StoredPolicy | None] = {}
    for role in ("active", "shadow"):
        turns = _turns(connection, "active" if role == "active" else "shadow", 1)
        version = turns[0].version if turns else None
        found[role] = None if version is None else _stored(connection, version)
    return InForce(found["active"], found["shadow"])


def _turns(connection: Connection, role: Role, limit: int) -> list[Turn]:
    query = sa.select(policy_roles).where(policy_roles.c.role == role).order_by(policy_roles.c.turn.desc()).limit(limit)
    return [Turn(role, row.version, row.since, row.by) for row in connection.execute(query)]


def _activated(connection: Connection) -> list[str | None]:
    """Return what was activated and not taken back, in order; which turns took one back, the audit log knows."""
    query = sa.select(audit.c.action, audit.c.subject).where(audit.c.action.in_(("policy.activate", "policy.rollback")))
    found: list[str | None] = []
    for action, subject in connection.execute(query.order_by(audit.c.line)):
        version = None if subject == SHIPPED else subject
        if action == "policy.rollback" and found:
            found.pop()
        if (found[-1] if found else None) != version:
            found.append(version)
    return found


def _stored(connection: Connection, version: str) -> StoredPolicy | None:
    row = connection.execute(sa.select(policies).where(policies.c.version == version)).first()
    return None if row is None else _policy(row)


def _policy(row: sa.Row[tuple[object, ...]]) -> StoredPolicy:
    return StoredPolicy(row.version, row.hash, row.text, row.created_at, row.created_by)
