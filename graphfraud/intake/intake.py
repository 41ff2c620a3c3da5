"""Intake of one record: validate, normalise, derive, tokenise, mask: files, checks, searches, notebooks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from collections.abc import Mapping as AnyMapping
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b
from operator import itemgetter

import numpy as np

from graphfraud import schema
from graphfraud.intake import codes, phones, swapped
from graphfraud.intake.columns import AttributeValue, Key, Reader, name_reader, reader, readers
from graphfraud.intake.mapping import DEFAULT, Mapping
from graphfraud.intake.numbers import number
from graphfraud.intake.phones import known_region
from graphfraud.intake.records import ApplicationRecord, DealerRecord, Identifier, OutcomeRecord
from graphfraud.intake.text import (
    LONGEST_FIELD,
    LONGEST_ID,
    LONGEST_IDENTIFIER,
    as_text,
    check_text,
    fold,
    is_nothing,
    is_rounded,
    reject,
)
from graphfraud.intake.times import Moment, day, moment
from graphfraud.intake.tokens import Tokeniser
from graphfraud.settings import Conventions

_KIND_OF_COLUMN = {column: kind for (kind, _), column in schema.COLUMN_OF_ROLE.items()}
_PHONES = frozenset(column for column, kind in _KIND_OF_COLUMN.items() if kind in ("phone", "work_phone"))
_NUMBERS = tuple(a.column for a in schema.ATTRIBUTES if a.column and a.type == "number")
_TEXTS = tuple(a.column for a in schema.ATTRIBUTES if a.type == "text" and a.column == a.name)
_ATTRIBUTE_NAMES = tuple(schema.ATTRIBUTE)
_OLDEST = 150
_DEALER_NUMBERS = ("registered_capital", "floor_area_m2", "staff_count")
_DEALER_TEXTS = ("dealer_name", "region", "chain_id")
_ONE_PHONE = 14  # +86 and eleven digits, without blanks
_SEVERAL = (list, tuple, set, frozenset, np.ndarray)
_IDS = frozenset(("application_id", "dealer_id", "salesperson_id"))


class Intake:
    """The one door for records of every origin, under one token key, one set of conventions and one mapping.

    Records have contract column names (see `schema.APPLICATION_COLUMNS`); other columns are ignored. Values may be text,
    numbers, dates, pandas or NumPy scalars; None, NaN, NA and blanks are missing. An identifier column may hold a list.
    `notes` counts placeholders and flags (`codes.NOTES`) of the records that were let in.
    """

    def __init__(self, key: bytes, conventions: Conventions, mapping: Mapping | None = None) -> None:
        mapping = mapping or DEFAULT
        self.conventions = mapping.conventions(conventions)
        self.notes: Counter[str] = Counter()
        self._zone = self.conventions.zone
        self._time_formats = mapping.time_formats
        self._has_time = mapping.has_time
        self._tokeniser = Tokeniser(key)
        region = known_region(self.conventions.phone_region)
        self._readers = readers(self._tokeniser, region)
        self._read_name = name_reader(self._tokeniser)
        self._dealer_readers = {
            column: reader(self._tokeniser, region, kind, relationship, derive=False)
            for column, kind, relationship in schema.DEALER_KINDS
        }
        self._looks_like = lru_cache(1 << 12)(lambda text: swapped.looks_like(text, region))

    def application(self, record: AnyMapping[str, object]) -> ApplicationRecord:
        """Return the clean record of an application; raise RowRejected with code, column, masked value and advice."""
        record = _clean(record)
        notes: list[str] = []
        application_id = self._id(record, "application_id")
        if application_id is None:
            reject(codes.MISSING_ID, "application_id")
        submitted = self._moment(record, "submitted_at")
        if submitted is None and self._has_time:
            reject(codes.MISSING_TIME, "submitted_at", "", "give a time")
        updated = self._moment(record, "updated_at")
        dealer_id, salesperson_id = self._id(record, "dealer_id"), self._id(record, "salesperson_id")

        attributes: dict[str, AttributeValue] = {}
        for column in _NUMBERS:
            if (value := record.get(column)) is not None:
                self._number(column, value, attributes, notes)
        for column in _TEXTS:
            if (value := record.get(column)) is not None:
                self._text(column, value, attributes, notes)
        identifiers, flags, birth_date = self._identifiers(record, self._readers, attributes, notes)
        if not identifiers:
            reject(codes.MISSING_IDENTIFIER, "", "", "a row needs at least one phone, device, account, person or the like")
        self._name(record, attributes, notes)
        if submitted is not None:
            if submitted.local_hour is not None:
                attributes["local_hour"] = submitted.local_hour
            if birth_date is not None and "age" not in attributes:
                age = _age(birth_date, datetime.fromtimestamp(submitted.epoch_ms / 1000, self._zone))
                if age is not None:
                    attributes["age"] = age

        times = (submitted and submitted.epoch_ms, updated and updated.epoch_ms)
        said = {name: attributes[name] for name in _ATTRIBUTE_NAMES if name in attributes}
        content = _content((application_id, *times, dealer_id, salesperson_id), said, identifiers, flags)
        self._count(notes, flags)
        held = tuple(identifiers.values())
        return ApplicationRecord(application_id, *times, dealer_id, salesperson_id, said, held, flags, content)

    def dealer(self, record: AnyMapping[str, object]) -> DealerRecord:
        """Return the clean record of a dealer; raise RowRejected."""
        record = _clean(record)
        notes: list[str] = []
        dealer_id = self._id(record, "dealer_id")
        if dealer_id is None:
            reject(codes.MISSING_ID, "dealer_id")
        attributes: dict[str, AttributeValue] = {}
        for column in schema.DEALER_COLUMNS:
            value = record.get(column)
            if value is None:
                continue
            if column in _DEALER_NUMBERS:
                self._number(column, value, attributes, notes)
            elif column in _DEALER_TEXTS:
                self._text(column, value, attributes, notes)
            elif column == "registered_on" and (registered := day(value, column, self._zone, self._time_formats)) is not None:
                attributes[column] = registered
        identifiers, flags, _ = self._identifiers(record, self._dealer_readers, {}, notes)
        self._count(notes, flags)
        content = _content((dealer_id,), attributes, identifiers, flags)
        return DealerRecord(dealer_id, attributes, tuple(identifiers.values()), content)

    def outcome(self, record: AnyMapping[str, object]) -> OutcomeRecord:
        """Return the clean record of a loan's outcome; raise RowRejected."""
        record = _clean(record)
        application_id = self._id(record, "application_id")
        if application_id is None:
            reject(codes.MISSING_ID, "application_id")
        outcome = as_text(record.get("outcome"), "outcome")
        if outcome is None or is_nothing(fold(outcome)):
            reject(codes.MISSING_VALUE, "outcome")
        self._in_the_clear(outcome, "outcome")
        observed_on = day(record.get("observed_on"), "observed_on", self._zone, self._time_formats)
        if observed_on is None:
            reject(codes.MISSING_VALUE, "observed_on")
        return OutcomeRecord(application_id, outcome, observed_on)

    def identifier(self, kind: str, text: str) -> Identifier | None:
        """Return the identifier of a value that somebody looks for, under the kind's first role; None for a placeholder.

        Raise KeyError for a kind that has no column of its own.
        """
        column = next(role.column for role in schema.KIND[kind].roles)
        clean = check_text(text, column)
        if len(clean) > LONGEST_IDENTIFIER:
            reject(codes.FIELD_TOO_LONG, column, clean)
        reading = self._readers[column](clean)
        return next((found for found in reading.identifiers.values() if found.kind == kind), None) if reading else None

    def _count(self, notes: list[str], flags: tuple[str, ...]) -> None:
        for note in notes:
            self.notes[note] += 1
        for flag in flags:
            self.notes[f"flag:{flag}"] += 1

    def _id(self, record: AnyMapping[str, object], column: str) -> str | None:
        text = as_text(record.get(column), column)
        if text is None:
            return None
        if len(text) > LONGEST_ID:
            reject(codes.FIELD_TOO_LONG, column, text)
        folded = text if text.isascii() else fold(text)
        if folded != "0" and is_nothing(folded):
            return None
        if is_rounded(folded):
            reject(codes.UNREADABLE_ID, column, text, "read the column as text")
        self._in_the_clear(text, column)
        return text

    def _in_the_clear(self, text: str, column: str) -> None:
        kind = self._looks_like(text)
        if kind is not None:
            reject(codes.SWAPPED_COLUMNS, column, text, swapped.advice(kind, column in _IDS))

    def _moment(self, record: AnyMapping[str, object], column: str) -> Moment | None:
        value = record.get(column)
        return None if value is None else moment(value, column, self._zone, self._time_formats)

    def _number(self, column: str, value: object, attributes: dict[str, AttributeValue], notes: list[str]) -> None:
        result = number(value, column)
        if result is None or (column == "age" and result > _OLDEST):
            if result is not None or as_text(value, column) is not None:
                notes.append("placeholder:number")
            return
        attributes[column] = result

    def _text(self, column: str, value: object, attributes: dict[str, AttributeValue], notes: list[str]) -> None:
        text = as_text(value, column)
        if text is None:
            return
        if is_nothing(fold(text)):
            notes.append("placeholder:text")
            return
        self._in_the_clear(text, column)
        attributes[column] = text

    def _identifiers(
        self,
        record: AnyMapping[str, object],
        column_readers: AnyMapping[str, Reader],
        attributes: dict[str, AttributeValue],
        notes: list[str],
    ) -> tuple[dict[Key, Identifier], tuple[str, ...], tuple[int, int, int] | None]:
        found: dict[Key, Identifier] = {}
        flags: list[str] = []
        birth_date: tuple[int, int, int] | None = None
        for column, read in column_readers.items():
            value = record.get(column)
            if value is None:
                continue
            one = isinstance(value, str) and len(value) <= (_ONE_PHONE if column in _PHONES else LONGEST_IDENTIFIER)
            # Several values have no order of their own: whichever comes last, the record is the same.
            for text in (str(value),) if one else sorted(_texts(value, column)):
                reading = read(text)
                if reading is None:
                    notes.append(f"placeholder:{_KIND_OF_COLUMN.get(column, 'person')}")
                    continue
                found.update(reading.identifiers)
                if reading.attributes:
                    attributes.update(reading.attributes)
                if reading.flags:
                    flags += reading.flags
                if reading.birth_date:
                    birth_date = reading.birth_date
        return dict(sorted(found.items(), key=itemgetter(0))), tuple(dict.fromkeys(flags)), birth_date

    def _name(self, record: AnyMapping[str, object], attributes: dict[str, AttributeValue], notes: list[str]) -> None:
        value = record.get("applicant_name")
        text = None if value is None else as_text(value, "applicant_name")
        if text is None:
            return
        if len(text) > LONGEST_IDENTIFIER:
            reject(codes.FIELD_TOO_LONG, "applicant_name", text)
        reading = self._read_name(text)
        if reading is None:
            notes.append("placeholder:name")
        else:
            attributes.update(reading.attributes)


def _texts(value: object, column: str) -> Iterator[str]:
    """Yield the clean texts of an identifier column: one, several of a list, several numbers of a phone field."""
    if isinstance(value, _SEVERAL):
        for item in np.atleast_1d(value) if isinstance(value, np.ndarray) else value:
            if isinstance(item, _SEVERAL):
                reject(codes.NOT_A_VALUE, column)
            yield from _texts(item, column)
        return
    text = as_text(value, column)
    if text is None:
        return
    if len(text) > LONGEST_IDENTIFIER:
        reject(codes.FIELD_TOO_LONG, column, text)
    if column in _PHONES and len(text) > _ONE_PHONE:
        yield from phones.split(text)
    else:
        yield text


def _clean(record: AnyMapping[str, object]) -> dict[str, object]:
    """Return a record without missing values, its texts clean.

    Over-long fields and control characters are rejected wherever they stand: a column that is ignored may be a shifted one.
    """
    clean: dict[str, object] = {}
    for column, value in record.items():
        if isinstance(value, str):
            value = value.strip() if len(value) <= LONGEST_FIELD and value.isprintable() else check_text(value, str(column))
            if value:
                clean[column] = value
        elif value is not None:
            clean[column] = value
    return clean


def _age(born: tuple[int, int, int], on: datetime) -> float | None:
    years = on.year - born[0] - ((on.month, on.day) < born[1:])
    return float(years) if 0 <= years <= _OLDEST else None


def _content(
    head: Iterable[str | int | None], attributes: AnyMapping[str, AttributeValue], keys: Iterable[Key], flags: Iterable[str]
) -> str:
    """Return a hash over a record, keys standing for its identifiers: positions and masks follow from the same values.

    No field can hold the control characters that separate the fields and the groups of them, and the type of an
    attribute is that of its name, so that nothing is said twice. `str` rather than `repr`: that depends on the version
    of Unicode.
    """
    groups = (map(str, head), attributes, map(str, attributes.values()), [key[1] for key in keys], flags)
    return blake2b("\x1d".join(["\x1e".join(group) for group in groups]).encode(), digest_size=16).hexdigest()
