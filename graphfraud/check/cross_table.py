"""Two decisions about the same applications, counted against each other."""

from __future__ import annotations

from collections import Counter

from graphfraud.check.answer import DECISIONS, Decision

EXAMPLES_OF_EACH = 5


class CrossTable(Counter[tuple[Decision, Decision]]):
    """How many applications were decided one way (first) and would be another (second)."""

    def add(self, decided: Decision, would_be: Decision) -> bool:
        """Count one; say whether it is an example to show: among the first that would be decided otherwise in this way."""
        self[decided, would_be] += 1
        return decided != would_be and self[decided, would_be] <= EXAMPLES_OF_EACH

    @property
    def differ(self) -> int:
        """How many would be decided otherwise."""
        return sum(count for (decided, would_be), count in self.items() if decided != would_be)

    def document(self) -> dict[str, dict[str, int]]:
        """Return it as plain dicts: a row for each decision that was taken."""
        return {decided: {would_be: self[decided, would_be] for would_be in DECISIONS} for decided in DECISIONS}


def place(decided: Decision, would_be: Decision) -> tuple[int, int]:
    """Return where a cell stands, to sort examples as the table is read."""
    return DECISIONS.index(decided), DECISIONS.index(would_be)
