"""The commands on a real store: a small world is generated, loaded and scanned once, then looked at from all sides."""

import csv
import gzip
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.cells import cell_len

from api import exit_codes
from api.cli import main as front

CHECKOUT = Path(__file__).parents[2]
RAW = (
    "applicant_id",
    "applicant_name",
    "phone",
    "contact_phone_1",
    "device_id",
    "account_no",
    "address",
    "vin",
    "employer_phone",
    "ip",
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("looking")
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("GRAPHFRAUD_")]:
            patch.delenv(name)
        patch.setenv("GRAPHFRAUD_HOME", str(folder / "home"))
        patch.setenv("GRAPHFRAUD_STORE_MEMORY", "512m")
        patch.setenv("GRAPHFRAUD_STORE_IDLE", "120")
        assert front.run(["rings"]) == exit_codes.EXIT_NOT_FOUND
        assert front.run(["generate", str(folder / "world"), "--applications", "3000", "--seed", "3"]) == 0
        assert front.run(["load", str(folder / "world")]) == 0
        assert front.run(["scan"]) == 0
        yield folder
        front.run(["store", "stop", "--force"])


@pytest.fixture
def ask(world: Path, capsys: pytest.CaptureFixture[str]):
    """Run a command and return what it prints: the JSON document with --json, else the text."""
    capsys.readouterr()

    def ask(*arguments: object, code: int = 0):
        given = front.run([str(argument) for argument in arguments])
        heard = capsys.readouterr()
        assert given == code, heard.err
        return json.loads(heard.out) if "--json" in arguments and not code else heard.out if not code else heard.err

    return ask


@pytest.fixture(scope="module")
def raw(world: Path) -> set[str]:
    """Whole identifiers of the first applications: none of them may be seen anywhere."""
    with gzip.open(world / "world" / "applications.csv.gz", "rt", encoding="utf-8") as file:
        rows = [row for row, _ in zip(csv.DictReader(file), range(200), strict=False)]
    return {row[column] for row in rows for column in RAW if len(row.get(column) or "") > 3}


@pytest.mark.parametrize(
    "words", ["rings", "ring R-1", "application A1", "explain", "pairs", "status", "export out", "report r.html"]
)
def test_looking_where_nothing_was_loaded_says_so_and_makes_nothing(tmp_path, monkeypatch, capsys, words):
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(tmp_path / "wrong"))
    monkeypatch.chdir(tmp_path)

    assert front.run(words.split()) == exit_codes.EXIT_NOT_FOUND
    assert f"there is no graphfraud data in {tmp_path / 'wrong'}" in (said := capsys.readouterr().err)
    assert "graphfraud load" in said and "GRAPHFRAUD_HOME" in said and said.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_rings_come_riskiest_first_and_no_more_than_asked_for(ask):
    document = ask("rings", "--top", 3, "--json")
    risks = [ring["risk"] for ring in document["rings"]]

    assert len(risks) == 3 and risks == sorted(risks, reverse=True)
    assert document["scan"]["counts"]["applications"] == 3000
    assert all(ring["summary"] and ring["reasons"] for ring in document["rings"])
    assert all(ring["risk"] >= 0.9 for ring in ask("rings", "--min-risk", 0.9, "--json")["rings"])


def test_rings_can_be_cut_at_the_share_that_is_stated_to_be_false(ask, tmp_path):
    rings = ask("rings", "--top", 50, "--json")["rings"]
    cut = sorted(ring["q"] for ring in rings)[len(rings) // 2]

    kept = ask("rings", "--top", 50, "--max-q", cut, "--json")["rings"]
    ask("export", tmp_path, "--max-q", cut, "--json")
    exported = list(csv.DictReader((tmp_path / "rings.csv").open()))
    named = {row["ring_id"] for row in csv.DictReader((tmp_path / "applications.csv").open())} - {""}

    assert all(0 < ring["q_chance"] <= ring["q"] <= 1 and ring["stability"] is None for ring in rings)
    assert {ring["ring_id"] for ring in kept} == {ring["ring_id"] for ring in rings if ring["q"] <= cut}
    assert {row["ring_id"] for row in exported} == named == {ring["ring_id"] for ring in kept}
    assert {"q", "q_chance"} <= {*ask("rings").split()}
    assert "expected to be false" in ask("ring", rings[0]["ring_id"])
    assert "误报" in ask("ring", rings[0]["ring_id"], "--lang", "zh")


def test_a_cut_that_leaves_rings_out_says_how_many_and_the_lowest_q(world, capsys, tmp_path):
    def said(*arguments: str) -> tuple[str, str]:
        capsys.readouterr()
        assert front.run(list(arguments)) == 0
        heard = capsys.readouterr()
        return heard.out, heard.err

    rings = json.loads(said("rings", "--top", "1000", "--json")[0])["rings"]
    lowest = min(ring["q"] for ring in rings)
    above = f"{len(rings)} rings with a larger q than 0 are left out; the lowest q of all is {lowest:.4g}."

    assert above in said("rings", "--top", "1", "--max-q", "0")[1]
    assert above in said("export", str(tmp_path), "--max-q", "0")[1]
    assert above in said("report", str(tmp_path / "rings.html"), "--max-q", "0")[1]
    assert above in (tmp_path / "rings.html").read_text()
    assert json.loads(said("rings", "--max-q", "0", "--json")[0])["rings"] == []
    assert "left out" not in said("rings", "--max-q", "1")[1]
    for command in (["rings"], ["export", str(tmp_path)], ["report", str(tmp_path / "rings.html")]):
        assert "a larger q_chance than 0 are left out" in said(*command, "--max-q-chance", "0")[1]


def test_verdicts_bound_the_share_of_false_rings(ask, tmp_path):
    rings = ask("rings", "--top", 50, "--json")["rings"]
    verdicts = tmp_path / "verdicts.csv"
    verdicts.write_text("ring_id,verdict\nR-GONE,cleared\n" + "".join(f"{ring['ring_id']},confirmed\n" for ring in rings))

    document = ask("audit", verdicts, "--min-risk", 0.5, "--json")

    assert document["verdicts_elsewhere"] == 1
    assert [cut["confirmed"] for cut in document["cuts"]] == [len(rings)]
    assert document["cuts"][0]["bound"] == pytest.approx(1 - 0.05 ** (1 / len(rings)))
    assert "false at most" in ask("audit", verdicts, "--sample", "top")
    assert "confirmed or cleared" in ask("audit", _saying(tmp_path, "R-1,fraud"), code=exit_codes.EXIT_INPUT)
    assert "no file" in ask("audit", tmp_path / "none.csv", code=exit_codes.EXIT_INPUT)


def _saying(folder: Path, row: str) -> Path:
    (folder / "odd.csv").write_text(f"ring_id,verdict\n{row}\n")
    return folder / "odd.csv"


def test_reasons_and_the_remainder_sum_to_the_risk(ask):
    for ring in ask("rings", "--top", 50, "--json")["rings"]:
        assert sum(reason["contribution"] for reason in ring["reasons"]) == pytest.approx(ring["risk"], abs=1e-9)


def test_a_ring_is_found_by_the_beginning_of_its_id(ask):
    rings = ask("rings", "--top", 100, "--json")["rings"]
    whole = rings[0]["ring_id"]
    beginning = next(whole[:n] for n in range(1, 99) if sum(r["ring_id"].startswith(whole[:n]) for r in rings) == 1)

    document = ask("ring", beginning, "--json")

    assert document["ring_id"] == whole
    assert len(document["members"]) == document["applications"]
    assert all(len({held["application_id"] for held in one["held_by"]}) >= 2 for one in document["shared"])
    cited = {token for reason in document["reasons"] for token in reason["tokens"]}
    assert cited & {one["token"] for one in document["shared"]}


def test_a_ring_is_found_with_or_without_the_letter_before_its_id_in_any_case(ask):
    whole = ask("rings", "--top", 1, "--json")["rings"][0]["ring_id"]

    for written in (whole.lower(), whole.removeprefix("R-"), whole.removeprefix("R-").lower()):
        assert ask("ring", written, "--json")["ring_id"] == whole


def test_a_ring_that_is_not_there_or_not_the_only_one_is_said_plainly(ask):
    assert "rings begin with 'r-' (R-" in ask("ring", "r-", code=exit_codes.EXIT_NOT_FOUND)
    assert "begins with 'zz'; graphfraud rings lists them" in ask("ring", "zz", code=exit_codes.EXIT_NOT_FOUND)
    assert "begins with ''" in ask("ring", "", code=exit_codes.EXIT_NOT_FOUND)


def test_a_ring_is_shown_with_its_reasons_timeline_members_and_identifiers(ask):
    ring = ask("rings", "--top", 1, "--json")["rings"][0]
    shown = " ".join(ask("ring", ring["ring_id"]).split())

    assert ring["ring_id"] in shown and ring["summary"] in shown
    assert all(reason["text"] in shown for reason in ring["reasons"] if reason["code"] != "remainder")
    assert ring["first_seen"][:10] in shown and any(block in shown for block in "▁▂▃▄▅▆▇█")
    assert "贷款" not in shown and "理由" in ask("ring", ring["ring_id"], "--lang", "zh")


def test_an_application_shows_its_versions_identifiers_risk_and_ring(ask):
    ring = ask("rings", "--top", 1, "--json")["rings"][0]
    member = ask("ring", ring["ring_id"], "--json")["members"][0]

    document = ask("application", member["application_id"], "--json")

    assert document["ring"]["ring_id"] == ring["ring_id"] and document["strength"] == member["strength"]
    assert 0.5 < document["risk"] <= 1.0
    assert document["versions"][0]["until"] is None and document["versions"][0]["dealer_id"] == member["dealer_id"]
    assert {"person", "phone"} <= {held["kind"] for held in document["identifiers"]}
    assert ring["ring_id"] in ask("application", member["application_id"])


def test_rings_and_households_are_explained_side_by_side(ask):
    told = ask("explain", "--top", 2, "--json")
    text = ask("explain", "--top", 2)

    assert len(told["rings"]) == len(told["look_alikes"]) == 2
    for one in told["look_alikes"]:
        assert (one["name"], one["folded"]) == ("household", True)
        assert all(len(tie["masks"]) == len(tie["tokens"]) and all(tie["masks"]) for tie in one["ties"])
        assert one["members"][0] in text
    assert "Household: " in text and told["rings"][0]["ring_id"] in text


def test_a_member_has_reasons_that_are_its_risk_and_a_family_says_why_it_is_no_ring(ask):
    member = ask("ring", ask("rings", "--top", 1, "--json")["rings"][0]["ring_id"], "--json")["members"][0]["application_id"]
    relative = ask("explain", "--top", 1, "--json")["look_alikes"][0]["members"][0]

    shown, explained = ask("application", member, "--json"), ask("explain", member, relative, "--json")["applications"]

    assert sum(reason["contribution"] for reason in shown["reasons"]) == pytest.approx(shown["risk"])
    assert shown["reasons"] == explained[0]["reasons"]
    assert {name for one in shown["reasons"] for name in one} == {name for one in shown["ring"]["reasons"] for name in one}
    assert explained[1]["ring_id"] is None
    assert explained[1]["look_alikes"][0]["name"] == "household"
    assert "why it is in no ring" in ask("application", relative)
    assert "为何不属于团伙" in ask("explain", relative, "--lang", "zh")


def test_an_explanation_has_the_risk_of_the_application_and_of_its_ring(ask):
    ring = ask("rings", "--top", 1, "--json")["rings"][0]
    member = ask("ring", ring["ring_id"], "--json")["members"][0]["application_id"]

    (told,) = ask("explain", member, "--json")["applications"]
    shown, text = ask("application", member, "--json"), ask("explain", member)

    assert all(told[name] == shown[name] for name in ("risk", "score", "band", "strength", "ring"))
    assert f"{shown['risk']:.2f}" in text.splitlines()[0] and f"score {shown['score']}" in text.splitlines()[0]
    assert f"ring {ring['ring_id']} (risk {ring['risk']:.2f}" in text


def test_an_application_outside_every_ring_says_which_ring_its_reasons_mean_and_which_it_stands_near(ask, world, tmp_path):
    import pyarrow.parquet as pq

    (kept,) = (world / "home" / "scans").glob("*/*/near.parquet")
    near, reasons = (pq.read_table(kept.with_name(name)).to_pylist() for name in ("near.parquet", "reasons.parquet"))
    ask("export", tmp_path)
    inside = {row["application_id"] for row in csv.DictReader((tmp_path / "members.csv").open())}
    outside = {row["application_id"]: row["ring_id"] for row in reasons if row["application_id"] not in inside}
    assert near or outside

    for row in near[:3]:
        (told,) = ask("explain", row["application_id"], "--json")["applications"]
        assert told["near"]["ring_id"] == row["ring_id"] and told["near"]["reason"]["masks"]
        assert f"near ring {row['ring_id']} (risk" in (text := " ".join(ask("explain", row["application_id"]).split()))
        assert told["near"]["reason"]["text"] in text and "shares nothing that counts" not in text
    for application, ring in [*outside.items()][:5]:
        (told,) = ask("explain", application, "--json")["applications"]
        assert (told["ring_meant"] or {"ring_id": ""})["ring_id"] == ring
        said = f"the ring spoken of is {ring} (risk" if ring else "the ring spoken of is a group of too little risk"
        assert said in " ".join(ask("explain", application).split())


def test_the_export_gives_the_shares_that_are_shown(ask, tmp_path):
    ask("export", tmp_path)
    with (tmp_path / "reasons.csv").open() as file:
        rows = list(csv.DictReader(file))
    told = ask("explain", rows[0]["application_id"], "--json")["applications"][0]["reasons"]
    shares = {row["reason"]: row["share"] for row in rows if row["application_id"] == rows[0]["application_id"]}

    assert list(rows[0])[-1] == "share"
    assert all(float(shares[reason["text"]]) == reason["facts"]["evidence_share"] for reason in told[:-1])
    assert all((row["share"] == "") == (row["code"] == "remainder") for row in rows)


def test_a_class_of_look_alikes_that_does_not_exist_is_said_plainly(ask):
    assert "there is no class of look-alikes 'aliens'" in ask(
        "explain", "--look-alike", "aliens", code=exit_codes.EXIT_NOT_FOUND
    )


def test_a_terminal_gets_the_same_words_with_styles(ask, monkeypatch):
    ring = ask("rings", "--top", 1, "--json")["rings"][0]["ring_id"]
    member = ask("ring", ring, "--json")["members"][0]["application_id"]
    commands = [("rings",), ("ring", ring), ("application", member), ("explain",), ("explain", member), ("doctor",)]
    plain = [ask(*command) for command in commands]
    monkeypatch.setenv("FORCE_COLOR", "1")
    styled = [ask(*command) for command in commands]

    heads = [text.splitlines()[0] for text in styled[1:5]]
    assert all(f"\x1b[1m{bold}\x1b[0m" in head for bold, head in zip((ring, member, ring, member), heads, strict=True))
    assert "\x1b[32mok" in styled[-1]
    assert [without_styles(text) for text in styled[:-1]] == plain[:-1]  # doctor tells of free space too


def without_styles(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize(("width", "lines_a_ring"), [(80, 4), (140, 6)])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_rings_are_read_on_terminals_of_80_and_of_140_columns(ask, monkeypatch, width, lines_a_ring, lang):
    rings = ask("rings", "--top", 3, "--lang", lang, "--json")["rings"]
    monkeypatch.setenv("COLUMNS", str(width))

    shown = ask("rings", "--top", 3, "--lang", lang).splitlines()

    assert max(cell_len(line) for line in shown) <= width and len(shown) <= 4 + 3 * lines_a_ring
    row_of = {ring["ring_id"]: next(line for line in shown if ring["ring_id"] in line) for ring in rings}
    assert all(line.split()[0] == f"{ring['risk']:.2f}" for ring in rings if (line := row_of[ring["ring_id"]]))
    assert all(f" {ring['last_seen'][:16].replace('T', ' ')} " in f"{row_of[ring['ring_id']]} " for ring in rings)
    if width == 80:
        below = [shown[shown.index(row_of[ring["ring_id"]]) + 1] for ring in rings]
        assert all(ring["summary"].startswith(line.strip()[:30]) for ring, line in zip(rings, below, strict=True))
    assert ("风险" in shown[1] and "最近提交" in shown[1]) if lang == "zh" else ("risk" in shown[1] and "last seen" in shown[1])


def test_what_was_loaded_is_read_on_a_terminal_of_80_columns(ask, monkeypatch, world):
    monkeypatch.setenv("COLUMNS", "80")

    for command in (("load", world / "world"), ("status",)):
        shown = ask(*command).splitlines()
        assert any(line.split()[:1] == ["applications.csv.gz"] for line in shown), command
        assert max(cell_len(line) for line in shown if "passed over" not in line) <= 80


def test_status_says_of_which_zone_its_times_are(ask):
    shown = ask("status")

    assert "began (+08:00)" in shown and "finished (+08:00)" in shown


def test_pairs_are_as_many_as_asked_for_and_all_are_counted(ask):
    everything, some = (ask("pairs", "--json", *more)["pairs"] for more in ((), ("--top", 5)))
    text = ask("pairs", "--top", 5)

    assert some == everything[:5]
    assert f"{len(everything):,} pairs share a phone or email or address; the first 5 are shown" in text


def test_an_application_that_is_not_there_is_said_plainly(ask):
    assert "AP-none" in ask("application", "AP-none", code=exit_codes.EXIT_NOT_FOUND)


def test_status_says_what_is_there_and_what_is_next(ask):
    document = ask("status", "--json")

    assert document["counts"]["application"] == 3000 and document["scan"]["sequence"] == document["store"]["sequence"]
    assert {load["kind"] for load in document["loads"]} >= {"applications", "dealers"}
    assert document["next"] == "graphfraud rings"
    assert "3,000" in ask("status")


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_an_export_twice_is_the_same_bytes(ask, tmp_path, form):
    first = ask("export", tmp_path / "a", "--format", form, "--json")["files"]
    second = ask("export", tmp_path / "b", "--format", form, "--json")["files"]

    names = ("rings", "members", "applications", "dealers", "reasons", "look_alikes")
    assert [Path(path).name for path in first] == [f"{name}.{form}" for name in names]
    assert [Path(path).read_bytes() for path in first] == [Path(path).read_bytes() for path in second]


def test_the_export_holds_every_application_once_and_every_ring(ask, tmp_path):
    ask("export", tmp_path)
    with (tmp_path / "applications.csv").open() as file:
        ids = [row["application_id"] for row in csv.DictReader(file)]
    with (tmp_path / "rings.csv").open() as file:
        rings = {row["ring_id"]: int(row["applications"]) for row in csv.DictReader(file)}
    with (tmp_path / "members.csv").open() as file:
        members = [row["ring_id"] for row in csv.DictReader(file)]

    assert len(ids) == len(set(ids)) == 3000
    assert {ring: members.count(ring) for ring in rings} == rings
    assert all(count >= 3 for count in rings.values())


def test_an_export_into_a_file_is_one_line(ask, tmp_path):
    (tmp_path / "taken").write_text("")

    assert "is a file or lies below one; give a folder" in ask("export", tmp_path / "taken", code=exit_codes.EXIT_INPUT)


def test_an_evaluation_has_the_figures(ask, world):
    document = ask("evaluate", world / "world" / "truth.csv.gz", "--json")

    assert (document["not_scanned"], document["truth_applications"] > 2900) == (0, True)
    assert document["rings_planted"] > 0 and document["ap"] > 0.5 and document["ring_recall"] > 0.5
    assert "average precision" in ask("evaluate", world / "world" / "truth.csv.gz")
    assert "there is no file" in ask("evaluate", world / "none.csv", code=exit_codes.EXIT_INPUT)
    assert "no truth file" in ask("evaluate", world / "world" / "dealers.csv.gz", code=exit_codes.EXIT_INPUT)


def test_a_report_is_written_to_a_file_or_into_a_folder(ask, tmp_path):
    named = ask("report", tmp_path / "top.html", "--top", 2, "--json")
    ask("report", tmp_path / "folder", "--lang", "zh")

    assert named["rings"] == 2 and (tmp_path / "top.html").read_text().count('<section class="ring"') == 2
    assert 'lang="zh-Hans"' in (tmp_path / "folder" / "rings.html").read_text()


def test_every_reason_that_cites_something_lights_something_in_the_report(ask, tmp_path):
    ask("report", tmp_path / "top.html", "--top", 20)
    sections = (tmp_path / "top.html").read_text().split('<section class="ring"')[1:]

    for section, ring in zip(sections, ask("rings", "--top", 20, "--json")["rings"], strict=True):
        for number, reason in enumerate(ring["reasons"]):
            assert not reason["tokens"] or f'data-reason="{number}"' in section


def test_no_whole_identifier_is_seen_anywhere(ask, raw, tmp_path):
    ring = ask("rings", "--top", 1, "--json")["rings"][0]["ring_id"]
    member = ask("ring", ring, "--json")["members"][0]["application_id"]
    ask("export", tmp_path)
    ask("report", tmp_path / "rings.html", "--top", 100)
    seen = [
        ask("rings"),
        ask("ring", ring),
        ask("application", member),
        ask("application", member, "--json", code=0),
        ask("status"),
    ]
    seen += [path.read_text() for path in tmp_path.iterdir()]

    text = "\n".join(one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in seen)

    assert len(raw) > 500
    assert [value for value in raw if value in text] == []


def test_a_reader_that_goes_away_is_no_error(world):
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [sys.executable, "-m", "api.cli.main", "rings"], cwd=CHECKOUT, stdout=write, stderr=subprocess.PIPE, timeout=120
    )
    os.close(write)

    assert done.returncode == exit_codes.EXIT_NOBODY_READS
    assert b"Traceback" not in done.stderr
