"""Load a file into a list: any format that is read here, rows through the one intake, refused rows listed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from graphfraud.check.answer import ListType
from graphfraud.errors import FileError, RowRejected
from graphfraud.intake import Intake
from graphfraud.intake.listed import LISTED_COLUMNS, Listed, ListIntake
from graphfraud.nearest import nearest
from graphfraud.settings import Settings
from graphfraud.state.lists import ListLoad, Lists
from ingest.inspection import Inspected, inspect
from ingest.readers.problems import RowProblem
from ingest.readers.rows import rows
from ingest.rejects import Part, assemble, check_writable, of_problem, of_rejected
from ingest.sources import find_source

_COLUMNS = (*LISTED_COLUMNS, "kind", "value", "reason", "source", "valid_from", "valid_to")


@dataclass(frozen=True)
class LoadedList:
    """What became of a file: rows read and rejected (codes: by code), and what that did to the list."""

    read: int
    rejected: int
    codes: Counter[str]
    done: ListLoad


def load_list(
    settings: Settings, lists: Lists, name: str, type: ListType, file: Path, rejects: Path, *, replace: bool, actor: str
) -> LoadedList:
    """Load a file into a list and write refused rows to the rejects file; raise FileError for a file that is none.

    With replace, a file of which every row was refused closes nothing: it is hardly what was meant.
    """
    inspected = _inspected(file)
    check_writable(rejects)
    reading = _Reading(inspected, ListIntake(Intake(settings.token_key(), settings.conventions)))
    part = rejects.with_name(rejects.name + ".part")
    with Part(part, 0) as listed:
        entries = list(reading.entries(listed))
    if reading.codes:
        assemble([part], rejects)
    part.unlink(missing_ok=True)
    if replace and not entries:
        raise FileError(f"{file}: no row of it could be taken in, and the list stays as it was; see {rejects}")
    done = lists.load(name, type, entries, actor=actor, origin=file.name, replace=replace)
    return LoadedList(reading.read, reading.rejected, reading.codes, done)


class _Reading:
    """Reads a file once and counts."""

    def __init__(self, inspected: Inspected, intake: ListIntake) -> None:
        self._inspected, self._intake = inspected, intake
        self.read = self.rejected = 0
        self.codes: Counter[str] = Counter()

    def entries(self, part: Part) -> Iterator[Listed]:
        name = self._inspected.path.name
        for row in rows(self._inspected):
            self.read += 1
            if isinstance(row, RowProblem):
                entry = of_problem(row, name)
            else:
                try:
                    yield from self._intake.listed(row[1])
                    continue
                except RowRejected as error:
                    entry = of_rejected(error, row[0], name)
            self.rejected += 1
            self.codes[entry.code] += 1
            part.add(self.read, [entry])


def _inspected(file: Path) -> Inspected:
    inspected = inspect(find_source(file))
    names = {column.strip() for column in inspected.columns}
    if not names & set(LISTED_COLUMNS) and not {"kind", "value"} <= names:
        unknown = next((column for column in inspected.columns if column.strip() not in _COLUMNS), "")
        raise FileError(
            f"{file}: has no column that names anybody (kind and value, or person, phone …). {nearest(unknown, _COLUMNS)}"
        )
    return inspected
