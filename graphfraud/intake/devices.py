"""Device ids in one spelling."""

from __future__ import annotations

import re

from graphfraud.intake.text import fold, is_nothing, is_one_character

SHORTEST = 4
_SEPARATORS = re.compile(r"[\s\-:{}_.]+")
# Ids that whole models or systems share: a widespread Android id, the address that iOS and Android show instead of the
# network card's, counting samples.
_SHARED = frozenset({"9774d56d682e549c", "020000000000", "012345678912345", "123456789012345", "004999010640000", "1234567890"})


def canonical(text: str) -> str | None:
    """Return an id in lower case without hyphens, colons and braces; None for a placeholder."""
    text = fold(text).casefold()
    if is_nothing(text):
        return None
    bare = _SEPARATORS.sub("", text)
    return None if len(bare) < SHORTEST or is_one_character(bare) or bare in _SHARED else bare
