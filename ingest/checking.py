"""Read applications to check, from a file or standard input, through the one intake."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from graphfraud.errors import FileError, RowRejected
from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from ingest.inspection import inspect
from ingest.readers.json_rows import json_rows
from ingest.readers.problems import Row, RowProblem
from ingest.readers.rows import rows
from ingest.rejects import Entry, of_problem, of_rejected
from ingest.sources import find_source

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Arrived:
    """One row: its line, and its record or why it was refused."""

    line: int
    record: ApplicationRecord | None
    reject: Entry | None = None


def applications_to_check(file: str, standard_input: Iterable[str], intake: Intake) -> Iterator[Arrived]:
    """Yield the applications of a file (CSV, Parquet, JSON, JSON Lines; `-`: standard input).

    What ends in .json, and standard input, is one JSON object or one a line. Raise FileError for a file that cannot be read.
    """
    name = "standard input" if file == STANDARD_INPUT else Path(file).name
    for row in _of_input(standard_input) if file == STANDARD_INPUT else _of_file(file):
        if isinstance(row, RowProblem):
            yield Arrived(row.line, None, of_problem(row, name))
            continue
        line, fields = row
        try:
            yield Arrived(line, intake.application(fields))
        except RowRejected as error:
            yield Arrived(line, None, of_rejected(error, line, name))


def _of_file(file: str) -> Iterator[Row]:
    if file.lower().endswith(".json"):
        try:
            return _of_input([Path(file).read_text(encoding="utf-8-sig")])
        except OSError as error:
            raise FileError(f"{file}: cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise FileError(f"{file}: is not UTF-8; save it as such") from error
    return rows(inspect(find_source(file)))


def _of_input(lines: Iterable[str]) -> Iterator[Row]:
    """A whole document that is one object may span lines; otherwise each line is an object."""
    text = "".join(lines)
    try:
        whole = json.loads(text)
    except ValueError:
        whole = None
    if isinstance(whole, dict):
        return iter([(1, whole)])
    return json_rows(enumerate(text.splitlines(), start=1))
