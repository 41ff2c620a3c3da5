"""Rows that cannot be read as rows: what is wrong with them, in the words of the rejects file."""

from __future__ import annotations

from dataclasses import dataclass

# Longest field that is read; the longest honest one is an address. A line that is longer than LONGEST_LINE bytes is
# skipped while it streams by, so that a field of any size costs no memory.
LONGEST_FIELD = 65_536
LONGEST_LINE = 1 << 20


@dataclass(frozen=True, slots=True)
class RowProblem:
    """A row that is refused before intake sees it.

    line is the physical line in the file (the row number in a Parquet file), code one of `graphfraud.intake.codes`,
    column the column it is about ("" for the row as a whole). There is no value: what could not be read cannot be masked.
    """

    line: int
    code: str
    column: str
    message: str


Record = dict[str, object]
Row = tuple[int, Record] | RowProblem
