"""What writing a batch did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Superseded(NamedTuple):
    """A row that is not, or no longer, the current version of its application; source is the file it came from."""

    application_id: str
    line: int
    source: str


@dataclass(frozen=True, slots=True)
class WriteOutcome:
    """What a batch did; sequence is the number of its commit, None if it changed nothing.

    added, changed and unchanged count distinct ids, save that a row equal to an earlier one counts as unchanged too.
    superseded lists the rows that lost to a later version: rows of the batch that were not stored, and stored versions
    that the batch closed. unknown lists the rows (by place in the batch) that name an application that is not there.
    """

    sequence: int | None = None
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    superseded: tuple[Superseded, ...] = ()
    unknown: tuple[int, ...] = ()
