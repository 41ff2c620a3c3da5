"""Scores and bands in what people take away."""

from __future__ import annotations

import pandas as pd

from graphfraud import find_rings
from graphfraud.check.scale import Cutoffs
from graphfraud.check.scoring import Weights


def frame() -> pd.DataFrame:
    """One person at five dealers in a week, and one customer."""
    rows = [
        {
            "application_id": f"A{i}",
            "submitted_at": f"2025-03-0{i + 1} 10:00:00",
            "applicant_id": "11010119900307" + "4610",
            "applicant_name": "李伟",
            "dealer_id": f"D{i}",
        }
        for i in range(5)
    ]
    once = {"application_id": "B", "submitted_at": "2025-03-02", "applicant_id": "110101198506159873", "applicant_name": "王芳"}
    return pd.DataFrame([*rows, once])


def test_every_application_has_its_score_and_the_band_that_the_cutoffs_make_of_it():
    table = find_rings(frame(), cutoffs=Cutoffs(reject_below=500, review_below=900)).applications.set_index("application_id")

    assert table["score"].dtype == "int64"
    assert table.loc["B", ["score", "band"]].tolist() == [1000, "pass"]
    assert table.loc["A4", "score"] < 900 and table.loc["A4", "band"] == "review"
    assert table.loc["A0", "band"] == "pass"  # nothing was before it


def test_weights_say_how_much_the_past_counts():
    none = find_rings(frame(), weights=Weights(0.0, 0.0, 0.0, 0.0)).applications

    assert none["score"].tolist() == [1000] * 6
