"""From clean records to the facts that detection reads, and from facts to Arrow tables and back.

A notebook's frame and a store's changes go through the same builder, so that both give detection the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.detection.columns import COMPARED, KIND_CODE, NO_POSITION, NO_TIME, NUMBERS, ROLE_CODE, Facts, Ints
from graphfraud.detection.texts import Texts

ROWS_AT_ONCE = 1 << 20  # rows of a column read in one go


class HeldIdentifier(Protocol):
    """An identifier that an application holds; position is its place in a block or None."""

    @property
    def kind(self) -> str: ...  # noqa: D102  (named by the protocol)
    @property
    def role(self) -> str: ...  # noqa: D102
    @property
    def token(self) -> str: ...  # noqa: D102
    @property
    def position(self) -> int | None: ...  # noqa: D102


class Version(Protocol):
    """One version of an application: an intake record or a change read from the store."""

    @property
    def application_id(self) -> str: ...  # noqa: D102
    @property
    def submitted_at(self) -> int | None: ...  # noqa: D102
    @property
    def dealer_id(self) -> str | None: ...  # noqa: D102
    @property
    def salesperson_id(self) -> str | None: ...  # noqa: D102
    @property
    def attributes(self) -> Mapping[str, float | int | str]: ...  # noqa: D102
    @property
    def identifiers(self) -> Sequence[HeldIdentifier]: ...  # noqa: D102


def facts_of(versions: Iterable[Version]) -> Facts:
    """Collect versions (one an application) into facts."""
    ids: list[str] = []
    times: list[int] = []
    dealers: list[str] = []
    sellers: list[str] = []
    numbers: dict[str, list[float]] = {name: [] for name in NUMBERS}
    texts: dict[str, list[int]] = {name: [] for name in COMPARED}
    rows: list[int] = []
    kinds: list[int] = []
    roles: list[int] = []
    tokens: list[int] = []
    positions: list[int] = []
    for row, version in enumerate(versions):
        ids.append(version.application_id)
        times.append(NO_TIME if version.submitted_at is None else version.submitted_at)
        dealers.append(version.dealer_id or "")
        sellers.append(version.salesperson_id or "")
        for name, column in numbers.items():
            column.append(float(version.attributes.get(name, np.nan)))
        for name, words in texts.items():
            words.append(int(str(version.attributes.get(name, "0")), 16))
        for held in version.identifiers:
            rows.append(row)
            kinds.append(KIND_CODE[held.kind])
            roles.append(ROLE_CODE[held.kind, held.role])
            tokens.append(int(held.token, 16))
            positions.append(NO_POSITION if held.position is None else held.position)
    return Facts(
        Texts(ids),
        np.array(times, dtype=np.int64),
        Texts(dealers, repeating=True),
        Texts(sellers, repeating=True),
        {name: np.array(column, dtype=np.float64) for name, column in numbers.items()},
        {name: np.array(words, dtype=np.uint64) for name, words in texts.items()},
        np.array(rows, dtype=np.int32),
        np.array(kinds, dtype=np.int8),
        np.array(roles, dtype=np.int8),
        np.array(tokens, dtype=np.uint64),
        np.array(positions, dtype=np.int16),
    )


def join_facts(parts: Sequence[Facts]) -> Facts:
    """Put facts below each other."""
    offset = np.cumsum([0, *(len(part) for part in parts)], dtype=np.int32)
    return Facts(
        Texts.join([part.application_id for part in parts]),
        np.concatenate([part.submitted_ms for part in parts]),
        Texts.join([part.dealer_id for part in parts]),
        Texts.join([part.salesperson_id for part in parts]),
        {name: np.concatenate([part.numbers[name] for part in parts]) for name in NUMBERS},
        {name: np.concatenate([part.texts[name] for part in parts]) for name in COMPARED},
        np.concatenate([part.occ_row + base for part, base in zip(parts, offset, strict=False)]),
        np.concatenate([part.occ_kind for part in parts]),
        np.concatenate([part.occ_role for part in parts]),
        np.concatenate([part.occ_token for part in parts]),
        np.concatenate([part.occ_position for part in parts]),
    )


def to_arrow(facts: Facts, since: Ints) -> tuple[pa.Table, pa.Table]:
    """Return (applications with the sequence number of their version, occurrences) as Arrow tables."""
    applications = pa.table(
        {
            "application_id": facts.application_id.arrow,
            "since": since,
            "submitted_ms": facts.submitted_ms,
            "dealer_id": facts.dealer_id.arrow,
            "salesperson_id": facts.salesperson_id.arrow,
            **facts.numbers,
            **facts.texts,
        }
    )
    occurrences = pa.table(
        {
            "row": facts.occ_row,
            "kind": facts.occ_kind,
            "role": facts.occ_role,
            "token": facts.occ_token,
            "position": facts.occ_position,
        }
    )
    return applications, occurrences


def read_facts(files: Sequence[tuple[Path, Path]]) -> tuple[Facts, Ints]:
    """Read back what was written of `to_arrow`, (applications, occurrences) files below each other.

    Return the facts and the sequence number of each version. A column of a file at a time goes to its place, so that no
    more is in memory than what is returned.
    """
    held = [pq.ParquetFile(path) for path, _ in files]
    occurrences = [pq.ParquetFile(path) for _, path in files]
    first = np.cumsum([0, *(file.metadata.num_rows for file in held)])
    row = _column(occurrences, "row", np.int32)
    at = np.cumsum([0, *(file.metadata.num_rows for file in occurrences)])
    for number, base in enumerate(first[:-1].tolist()):
        row[at[number] : at[number + 1]] += np.int32(base)
    facts = Facts(
        _texts(held, "application_id"),
        _column(held, "submitted_ms", np.int64),
        _texts(held, "dealer_id", repeating=True),
        _texts(held, "salesperson_id", repeating=True),
        {name: _column(held, name, np.float64) for name in NUMBERS},
        {name: _column(held, name, np.uint64) for name in COMPARED},
        row,
        _column(occurrences, "kind", np.int8),
        _column(occurrences, "role", np.int8),
        _column(occurrences, "token", np.uint64),
        _column(occurrences, "position", np.int16),
    )
    return facts, _column(held, "since", np.int64)


def _column(files: Sequence[pq.ParquetFile], name: str, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    whole = np.empty(sum(file.metadata.num_rows for file in files), dtype)
    at = 0
    for file in files:
        for batch in file.iter_batches(ROWS_AT_ONCE, columns=[name]):
            whole[at : at + len(batch)] = batch.column(0).to_numpy()
            at += len(batch)
    return whole


def _texts(files: Sequence[pq.ParquetFile], name: str, repeating: bool = False) -> Texts:
    parts = [file.read(columns=[name]).column(0) for file in files]
    if not parts:
        return Texts([], repeating)
    return Texts(pa.chunked_array([chunk for part in parts for chunk in part.chunks], parts[0].type), repeating)
