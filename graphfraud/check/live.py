"""Judge checks by their neighbourhoods: the scan's own functions on a part of the data, under the last scan's calibration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphfraud.check.answer import RingRef
from graphfraud.check.dossier import Exposure, Scored
from graphfraud.check.known import Known, KnownRings
from graphfraud.check.neighbourhood import Neighbourhood
from graphfraud.check.rows import facts_of_rows
from graphfraud.check.score_reasons import explain_scores
from graphfraud.check.scoring import Weights, score_applications
from graphfraud.citing import reasons_with_masks
from graphfraud.detection.columns import Applications, shared_columns
from graphfraud.detection.hubs import with_hubs
from graphfraud.detection.judge import Findings, judge
from graphfraud.results import Reason, Ring


@dataclass(frozen=True)
class Judged:
    """What the graph says of one application: its score, why (with masks, the remainder last), and who asked for how much."""

    scored: Scored
    reasons: tuple[Reason, ...]
    exposure: Exposure


def judge_checks(
    application_ids: Sequence[str],
    near: Neighbourhood,
    known: Known | None,
    weights: Weights,
) -> list[Judged]:
    """Judge some applications of a neighbourhood; without a scan there are no rings, and the past alone speaks."""
    part = shared_columns(facts_of_rows(near.rows))
    place = {name: row for row, name in enumerate(part.application_id.tolist())}
    rows = [place[name] for name in application_ids]
    found: Findings | None = None
    ring_reasons: list[tuple[Reason, ...]] = [()] * len(rows)
    if known is None:
        risk = np.zeros(len(part))
    else:
        part = with_hubs(part, known.calibration.hubs)
        found = judge(part, known.calibration, known.parameters, asked=np.array(rows))
        risk = found.suspicion
        ring_reasons = [_ring_reasons(part, found, row) for row in rows]
    scores = score_applications(part, risk, weights)
    reasons = explain_scores(part, scores, rows, ring_reasons, weights)
    rings = _rings_of(found, rows)
    return [
        Judged(
            Scored.of(scores, row, weights, _ring_ref(ring, known)),
            reasons_with_masks(why, near.masks),
            _exposure(part, row, ring, place),
        )
        for row, why, ring in zip(rows, reasons, rings, strict=True)
    ]


def _ring_reasons(part: Applications, found: Findings, row: int) -> tuple[Reason, ...]:
    """Say why an application's ring, or the company that it keeps, speaks against it."""
    near = found.company.reason(part, row, float(found.risk[row])) if found.company is not None else None
    if near is not None:
        return (near,)
    return found.reasons.of(row, part.application_id) if found.reasons is not None else ()


def _rings_of(found: Findings | None, rows: Sequence[int]) -> list[Ring | None]:
    if found is None:
        return [None] * len(rows)
    rings = {ring.ring_id: ring for ring in found.rings}
    return [rings.get(found.ring_id[row]) for row in rows]


def _ring_ref(ring: Ring | None, known: Known | None) -> RingRef | None:
    """Name a ring as the last scan knows it."""
    if ring is None or known is None:
        return None
    before = _known_as(ring, known.rings)
    return RingRef(before or ring.ring_id, "known" if before else "forming", ring.risk, ring.applications, ring.persons)


def _known_as(ring: Ring, rings: KnownRings) -> str | None:
    seen = [rings.ring_of[name] for name, _ in ring.members if name in rings.ring_of]
    return max(sorted(set(seen)), key=seen.count) if seen else None


def _exposure(part: Applications, row: int, ring: Ring | None, place: Mapping[str, int]) -> Exposure:
    """Sum what the same person's other applications, and the ring's other members, ask for."""
    person = part.resident == part.resident[row]  # whatever name it is given with: a limit is not evaded by another spelling
    person[row] = False
    members = [place[name] for name, _ in ring.members if place[name] != row] if ring is not None else []
    return Exposure(
        person=float(np.nansum(part.loan[person])),
        ring=float(np.nansum(part.loan[members])) if ring is not None else None,
    )
