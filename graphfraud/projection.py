"""The columns that detection reads, kept as Parquet beside the store: a fold over changes, and never the truth.

One segment holds the versions that began in a range of sequence numbers. A segment ends with the number that fills it,
and the last one, not full yet, is written anew with what came since: where segments end follows from what the store holds,
so that a projection brought up to date night after night has the bytes of one rebuilt, and nights leave no small files.
Segments that do not belong to the store are thrown away and rebuilt from it.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import attrgetter
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq

from graphfraud.detection.columns import Facts, Ints
from graphfraud.errors import DiskError
from graphfraud.facts import facts_of, join_facts, read_facts, to_arrow
from graphfraud.garbage import paused
from graphfraud.store import Store
from graphfraud.store.changes import Change, changed_since, sequence

SEGMENT_ROWS = 50_000  # what a refresh writes anew at most, and the number of files at ten million, stay small
# 1: the first form; 2: tokens as numbers; 3: segments end where they are full; 4: without the segments of phones, which nothing
# compares; 5: with the region of the home. A change of what a segment holds needs a new number: older segments are rebuilt.
FORMAT = 5


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

    @property
    def files(self) -> tuple[Path, Path]:
        """Both files, as `read_facts` wants them."""
        return self.applications, self.occurrences

    @property
    def full(self) -> bool:
        """Say whether nothing is added to it any more."""
        return int(pq.read_metadata(self.applications).num_rows) >= SEGMENT_ROWS


class Projection:
    """The projection of one store in a data folder."""

    def __init__(self, home: Path, store_id: str) -> None:
        self.folder = home / "projection" / f"{store_id}-{FORMAT}"
        self._any_format = f"{store_id}-*"

    @paused()
    def refresh(self, store: Store, progress: Callable[[int], None] = lambda _rows: None) -> int:
        """Bring the segments up to the store's sequence number and return it; `progress` is told rows read so far."""
        now = sequence(store)
        segments = self._segments()
        if not segments or segments[-1].up_to > now or not _unbroken(segments):
            self.discard()
            segments = []
        known = segments[-1].up_to if segments else 0
        if known == now:
            return now
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            last = [segment for segment in segments[-1:] if not segment.full]
            after = last[0].after if last else known
            facts, since = read_facts([segment.files for segment in last])
            rows = 0
            for up_to, changes in _in_segments(changed_since(store, known, now), len(facts), known, now):
                facts = join_facts([facts, facts_of(changes)])
                since = np.append(since, np.array([change.since for change in changes], np.int64))
                _write(Segment(self.folder, after, up_to), facts, since)
                after = up_to
                facts, since = read_facts([])
                rows += len(changes)
                progress(rows)
            self._sweep()
        except OSError as error:
            raise DiskError(
                f"cannot write the projection in {self.folder}: {error.strerror}; free space or set GRAPHFRAUD_HOME"
            ) from error
        return now

    def read(self, up_to: int | None = None) -> Facts:
        """Return the applications as of a sequence number (default: the newest known): of each the latest version."""
        segments = [segment for segment in self._segments() if up_to is None or segment.after < up_to]
        facts, since = read_facts([segment.files for segment in segments])
        wanted = np.ones(len(since), bool) if up_to is None else since <= up_to
        if not wanted.all():
            facts, since = facts.where(wanted), since[wanted]
        latest = _latest(facts, since)
        return facts if latest.all() else facts.where(latest)

    def discard(self) -> None:
        """Throw the segments away; the next refresh rebuilds them from the store."""
        for folder in self.folder.parent.glob(self._any_format):
            shutil.rmtree(folder, ignore_errors=True)

    def _segments(self) -> list[Segment]:
        """Return the segments in order; of two that begin alike, what a kill may leave, the later written."""
        names = sorted(path.name for path in self.folder.glob("*.applications.parquet"))
        found = (re.fullmatch(r"(\d+)-(\d+)\.applications\.parquet", name) for name in names)
        segments = (Segment(self.folder, int(name[1]), int(name[2])) for name in found if name)
        return list({segment.after: segment for segment in segments}.values())

    def _sweep(self) -> None:
        """Remove the files that are of no segment: the last one as it was before, and what a kill left."""
        kept = {path for segment in self._segments() for path in segment.files}
        for path in self.folder.iterdir():
            if path not in kept:
                path.unlink()


def _write(segment: Segment, facts: Facts, since: Ints) -> None:
    applications, occurrences = to_arrow(facts, since)
    for path, table in ((segment.occurrences, occurrences), (segment.applications, applications)):
        draft = path.with_suffix(".draft")
        pq.write_table(table, draft, compression="zstd")
        draft.replace(path)


def _unbroken(segments: list[Segment]) -> bool:
    ends = [0, *(segment.up_to for segment in segments)]
    return all(segment.after == end for segment, end in zip(segments, ends, strict=False))


def _in_segments(changes: Iterable[Change], held: int, known: int, now: int) -> Iterator[tuple[int, list[Change]]]:
    """Split changes, which come ordered by sequence number, into (up_to, what a segment gets); the first has `held` rows."""
    rows: list[Change] = []
    end = known
    for since, begun in groupby(changes, attrgetter("since")):
        rows.extend(begun)
        if held + len(rows) >= SEGMENT_ROWS:
            yield since, rows
            end, held, rows = since, 0, []
    if now > end:
        yield now, rows


def _latest(facts: Facts, since: Ints) -> np.ndarray:
    """Mark the version of each application that began last."""
    code = facts.application_id.numbered()[0]
    last = np.full(int(code.max(initial=-1)) + 1, -1, np.int64)
    np.maximum.at(last, code, since)
    return np.asarray(since == last[code])
