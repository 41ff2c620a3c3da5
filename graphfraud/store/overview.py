"""What a store holds, at a glance: counts by kind, and the loads that began last."""

from __future__ import annotations

import json
from typing import Any, cast

from graphfraud import schema
from graphfraud.store.loads import LoadState
from graphfraud.store.store import Store


def counts(store: Store) -> dict[str, int]:
    """Count applications (`application`), dealers (`dealer`) and the identifiers of each kind (names of `schema.KINDS`)."""
    # The embedded engine gives no row for a label that it has never seen.
    found = {str(row["name"]): cast(int, row["count"]) for row in store.read("read/counts")}
    return {name: found.get(name, 0) for name in ("application", "dealer", *schema.KIND)}


def recent_loads(store: Store, most: int = 5) -> list[LoadState]:
    """Return the loads that began last, the newest first; those that are not complete can be resumed."""
    made = []
    for row in store.read("read/recent_loads", most=most):
        fields: dict[str, Any] = {**row, "counts": json.loads(cast(str, row["counts"]))}
        made.append(LoadState(**fields))
    return made
