"""Risk and score: one scale, its corners, its levels and bands."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphfraud.check.scale import LEVEL_FROM, Cutoffs, band_numbers, band_of, level_of, risk_of_score, score_of


def test_the_corners_are_exact():
    assert score_of(np.array([0.0, 0.5, 0.6, 1.0])).tolist() == [1000, 550, 500, 300]


@given(st.lists(st.floats(0, 1), min_size=2))
def test_a_score_is_a_whole_number_that_never_rises_with_the_risk(risks):
    scores = score_of(np.array(sorted(risks)))

    assert scores.dtype == np.int64
    assert scores.min() >= 300 and scores.max() <= 1000
    assert (np.diff(scores) <= 0).all()


def test_what_is_over_even_odds_is_not_passed_and_what_is_over_the_next_corner_is_rejected():
    scores = score_of(np.array([0.5, 0.500001, 0.6, 0.600001]))

    assert [band_of(score) for score in scores] == ["pass", "review", "review", "reject"]


def test_a_score_stands_for_the_risk_that_gives_it():
    scores = np.arange(300, 1001)

    assert np.abs(score_of(risk_of_score(scores)) - scores).max() <= 1  # rounding down at the last bit
    assert risk_of_score(np.array([1000, 550, 500, 300])).tolist() == [0.0, 0.5, 0.6, 1.0]


@pytest.mark.parametrize(
    ("score", "level"),
    [(300, "very_high"), (399, "very_high"), (400, "high"), (500, "medium"), (549, "medium"), (550, "low"), (650, "very_low")],
)
def test_a_score_has_a_level(score, level):
    assert level_of(score) == level
    assert level_of(1000) == "very_low" and len(LEVEL_FROM) == 5


def test_bands_follow_the_cutoffs():
    assert [band_of(score) for score in (300, 499, 500, 549, 550, 1000)] == [
        "reject", "reject", "review", "review", "pass", "pass",
    ]  # fmt: skip
    assert band_numbers(np.array([610, 640, 660]), Cutoffs(620, 650)).tolist() == [0, 1, 2]
