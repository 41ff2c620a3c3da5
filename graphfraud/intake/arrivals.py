"""What an application or outcome may hold that comes to be answered: by HTTP, or as a row of a file to check.

A load takes what columns there are and the intake's word for the rest. Here somebody waits for an answer, and is told of
every field that is wrong, of names that do not exist, and of times that cannot be yet.
"""

from __future__ import annotations

import difflib
import math
import re
import time
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TypeVar, cast

from graphfraud import schema
from graphfraud.errors import FieldError, FieldsRejected, RowRejected
from graphfraud.intake import codes
from graphfraud.intake.intake import Intake
from graphfraud.intake.json_text import NOT_A_NUMBER, Repeated
from graphfraud.intake.records import ApplicationRecord, OutcomeRecord
from graphfraud.intake.text import LONGEST_FIELD, LONGEST_ID, LONGEST_IDENTIFIER, LONGEST_SCALAR

# What is refused here and would be taken, or passed over, from a file to load.
FIELD_CODES: dict[str, str] = {
    "unknown_field": "there is no field of that name",
    "repeated_field": "the field is there more than once",
    "wrong_type": "the value has a type that the field cannot hold",
    "not_a_number": "JSON has no NaN and no Infinity",
    "too_many_values": "the list has more values than any application has",
    "time_in_future": "the time is more than a day ahead",
    "not_an_object": "an application, or an outcome, is a JSON object",
}
ALL_CODES: dict[str, str] = {**FIELD_CODES, **codes.REJECTS}

MOST_VALUES = 20
DAY_MS = 86_400_000
# Ids and words as numbers: above it many programs round them. Numbers of things have up to twenty digits.
LARGEST_ID, LARGEST_IDENTIFIER = 10**15 - 1, 10**20 - 1
_IDENTIFIERS = frozenset(schema.COLUMN_OF_ROLE.values())
_TIMES = frozenset(("submitted_at", "updated_at", "observed_on"))
_NUMBERS = frozenset(attribute.column for attribute in schema.ATTRIBUTES if attribute.type == "number")
# Blanks count here, which intake trims before it measures: a schema cannot trim.
_LONGEST = {
    **dict.fromkeys((*schema.APPLICATION_COLUMNS, *schema.OUTCOME_COLUMNS), LONGEST_FIELD),
    **dict.fromkeys((*_IDENTIFIERS, "applicant_name"), LONGEST_IDENTIFIER),
    **dict.fromkeys((*_NUMBERS, *_TIMES), LONGEST_SCALAR),
    **dict.fromkeys(("application_id", "dealer_id", "salesperson_id"), LONGEST_ID),
}
_APPLICATION = frozenset(schema.APPLICATION_COLUMNS)
_OUTCOME = frozenset(schema.OUTCOME_COLUMNS)
# A name that may be said back: a word, with too few digits to be anybody's number.
_SAYABLE = re.compile(r"(?=.{1,40}\Z)(?!(?:.*\d){4})[A-Za-z][A-Za-z0-9_.\-]*")
# Stand in for a required value that is wrong, to find out what else is.
_STAND_INS = {"application_id": "A", "submitted_at": "2000-01-01", "outcome": "paid", "observed_on": "2000-01-01"}

Record = TypeVar("Record", ApplicationRecord, OutcomeRecord)


class Arrivals:
    """Makes records of what JSON, CSV and Parquet hold."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake

    def application(self, value: object) -> ApplicationRecord:
        """Return the record of one application; raise FieldsRejected that names every field that is wrong."""
        row = _fields(value, _APPLICATION)
        record = self._read(self._intake.application, row)
        _refuse_future({"submitted_at": record.submitted_at, "updated_at": record.updated_at})
        return record

    def outcome(self, value: object) -> OutcomeRecord:
        """Return the record of one outcome; raise FieldsRejected that names every field that is wrong."""
        record = self._read(self._intake.outcome, _fields(value, _OUTCOME))
        observed = datetime.fromisoformat(record.observed_on).replace(tzinfo=UTC)
        _refuse_future({"observed_on": int(observed.timestamp() * 1000)})
        return record

    def _read(self, read: Callable[[Mapping[str, object]], Record], row: Mapping[str, object]) -> Record:
        try:
            return read(row)
        except RowRejected as rejected:
            raise FieldsRejected(_all_rejected(read, row, rejected)) from None


def _refuse_future(times: Mapping[str, int | None]) -> None:
    """Raise FieldsRejected for times (epoch milliseconds, by column) that are more than a day ahead."""
    latest = time.time() * 1000 + DAY_MS
    late = [column for column, at in times.items() if at is not None and at > latest]
    if late:
        raise FieldsRejected([_error(column, "time_in_future") for column in late])


def _fields(value: object, known: frozenset[str]) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise FieldsRejected([FieldError("", "not_an_object", FIELD_CODES["not_an_object"])])
    wrong: list[FieldError] = []
    if isinstance(value, Repeated):
        name = value.field if value.field in known else ""
        wrong.append(_error(name, "repeated_field"))
    row = cast("dict[str, object]", value)
    for column, content in row.items():
        if column not in known:
            wrong.append(unknown_field(column, known))
        elif content.__class__ is str:
            if len(content) > _LONGEST[column]:
                wrong.append(_error(column, codes.FIELD_TOO_LONG))
        elif content is not None:
            code = _wrong(content, column)
            if code:
                wrong.append(_error(column, code))
    if wrong:
        raise FieldsRejected(wrong)
    return row


def _wrong(content: object, column: str) -> str | None:
    """Return the code of what is wrong with a value that is neither text nor null."""
    if content is NOT_A_NUMBER or (isinstance(content, float | Decimal) and not math.isfinite(content)):
        return "not_a_number"
    if isinstance(content, date):  # Parquet has them, datetimes included
        return None if column in _TIMES else "wrong_type"
    if isinstance(content, bool) or column in _TIMES:
        return "wrong_type"
    if isinstance(content, int | float | Decimal):
        if column in _NUMBERS:  # what amounts may be, intake knows
            return None
        largest = LARGEST_IDENTIFIER if column in _IDENTIFIERS else LARGEST_ID
        return None if 0 <= content <= largest and content == int(content) else "wrong_type"
    if column not in _IDENTIFIERS or not isinstance(content, list):
        return "wrong_type"
    if len(content) > MOST_VALUES:
        return "too_many_values"
    return next((code for code in (_wrong_inside(item, column) for item in content) if code), None)


def _wrong_inside(item: object, column: str) -> str | None:
    if item is None or isinstance(item, list):
        return None if item is None else "wrong_type"
    if isinstance(item, str):
        return codes.FIELD_TOO_LONG if len(item) > _LONGEST[column] else None
    return _wrong(item, column)


def _all_rejected(
    read: Callable[[Mapping[str, object]], object], row: Mapping[str, object], first: RowRejected
) -> list[FieldError]:
    """Return what intake has against a row: it stops at the first, so the column is put right and it is asked again."""
    found: list[FieldError] = []
    rest, rejected = dict(row), first
    while True:
        if not rejected.column and found:
            return found  # no identifier is left, because those that were wrong are out of the way
        found.append(FieldError(rejected.column, rejected.code, str(rejected)))
        if not rejected.column or len(found) > len(row) + len(_STAND_INS):
            return found
        rest[rejected.column] = _STAND_INS.get(rejected.column)
        try:
            read(rest)
        except RowRejected as another:
            rejected = another
        else:
            return found


def unknown_field(column: str, known: Collection[str]) -> FieldError:
    """Return the error of a field that there is not, with the nearest there is; its name is repeated only if it is a word."""
    if not _SAYABLE.fullmatch(column):
        return FieldError("", "unknown_field", f"{FIELD_CODES['unknown_field']} (its name is not repeated)")
    close = difflib.get_close_matches(column, sorted(known), 1)
    advice = f"; did you mean {close[0]}?" if close else ""
    return FieldError(column, "unknown_field", f"{column}: {FIELD_CODES['unknown_field']}{advice}")


def _error(column: str, code: str) -> FieldError:
    return FieldError(column, code, f"{column}: {ALL_CODES[code]}" if column else ALL_CODES[code])
