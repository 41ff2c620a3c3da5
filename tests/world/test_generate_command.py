"""`graphfraud generate` as people type it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from api.cli.main import run


def test_it_writes_four_files_and_says_what_is_in_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["generate", str(tmp_path / "world"), "--applications", "2000", "--seed", "3", "--days", "120"])
    said = capsys.readouterr()

    names = ["applications.csv.gz", "dealers.csv.gz", "outcomes.csv.gz", "truth.csv.gz"]
    assert code == 0
    assert [Path(line).name for line in said.out.split()] == names
    assert "2,000 applications" in said.err
    assert sorted(path.name for path in (tmp_path / "world").iterdir()) == names


def test_json_says_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = run(["generate", str(tmp_path), "--applications", "1000", "--fraud-free", "--format", "parquet", "--json"])
    written = json.loads(capsys.readouterr().out)

    assert code == 0
    assert (written["applications"], written["rings"], written["in_rings"]) == (1_000, 0, 0)
    assert all(name.endswith(".parquet") for name in written["files"])


def test_the_list_names_every_function(capsys: pytest.CaptureFixture[str]) -> None:
    from ingest.world.registry import NAMES

    code = run(["generate", "--list", "--json"])
    listed = json.loads(capsys.readouterr().out)

    assert code == 0
    assert [entry["name"] for entry in listed] == list(NAMES)


def test_unknown_names_and_no_folder_are_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["generate"], ["generate", str(tmp_path / "w"), "--without", "sesons"]):
        assert run(words) == 2
        assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert not (tmp_path / "w").exists()
