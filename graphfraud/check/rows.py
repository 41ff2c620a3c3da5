"""Applications as rows that are put together into facts in no time: what a check keeps of those it has met before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphfraud.detection.columns import COMPARED, KIND_CODE, NO_POSITION, NO_TIME, NUMBERS, ROLE_CODE, Facts, Floats, Tokens
from graphfraud.detection.texts import Texts
from graphfraud.facts import Version


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


def row_of(version: Version) -> Row:
    """Return the row of an application."""
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
        np.array([float(said.get(name, np.nan)) for name in NUMBERS]),
        np.array([int(str(said.get(name, "0")), 16) for name in COMPARED], np.uint64),
        np.array(held, np.int16).reshape(-1, 3),
        np.array([int(i.token, 16) for i in version.identifiers], np.uint64),
    )


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
