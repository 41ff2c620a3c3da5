"""Times as people and clients get them, on the lender's clock: to the minute in tables, ISO 8601 with the offset in JSON."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def local_time(epoch_ms: int | None, zone: ZoneInfo) -> str:
    """Write a time for a table, "–" for none."""
    return "–" if epoch_ms is None else f"{datetime.fromtimestamp(epoch_ms / 1000, zone):%Y-%m-%d %H:%M}"


def json_time(epoch_ms: int | None, zone: ZoneInfo) -> str | None:
    """Write a time for a JSON document, None for none."""
    from graphfraud.export import iso_time

    return None if epoch_ms is None else iso_time(epoch_ms, zone)


def with_times(value: DataclassInstance, zone: ZoneInfo, *names: str) -> dict[str, Any]:
    """Return a dataclass as JSON has it; the fields of these names are times."""
    return asdict(value) | {name: json_time(getattr(value, name), zone) for name in names}
