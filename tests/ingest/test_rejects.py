"""The rejects file keeps what was refused before a kill, once, and none of what the kill undid."""

import csv
from pathlib import Path

import pytest

from graphfraud.errors import DiskError, FileError
from ingest.rejects import COLUMNS, Entry, Part, assemble, check_writable, read_part


def entry(line: int, code: str = "missing_id") -> Entry:
    return Entry(line, "application_id", "", code, 'says, "quoted"\nand broken', "a.csv")


def listed(target: Path) -> list[list[str]]:
    with target.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


def test_a_part_goes_on_at_the_mark_and_drops_what_came_after_it(tmp_path):
    path = tmp_path / "parts" / "x.csv"
    with Part(path, 0) as part:
        part.add(1000, [entry(7), entry(9)])
        part.add(2000, [entry(1500)])

    with Part(path, 1000) as part:
        part.add(2000, [entry(1500), entry(1600)])

    assert [(row, found.line) for row, found in read_part(path)] == [(1000, 7), (1000, 9), (2000, 1500), (2000, 1600)]


def test_what_the_last_commit_found_out_comes_from_the_mark_and_not_twice(tmp_path):
    with Part(tmp_path / "x", 0) as part:
        part.add(1000, [entry(7), entry(8, "superseded")])
        part.add(2000, [entry(1500), entry(1600, "superseded")])

    with Part(tmp_path / "x", 2000) as part:
        part.add(2000, [entry(1600, "superseded")])

    assert [found.line for _, found in read_part(tmp_path / "x")] == [7, 8, 1500, 1600]


def test_a_line_that_the_kill_tore_is_left_out(tmp_path):
    path = tmp_path / "x.csv"
    with Part(path, 0) as part:
        part.add(1000, [entry(7)])
    with path.open("a") as torn:
        torn.write("1000,9,application_id,,missing_id,no e")

    assert [found.line for _, found in read_part(path)] == [7]


def test_parts_become_one_file_in_their_order(tmp_path):
    for name, line in (("b", 2), ("a", 3)):
        with Part(tmp_path / name, 0) as part:
            part.add(1000, [entry(line)])

    written = assemble([tmp_path / "b", tmp_path / "missing", tmp_path / "a"], tmp_path / "out" / "r.csv")

    rows = listed(tmp_path / "out" / "r.csv")
    assert written == 2
    assert rows[0] == list(COLUMNS)
    assert [row[0] for row in rows[1:]] == ["2", "3"]
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["r.csv"]


def test_a_rejects_file_that_cannot_be_written_is_told_before_the_load(tmp_path):
    (tmp_path / "file").touch()

    with pytest.raises(FileError, match="is a folder"):
        check_writable(tmp_path)
    with pytest.raises(DiskError, match="cannot write"):
        check_writable(tmp_path / "file" / "r.csv")


def test_text_that_no_file_can_hold_is_written_escaped(tmp_path):
    with Part(tmp_path / "x", 0) as part:
        part.add(1, [Entry(1, "a\ud800", "", "c", "m", "f")])

    assert assemble([tmp_path / "x"], tmp_path / "r.csv") == 1
