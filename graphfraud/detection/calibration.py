"""What is usual here, learned once by `calibrate` and frozen: everything that `judge` may know beyond its part.

Kept as one small .npz of plain arrays and a JSON header, so that it can be stored, versioned and read without pickle.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from graphfraud.detection.anomaly import Panel
from graphfraud.detection.anomaly.clusters import Clusters
from graphfraud.detection.anomaly.forest import Forest
from graphfraud.detection.anomaly.histograms import Histograms
from graphfraud.detection.attach import Unseen
from graphfraud.detection.clocks import AllClocks, Clocks
from graphfraud.detection.departures import Customers, Mixes
from graphfraud.detection.evidence import Priors
from graphfraud.detection.hubs import Hubs
from graphfraud.detection.market import Market
from graphfraud.detection.opinions import Opinions
from graphfraud.detection.refine import Habits

CALIBRATION_VERSION = 6


@dataclass(frozen=True)
class Calibration:
    """Clocks, reach of rows, priors of evidence, market, habits, unseen members, opinions, hubs, customers, departures."""

    clocks: AllClocks
    row_reach: dict[str, int]
    priors: Priors
    market: Market
    habits: Habits
    unseen: Unseen
    opinions: Opinions
    hubs: Hubs
    customers: Customers
    mixes: Mixes

    def to_bytes(self) -> bytes:
        """Return the calibration as .npz bytes; the same calibration gives the same bytes."""
        arrays: dict[str, np.ndarray] = {}
        header = {"version": CALIBRATION_VERSION, "values": _take_apart(self, "", arrays)}
        arrays["header"] = np.frombuffer(json.dumps(header, sort_keys=True).encode(), np.uint8)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **arrays)
        return buffer.getvalue()

    @classmethod
    def from_bytes(cls, data: bytes) -> Calibration:
        """Read what `to_bytes` wrote; raise ValueError for another version, and for bytes that are cut short or damaged."""
        try:
            return cls._read(data)
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
            raise ValueError(f"the calibration is cut short or damaged: {error}") from error

    @classmethod
    def _read(cls, data: bytes) -> Calibration:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            header = json.loads(bytes(stored["header"]).decode())
            if header["version"] != CALIBRATION_VERSION:
                raise ValueError(
                    f"calibration version {header['version']}, this program reads {CALIBRATION_VERSION}; scan again"
                )
            values = header["values"]
            known = (AllClocks, Clocks, Clusters, Customers, Forest, Habits, Histograms, Hubs, Market, Mixes, Opinions, Panel)
            types = (*known, Priors, Unseen)
            built = _put_together(cls, "", stored, values, {t.__name__: t for t in types})
        assert isinstance(built, cls)
        return built


def _take_apart(value: Any, path: str, arrays: dict[str, np.ndarray]) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for field in fields(value):
        name, part = f"{path}{field.name}", getattr(value, field.name)
        if is_dataclass(part):
            plain |= _take_apart(part, f"{name}.", arrays)
        elif isinstance(part, np.ndarray):
            arrays[name] = part.astype("U") if part.dtype == object else part
        else:
            plain[name] = part
    return plain


def _put_together(cls: type, path: str, stored: Any, values: dict[str, Any], types: dict[str, type]) -> Any:
    parts: dict[str, Any] = {}
    for field in fields(cls):
        name = f"{path}{field.name}"
        nested = types.get(str(field.type))
        if nested is not None:
            parts[field.name] = _put_together(nested, f"{name}.", stored, values, types)
        elif name in values:
            parts[field.name] = values[name]
        else:
            array = stored[name]
            parts[field.name] = array.astype(object) if array.dtype.kind == "U" else array
    return cls(**parts)
