"""Files that belong to another one: links (application, identifier) and attributes by key, joined in memory."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from graphfraud import schema
from graphfraud.intake import codes
from graphfraud.intake.mapping import FileRule
from ingest.inspection import Inspected
from ingest.readers.problems import Record, RowProblem
from ingest.readers.rows import rows


@dataclass(frozen=True)
class JoinedFile:
    """A file of links or attributes that passed its first pass, and the rule that says what it holds."""

    inspected: Inspected
    rule: FileRule

    @property
    def part_name(self) -> str:
        """Return the name under which its rejects are kept."""
        return f"{self.inspected.fingerprint.content}-{self.rule.holds}"


@dataclass
class Joins:
    """What the joined files say, by the key that the main file has.

    values: identifier kind -> key -> real value. linked: application -> contract column -> values. added: key -> contract
    columns. problems: rows of joined files that are refused. places: links of applications that did not come yet. read:
    rows of each joined file.
    """

    values: dict[str, dict[str, object]] = field(default_factory=dict)
    linked: dict[str, dict[str, list[object]]] = field(default_factory=dict)
    added: dict[str, Record] = field(default_factory=dict)
    problems: list[tuple[Path, RowProblem]] = field(default_factory=list)
    places: dict[str, list[tuple[Path, int]]] = field(default_factory=dict)
    read: Counter[Path] = field(default_factory=Counter)

    def complete(self, record: Record, key_column: str) -> Record:
        """Add what the joined files say of a record; its own values win over added attributes."""
        key = key_text(record.get(key_column))
        self.places.pop(key, None)
        if added := self.added.get(key):
            record = {**record, **{name: value for name, value in added.items() if key_text(record.get(name)) == ""}}
        for kind, values in self.values.items():
            for role in schema.KIND[kind].roles:
                found = values.get(key_text(record.get(role.column))) if role.column else None
                if found is not None:
                    record[role.column] = found
        if linked := self.linked.get(key):
            for column, several in linked.items():
                record[column] = several[0] if len(several) == 1 else several
        return record

    def unused(self) -> Iterator[tuple[Path, RowProblem]]:
        """Yield the links of applications that never came, once all applications did."""
        for places in self.places.values():
            for path, line in places:
                yield (
                    path,
                    RowProblem(
                        line, codes.UNKNOWN_APPLICATION, "application_id", "the link names an application that is in no file"
                    ),
                )


def join(parts: Sequence[JoinedFile]) -> Joins:
    """Read the joined files whole: attributes of identifiers first, then links, which may name an identifier by its key."""
    joins = Joins()
    for part in sorted(parts, key=lambda part: part.rule.holds != "attributes"):
        for row in rows(part.inspected):
            joins.read[part.inspected.path] += 1
            problem = row if isinstance(row, RowProblem) else _take(joins, part, *row)
            if problem is not None:
                joins.problems.append((part.inspected.path, problem))
    return joins


def _take(joins: Joins, part: JoinedFile, line: int, row: Mapping[str, object]) -> RowProblem | None:
    rule = part.rule
    if rule.holds == "links":
        return _link(joins, part, line, row)
    assert rule.key is not None
    key = key_text(rule.key.value(row))
    if not key:
        return RowProblem(line, codes.MISSING_ID, rule.key.columns[0], "the row has no key to join it by")
    if rule.value is not None:
        joins.values.setdefault(rule.of, {})[key] = rule.value.value(row)
    else:
        joins.added.setdefault(key, {}).update(rule.record(row))
    return None


def _link(joins: Joins, part: JoinedFile, line: int, row: Mapping[str, object]) -> RowProblem | None:
    rule = part.rule
    assert rule.application is not None and rule.identifier is not None
    application = key_text(rule.application.value(row))
    if not application:
        return RowProblem(line, codes.MISSING_ID, rule.application.columns[0], "the link names no application")
    identifier = rule.identifier.value(row)
    if not key_text(identifier):
        return RowProblem(line, codes.MISSING_IDENTIFIER, rule.identifier.columns[0], "the link names no identifier")
    if rule.kind in joins.values:
        identifier = joins.values[rule.kind].get(key_text(identifier))
        if identifier is None:
            says = "no file of attributes has the identifier that the link names"
            return RowProblem(line, codes.MISSING_IDENTIFIER, rule.identifier.columns[0], says)
    several = joins.linked.setdefault(application, {}).setdefault(rule.contract_column, [])
    if identifier not in several:
        several.append(identifier)
    joins.places.setdefault(application, []).append((part.inspected.path, line))
    return None


def key_text(value: object) -> str:
    """Return a key as text: 7, 7.0 and " 7 " are the same key, a missing value is empty."""
    if value is None or value != value:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()
