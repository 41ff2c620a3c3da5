"""What a scan says of applications and look-alikes, kept beside its table of applications, and read back for a few.

Files of earlier versions know neither the ring that reasons speak of nor who stands near one.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from graphfraud.detection.columns import Applications
from graphfraud.detection.company import NEAR_RING
from graphfraud.detection.judge import Findings
from graphfraud.detection.not_raised import CLASSES, LookAlikes
from graphfraud.detection.reason_table import CODES, ReasonTable
from graphfraud.errors import NotFound
from graphfraud.results import LookAlike, Reason
from graphfraud.schema import KINDS

REASONS, LOOK_ALIKES, NEAR = "reasons.parquet", "look_alikes.parquet", "near.parquet"
_COUNTS = ("applications", "persons", "dealers", "days", "identifiers")


def write_explanations(folder: Path, a: Applications, findings: Findings) -> None:
    """Write the reasons of applications, the look-alikes of a scan, and who stands nearer to a ring than the own risk says."""
    if findings.reasons is None or findings.look_alikes is None:
        return
    reasons = _reasons(findings.reasons, findings.application_id)
    meant = _names_of(findings, findings.meant[findings.reasons.subject])
    pq.write_table(reasons.append_column("ring_id", pa.array(meant, pa.string())), folder / REASONS, compression="zstd")
    pq.write_table(_near(a, findings), folder / NEAR, compression="zstd")
    pq.write_table(_look_alikes(findings.look_alikes), folder / LOOK_ALIKES, compression="zstd")


def reasons_of(folder: Path, application_id: str) -> tuple[Reason, ...]:
    """Return why an application has its risk, () where the scan had nothing to say; raise NotFound for another's folder."""
    found = _read_reasons(_there(folder / REASONS), application_id)
    return found[0][1] if found else ()


def ring_meant(folder: Path, application_id: str) -> str | None:
    """Return the id of the ring that an application's reasons speak of: "" if it is a group that is none, None if unknown."""
    path = _there(folder / REASONS)
    if "ring_id" not in pq.read_schema(path).names:
        return None
    found = pq.read_table(path, columns=["ring_id"], filters=[("application_id", "=", application_id)])["ring_id"]
    return str(found[0].as_py()) if len(found) else None


def near_ring(folder: Path, application_id: str) -> tuple[str, Reason] | None:
    """Return the ring near which an application outside all stands, and by what, where that says more than its own risk."""
    path = folder / NEAR
    if not path.is_file():
        return None
    rows = pq.read_table(path, filters=[("application_id", "=", application_id)]).to_pylist()
    if not rows:
        return None
    row, kind = rows[0], KINDS[rows[0]["kind"]].name
    facts = {"members": row["members"], "persons": row["persons"]}
    return row["ring_id"], Reason(
        NEAR_RING, row["contribution"], kind, (f"{row['token']:016x}",), facts=facts, token_kinds=(kind,)
    )


def all_reasons(folder: Path) -> list[tuple[str, tuple[Reason, ...]]]:
    """Return the reasons of every application that the scan explained, by its id."""
    return _read_reasons(_there(folder / REASONS), None)


def found_reasons(findings: Findings) -> list[tuple[str, tuple[Reason, ...]]]:
    """Return the same from findings that were not written."""
    table = findings.reasons
    if table is None:
        return []
    ids = findings.application_id
    return [(ids[subject], _told(table, subject, ids)) for subject in np.unique(table.subject).tolist()]


def found_look_alikes(findings: Findings, most: int) -> tuple[LookAlike, ...]:
    """Return, of each class, the look-alikes that look most like a ring, from findings that were not written."""
    found = findings.look_alikes
    return tuple(found.look_alike(row, findings.application_id) for row in found.top(most).tolist()) if found else ()


def _read_reasons(path: Path, application_id: str | None) -> list[tuple[str, tuple[Reason, ...]]]:
    filters = None if application_id is None else [("application_id", "=", application_id)]
    table = pq.read_table(path, filters=filters)
    owners = table["application_id"].to_pylist()
    names = pc.list_flatten(table["shown"]).to_pylist()
    shown_start = np.concatenate([[0], np.cumsum(pc.list_value_length(table["shown"]).to_numpy())]).astype(np.int64)
    words = {
        (row, name): value
        for row, text in enumerate(table["words"].to_pylist())
        for name, value in (json.loads(text) if text else {}).items()
    }
    token_start, token = _lists(table["token"], np.uint64)
    number = {owner: place for place, owner in enumerate(dict.fromkeys(owners))}
    made = ReasonTable(
        subject=np.array([number[owner] for owner in owners], dtype=np.int64),
        code=np.array([CODES.index(code) for code in table["code"].to_pylist()], dtype=np.int64),
        kind=table["kind"].to_numpy().astype(np.int64),
        contribution=table["contribution"].to_numpy(),
        share=table["share"].to_numpy(),
        **{name: table[name].to_numpy().astype(np.int64) for name in _COUNTS},
        token_start=token_start,
        token=token,
        token_kind=_lists(table["token_kind"], np.int64)[1],
        shown_start=shown_start,
        shown=np.arange(len(names)),
        words=words,
    )
    return [(owner, _told(made, place, names)) for owner, place in number.items()]


def _told(table: ReasonTable, subject: int, ids: Sequence[str]) -> tuple[Reason, ...]:
    """Return the reasons of an application that carry something, as a check tells them."""
    return tuple(reason for reason in table.of(subject, ids) if reason.weighs)


def look_alikes_of(folder: Path, application_ids: Sequence[str], application_id: str) -> tuple[LookAlike, ...]:
    """Return the look-alikes that an application is in, folds first; application_ids are the scan's, in its order."""
    if application_id not in application_ids:
        return ()
    found = read_look_alikes(folder)
    return tuple(found.look_alike(row, application_ids) for row in found.of(application_ids.index(application_id)).tolist())


def top_look_alikes(folder: Path, application_ids: Sequence[str], most: int, name: str = "") -> tuple[LookAlike, ...]:
    """Return, of each class (or of one), the look-alikes that look most like a ring."""
    found = read_look_alikes(folder)
    rows = [row for row in found.top(most).tolist() if not name or CLASSES[found.name[row]] == name]
    return tuple(found.look_alike(row, application_ids) for row in rows)


def read_look_alikes(folder: Path) -> LookAlikes:
    """Read all look-alikes of a scan; raise NotFound if they are not there."""
    table = pq.read_table(_there(folder / LOOK_ALIKES))
    columns: dict[str, Any] = {}
    for field in fields(LookAlikes):
        if field.name in table.column_names and not pa.types.is_list(table.schema.field(field.name).type):
            columns[field.name] = table[field.name].to_numpy()
    columns["member_start"], columns["member"] = _lists(table["member"], np.int64)
    columns["tie_start"], columns["tie_kind"] = _lists(table["tie_kind"], np.int64)
    columns["tie_count"] = _lists(table["tie_count"], np.int64)[1]
    columns["token_start"], columns["token"] = _lists(table["token"], np.uint64)
    columns["token_kind"] = _lists(table["token_kind"], np.int64)[1]
    return LookAlikes(**columns)


def _reasons(table: ReasonTable, application_ids: Sequence[str]) -> pa.Table:
    ids = pa.array(application_ids, pa.string())
    words: list[dict[str, object]] = [{} for _ in range(len(table))]
    for (row, name), value in table.words.items():
        words[row][name] = value
    return pa.table(
        {
            "application_id": ids.take(pa.array(table.subject)),
            "code": pa.array(CODES, pa.string()).take(pa.array(table.code)),
            "kind": table.kind,
            "contribution": table.contribution,
            "share": table.share,
            **{name: getattr(table, name) for name in _COUNTS},
            "token": _list_array(table.token_start, pa.array(table.token)),
            "token_kind": _list_array(table.token_start, pa.array(table.token_kind.astype(np.int8))),
            "shown": _list_array(table.shown_start, ids.take(pa.array(table.shown))),
            "words": pa.array([json.dumps(each, sort_keys=True) if each else "" for each in words], pa.string()),
        }
    )


def _near(a: Applications, findings: Findings) -> pa.Table:
    """One row an application outside the rings that stands nearer to one than its risk says: the strongest of what says so."""
    company = findings.company
    assert company is not None
    row, adds = company.strongest(findings.risk)
    application, identifier = company.application[row], company.identifier[row]
    return pa.table(
        {
            "application_id": pa.array(findings.application_id, pa.string()).take(pa.array(application)),
            "ring_id": pa.array(_names_of(findings, company.ring[row]), pa.string()),
            "kind": a.identifier_kind[identifier].astype(np.int8),
            "token": a.identifier_token[identifier],
            "contribution": adds,
            "members": company.members[row],
            "persons": company.users[row],
        }
    )


def _names_of(findings: Findings, number: np.ndarray) -> list[str]:
    """Name rings by the number that company has for them, "" for -1."""
    company = findings.company
    assert company is not None
    known, member = np.unique(company.member, return_index=True)
    names = {ring: findings.ring_id[row] for ring, row in zip(known.tolist(), member.tolist(), strict=True) if ring >= 0}
    return [names.get(ring, "") for ring in number.tolist()]


def _look_alikes(found: LookAlikes) -> pa.Table:
    plain = ("name", "confidence", "folded", "surname", "applications", "persons", "dealers", "days")
    return pa.table(
        {
            **{name: getattr(found, name) for name in plain},
            "member": _list_array(found.member_start, pa.array(found.member.astype(np.int32))),
            "tie_kind": _list_array(found.tie_start, pa.array(found.tie_kind.astype(np.int8))),
            "tie_count": _list_array(found.tie_start, pa.array(found.tie_count.astype(np.int32))),
            "token": _list_array(found.token_start, pa.array(found.token)),
            "token_kind": _list_array(found.token_start, pa.array(found.token_kind.astype(np.int8))),
        }
    )


def _list_array(start: np.ndarray, values: pa.Array) -> pa.Array:
    return pa.ListArray.from_arrays(pa.array(start.astype(np.int32)), values)


def _lists(column: pa.ChunkedArray, dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Return (starts, values) of a column of lists."""
    size = pc.list_value_length(column).to_numpy()
    values = pc.list_flatten(column).to_numpy().astype(dtype)
    return np.concatenate([[0], np.cumsum(size)]).astype(np.int64), values


def _there(path: Path) -> Path:
    if not path.is_file():
        raise NotFound(f"{path} is not there; run graphfraud scan again with this data folder")
    return path
