"""Mapping files (TOML), which say what the columns of tables of any shape are.

says = "one line about the data"
[conventions]                       # optional, over the settings
time_zone = "UTC"
phone_region = "US"
currency = "USD"

[[file]]
match = "loans*.csv"                # file name, with * and ?; the ending .gz may be left out
holds = "applications"              # or dealers, outcomes, links, attributes, nothing
time = "none"                       # where there is no submission time
time_formats = ["%d/%m/%Y %H:%M"]   # tried before the usual ones
[file.columns]                      # contract column = source column
application_id = ["user", "item"]   # several columns, joined with "-"
address = { join = ["street", "town"], with = " " }   # also: prefix = "A-", and whole = true (no part may be missing)
product = { constant = "used" }

[[file]]                            # rows (application, identifier), any number of them for one application
match = "phones.csv"
holds = "links"
application = "customer"
identifier = "phone_id"
kind = "phone"
role = "own"

[[file]]                            # what stands behind a key
match = "numbers.csv"
holds = "attributes"
of = "phone"                        # the kind whose identifiers are keys of this file …
key = "id"
value = "number"                    # … and the column with the real value
                                    # of = "application" or "dealer": [file.columns] adds contract columns instead
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import cast, get_args
from zoneinfo import ZoneInfo

from graphfraud import schema
from graphfraud.errors import MappingError
from graphfraud.intake.mapping import CONTRACTS, DEFAULT, FileRule, Holds, Mapping, Source
from graphfraud.nearest import nearest
from graphfraud.toml_tables import Table

_IN_A_FILE = tuple(h for h in get_args(Holds) if h != "truth")
# Ids: one part missing makes another id, so that a join needs all of its parts.
_WHOLE = frozenset({"application_id", "dealer_id", "salesperson_id", "applicant_id"})
_BETWEEN = {"applicant_name": " ", "address": ", "}  # what joins the parts of a column, where it is no dash
_FILE_KEYS = (
    "match",
    "holds",
    "time",
    "time_formats",
    "columns",
    "application",
    "identifier",
    "kind",
    "role",
    "of",
    "key",
    "value",
)


def find(name: str, shipped: Traversable | Path | None = None) -> Mapping:
    """Return the mapping of that name among the shipped ones, or the one in the file of that path.

    Raise MappingError when there is neither, with the nearest shipped name, or when the file is no mapping.
    """
    if name == "default":
        return DEFAULT
    path = Path(name)
    known = names(shipped)
    if name in known and shipped is not None:
        return parse(shipped.joinpath(f"{name}.toml").read_text(encoding="utf-8"), name)
    if path.is_file():
        try:
            return parse(path.read_text(encoding="utf-8"), path.stem)
        except (OSError, UnicodeDecodeError) as error:
            raise MappingError(f"cannot read the mapping {path}: it is no UTF-8 text file") from error
    raise MappingError(f"there is no mapping {name!r}, neither shipped nor as a file. {nearest(name, ['default', *known])}")


def names(shipped: Traversable | Path | None) -> list[str]:
    """Return the names of the shipped mappings, in order."""
    return (
        [] if shipped is None else sorted(f.name.removesuffix(".toml") for f in shipped.iterdir() if f.name.endswith(".toml"))
    )


def parse(text: str, name: str) -> Mapping:
    """Return the mapping that a TOML text describes; raise MappingError that names what is wrong with it."""
    top = Table.parse(text, f"the mapping {name}", MappingError)
    top.only(("says", "conventions", "file"))
    conventions = top.table("conventions")
    conventions.only(("time_zone", "phone_region", "currency"))
    rules = tuple(_file_rule(file) for file in top.tables("file"))
    if not rules:
        raise top.wrong("file", "it describes no file; it needs at least one [[file]] entry")
    if not any(rule.holds in CONTRACTS for rule in rules):
        raise top.wrong("file", "no file holds applications, dealers or outcomes")
    zone = conventions.text("time_zone", "")
    try:
        ZoneInfo(zone or "UTC")
    except (KeyError, ValueError, OSError) as error:
        raise conventions.wrong("time_zone", f"{zone!r} is no time zone; write one like Asia/Shanghai") from error
    return Mapping(
        name,
        top.text("says", ""),
        rules,
        zone or None,
        conventions.text("phone_region", "").upper() or None,
        conventions.text("currency", "").upper() or None,
    )


def _file_rule(file: Table) -> FileRule:
    file.only(_FILE_KEYS)
    match, holds = file.text("match"), file.text("holds")
    if holds not in _IN_A_FILE:
        raise file.wrong("holds", f"{holds!r} is unknown. {nearest(holds, _IN_A_FILE)}")
    timeless = "time" in file and file.choice("time", ("none",)) == "none"
    rule = FileRule(match, cast(Holds, holds), {}, not timeless, file.texts("time_formats"))
    if holds == "links":
        return _links_rule(file, rule)
    if holds == "attributes":
        return _attributes_rule(file, rule)
    if holds in CONTRACTS:
        return replace(rule, columns=_columns(file, holds, _required(rule)))
    return rule


def _required(rule: FileRule) -> tuple[str, ...]:
    if rule.holds == "applications":
        return schema.REQUIRED_COLUMNS if rule.time else ("application_id",)
    return ("dealer_id",) if rule.holds == "dealers" else schema.OUTCOME_COLUMNS


def _links_rule(file: Table, rule: FileRule) -> FileRule:
    kind = _kind(file, "kind")
    roles = [role.name for role in kind.roles if role.column]
    role = file.text("role", roles[0])
    if role not in roles:
        raise file.wrong("role", f"{role!r} is no role of the kind {kind.name}. {nearest(role, roles)}")
    application = _source(file, "application", whole=True)
    return replace(rule, application=application, identifier=_source(file, "identifier"), kind=kind.name, role=role)


def _attributes_rule(file: Table, rule: FileRule) -> FileRule:
    of = file.text("of")
    key = _source(file, "key", whole=True)
    if of in ("application", "dealer"):
        return replace(rule, of=of, key=key, columns=_columns(file, f"{of}s", ()))
    return replace(rule, of=_kind(file, "of", ("application", "dealer")).name, key=key, value=_source(file, "value"))


def _columns(file: Table, holds: str, required: Sequence[str]) -> dict[str, Source]:
    columns = file.table("columns")
    columns.only(CONTRACTS[holds])
    for name in required:
        if name not in columns:
            hint = ", or time = 'none' for the file if the data has no times" if name == "submitted_at" else ""
            raise columns.wrong(name, f"it is missing; write which column it is{hint}")
    if not columns.names:
        raise file.wrong("columns", "it is missing or empty; write a table [file.columns]")
    return {name: _source(columns, name, name in _WHOLE, _BETWEEN.get(name, "-")) for name in columns.names}


def _source(table: Table, name: str, whole: bool = False, between: str = "-") -> Source:
    value = table.values.get(name)
    if isinstance(value, str) and value:
        return Source((value,), whole=whole)
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return Source(tuple(value), separator=between, whole=whole)
    if isinstance(value, dict) and set(value) == {"constant"}:
        return Source(constant=value["constant"])
    if isinstance(value, dict) and "join" in value:
        joined = table.table(name)
        joined.only(("join", "with", "prefix", "whole"))
        source = _source(joined, "join", bool(value.get("whole", whole)), between)
        return replace(source, separator=str(value.get("with", between)), prefix=str(value.get("prefix", "")))
    raise table.wrong(name, "it needs a column's name, a list of names, { join = … } or { constant = … }")


def _kind(file: Table, key: str, others: Sequence[str] = ()) -> schema.IdentifierKind:
    name = file.text(key)
    kind = schema.KIND.get(name)
    if kind is None or kind.derived_from:
        with_columns = [k.name for k in schema.KINDS if not k.derived_from]
        raise file.wrong(key, f"{name!r} is no kind of identifier. {nearest(name, [*with_columns, *others])}")
    return kind
