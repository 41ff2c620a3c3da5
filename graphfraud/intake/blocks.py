"""Numbers in a row: the block of a hundred that a number lies in, and the block shifted by fifty."""

from __future__ import annotations

_SIZE, _SHIFT = 100, 50


def blocks(digits: str) -> tuple[tuple[str, str, int], tuple[str, str, int]]:
    """Return (role, block, position 0–99) for the role `whole` and the role `shifted`.

    Two numbers that are fewer than fifty apart share at least one of the two blocks. The number of digits is part of the
    block, so that numbers of another length are another block.
    """
    number, length = int(digits), len(digits)
    shifted = number + _SHIFT
    return (
        ("whole", f"{length}:{number // _SIZE}", number % _SIZE),
        ("shifted", f"{length}:{shifted // _SIZE}+{_SHIFT}", shifted % _SIZE),
    )
