"""Who stands near a ring without being in it: one holds what mostly its members hold."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from factories import App, facts_from, gang, ordinary

from graphfraud.detection.columns import shared_columns
from graphfraud.detection.judge import Findings, calibrate_and_judge
from graphfraud.detection.parameters import Parameters
from graphfraud.explanations import near_ring, reasons_of, ring_meant, write_explanations

GANG = gang(8, 1, "G", start=80, dealers=("D1", "D2"))


def found_with(*others: App) -> Findings:
    found = calibrate_and_judge(shared_columns(facts_from([*ordinary(600, seed=3), *GANG, *others])), Parameters())[1]
    assert found is not None and found.rings
    return found


def near(found: Findings, application_id: str) -> float:
    assert found.company is not None
    return float(found.company.near[found.application_id.tolist().index(application_id)])


def test_members_and_strangers_stand_near_no_ring() -> None:
    found = found_with()

    assert found.company is not None
    assert found.company.near[found.ring_numbers() >= 0].max(initial=0.0) == 0.0
    assert np.array_equal(found.suspicion >= 0.5, found.risk >= 0.5)


def test_a_latecomer_on_what_the_gang_shares_is_worth_a_look_and_says_why() -> None:
    ring = found_with().rings[0]
    kind, token = next((r.kind, r.tokens[0]) for r in ring.reasons if r.tokens and r.kind in ("device", "account", "phone"))
    apps = {app.id: app for app in GANG}
    value = next(
        value
        for name, value in apps[ring.members[0][0]].holds.items()
        if name.split(".")[0] == kind and sum(value in app.holds.values() for app in GANG) >= 3
    )
    late = App("LATE", 350, "D7", "S7", "other", holds={kind: value})

    found = found_with(late)

    if near(found, "LATE") == 0.0:  # it became a member: nearer than near
        assert found.ring_id[found.application_id.tolist().index("LATE")]
        return
    columns = shared_columns(facts_from([*ordinary(600, seed=3), *GANG, late]))
    row = found.application_id.tolist().index("LATE")
    reason = found.company.reason(columns, row, np.zeros(len(columns))) if found.company else None
    assert reason is not None and reason.kind == kind
    assert 0 < reason.contribution <= near(found, "LATE")
    assert set(reason.applications) <= {app.id for app in GANG}
    assert token


def test_what_a_scan_keeps_says_near_which_ring_an_application_stands_and_which_its_reasons_mean(tmp_path: Path) -> None:
    holds = {name: value for app in GANG for name, value in app.holds.items()}
    late = [App(f"LATE{i}", 300 + 8 * i, "D7", "S7", f"other{i}", holds=dict([pair])) for i, pair in enumerate(holds.items())]
    found = found_with(*late)
    columns = shared_columns(facts_from([*ordinary(600, seed=3), *GANG, *late]))

    write_explanations(tmp_path, columns, found)

    assert found.company is not None
    rings = {ring.ring_id for ring in found.rings}
    nearer = np.flatnonzero(found.company.near > found.risk).tolist()
    assert len(nearer) > 0
    for row in nearer:
        kept = near_ring(tmp_path, found.application_id[row])
        told = found.company.reason(columns, row, found.risk)
        assert kept is not None and told is not None and kept[0] in rings
        assert kept[1].contribution == told.contribution
        assert (kept[1].tokens, dict(kept[1].facts)) == (told.tokens, dict(told.facts))
    for row in range(len(columns)):
        if row not in nearer:
            assert near_ring(tmp_path, found.application_id[row]) is None
        if found.ring_id[row] and reasons_of(tmp_path, found.application_id[row]):
            assert ring_meant(tmp_path, found.application_id[row]) == found.ring_id[row]
