"""Any file in, rows out: `rows(inspected)` picks the reader."""

from __future__ import annotations

from collections.abc import Iterator

from ingest.inspection import Inspected
from ingest.readers.blocks import unzipped, verified_blocks
from ingest.readers.csv_rows import csv_rows
from ingest.readers.json_rows import json_rows
from ingest.readers.lines import Lines
from ingest.readers.parquet_rows import parquet_rows
from ingest.readers.problems import Row


def rows(file: Inspected, wanted: frozenset[str] | None = None) -> Iterator[Row]:
    """Yield the rows of a file that passed its first pass, each a `(line, record)` or a RowProblem, in file order.

    Memory does not grow with the file. wanted names the columns that somebody looks at (None: all). Raises FileError
    when the file is no longer the one the first pass read, before any row of the changed part.
    """
    if file.source.format == "parquet":
        return parquet_rows(file.path, file.fingerprint, file.columns, wanted)
    lines = lines_of(file)
    return json_rows(lines) if file.source.format == "jsonlines" else csv_rows(lines, file.columns, file.delimiter)


def lines_of(file: Inspected) -> Lines:
    """Return the lines of a file of text, with the errors of `rows`."""
    blocks = verified_blocks(file.path, file.fingerprint)
    return Lines(unzipped(file.path, blocks) if file.source.gzipped else blocks, file.encoding, file.newline)
