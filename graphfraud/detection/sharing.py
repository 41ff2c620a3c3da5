"""Who holds the same identifier: equal tokens of a kind become one number, and those that nobody shares go.

Of many applications one kind after another, so that only one kind's tokens are in memory beside what is kept of the others;
of a few all kinds at once, for there each step costs the same however little it is given.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from graphfraud.detection.ordering import (
    FEW_ROWS,
    Bools,
    Ints,
    Tokens,
    begins,
    first_appearance,
    order_by,
    order_of_tokens,
    spread,
)
from graphfraud.schema import KIND_CODE, KINDS

if TYPE_CHECKING:
    from graphfraud.detection.columns import Facts


@dataclass(frozen=True)
class Shared:
    """The identifiers that two or more applications hold, and who holds them: see `Applications`."""

    application: Ints
    identifier: Ints
    role: npt.NDArray[np.int8]
    position: npt.NDArray[np.int16]
    kind: Ints
    token: Tokens
    distinct: Ints
    holder: dict[str, Ints]
    holder_token: dict[str, Tokens]
    gives: Ints


def share(facts: Facts, order: Ints, unshared: str, numbered: tuple[str, ...]) -> Shared:
    """Number the shared identifiers by kind, then by first appearance among the applications in their order.

    holder[kind], for the kinds of `numbered`: the number (first appearance) of the identifier that each application
    holds (the first given, of several), -1 if none; holder_token[kind]: its token, by number. Those of the kind `unshared`
    are no identifiers in the result.
    gives: bits by kind, set where an application holds an identifier of the kind in its first role, whoever else does.
    """
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    distinct = np.zeros(len(KINDS), np.int64)
    holder = {name: np.full(len(order), -1, np.int64) for name in numbered}
    holder_token = {name: np.empty(0, np.uint64) for name in numbered}
    gives = np.zeros(len(order), np.int64)
    parts: list[_Part] = []
    together = len(KINDS) if len(facts.occ_token) <= FEW_ROWS else 1
    for first in range(0, len(KINDS), together):
        codes = range(first, first + together)
        held = _holding(facts, codes, rank)
        for code in codes:
            gives[held.row[(held.role == 0) & (held.kind == code)]] |= 1 << code
        by_token = order_of_tokens(held.token)
        if together > 1:
            by_token = by_token[order_by(held.kind[by_token])]
        new = begins(held.token[by_token]) | begins(held.kind[by_token])
        start = new.nonzero()[0]
        kinds = held.kind[by_token[start]]
        distinct += np.bincount(kinds, minlength=len(KINDS))
        for name in numbered:
            if KIND_CODE[name] in codes:
                holder[name], holder_token[name] = _number_of_holders(held, by_token, new, KIND_CODE[name], len(order))
        if together > 1 or first != KIND_CODE[unshared]:
            parts.append(_shared(held, by_token, start, kinds != KIND_CODE[unshared]))
    base = np.cumsum([0, *(len(part.token) for part in parts)])
    return Shared(
        np.concatenate([part.row for part in parts]).astype(np.int64),
        np.concatenate([part.identifier + first for part, first in zip(parts, base, strict=False)]),
        np.concatenate([part.role for part in parts]),
        np.concatenate([part.position for part in parts]),
        np.concatenate([part.kind for part in parts]).astype(np.int64),
        np.concatenate([part.token for part in parts]),
        distinct,
        holder,
        holder_token,
        gives,
    )


@dataclass(frozen=True)
class _Held:
    """Occurrences of some kinds, by kind, application, role: the application (place in the order), role, token, position."""

    kind: npt.NDArray[np.int8]
    row: npt.NDArray[np.int32]
    role: npt.NDArray[np.int8]
    token: Tokens
    position: npt.NDArray[np.int16]
    cell: Ints


@dataclass(frozen=True)
class _Part:
    """The shared identifiers of some kinds, numbered from 0, with their kinds and tokens, and their occurrences."""

    kind: npt.NDArray[np.int8]
    row: npt.NDArray[np.int32]
    identifier: npt.NDArray[np.int32]
    role: npt.NDArray[np.int8]
    position: npt.NDArray[np.int16]
    token: Tokens


def _holding(facts: Facts, codes: range, rank: npt.NDArray[np.int32]) -> _Held:
    roles = max(len(KINDS[code].role_names) for code in codes)
    if len(codes) == len(KINDS):
        found = np.arange(len(facts.occ_kind))
        cell = (facts.occ_kind * np.int64(len(rank)) + rank[facts.occ_row]) * roles + facts.occ_role
    else:
        found = np.flatnonzero(facts.occ_kind == codes[0])
        cell = rank[facts.occ_row[found]].astype(np.int64) * roles + facts.occ_role[found]
    if (cell[1:] < cell[:-1]).any():
        order = order_by(cell)
        found, cell = found[order], cell[order]
    return _Held(
        facts.occ_kind[found],
        rank[facts.occ_row[found]],
        facts.occ_role[found],
        facts.occ_token[found],
        facts.occ_position[found],
        cell,
    )


def _number_of_holders(held: _Held, by_token: Ints, new: Bools, code: int, applications: int) -> tuple[Ints, Tokens]:
    """Number, by application, the first identifier of a kind that it holds; return its token by number, too."""
    number = np.empty(len(by_token), np.int64)
    number[by_token] = np.cumsum(new) - 1
    rows = (held.kind == code).nonzero()[0][::-1]
    of_application = np.full(applications, -1, np.int64)
    of_application[held.row[rows]] = number[rows]
    code_of = first_appearance(of_application)
    has = np.flatnonzero(code_of >= 0)
    token = np.empty(int(code_of.max(initial=-1)) + 1, np.uint64)
    token[code_of[has]] = held.token[by_token[np.flatnonzero(new)[of_application[has]]]]
    return code_of, token


def _shared(held: _Held, by_token: Ints, start: Ints, wanted: Bools) -> _Part:
    """Keep what two or more applications hold; a number given twice in one application is held once."""
    size = np.diff(start, append=len(by_token))
    kept = wanted & (held.row[by_token[start]] != held.row[by_token[start + size - 1]])
    start, size = start[kept], size[kept]
    first = by_token[start]
    opens = np.zeros(len(by_token), bool)
    opens[first] = True
    group = np.empty(len(start), np.int64)
    group[(np.cumsum(opens) - 1)[first]] = np.arange(len(start))
    group = _by_holders_where_one_cell_opens_several(group, held, by_token, start, size)
    start, size = start[group], size[group]
    rows = by_token[spread(start, size)]
    identifier = np.repeat(np.arange(len(start), dtype=np.int32), size)
    first = by_token[start]
    return _Part(held.kind[first], held.row[rows], identifier, held.role[rows], held.position[rows], held.token[first])


def _by_holders_where_one_cell_opens_several(group: Ints, held: _Held, by_token: Ints, start: Ints, size: Ints) -> Ints:
    """Order identifiers that first appear in one application and role by who else holds them, whatever their tokens."""
    opening = held.cell[by_token[start[group]]]
    alike = opening[1:] == opening[:-1]
    if not alike.any():
        return group
    tied = np.flatnonzero(np.append(alike, False) | np.append(False, alike))
    of = group[tied]
    scrambled = (held.row[by_token[spread(start[of], size[of])]].astype(np.uint64) + np.uint64(1)) * np.uint64(
        0x9E3779B97F4A7C15
    )
    scrambled ^= scrambled >> np.uint64(29)
    fingerprint = np.add.reduceat(scrambled, np.cumsum(size[of]) - size[of])
    group = group.copy()
    group[tied] = of[np.lexsort((fingerprint, opening[tied]))]
    return group
