"""The first pass finds what is wrong with a file as a whole before a row of it is used."""

import gzip
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from graphfraud.errors import FileError
from ingest.inspection import inspect
from ingest.readers.rows import rows
from ingest.sources import find_sources

TABLE = "application_id,phone,name\n" + "".join(f"A{i},1390000{i:04},张三\n" for i in range(500))


def packed(content: bytes) -> bytes:
    """gzip without the time of day: what a test is called holds its bytes, and every process must call it the same."""
    return gzip.compress(content, mtime=0)


def written(path: Path, content: bytes | str) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def parquet(path: Path, n: int = 500) -> Path:
    pq.write_table(pa.table({"application_id": [f"A{i}" for i in range(n)], "phone": list(range(n))}), path)
    return path


def inspected(path: Path):
    [source] = find_sources([path]).sources
    return inspect(source)


def refusal(path: Path) -> str:
    with pytest.raises(FileError) as caught:
        inspected(path)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(str(path))
    return message


def test_a_file_has_its_columns_and_rows(tmp_path):
    file = inspected(written(tmp_path / "a.csv", TABLE))

    assert file.columns == ("application_id", "phone", "name")
    assert file.rows == 500


@pytest.mark.parametrize(("encoding", "found"), [("utf-8", "utf-8"), ("utf-8-sig", "utf-8"), ("gb18030", "gb18030")])
def test_encodings_are_told_apart_by_the_whole_file(tmp_path, encoding, found):
    text = "application_id,name\n" + "A,plain\n" * 40_000 + "B,张三\n"

    file = inspected(written(tmp_path / "a.csv", text.encode(encoding)))

    assert file.encoding == found
    assert file.columns == ("application_id", "name")
    assert list(rows(file))[-1] == (40_002, {"application_id": "B", "name": "张三"})


def test_one_damaged_line_does_not_turn_the_file_into_another_alphabet(tmp_path):
    damaged = TABLE.encode().replace("A7,13900000007,张三".encode(), b"A7,13900000007,\xe5\xbc\xff")

    file = inspected(written(tmp_path / "a.csv", damaged))

    got = list(rows(file))
    assert file.encoding == "utf-8"
    assert [row.line for row in got if not isinstance(row, tuple)] == [9]
    assert got[0][1]["name"] == "张三"


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"", "is empty"),
        ("a.csv", b"\n\n  \n", "is empty"),
        ("a.csv", b"\xef\xbb\xbf", "is empty"),
        ("a.csv.gz", b"", "is empty"),
        ("a.csv.gz", packed(b""), "is empty"),
        ("a.jsonl", b"", "is empty"),
        ("a.parquet", b"", "is empty"),
        ("a.csv", b"\x89PNG\r\n\x1a\n" + bytes(100), "a PNG image"),
        ("a.csv", packed(TABLE.encode()), "a gzip file; end its name in .gz"),
        ("a.csv", b"PK\x03\x04" + bytes(100), "Excel"),
        ("a.csv", TABLE.encode("utf-16"), "UTF-16"),
        ("a.csv", TABLE.encode("utf-16-le"), "UTF-16"),
        ("a.csv", bytes(5000), "binary data"),
        ("a.csv.gz", TABLE.encode(), "no gzip file"),
        ("a.csv.gz", packed(TABLE.encode())[:-200], "cut off"),
        ("a.csv.gz", packed(TABLE.encode())[:5], "cut off"),
        ("a.csv.gz", packed(TABLE.encode())[:-1], "cut off"),
        ("a.csv.gz", packed(TABLE.encode())[:60] + b"xxxx" + packed(TABLE.encode())[64:], "no intact gzip"),
        ("a.csv.gz", packed(TABLE.encode()) + b"rubbish behind it", "no intact gzip"),
        ("a.parquet", TABLE.encode(), "no Parquet file"),
        ("a.parquet", b"PAR1" + bytes(100) + b"PAR1", "damaged"),
        ("a.jsonl", TABLE.encode(), "no line of it is a JSON object"),
        ("a.jsonl", b'[\n{"a": 1}]\n', "one JSON array"),
        ("a.csv", b"id,phone,id\n1,2,3\n", "two columns have the name 'id'"),
        ("a.csv", b",,\n1,2,3\n", "names no column"),
        ("a.csv", b'id,"ph\n1,2\n', "no header"),
        ("a.csv", bytes(range(128, 256)) * 30, "neither UTF-8 nor GB18030"),
    ],
)
def test_a_file_that_is_not_what_it_should_be_is_one_clear_line(tmp_path, name, content, says):
    assert says in refusal(written(tmp_path / name, content))


def test_a_parquet_file_that_is_cut_off_or_damaged_inside_is_refused(tmp_path):
    whole = parquet(tmp_path / "a.parquet", 50_000).read_bytes()

    assert "cut off" in refusal(written(tmp_path / "b.parquet", whole[:-100]))
    assert "damaged" in refusal(written(tmp_path / "c.parquet", whole[:200] + bytes(2000) + whole[2200:]))


def test_a_first_line_without_an_end_is_refused_without_being_kept(tmp_path):
    assert "first line is longer" in refusal(written(tmp_path / "a.csv", b"x" * 5_000_000))


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_a_file_that_changes_after_the_first_pass_gives_no_changed_row(tmp_path, name):
    path = tmp_path / name
    if name.endswith("csv"):
        written(path, TABLE)
    else:
        parquet(path)
    file = inspected(path)
    if name.endswith("csv"):
        written(path, TABLE.replace("A499", "X499"))
    else:
        parquet(path, 501)

    with pytest.raises(FileError, match="changed while it was read"):
        list(rows(file))


def test_a_file_that_grows_after_the_first_pass_is_noticed(tmp_path):
    file = inspected(written(tmp_path / "a.csv", TABLE))
    with file.path.open("a") as more:
        more.write("A900,1,x\n")

    with pytest.raises(FileError, match="changed"):
        list(rows(file))
