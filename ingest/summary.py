"""What a load did, file by file and in all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from graphfraud.store.loads import LoadState

REJECTED = "rejected:"  # how a load's mark tells rejects from notes
Status = Literal["loaded", "resumed", "unchanged", "checked", "joined", "failed"]


@dataclass
class FileSummary:
    """What became of one file.

    status: loaded, resumed (a killed load went on; the counts are those of the whole file), unchanged (it was loaded whole
    before), checked (a dry run), joined (with another file) or failed, with the error. notes counts placeholders and flags
    by code; unused are the columns that nothing was made of.
    """

    path: Path
    holds: str
    status: Status
    read: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    notes: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    resumed_at: int = 0
    error: str = ""
    unused: tuple[str, ...] = ()

    def take(self, state: LoadState) -> None:
        """Take over the counts of the whole file, those of a part loaded before a kill among them."""
        self.read = state.rows_done
        self.added, self.changed, self.unchanged = state.added, state.changed, state.unchanged
        self.superseded = state.superseded
        for code, number in state.counts.items():
            if code.startswith(REJECTED):
                self.rejected[code.removeprefix(REJECTED)] = number
            else:
                self.notes[code] = number


@dataclass(frozen=True)
class LoadSummary:
    """What a load did. rejects is the rejects file, None if it was not needed; max_rejects the share that was allowed."""

    load_id: str
    files: tuple[FileSummary, ...]
    passed_over: tuple[tuple[Path, str], ...]
    dry_run: bool
    seconds: float
    rejects: Path | None
    max_rejects: float

    @property
    def failed(self) -> bool:
        """Whether a file could not be loaded."""
        return any(file.error for file in self.files)

    @property
    def rejected_share(self) -> float:
        """Share of the rows read that were rejected, in [0, 1]."""
        read = sum(file.read for file in self.files)
        return sum(file.rejected.total() for file in self.files) / read if read else 0.0

    @property
    def too_many_rejects(self) -> bool:
        """Whether the share is above what was allowed."""
        return self.rejected_share > self.max_rejects

    @property
    def rows_a_second(self) -> float:
        """Rows read in this run, a second."""
        rows = sum(file.read - file.resumed_at for file in self.files)
        return rows / self.seconds if self.seconds else 0.0

    def total(self, name: str) -> int:
        """Return the sum of a count over all files."""
        return sum(int(getattr(file, name)) for file in self.files)

    def rejected(self) -> Counter[str]:
        """Return the rejects of all files by code."""
        return _sum(file.rejected for file in self.files)

    def notes(self) -> Counter[str]:
        """Return placeholders and flags of all files by code."""
        return _sum(file.notes for file in self.files)


def _sum(counters: Iterable[Counter[str]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for counter in counters:
        total.update(counter)
    return total
