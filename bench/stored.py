"""Put records into a store as they are, with no load around it."""

from __future__ import annotations

from collections.abc import Sequence

from graphfraud.intake.records import ApplicationRecord
from graphfraud.store import Store
from graphfraud.store.applications import write_applications

AT_ONCE = 1_000


def write_all(store: Store, records: Sequence[ApplicationRecord]) -> None:
    """Write records in their order."""
    for start in range(0, len(records), AT_ONCE):
        some = records[start : start + AT_ONCE]
        write_applications(store, some, [0] * len(some), None, 1)
