"""What the bench of detectors compares: the combination with its best part, whichever that is."""

from __future__ import annotations

import numpy as np
import pytest

from bench.anomaly import Gap, Ranking, summed_up

PLANTED = np.array([True, True, False, False, False, False])
PERFECT = np.array([6.0, 5, 4, 3, 2, 1])
SECOND = np.array([6.0, 4, 5, 3, 2, 1])  # one innocent before the second of the two
WORST = PERFECT[::-1].copy()


def test_the_gap_is_to_the_best_single_part_though_all_together_are_worse(capsys: pytest.CaptureFixture[str]) -> None:
    ranking = Ranking(PLANTED, evidence=WORST, both=SECOND)

    (gap,) = ranking.told("a file", "rings", {"forest": PERFECT, "together": SECOND})

    assert (gap.part, gap.below) == ("forest", pytest.approx(1 - (1 + 2 / 3) / 2))
    assert gap.too_wide
    said = capsys.readouterr().out
    assert all(part in said for part in ("evidence", "forest 1.000", "together 0.833", "both 0.833", "gap +0.1667"))
    assert "MORE THAN 0.01 BELOW FOREST" in said


def test_a_combination_better_than_every_part_has_a_negative_gap_and_is_not_shouted(capsys: pytest.CaptureFixture[str]) -> None:
    (gap,) = Ranking(PLANTED, evidence=SECOND, both=PERFECT).told("a file", "rings", {"together": WORST})

    assert gap.below < 0
    assert not gap.too_wide
    assert "MORE THAN" not in capsys.readouterr().out


def test_a_file_with_nothing_to_find_says_nothing() -> None:
    assert Ranking(np.zeros(6, bool), PERFECT, PERFECT).told("a file", "dealers", {}) == []


def test_one_gap_that_is_too_wide_fails_the_whole_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    gaps = [Gap("one", "rings", "evidence", 0.002), Gap("one", "dealers", "evidence", 0.2), Gap("two", "dealers", "forest", 0)]

    assert summed_up(gaps)
    assert not summed_up(gaps[:1])

    said = capsys.readouterr().out
    assert "too wide in 1 of 2" in said
    assert "TOO WIDE: dealers of one: 0.2000 below evidence" in said
