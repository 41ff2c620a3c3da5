"""CSV, row by row, so that no bad row swallows a good one.

A quote that is never closed makes an ordinary CSV reader take the rest of the file for one field. Here a record is read
from its own line first; only where a quote stays open are further lines added, a bounded number, and as soon as they look
like records of their own the first line is refused and reading goes on with the second.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator

from graphfraud.intake import codes
from ingest.readers.lines import Line, Lines
from ingest.readers.problems import LONGEST_FIELD, Record, Row, RowProblem

LONGEST_RECORD_LINES = 100
csv.field_size_limit(LONGEST_FIELD)


def csv_rows(lines: Lines, columns: tuple[str, ...], delimiter: str) -> Iterator[Row]:
    """Yield `(line, record)` for each row after the header, or what is wrong with it; columns without a name are left out."""
    next(lines)
    width = len(columns)
    unnamed = [name for name in columns if not name]
    for number, line in lines:
        if isinstance(line, RowProblem):
            yield line
            continue
        if '"' in line:
            cells = _quoted(lines, number, line, width, delimiter)
        elif len(line) > LONGEST_FIELD and max(map(len, line.split(delimiter))) > LONGEST_FIELD:
            cells = _too_long(number, line.split(delimiter), columns)
        else:
            cells = line.split(delimiter)
        if isinstance(cells, RowProblem):
            yield cells
        elif len(cells) != width:
            yield _other_width(number, len(cells), width)
        else:
            record: Record = dict(zip(columns, cells, strict=True))
            for name in unnamed:
                record.pop(name, None)
            yield number, record


def _other_width(number: int, found: int, width: int) -> RowProblem:
    says = f"the row has {found} columns, the header has {width}"
    return RowProblem(number, codes.WRONG_NUMBER_OF_COLUMNS, "", says)


def _too_long(number: int, cells: list[str], columns: tuple[str, ...]) -> RowProblem:
    place = next(i for i, cell in enumerate(cells) if len(cell) > LONGEST_FIELD)
    column = columns[place] if len(cells) == len(columns) else ""
    says = f"a field has {len(cells[place]):,} characters; at most {LONGEST_FIELD:,} are read"
    return RowProblem(number, codes.FIELD_TOO_LONG, column, says)


def _quoted(lines: Lines, number: int, line: str, width: int, delimiter: str) -> list[str] | RowProblem:
    """Parse a record with quotes, taking in following lines while a quote is open; on failure they are pushed back."""
    cells = _parse(line, delimiter)
    if isinstance(cells, list):
        return cells
    if cells != _OPEN:
        return RowProblem(number, *_because(cells))
    taken: list[Line] = []
    text = [line]
    length = len(line)
    for following in lines:
        taken.append(following)
        if isinstance(following[1], RowProblem):
            break
        text.append(following[1])
        length += len(following[1])
        if '"' in following[1]:
            cells = _parse("\n".join(text), delimiter)
            if isinstance(cells, list):
                if len(cells) != width or _looks_like_records(text, width, delimiter):
                    break
                return cells
            if cells != _OPEN:
                break
        if len(text) > LONGEST_RECORD_LINES or length > LONGEST_FIELD:
            break
    lines.push_back(taken)
    return RowProblem(number, codes.UNREADABLE_LINE, "", "a quote is opened and not closed in this row")


def _looks_like_records(text: list[str], width: int, delimiter: str) -> bool:
    """Say whether lines joined by two stray quotes are records of their own rather than one field with line breaks."""
    whole = [line.count(delimiter) == width - 1 for line in text]
    return (whole[0] and whole[-1]) or (width > 2 and any(whole[1:-1]))


_OPEN = "open"


def _parse(text: str, delimiter: str) -> list[str] | str:
    try:
        return next(csv.reader([text], delimiter=delimiter, strict=True), [])
    except csv.Error as error:
        return _OPEN if str(error) == "unexpected end of data" else str(error)


def _because(error: str) -> tuple[str, str, str]:
    if "field larger" in error:
        return codes.FIELD_TOO_LONG, "", f"a field has more than {LONGEST_FIELD:,} characters"
    return codes.UNREADABLE_LINE, "", "text follows a closing quote; write a quote inside a field twice"
