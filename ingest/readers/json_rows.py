"""JSON Lines, one object a line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from graphfraud.intake import codes
from ingest.readers.lines import Line
from ingest.readers.problems import LONGEST_FIELD, Row, RowProblem


def json_rows(lines: Iterable[Line]) -> Iterator[Row]:
    """Yield `(line, record)` for each object, or what is wrong with the line."""
    for number, line in lines:
        if isinstance(line, RowProblem):
            yield line
        elif line.strip():
            yield _row(number, line)


def _row(number: int, line: str) -> Row:
    try:
        value = json.loads(line)
    except RecursionError:
        return RowProblem(number, codes.UNREADABLE_LINE, "", "the line is nested too deeply to be a row")
    except ValueError as error:
        # never the error's own text: some name the value
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        return RowProblem(number, codes.UNREADABLE_LINE, "", f"the line is no JSON{where}")
    if not isinstance(value, dict):
        return RowProblem(number, codes.UNREADABLE_LINE, "", "the line is JSON but no object")
    if len(line) > LONGEST_FIELD:
        for name, cell in value.items():
            if isinstance(cell, str) and len(cell) > LONGEST_FIELD:
                return RowProblem(
                    number, codes.FIELD_TOO_LONG, name[:80], f"a field has more than {LONGEST_FIELD:,} characters"
                )
    if "\\u0000" in line and any(isinstance(cell, str) and "\0" in cell for cell in value.values()):
        return RowProblem(number, codes.CONTROL_CHARACTERS, "", "the line holds NUL bytes")
    return number, {name.strip(): cell for name, cell in value.items()}
