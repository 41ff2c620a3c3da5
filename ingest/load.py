"""The load: files in, applications, dealers and outcomes in the store, everything that was refused in a file."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from graphfraud.errors import FileError
from graphfraud.garbage import paused, swept
from graphfraud.intake import Intake
from graphfraud.intake.mapping import DEFAULT, Mapping
from graphfraud.settings import Settings
from graphfraud.store.loads import LoadState
from graphfraud.store.outcome import Superseded
from ingest import rejects
from ingest.ahead import Ahead
from ingest.batches import BATCH, KEY, batches
from ingest.joins import JoinedFile, Joins, join
from ingest.plan import ORDER, Plan, PlannedFile, plan
from ingest.readers.blocks import check_unchanged
from ingest.rejects import Entry, Part
from ingest.sources import find_sources
from ingest.summary import REJECTED, FileSummary, LoadSummary
from ingest.targets import Target, open_target


@dataclass(frozen=True)
class LoadRequest:
    """What to load and how. max_rejects is a share in [0, 1]; rejects the file for refused rows (None: in the data folder)."""

    paths: Sequence[str | Path]
    mapping: Mapping = DEFAULT
    dry_run: bool = False
    rejects: Path | None = None
    max_rejects: float = 0.05


class Watcher(Protocol):
    """Somebody who looks on while a load runs."""

    def begins(self, file: PlannedFile, done: int) -> None:
        """Hear that a file begins, after `done` rows that were loaded before."""

    def advances(self, rows: int) -> None:
        """Hear that so many more rows are done."""

    def ends(self) -> None:
        """Hear that the file is done."""


class Unwatched:
    """A watcher that does not care."""

    def begins(self, file: PlannedFile, done: int) -> None:
        """Do nothing."""

    def advances(self, rows: int) -> None:
        """Do nothing."""

    def ends(self) -> None:
        """Do nothing."""


@paused()
def load(settings: Settings, request: LoadRequest, watcher: Watcher | None = None) -> LoadSummary:
    """Load files into the configured store and say what became of every row.

    Every file is inspected before a row is written. Dealers come first, then applications, then outcomes. What was loaded
    whole before is left alone, what was interrupted goes on. A dry run opens no store, makes no key and writes nothing but
    a rejects file that was asked for. Raises MappingError, KeyMismatch, SettingError, DiskError, Busy and the errors of
    the store; the error of a file is in the summary.
    """
    started = time.monotonic()
    planned = plan(find_sources(request.paths), request.mapping, settings.conventions)
    summaries, rejects_file = _run(settings, request, planned, watcher or Unwatched()) if planned.files else ([], None)
    failed = [FileSummary(path, "", "failed", error=str(error)) for path, error in planned.failed]
    return LoadSummary(
        planned.load_id,
        (*summaries, *failed),
        tuple((passed.path, passed.why) for passed in planned.passed_over),
        request.dry_run,
        time.monotonic() - started,
        rejects_file if rejects_file is not None and rejects_file.exists() else None,
        request.max_rejects,
    )


def _run(settings: Settings, request: LoadRequest, planned: Plan, watcher: Watcher) -> tuple[list[FileSummary], Path | None]:
    with ExitStack() as stack:
        target = stack.enter_context(open_target(settings, request.dry_run))
        intake = Intake(target.key, settings.conventions, request.mapping)
        rejects_file = request.rejects or (None if request.dry_run else target.rejects / f"{planned.load_id}.csv")
        if rejects_file is not None:
            rejects.check_writable(rejects_file)
            # also when the load is interrupted: what was refused until then is worth reading
            stack.callback(_assemble, target, planned, rejects_file, request.rejects is not None)
        return _Run(target, intake, watcher).all(planned), rejects_file


def _assemble(target: Target, planned: Plan, rejects_file: Path, even_if_empty: bool) -> None:
    names = [*(file.content for file in planned.files), *(joined.part_name for joined in planned.joined)]
    parts = [target.part(name) for name in dict.fromkeys(names)]
    if not rejects.assemble(parts, rejects_file) and not even_if_empty:
        rejects_file.unlink(missing_ok=True)


class _Run:
    """The files of one load, one after another."""

    def __init__(self, target: Target, intake: Intake, watcher: Watcher) -> None:
        self.target, self.intake, self.watcher = target, intake, watcher

    def all(self, planned: Plan) -> list[FileSummary]:
        summaries: list[FileSummary] = []
        for holds in ORDER:
            summaries += self._kind([file for file in planned.files if file.holds == holds])
        return summaries

    def _kind(self, files: list[PlannedFile]) -> list[FileSummary]:
        """Load the files of one kind; what is joined with them is read once, and only if one of them is to be loaded."""
        to_load = [file for file in files if not self.target.state(file).complete]
        parts = files[0].joined if to_load else ()
        joins, failure = Joins(), ""
        try:
            joins = join(parts)
        except FileError as error:
            failure = f"not loaded, because of a file it is joined with: {error}"
        summaries = [self._file(file, joins, failure if file in to_load else "") for file in files]
        if parts and not failure:
            whole = len(to_load) == len(files) and not any(summary.error for summary in summaries)
            summaries += [self._joined(part, joins, whole) for part in parts]
        return summaries

    def _file(self, file: PlannedFile, joins: Joins, failure: str) -> FileSummary:
        started = time.monotonic()
        summary = FileSummary(file.path, file.holds, "failed", unused=file.unused)
        if failure:
            summary.error = f"{file.path}: {failure}"
            return summary
        with self.target.holding(file):
            state = self.target.state(file)
            if state.complete:
                summary.status = "unchanged"
                return summary
            self.watcher.begins(file, state.rows_done)
            try:
                summary.resumed_at, summary.status = state.rows_done, self.target.status(state)
                state = self._batches(file, joins, state)
            except FileError as error:
                summary.status, summary.error, state = "failed", str(error), self.target.state(file)
            finally:
                self.watcher.ends()
        summary.take(state)
        summary.seconds = time.monotonic() - started
        return summary

    def _batches(self, file: PlannedFile, joins: Joins, state: LoadState) -> LoadState:
        done, counts = state.rows_done, Counter(state.counts)
        with Part(self.target.part(file.content), done) as part:
            _note(part, done, counts, self._late_before_the_kill(file, joins, state))
            with Ahead(batches(file, self.intake, joins, done)) as prepared:
                for batch in prepared:
                    # On disk before the commit, so that no reject is lost; what the commit does not reach is cut off again.
                    _note(part, batch.last, counts, batch.rejects)
                    counts.update(batch.notes)
                    check_unchanged(file.path, file.inspected.fingerprint)
                    outcome = self.target.write(file, batch, counts)
                    _note(part, batch.last, counts, _late(file, batch.lines, outcome.superseded, outcome.unknown))
                    self.watcher.advances(batch.rows)
                    done = batch.last
                    swept()
        return self.target.finish(file, done, counts)

    def _late_before_the_kill(self, file: PlannedFile, joins: Joins, state: LoadState) -> list[Entry]:
        """Return what the last committed batch found out, which a killed load may not have written down."""
        lines: list[int] = []
        if state.unknown:
            last = next(batches(file, self.intake, joins, (state.rows_done - 1) // BATCH * BATCH))
            lines = last.lines
        return _late(file, lines, state.late, state.unknown)

    def _joined(self, part: JoinedFile, joins: Joins, whole: bool) -> FileSummary:
        """Say what became of the rows of a joined file; links without an application show once all applications came."""
        path = part.inspected.path
        problems = [*joins.problems, *(joins.unused() if whole else ())]
        entries = [rejects.of_problem(problem, path.name) for where, problem in problems if where == path]
        with Part(self.target.part(part.part_name), 0) as listed:
            listed.add(1, entries)
        summary = FileSummary(path, part.rule.holds, "joined", read=joins.read[path])
        summary.rejected.update(entry.code for entry in entries)
        return summary


def _note(part: Part, row: int, counts: Counter[str], entries: list[Entry]) -> None:
    part.add(row, entries)
    counts.update(f"{REJECTED}{entry.code}" for entry in entries if entry.code != rejects.SUPERSEDED)


def _late(file: PlannedFile, lines: list[int], superseded: Sequence[Superseded], unknown: Sequence[int]) -> list[Entry]:
    """Return the entries of rows that only the commit could judge: superseded ones, and outcomes of no application."""
    name = file.path.name
    return [
        *(rejects.of_unknown(lines[place], name) for place in unknown),
        *(rejects.of_superseded(KEY[file.holds], *row) for row in superseded),
    ]
