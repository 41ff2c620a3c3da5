"""E-mail addresses in one spelling."""

from __future__ import annotations

import re

from graphfraud.intake.text import fold

_ADDRESS = re.compile(
    r"[^\s@,;:<>()\[\]\"]{1,64}@[a-z0-9\u0080-\uffff](?:[a-z0-9\u0080-\uffff-]*\.)+[a-z\u0080-\uffff][a-z0-9\u0080-\uffff-]+"
)
_NOBODY = frozenset(
    {"test", "none", "no", "na", "null", "unknown", "noemail", "nomail", "noreply", "no-reply", "n/a", "xxx", "abc"}
)
# Mail of these arrives at the same box whatever stands behind a plus; Google's box ignores dots as well.
_PLUS = frozenset(
    {"gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "me.com", "fastmail.com"}
)


def canonical(text: str) -> str | None:
    """Return an address in lower case, one for all spellings of one box; None for what is none, or is nobody's."""
    text = fold(text).lower().removeprefix("mailto:").strip(" <>;,.")
    if not _ADDRESS.fullmatch(text):
        return None
    local, _, domain = text.rpartition("@")
    if domain in _PLUS:
        local = local.split("+", 1)[0]
    if domain in ("gmail.com", "googlemail.com"):
        local, domain = local.replace(".", ""), "gmail.com"
    return None if not local or local in _NOBODY or not local.strip("0.") else f"{local}@{domain}"
