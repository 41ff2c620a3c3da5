"""Risk is its formula, what is said of a ring is what its members are, and reasons sum to the risk they explain."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from graphfraud.detection.columns import shared_columns
from graphfraud.detection.judge import Findings, calibrate_and_judge, ring_id_of
from graphfraud.detection.parameters import Parameters, RiskParams
from graphfraud.detection.risk import risk_of
from graphfraud.facts import facts_of
from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Conventions
from ingest.world.make import make_world, plan_world
from ingest.world.write import applications_table

SEEDS = range(3)


@cache
def world(seed: int) -> tuple[dict[str, ApplicationRecord], Findings]:
    intake = Intake(bytes(32), Conventions(), None)
    difficulty = "hard" if seed == 1 else "normal"
    plan = plan_world(3_000, 50 + seed, difficulty=difficulty, typologies="unseen" if seed == 2 else "usual")
    records = [intake.application(row) for row in applications_table(make_world(plan)).to_pylist()]
    found = calibrate_and_judge(shared_columns(facts_of(records)), Parameters())[1]
    assert found is not None
    return {record.application_id: record for record in records}, found


@pytest.mark.parametrize("evidence", [-50.0, -3.0, 0.0, 0.5, 2.0, 3.5, 4.7, 12.0, 80.0])
def test_risk_is_a_logistic_of_the_evidence(evidence: float) -> None:
    params = RiskParams()

    slope = params.slope if evidence >= params.middle else params.slope_below
    odds = 1 / (1 + 10 ** -((evidence - params.middle) / slope))
    last = max(evidence, 0) / (max(evidence, 0) + 30)

    assert risk_of(np.array([evidence]), params)[0] == pytest.approx(0.999 * odds + 0.001 * last)
    assert math.isclose(risk_of(np.array([params.middle]), params)[0], 0.5, abs_tol=0.001)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_said_of_a_ring_is_what_its_members_are(seed: int) -> None:
    records, found = world(seed)
    ring_of = dict(zip(found.application_id, found.ring_id, strict=True))

    for ring in found.rings:
        mine = [records[name] for name, _ in ring.members]
        people = {held.token for record in mine for held in record.identifiers if held.kind == "person"}
        assert ring.ring_id == ring_id_of([name for name, _ in ring.members])
        assert all(ring_of[name] == ring.ring_id for name, _ in ring.members)
        assert len(mine) >= 3
        assert ring.persons == len(people) >= 2
        assert ring.dealers == len({record.dealer_id for record in mine if record.dealer_id})
        assert (ring.first_seen, ring.last_seen) == (min(r.submitted_at for r in mine), max(r.submitted_at for r in mine))
        assert ring.exposure == pytest.approx(sum(float(record.attributes.get("loan_amount", 0)) for record in mine))
    assert [ring.risk for ring in found.rings] == sorted((ring.risk for ring in found.rings), reverse=True)


@pytest.mark.parametrize("seed", SEEDS)
def test_at_most_four_reasons_and_a_remainder_sum_to_the_risk_of_every_ring_and_application(seed: int) -> None:
    _, found = world(seed)
    assert found.reasons is not None
    explained = set(found.reasons.subject.tolist())

    told = [(ring.risk, ring.reasons) for ring in found.rings]
    told += [(found.risk[k], found.reasons.of(k, found.application_id)) for k in sorted(explained)]

    assert explained >= {k for k, ring in enumerate(found.ring_id) if ring}
    for risk, reasons in told:
        assert sum(reason.contribution for reason in reasons) == pytest.approx(risk, abs=1e-9)
        assert 1 <= len([reason for reason in reasons if reason.code != "remainder"]) <= 4
        assert all(reason.contribution >= 0 for reason in reasons)
