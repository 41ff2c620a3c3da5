"""Judge checks by their neighbourhoods: the scan's own functions on a part of the data, under the last scan's calibration."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from graphfraud.check.answer import RingRef
from graphfraud.check.dossier import Exposure, Scored
from graphfraud.check.known import MEMBERS_OF_RING, Known, KnownRings
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
    """What the graph says of one application: its score, why (with masks, the remainder last), and who asked for how much.

    members: those of its ring that were read, where that is forming.
    """

    scored: Scored
    reasons: tuple[Reason, ...]
    exposure: Exposure
    members: tuple[str, ...] = ()

    def in_ring_called(self, ring_id: str) -> Judged:
        """Return the same with another name for its ring."""
        ring = self.scored.ring
        return self if ring is None else replace(self, scored=replace(self.scored, ring=replace(ring, ring_id=ring_id)))


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
    refs = {ring.ring_id: _ring_ref(ring, known, near) for ring in rings if ring is not None}
    judged = []
    for row, why, ring in zip(rows, reasons, rings, strict=True):
        ref = refs[ring.ring_id] if ring is not None else None
        scored, exposure = Scored.of(scores, row, weights, ref), _exposure(part, row, ring, place)
        members = tuple(name for name, _ in ring.members) if ring is not None and ref and ref.state == "forming" else ()
        judged.append(Judged(scored, reasons_with_masks(why, near.masks), exposure, members))
    return judged


def names_to_find(judged: Iterable[Judged]) -> dict[str, tuple[str, ...]]:
    """Return the members of the rings that form by the name that each takes if none of them was in one before."""
    return {one.scored.ring.ring_id: one.members for one in judged if one.scored.ring and one.members}


def _ring_reasons(part: Applications, found: Findings, row: int) -> tuple[Reason, ...]:
    """Say why an application's ring, or the company that it keeps, speaks against it."""
    near = found.company.reason(part, row, found.risk) if found.company is not None else None
    if near is not None:
        return (near,)
    return found.reasons.of(row, part.application_id) if found.reasons is not None else ()


def _rings_of(found: Findings | None, rows: Sequence[int]) -> list[Ring | None]:
    if found is None:
        return [None] * len(rows)
    rings = {ring.ring_id: ring for ring in found.rings}
    return [rings.get(found.ring_id[row]) for row in rows]


def _ring_ref(ring: Ring, known: Known | None, near: Neighbourhood) -> RingRef:
    """Name a ring as the last scan knows it, and say whether there are more of it than were read."""
    before = _known_as(ring, known.rings) if known else None
    return RingRef(
        before or ring.ring_id,
        "known" if before else "forming",
        ring.risk,
        ring.applications,
        ring.persons,
        _cut_off(ring, near) or bool(known and before and len(known.rings.members[before]) > MEMBERS_OF_RING),
    )


def _cut_off(ring: Ring, near: Neighbourhood) -> bool:
    """Whether most of those read who hold one identifier are in the ring, and more hold it."""
    members = {name for name, _ in ring.members}
    return any(2 * len(holders & members) > len(holders) for holders in near.cut_off)


def _known_as(ring: Ring, rings: KnownRings) -> str | None:
    seen = [rings.ring_of[name] for name, _ in ring.members if name in rings.ring_of]
    return max(sorted(set(seen)), key=seen.count) if seen else None


def _exposure(part: Applications, row: int, ring: Ring | None, place: Mapping[str, int]) -> Exposure:
    """Sum what the same person's other applications, and the ring's other members, ask for.

    Of those that were read: where more are of the ring (`RingRef.at_least`), its sum is a lower bound.
    """
    person = part.resident == part.resident[row]  # whatever name it is given with: a limit is not evaded by another spelling
    person[row] = False
    members = [place[name] for name, _ in ring.members if place[name] != row] if ring is not None else []
    return Exposure(
        person=float(np.nansum(part.loan[person])),
        ring=float(np.nansum(part.loan[members])) if ring is not None else None,
    )
