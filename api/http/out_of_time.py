"""Tells the operator when the graph is there, and takes longer than a check may."""

from __future__ import annotations

from api.http import logs

SECONDS = 60.0


class OutOfTime:
    """Counts the checks that were answered without the graph for lack of time, and logs how many, once a minute at most.

    While the store fails, answers are degraded for that, and other lines of the log say so.
    """

    def __init__(self, budget_ms: int) -> None:
        self._budget_ms = budget_ms
        self._store_fails = False
        self._answers, self._told = 0, float("-inf")

    def store_failed(self) -> None:
        """Hear of an error of the store."""
        self._store_fails = True

    def answered(self, degraded: bool, now: float) -> None:
        """Hear of an answer, given at a time on `time.monotonic()`'s clock."""
        if not degraded:
            self._store_fails = False
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
            advice="so many answers were degraded: the graph took longer than a check may; --budget-ms gives it more time",
        )
        self._answers, self._told = 0, now
