"""E-mail addresses in one spelling."""

from __future__ import annotations

import re

from graphfraud.intake.text import fold

_WORD = r"[a-z0-9\u0080-\uffff]"
_ADDRESS = re.compile(rf"[^\s@,;:<>()\[\]\"]{{1,64}}@{_WORD}(?:[a-z0-9\u0080-\uffff-]*\.)+{_WORD}[a-z0-9\u0080-\uffff-]+")
_LIKE_ONE = re.compile(r"[^\s]+@[^\s]{3,}")
_NOBODY = frozenset({"test", "none", "no", "na", "null", "unknown", "noemail", "nomail", "noreply", "no-reply", "n/a", "xxx"})
# Mail of these arrives at the same box whatever stands behind a plus; Google's box ignores dots as well.
_PLUS = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "fastmail.com"}
)


def canonical(text: str) -> str | None:
    """Return an address in lower case, one for all spellings of one box; None for what has no @, or is nobody's.

    A mistyped address is kept (`flags` tells it): the same slip twice is the same hand.
    """
    text = fold(text).lower().removeprefix("mailto:").strip(" <>;,.")
    if not _LIKE_ONE.fullmatch(text):
        return None
    local, _, domain = text.rpartition("@")
    if domain in _PLUS:
        local = local.split("+", 1)[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return None if not local or local in _NOBODY or not local.strip("0.-") else f"{local}@{domain}"


def flags(value: str) -> tuple[str, ...]:
    """Return `email_shape` for a canonical address that no mail could reach."""
    return () if is_address(value) else ("email_shape",)


def is_address(text: str) -> bool:
    """Say whether text has the shape of an address."""
    return _ADDRESS.fullmatch(text.lower()) is not None
