"""The first pass over a file, before a row of it is written: its hash, its structure, its encoding, its columns."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.errors import FileError
from ingest.readers.blocks import Fingerprint, FirstReading, unzipped
from ingest.readers.lines import BOM, Encoding, byte_lines
from ingest.readers.problems import LONGEST_LINE
from ingest.sources import Source

# What a file really is, by its first bytes, and what to do about it.
MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\x1f\x8b", "a gzip file; end its name in .gz"),
    (b"PAR1", "a Parquet file; end its name in .parquet"),
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook; save the sheet as CSV"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"BZh", "a bzip2 file; unpack it first"),
    (b"\xfd7zXZ", "an xz file; unpack it first"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file; unpack it first"),
    (b"SQLite format 3", "an SQLite database; export the table as CSV"),
    (b"ARROW1", "an Arrow file; write it as Parquet"),
    (b"\xff\xfe", "text in UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "text in UTF-16; save it as UTF-8"),
)
DELIMITERS = ",\t;|"
ROWS_FOR_COLUMNS = 10_000  # how many JSON objects are asked for their keys
PARQUET_ROWS = 10_000


@dataclass(frozen=True)
class Inspected:
    """A file that passed its first pass.

    columns are the header's names (of JSON Lines the keys of its first objects); rows is how many there are about, for
    the progress bar; encoding, newline and delimiter are for text only.
    """

    source: Source
    fingerprint: Fingerprint
    columns: tuple[str, ...]
    rows: int
    encoding: Encoding = "utf-8"
    newline: bytes = b"\n"
    delimiter: str = ","

    @property
    def path(self) -> Path:
        """Where the file is."""
        return self.source.path


def inspect(source: Source) -> Inspected:
    """Read the whole file once; raise FileError with one line that says what is wrong with it and what to do."""
    if not source.path.is_file():
        raise FileError(f"{source.path}: is no regular file; write the data to a file first")
    return _inspect_parquet(source) if source.format == "parquet" else _inspect_text(source)


def _inspect_text(source: Source) -> Inspected:
    reading = FirstReading(source.path)
    survey = _survey(source, reading)
    fingerprint = reading.fingerprint()
    if source.format == "jsonlines":
        columns = _object_keys(source.path, survey.sample)
        return Inspected(source, fingerprint, columns, survey.lines, survey.encoding, survey.newline)
    header = survey.sample[0].decode(survey.encoding, "replace").removesuffix("\r")
    delimiter = _delimiter(header)
    return Inspected(
        source,
        fingerprint,
        _header(source.path, header, delimiter),
        survey.lines - 1,
        survey.encoding,
        survey.newline,
        delimiter,
    )


@dataclass(frozen=True)
class _Survey:
    lines: int
    encoding: Encoding
    newline: bytes
    sample: list[bytes]


def _survey(source: Source, reading: FirstReading) -> _Survey:
    path = source.path
    content = _with_right_start(source, iter(reading))
    first = next(content, b"")
    if not first:
        raise FileError(f"{path}: is empty; there is nothing to load")
    # Old Macintosh files end their lines in CR alone.
    newline = b"\r" if b"\n" not in first and b"\r" in first else b"\n"
    votes = _Votes()
    lines = 0
    sample: list[bytes] = []
    bom = first.startswith(BOM)
    for part, too_long in byte_lines(_chain(first, content), newline):
        if too_long and not sample:
            raise FileError(f"{path}: its first line is longer than {LONGEST_LINE:,} bytes; it is no table with one row a line")
        if lines == 0:
            part[0] = part[0].removeprefix(BOM)
        lines += len(part)
        votes.count(part)
        if len(sample) < ROWS_FOR_COLUMNS:
            sample += [line for line in part if line.strip()][: ROWS_FOR_COLUMNS - len(sample)]
    if not sample:
        raise FileError(f"{path}: is empty; there is nothing to load")
    return _Survey(lines, "utf-8" if bom else votes.winner(path), newline, sample)


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _with_right_start(source: Source, blocks: Iterator[bytes]) -> Iterator[bytes]:
    first = next(blocks, b"")
    if not first:
        raise FileError(f"{source.path}: is empty; there is nothing to load")
    if source.gzipped:
        if not first.startswith(b"\x1f\x8b"):
            raise FileError(f"{source.path}: its name ends in .gz, but it is {_kind(first) or 'no gzip file'}")
        blocks, first = unzipped(source.path, _chain(first, blocks)), b""
        first = next(blocks, b"")
    kind = _kind(first)
    if kind:
        raise FileError(f"{source.path}: is not what its name says but {kind}")
    if first[:4096].count(0) > len(first[:4096]) // 4:
        raise FileError(
            f"{source.path}: is not what its name says: it holds binary data, or text in UTF-16; save it as UTF-8 text"
        )
    return _chain(first, blocks) if first else iter(())


def _kind(first: bytes) -> str | None:
    return next((says for magic, says in MAGIC if first.startswith(magic)), None)


class _Votes:
    """Counts, over the lines that are not plain ASCII, which encoding they are text in.

    One damaged line must not turn a whole file of UTF-8 into another alphabet, so the majority decides and the rest of
    the lines become rejects.
    """

    def __init__(self) -> None:
        self.utf8 = self.gb18030 = self.neither = self.lines = 0

    def count(self, lines: list[bytes]) -> None:
        self.lines += len(lines)
        text = b"\n".join(lines)
        if text.isascii():
            return
        try:
            text.decode("utf-8")
            self.utf8 += sum(not line.isascii() for line in lines)
        except UnicodeDecodeError:
            for line in lines:
                self._count_line(line)

    def _count_line(self, line: bytes) -> None:
        if line.isascii():
            return
        if _decodes(line, "utf-8"):
            self.utf8 += 1
        elif _decodes(line, "gb18030"):
            self.gb18030 += 1
        else:
            self.neither += 1

    def winner(self, path: Path) -> Encoding:
        """Return the encoding of the file; FileError when most lines are text in neither."""
        if 2 * self.neither > self.lines:
            raise FileError(f"{path}: is text in neither UTF-8 nor GB18030; save it as UTF-8")
        return "gb18030" if self.gb18030 > self.utf8 else "utf-8"


def _decodes(line: bytes, encoding: Encoding) -> bool:
    try:
        line.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _delimiter(header: str) -> str:
    return max(DELIMITERS, key=header.count) if any(d in header for d in DELIMITERS) else ","


def _header(path: Path, header: str, delimiter: str) -> tuple[str, ...]:
    try:
        names = next(csv.reader([header], delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise FileError(f"{path}: its first line is no header ({error}); the first line must name the columns") from error
    return _unique(path, [name.strip() for name in names])


def _unique(path: Path, names: list[str]) -> tuple[str, ...]:
    named = [name for name in names if name]
    twice = sorted({name for name in named if named.count(name) > 1})
    if twice:
        raise FileError(f"{path}: two columns have the name {_short(twice[0])}; rename one of them")
    if not named:
        raise FileError(f"{path}: its first line names no column; the first line must name the columns")
    return tuple(names)


def _short(name: str) -> str:
    return repr(name if len(name) <= 40 else name[:40] + "…")


def _object_keys(path: Path, lines: list[bytes]) -> tuple[str, ...]:
    keys: dict[str, None] = {}
    objects = 0
    for line in lines:
        try:
            value = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict):
            objects += 1
            keys.update(dict.fromkeys(value))
    if not objects:
        start = lines[0].lstrip()[:1]
        hint = "it is one JSON array; write one object per line" if start == b"[" else "no line of it is a JSON object"
        raise FileError(f"{path}: is not JSON Lines: {hint}")
    return tuple(keys)


def _inspect_parquet(source: Source) -> Inspected:
    path = source.path
    reading = FirstReading(path)
    first = last = b""
    for block in reading:
        first, last = first or block[:8], (last + block)[-4:]
    if not first:
        raise FileError(f"{path}: is empty; there is nothing to load")
    if not first.startswith(b"PAR1"):
        raise FileError(f"{path}: its name says Parquet, but it is {_kind(first) or 'no Parquet file'}")
    if last != b"PAR1":
        raise FileError(f"{path}: the Parquet file is cut off; get a whole copy of it")
    columns, rows = _read_parquet_once(path)
    return Inspected(source, reading.fingerprint(), columns, rows)


def _read_parquet_once(path: Path) -> tuple[tuple[str, ...], int]:
    try:
        with pq.ParquetFile(path) as file:
            names = [str(name).strip() for name in file.schema_arrow.names]
            rows = int(file.metadata.num_rows)
            for _ in file.iter_batches(batch_size=PARQUET_ROWS):  # a damaged page shows only when it is decoded
                pass
    except (pa.ArrowException, OSError, ValueError) as error:
        raise FileError(f"{path}: the Parquet file is damaged ({_first_line(error)}); get a fresh copy of it") from error
    if not rows:
        raise FileError(f"{path}: is empty; there is nothing to load")
    return _unique(path, names), rows


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or ["unreadable"])[0][:160]
