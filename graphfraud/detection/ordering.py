"""Grouping and ordering of many small numbers: each function is one pass of counting, or one sort of packed numbers.

Sorting packed numbers in place is ten times faster than `np.lexsort`, which follows pointers through every column; what is
sparse and ordered by row already is left to SciPy's compiled row sorts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.sparse import coo_matrix, csr_array
from scipy.sparse.csgraph import connected_components

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Tokens = npt.NDArray[np.uint64]

PACKED_BITS = 63
FEW_ROWS = 4096
FEW = 256  # with so few, what NumPy and SciPy do before they begin costs more than the work itself


def first_appearance(groups: Ints) -> Ints:
    """Renumber group numbers (≥ 0) by where they first appear; -1 stays."""
    if len(groups) <= FEW:
        return numbered_as_they_come(groups.tolist(), -1)
    highest = int(groups.max(initial=-1))
    if highest < 0:
        return np.full(len(groups), -1, np.int64)
    if highest > 8 * len(groups) + 1024:  # too sparse for a table
        groups = np.where(groups < 0, -1, pd.factorize(groups)[0])
        highest = int(groups.max())
    known = np.flatnonzero(groups >= 0)
    first = np.full(highest + 1, -1, np.int64)
    first[groups[known[::-1]]] = known[::-1]
    opens = np.zeros(len(groups), bool)
    opens[first[first >= 0]] = True
    number = np.full(highest + 2, -1, np.int64)  # one more at the end, where -1 looks
    number[groups[opens]] = np.arange(int(opens.sum()))
    return number[groups]


def numbered_as_they_come(values: list[Any], missing: object) -> Ints:
    """Number a few values by where they first appear, -1 for a missing one."""
    numbers = {missing: -1}
    return np.array([numbers.setdefault(value, len(numbers) - 1) for value in values], np.int64)


def begins(code: npt.NDArray[Any]) -> Bools:
    """Say which rows, of rows in order of a code, begin a new one."""
    new = np.ones(len(code), bool)
    np.not_equal(code[1:], code[:-1], out=new[1:])
    return new


def connected(count: int, one: Ints, other: Ints) -> Ints:
    """Number the connected components of `count` nodes, tied in pairs, by their first node: return each node's."""
    if len(one) > FEW or count > FEW_ROWS:
        graph = coo_matrix((np.ones(len(one), np.int8), (one, other)), shape=(count, count))
        return np.asarray(connected_components(graph, directed=False)[1].astype(np.int64))
    root = list(range(count))
    for a, b in zip(one.tolist(), other.tolist(), strict=True):
        while root[a] != a:
            root[a] = a = root[root[a]]
        while root[b] != b:
            root[b] = b = root[root[b]]
        if a != b:
            root[max(a, b)] = min(a, b)
    for node in range(count):  # a root comes before its nodes
        root[node] = root[root[node]]
    return first_appearance(np.array(root, np.int64)) if len(one) else np.arange(count)


def sorted_unique(values: Ints) -> Ints:
    """Return the distinct values in order; sorting beats hashing on numbers that are mostly distinct."""
    ordered = np.sort(values)
    new = np.ones(len(ordered), bool)
    new[1:] = ordered[1:] != ordered[:-1]
    return np.asarray(ordered[new])


def counted(values: Ints) -> tuple[Ints, Ints]:
    """Return the distinct values in order, and how often each comes."""
    ordered = np.sort(values)
    opens = begins(ordered).nonzero()[0]
    ends = np.empty_like(opens)
    ends[:-1], ends[-1:] = opens[1:], len(ordered)
    return ordered[opens], ends - opens


def firsts(values: Ints) -> tuple[Ints, Ints]:
    """Return the distinct values (≥ -1) in order, and the first row of each."""
    order = order_by(values)
    first = order[begins(values[order])]
    return values[first], first


def placed(values: Ints) -> tuple[Ints, Ints]:
    """Return the distinct values (≥ -1) in order, and the place of each row's value among them."""
    order = order_by(values)
    ordered = values[order]
    opens = begins(ordered)
    place = np.empty(len(values), np.int64)
    place[order] = np.cumsum(opens) - 1
    return ordered[opens], place


def order_by(code: npt.NDArray[Any]) -> Ints:
    """Return the rows in order of a code (≥ -1); equal codes stay in order of row."""
    row_bits = max(len(code) - 1, 1).bit_length()
    if int(code.max(initial=0) + 1).bit_length() + row_bits > PACKED_BITS:
        return np.argsort(code, kind="stable").astype(np.int64)
    packed = (code.astype(np.int64) + 1) << row_bits
    packed |= np.arange(len(code))
    packed.sort()
    packed &= (1 << row_bits) - 1
    return packed


def order_of_tokens(token: Tokens) -> Ints:
    """Return the rows in order of their tokens (64 bits); equal tokens stay in order of row.

    Sorts the row number together with the bits of the token that leave room for it, and then what those bits did not tell
    apart.
    """
    row_bits = np.uint64(max(len(token) - 1, 1).bit_length())
    mask = (np.uint64(1) << row_bits) - np.uint64(1)
    packed = token & ~mask
    packed |= np.arange(len(token), dtype=np.uint64)
    packed.sort()
    order = (packed & mask).astype(np.int64)
    packed >>= row_bits
    alike = packed[1:] == packed[:-1]
    del packed
    ordered = token[order]
    clash = np.flatnonzero(alike & (ordered[1:] != ordered[:-1]))
    if len(clash):
        stretch = np.concatenate([[0], np.cumsum(~alike)])
        clashing = np.zeros(int(stretch[-1]) + 1, bool)
        clashing[stretch[clash]] = True
        at = np.flatnonzero(clashing[stretch])
        order[at] = order[at][np.argsort(ordered[at], kind="stable")]
    return order


def spread(start: Ints, width: Ints) -> Ints:
    """Return start[0], start[0] + 1, … (width[0] numbers), start[1], … : the rows of stretches, one after another."""
    ends = np.cumsum(width)
    return np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(start - ends + width, width)


def spans(first: Ints, end: Ints) -> tuple[Ints, Ints]:
    """Lay out ranges [first, end): return (number of the range, position) for every position in them."""
    width = np.maximum(end - first, 0)
    return np.repeat(np.arange(len(width)), width), spread(first, width)


def places(ordered: Ints, wanted: Ints) -> tuple[Ints, Ints]:
    """Find every place of each wanted value in an ordered array: (position in wanted, place in the array)."""
    return spans(np.searchsorted(ordered, wanted, "left"), np.searchsorted(ordered, wanted, "right"))


def find(ordered: Ints, asked: Ints) -> tuple[Ints, Bools]:
    """Place of each asked value among ordered ones, and whether it is there."""
    if len(ordered) == 0:
        return np.zeros(len(asked), np.int64), np.zeros(len(asked), bool)
    at = np.minimum(np.searchsorted(ordered, asked), len(ordered) - 1)
    return at, np.asarray(ordered[at] == asked)


def pairs(group: Ints, value: Ints) -> tuple[Ints, Ints]:
    """Return the distinct pairs of a group and a value (≥ 0), ordered."""
    base = int(value.max(initial=0)) + 1
    key = sorted_unique(group * base + value)
    return key // base, key % base


def place_within(group: Ints) -> Ints:
    """Place of each row within its group, in rows that are ordered by group."""
    if len(group) == 0:
        return group
    head = np.flatnonzero(begins(group))
    size = np.diff(head, append=len(group))
    return np.asarray(np.arange(len(group)) - np.repeat(head, size))


def least_and_most(group: Ints, value: Floats, count: int) -> tuple[Floats, Floats]:
    """Return the least and the most value of each of `count` groups; of an empty one, infinity and its opposite."""
    least, most = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(least, group, value)
    np.maximum.at(most, group, value)
    return least, most


@dataclass(frozen=True)
class Cells:
    """The distinct (group, value) pairs of a column whose groups (≥ 0) stand in order.

    row: all rows, by group and value (equal ones in no order); opens: where in `row` each pair begins; group, value, count:
    of each pair.
    """

    row: Ints
    opens: Ints
    group: Ints
    value: Ints
    count: Ints

    @property
    def first(self) -> Ints:
        """The first row of each pair."""
        return np.minimum.reduceat(self.row, self.opens) if len(self.row) else self.row


def cells(group: Ints, value: Ints) -> Cells:
    """Find the distinct pairs of a group and a value (≥ -1); groups (≥ 0) must stand in order."""
    n = len(group)
    if n == 0:
        return Cells(*(np.empty(0, np.int64),) * 5)
    if n <= FEW_ROWS:
        return _few_cells(group, value)
    head = np.flatnonzero(begins(group))
    small = np.int32 if max(n, int(value.max()) + 2) < 2**31 else np.int64
    table = csr_array(
        (np.arange(n, dtype=small), (value + 1).astype(small), np.append(head, n).astype(small)),
        shape=(len(head), int(value.max()) + 2),
    )
    table.sort_indices()
    row, found = table.data, table.indices
    new = np.ones(n, bool)
    new[1:] = found[1:] != found[:-1]
    new[head] = True
    opens = np.flatnonzero(new)
    return Cells(
        row.astype(np.int64),
        opens,
        group[row[opens]].astype(np.int64),
        found[opens].astype(np.int64) - 1,
        np.diff(opens, append=n),
    )


def _few_cells(group: Ints, value: Ints) -> Cells:
    key = group.astype(np.int64) * (int(value.max()) + 2) + value + 1
    row = np.argsort(key, kind="stable")
    ordered = key[row]
    opens = np.flatnonzero(begins(ordered))
    first = row[opens]
    count = np.empty(len(opens), np.int64)
    count[:-1] = opens[1:] - opens[:-1]
    count[-1] = len(key) - opens[-1]
    return Cells(row, opens, group[first].astype(np.int64), value[first].astype(np.int64), count)


def distinct_in(group: Ints, value: Ints) -> Ints:
    """Count the distinct values (a missing one, -1, counts) of each group, by group; groups must stand in order."""
    return np.bincount(cells(group, value).group, minlength=int(group.max(initial=-1)) + 1)
