"""The command `graphfraud load`: what it prints, and the exit code it ends with."""

import gzip
import json
from pathlib import Path

import pytest
from example_files import applications, as_csv, write

from api.cli.main import run

RECORDS = applications(40)


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path / "home"


def test_a_dry_run_prints_a_summary_and_leaves_no_trace(tmp_path, home, capsys):
    path = write(tmp_path / "a.csv", RECORDS)

    code = run(["load", str(path), "--dry-run"])

    out = capsys.readouterr().out
    assert code == 0
    assert "a.csv" in out
    assert "40 rows" in out
    assert "nothing was written" in out
    assert not home.exists()


def test_json_is_one_document_with_all_counts(tmp_path, capsys):
    write(tmp_path / "in" / "a.csv", [*RECORDS, RECORDS[0] | {"application_id": ""}])
    write(tmp_path / "in" / "notes.txt", "x")

    code = run(["load", str(tmp_path / "in"), "--dry-run", "--json"])

    document = json.loads(capsys.readouterr().out)
    assert code == 0
    assert (document["read"], document["rejected"], document["rejected_by_code"]) == (41, 1, {"missing_id": 1})
    assert document["passed_over"] == [{"path": str(tmp_path / "in" / "notes.txt"), "why": "not a known ending"}]
    assert document["files"][0]["status"] == "checked"


def test_too_many_rejects_are_exit_code_3(tmp_path, capsys):
    path = write(tmp_path / "a.csv", [record | {"submitted_at": ""} for record in RECORDS[:4]] + RECORDS[4:])

    assert run(["load", str(path), "--dry-run"]) == 3
    assert "10.0%" in capsys.readouterr().err
    assert run(["load", str(path), "--dry-run", "--max-rejects", "0.2"]) == 0


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", b""),
        ("a.csv.gz", gzip.compress(as_csv(RECORDS).encode(), mtime=0)[:-50]),
        ("a.csv", b"\x89PNG"),
        ("a.txt", b"x"),
    ],
)
def test_a_bad_file_is_one_line_and_exit_code_2(tmp_path, capsys, name, content):
    path = write(tmp_path / name, content)

    code = run(["load", str(path), "--dry-run"])

    lines = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert code == 2
    assert len(lines) == 1
    assert str(path) in lines[0]


@pytest.mark.parametrize(
    "arguments",
    [
        ["nowhere.csv"],
        [],
        ["{folder}"],
        ["{file}", "--mapping", "neo4j_demo"],
        ["{file}", "--max-rejects", "2"],
        ["{file}", "--rejects", "{folder}"],
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(tmp_path, capsys, arguments):
    (tmp_path / "empty").mkdir()
    path = write(tmp_path / "a.csv", RECORDS)
    filled = [argument.format(folder=tmp_path / "empty", file=path) for argument in arguments]

    code = run(["load", *filled, "--dry-run"])

    lines = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert code == 2
    assert len(lines) == 1
    assert "Traceback" not in lines[0]


def test_a_load_with_nothing_to_load_makes_no_store(tmp_path, home, capsys):
    code = run(["load", str(write(tmp_path / "a.csv", b""))])

    assert code == 2
    assert not (home / "store").exists()


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path, monkeypatch, capsys):
    write(tmp_path / "file", "x")
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(tmp_path / "file"))

    code = run(["load", str(write(tmp_path / "a.csv", RECORDS))])

    lines = [line for line in capsys.readouterr().err.splitlines() if line.strip()]
    assert code in (2, 4)
    assert len(lines) == 1


def test_a_misspelt_column_is_named_with_what_it_may_have_meant(tmp_path, monkeypatch, capsys):
    import json

    from api.cli import main as front

    monkeypatch.setenv("GRAPHFRAUD_HOME", str(tmp_path / "home"))
    (tmp_path / "a.csv").write_text(
        "application_id,submitted_at,phone,devce_id,shoe_size\nA1,2025-06-01T10:00:00,13911112222,d1,44\n"
    )

    def said(*options: str) -> str:
        monkeypatch.setattr("sys.argv", ["graphfraud", "load", str(tmp_path / "a.csv"), "--dry-run", *options])
        with pytest.raises(SystemExit) as ended:
            front.main()
        assert ended.value.code == 0
        return capsys.readouterr().out

    assert "not used in a.csv: devce_id (did you mean device_id?), shoe_size" in " ".join(said().split())
    assert json.loads(said("--json"))["files"][0]["unused_columns"] == ["devce_id", "shoe_size"]


def test_a_folder_that_a_shipped_mapping_fits_is_told_so_in_one_line(tmp_path, home, capsys):
    folder = tmp_path / "splink"
    write(folder / "splink_fake_1000.csv", "unique_id,first_name,surname,dob,city,email,cluster\n1,a,b,1990-01-01,c,d@e.fr,1\n")
    write(folder / "other.csv", "colour,Date\n1,2\n")

    code = run(["load", str(folder)])

    said = capsys.readouterr().err.strip()
    assert code == 2 and not home.exists()
    assert "the columns of 2 files" in said and said.count("\n") == 0
    assert said.endswith("the shipped mapping splink_fake_1000 fits this folder: --mapping splink_fake_1000")
    assert run(["load", str(folder), "--mapping", "splink_fake_1000", "--dry-run"]) == 0


def test_a_shipped_mapping_that_lacks_a_column_is_not_proposed_and_far_names_are_no_guess(tmp_path, capsys):
    path = write(tmp_path / "splink_fake_1000.csv", "unique_id,Date,start_Account_accountID\n1,2,3\n")

    assert run(["load", str(path)]) == 2

    said = capsys.readouterr().err
    assert "fits this" not in said and "Did you mean" not in said
    assert "give a mapping with --mapping. Applications need application_id" in said


def test_of_many_files_that_cannot_be_loaded_the_first_are_named_and_the_others_counted(tmp_path, capsys):
    for number in range(27):
        write(tmp_path / "many" / f"{number:02}.csv", "colour,size\n1,2\n")

    assert run(["load", str(tmp_path / "many")]) == 2

    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 6 and "22 more could not be loaded" in lines[-1]
