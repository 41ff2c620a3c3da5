"""The columns that detection reads, kept as Parquet beside the store: a fold over changes, and never the truth.

One segment holds the versions that began in a range of sequence numbers. Segments are brought up to date by what was
written since the last one, thrown away when they do not belong to the store, and rebuilt from it at will.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from graphfraud.detection.columns import Facts, Ints
from graphfraud.errors import DiskError
from graphfraud.facts import facts_of, read_facts, to_arrow
from graphfraud.garbage import paused
from graphfraud.store import Store
from graphfraud.store.changes import Change, changed_since, sequence

SEGMENT_ROWS = 100_000
# 1: the first form; 2: tokens as numbers. A change of what a segment holds needs a new number: older segments are rebuilt.
FORMAT = 2


@dataclass(frozen=True)
class Segment:
    """Versions that began after sequence number `after` and up to `up_to`."""

    folder: Path
    after: int
    up_to: int

    @property
    def applications(self) -> Path:
        """File of the versions; it is written last, so a segment is whole if it is there."""
        return self.folder / f"{self.after:012d}-{self.up_to:012d}.applications.parquet"

    @property
    def occurrences(self) -> Path:
        """File of the identifiers that the versions hold."""
        return self.folder / f"{self.after:012d}-{self.up_to:012d}.occurrences.parquet"


class Projection:
    """The projection of one store in a data folder."""

    def __init__(self, home: Path, store_id: str) -> None:
        self.folder = home / "projection" / f"{store_id}-{FORMAT}"

    @paused()
    def refresh(self, store: Store, progress: Callable[[int], None] = lambda _rows: None) -> int:
        """Bring the segments up to the store's sequence number and return it; `progress` is told rows read so far."""
        now = sequence(store)
        segments = self._segments()
        known = segments[-1].up_to if segments else 0
        if known > now or not _unbroken(segments):
            self.discard()
            known = 0
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            rows = 0
            for after, up_to, changes in _in_segments(changed_since(store, known, now), known, now):
                self._write(Segment(self.folder, after, up_to), changes)
                rows += len(changes)
                progress(rows)
        except OSError as error:
            raise DiskError(
                f"cannot write the projection in {self.folder}: {error.strerror}; free space or set GRAPHFRAUD_HOME"
            ) from error
        return now

    def read(self, up_to: int | None = None) -> Facts:
        """Return the applications as of a sequence number (default: the newest known): of each the latest version."""
        segments = [segment for segment in self._segments() if up_to is None or segment.after < up_to]
        facts, since = read_facts([(segment.applications, segment.occurrences) for segment in segments])
        wanted = np.ones(len(since), bool) if up_to is None else since <= up_to
        if not wanted.all():
            facts, since = facts.where(wanted), since[wanted]
        latest = _latest(facts, since)
        return facts if latest.all() else facts.where(latest)

    def discard(self) -> None:
        """Throw the segments away; the next refresh rebuilds them from the store."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _segments(self) -> list[Segment]:
        names = sorted(path.name for path in self.folder.glob("*.applications.parquet"))
        found = (re.fullmatch(r"(\d+)-(\d+)\.applications\.parquet", name) for name in names)
        return [Segment(self.folder, int(name[1]), int(name[2])) for name in found if name]

    def _write(self, segment: Segment, changes: list[Change]) -> None:
        since = np.array([change.since for change in changes], dtype=np.int64)
        applications, occurrences = to_arrow(facts_of(changes), since)
        for path, table in ((segment.occurrences, occurrences), (segment.applications, applications)):
            draft = path.with_suffix(".draft")
            pq.write_table(table, draft, compression="zstd")
            draft.replace(path)


def _unbroken(segments: list[Segment]) -> bool:
    ends = [0, *(segment.up_to for segment in segments)]
    return all(segment.after == end for segment, end in zip(segments, ends, strict=False))


def _in_segments(changes: Iterator[Change], after: int, now: int) -> Iterator[tuple[int, int, list[Change]]]:
    """Split changes, which come ordered by sequence number, into (after, up_to, versions that began in between)."""
    rows: list[Change] = []
    for change in changes:
        if change.since <= after:
            continue  # a version that is known and was only closed
        if len(rows) >= SEGMENT_ROWS and change.since > rows[-1].since:
            yield after, rows[-1].since, rows
            after, rows = rows[-1].since, []
        rows.append(change)
    if now > after:
        yield after, now, rows


def _latest(facts: Facts, since: Ints) -> np.ndarray:
    """Mark the version of each application that began last."""
    code = facts.application_id.numbered()[0]
    last = np.full(int(code.max(initial=-1)) + 1, -1, np.int64)
    np.maximum.at(last, code, since)
    return np.asarray(since == last[code])
