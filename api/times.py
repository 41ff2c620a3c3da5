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


def title_with_zone(title: str, zone: ZoneInfo, *epoch_ms: int | None) -> str:
    """Return the title of a column of such times with the offset that they have, with the zone's name where it changes."""
    offsets = {f"{datetime.fromtimestamp(at / 1000, zone):%z}" for at in epoch_ms if at is not None}
    if not offsets:
        return title
    offset = offsets.pop()
    return f"{title} ({zone})" if offsets else f"{title} ({offset[:3]}:{offset[3:]})"


def json_time(epoch_ms: int | None, zone: ZoneInfo) -> str | None:
    """Write a time for a JSON document, None for none."""
    from graphfraud.export import iso_time

    return None if epoch_ms is None else iso_time(epoch_ms, zone)


def with_times(value: DataclassInstance, zone: ZoneInfo, *names: str) -> dict[str, Any]:
    """Return a dataclass as JSON has it; the fields of these names are times."""
    return asdict(value) | {name: json_time(getattr(value, name), zone) for name in names}
