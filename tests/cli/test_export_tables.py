import errno
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from example_rings import all_rings, gang, timeless

from graphfraud.errors import DiskError, NotFound
from graphfraud.export import (
    APPLICATION_COLUMNS,
    DEALER_COLUMNS,
    MEMBER_COLUMNS,
    REASON_COLUMNS,
    RING_COLUMNS,
    dealers_table,
    members_table,
    replace_files,
    rings_table,
    scan_applications,
    scan_dealers,
    write_export,
)
from graphfraud.results import DealerRisk, Reason
from graphfraud.wording import sentence

RINGS = [detail.ring for detail in all_rings()]
APPLICATIONS = pd.DataFrame(
    {
        "application_id": ["B2", "A1", "C3"],
        "risk": [0.123456789, 0.97, 0.0],
        "ring_id": [None, "7f3a91c04be2d815", ""],
        "score": [940, 315, 1000],
        "band": ["pass", "reject", "pass"],
        "shoe_size": [1, 2, 3],
        "anomaly": [0.25, 0.999, None],
    }
)


def test_the_tables_have_the_columns_of_the_contract():
    assert " ".join(RING_COLUMNS) == (
        "ring_id risk applications persons dealers first_seen last_seen exposure look_alike "
        "reason_1 reason_2 reason_3 reason_4 q_chance q stability"
    )
    assert MEMBER_COLUMNS == ("ring_id", "application_id", "risk", "strength")
    assert APPLICATION_COLUMNS == ("application_id", "risk", "ring_id", "anomaly", "score", "band")
    assert DEALER_COLUMNS == ("dealer_id", "applications", "risk", "anomaly", "unusual_1", "unusual_2", "unusual_3")
    assert tuple(rings_table(RINGS).columns) == RING_COLUMNS
    assert tuple(members_table(RINGS).columns) == MEMBER_COLUMNS


@pytest.mark.parametrize("rings", [RINGS, []])
def test_types_do_not_depend_on_how_many_rings_there_are(rings):
    types = rings_table(rings).dtypes

    assert types["ring_id"] == "str" and types["reason_4"] == "str"
    assert types["risk"] == types["exposure"] == "float64"
    assert types["applications"] == types["persons"] == types["dealers"] == "int64"
    assert str(types["first_seen"]) == str(types["last_seen"]) == "datetime64[ms, Asia/Shanghai]"


def test_error_rates_are_empty_where_none_were_computed_and_rounded_where_they_were(tmp_path):
    ring = gang().ring
    rated = replace(ring, ring_id="aa", q_chance=1 / 3, q=0.5, stability=1.0)

    write_export(tmp_path, [ring, rated], APPLICATIONS)

    said = dict(line.split(",", 1) for line in (tmp_path / "rings.csv").read_text().splitlines()[1:])
    assert said["aa"].endswith(",0.333333,0.500000,1.000000")
    assert said[ring.ring_id].endswith(",,,")


def test_the_files_say_what_the_contract_says(tmp_path):
    write_export(tmp_path, [gang().ring, timeless().ring], APPLICATIONS)

    rings = (tmp_path / "rings.csv").read_text().splitlines()
    assert rings[0] == ",".join(RING_COLUMNS)
    assert rings[1].startswith(
        "7f3a91c04be2d815,0.970000,14,11,3,2025-03-03T14:00:00+08:00,2025-03-10T03:00:00+08:00,1928500.00,,"
        "8 persons applied from the same device 9c…e1 within 9 days at 3 dealers.,"
    )
    assert rings[2].startswith("0123456789abcdef,0.550000,4,4,0,,,0.00,,") and rings[2].endswith(",,,")
    assert (tmp_path / "members.csv").read_text().splitlines()[1] == "7f3a91c04be2d815,AP20250000,0.970000,1.000000"
    assert (tmp_path / "applications.csv").read_text() == (
        "application_id,risk,ring_id,anomaly,score,band\n"
        "A1,0.970000,7f3a91c04be2d815,0.999000,315,reject\nB2,0.123457,,0.250000,940,pass\nC3,0.000000,,,1000,pass\n"
    )


@pytest.mark.parametrize("begins", ["=", "+", "-", "@", "\t"])
def test_a_text_that_a_spreadsheet_would_run_is_quoted_in_csv_and_nothing_else_is(tmp_path, begins):
    ids = [f"{begins}1+1", "A=1", "'A2"]
    applications = pd.DataFrame({"application_id": ids, "risk": 0.0, "ring_id": "", "score": 900, "band": "pass"})
    dealer = DealerRisk(ids[0], 1, 0.0, -0.5, ())
    for form in ("csv", "parquet"):
        write_export(tmp_path, [replace(gang().ring, exposure=-5.0)], applications, [dealer], form=form)

    read = pd.read_csv(tmp_path / "applications.csv", dtype=str)
    assert sorted(read["application_id"]) == sorted(["'" + ids[0], *ids[1:]])
    assert pd.read_csv(tmp_path / "dealers.csv").iloc[0].to_list()[:4] == ["'" + ids[0], 1, 0.0, -0.5]
    assert pd.read_csv(tmp_path / "rings.csv")["exposure"].to_list() == [-5.0]
    assert sorted(pd.read_parquet(tmp_path / "applications.parquet")["application_id"]) == sorted(ids)


def test_the_remainder_is_no_reason_and_reasons_follow_the_language():
    english, chinese = rings_table([gang().ring]), rings_table([gang().ring], "zh")

    assert english["reason_4"][0] == "14 of the applications were sold at 3 dealers, more than chance would put there."
    assert chinese["reason_1"][0] == "8 人在 9 天内于 3 家经销商使用同一设备（9c…e1）提交。"


def test_the_reasons_of_a_ring_stand_in_the_order_of_their_evidence_as_everywhere():
    alike = Reason("alike", 0.1, facts={"evidence_share": 0.2})
    burst = Reason("burst", 0.0, "phone", masks=("1…9",), facts={"evidence_share": 0.8, "applications": 5, "days": 2})
    ring = replace(gang().ring, reasons=(alike, burst, Reason("remainder", 0.87)))

    table = rings_table([ring])

    assert [table["reason_1"][0], table["reason_2"][0], table["reason_3"][0]] == [sentence(burst), sentence(alike), ""]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_share_of_the_evidence_stands_beside_each_reason_and_the_remainder_has_none(form, tmp_path):
    reasons = (Reason("alike", 0.00002, facts={"evidence_share": 0.96}), Reason("remainder", 0.97))

    write_export(tmp_path, RINGS, APPLICATIONS, reasons=[("A1", reasons)], form=form)

    read = pd.read_csv if form == "csv" else pd.read_parquet
    table = read(tmp_path / f"reasons.{form}")
    assert tuple(table.columns) == REASON_COLUMNS and REASON_COLUMNS[-1] == "share"
    assert table["share"].fillna(-1).tolist() == [0.96, -1]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_the_order_of_rings_and_applications_changes_no_byte(tmp_path, form):
    first = write_export(tmp_path / "a", RINGS, APPLICATIONS, form=form)
    second = write_export(tmp_path / "b", RINGS[::-1], APPLICATIONS[::-1], form=form)

    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_rings_of_equal_risk_are_ordered_by_id():
    twins = [replace(gang().ring, ring_id=ring_id) for ring_id in ("bb", "aa")]

    assert list(rings_table(twins)["ring_id"]) == ["aa", "bb"]


def test_parquet_holds_the_same_as_csv(tmp_path):
    write_export(tmp_path, RINGS, APPLICATIONS, form="parquet")

    rings = pd.read_parquet(tmp_path / "rings.parquet")
    pd.testing.assert_frame_equal(rings.astype({"ring_id": "str"}), rings_table(RINGS), check_dtype=False)
    assert list(pd.read_parquet(tmp_path / "applications.parquet")["ring_id"]) == ["7f3a91c04be2d815", "", ""]


def test_export_replaces_its_own_files_and_touches_no_other(tmp_path):
    (tmp_path / "rings.csv").write_text("old")
    (tmp_path / "notes.txt").write_text("mine")

    write_export(tmp_path, RINGS, APPLICATIONS)

    tables = ["applications.csv", "dealers.csv", "look_alikes.csv", "members.csv", "reasons.csv", "rings.csv"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*tables, "notes.txt"])
    assert (tmp_path / "notes.txt").read_text() == "mine" and (tmp_path / "rings.csv").read_text() != "old"


def test_a_disk_that_fills_up_leaves_the_old_files_and_nothing_else(tmp_path):
    (tmp_path / "a.csv").write_text("old")

    def full(path: Path) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", str(path))

    with pytest.raises(DiskError, match="no space left on device; free space or choose another folder"):
        replace_files(tmp_path, {"a.csv": lambda path: path.write_text("new"), "b.csv": full})

    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == {"a.csv": "old"}


def test_a_file_where_the_folder_should_be_is_said_plainly(tmp_path):
    (tmp_path / "results").write_text("")

    with pytest.raises(DiskError, match="is a file or lies below one; give a folder"):
        write_export(tmp_path / "results", RINGS, APPLICATIONS)


def test_a_scan_whose_files_are_elsewhere_says_so(tmp_path):
    with pytest.raises(NotFound, match="run graphfraud scan again"):
        scan_applications(tmp_path / "20250312-01")


DEALERS = [
    DealerRisk("D1", 40, 0.01, 0.5, ("night_share", "log_applications", "mean_price")),
    DealerRisk("D2", 3, 0.01, 0.98, ("share_on_device",)),
    DealerRisk("D3", 12, 0.4, 0.1, ()),
]


def test_dealers_come_riskiest_first_then_strangest_and_say_what_is_unusual_in_words():
    english, chinese = dealers_table(DEALERS), dealers_table(DEALERS, "zh")

    assert english.to_numpy().tolist() == [
        ["D3", 12, 0.4, 0.1, "", "", ""],
        ["D2", 3, 0.01, 0.98, "share from shared devices", "", ""],
        ["D1", 40, 0.01, 0.5, "share sent at night", "number of applications", "vehicle prices"],
    ]
    assert chinese["unusual_1"].tolist() == ["", "共用设备占比", "夜间提交占比"]
    assert tuple(dealers_table([]).columns) == DEALER_COLUMNS


def test_a_scan_without_a_table_of_dealers_has_none(tmp_path):
    assert scan_dealers(tmp_path / "20250312-01") == []
