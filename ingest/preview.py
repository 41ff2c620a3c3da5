"""What a mapping makes of a file, before anything is loaded: some rows as they would load, and what is wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from graphfraud.errors import FileError
from graphfraud.intake import Intake
from graphfraud.intake.mapping import FileRule, Mapping
from graphfraud.settings import Conventions
from ingest.batches import AnyRecord, batches
from ingest.joins import join
from ingest.plan import Loadable, PlannedFile, beside, plan
from ingest.rejects import Entry
from ingest.sources import find_sources

# Tokens are not shown, so that any key will do and none has to be made.
_NO_KEY = bytes(32)


@dataclass(frozen=True)
class Preview:
    """One file: where its columns go, which are left out, the first rows that load (with their lines), what was refused.

    rows is the number of rows looked at, from the top; rejects and notes (`codes.NOTES`) are those of these rows.
    """

    path: Path
    holds: Loadable
    columns: dict[str, str]
    unused: tuple[str, ...]
    rows: int
    records: tuple[tuple[int, AnyRecord], ...]
    rejects: tuple[Entry, ...]
    notes: Counter[str]

    @property
    def rejected_share(self) -> float:
        """Share of the rows looked at that would be refused, in [0, 1]."""
        return len({entry.line for entry in self.rejects}) / self.rows if self.rows else 0.0


def preview(path: str | Path, mapping: Mapping, conventions: Conventions, shown: int = 5, rows: int = 1000) -> list[Preview]:
    """Take in the first rows of a file, or of the files of a folder, and return what became of them.

    Files that the mapping joins are found beside the file. Raise MappingError and FileError as a load would.
    """
    given = Path(path).expanduser()
    planned = plan(find_sources([given, *beside(given, mapping)]), mapping, conventions)
    if planned.failed:
        raise planned.failed[0][1]
    files = [file for file in planned.files if not given.is_file() or file.path.resolve() == given.resolve()] or planned.files
    if not files:
        why = f" ({planned.passed_over[0].why})" if planned.passed_over else ""
        raise FileError(f"{given}: nothing of it would be loaded{why}")
    return [_preview(file, mapping, conventions, shown, rows) for file in files]


def _preview(file: PlannedFile, mapping: Mapping, conventions: Conventions, shown: int, rows: int) -> Preview:
    intake = Intake(_NO_KEY, conventions, mapping)
    records: list[tuple[int, AnyRecord]] = []
    rejects: list[Entry] = []
    seen = 0
    for batch in batches(file, intake, join(file.joined), 0, most=rows):
        records += zip(batch.lines, batch.records, strict=True)
        rejects += batch.rejects
        seen += batch.rows
    return Preview(
        file.path,
        file.holds,
        {name: _source(file.rule, name) for name in file.rule.columns},
        file.unused,
        seen,
        tuple(records[:shown]),
        tuple(rejects),
        +intake.notes,
    )


def _source(rule: FileRule, name: str) -> str:
    source = rule.columns[name]
    if not source.columns:
        return f"always {source.constant!r}"
    return source.prefix + " + ".join(column.strip() for column in source.columns)
