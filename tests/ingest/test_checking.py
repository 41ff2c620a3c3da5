"""The files that `graphfraud check` reads."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphfraud.errors import FileError, MappingError
from graphfraud.intake import Intake
from graphfraud.intake.arrivals import Arrivals
from graphfraud.intake.mapping_file import parse
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


TABLE = """
[[file]]
match = "customers.csv"
holds = "applications"
time_formats = ["%d/%m/%Y %H:%M"]
[file.columns]
application_id = { join = ["nr"], prefix = "B-" }
submitted_at = "came"
dealer_id = "shop"

[[file]]
match = "phones.csv"
holds = "links"
kind = "phone"
application = { join = ["nr"], prefix = "B-" }
identifier = "number"
"""


def test_a_mapping_makes_applications_of_a_table_of_any_shape_with_what_lies_beside_it(tmp_path: Path):
    mapping = parse(TABLE, "mine")
    (tmp_path / "customers.csv").write_text("nr,came,shop,colour\n1,02/06/2025 10:30,D7,red\n2,soon,D7,red\n3,,D7,red\n")
    (tmp_path / "phones.csv").write_text("nr,number\n1,13812345678\n1,13912345678\n2,13712345678\n3,13712345678\n")
    arrivals = Arrivals(Intake(b"k" * 32, Conventions(), mapping))

    first, second, third = applications_to_check(str(tmp_path / "customers.csv"), [], arrivals, mapping)

    assert first.record is not None and (first.record.application_id, first.record.dealer_id) == ("B-1", "D7")
    assert first.record.attributes["local_hour"] == 10
    assert {held.mask for held in first.record.identifiers if held.kind == "phone"} == {"138******78", "139******78"}
    assert [(row.line, error.code) for row in (second, third) for error in row.errors] == [
        (3, "unreadable_time"),
        (4, "missing_time"),
    ]
    assert all("mapping" in error.message for row in (second, third) for error in row.errors)


def test_a_mapping_that_does_not_fit_says_so(tmp_path: Path):
    mapping = parse(TABLE, "mine")
    arrivals = Arrivals(Intake(b"k" * 32, Conventions(), mapping))
    (tmp_path / "customers.csv").write_text("nr,arrived,shop\n1,02/06/2025 10:30,D7\n")
    (tmp_path / "phones.csv").write_text("nr,number\n1,13812345678\n")

    for file, kind, why in (
        ("customers.csv", MappingError, "no column 'came'"),
        ("phones.csv", FileError, "makes no applications of it"),
        ("none.csv", FileError, "no such file"),
    ):
        with pytest.raises(kind, match=why):
            list(applications_to_check(str(tmp_path / file), [], arrivals, mapping))
    with pytest.raises(MappingError, match="goes by the names of tables"):
        list(applications_to_check("-", [ROW], arrivals, mapping))


def test_what_is_sent_as_json_is_told_nothing_of_mappings(tmp_path: Path):
    arrivals = Arrivals(Intake(b"k" * 32, Conventions()))
    row = '{"application_id": "A1", "phone": "13812345678", "submitted_at": %s}\n'

    for at in ("null", '"soon"'):
        (told,) = applications_to_check("-", [row % at], arrivals)
        assert told.errors and not [error for error in told.errors if "mapping" in error.message]
