"""Every table of application state, declared once; times are epoch milliseconds (UTC), hashes are raw bytes.

Nothing here identifies a person: identifiers are tokens, bodies and keys are hashes.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
)

# Constraints have names, so that a later migration can speak of them on both engines.
metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# SQLite numbers rows by itself only where the type is INTEGER.
_Number = BigInteger().with_variant(Integer(), "sqlite")

# Facts of the database as a whole: the fingerprint of the token key under which its tokens were made.
facts = Table("facts", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False))

# Versions of what processes remember (lists, webhooks, policies): a higher number says that it is to be read again.
counters = Table(
    "counters", metadata, Column("name", String(40), primary_key=True), Column("value", BigInteger, nullable=False)
)

api_keys = Table(
    "api_keys",
    metadata,
    Column("key_id", String(16), primary_key=True),
    Column("client_id", String(16), nullable=False),  # stays the same when a key is rotated
    Column("name", String(100), nullable=False, index=True),
    Column("secret_hash", LargeBinary, nullable=False),
    Column("scopes", String(200), nullable=False),
    Column("rate_per_minute", Integer),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("revoked_at", BigInteger),
    Column("last_used_at", BigInteger),
)

idempotency = Table(
    "idempotency",
    metadata,
    Column("client_id", String(16), primary_key=True),
    Column("key_hash", LargeBinary, primary_key=True),
    Column("body_hash", LargeBinary, nullable=False),
    Column("lease_until", BigInteger, nullable=False),
    Column("check_id", String(40)),  # NULL while somebody judges
    Column("created_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

answers = Table(
    "answers",
    metadata,
    Column("check_id", String(40), primary_key=True),
    Column("application_id", String(200), nullable=False),
    Column("client_id", String(16), nullable=False),
    Column("decision", String(20), nullable=False),
    Column("score", SmallInteger),  # NULL where nothing was scored
    Column("policy_version", String(100), nullable=False),
    Column("degraded", Boolean, nullable=False),
    Column("shadow_version", String(100)),
    Column("shadow_decision", String(20)),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),  # the answer as it was sent, byte for byte
    Column("facts", LargeBinary),  # what the policy decided from, for trying another one
    Index("ix_answers_application_id_created_at", "application_id", "created_at"),
)

graph_queue = Table(
    "graph_queue",
    metadata,
    Column("place", _Number, primary_key=True),
    Column("entry_id", String(40), nullable=False, unique=True),
    Column("application_id", String(200), nullable=False, index=True),
    Column("record", Text, nullable=False),
    Column("queued_at", BigInteger, nullable=False),
    Column("lease_until", BigInteger, nullable=False),  # 0 where nobody works on it
    Column("owner", String(40)),
    Column("attempts", Integer, nullable=False),
    Column("last_error", Text),
    sqlite_autoincrement=True,
)

# Applications that checks saw in a ring that forms, and what that ring is called.
forming = Table(
    "forming",
    metadata,
    Column("application_id", String(200), primary_key=True),
    Column("ring_id", String(40), nullable=False),
    Column("named_at", BigInteger, nullable=False),  # since when there is a ring of that name: of two the older one goes on
    Column("given_at", BigInteger, nullable=False, index=True),
    sqlite_with_rowid=False,
)

endpoints = Table(
    "endpoints",
    metadata,
    Column("endpoint_id", String(16), primary_key=True),
    Column("url", Text, nullable=False),
    Column("events", Text, nullable=False),
    Column("secret_file", Text),  # NULL where the secret follows from the token key and the endpoint's id
    Column("created_at", BigInteger, nullable=False),
    Column("removed_at", BigInteger),
    Column("off_since", BigInteger),  # it answered that it is gone; NULL while it is told
)

events = Table(
    "events",
    metadata,
    Column("event_id", String(100), primary_key=True),
    Column("type", String(40), nullable=False),
    Column("created_at", BigInteger, nullable=False, index=True),
    Column("body", LargeBinary, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("event_id", String(100), ForeignKey("events.event_id", ondelete="CASCADE"), primary_key=True),
    Column("endpoint_id", String(16), ForeignKey("endpoints.endpoint_id"), primary_key=True),
    Column("state", String(10), nullable=False),  # waiting, delivered, dead
    Column("attempts", Integer, nullable=False),
    Column("next_at", BigInteger, nullable=False),  # when it may be tried again; while somebody tries, when that lapses
    Column("last_status", Integer),
    Column("last_error", Text),
    Column("done_at", BigInteger),
    Index("ix_deliveries_state_next_at", "state", "next_at"),
)

lists = Table(
    "lists",
    metadata,
    Column("name", String(100), primary_key=True),
    Column("type", String(20), nullable=False),  # special, court
    Column("created_at", BigInteger, nullable=False),
)

list_entries = Table(
    "list_entries",
    metadata,
    Column("entry_id", _Number, primary_key=True),
    Column("list_name", String(100), ForeignKey("lists.name"), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("token", String(16), nullable=False, index=True),
    Column("mask", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("valid_from", BigInteger),
    Column("valid_to", BigInteger),
    Column("added_at", BigInteger, nullable=False),
    Column("added_by", String(100), nullable=False),
    Column("closed_at", BigInteger),  # nothing is overwritten: what no longer holds is closed
    Column("closed_by", String(100)),
    Index("ix_list_entries_list_name_kind_token", "list_name", "kind", "token"),
    sqlite_autoincrement=True,
)

policies = Table(
    "policies",
    metadata,
    Column("version", String(100), primary_key=True),
    Column("hash", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("created_by", String(100), nullable=False),
)

policy_roles = Table(
    "policy_roles",
    metadata,
    Column("turn", _Number, primary_key=True),
    Column("role", String(10), nullable=False),  # active, shadow
    Column("version", String(100), ForeignKey("policies.version")),  # NULL: none from then on
    Column("since", BigInteger, nullable=False),
    Column("by", String(100), nullable=False),
    Index("ix_policy_roles_role_turn", "role", "turn"),
    sqlite_autoincrement=True,
)

audit = Table(
    "audit",
    metadata,
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("action", String(100), nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("hash", String(64), nullable=False),
    UniqueConstraint("hash"),
)
