"""What the commands say where the last scan found nothing, and of applications that came in after it."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli import main as front

HEADER = "application_id,applicant_name,phone,submitted_at"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("after")
    (folder / "first.csv").write_text(
        f"{HEADER}\nA1,王伟,13812345671,2025-06-01 10:00\nA2,李娜,13912345672,2025-06-02 11:00\n", encoding="utf-8"
    )
    (folder / "second.csv").write_text(f"{HEADER}\nP1,赵敏,13812345671,2025-06-03 12:00\n", encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GRAPHFRAUD_")]:
            patch.delenv(name)
        patch.setenv("GRAPHFRAUD_HOME", str(folder / "home"))
        patch.setenv("GRAPHFRAUD_STORE_MEMORY", "384m")
        assert front.run(["load", str(folder / "first.csv")]) == 0
        assert front.run(["scan"]) == 0
        assert front.run(["load", str(folder / "second.csv")]) == 0
        yield folder
        front.run(["store", "stop", "--force"])


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    capsys.readouterr()
    assert front.run(list(arguments)) == 0
    heard = capsys.readouterr()
    return heard.out, heard.err


def test_an_application_that_came_after_the_scan_is_not_explained_but_named(folder, capsys):
    for command in ("explain", "application"):
        shown = said(capsys, command, "P1")[0]
        assert "not in the last scan; run graphfraud scan" in shown
        assert "in no ring" not in shown and "shares nothing" not in shown

    told = json.loads(said(capsys, "explain", "A1", "P1", "--json")[0])["applications"]
    assert [(one["application_id"], one["in_last_scan"]) for one in told] == [("A1", True), ("P1", False)]
    assert "in no ring" in said(capsys, "explain", "A1")[0]


def test_a_scan_that_found_nothing_to_explain_says_so(folder, capsys):
    shown = said(capsys, "explain")[0]

    assert "no ring in scan" in shown and "no look-alike in scan" in shown and "(household)" in shown
    assert "未发现团伙" in said(capsys, "explain", "--lang", "zh")[0]


def test_a_truth_that_covers_more_than_was_scanned_is_said_to(folder, capsys, tmp_path):
    truth = tmp_path / "truth.csv"
    truth.write_text("application_id,ring_id,typology,benign_group\nA1,0,x,\nA2,-1,,\nP1,0,x,\n")

    table, note = said(capsys, "evaluate", str(truth))
    document = json.loads(said(capsys, "evaluate", str(truth), "--json")[0])

    assert "rings planted" in table and "1 of the truth's 3 applications were not in the scan" in note
    assert (document["not_scanned"], document["truth_applications"]) == (1, 3)


def test_an_application_that_changed_after_the_scan_says_so_and_names_its_checks(folder, capsys, tmp_path):
    assert "changed since" not in said(capsys, "application", "A2")[0]
    changed = tmp_path / "changed.csv"
    changed.write_text(f"{HEADER},account_no\nA2,李娜,13912345672,2025-06-02 11:00,6293910324226789\n", encoding="utf-8")

    answer = json.loads(said(capsys, "check", str(changed), "--json")[0])

    assert "changed since the last scan" in said(capsys, "application", "A2")[0]
    assert "上次扫描后已变更" in said(capsys, "application", "A2", "--lang", "zh")[0]
    told = json.loads(said(capsys, "application", "A2", "--json")[0])
    assert told["changed_since_scan"] is True
    assert [(one["check_id"], one["decision"]) for one in told["checks"]] == [(answer["check_id"], "resubmit")]
    assert answer["check_id"] in said(capsys, "application", "A2")[0]
    untouched = json.loads(said(capsys, "application", "A1", "--json")[0])
    assert (untouched["changed_since_scan"], untouched["checks"]) == (False, [])
