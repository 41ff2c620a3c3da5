"""Numbers in a row: the block of a hundred that a number lies in, and the block shifted by fifty."""

from __future__ import annotations

from collections.abc import Iterator

_SIZE, _SHIFT = 100, 50


def blocks(digits: str) -> Iterator[tuple[str, str, int]]:
    """Yield (role, block, position 0–99) for the role `whole` and the role `shifted`.

    Two numbers that are fewer than fifty apart share at least one of the two blocks. The number of digits is part of the
    block, so that numbers of another length are another block.
    """
    number = int(digits)
    yield "whole", f"{len(digits)}:{number // _SIZE}", number % _SIZE
    shifted = number + _SHIFT
    yield "shifted", f"{len(digits)}:{shifted // _SIZE}+{_SHIFT}", shifted % _SIZE
