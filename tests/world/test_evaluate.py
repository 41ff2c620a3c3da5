"""The figures, on cases small enough to work out by hand."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from graphfraud.errors import FileError
from graphfraud.evaluate import area_under_roc, average_precision, evaluate, read_truth


def truth_of(rings: str, groups: dict[int, str] | None = None, neutral: tuple[int, ...] = ()) -> pd.DataFrame:
    """One letter an application: A, B … its planted ring, a dot for none."""
    names = sorted(set(rings) - {"."})
    return pd.DataFrame(
        {
            "application_id": [f"a{i}" for i in range(len(rings))],
            "ring_id": [names.index(r) if r != "." else -1 for r in rings],
            "typology": [f"kind_{r}" if r != "." else None for r in rings],
            "benign_group": [(groups or {}).get(i) for i in range(len(rings))],
            "ring_person": [i in neutral for i in range(len(rings))],
        }
    )


def members_of(*rings: tuple[float, str]) -> pd.DataFrame:
    """One pair a ring: its risk, and the numbers of its members."""
    rows = [(f"r{i}", f"a{a}", risk) for i, (risk, members) in enumerate(rings) for a in members.split()]
    return pd.DataFrame(rows, columns=["ring_id", "application_id", "risk"])


def test_rings_found_exactly_have_perfect_figures() -> None:
    found = evaluate(truth_of("AAABBB...."), members_of((0.9, "0 1 2"), (0.8, "3 4 5")))

    assert (found.ap, found.auc, found.p_at_k) == (1.0, 1.0, 1.0)
    assert (found.ring_recall, found.mean_jaccard, found.ring_precision, found.fragments) == (1.0, 1.0, 1.0, 1.0)
    assert (found.rings_planted, found.rings_found, found.rings_at_review, found.false_at_review) == (2, 2, 2, 0)
    assert found.by_typology == {"kind_A": 1.0, "kind_B": 1.0}
    assert found.caught == {}


def test_a_ring_counts_as_found_when_half_of_the_union_is_common() -> None:
    # common 2, union 4: Jaccard .5; the second: common 1, union 4
    found = evaluate(truth_of("AAABBB...."), members_of((0.9, "0 1 6"), (0.8, "3 7")))

    assert found.ring_recall == 0.5
    assert found.mean_jaccard == pytest.approx((2 / 4 + 1 / 4) / 2)
    assert found.by_typology == {"kind_A": 1.0, "kind_B": 0.0}


def test_only_the_riskiest_rings_are_worked_on() -> None:
    # one ring planted: one ring (1.2, rounded down) is worked on, and it is the wrong one
    found = evaluate(truth_of("AAA....."), members_of((0.9, "4 5 6"), (0.8, "0 1 2")))

    assert found.ring_recall == 0.0
    assert found.ring_precision == 0.0
    assert found.fragments == 1.0


def test_rings_of_equal_risk_are_worked_largest_first() -> None:
    found = evaluate(truth_of("AAAA....."), members_of((0.9, "5 6 7"), (0.9, "0 1 2 3")))

    assert found.ring_recall == 1.0


def test_a_ring_in_two_pieces_has_two_fragments() -> None:
    found = evaluate(truth_of("AAAAAABBB..."), members_of((0.9, "0 1 2"), (0.8, "3 4 5"), (0.7, "6 7 8")))

    assert found.fragments == pytest.approx((2 + 1) / 2)


def test_a_ring_person_s_honest_application_is_neither_right_nor_wrong() -> None:
    truth = truth_of("AAA....", neutral=(3,))

    with_it = evaluate(truth, members_of((0.9, "0 1 2 3")))
    without = evaluate(truth, members_of((0.9, "0 1 2")))

    assert with_it == without
    assert with_it.mean_jaccard == 1.0


def test_honest_groups_among_the_top_rings_are_named() -> None:
    truth = truth_of("AAA......", groups={3: "household", 4: "household"})

    found = evaluate(truth, members_of((0.9, "0 1 2 3 4 5"), (0.2, "6 7 8")))

    assert found.caught == {"household": 2, "none": 1}


def test_precision_at_k_looks_at_as_many_as_are_in_rings() -> None:
    applications = pd.DataFrame({"application_id": ["a0", "a5", "a1", "a2"], "risk": [0.9, 0.8, 0.7, 0.6]})

    found = evaluate(truth_of("AAA..."), members_of((0.9, "0 1 2")), applications)

    assert found.p_at_k == pytest.approx(2 / 3)
    assert found.ap == pytest.approx((1 + 2 / 3 + 3 / 4) / 3)


def test_a_world_without_fraud_has_no_shares_but_counts_false_rings() -> None:
    found = evaluate(truth_of("......"), members_of((0.9, "0 1 2"), (0.3, "3 4 5")))

    assert (found.ap, found.ring_recall, found.ring_precision, found.fragments) == (None, None, None, None)
    assert (found.rings_at_review, found.false_at_review) == (1, 1)


def test_finding_nothing_at_all_is_measured_too() -> None:
    found = evaluate(truth_of("AAA..."), members_of())

    assert (found.ring_recall, found.rings_found, found.ring_precision) == (0.0, 0, None)
    assert found.ap == pytest.approx(0.5)


def test_ranking_figures_equal_scikit_learn_s_with_many_ties() -> None:
    rng = np.random.default_rng(5)
    for _ in range(20):
        positive, score = rng.random(300) < 0.1, rng.integers(0, 12, 300).astype(float)

        assert average_precision(positive, score) == pytest.approx(average_precision_score(positive, score))
        assert area_under_roc(positive, score) == pytest.approx(roc_auc_score(positive, score))


def test_a_truth_file_is_read_as_csv_gzip_and_parquet(tmp_path: Path) -> None:
    truth = truth_of("AAA...", groups={4: "household"}, neutral=(5,))
    truth.to_csv(tmp_path / "truth.csv", index=False)
    truth.to_csv(tmp_path / "truth.csv.gz", index=False)
    truth.to_parquet(tmp_path / "truth.parquet", index=False)

    figures = {evaluate(read_truth(path), members_of((0.9, "0 1 5"))).mean_jaccard for path in tmp_path.iterdir()}

    assert figures == {2 / 3}


def test_a_file_that_is_no_truth_file_is_refused_in_one_line(tmp_path: Path) -> None:
    other, broken = tmp_path / "other.csv", tmp_path / "broken.csv.gz"
    other.write_text("application_id,risk\n1,2\n")
    broken.write_bytes(gzip.compress(b"application_id,ring_id\n" * 500)[:-20])

    for path, says in ((other, "ring_id"), (broken, "cannot be read"), (tmp_path / "absent.csv", "no file")):
        with pytest.raises(FileError, match=says):
            read_truth(path)
