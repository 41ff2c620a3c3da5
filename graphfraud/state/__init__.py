"""Application state: keys, idempotency, answers, lists, policies, queue, outbox, audit; SQLite or PostgreSQL."""

from graphfraud.state.state import State

__all__ = ["State"]
