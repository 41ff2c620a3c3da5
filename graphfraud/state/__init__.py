"""Application state: keys, idempotency, answers, lists, policies, queue, outbox, audit; SQLite or PostgreSQL."""

from graphfraud.state.state import State, StateFacts, inspect_state

__all__ = ["State", "StateFacts", "inspect_state"]
