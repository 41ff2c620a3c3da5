"""Read applications to check, from a file or standard input: each may hold what the body of a check by HTTP may hold.

A mapping makes such applications of the rows of a file of any other shape, as it does for a load.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from graphfraud.errors import FieldError, FieldsRejected, FileError, MappingError
from graphfraud.intake import codes
from graphfraud.intake.arrivals import Arrivals
from graphfraud.intake.json_text import decode
from graphfraud.intake.mapping import DEFAULT, Mapping
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Conventions
from ingest.batches import KEY
from ingest.inspection import inspect
from ingest.joins import join
from ingest.plan import beside, plan
from ingest.readers.lines import Line
from ingest.readers.problems import RowProblem
from ingest.readers.rows import lines_of, rows
from ingest.rejects import with_mapping_advice
from ingest.sources import KNOWN, find_source, find_sources

STANDARD_INPUT = "-"


@dataclass(frozen=True)
class Arrived:
    """One row: its line, and its record or why it was refused."""

    line: int
    record: ApplicationRecord | None
    errors: tuple[FieldError, ...] = ()


def applications_to_check(
    file: str, standard_input: Iterable[str], arrivals: Arrivals, mapping: Mapping = DEFAULT
) -> Iterator[Arrived]:
    """Yield the applications of a file (CSV, Parquet, JSON, JSON Lines; `-`: standard input).

    What ends in .json, and standard input, is one JSON object or one a line, whose names are those of the contract. Raise
    FileError for a file that cannot be read, MappingError for one that the mapping does not fit.
    """
    is_table = file != STANDARD_INPUT and not file.lower().endswith(".json")
    if not mapping.is_default and not is_table:
        raise MappingError(f"a mapping goes by the names of tables; give a file whose name ends in {KNOWN}")
    arrived = _of_input(standard_input) if file == STANDARD_INPUT else _of_file(file)
    for line, value in arrived if mapping.is_default else _mapped(file, mapping):
        if isinstance(value, RowProblem):
            yield Arrived(line, None, (FieldError(value.column, value.code, value.message),))
            continue
        try:
            yield Arrived(line, arrivals.application(value))
        except FieldsRejected as rejected:
            yield Arrived(line, None, tuple(_advised(error) for error in rejected.errors) if is_table else rejected.errors)


def _advised(error: FieldError) -> FieldError:
    return replace(error, message=with_mapping_advice(error.code, error.message))


def _mapped(file: str, mapping: Mapping) -> Iterator[tuple[int, object]]:
    """Yield the rows of a file under the names of the contract, with what the files beside it say of them."""
    given = find_source(file).path
    # Conventions only tell the contents of loads apart.
    planned = plan(find_sources([given, *beside(given, mapping)]), mapping, Conventions())
    if planned.failed:
        raise planned.failed[0][1]
    found = next((one for one in planned.files if one.path == given and one.holds == "applications"), None)
    if found is None:
        raise FileError(f"{file}: the mapping {mapping.name} makes no applications of it")
    rule, joins = found.rule, join(found.joined)
    for row in rows(found.inspected, frozenset(column for source in rule.sources() for column in source.columns)):
        if isinstance(row, RowProblem):
            yield row.line, row
        else:
            line, cells = row
            yield line, joins.complete(rule.record(cells), KEY["applications"])


def _of_file(file: str) -> Iterator[tuple[int, object]]:
    if file.lower().endswith(".json"):
        try:
            return _of_input([Path(file).read_text(encoding="utf-8-sig")])
        except OSError as error:
            raise FileError(f"{file}: cannot be read ({error.strerror})") from error
        except UnicodeDecodeError as error:
            raise FileError(f"{file}: is not UTF-8; save it as such") from error
    inspected = inspect(find_source(file))
    if inspected.source.format == "jsonlines":
        return _of_lines(lines_of(inspected))
    return ((row.line, row) if isinstance(row, RowProblem) else row for row in rows(inspected))


def _of_input(lines: Iterable[str]) -> Iterator[tuple[int, object]]:
    """A whole document that is one object may span lines; otherwise each line is an object."""
    text = "".join(lines)
    try:
        whole = decode(text)
    except (ValueError, RecursionError):
        whole = None
    if isinstance(whole, dict):
        return iter([(1, whole)])
    # only there: str.splitlines also splits at what may stand in a value, such as U+2028
    return _of_lines(enumerate(text.split("\n"), start=1))


def _of_lines(lines: Iterable[Line]) -> Iterator[tuple[int, object]]:
    for number, line in lines:
        if isinstance(line, RowProblem):
            yield number, line
        elif line.strip():
            yield number, _value(number, line)


def _value(number: int, line: str) -> object:
    try:
        return decode(line)
    except RecursionError:
        return RowProblem(number, codes.UNREADABLE_LINE, "", "the line is nested too deeply to be an application")
    except ValueError as error:
        # never the error's own text: some name the value
        where = f" at character {error.pos + 1}" if isinstance(error, json.JSONDecodeError) else ""
        return RowProblem(number, codes.UNREADABLE_LINE, "", f"the line is no JSON{where}")
