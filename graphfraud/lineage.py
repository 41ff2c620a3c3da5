"""Which ring of a scan is which of the scan before: a ring keeps its id over the nights, while it grows, shrinks and merges."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa

from graphfraud.detection.judge import Findings, ring_id_of, riskiest_first
from graphfraud.detection.texts import Texts
from graphfraud.results import Ring


def keep_ids(findings: Findings, before: Mapping[str, Sequence[str]]) -> Findings:
    """Give the rings the ids they had; before has the members of the rings of the scan before by id, the oldest ring first."""
    ids = _ids(findings.rings, before)
    if not ids:
        return findings
    rings = [replace(ring, ring_id=ids.get(ring.ring_id, ring.ring_id)) for ring in findings.rings]
    rings.sort(key=riskiest_first)
    code, names = findings.ring_id.numbered()
    texts = pa.array(["", *(ids.get(name, name) for name in names)], pa.large_string())
    ring_id = pa.DictionaryArray.from_arrays(pa.array(code + 1, pa.int32()), texts)
    return replace(findings, rings=tuple(rings), ring_id=Texts(ring_id))


def _ids(rings: Sequence[Ring], before: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """Return by a ring's own id the one it gets, where that is another.

    An old ring goes on in the one that it is most like (Jaccard, of equal ones the older); a ring in which several go on
    keeps the oldest one's id.
    """
    ring_of = {name: number for number, ring in enumerate(rings) for name, _ in ring.members}
    by_age = sorted(range(len(rings)), key=lambda number: (rings[number].first_seen or 0, rings[number].ring_id))
    age = {number: place for place, number in enumerate(by_age)}
    kept: dict[int, str] = {}
    for old, members in before.items():
        common = Counter(ring_of[name] for name in members if name in ring_of)
        likeness = {
            number: count / (len(members) + rings[number].applications - count)
            for number, count in common.items()
            if 2 * count >= min(len(members), rings[number].applications)  # a member who moved over does not take the id along
        }
        if likeness:
            kept.setdefault(min(likeness, key=lambda number: (-likeness[number], age[number])), old)
    taken = set(kept.values())
    changed = {}
    for number, ring in enumerate(rings):
        name = kept.get(number, ring.ring_id)
        if number not in kept and name in taken:  # its founders' ring goes on elsewhere
            name = ring_id_of([name, *(member for member, _ in ring.members)], 1 + ring.applications)
        if name != ring.ring_id:
            changed[ring.ring_id] = name
    return changed
