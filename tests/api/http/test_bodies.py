"""Bodies are read within bounds, and what JSON does not have is kept so that the field can be named."""

from __future__ import annotations

import time

import pytest

from api.http.bodies import DEEPEST, parse
from api.http.problems import Problem
from graphfraud.intake.json_text import NOT_A_NUMBER, Repeated


def test_a_body_says_what_the_standard_library_reads():
    assert parse('{"a": [1, 2.5, "é\\u00e9", null, true]}'.encode()) == {"a": [1, 2.5, "éé", None, True]}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\xff\xfe", "byte 0"),
        (b'{"a": "\xc3\x28"}', "UTF-8"),
        (b'{"a": 1', "not JSON"),
        (b"{'a': 1}", "not JSON"),
        (b'{"a": 1} {"b": 2}', "not JSON"),
        (b'{"a": ' + b"9" * 5000 + b"}", "too long"),
        (b"[" * 100_000, "nests deeper"),
        (b'{"a":' * 50_000, "nests deeper"),
        (b'{"a": "[[[[", "b": ' + b"[" * (DEEPEST + 1), "nests deeper"),
    ],
    ids=lambda value: repr(value[:20]),
)
def test_what_is_no_json_is_malformed(body, said):
    with pytest.raises(Problem) as raised:
        parse(body)

    assert raised.value.status == 400
    assert said in raised.value.detail


def test_brackets_within_texts_are_no_depth():
    assert parse(b'{"a": "' + b"[{" * 500 + b'\\"[[["}') == {"a": "[{" * 500 + '"[[['}


def test_a_text_that_never_ends_takes_no_time():
    began = time.monotonic()

    with pytest.raises(Problem):
        parse(b"[" * 17 + b'"' + b'\\"' * 2_000_000)

    assert time.monotonic() - began < 2


def test_nan_and_infinity_are_kept_apart_from_numbers():
    assert parse(b'{"a": NaN, "b": -Infinity}') == {"a": NOT_A_NUMBER, "b": NOT_A_NUMBER}


def test_a_name_that_is_there_twice_is_told():
    found = parse(b'{"a": 1, "b": {"c": 1}, "a": 2}')

    assert isinstance(found, Repeated)
    assert found.field == "a"
