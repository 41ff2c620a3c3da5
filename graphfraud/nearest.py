"""What somebody may have meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a sentence with the known name that is closest to a wrong one, or with the first known ones."""
    known = list(known)
    close = difflib.get_close_matches(name.strip(), known, 1, 0.5)
    return f"Did you mean {close[0]!r}?" if close else f"Known: {', '.join(known[:12])}{', …' if len(known) > 12 else ''}."
