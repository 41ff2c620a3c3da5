"""What a store holds, at a glance: counts by kind, and the loads that began last."""

from __future__ import annotations

import json
from typing import Any, cast

from graphfraud.store.loads import LoadState
from graphfraud.store.store import Store


def counts(store: Store) -> dict[str, int]:
    """Count the applications, dealers and identifiers of each kind (names of `schema.KINDS`)."""
    return {str(row["name"]): int(cast(int, row["count"])) for row in store.read("read/counts")}


def recent_loads(store: Store, most: int = 5) -> list[LoadState]:
    """Return the loads that began last, the newest first; those that are not complete can be resumed."""
    made = []
    for row in store.read("read/recent_loads", most=most):
        fields: dict[str, Any] = {**row, "counts": json.loads(cast(str, row["counts"]))}
        made.append(LoadState(**fields))
    return made
