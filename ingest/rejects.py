"""The rejects file: every row that was not loaded, where it stands, and why, with no raw identifier in it.

While a load runs, what it refuses is kept per file, in a part named by the file's content, and each entry knows after
which row of the file it was known. A load that was killed cuts its part back to the row at which the store stands and goes
on, so that no entry is lost and none doubled. At the end the parts become one CSV file.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from graphfraud.errors import DiskError, FileError, RowRejected
from graphfraud.intake import codes
from ingest.readers.problems import RowProblem

COLUMNS = ("line", "column", "value", "code", "message", "file")
SUPERSEDED = "superseded"  # listed, and no reject: a later row of the same application has other values
# What only the commit of a batch could find out; the mark in the store remembers it of the last batch.
LATE = frozenset({SUPERSEDED, codes.UNKNOWN_APPLICATION})
# What can be done about a whole file of such rows; whoever sends one record has no mapping.
_MAPPING_ADVICE = {
    codes.MISSING_TIME: "or give a mapping with time = 'none'",
    codes.UNREADABLE_TIME: "or name its format in a mapping",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the rejects file; value is masked."""

    line: int
    column: str
    value: str
    code: str
    message: str
    file: str


def of_problem(problem: RowProblem, file: str) -> Entry:
    """Return the entry of a row that could not be read."""
    return Entry(problem.line, problem.column, "", problem.code, problem.message, file)


def of_rejected(error: RowRejected, line: int, file: str) -> Entry:
    """Return the entry of a row that intake refused."""
    return Entry(line, error.column, error.masked, error.code, with_mapping_advice(error.code, str(error)), file)


def with_mapping_advice(code: str, message: str) -> str:
    """Return what intake says of a row, with what a mapping of its file could do about it."""
    return f"{message}, {_MAPPING_ADVICE[code]}" if code in _MAPPING_ADVICE else message


def of_superseded(column: str, key: str, line: int, file: str) -> Entry:
    """Return the entry of a row whose application or dealer came again with later values."""
    return Entry(line, column, key, SUPERSEDED, f"another row of the same {column} is later and has other values", file)


def of_unknown(line: int, file: str) -> Entry:
    """Return the entry of an outcome whose application is not in the store."""
    says = "the store has no application of that id; load the applications first, and this file again"
    return Entry(line, "application_id", "", codes.UNKNOWN_APPLICATION, says, file)


class Part:
    """The entries of one file, on disk after every batch."""

    def __init__(self, path: Path, rows_done: int) -> None:
        """Open the part and cut it back to what was known after that many rows, and before their commit said its own."""
        self.path = path
        known = ((row, entry) for row, entry in read_part(path) if row <= rows_done)
        entries = [(row, entry) for row, entry in known if row < rows_done or entry.code not in LATE]
        with _writing(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            fresh = path.with_suffix(".new")
            with fresh.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
                csv.writer(file).writerows(_cells(row, entry) for row, entry in entries)
            fresh.replace(path)
            self._file = path.open("a", encoding="utf-8", errors="backslashreplace", newline="")
        self._writer = csv.writer(self._file)

    def add(self, row: int, entries: Iterable[Entry]) -> None:
        """Append entries that are known after that many rows, and wait until they are on disk."""
        cells = [_cells(row, entry) for entry in entries]
        if cells:
            with _writing(self.path):
                self._writer.writerows(cells)
                self._file.flush()
                os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file; one without an entry goes."""
        with _writing(self.path):
            self._file.close()
            if self.path.stat().st_size == 0:
                self.path.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_part(path: Path) -> Iterator[tuple[int, Entry]]:
    """Yield the entries of a part, each with the number of rows after which it was known; a torn last line is left out."""
    try:
        file = path.open(encoding="utf-8", errors="backslashreplace", newline="")
    except FileNotFoundError:
        return
    except OSError as error:
        raise DiskError(f"cannot read {path}: {error.strerror}; check the permissions of the data folder") from error
    with file:
        for cells in csv.reader(line for line in file if line.endswith("\n")):
            if len(cells) == len(COLUMNS) + 1 and cells[0].isdigit() and cells[1].isdigit():
                yield int(cells[0]), Entry(int(cells[1]), *cells[2:])


def assemble(parts: Iterable[Path], target: Path) -> int:
    """Write the rejects file from the parts, in order, in one switch; return the number of its entries."""
    written = 0
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_name(target.name + ".new")
        with fresh.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(COLUMNS)
            for part in parts:
                for row, entry in read_part(part):
                    writer.writerow(_cells(row, entry)[1:])
                    written += 1
        fresh.replace(target)
    return written


def check_writable(target: Path) -> None:
    """Raise DiskError now rather than after an hour of loading when the rejects file cannot be written."""
    if target.is_dir():
        raise FileError(f"--rejects {target} is a folder; name a file")
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        probe = target.with_name(target.name + ".new")
        probe.touch()
        probe.unlink()


def _cells(row: int, entry: Entry) -> tuple[object, ...]:
    return row, entry.line, entry.column, entry.value, entry.code, entry.message, entry.file


@contextmanager
def _writing(path: Path) -> Iterator[None]:
    """Turn errors of the disk into ours."""
    try:
        yield
    except OSError as error:
        raise DiskError(f"cannot write {path}: {error.strerror}; free some space or choose a folder you can write") from error
