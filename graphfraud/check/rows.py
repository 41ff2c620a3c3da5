"""Applications as rows that are put together into facts in no time: what a check keeps of those it has met before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from graphfraud.detection.columns import COMPARED, KIND_CODE, NO_POSITION, NO_TIME, NUMBERS, ROLE_CODE, Facts, Floats, Tokens
from graphfraud.detection.texts import Texts
from graphfraud.facts import Version
from graphfraud.schema import KINDS
from graphfraud.store.neighbourhood import Present

# relationship type and role -> codes of kind and role
_CODES: Mapping[tuple[object, object], tuple[int, int]] = {
    (kind.relationship, role): (KIND_CODE[kind.name], ROLE_CODE[kind.name, role]) for kind in KINDS for role in kind.role_names
}


@dataclass(frozen=True, slots=True)
class Row:
    """One application: what `Facts` holds of it. numbers by NUMBERS, texts by COMPARED; held: kind, role, position."""

    application_id: str
    submitted_ms: int
    dealer_id: str
    salesperson_id: str
    numbers: Floats
    texts: Tokens
    held: np.ndarray
    tokens: Tokens


def row_of_present(found: Present) -> Row:
    """Return the row of an application as the store says it."""
    said = found.properties
    submitted = cast("int | None", said.get("submitted_at"))
    held = found.held
    return Row(
        cast(str, said["application_id"]),
        NO_TIME if submitted is None else submitted,
        cast("str | None", said.get("dealer_id")) or "",
        cast("str | None", said.get("salesperson_id")) or "",
        *_described(said),
        np.array([(*_CODES[link[0], link[1]], NO_POSITION if link[3] is None else link[3]) for link in held], np.int16).reshape(
            -1, 3
        ),
        np.array([int(cast(str, link[2]), 16) for link in held], np.uint64),
    )


def row_of(version: Version) -> Row:
    """Return the row of a record."""
    said = version.attributes
    held = [
        (KIND_CODE[i.kind], ROLE_CODE[i.kind, i.role], NO_POSITION if i.position is None else i.position)
        for i in version.identifiers
    ]
    return Row(
        version.application_id,
        NO_TIME if version.submitted_at is None else version.submitted_at,
        version.dealer_id or "",
        version.salesperson_id or "",
        *_described(said),
        np.array(held, np.int16).reshape(-1, 3),
        np.array([int(i.token, 16) for i in version.identifiers], np.uint64),
    )


def _described(said: Mapping[str, object]) -> tuple[Floats, Tokens]:
    numbers = np.array([said.get(name, np.nan) for name in NUMBERS], np.float64)
    return numbers, np.array([int(cast(str, said.get(name, "0")), 16) for name in COMPARED], np.uint64)


def facts_of_rows(rows: Sequence[Row]) -> Facts:
    """Put rows, at least one, into facts."""
    held = np.concatenate([row.held for row in rows])
    numbers, texts = np.stack([row.numbers for row in rows], axis=1), np.stack([row.texts for row in rows], axis=1)
    return Facts(
        Texts([row.application_id for row in rows]),
        np.array([row.submitted_ms for row in rows], np.int64),
        Texts([row.dealer_id for row in rows], repeating=True),
        Texts([row.salesperson_id for row in rows], repeating=True),
        dict(zip(NUMBERS, numbers, strict=True)),
        dict(zip(COMPARED, texts, strict=True)),
        np.repeat(np.arange(len(rows), dtype=np.int32), [len(row.tokens) for row in rows]),
        held[:, 0].astype(np.int8),
        held[:, 1].astype(np.int8),
        np.concatenate([row.tokens for row in rows]),
        held[:, 2],
    )
