"""What somebody may have meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str], cutoff: float = 0.5) -> str:
    """Return a sentence with the known name that is closest to a wrong one, or with the first known ones.

    cutoff is how alike they have to be, in [0, 1]: low where the name was meant to be one of the known ones.
    """
    known = list(known)
    close = difflib.get_close_matches(name.strip(), known, 1, cutoff)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}."
