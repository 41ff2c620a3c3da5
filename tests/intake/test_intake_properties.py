"""What must hold for any record at all."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from intake_examples import APPLICATION, intake, token

from graphfraud import schema
from graphfraud.errors import RowRejected
from graphfraud.intake import codes
from graphfraud.intake.records import ApplicationRecord, DealerRecord, OutcomeRecord

DOOR = intake()
COLUMNS = sorted({*schema.APPLICATION_COLUMNS, *schema.DEALER_COLUMNS, *schema.OUTCOME_COLUMNS, "unknown_column"})
HALF_RIGHT = [
    "",
    "0",
    "-",
    "无",
    "unknown",
    "13812345678",
    "2025-06-01",
    "2025-02-30",
    "1e9",
    "-3",
    "12万",
    "１２",
    "10.0.0.1",
    "a@b.cn",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.text(st.characters(), max_size=12),
    st.sampled_from(HALF_RIGHT),
    st.sampled_from([str(value) for value in APPLICATION.values()]),
    st.from_regex(r"[0-9+\-() .eE]{1,20}", fullmatch=True),
    st.datetimes(),
    st.datetimes(timezones=st.timezones()),
    st.dates(),
    st.decimals(),
    st.binary(max_size=20),
    st.sampled_from(
        [pd.NA, pd.NaT, np.nan, np.int64(5), np.float32(2.5), np.str_("x"), np.datetime64("2025-06-01"), np.bool_(True)]
    ),
    st.sampled_from(
        [np.datetime64("NaT"), np.timedelta64(3, "D"), np.longdouble(3), 1j, dt.time(3), Decimal("sNaN"), object, 10**5000]
    ),
)
VALUES = st.one_of(SCALARS, st.lists(SCALARS, max_size=3), st.dictionaries(st.text(max_size=3), SCALARS, max_size=2))
RECORDS = st.dictionaries(st.sampled_from(COLUMNS), VALUES)
FAST = settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FAST
@given(RECORDS)
def test_any_record_is_taken_in_or_refused_and_nothing_else(record):
    for take, kind in (
        (DOOR.application, ApplicationRecord),
        (DOOR.dealer, DealerRecord),
        (DOOR.outcome, OutcomeRecord),
    ):
        try:
            assert isinstance(take(record), kind)
        except RowRejected as error:
            assert error.code in codes.REJECTS
            assert str(error).encode()
            assert len(error.masked.encode()) < 60


@FAST
@given(st.dictionaries(st.sampled_from(sorted(APPLICATION)), VALUES))
def test_any_change_of_a_good_record_is_taken_in_or_refused(changes):
    try:
        record = DOOR.application(APPLICATION | changes)
    except RowRejected as error:
        assert error.code in codes.REJECTS
    else:
        assert record.application_id
        assert record.identifiers
        assert set(record.attributes) <= set(schema.ATTRIBUTE)


IDENTIFIERS = {
    "applicant_id": st.from_regex(
        r"(11|31|44|51)0[1-9]0[1-9](19[5-9]|200)\d(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])\d{3}[0-9X]", fullmatch=True
    ),
    "phone": st.from_regex(r"1[3-9]\d{9}", fullmatch=True),
    "account_no": st.from_regex(r"62\d{14}", fullmatch=True),
    "vin": st.from_regex(r"L[A-HJ-NPR-Z0-9]{16}", fullmatch=True),
    "device_id": st.from_regex(r"[0-9a-f]{16}", fullmatch=True),
    "employer": st.from_regex(r"[\u4e00-\u9000]{4,10}有限公司", fullmatch=True),
    "address": st.from_regex(r"[\u4e00-\u9000]{2}市[\u4e00-\u9000]{2,5}\d{2,4}号小区\d{1,2}栋\d{2,4}室", fullmatch=True),
    "email": st.from_regex(r"[a-z]{6,12}@[a-z]{4,9}\.cn", fullmatch=True),
    "applicant_name": st.from_regex(r"[\u4e00-\u9000]{4}", fullmatch=True),
}


@FAST
@given(st.fixed_dictionaries(IDENTIFIERS), st.sampled_from([{}, {"loan_amount": "-1"}, {"submitted_at": "no time"}]))
def test_no_raw_identifier_is_in_a_record_or_an_error(identifiers, broken):
    try:
        said = repr(DOOR.application(APPLICATION | identifiers | broken))
    except RowRejected as error:
        said = f"{error} {error.masked}"

    for column, value in identifiers.items():
        assert value not in said, column
        assert value.casefold() not in said.casefold(), column


@FAST
@given(
    st.fixed_dictionaries(IDENTIFIERS),
    st.sampled_from(["application_id", "dealer_id", "salesperson_id", "submitted_at", "loan_amount"]),
)
def test_a_swapped_column_gives_no_identifier_away(identifiers, column):
    for value in (identifiers["phone"], identifiers["account_no"], identifiers["applicant_id"]):
        try:
            DOOR.application(APPLICATION | {column: value})
        except RowRejected as error:
            assert value not in str(error)
            assert value not in error.masked
        else:
            assert column == "loan_amount"  # a phone number is an amount too


@FAST
@given(st.fixed_dictionaries(IDENTIFIERS), st.randoms(use_true_random=False))
def test_the_order_of_columns_changes_nothing(identifiers, random):
    record = APPLICATION | identifiers
    columns = list(record)
    random.shuffle(columns)

    assert DOOR.application({column: record[column] for column in columns}) == DOOR.application(record)


@FAST
@given(IDENTIFIERS["phone"], st.lists(st.sampled_from(["", " ", "-", "(", ")", "."]), min_size=11, max_size=11))
def test_a_mobile_number_is_one_however_it_is_cut(number, marks):
    written = "+86" + "".join(mark + digit for mark, digit in zip(marks, number, strict=True))

    plain = DOOR.application(APPLICATION | {"phone": number})
    assert token(DOOR.application(APPLICATION | {"phone": written}), "phone", "own") == token(plain, "phone", "own")
