"""Rows of a planned file, taken in and cut into batches at fixed row numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from graphfraud.errors import RowRejected
from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord, DealerRecord, OutcomeRecord
from ingest import rejects
from ingest.joins import Joins
from ingest.plan import Loadable, PlannedFile
from ingest.readers.problems import Row, RowProblem
from ingest.readers.rows import rows
from ingest.rejects import Entry

BATCH = 1_000
AnyRecord = ApplicationRecord | DealerRecord | OutcomeRecord
KEY: dict[Loadable, str] = {"dealers": "dealer_id", "applications": "application_id", "outcomes": "application_id"}


@dataclass(frozen=True)
class Batch:
    """Rows `first + 1` to `last` of a file, bad ones included.

    A batch always ends at the same row, whatever was loaded before, so that a load that goes on after a kill makes the
    same commits as one that was never broken. notes counts placeholders and flags.
    """

    first: int
    last: int
    records: list[AnyRecord]
    lines: list[int]
    rejects: list[Entry]
    notes: Counter[str]

    @property
    def rows(self) -> int:
        """Number of rows, bad ones included."""
        return self.last - self.first


def batches(
    file: PlannedFile, intake: Intake, joins: Joins, skip: int, size: int = BATCH, most: int | None = None
) -> Iterator[Batch]:
    """Yield the batches of a file after its first `skip` rows, which are read and not taken in, up to row `most`.

    Raises FileError when the file changes under the reader.
    """
    source = islice(rows(file.inspected, frozenset(column for s in file.rule.sources() for column in s.columns)), most)
    for row in islice(source, skip):
        if joins.places and not isinstance(row, RowProblem):
            joins.complete(file.rule.record(row[1]), KEY[file.holds])  # its links are not without an application
    done = skip
    while taken := list(islice(source, size - done % size)):
        yield _batch(file, intake, joins, taken, done)
        done += len(taken)


def _batch(file: PlannedFile, intake: Intake, joins: Joins, taken: list[Row], done: int) -> Batch:
    take: Mapping[Loadable, Callable[[Mapping[str, object]], AnyRecord]] = {
        "dealers": intake.dealer,
        "applications": intake.application,
        "outcomes": intake.outcome,
    }
    accept, key, name = take[file.holds], KEY[file.holds], file.path.name
    records: list[AnyRecord] = []
    lines: list[int] = []
    refused: list[Entry] = []
    before = Counter(intake.notes)
    for row in taken:
        if isinstance(row, RowProblem):
            refused.append(rejects.of_problem(row, name))
            continue
        line, cells = row
        try:
            record = accept(joins.complete(file.rule.record(cells), key))
        except RowRejected as error:
            refused.append(rejects.of_rejected(error, line, name))
        else:
            records.append(record)
            lines.append(line)
    return Batch(done, done + len(taken), records, lines, refused, intake.notes - before)
