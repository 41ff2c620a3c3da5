"""Where a load goes: into the store, or nowhere (a dry run)."""

from __future__ import annotations

import secrets
import tempfile
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from graphfraud.intake.records import ApplicationRecord, DealerRecord, OutcomeRecord
from graphfraud.intake.tokens import key_fingerprint
from graphfraud.settings import Settings
from graphfraud.store import Store, leases, loads
from graphfraud.store.applications import write_applications
from graphfraud.store.dealers import write_dealers
from graphfraud.store.loads import LoadMark, LoadState
from graphfraud.store.outcome import WriteOutcome
from graphfraud.store.outcomes import write_outcomes
from ingest.batches import Batch
from ingest.plan import PlannedFile
from ingest.summary import Status


class Target(ABC):
    """Takes the batches of a load. key is the token key, rejects the folder of rejects files."""

    key: bytes
    rejects: Path

    def part(self, name: str) -> Path:
        """Return where the refused rows of a file are kept while it is loaded."""
        return self.rejects / "parts" / f"{name}.csv"

    @abstractmethod
    def state(self, file: PlannedFile) -> LoadState:
        """Return how far the file is loaded."""

    def status(self, state: LoadState) -> Status:
        """Say what a load from that state on is called."""
        return "resumed" if state.rows_done else "loaded"

    @contextmanager
    def holding(self, file: PlannedFile) -> Iterator[None]:  # noqa: ARG002  (for the targets that can be shared)
        """Keep other loads of the same file out."""
        yield

    @abstractmethod
    def write(self, file: PlannedFile, batch: Batch, counts: Counter[str]) -> WriteOutcome:
        """Write a batch and move the file's mark, with what was counted in the file so far."""

    @abstractmethod
    def finish(self, file: PlannedFile, rows: int, counts: Counter[str]) -> LoadState:
        """Note that the file is loaded whole and return what its rows did."""


class Nowhere(Target):
    """Takes everything and keeps nothing: no store is opened, no key is made."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        has_key = bool(settings.token_key_setting) or (settings.home / "token.key").exists()
        self.key = settings.token_key() if has_key else secrets.token_bytes(32)
        self.rejects = folder

    def state(self, file: PlannedFile) -> LoadState:
        """Return that nothing is loaded: a dry run looks at every row."""
        return LoadState(file.content)

    def status(self, state: LoadState) -> Status:  # noqa: ARG002
        """Say that the rows are only looked at."""
        return "checked"

    def write(self, file: PlannedFile, batch: Batch, counts: Counter[str]) -> WriteOutcome:  # noqa: ARG002
        """Write nothing."""
        return WriteOutcome()

    def finish(self, file: PlannedFile, rows: int, counts: Counter[str]) -> LoadState:
        """Return that the rows did nothing."""
        return LoadState(file.content, rows_done=rows, counts=counts)


class IntoStore(Target):
    """Writes into the graph; one transaction a batch carries the rows and the mark."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self.key = settings.token_key()
        self.rejects = settings.home / "rejects"
        self._store = store
        self._started_at = now()
        store.claim_key(key_fingerprint(self.key))

    def state(self, file: PlannedFile) -> LoadState:
        """Return how far the file is loaded."""
        return loads.find_load(self._store, file.content)

    @contextmanager
    def holding(self, file: PlannedFile) -> Iterator[None]:
        """Keep other loads of the same file out; Busy when there is one."""
        with leases.hold(self._store, f"load of the content {file.content[:16]}", f"graphfraud load {file.path.name}"):
            yield

    def write(self, file: PlannedFile, batch: Batch, counts: Counter[str]) -> WriteOutcome:
        """Write a batch and move the file's mark in one transaction."""
        mark = self._mark(file, batch.last, counts)
        if file.holds == "dealers":
            return write_dealers(self._store, cast(list[DealerRecord], batch.records), batch.lines, mark, now())
        if file.holds == "outcomes":
            return write_outcomes(self._store, cast(list[OutcomeRecord], batch.records), batch.lines, mark, now())
        return write_applications(self._store, cast(list[ApplicationRecord], batch.records), batch.lines, mark, now())

    def finish(self, file: PlannedFile, rows: int, counts: Counter[str]) -> LoadState:
        """Note that the file is loaded whole and return what its rows did."""
        loads.mark_load(self._store, self._mark(file, rows, counts, complete=True))
        return self.state(file)

    def _mark(self, file: PlannedFile, rows: int, counts: Counter[str], complete: bool = False) -> LoadMark:
        said = dict(sorted(counts.items()))
        return LoadMark(file.content, file.path.name, file.holds, self._started_at, rows, complete, said)


@contextmanager
def open_target(settings: Settings, dry_run: bool) -> Iterator[Target]:
    """Open the store for a load, or a temporary folder for a dry run."""
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="graphfraud-") as folder:
            yield Nowhere(settings, Path(folder))
    else:
        with Store.open(settings) as store:
            yield IntoStore(settings, store)


def now() -> int:
    """Return the present time in epoch milliseconds."""
    return time.time_ns() // 1_000_000
