"""Detection as a whole: learn what is usual, find the rings, and say how far each can be trusted."""

from __future__ import annotations

from dataclasses import replace

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import Applications, Floats
from graphfraud.detection.decoys import judge_decoys
from graphfraud.detection.error_rates import state_errors
from graphfraud.detection.judge import Findings, Stage, calibrate_and_judge
from graphfraud.detection.parameters import Parameters
from graphfraud.detection.stability import judge_stability


def detect(a: Applications, params: Parameters, stage: Stage = lambda _stage: None) -> tuple[Calibration, Findings]:
    """Calibrate and judge, then give every ring its error rates and its stability, as far as the parameters ask.

    They are about the list as a whole: what is found, and its risk, do not depend on them.
    """
    usual, found = calibrate_and_judge(a, params, stage)
    assert found is not None
    if params.decoys.rounds:
        stage("decoys")
        found = state_errors(found, judge_decoys(a, usual, found, params), params.errors, params.risk)
    if params.stability.runs:
        stage("stability")
        found = with_stability(found, judge_stability(a, usual, found, params))
    return usual, found


def with_stability(found: Findings, stability: Floats) -> Findings:
    """Give every ring its stability, in order."""
    rings = zip(found.rings, stability.tolist(), strict=True)
    return replace(found, rings=tuple(replace(ring, stability=share) for ring, share in rings))
