"""`graphfraud mapping`, as somebody types it."""

from __future__ import annotations

import json
from pathlib import Path

from api.cli.main import run

HEADER = "application_id,submitted_at,phone,loan_amount,colour\n"


def write(folder: Path, *lines: str) -> str:
    path = folder / "loans.csv"
    path.write_text(HEADER + "".join(line + "\n" for line in lines), encoding="utf-8")
    return str(path)


def test_check_shows_five_rows_masked_and_writes_nothing(tmp_path, capsys, monkeypatch):
    home = tmp_path / "home"
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(home))
    path = write(tmp_path, *(f"A{n},2025-06-01 02:24,1381234567{n},80557,red" for n in range(8)))

    code = run(["mapping", "check", path, "--json"])

    (seen,) = json.loads(capsys.readouterr().out)
    assert code == 0
    assert [row["line"] for row in seen["rows"]] == [2, 3, 4, 5, 6]
    assert seen["rows"][0]["phone (own)"] == "138******70"
    assert seen["unused_columns"] == ["colour"]
    assert (seen["rows_read"], seen["rejected"]) == (8, 0)
    assert not home.exists()


def test_check_looks_at_as_many_rows_as_it_is_told_to(tmp_path, capsys):
    path = write(tmp_path, *(f"A{n},2025-06-01 02:24,1381234{n:04},80557,red" for n in range(1_700)))

    assert run(["mapping", "check", path, "--rows", "1500", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)[0]["rows_read"] == 1_500


def test_check_says_what_is_wrong_and_ends_with_3_when_much_is(tmp_path, capsys):
    path = write(tmp_path, "A1,2025-06-01,13812345670,80557,red", "A2,2025-06-01,13812345671,-1,red", "A3,,13812345672,1,red")

    code = run(["mapping", "check", path])

    captured = capsys.readouterr()
    assert code == 3
    assert "2 rows would be refused" in captured.out
    assert "below zero" in captured.out
    assert "13812345671" not in captured.out


def test_check_counts_one_row_as_one(tmp_path, capsys):
    code = run(["mapping", "check", write(tmp_path, "A1,2025-06-01,13812345670,-1,red")])

    shown = capsys.readouterr().out
    assert code == 3
    assert "1 row would be refused" in shown and "1 row looked at" in shown


def test_check_says_what_a_dropped_id_may_have_been(tmp_path, capsys):
    path = tmp_path / "loans.csv"
    path.write_text("application_id,submitted_at,phone,applicant_id\nA1,2025-06-01,13812345670,123-45-6789\n")

    assert run(["mapping", "check", str(path)]) == 0

    assert "sequences and samples such as 123-45-6789" in " ".join(capsys.readouterr().out.split())


def test_check_of_a_wrong_mapping_names_the_nearest(tmp_path, capsys):
    code = run(["mapping", "check", write(tmp_path, "A1,2025-06-01,13812345670,1,red"), "yelpchi"])

    assert code == 2
    assert "Did you mean 'yelpchi_reviews'?" in capsys.readouterr().err


def test_check_of_a_file_that_a_mapping_does_not_load_says_so(tmp_path, capsys):
    code = run(["mapping", "check", write(tmp_path, "A1,2025-06-01,13812345670,1,red"), "yelpchi_reviews"])

    assert code == 2
    assert "nothing of it would be loaded" in capsys.readouterr().err


def test_list_and_show_print_what_is_shipped(capsys):
    assert run(["mapping", "list"]) == 0
    assert "yelpchi_reviews" in capsys.readouterr().out
    assert run(["mapping", "show", "yelpchi_reviews"]) == 0
    assert 'match = "reviews.csv"' in capsys.readouterr().out
    assert run(["mapping", "show", "default"]) == 0
    assert "submitted_at" in capsys.readouterr().out
    assert run(["mapping", "show", "nothing_like_it"]) == 2


def test_check_shows_names_and_values_that_look_like_markup_as_they_are(tmp_path, capsys):
    path = tmp_path / "[dim]loans.csv"
    path.write_text(
        "application_id,submitted_at,phone\n[b]A1,2025-06-01,13812345678\n[/x],2025-06-01,13812345679\n", encoding="utf-8"
    )

    run(["mapping", "check", str(path)])

    shown = capsys.readouterr().out
    assert all(text in shown for text in ("[dim]loans.csv", "[b]A1", "[/x]"))
