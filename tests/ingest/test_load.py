"""What a load leaves in the store, for every format, order and repetition of the rows."""

import csv
import gzip
import json
import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from example_files import applications, as_csv, dealers, outcomes, write
from store_dump import PLACES, TIMES, dump, empty, everything

from graphfraud.errors import Busy, KeyMismatch
from graphfraud.intake import codes, mapping_file
from ingest.load import LoadRequest, load

RECORDS = applications(60)
RAW_COLUMNS = ("applicant_id", "phone", "contact_phone_1", "device_id", "account_no", "address", "vin", "ip")
ANYWHERE = TIMES | PLACES


def entries(summary) -> list[dict[str, str]]:
    with summary.rejects.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_a_load_adds_dealers_applications_and_outcomes_and_says_so(tmp_path, load_into_store, embedded_store):
    write(tmp_path / "a" / "outcomes.csv", outcomes(RECORDS))
    write(tmp_path / "a" / "applications.csv", RECORDS)
    write(tmp_path / "a" / "dealers.csv", dealers())

    summary = load_into_store(tmp_path / "a")

    assert [(file.holds, file.status, file.read, file.added) for file in summary.files] == [
        ("dealers", "loaded", 20, 20),
        ("applications", "loaded", 60, 60),
        ("outcomes", "loaded", 20, 20),
    ]
    assert summary.rejects is None
    labels = [json.loads(line)[0] for line in dump(embedded_store) if line.startswith('[["')]
    assert labels.count(["Application"]) == 60
    assert labels.count(["Dealer"]) == 20
    assert labels.count(["Outcome"]) == 20


def test_the_same_file_twice_changes_nothing(tmp_path, load_into_store, embedded_store):
    path = write(tmp_path / "a.csv", RECORDS)
    load_into_store(path)
    before = dump(embedded_store, ())
    write(tmp_path / "renamed.csv", RECORDS)

    again = [load_into_store(path), load_into_store(tmp_path / "renamed.csv")]

    assert [summary.files[0].status for summary in again] == ["unchanged", "unchanged"]
    assert dump(embedded_store, ()) == before


def test_the_same_rows_in_another_file_change_nothing(tmp_path, load_into_store, embedded_store):
    load_into_store(write(tmp_path / "a.csv", RECORDS))
    before = [line for line in dump(embedded_store) if "LoadedFile" not in line]

    summary = load_into_store(write(tmp_path / "b.csv", RECORDS[::-1]))

    assert summary.total("unchanged") == 60
    assert [line for line in dump(embedded_store) if "LoadedFile" not in line] == before


def formats(folder):
    text = as_csv(RECORDS)
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)
    write(folder / "a.csv", text)
    write(folder / "b.csv.gz", gzip.compress(text.encode()))
    write(folder / "c.csv", text.encode("gb18030"))
    write(folder / "d.csv", text.encode("utf-8-sig"))
    write(folder / "e.jsonl", lines)
    write(folder / "f.ndjson.gz", gzip.compress(lines.encode()))
    pq.write_table(pa.Table.from_pylist(RECORDS), folder / "g.parquet")
    rng = random.Random(3)
    write(folder / "h.csv", rng.sample(RECORDS, len(RECORDS)))
    return sorted(folder.iterdir())


def test_every_format_encoding_and_order_gives_the_same_store(tmp_path, load_into_store, embedded_store):
    contents = []
    for path in formats(tmp_path / "in"):
        empty(embedded_store)
        load_into_store(path)
        contents.append([line for line in dump(embedded_store, ANYWHERE) if "LoadedFile" not in line])

    assert all(content == contents[0] for content in contents)
    assert len(contents[0]) > 600


def test_an_application_that_comes_again_closes_its_old_version(tmp_path, load_into_store, embedded_store):
    load_into_store(write(tmp_path / "a.csv", RECORDS))
    later = [RECORDS[5] | {"phone": "13912345678", "updated_at": "2026-01-01T00:00:00"}]
    earlier = [RECORDS[6] | {"phone": "13912345679", "updated_at": "2024-01-01T00:00:00"}]

    summary = load_into_store(write(tmp_path / "b.csv", later + earlier))

    assert (summary.total("changed"), summary.total("superseded")) == (1, 2)
    assert [(e["file"], e["line"], e["code"]) for e in entries(summary)] == [
        ("a.csv", "7", "superseded"),
        ("b.csv", "3", "superseded"),
    ]
    versions = [line for line in dump(embedded_store) if line.startswith('[["ApplicationVersion"')]
    assert len(versions) == 1


def test_of_two_rows_of_one_application_in_a_file_the_later_wins_and_the_other_is_listed(tmp_path, load_into_store):
    twice = [*RECORDS, RECORDS[3] | {"loan_amount": "1.0"}]

    summary = load_into_store(write(tmp_path / "a.csv", twice))

    assert (summary.total("added"), summary.total("superseded"), summary.rejected().total()) == (60, 1, 0)
    assert [(e["line"], e["column"], e["value"], e["code"]) for e in entries(summary)] == [
        ("5", "application_id", "AP000003", "superseded")
    ]


def test_an_outcome_of_no_application_is_refused(tmp_path, load_into_store):
    write(tmp_path / "a" / "x.csv", RECORDS)
    write(
        tmp_path / "a" / "y.csv", [*outcomes(RECORDS), {"application_id": "Z1", "outcome": "good", "observed_on": "2026-01-01"}]
    )

    summary = load_into_store(tmp_path / "a")

    assert [(e["file"], e["line"], e["code"]) for e in entries(summary)] == [("y.csv", "22", codes.UNKNOWN_APPLICATION)]
    assert summary.rejected() == {codes.UNKNOWN_APPLICATION: 1}


def test_another_key_is_refused_before_anything_is_written(tmp_path, load_into_store, load_settings, embedded_store):
    load_into_store(write(tmp_path / "a.csv", RECORDS[:30]))
    before = dump(embedded_store, ())
    other = replace(load_settings, token_key_setting="fe" * 32)

    with pytest.raises(KeyMismatch):
        load(other, LoadRequest([write(tmp_path / "b.csv", RECORDS[30:])]))

    assert dump(embedded_store, ()) == before


def test_no_raw_identifier_reaches_the_store_the_rejects_or_the_log(tmp_path, load_into_store, embedded_store, caplog, capfd):
    bad = [record | {"submitted_at": record["phone"]} for record in RECORDS[40:45]]
    bad += [record | {"application_id": record["applicant_id"]} for record in RECORDS[45:50]]
    bad += [record | {"salesperson_id": record["account_no"], "dealer_id": record["phone"]} for record in RECORDS[50:55]]
    bad += [record | {"loan_amount": record["vin"], "vehicle_model": record["phone"]} for record in RECORDS[55:60]]

    summary = load_into_store(write(tmp_path / "a.csv", RECORDS[:40] + bad), max_rejects=1.0)

    said = capfd.readouterr()
    text = everything(embedded_store) + summary.rejects.read_text() + caplog.text + said.out + said.err + repr(summary)
    assert not [value for record in RECORDS for column in RAW_COLUMNS if (value := record[column]) in text]
    assert summary.rejected().total() >= 15


def test_links_and_attributes_join_into_applications(tmp_path, load_into_store, embedded_store):
    from test_bad_input import MAPPING, joined_files

    summary = load_into_store(joined_files(tmp_path / "in"), mapping=MAPPING, max_rejects=1.0)

    assert summary.files[0].added == 3 - summary.files[0].rejected.total()
    phones = [line for line in dump(embedded_store) if '"HAS_PHONE"' in line]
    assert len(phones) == 4  # C1 has both numbers, C2 and C3 one each


def test_changed_attributes_of_a_joined_file_are_another_content(tmp_path, load_into_store):
    folder = joined = tmp_path / "in"
    from test_bad_input import MAPPING, joined_files

    joined_files(joined)
    load_into_store(folder, mapping=MAPPING, max_rejects=1.0)
    unchanged = load_into_store(folder, mapping=MAPPING)
    write(folder / "phones.csv", "id,number\nP1,13912345671\nP2,13912345699\n")

    summary = load_into_store(folder, mapping=MAPPING, max_rejects=1.0)

    assert unchanged.files[0].status == "unchanged"
    assert (summary.files[0].status, summary.files[0].changed) == ("loaded", 2)


def test_the_mapping_is_part_of_what_was_loaded(tmp_path, load_into_store):
    path = write(tmp_path / "a.csv", RECORDS)
    load_into_store(path)
    utc = mapping_file.parse(
        """
        [conventions]
        time_zone = "UTC"
        [[file]]
        match = "*.csv"
        holds = "applications"
        [file.columns]
        application_id = "application_id"
        submitted_at = "submitted_at"
        phone = "phone"
        """,
        "utc",
    )

    assert load_into_store(path, mapping=utc).files[0].status == "loaded"


def test_two_loads_at_once_leave_what_they_leave_one_after_the_other(tmp_path, load_settings, embedded_store):
    many = applications(1200, seed=9)
    paths = [write(tmp_path / "a.csv", many[:700]), write(tmp_path / "b.csv", many[500:])]
    for path in paths:
        load(load_settings, LoadRequest([path]))
    expected = dump(embedded_store, ANYWHERE)
    empty(embedded_store)

    with ThreadPoolExecutor(2) as pool:
        summaries = list(pool.map(lambda path: load(load_settings, LoadRequest([path])), paths))

    assert sum(summary.total("added") for summary in summaries) == 1200
    assert without_counts(dump(embedded_store, ANYWHERE)) == without_counts(expected)


def test_two_loads_of_one_file_at_once_load_it_once(tmp_path, load_settings, embedded_store):
    path = write(tmp_path / "a.csv", applications(1500, seed=9))

    def attempt(_: int) -> str:
        try:
            return load(load_settings, LoadRequest([path])).files[0].status
        except Busy as busy:
            assert "graphfraud load a.csv" in str(busy)
            return "busy"

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(attempt, range(2)))

    assert statuses in (["busy", "loaded"], ["loaded", "unchanged"])
    assert sum(line.startswith('[["Application"]') for line in dump(embedded_store)) == 1500


def without_counts(lines: list[str]) -> list[str]:
    return [line for line in lines if "LoadedFile" not in line]
