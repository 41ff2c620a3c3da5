"""Cursors of pages: opaque to the client, they pin the scan that the first page was read from."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from api.http.problems import Problem


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place after which a page begins: the rank of the last ring, in the list of a scan."""

    scan_id: str
    after: int

    def text(self) -> str:
        """Write the cursor as text that a URL can hold."""
        return base64.urlsafe_b64encode(f"1|{self.scan_id}|{self.after}".encode()).decode().rstrip("=")


def read_cursor(text: str) -> Cursor:
    """Read a cursor; raise Problem for what is none."""
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        plain = ""
    match = re.fullmatch(r"1\|([0-9A-Za-z._:-]{1,64})\|(\d{1,9})", plain)
    if match is None:
        raise no_page()
    return Cursor(match[1], int(match[2]))


def no_page() -> Problem:
    """Return the problem of a cursor that is none, or whose scan is gone."""
    return Problem("not-found", "There is no page of this cursor (any more); begin again without one.")
