"""From clean records to the facts that detection reads, and from facts to Arrow tables and back.

A notebook's frame and a store's changes go through the same builder, so that both give detection the same columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np
import pyarrow as pa

from graphfraud.detection.columns import COMPARED, KIND_CODE, NO_POSITION, NO_TIME, NUMBERS, ROLE_CODE, Facts, Ints


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
    texts: dict[str, list[str]] = {name: [] for name in COMPARED}
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
            words.append(str(version.attributes.get(name, "")))
        for held in version.identifiers:
            rows.append(row)
            kinds.append(KIND_CODE[held.kind])
            roles.append(ROLE_CODE[held.kind, held.role])
            tokens.append(int(held.token, 16))
            positions.append(NO_POSITION if held.position is None else held.position)
    return Facts(
        np.array(ids, dtype=object),
        np.array(times, dtype=np.int64),
        np.array(dealers, dtype=object),
        np.array(sellers, dtype=object),
        {name: np.array(column, dtype=np.float64) for name, column in numbers.items()},
        {name: np.array(words, dtype=object) for name, words in texts.items()},
        np.array(rows, dtype=np.int64),
        np.array(kinds, dtype=np.int8),
        np.array(roles, dtype=np.int8),
        np.array(tokens, dtype=np.uint64),
        np.array(positions, dtype=np.int16),
    )


def join_facts(parts: Sequence[Facts]) -> Facts:
    """Put facts below each other."""
    if len(parts) == 1:
        return parts[0]
    parts = parts or [facts_of([])]
    offset = np.cumsum([0, *(len(part) for part in parts)])
    return Facts(
        np.concatenate([part.application_id for part in parts]),
        np.concatenate([part.submitted_ms for part in parts]),
        np.concatenate([part.dealer_id for part in parts]),
        np.concatenate([part.salesperson_id for part in parts]),
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
            "application_id": pa.array(facts.application_id, pa.string()),
            "since": since,
            "submitted_ms": facts.submitted_ms,
            "dealer_id": pa.array(facts.dealer_id, pa.string()),
            "salesperson_id": pa.array(facts.salesperson_id, pa.string()),
            **dict(facts.numbers.items()),
            **{name: pa.array(words, pa.string()) for name, words in facts.texts.items()},
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


def from_arrow(applications: pa.Table, occurrences: pa.Table) -> tuple[Facts, Ints]:
    """Read back what `to_arrow` wrote: the facts and the sequence number of each version."""

    def text(name: str) -> np.ndarray:
        return np.asarray(applications[name].to_numpy(zero_copy_only=False), dtype=object)

    facts = Facts(
        text("application_id"),
        applications["submitted_ms"].to_numpy(),
        text("dealer_id"),
        text("salesperson_id"),
        {name: applications[name].to_numpy() for name in NUMBERS},
        {name: text(name) for name in COMPARED},
        occurrences["row"].to_numpy(),
        occurrences["kind"].to_numpy(),
        occurrences["role"].to_numpy(),
        occurrences["token"].to_numpy(),
        occurrences["position"].to_numpy(),
    )
    return facts, applications["since"].to_numpy()
