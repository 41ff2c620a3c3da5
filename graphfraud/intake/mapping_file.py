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

import tomllib
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from dataclasses import replace
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, cast, get_args
from zoneinfo import ZoneInfo

from graphfraud import schema
from graphfraud.errors import MappingError
from graphfraud.intake.mapping import CONTRACTS, DEFAULT, FileRule, Holds, Mapping, Source, nearest

_IN_A_FILE = tuple(h for h in get_args(Holds) if h != "truth")
# Ids: one part missing makes another id, so that a join needs all of its parts.
_WHOLE = frozenset({"application_id", "dealer_id", "salesperson_id", "applicant_id"})
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
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MappingError(f"the mapping {name} is no TOML: {error}") from error
    _known(document, ("says", "conventions", "file"), f"the mapping {name}")
    conventions = _table(document.get("conventions", {}), f"conventions of the mapping {name}")
    _known(conventions, ("time_zone", "phone_region", "currency"), f"conventions of the mapping {name}")
    files = document.get("file", [])
    if not isinstance(files, list) or not files:
        raise MappingError(f"the mapping {name} describes no file; it needs at least one [[file]] entry")
    rules = tuple(
        _file_rule(_table(entry, "a [[file]] entry"), f"file {i} of the mapping {name}") for i, entry in enumerate(files, 1)
    )
    if not any(rule.holds in CONTRACTS for rule in rules):
        raise MappingError(f"no file of the mapping {name} holds applications, dealers or outcomes")
    zone = _string(conventions, "time_zone")
    if zone is not None:
        try:
            ZoneInfo(zone)
        except (KeyError, ValueError, OSError) as error:
            raise MappingError(
                f"time_zone {zone!r} of the mapping {name} is no time zone; write one like Asia/Shanghai"
            ) from error
    region = _string(conventions, "phone_region")
    return Mapping(
        name,
        _string(document, "says") or "",
        rules,
        zone,
        region.upper() if region else None,
        (_string(conventions, "currency") or "").upper() or None,
    )


def _file_rule(entry: AnyMapping[str, Any], where: str) -> FileRule:
    _known(entry, _FILE_KEYS, where)
    match, holds = _string(entry, "match"), _string(entry, "holds")
    if not match:
        raise MappingError(f"{where} has no `match`: write the file's name, such as match = 'loans*.csv'")
    where = f"{where} ({match})"
    if holds not in _IN_A_FILE:
        raise MappingError(f"holds = {holds!r} of {where} is unknown. {nearest(str(holds), _IN_A_FILE)}")
    time = _string(entry, "time")
    if time not in (None, "none"):
        raise MappingError(
            f"time = {time!r} of {where} is unknown; the only value is 'none', for data without submission times"
        )
    formats = entry.get("time_formats", [])
    if not isinstance(formats, list) or not all(isinstance(f, str) for f in formats):
        raise MappingError(f"time_formats of {where} is no list of texts such as ['%d/%m/%Y']")
    rule = FileRule(match, cast(Holds, holds), {}, time is None, tuple(formats))
    if holds == "links":
        return _links_rule(entry, rule, where)
    if holds == "attributes":
        return _attributes_rule(entry, rule, where)
    if holds in CONTRACTS:
        return replace(rule, columns=_columns(entry, holds, where, _required(rule)))
    return rule


def _required(rule: FileRule) -> tuple[str, ...]:
    if rule.holds == "applications":
        return schema.REQUIRED_COLUMNS if rule.time else ("application_id",)
    return ("dealer_id",) if rule.holds == "dealers" else schema.OUTCOME_COLUMNS


def _links_rule(entry: AnyMapping[str, Any], rule: FileRule, where: str) -> FileRule:
    kind = _kind(_string(entry, "kind"), where)
    roles = [role.name for role in kind.roles if role.column]
    role = _string(entry, "role") or roles[0]
    if role not in roles:
        raise MappingError(f"role {role!r} of {where} is no role of the kind {kind.name}. {nearest(role, roles)}")
    application = _source(entry.get("application"), "application", where, whole=True)
    identifier = _source(entry.get("identifier"), "identifier", where, whole=False)
    return replace(rule, application=application, identifier=identifier, kind=kind.name, role=role)


def _attributes_rule(entry: AnyMapping[str, Any], rule: FileRule, where: str) -> FileRule:
    of = _string(entry, "of") or ""
    key = _source(entry.get("key"), "key", where, whole=True)
    if of in ("application", "dealer"):
        return replace(rule, of=of, key=key, columns=_columns(entry, f"{of}s", where, ()))
    _kind(of, where, ("application", "dealer"))
    return replace(rule, of=of, key=key, value=_source(entry.get("value"), "value", where, whole=False))


def _columns(entry: AnyMapping[str, Any], holds: str, where: str, required: Sequence[str]) -> dict[str, Source]:
    columns = _table(entry.get("columns", {}), f"columns of {where}")
    contract = CONTRACTS[holds]
    for name in columns:
        if name not in contract:
            raise MappingError(f"{where} gives {name!r}, which is no column of the contract. {nearest(name, contract)}")
    for name in required:
        if name not in columns:
            hint = "; write time = 'none' if the data has no times" if name == "submitted_at" else ""
            raise MappingError(f"{where} does not say which column is {name!r}{hint}")
    if not columns:
        raise MappingError(f"{where} has no [file.columns] table")
    return {name: _source(value, name, where, name in _WHOLE) for name, value in columns.items()}


def _source(value: object, name: str, where: str, whole: bool) -> Source:
    separator = " " if name == "applicant_name" else ", " if name == "address" else "-"
    if isinstance(value, str) and value:
        return Source((value,), whole=whole)
    if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
        return Source(tuple(value), separator=separator, whole=whole)
    if isinstance(value, dict) and set(value) == {"constant"}:
        return Source(constant=value["constant"])
    if isinstance(value, dict) and "join" in value:
        _known(value, ("join", "with", "prefix", "whole"), f"{name} of {where}")
        source = _source(value["join"], name, where, bool(value.get("whole", whole)))
        return replace(source, separator=str(value.get("with", separator)), prefix=str(value.get("prefix", "")))
    raise MappingError(f"{name} of {where} needs a column's name, a list of names, {{ join = … }} or {{ constant = … }}")


def _kind(name: str | None, where: str, others: Sequence[str] = ()) -> schema.IdentifierKind:
    kind = schema.KIND.get(name or "")
    if kind is None or kind.derived_from:
        with_columns = [k.name for k in schema.KINDS if not k.derived_from]
        raise MappingError(f"kind {name!r} of {where} is unknown. {nearest(name or '', [*with_columns, *others])}")
    return kind


def _known(table: AnyMapping[str, Any], known: Sequence[str], where: str) -> None:
    for key in table:
        if key not in known:
            raise MappingError(f"{where} has an entry {key!r} that is unknown. {nearest(key, known)}")


def _table(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MappingError(f"{where} is no table")
    return value


def _string(table: AnyMapping[str, Any], key: str) -> str | None:
    value = table.get(key)
    if value is not None and not isinstance(value, str):
        raise MappingError(f"{key} must be a text, not {type(value).__name__}")
    return value
