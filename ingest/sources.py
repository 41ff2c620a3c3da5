"""Which files a load reads: paths, folders and globs turned into a list of files, and what was passed over."""

from __future__ import annotations

import difflib
import glob
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from graphfraud.errors import FileError

Format = Literal["csv", "parquet", "jsonlines"]

# ending -> (format, gzipped); a folder's other files are passed over
ENDINGS: dict[str, tuple[Format, bool]] = {
    ".csv": ("csv", False),
    ".csv.gz": ("csv", True),
    ".parquet": ("parquet", False),
    ".pq": ("parquet", False),
    ".jsonl": ("jsonlines", False),
    ".ndjson": ("jsonlines", False),
    ".jsonl.gz": ("jsonlines", True),
    ".ndjson.gz": ("jsonlines", True),
}
KNOWN = " ".join(ENDINGS)


@dataclass(frozen=True)
class Source:
    """One file to read; format and gzipped are what its name says (the first pass checks that it is so)."""

    path: Path
    format: Format
    gzipped: bool


@dataclass(frozen=True)
class PassedOver:
    """A thing in a folder (or behind a glob) that is not read, and why."""

    path: Path
    why: str


@dataclass(frozen=True)
class Found:
    """What the paths stand for: files to read in order, things passed over, paths that are an error by themselves."""

    sources: tuple[Source, ...]
    passed_over: tuple[PassedOver, ...]
    failed: tuple[tuple[Path, FileError], ...]


def find_sources(paths: Sequence[str | Path]) -> Found:
    """Resolve files, folders (their own files, not their subfolders') and globs; a file named twice is read once.

    A folder's files come in the order of their names. A path that leads to nothing readable does not hide the others: it
    is returned among `failed`.
    """
    sources: dict[Path, Source] = {}
    passed_over: list[PassedOver] = []
    failed: list[tuple[Path, FileError]] = []
    for given in paths:
        try:
            for item in _expand(given):
                if isinstance(item, PassedOver):
                    passed_over.append(item)
                else:
                    sources.setdefault(item.path.resolve(), item)
        except FileError as error:
            failed.append((Path(given), error))
    return Found(tuple(sources.values()), tuple(passed_over), tuple(failed))


def find_source(path: str | Path) -> Source:
    """Resolve a path that must lead to one file; raise FileError."""
    found = find_sources([path])
    if found.failed:
        raise found.failed[0][1]
    if len(found.sources) != 1:
        raise FileError(f"{path}: give one file")
    return found.sources[0]


def _expand(given: str | Path) -> Iterator[Source | PassedOver]:
    path = Path(given).expanduser()
    try:
        if path.is_dir():
            yield from _folder(path)
        elif path.exists():
            yield _named(path)
        elif glob.has_magic(str(path)):
            yield from _matches(path)
        else:
            raise FileError(f"{path}: there is no such file or folder.{_nearest(path)}")
    except OSError as error:
        raise FileError(f"{path}: cannot be read ({error.strerror or error}); check the name and the permissions") from error


def _folder(folder: Path) -> Iterator[Source | PassedOver]:
    items = list(_sort_out(sorted(folder.iterdir())))
    if not any(isinstance(item, Source) for item in items):
        seen = ", ".join(item.path.name for item in items[:5]) or "nothing"
        raise FileError(f"{folder}: no file to load in this folder (it holds {seen}); known endings are {KNOWN}")
    yield from items


def _matches(pattern: Path) -> Iterator[Source | PassedOver]:
    items = list(_sort_out(Path(name) for name in sorted(glob.glob(str(pattern)))))  # noqa: PTH207  (absolute patterns too)
    if not any(isinstance(item, Source) for item in items):
        raise FileError(f"{pattern}: no file matches that can be loaded; known endings are {KNOWN}")
    yield from items


def _sort_out(paths: Iterable[Path]) -> Iterator[Source | PassedOver]:
    for path in paths:
        if path.is_dir():
            yield PassedOver(path, "a folder inside the folder")
        elif path.name.startswith("."):
            yield PassedOver(path, "a hidden file")
        elif ending_of(path) is None:
            yield PassedOver(path, "not a known ending")
        else:
            yield _named(path)


def _named(path: Path) -> Source:
    ending = ending_of(path)
    if ending is None:
        raise FileError(f"{path}: cannot tell what it is from its name; known endings are {KNOWN}")
    return Source(path, *ENDINGS[ending])


def ending_of(path: Path) -> str | None:
    """Return the known ending of a file name, the longest that fits, or None."""
    name = path.name.lower()
    return max((ending for ending in ENDINGS if name.endswith(ending) and name != ending), key=len, default=None)


def _nearest(path: Path) -> str:
    if not path.parent.is_dir():
        return f" The folder {path.parent} does not exist either."
    close = difflib.get_close_matches(path.name, [other.name for other in path.parent.iterdir()], 1)
    return f" Did you mean {path.parent / close[0]}?" if close else ""
