"""Tells the operator why checks are answered without the graph: it failed, or takes longer than a check may."""

from __future__ import annotations

from api.http import logs
from graphfraud.errors import StoreConflict, StoreError

SECONDS = 60.0
WITHOUT_STORE = "until it answers again, checks are answered without the graph (degraded) and wait to be written"


class DegradedLog:
    """Logs how many answers were degraded for lack of time, once a minute at most.

    While the store fails, answers are degraded for that: one line says that it does, and one that it answers again.
    """

    def __init__(self, budget_ms: int) -> None:
        self._budget_ms = budget_ms
        self._store_fails = self._told_of_store = False
        self._answers, self._told = 0, float("-inf")

    def store_failed(self, error: StoreError) -> None:
        """Hear of an error of the store; that two writers were in each other's way is none to tell of."""
        if not self._told_of_store and not isinstance(error, StoreConflict):
            logs.event("store failed", logs.WARNING, error=type(error).__name__, advice=WITHOUT_STORE)
            self._told_of_store = True
        self._store_fails = True

    def answered(self, degraded: bool, now: float) -> None:
        """Hear of an answer, given at a time on `time.monotonic()`'s clock."""
        if not degraded:
            if self._told_of_store:
                logs.event("store answers again")
            self._store_fails = self._told_of_store = False
            return
        if self._store_fails:
            return
        self._answers += 1
        if now - self._told < SECONDS:
            return
        logs.event(
            "out of time",
            logs.WARNING,
            answers=self._answers,
            budget_ms=self._budget_ms,
            advice="so many answers were degraded: the graph took longer than a check may; see whether its engine is paused, "
            "busy or short of processors; --budget-ms gives it more time",
        )
        self._answers, self._told = 0, now
