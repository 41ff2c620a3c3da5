"""Rows come out of every format alike, and one bad row never swallows a good one."""

import gzip
import json
import tracemalloc

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from graphfraud.intake import codes
from ingest.inspection import inspect
from ingest.readers.problems import RowProblem
from ingest.readers.rows import rows
from ingest.sources import find_sources


def read(path, content: bytes | str | None = None):
    if content is not None:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    [source] = find_sources([path]).sources
    return list(rows(inspect(source)))


def good(read_rows) -> list[tuple[int, dict]]:
    return [row for row in read_rows if isinstance(row, tuple)]


def bad(read_rows) -> list[tuple[int, str]]:
    return [(row.line, row.code) for row in read_rows if isinstance(row, RowProblem)]


def test_every_format_gives_the_same_rows(tmp_path):
    records = [{"id": f"A{i}", "name": "张三" if i % 3 else None, "phone": f"139{i:08}"} for i in range(5000)]
    text = "id,name,phone\n" + "".join(f"{r['id']},{r['name'] or ''},{r['phone']}\n" for r in records)
    lines = "".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records)
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "a.parquet")

    from_csv = [record for _, record in read(tmp_path / "a.csv", text)]

    assert [{k: v or None for k, v in record.items()} for record in from_csv] == records
    assert [r for _, r in read(tmp_path / "a.csv.gz", gzip.compress(text.encode()))] == from_csv
    assert [r for _, r in read(tmp_path / "b.csv", text.encode("gb18030"))] == from_csv
    assert [r for _, r in read(tmp_path / "c.csv", b"\xef\xbb\xbf" + text.encode())] == from_csv
    assert [r for _, r in read(tmp_path / "d.csv", text.replace("\n", "\r\n"))] == from_csv
    assert [r for _, r in read(tmp_path / "e.csv", text.replace("\n", "\r"))] == from_csv
    assert [r for _, r in read(tmp_path / "f.csv", text.replace(",", ";"))] == from_csv
    assert [r for _, r in read(tmp_path / "a.jsonl", lines)] == records
    assert [r for _, r in read(tmp_path / "a.ndjson.gz", gzip.compress(lines.encode()))] == records
    assert [r for _, r in read(tmp_path / "a.parquet")] == records


def test_lines_are_numbered_as_an_editor_numbers_them(tmp_path):
    got = read(tmp_path / "a.csv", 'id,x,y\n1,a,b\n\n2,"two\nlines",b\n3,a,b\n')

    assert [line for line, _ in got] == [2, 4, 6]
    assert got[1][1]["x"] == "two\nlines"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("2,x", codes.WRONG_NUMBER_OF_COLUMNS),
        ("2,x,y,z", codes.WRONG_NUMBER_OF_COLUMNS),
        ('2,"open,y', codes.UNREADABLE_LINE),
        ('"2,open,y', codes.UNREADABLE_LINE),
        ('2,"x"y,z', codes.UNREADABLE_LINE),
        ('2,x,"y', codes.UNREADABLE_LINE),
        ("2,x\0,y", codes.CONTROL_CHARACTERS),
        ("2," + "x" * 70_000 + ",y", codes.FIELD_TOO_LONG),
        ('2,"' + "x" * 70_000 + '",y', codes.FIELD_TOO_LONG),
        ("2," + "x" * 3_000_000 + ",y", codes.FIELD_TOO_LONG),
        (b"2,\xe5\xbc\xff,y", codes.UNREADABLE_LINE),
    ],
)
def test_a_bad_row_is_told_and_its_neighbours_load(tmp_path, row, code):
    row = row if isinstance(row, bytes) else row.encode()

    got = read(tmp_path / "a.csv", "id,x,y\n1,é,b\n".encode() + row + '\n3,é,b\n4,"e","f"\n5,é,b\n'.encode())

    assert bad(got) == [(3, code)]
    assert [record["id"] for _, record in good(got)] == ["1", "3", "4", "5"]


def test_two_stray_quotes_do_not_swallow_the_rows_between_them(tmp_path):
    got = read(tmp_path / "a.csv", 'id,x,y\n1,"Li,b\n2,a,b\n3,a,b\n4,Wang",b\n5,a,b\n')

    assert bad(got) == [(2, codes.UNREADABLE_LINE)]
    assert [record["id"] for _, record in good(got)] == ["2", "3", "4", "5"]


def test_a_field_of_forty_megabytes_costs_one_row_and_little_memory(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"id,x\n1,a\n2," + b"x" * 40_000_000 + b"\n3,a\n")
    tracemalloc.start()

    got = read(path)

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert bad(got) == [(3, codes.FIELD_TOO_LONG)]
    assert [record["id"] for _, record in good(got)] == ["1", "3"]
    assert peak < 12_000_000


def test_memory_does_not_grow_with_the_number_of_rows(tmp_path):
    def peak(n: int) -> int:
        path = tmp_path / f"{n}.csv.gz"
        path.write_bytes(gzip.compress(b"id,x\n" + b"".join(b"A%d,some text that takes room\n" % i for i in range(n)), 1))
        [source] = find_sources([path]).sources
        tracemalloc.start()
        assert sum(1 for _ in rows(inspect(source))) == n
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    assert peak(300_000) < 1.3 * peak(100_000)


def test_json_lines_that_are_no_rows_are_told(tmp_path):
    lines = ['{"id": 1}', "{broken", "[1]", "7", '{"id": "\\u0000"}', "[" * 100_000, '{"id": 1e999}', '{"id": 2}']

    got = read(tmp_path / "a.jsonl", "\n".join(lines) + "\n")

    assert bad(got) == [
        (2, codes.UNREADABLE_LINE),
        (3, codes.UNREADABLE_LINE),
        (4, codes.UNREADABLE_LINE),
        (5, codes.CONTROL_CHARACTERS),
        (6, codes.UNREADABLE_LINE),
    ]
    assert [line for line, _ in good(got)] == [1, 7, 8]


def test_a_problem_never_repeats_the_value(tmp_path):
    got = read(tmp_path / "a.jsonl", '{"id": 1}\n{"phone": 13912345678 x}\n{"phone": "13912345678\n')

    assert all("1391234" not in row.message for row in got if isinstance(row, RowProblem))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.binary(max_size=40).map(lambda b: b.replace(b"\n", b"").replace(b"\r", b"")), max_size=5), st.integers(0, 4))
def test_whatever_stands_between_them_good_rows_with_rare_ids_survive(tmp_path, garbage, place):
    lines = [b"keep-%d,b,c" % i for i in range(5)]
    lines[place:place] = garbage

    got = read(tmp_path / "a.csv", b"id,x,y\n" + b"\n".join(lines) + b"\n")

    kept = [record["id"] for _, record in good(got) if str(record["id"]).startswith("keep-")]
    assert kept == [f"keep-{i}" for i in range(5)]
