"""An application that comes to be checked is read by the same intake as a row of a file, and told what is wrong with it."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from api.http.application_schema import application_example
from graphfraud.errors import FieldsRejected
from graphfraud.intake.arrivals import ALL_CODES, Arrivals
from graphfraud.intake.intake import Intake
from graphfraud.intake.json_text import NOT_A_NUMBER, Repeated
from graphfraud.settings import Conventions

KEY = bytes(range(32))
PLAIN = {"application_id": "A1", "submitted_at": "2025-06-01 10:00:00", "phone": "13812345678"}


@pytest.fixture
def arrivals() -> Arrivals:
    return Arrivals(Intake(KEY, Conventions()))


def errors_of(arrivals: Arrivals, value: object) -> list[tuple[str, str]]:
    with pytest.raises(FieldsRejected) as raised:
        arrivals.application(value)
    assert all(error.code in ALL_CODES for error in raised.value.errors)
    return [(error.field, error.code) for error in raised.value.errors]


def test_a_body_becomes_the_record_of_the_same_row_of_a_file(arrivals):
    row = {column: str(value) for column, value in application_example().items()}

    assert arrivals.application(application_example()).content == Intake(KEY, Conventions()).application(row).content


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("phone", 13812345678),
        ("phone", "138-1234-5678"),
        ("phone", "+86 138 1234 5678"),
        ("contact_phone_1", ["13812345678", 13912345670]),
        ("age", "24"),
        ("age", 24.0),
        ("loan_amount", "¥80,557.00"),
        ("loan_amount", "8.5万"),
        ("email", "无"),
        ("employer", ""),
        ("employer", None),
        ("dealer_id", 81),
        ("vehicle_model", 3),
        ("updated_at", "2025/6/2"),
        ("updated_at", datetime(2025, 6, 2, tzinfo=UTC)),
        ("updated_at", date(2025, 6, 2)),
        ("loan_amount", Decimal("80557.00")),
    ],
)
def test_what_a_row_of_a_file_may_hold_is_taken(arrivals, field, value):
    assert arrivals.application(PLAIN | {field: value}).application_id == "A1"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], [("", "not_an_object")]),
        ("text", [("", "not_an_object")]),
        ({}, [("application_id", "missing_id"), ("submitted_at", "missing_time")]),
        (PLAIN | {"application_id": None}, [("application_id", "missing_id")]),
        (PLAIN | {"phone": "无"}, [("", "missing_identifier")]),
        (PLAIN | {"fone": "1"}, [("fone", "unknown_field")]),
        (PLAIN | {"13812345678": "1"}, [("", "unknown_field")]),
        (PLAIN | {"phone": True}, [("phone", "wrong_type")]),
        (PLAIN | {"phone": {"a": 1}}, [("phone", "wrong_type")]),
        (PLAIN | {"phone": [[1]]}, [("phone", "wrong_type")]),
        (PLAIN | {"phone": ["1"] * 21}, [("phone", "too_many_values")]),
        (PLAIN | {"dealer_id": ["D1"]}, [("dealer_id", "wrong_type")]),
        (PLAIN | {"dealer_id": 1.5}, [("dealer_id", "wrong_type")]),
        (PLAIN | {"dealer_id": 10**15}, [("dealer_id", "wrong_type")]),
        (PLAIN | {"submitted_at": 20250601}, [("submitted_at", "wrong_type")]),
        (PLAIN | {"submitted_at": "yesterday"}, [("submitted_at", "unreadable_time")]),
        (PLAIN | {"submitted_at": "1900-01-01"}, [("submitted_at", "unreadable_time")]),
        (PLAIN | {"age": NOT_A_NUMBER}, [("age", "not_a_number")]),
        (PLAIN | {"age": float("inf")}, [("age", "not_a_number")]),
        (PLAIN | {"phone": [NOT_A_NUMBER]}, [("phone", "not_a_number")]),
        (PLAIN | {"age": "old"}, [("age", "unreadable_number")]),
        (PLAIN | {"loan_amount": -1}, [("loan_amount", "negative_number")]),
        (PLAIN | {"loan_amount": 1e16}, [("loan_amount", "number_too_large")]),
        (PLAIN | {"loan_amount": 10**400}, [("loan_amount", "number_too_large")]),
        (PLAIN | {"address": "x" * 501}, [("address", "field_too_long")]),
        (PLAIN | {"product": "x" * 10_001}, [("product", "field_too_long")]),
        (PLAIN | {"application_id": " " * 50 + "A" * 190}, [("application_id", "field_too_long")]),
        (PLAIN | {"age": " " * 70}, [("age", "field_too_long")]),
        (PLAIN | {"phone": [" " * 600]}, [("phone", "field_too_long")]),
        (PLAIN | {"product": "a\0b"}, [("product", "control_characters")]),
        (PLAIN | {"product": "\ud800"}, [("product", "control_characters")]),
        (PLAIN | {"dealer_id": "13812345678"}, [("dealer_id", "swapped_columns")]),
        (
            PLAIN | {"age": "old", "loan_amount": -5, "submitted_at": "never"},
            [("submitted_at", "unreadable_time"), ("age", "unreadable_number"), ("loan_amount", "negative_number")],
        ),
        (PLAIN | {"product": date(2025, 6, 2)}, [("product", "wrong_type")]),
        (PLAIN | {"loan_amount": Decimal("NaN")}, [("loan_amount", "not_a_number")]),
        (PLAIN | {"phone": b"13812345678"}, [("phone", "wrong_type")]),
        (PLAIN | {"phone": True, "fone": "1"}, [("phone", "wrong_type"), ("fone", "unknown_field")]),
    ],
    ids=lambda value: repr(value)[-60:],
)
def test_every_field_that_is_wrong_is_named(arrivals, value, expected):
    assert errors_of(arrivals, value) == expected


def test_a_field_that_is_there_twice_is_named(arrivals):
    repeated = Repeated(PLAIN)
    repeated.field = "phone"

    assert errors_of(arrivals, repeated) == [("phone", "repeated_field")]


def test_a_time_more_than_a_day_ahead_is_refused(arrivals):
    now = datetime.fromtimestamp(time.time(), UTC)

    ahead = {"submitted_at": (now + timedelta(hours=23)).isoformat(), "updated_at": (now + timedelta(hours=25)).isoformat()}

    assert errors_of(arrivals, PLAIN | ahead) == [("updated_at", "time_in_future")]


def test_a_problem_repeats_no_value(arrivals):
    secret = "13812345678"
    row = dict.fromkeys(application_example(), secret + "!" * 600) | {secret: secret, "x" + secret: secret}

    with pytest.raises(FieldsRejected) as raised:
        arrivals.application(row)
    assert secret[:5] not in repr(raised.value.errors) + str(raised.value)

    with pytest.raises(FieldsRejected) as raised:
        arrivals.application({name: value for name, value in row.items() if name in application_example()})
    assert secret[:5] not in repr(raised.value.errors) + str(raised.value)


def test_an_outcome_is_read_and_refused_alike(arrivals):
    record = arrivals.outcome({"application_id": "A1", "outcome": "paid", "observed_on": "2025-09-01"})
    with pytest.raises(FieldsRejected) as raised:
        arrivals.outcome({"application_id": "A1", "observed_on": "no day", "more": 1})

    with pytest.raises(FieldsRejected, match="outcome"):
        arrivals.outcome(1)
    with pytest.raises(FieldsRejected, match="the id is missing, or a placeholder"):
        arrivals.outcome({"application_id": "X", "outcome": "paid", "observed_on": "2025-09-01"})

    assert (record.application_id, record.outcome, record.observed_on) == ("A1", "paid", "2025-09-01")
    assert [error.field for error in raised.value.errors] == ["more"]
