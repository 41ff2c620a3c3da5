"""Parquet, a few thousand rows at a time, whatever the size of the row groups."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.intake import codes
from ingest.readers.blocks import Fingerprint, changed, check_unchanged, verified_blocks
from ingest.readers.problems import LONGEST_FIELD, Record, Row, RowProblem

BATCH = 2_000


def parquet_rows(path: Path, seen: Fingerprint, columns: tuple[str, ...], wanted: frozenset[str] | None) -> Iterator[Row]:
    """Yield `(row number from 1, record)`; only the columns in `wanted` are decoded (None: all of them).

    Its pages are read out of order, so the whole file is compared with the first pass before the first row, and its time
    stamp before each batch.
    """
    for _ in verified_blocks(path, seen):
        pass
    number = 0
    try:
        with pq.ParquetFile(path) as file:
            names = [
                raw for raw, name in zip(file.schema_arrow.names, columns, strict=True) if wanted is None or name in wanted
            ]
            for batch in file.iter_batches(batch_size=BATCH, columns=names):
                check_unchanged(path, seen)
                yield from _rows(batch, number)
                number += batch.num_rows
    except (pa.ArrowException, OSError, ValueError) as error:
        raise changed(path) from error


def _rows(batch: pa.RecordBatch, before: int) -> Iterator[Row]:
    names = [str(name).strip() for name in batch.schema.names]
    values = [column.to_pylist() for column in batch.columns]
    suspects = [i for i, column in enumerate(batch.columns) if _may_be_too_long(column)]
    for number, cells in enumerate(zip(*values, strict=True), before + 1):
        problem = next((p for i in suspects if (p := _problem(number, names[i], cells[i]))), None)
        if problem is not None:
            yield problem
            continue
        record: Record = dict(zip(names, cells, strict=True))
        yield number, record


def _may_be_too_long(column: pa.Array) -> bool:
    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type)) and column.nbytes > LONGEST_FIELD


def _problem(number: int, name: str, cell: object) -> RowProblem | None:
    if isinstance(cell, str) and len(cell) > LONGEST_FIELD:
        return RowProblem(
            number, codes.FIELD_TOO_LONG, name, f"a field has {len(cell):,} characters; at most {LONGEST_FIELD:,} are read"
        )
    return None
