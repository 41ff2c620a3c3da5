"""What a load will do, before it does anything: every file inspected, told apart, joined with what belongs to it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from importlib.resources import files as resources
from pathlib import Path
from typing import Literal

from graphfraud import schema
from graphfraud.errors import DataError, FileError, MappingError
from graphfraud.intake import mapping_file
from graphfraud.intake.mapping import FileRule, Mapping
from graphfraud.nearest import nearest
from graphfraud.settings import Conventions
from ingest.inspection import Inspected, inspect
from ingest.joins import JoinedFile
from ingest.sources import Found, PassedOver

Loadable = Literal["dealers", "applications", "outcomes"]
# Applications name dealers and outcomes name applications.
ORDER: tuple[Loadable, ...] = ("dealers", "applications", "outcomes")


@dataclass(frozen=True)
class PlannedFile:
    """A file that will be loaded.

    content identifies what it will load: the hash of its bytes, of the files it is joined with, and of the mapping and
    conventions under which it is read. Loaded once under one content, it is not loaded again.
    """

    inspected: Inspected
    rule: FileRule
    holds: Loadable
    content: str
    joined: tuple[JoinedFile, ...] = ()

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.inspected.path

    @property
    def unused(self) -> tuple[str, ...]:
        """Columns of the file that nothing is made of: extra ones, and misspelt ones."""
        used = {column for source in self.rule.sources() for column in source.columns}
        return tuple(column for column in self.inspected.columns if column not in used)


@dataclass(frozen=True)
class Plan:
    """The files of a load in the order in which they are loaded, and all that is not loaded, with the reasons.

    load_id is the same for the same contents, so that a load that was killed and goes on is the same load.
    """

    files: tuple[PlannedFile, ...]
    passed_over: tuple[PassedOver, ...]
    failed: tuple[tuple[Path, DataError], ...]
    load_id: str

    @property
    def joined(self) -> tuple[JoinedFile, ...]:
        """Files that are joined with others, each once."""
        return tuple({part.part_name: part for file in self.files for part in file.joined}.values())


def plan(found: Found, mapping: Mapping, conventions: Conventions) -> Plan:
    """Inspect every file and decide what becomes of it; nothing is written.

    Raise MappingError when a file lacks a column that is required or mapped, a file to join with was not given, or none of
    the files is of the default contract and a shipped mapping fits them: then nothing at all is loaded. A damaged file fails
    alone, and with it what is joined with it.
    """
    passed_over = list(found.passed_over)
    failed: list[tuple[Path, DataError]] = list(found.failed)
    told: list[tuple[Inspected, FileRule]] = []
    foreign: list[Inspected] = []
    for source in found.sources:
        if _speaks_not_of(mapping, source.path.name):
            passed_over.append(PassedOver(source.path, f"the mapping {mapping.name} does not load it"))
            continue
        try:
            inspected = inspect(source)
        except FileError as error:
            failed.append((source.path, error))
            continue
        rule = mapping.rule(inspected.path.name, inspected.columns)
        if rule is None:
            foreign.append(inspected)
            failed.append((source.path, _not_ours(inspected)))
            continue
        if rule.holds == "truth":
            passed_over.append(PassedOver(source.path, "a truth file: never loaded (`graphfraud evaluate` reads it)"))
        else:
            told.append((inspected, rule))
    if foreign and not told:
        _propose_shipped(foreign)
    joined = tuple(JoinedFile(i, r) for i, r in told if r.holds in ("links", "attributes"))
    broken = _broken_joins(mapping, joined, [path for path, _ in failed])
    reading = _reading(mapping, conventions)
    files: list[PlannedFile] = []
    for holds in ORDER:
        for inspected, rule in told:
            if rule.holds != holds:
                continue
            if lost := [path for target, path in broken if target == holds]:
                said = f"{inspected.path}: not loaded, because {lost[0].name}, which it is joined with, cannot be read"
                failed.append((inspected.path, FileError(said)))
                continue
            parts = tuple(part for part in joined if _target(part.rule) == holds)
            files.append(PlannedFile(inspected, rule, holds, _content(reading, inspected, parts), parts))
    return Plan(tuple(files), tuple(passed_over), tuple(failed), _digest(*(file.content for file in files))[:16])


def beside(given: Path, mapping: Mapping) -> list[Path]:
    """Return the files that a mapping joins with a file, from the file's folder; none of a folder, which is given whole."""
    if not given.is_file():
        return []
    joining = [rule for rule in mapping.files if rule.holds in ("links", "attributes")]
    others = (other for other in sorted(given.parent.iterdir()) if other.is_file() and other != given)
    return [other for other in others if any(_matches(rule, other.name) for rule in joining)]


def _speaks_not_of(mapping: Mapping, name: str) -> bool:
    first = next((rule for rule in mapping.files if _matches(rule, name)), None)
    return not mapping.is_default and (first is None or first.holds == "nothing")


def _matches(rule: FileRule, name: str) -> bool:
    return fnmatchcase(name, rule.match) or fnmatchcase(name.removesuffix(".gz"), rule.match)


def _not_ours(inspected: Inspected) -> FileError:
    columns = [column for column in inspected.columns if column]
    return FileError(
        f"{inspected.path}: its columns ({', '.join(columns[:6])}{', …' if len(columns) > 6 else ''}) are not those of the "
        f"default contract; give a mapping with --mapping. {_nearest_column(columns)}"
    )


def _propose_shipped(foreign: Sequence[Inspected]) -> None:
    """Raise MappingError with the shipped mapping that reads most of the files, if there is one that reads what it needs."""
    shipped = resources("ingest.mappings")
    fitting = {
        name: read for name in mapping_file.names(shipped) if (read := _reads(mapping_file.find(name, shipped), foreign))
    }
    if not fitting:
        return
    name, read = max(fitting.items(), key=lambda item: item[1])
    one = len(foreign) == 1
    where, whose = (
        (foreign[0].path, "its columns") if one else (foreign[0].path.parent, f"the columns of {len(foreign):,} files")
    )
    raise MappingError(
        f"{where}: {whose} are not those of the default contract; the shipped mapping {name} fits this "
        f"{'file' if one else 'folder'}: --mapping {name}"
    )


def _reads(mapping: Mapping, foreign: Sequence[Inspected]) -> int:
    """Count the files that a mapping reads; 0 if a file or a column that it needs is not among them."""
    read = 0
    for rule in mapping.files:
        if rule.holds == "nothing":
            continue
        matching = [file for file in foreign if _matches(rule, file.path.name)]
        try:
            read += len([rule.bind(file.columns, file.path.name) for file in matching])
        except MappingError:
            return 0
        if not matching:
            return 0
    return read


def _nearest_column(columns: Sequence[str]) -> str:
    contract = [*schema.APPLICATION_COLUMNS, *schema.DEALER_COLUMNS, *schema.OUTCOME_COLUMNS]
    # the columns of a table that is another's resemble some of ours by chance
    said = {column: nearest(column, contract, 0.75) for column in columns}
    guesses = (f"For {column!r}: {guess}" for column, guess in said.items() if guess.startswith("Did you"))
    return next(guesses, f"Applications need {', '.join(schema.REQUIRED_COLUMNS)} and one identifier.")


def _target(rule: FileRule) -> Loadable:
    return "dealers" if rule.of == "dealer" else "applications"


def _broken_joins(mapping: Mapping, joined: Sequence[JoinedFile], failed: Sequence[Path]) -> list[tuple[Loadable, Path]]:
    """Return what cannot be loaded because a file to join with is damaged; MappingError if such a file was not given."""
    broken: list[tuple[Loadable, Path]] = []
    for rule in mapping.files:
        if rule.holds not in ("links", "attributes"):
            continue
        damaged = [path for path in failed if _matches(rule, path.name)]
        broken += [(_target(rule), path) for path in damaged]
        if not damaged and all(part.rule.match != rule.match for part in joined):
            raise MappingError(
                f"the mapping {mapping.name} joins {rule.match!r} ({rule.holds}), and no such file is among those to load; "
                "name it too, or the folder"
            )
    return broken


def _reading(mapping: Mapping, conventions: Conventions) -> str:
    # The name of a mapping and what it says of itself change nothing in what is read.
    return _digest(repr(replace(mapping, name="", says="")), repr(mapping.conventions(conventions)))


def _content(reading: str, inspected: Inspected, parts: Sequence[JoinedFile]) -> str:
    joined = sorted(f"{part.rule.match} {part.inspected.fingerprint.content}" for part in parts)
    return _digest(reading, inspected.fingerprint.content, *joined)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()
