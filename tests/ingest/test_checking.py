"""The files that `graphfraud check` reads."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphfraud.errors import FileError
from graphfraud.intake import Intake
from graphfraud.intake.arrivals import Arrivals
from graphfraud.settings import Conventions
from ingest.checking import applications_to_check

ROW = '{"application_id": "A1",\n "submitted_at": "2025-06-01 10:00",\n "phone": "13812345678"}\n'


@pytest.mark.parametrize(
    ("name", "text", "ids"),
    [
        ("one.json", ROW, ["A1"]),
        ("ONE.JSON", "\ufeff" + ROW, ["A1"]),
        ("lines.json", ROW.replace("\n", "") + "\n" + ROW.replace("\n", "").replace("A1", "A2"), ["A1", "A2"]),
        ("lines.jsonl", ROW.replace("\n", ""), ["A1"]),
    ],
)
def test_json_is_one_object_or_one_a_line(tmp_path: Path, name: str, text: str, ids: list[str]):
    (tmp_path / name).write_text(text, encoding="utf-8")

    arrived = applications_to_check(str(tmp_path / name), [], Arrivals(Intake(b"k" * 32, Conventions())))

    assert [one.record.application_id for one in arrived if one.record is not None] == ids


@pytest.mark.parametrize("inside", ["\u2028", "\u2029", "\x85"])
def test_a_line_ends_where_the_line_ends_and_at_nothing_else_that_a_value_may_hold(inside: str):
    rows = [f'{{"application_id": "A{n}", "submitted_at": "2025-06-01", "employer": "Li{inside}Ltd"}}\n' for n in (1, 2)]

    arrived = list(applications_to_check("-", rows, Arrivals(Intake(b"k" * 32, Conventions()))))

    assert [(one.line, one.record and one.record.application_id) for one in arrived] == [(1, "A1"), (2, "A2")]


def test_a_json_file_that_cannot_be_read_says_so(tmp_path: Path):
    (tmp_path / "utf16.json").write_text(ROW, encoding="utf-16")

    for name, why in (("none.json", "No such file"), ("utf16.json", "UTF-8")):
        with pytest.raises(FileError, match=why):
            list(applications_to_check(str(tmp_path / name), [], Arrivals(Intake(b"k" * 32, Conventions()))))


def test_parquet_may_hold_what_types_it_has(tmp_path: Path):
    times = pd.Series(pd.to_datetime(["2025-06-01 10:00", "2099-06-01 10:00"]))
    frame = pd.DataFrame({"application_id": ["A1", "A2"], "submitted_at": times, "phone": "13812345678", "age": [24, np.nan]})
    frame.to_parquet(tmp_path / "typed.parquet")

    first, second = applications_to_check(str(tmp_path / "typed.parquet"), [], Arrivals(Intake(b"k" * 32, Conventions())))

    assert first.record is not None and first.record.attributes["age"] == 24
    assert [(error.field, error.code) for error in second.errors] == [("submitted_at", "time_in_future")]
