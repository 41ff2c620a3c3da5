"""A column of texts, kept in Arrow: ten to twenty bytes a text instead of the seventy of a Python object."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_CODED = pa.dictionary(pa.int32(), pa.large_string())


class Texts(Sequence[str]):
    """Texts by row, "" where there is none; rows are taken by a number, a slice, or arrays of numbers or truths.

    A column in which few texts come often is kept as their numbers (`repeating`), one in which most differ as it is.
    """

    __slots__ = ("arrow",)

    def __init__(self, values: Any, repeating: bool = False) -> None:
        column: Any = values.arrow if isinstance(values, Texts) else values
        if isinstance(column, pa.ChunkedArray):
            column = column.combine_chunks()
        if not isinstance(column, pa.Array):
            column = pa.array(column, pa.large_string())
        coded = pa.types.is_dictionary(column.type)
        if column.type != (form := _CODED if coded else pa.large_string()):
            column = column.cast(form)
        if repeating and not coded:
            column = column.dictionary_encode()
        self.arrow: pa.Array = column

    @classmethod
    def join(cls, parts: Sequence[Texts]) -> Texts:
        """Put columns below each other."""
        return cls(pa.concat_arrays([part.arrow for part in parts]))

    def __len__(self) -> int:
        return len(self.arrow)

    @overload
    def __getitem__(self, rows: int) -> str: ...
    @overload
    def __getitem__(self, rows: slice | npt.NDArray[Any]) -> Texts: ...
    def __getitem__(self, rows: int | slice | npt.NDArray[Any]) -> str | Texts:
        if isinstance(rows, slice):
            return Texts(self.arrow[rows])
        if isinstance(rows, np.ndarray):
            return Texts(self.arrow.filter(pa.array(rows)) if rows.dtype == bool else self.arrow.take(pa.array(rows)))
        return str(self.arrow[rows].as_py())

    def __iter__(self) -> Iterator[str]:
        return iter(self.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Texts) and self.plain.equals(other.plain)

    __hash__ = None  # type: ignore[assignment]  # equal by content, like a list

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> npt.NDArray[Any]:
        return np.array(self.tolist(), dtype=dtype or object)

    @property
    def plain(self) -> pa.Array:
        """The texts as an Arrow column of large strings."""
        return self.arrow.cast(pa.large_string())

    def tolist(self) -> list[str]:
        """Return the texts as Python objects."""
        found: list[str] = self.arrow.to_pylist()
        return found

    def numbered(self) -> tuple[Ints, Texts]:
        """Return the number of each row's text, -1 for "", and the texts by number (in no order that means anything)."""
        coded = self.arrow if pa.types.is_dictionary(self.arrow.type) else self.arrow.dictionary_encode()
        number = coded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        empty = pc.index(coded.dictionary, "").as_py()
        return np.where(number == empty, -1, number) if empty >= 0 else number, Texts(coded.dictionary)

    def among(self, texts: Sequence[str]) -> Bools:
        """Say which rows have one of some texts."""
        return np.asarray(pc.is_in(self.plain, pa.array(texts, pa.large_string())))

    def order(self) -> Ints:
        """Return the rows in the order of their texts, by code points; equal texts by row."""
        return np.asarray(pc.array_sort_indices(self.plain).to_numpy(), dtype=np.int64)
