"""Dossiers of a complete application, and the same with something else."""

from __future__ import annotations

import numpy as np

from graphfraud.check.answer import ListHit, RingRef
from graphfraud.check.dossier import Dossier, Exposure, Scored
from graphfraud.check.policy import Policy
from graphfraud.check.policy_file import parse
from graphfraud.check.scale import risk_of_score, score_of
from graphfraud.check.scoring import Weights, risk_together
from graphfraud.intake.intake import Intake
from graphfraud.settings import Conventions

ROW: dict[str, object] = {
    "application_id": "AP1",
    "submitted_at": "2025-06-01T10:00:00+08:00",
    "applicant_id": "320111199807305287",
    "applicant_name": "张兰玲",
    "age": 26,
    "phone": "17532771696",
    "contact_phone_1": "18806702612",
    "account_no": "6212269349351295201",
    "address": "南京市142号小区2栋1003室",
    "employer": "南京众成机械有限公司",
    "monthly_income": 8500,
    "dealer_id": "D00059",
    "vehicle_price": 100_000,
    "down_payment": 30_000,
    "loan_amount": 70_000,
    "term_months": 36,
}
INTAKE = Intake(bytes(range(32)), Conventions())
CLEAN = (0.0, 0.0, 0.0, 0.0)
RING = RingRef("ring-1", "forming", 0.7, 6, 5)


def scored(ring_risk: float = 0.0, components: tuple[float, ...] = CLEAN, ring: RingRef | None = None) -> Scored:
    risk = risk_together(np.array([ring_risk]), np.array([components]), Weights())
    return Scored(int(score_of(risk)[0]), ring_risk, components, ring, Weights())


def with_score(score: int) -> Scored:
    """A score that comes from the ring's risk alone."""
    found = scored(max(0.0, float(risk_of_score(score)) - 1e-7))  # a hair to the safe side of the step
    assert found.score == score
    return found


def dossier(
    said: Scored | None = None,
    hits: tuple[ListHit, ...] = (),
    exposure: Exposure | None = None,
    degraded: bool = False,
    without: tuple[str, ...] = (),
    **columns: object,
) -> Dossier:
    """The complete application, with other columns, judged as given (by default it is in no ring)."""
    row = {name: value for name, value in (ROW | columns).items() if name not in without}
    said = None if degraded else said or scored()
    return Dossier.of(INTAKE.application(row), said, INTAKE.conventions.zone, hits, exposure)


def hit(name: str = "blacklist", kind: str = "special", role: str = "own") -> ListHit:
    return ListHit(name, kind, "phone", role, "175****1696", "reported", "branch")


def policy(text: str) -> Policy:
    """The default policy but for the tables of a text."""
    return parse(f'version = "try"\n{text}', "try.toml")
