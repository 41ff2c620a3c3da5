"""Which column of which file is what: the default contract, and what a mapping says of tables of any other shape."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Literal, cast

from graphfraud import schema
from graphfraud.errors import MappingError
from graphfraud.intake.text import is_missing
from graphfraud.nearest import nearest
from graphfraud.settings import Conventions

Holds = Literal["applications", "dealers", "outcomes", "truth", "links", "attributes", "nothing"]
CONTRACTS: dict[str, tuple[str, ...]] = {
    "applications": schema.APPLICATION_COLUMNS,
    "dealers": schema.DEALER_COLUMNS,
    "outcomes": schema.OUTCOME_COLUMNS,
}


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: source columns whose values are joined behind a prefix, or a constant.

    whole: one missing part makes the value missing, as an id with a part less is another id.
    """

    columns: tuple[str, ...] = ()
    constant: object = None
    separator: str = "-"
    whole: bool = False
    prefix: str = ""

    def value(self, row: AnyMapping[str, object]) -> object:
        """Return the value of a row; None when it is missing (or, for an id, when a part of it is)."""
        if not self.columns:
            return self.constant
        if len(self.columns) == 1 and not self.prefix:
            return row.get(self.columns[0])
        parts = [_text(row.get(column)) for column in self.columns]
        if self.whole and not all(parts):
            return None
        joined = self.separator.join(part for part in parts if part)
        return self.prefix + joined if joined else None


@dataclass(frozen=True)
class FileRule:
    """What one file (or all files whose names match) holds.

    columns are those of applications, dealers and outcomes, and what `attributes` of an application or dealer add.
    application, identifier, kind and role belong to `links`; of (an identifier kind, "application" or "dealer"), key and
    value to `attributes`. as_is says that a row is a record already. In a bound rule (`bind`) all source columns are
    spelled as in the file.
    """

    match: str
    holds: Holds
    columns: AnyMapping[str, Source]
    time: bool = True
    time_formats: tuple[str, ...] = ()
    application: Source | None = None
    identifier: Source | None = None
    kind: str = ""
    role: str = ""
    of: str = ""
    key: Source | None = None
    value: Source | None = None
    as_is: bool = False

    @property
    def contract_column(self) -> str:
        """The contract column that a link's identifier belongs in, such as `phone` or `contact_phone_1`."""
        return schema.COLUMN_OF_ROLE[self.kind, self.role]

    def sources(self) -> Iterator[Source]:
        """Yield every source that the rule reads."""
        yield from self.columns.values()
        yield from (s for s in (self.application, self.identifier, self.key, self.value) if s is not None)

    def bind(self, header: Sequence[str], where: str) -> FileRule:
        """Return the rule with its columns spelled as in the header of a file (blanks around a name do not matter).

        Raise MappingError that names a column which the file does not have, and the nearest one that it has.
        """
        names = {name.strip().lstrip("\ufeff"): name for name in reversed(header)} | {name: name for name in header}

        def bound(source: Source | None) -> Source | None:
            if source is None:
                return None
            for column in source.columns:
                if column not in names and column.strip() not in names:
                    raise MappingError(f"{where} has no column {column!r}. {nearest(column, [n.strip() for n in header])}")
            return replace(source, columns=tuple(names.get(c) or names[c.strip()] for c in source.columns))

        return replace(
            self,
            columns={name: cast(Source, bound(source)) for name, source in self.columns.items()},
            application=bound(self.application),
            identifier=bound(self.identifier),
            key=bound(self.key),
            value=bound(self.value),
        )

    def record(self, row: AnyMapping[str, object]) -> dict[str, object]:
        """Return a row of the source under its contract columns; the rule must be bound."""
        if self.as_is:
            return dict(row)
        return {name: source.value(row) for name, source in self.columns.items()}


@dataclass(frozen=True)
class Mapping:
    """A whole mapping. conventions hold what the mapping says itself, None where the settings decide."""

    name: str
    says: str
    files: tuple[FileRule, ...]
    time_zone: str | None = None
    phone_region: str | None = None
    currency: str | None = None

    @property
    def has_time(self) -> bool:
        """Whether applications must have a submission time."""
        return all(rule.time for rule in self.files if rule.holds == "applications")

    @property
    def time_formats(self) -> tuple[str, ...]:
        """Time formats of all files, each once."""
        return tuple(dict.fromkeys(f for rule in self.files for f in rule.time_formats))

    @property
    def is_default(self) -> bool:
        """Whether this is the default contract, where a file's columns say what it holds."""
        return not self.files

    def conventions(self, settings: Conventions) -> Conventions:
        """Return the conventions of the mapping over those of the settings."""
        return Conventions(
            self.time_zone or settings.time_zone,
            self.phone_region or settings.phone_region,
            self.currency or settings.currency,
        )

    def rule(self, file_name: str, header: Sequence[str]) -> FileRule | None:
        """Return the bound rule for a file, None where the mapping does not speak of it (it is passed over).

        Raise MappingError when the file lacks a column that the rule or the contract needs.
        """
        if self.is_default:
            return _contract_rule(file_name, header)
        name = file_name.rsplit("/", 1)[-1]
        for rule in self.files:
            if fnmatchcase(name, rule.match) or fnmatchcase(name.removesuffix(".gz"), rule.match):
                return rule.bind(header, name)
        return None


DEFAULT = Mapping("default", "the default contract: columns by their own names", ())


def classify(columns: Iterable[str]) -> Holds | None:
    """Say what a file of the default contract holds, by its columns; None when it is none of them.

    A truth file has `ring_id` beside `application_id`; outcomes have `outcome`; dealers have a `dealer_id` and no
    `application_id`; everything else with an `application_id` or a submission time holds applications.
    """
    names = {name.strip() for name in columns}
    if "application_id" in names and names & {"ring_id", "typology", "benign_group"}:
        return "truth"
    if "application_id" in names and "outcome" in names:
        return "outcomes"
    if "dealer_id" in names and not names & {"application_id", "submitted_at", "applicant_id"}:
        return "dealers"
    known = names & set(schema.APPLICATION_COLUMNS)
    return "applications" if "application_id" in names or "submitted_at" in names or len(known) >= 3 else None


def _contract_rule(file_name: str, header: Sequence[str]) -> FileRule | None:
    holds = classify(header)
    if holds is None:
        return None
    if holds == "truth":
        return FileRule(file_name, holds, {})
    names = {name.strip() for name in header}
    required = (
        schema.REQUIRED_COLUMNS if holds == "applications" else {"dealers": ("dealer_id",)}.get(holds, schema.OUTCOME_COLUMNS)
    )
    for column in required:
        if column not in names:
            raise MappingError(f"{file_name} has no column {column!r}, which {holds} need. {nearest(column, sorted(names))}")
    if holds == "applications" and not names & set(schema.COLUMN_OF_ROLE.values()):
        some = ", ".join(list(dict.fromkeys(schema.COLUMN_OF_ROLE.values()))[:6])
        raise MappingError(f"{file_name} has no column with an identifier ({some}, …); nothing could tie its rows together")
    columns = {c: Source((c,)) for c in CONTRACTS[holds] if c in names}
    rule = FileRule(file_name, holds, columns).bind(header, file_name)
    return replace(rule, as_is=all(source.columns == (name,) for name, source in rule.columns.items()))


def _text(value: object) -> str:
    return "" if is_missing(value) else str(value).strip()
