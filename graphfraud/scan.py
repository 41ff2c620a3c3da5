"""The batch: read → detect → write. One scan at a time; its results become visible in one switch, or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.check.formed import formed_by_scan, write_untold
from graphfraud.check.known import KnownRings, read_rings, write_members
from graphfraud.check.scale import BANDS, Cutoffs, band_numbers
from graphfraud.check.scoring import COMPONENTS, Scores, Weights, score_applications
from graphfraud.citing import with_masks
from graphfraud.detection.columns import NO_TIME, Applications, Facts, shared_columns
from graphfraud.detection.detect import detect
from graphfraud.detection.judge import Findings, StageClock
from graphfraud.detection.parameters import Parameters
from graphfraud.errors import DiskError, SettingError
from graphfraud.explanations import write_explanations
from graphfraud.export import APPLICATIONS, DEALERS, scan_folder
from graphfraud.intake.times import window
from graphfraud.lineage import keep_ids
from graphfraud.projection import Projection
from graphfraud.results import Ring, Scan
from graphfraud.settings import Settings
from graphfraud.state.outbox import Event
from graphfraud.store import Store
from graphfraud.store.changes import masks
from graphfraud.store.leases import hold
from graphfraud.store.results import current_scan, write_scan

HASHED_AT_ONCE = 100_000  # application ids that are Python objects at the same time


@dataclass(frozen=True)
class ScanResult:
    """A finished scan with what it found."""

    scan: Scan
    rings: tuple[Ring, ...]


def run_scan(
    settings: Settings,
    store: Store,
    since: str | None = None,
    until: str | None = None,
    parameters: Parameters | None = None,
    progress: Callable[[str], None] = lambda _stage: None,
    weights: Weights | None = None,
    cutoffs: Cutoffs | None = None,
) -> ScanResult:
    """Scan the applications submitted from `since` up to, not including, `until` (dates or times; all if None).

    Every application gets its score under `weights` and its band under `cutoffs`. `progress` is told each stage as it
    begins. What webhooks are to be told lies among the scan's files then (`graphfraud.check.formed`). Raises Busy while
    another scan runs, SettingError for a window that is none. Killed or cancelled at any moment, the last scan stands.
    """
    first, end = window(since, until, settings.conventions.zone)
    params, weights, cutoffs = parameters or Parameters(), weights or Weights(), cutoffs or Cutoffs()
    clock = StageClock(progress)
    with hold(store, "scan", "graphfraud scan") as lease:
        before = current_scan(store)
        started = _now()
        scan_id = time.strftime("%Y%m%dT%H%M%SZ-", time.gmtime(started // 1000)) + secrets.token_hex(3)
        store_id = store.store_id()
        folder = scan_folder(settings.home, store_id, scan_id)
        clock.begin("read")
        projection = Projection(settings.home, store_id)
        sequence = projection.refresh(store)
        everything = projection.read(sequence)
        facts = in_window(everything, first, end)
        if len(everything) and not len(facts):
            raise SettingError(
                f"none of the {len(everything):,} applications was submitted in that window; the last scan stands"
            )
        del everything
        clock.begin("columns")
        columns = shared_columns(facts)
        known = _rings_of(folder.with_name(before.scan_id)) if before else KnownRings()
        calibration, findings = detect(columns, params, clock.begin)
        findings = keep_ids(findings, known.members)
        clock.begin("scores")
        scores = score_applications(columns, findings.suspicion, weights)
        clock.begin("write")
        rings = with_masks(findings.rings, partial(masks, store))
        digest = findings_hash(findings, scores)
        clock.end()
        scan = Scan(
            scan_id=scan_id,
            sequence=sequence,
            started_at=started,
            finished_at=_now(),
            since=since or "",
            until=until or "",
            configuration=json.dumps(
                params.as_dict() | {"weights": asdict(weights), "cutoffs": asdict(cutoffs)}, sort_keys=True
            ),
            hash=digest,
            counts={
                "applications": len(columns),
                "persons": columns.persons,
                "shared_identifiers": len(columns.identifier_kind),
                "rings": len(rings),
                "members": sum(ring.applications for ring in rings),
            },
            stage_seconds={stage: round(seconds, 3) for stage, seconds in clock.seconds.items()},
        )
        draft = folder.with_name(f"{scan_id}.draft")
        formed = formed_by_scan(rings, known.ring_of, scan_id, scan.finished_at)
        try:
            _write_files(draft, columns, findings, scores, cutoffs, calibration.to_bytes(), formed)
            lease.check()
            draft.replace(folder)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        # From here on the files stay, whatever fails: a commit that broke off may have succeeded, and then the store names
        # this scan. If it does not, the next scan sweeps them.
        write_scan(store, scan, rings)
        sweep_scans(folder.parent, {scan_id} | ({before.scan_id} if before else set()))
    return ScanResult(scan, rings)


def in_window(facts: Facts, first: int | None, end: int | None) -> Facts:
    """Keep the applications submitted from `first` up to, not including, `end`; without a window, all."""
    if first is None and end is None:
        return facts
    keep = facts.submitted_ms != NO_TIME
    if first is not None:
        keep &= facts.submitted_ms >= first
    if end is not None:
        keep &= facts.submitted_ms < end
    return facts.where(keep)


def findings_hash(findings: Findings, scores: Scores) -> str:
    """Return a hash over rings, members, risks, reasons, error rates and scores: same data and configuration, same hash,
    whatever the key."""
    digest = hashlib.sha256()
    for ring in findings.rings:
        reasons = [(reason.code, reason.kind, round(reason.contribution, 9)) for reason in ring.reasons]
        members = [(application, round(strength, 9)) for application, strength in ring.members]
        rates = [None if rate is None else round(rate, 9) for rate in (ring.q_chance, ring.q, ring.stability)]
        digest.update(json.dumps([ring.ring_id, round(ring.risk, 9), members, ring.look_alike, reasons, rates]).encode())
    for start in range(0, len(findings.application_id), HASHED_AT_ONCE):
        some = findings.application_id[start : start + HASHED_AT_ONCE]
        digest.update("".join(f"{application}\0" for application in some).encode())
    digest.update(np.rint(findings.risk * 1e9).astype("<i8").tobytes())
    digest.update(scores.score.astype("<i8").tobytes())
    return digest.hexdigest()


def sweep_scans(folder: Path, kept: set[str]) -> None:
    """Remove the files of all scans of a store but those kept: old ones, and what a killed scan left."""
    for path in folder.iterdir():
        if path.name not in kept:
            shutil.rmtree(path, ignore_errors=True)


def _write_files(
    folder: Path,
    columns: Applications,
    findings: Findings,
    scores: Scores,
    cutoffs: Cutoffs,
    calibration: bytes,
    formed: Sequence[Event],
) -> None:
    try:
        folder.mkdir(parents=True)
        table = pa.table(
            {
                "application_id": findings.application_id.plain,
                "risk": findings.risk,
                "suspicion": findings.suspicion,
                "ring_id": findings.ring_id.arrow,
                "anomaly": findings.anomaly,
                "score": scores.score,
                **{name: getattr(scores, name) for name in COMPONENTS},
                "band": pa.array(BANDS, pa.string()).take(pa.array(band_numbers(scores.score, cutoffs))),
            }
        )
        pq.write_table(table, folder / APPLICATIONS, compression="zstd")
        dealers = pa.table(
            {
                "dealer_id": pa.array([dealer.dealer_id for dealer in findings.dealers], pa.string()),
                "applications": pa.array([dealer.applications for dealer in findings.dealers], pa.int64()),
                "risk": pa.array([dealer.risk for dealer in findings.dealers], pa.float64()),
                "anomaly": pa.array([dealer.anomaly for dealer in findings.dealers], pa.float64()),
                "unusual": pa.array([dealer.unusual for dealer in findings.dealers], pa.list_(pa.string())),
            }
        )
        pq.write_table(dealers, folder / DEALERS, compression="zstd")
        (folder / "calibration.npz").write_bytes(calibration)
        write_members(folder, columns, findings)
        write_explanations(folder, columns, findings)
        write_untold(folder, formed)
        for path in folder.iterdir():
            with path.open("rb") as file:
                os.fsync(file.fileno())
    except OSError as error:
        raise DiskError(f"cannot write the scan to {folder}: {error.strerror}; free space or set GRAPHFRAUD_HOME") from error


def _rings_of(scan: Path) -> KnownRings:
    """Return the rings of the scan in a folder, none where it is no scan any more."""
    try:
        return read_rings(scan)
    except (OSError, ValueError):
        return KnownRings()


def _now() -> int:
    return time.time_ns() // 1_000_000
