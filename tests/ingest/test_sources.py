"""Paths, folders and globs become a list of files, and nothing is passed over in silence."""

from pathlib import Path

import pytest

from ingest.sources import find_sources


def files(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("application_id\n1\n")
    return folder


def names(found) -> list[str]:
    return [source.path.name for source in found.sources]


def test_a_folder_gives_its_files_with_known_endings_by_name_and_lists_the_rest(tmp_path):
    files(tmp_path, "b.csv", "a.csv.gz", "c.parquet", "d.ndjson", "notes.txt", ".hidden.csv", "sub/e.csv")

    found = find_sources([tmp_path])

    assert names(found) == ["a.csv.gz", "b.csv", "c.parquet", "d.ndjson"]
    assert {p.path.name for p in found.passed_over} == {"notes.txt", ".hidden.csv", "sub"}


def test_endings_are_known_in_any_case(tmp_path):
    found = find_sources([files(tmp_path, "A.CSV", "B.Csv.Gz")])

    assert [(s.format, s.gzipped) for s in found.sources] == [("csv", False), ("csv", True)]


def test_a_glob_gives_what_it_matches(tmp_path):
    files(tmp_path, "a1.csv", "a2.csv", "b.csv", "a3.txt")

    found = find_sources([tmp_path / "a*"])

    assert names(found) == ["a1.csv", "a2.csv"]
    assert [p.path.name for p in found.passed_over] == ["a3.txt"]


def test_a_file_named_twice_is_read_once(tmp_path):
    files(tmp_path, "a.csv")

    assert names(find_sources([tmp_path / "a.csv", tmp_path, tmp_path / "*.csv"])) == ["a.csv"]


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("nothing.csv", "no such file"),
        ("aplications.csv", "Did you mean"),
        ("empty", "no file to load"),
        ("*.xyz", "no file matches"),
        ("notes.txt", "known endings"),
    ],
)
def test_a_path_that_leads_nowhere_is_one_clear_line_and_hides_no_other(tmp_path, path, says):
    files(tmp_path, "applications.csv", "notes.txt")
    (tmp_path / "empty").mkdir()

    found = find_sources([tmp_path / path, tmp_path / "applications.csv"])

    assert names(found) == ["applications.csv"]
    [(_, error)] = found.failed
    assert says in str(error)
    assert "\n" not in str(error)
