"""Whatever a file holds: the bad row goes to the rejects with its line, the good ones load, and no raw value leaks."""

import csv
import gzip
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from example_files import applications, as_csv, dealers, outcomes, write
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from graphfraud.errors import MappingError
from graphfraud.intake import codes, mapping_file

GOOD = applications(50)


def rejects_of(summary) -> list[dict[str, str]]:
    if summary.rejects is None:
        return []
    with summary.rejects.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def changed(records, place: int, **values: str):
    return [record | values if i == place else record for i, record in enumerate(records)]


@pytest.mark.parametrize(
    ("values", "code", "column"),
    [
        ({"application_id": ""}, codes.MISSING_ID, "application_id"),
        ({"submitted_at": ""}, codes.MISSING_TIME, "submitted_at"),
        ({"submitted_at": "yesterday"}, codes.UNREADABLE_TIME, "submitted_at"),
        ({"submitted_at": "2025-02-30T10:00:00"}, codes.UNREADABLE_TIME, "submitted_at"),
        ({"loan_amount": "-5000"}, codes.NEGATIVE_NUMBER, "loan_amount"),
        ({"loan_amount": "much"}, codes.UNREADABLE_NUMBER, "loan_amount"),
        ({"employer": "x" * 40_000}, codes.FIELD_TOO_LONG, "employer"),
        ({"employer": "x" * 80_000}, codes.FIELD_TOO_LONG, "employer"),
        ({"employer": "a\0b"}, codes.CONTROL_CHARACTERS, ""),
        ({"application_id": GOOD[3]["phone"]}, codes.SWAPPED_COLUMNS, "application_id"),
        ({"dealer_id": GOOD[3]["applicant_id"]}, codes.SWAPPED_COLUMNS, "dealer_id"),
        ({"salesperson_id": GOOD[3]["account_no"]}, codes.SWAPPED_COLUMNS, "salesperson_id"),
        ({"salesperson_id": GOOD[3]["vin"]}, codes.SWAPPED_COLUMNS, "salesperson_id"),
    ],
)
def test_a_bad_row_goes_to_the_rejects_and_the_others_load(tmp_path, try_load, values, code, column):
    path = write(tmp_path / "applications.csv", changed(GOOD, 7, **values))

    summary = try_load(path, rejects=tmp_path / "rejects.csv")

    [entry] = rejects_of(summary)
    assert (entry["line"], entry["column"], entry["code"], entry["file"]) == ("9", column, code, "applications.csv")
    assert entry["message"]
    assert summary.total("read") == 50
    assert not summary.failed
    for value in values.values():
        assert not value or len(value) < 8 or value not in " ".join(entry.values())


def test_a_row_without_any_identifier_is_refused(tmp_path, try_load):
    bare = dict.fromkeys(GOOD[0], "") | {"application_id": "X1", "submitted_at": "2025-01-01", "loan_amount": "1000"}

    summary = try_load(write(tmp_path / "a.csv", [*GOOD, bare]))

    assert summary.rejected() == {codes.MISSING_IDENTIFIER: 1}


def test_an_application_id_that_is_a_phone_may_not_stand_in_the_rejects_in_the_clear(tmp_path, try_load):
    path = write(tmp_path / "a.csv", changed(GOOD, 7, application_id="13912345678"))

    summary = try_load(path, rejects=tmp_path / "r.csv")

    assert "13912345678" not in summary.rejects.read_text()


@pytest.mark.parametrize(
    ("values", "note"),
    [
        ({"phone": "13800138000"}, "placeholder:phone"),
        ({"device_id": "unknown"}, "placeholder:device"),
        ({"device_id": "0000000000000000"}, "placeholder:device"),
        ({"employer": "无"}, "placeholder:employer"),
        ({"applicant_id": "000000000000000000"}, "placeholder:person"),
        ({"applicant_name": "王"}, "placeholder:name"),
        (
            {"applicant_id": GOOD[7]["applicant_id"][:-1] + ("1" if GOOD[7]["applicant_id"][-1] != "1" else "2")},
            "flag:resident_id_checksum",
        ),
    ],
)
def test_placeholders_and_failed_checks_are_counted_and_the_row_loads(tmp_path, try_load, values, note):
    before = try_load(write(tmp_path / "a.csv", GOOD)).notes()

    summary = try_load(write(tmp_path / "b.csv", changed(GOOD, 7, **values)))

    assert summary.notes()[note] == before[note] + 1
    assert not summary.rejected()


def test_kinds_are_told_apart_by_columns_and_a_truth_file_is_never_loaded(tmp_path, try_load):
    write(tmp_path / "in" / "x1.csv", outcomes(GOOD))
    write(tmp_path / "in" / "x2.csv", GOOD)
    write(tmp_path / "in" / "x3.csv", dealers())
    write(tmp_path / "in" / "x4.csv", [{"application_id": "1", "ring_id": "2"}])

    summary = try_load(tmp_path / "in")

    assert [(file.path.name, file.holds) for file in summary.files] == [
        ("x3.csv", "dealers"),
        ("x2.csv", "applications"),
        ("x1.csv", "outcomes"),
    ]
    [(path, why)] = summary.passed_over
    assert path.name == "x4.csv"
    assert "truth" in why


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("application_id,phone\n", "submitted_at"),
        ("aplication_id,submitted_at,phone\n", "Did you mean 'aplication_id'?"),
        ("application_id,submitted_at,colour\n", "identifier"),
    ],
)
def test_a_missing_column_is_refused_before_anything_is_loaded_with_the_nearest_name(tmp_path, try_load, header, says):
    write(tmp_path / "good.csv", GOOD)
    write(tmp_path / "bad.csv", header + "1,2,3\n")

    with pytest.raises(MappingError) as caught:
        try_load(tmp_path / "good.csv", tmp_path / "bad.csv")

    assert says in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_table_that_is_none_of_ours_fails_alone_and_says_how_to_load_it(tmp_path, try_load):
    write(tmp_path / "good.csv", GOOD)
    write(tmp_path / "other.csv", "colour,aplicant_id\n1,2\n")

    summary = try_load(tmp_path / "other.csv", tmp_path / "good.csv")

    assert summary.failed
    assert summary.total("read") == 50
    assert "--mapping" in summary.files[-1].error
    assert "applicant_id" in summary.files[-1].error


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("bad.csv", b""),
        ("bad.csv", b"\x89PNG\r\n\x1a\n" + bytes(500)),
        ("bad.csv.gz", gzip.compress(as_csv(GOOD).encode(), mtime=0)[:-300]),
        ("bad.parquet", as_csv(GOOD).encode()),
    ],
)
def test_a_damaged_file_fails_in_one_line_and_the_others_load(tmp_path, try_load, name, content):
    write(tmp_path / name, content)
    write(tmp_path / "good.csv", GOOD)

    summary = try_load(tmp_path / name, tmp_path / "good.csv")

    assert summary.failed
    assert summary.total("read") == 50
    [failed] = [file for file in summary.files if file.error]
    assert name in failed.error
    assert "\n" not in failed.error


def test_the_share_of_rejects_is_compared_with_what_is_allowed(tmp_path, try_load):
    path = write(tmp_path / "a.csv", changed(changed(GOOD, 7, submitted_at=""), 9, submitted_at=""))

    assert not try_load(path, max_rejects=0.05).too_many_rejects
    assert try_load(path, max_rejects=0.03).too_many_rejects
    assert try_load(path).rejected_share == 0.04


def test_a_dry_run_writes_nothing_but_rejects_that_were_asked_for(tmp_path, try_load):
    path = write(tmp_path / "in" / "a.csv", changed(GOOD, 7, submitted_at=""))

    try_load(path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in"]
    try_load(path, rejects=tmp_path / "r.csv")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["in", "r.csv"]


def test_parquet_values_of_every_type_are_taken_in(tmp_path, try_load):
    frame = pa.Table.from_pylist(GOOD)
    times = pa.array([record["submitted_at"] for record in GOOD]).cast(pa.timestamp("us", tz="UTC"))
    amounts = pa.array([float(record["loan_amount"]) for record in GOOD])
    phones = pa.array([int(record["phone"]) for record in GOOD])
    for name, values in (("submitted_at", times), ("loan_amount", amounts), ("phone", phones)):
        frame = frame.set_column(frame.schema.get_field_index(name), name, values)
    pq.write_table(frame.append_column("ignored", pa.array([[1]] * 50)), tmp_path / "a.parquet")

    summary = try_load(tmp_path / "a.parquet")

    assert (summary.total("read"), summary.rejected()) == (50, {})


MAPPING = mapping_file.parse(
    """
    [[file]]
    match = "customers.csv"
    holds = "applications"
    time = "none"
    [file.columns]
    application_id = "id"
    [[file]]
    match = "uses.csv"
    holds = "links"
    application = "customer"
    identifier = "phone"
    kind = "phone"
    [[file]]
    match = "phones.csv"
    holds = "attributes"
    of = "phone"
    key = "id"
    value = "number"
    """,
    "test",
)


def joined_files(folder: Path) -> Path:
    write(folder / "customers.csv", "id\nC1\nC2\nC3\n")
    write(folder / "uses.csv", "customer,phone\nC1,P1\nC1,P2\nC2,P2\nC3,P9\nC9,P1\nC2\n,P1\nC3,P1\n")
    write(folder / "phones.csv", "id,number\nP1,13912345671\nP2,13912345672\n,1\n")
    return folder


def test_rows_of_joined_files_that_join_nothing_are_listed(tmp_path, try_load):
    summary = try_load(joined_files(tmp_path / "in"), mapping=MAPPING, rejects=tmp_path / "r.csv")

    assert sorted((entry["file"], int(entry["line"]), entry["code"]) for entry in rejects_of(summary)) == [
        ("phones.csv", 4, codes.MISSING_ID),
        ("uses.csv", 5, codes.MISSING_IDENTIFIER),
        ("uses.csv", 6, codes.UNKNOWN_APPLICATION),
        ("uses.csv", 7, codes.WRONG_NUMBER_OF_COLUMNS),
        ("uses.csv", 8, codes.MISSING_ID),
    ]
    assert {file.path.name: file.read for file in summary.files} == {"customers.csv": 3, "uses.csv": 8, "phones.csv": 3}


def test_a_damaged_file_takes_what_is_joined_with_it_along(tmp_path, try_load):
    folder = joined_files(tmp_path / "in")
    write(folder / "phones.csv", b"\x89PNG")

    summary = try_load(folder, mapping=MAPPING)

    errors = {file.path.name: file.error for file in summary.files}
    assert "phones.csv" in errors["customers.csv"]
    assert summary.total("read") == 0


def test_a_file_to_join_that_was_not_given_is_asked_for(tmp_path, try_load):
    folder = joined_files(tmp_path / "in")

    with pytest.raises(MappingError, match=r"'phones\.csv'"):
        try_load(folder / "customers.csv", folder / "uses.csv", mapping=MAPPING)


def mutated(line: bytes, seed: int) -> bytes:
    """Damage a row as real ones are damaged: cut, doubled, shifted, quoted, filled with rubbish."""
    rng = random.Random(seed)
    cells = line.split(b",")
    place = rng.randrange(len(cells))
    rubbish = [
        b"",
        b'"',
        b"\0",
        b"\xff\xfe",
        b"'",
        b"NaN",
        b"1e999",
        b"-1",
        b"\xe5",
        b"=1+1",
        b"x" * 70_000,
        b'""',
        b"\\",
        b"\r",
        b"\x1a",
    ]
    match rng.randrange(7):
        case 0:
            cells[place] = rng.choice(rubbish)
        case 1:
            cells[place] = cells[place] + rng.choice(rubbish)
        case 2:
            del cells[place]
        case 3:
            cells.insert(place, rng.choice(rubbish))
        case 4:
            other = rng.randrange(len(cells))
            cells[place], cells[other] = cells[other], cells[place]
        case 5:
            cells[place] = b'"' + cells[place]
        case _:
            joined = bytearray(b",".join(cells))
            joined[rng.randrange(len(joined))] = rng.choice([b for b in range(256) if b != 10])
            return bytes(joined)
    return b",".join(cells)


def accounted_for(folder: Path, try_load, seeds: list[int]) -> None:
    """Load mutated rows with a good one after each: no row may vanish, and no good one be refused."""
    header, *lines = as_csv(applications(2 * len(seeds))).encode().splitlines()
    rows = [mutated(line, seeds[i // 2]) if i % 2 == 0 else line for i, line in enumerate(lines)]
    path = write(folder / "a.csv", b"\n".join([header, *rows]) + b"\n")

    summary = try_load(path, rejects=folder / "r.csv")

    refused = [int(entry["line"]) for entry in rejects_of(summary)]
    assert not summary.failed
    assert summary.total("read") == sum(bool(row.strip()) for row in rows)
    assert len(refused) == len(set(refused)) == summary.rejected().total()
    assert not [line for line in refused if line % 2 == 1]  # line 1 is the header, 2 is mutated, 3 is good


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 2**32), min_size=1, max_size=40))
@example(list(range(300)))
def test_every_mutated_row_is_loaded_or_refused(tmp_path, try_load, seeds):
    accounted_for(tmp_path, try_load, seeds)


def test_of_ten_thousand_mutated_rows_every_one_is_loaded_or_refused(tmp_path, try_load):
    accounted_for(tmp_path, try_load, list(range(10_000)))
