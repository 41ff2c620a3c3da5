"""What intake makes of one record, and which rows it refuses."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from intake_examples import APPLICATION, IDENTIFYING, KEY, application, intake, token, without

from graphfraud import schema
from graphfraud.errors import RowRejected
from graphfraud.intake import Intake, codes
from graphfraud.intake.mapping_file import parse
from graphfraud.settings import Conventions


def test_a_full_row_becomes_identifiers_of_every_kind_in_the_order_of_the_schema():
    record = application()

    kinds = [identifier.kind for identifier in record.identifiers]
    assert list(dict.fromkeys(kinds)) == [kind.name for kind in schema.KINDS]
    assert [i.role for i in record.identifiers if i.kind == "phone"] == ["own", "contact_1", "contact_2"]
    assert record.submitted_at == 1748715840000
    assert record.flags == ()


def test_attributes_are_derived_before_the_token_hides_the_value():
    record = application()

    said = record.attributes
    assert (said["birth_year"], said["sex"], said["age"], said["local_hour"]) == (2000, "f", 24.0, 2)
    assert (said["bank"], said["vehicle_maker"], said["vehicle_year"]) == ("629391", "LTU", "1")
    assert set(said) <= set(schema.ATTRIBUTE)
    assert said["surname"] == application(applicant_name="梁 朝").attributes["surname"]
    assert said["phone_segment"] == application(phone="171 9327 0001").attributes["phone_segment"]


@pytest.mark.parametrize(
    "address",
    [
        "天津市2094号小区25栋18室",
        "天津市 河西区 友谊路 12号 3-2-501",
        "天津市2094号小区",
        "天津市幸福里小区8号楼",
    ],
)
def test_addresses_of_one_city_are_of_one_region_however_far_they_go(address):
    assert application(address=address).attributes["home_region"] == application().attributes["home_region"]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("浙江省杭州市西湖区文三路100号2栋301室", "杭州市余杭区翡翠城1栋2室"),
        ("新疆维吾尔自治区乌鲁木齐市天山区解放路5号3栋101室", "乌鲁木齐市沙依巴克区友好小区8栋2室"),
        ("12 Main Street Apt 4B, Springfield, IL 62704", "77 Oak Avenue, Springfield, IL 62701-1234"),
    ],
)
def test_the_province_and_what_comes_after_the_city_make_no_other_region(one, other):
    said = application(address=one).attributes["home_region"]

    assert said == application(address=other).attributes["home_region"] != application().attributes["home_region"]


@pytest.mark.parametrize("address", ["幸福里小区8号楼301室", "4 Rose Lane, Little Hampton Village, Kent", "无"])
def test_an_address_that_names_no_region_has_none(address):
    assert "home_region" not in application(address=address).attributes


def test_the_age_of_the_file_wins_over_the_one_from_the_resident_id():
    assert application(age="31").attributes["age"] == 31.0


def test_nothing_raw_is_left_in_a_record():
    text = repr(application())

    for column in IDENTIFYING:
        assert str(APPLICATION[column]) not in text, column
    assert application().attributes["name_mask"] == "梁**"
    assert not set("勇娟") & set(text)


def test_masks_show_at_most_half_of_a_value_and_nothing_of_a_short_one():
    record = application(applicant_id="201")

    for identifier in record.identifiers:
        column = schema.COLUMN_OF_ROLE.get((identifier.kind, identifier.role))
        if column:
            shown = sum(c != "*" for c in identifier.mask)
            assert 2 * shown <= len(str(APPLICATION[column])), identifier
    assert record.identifiers[0].mask == "***"


@pytest.mark.parametrize(
    ("column", "kind", "spellings"),
    [
        (
            "phone",
            "phone",
            [
                "17193275473",
                "+86 171 9327 5473",
                "171-9327-5473",
                "１７１９３２７５４７３",
                "١٧١٩٣٢٧٥٤٧٣",
                17193275473,
                17193275473.0,
            ],
        ),
        ("applicant_id", "person", ["35010220040615841X", "35010220040615841x", " 350102 20040615 841x"]),
        ("applicant_id", "person", ["110105491231002", "11010519491231002X"]),
        ("account_no", "account", ["6293910324226789", "6293 9103 2422 6789", "6293-9103-2422-6789", 6293910324226789]),
        ("vin", "vehicle", ["LTU55CFN8188LSGGJ", "ltu55cfn8188lsggj", "LTU 55CFN8-188LSGGJ"]),
        (
            "address",
            "address",
            [
                "天津市2094号小区25栋18室",
                "天津市 2094号小区25号楼18房",
                "天津市2094号小区二十五幢十八室",
                "天津市2094号小区25-18",
            ],
        ),
        (
            "employer",
            "employer",
            ["北京餐饮(集团)有限公司634号", "北京餐饮（集团）有限公司634号", "北京餐饮 有限公司634号", "北京餐饮634号"],
        ),
        (
            "employer_phone",
            "work_phone",
            ["0452-6001342", "(0452)6001342", "0452-6001342-801", "0452 6001342 转801", "+86 452 6001342"],
        ),
        ("ip", "ip", ["22.4.25.188", "::ffff:22.4.25.188", "22.4.25.188:443", "10.1.1.1, 22.4.25.188"]),
        ("device_id", "device", ["6F9619FF-8B86-D011-B42D-00CF4FC964FF", "{6f9619ff-8b86-d011-b42d-00cf4fc964ff}"]),
        ("email", "email", ["A.b+x@GMAIL.com", "ab@gmail.com", "<ab@googlemail.com>"]),
    ],
)
def test_one_value_in_different_spellings_has_one_token(column, kind, spellings):
    tokens = {token(application(**{column: spelling}), kind) for spelling in spellings}

    assert len(tokens) == 1
    assert None not in tokens


@pytest.mark.parametrize(
    ("column", "kind", "values"),
    [
        ("phone", "phone", ["13800138000", "unknown", "n/a", "无", "00000000", "11111111111", "-", "0", "12345", "1.38E+10"]),
        ("device_id", "device", ["00000000", "unknown", "9774d56d682e549c", "02:00:00:00:00:00", "无"]),
        ("ip", "ip", ["10.0.0.1", "192.168.1.1", "127.0.0.1", "0.0.0.0", "::1", "fe80::1", "not an ip"]),
        ("employer", "employer", ["个体", "自由职业", "Self-Employed", "无业", "retired", "无"]),
        ("address", "address", ["无", "天津市", "浙江省杭州市", "Paris"]),
        ("account_no", "account", ["0000000000000000", "1234567890123456", "6.29391E+15", "无"]),
        ("applicant_id", "person", ["111111111111111111", "000000000000000000", "unknown"]),
        ("vin", "vehicle", ["00000000000000000", "UNKNOWN", "无"]),
        ("email", "email", ["none", "test@test.com", "no mail"]),
    ],
)
def test_a_placeholder_never_becomes_an_identifier_and_is_counted(column, kind, values):
    door = intake()

    for value in values:
        assert token(door.application(APPLICATION | {column: value}), kind, schema.KIND[kind].roles[0].name) is None, value
    assert door.notes[f"placeholder:{kind}"] == len(values)


def test_a_name_of_one_character_is_counted_and_dropped():
    door = intake()

    record = door.application(APPLICATION | {"applicant_name": "梁"})

    assert "name" not in record.attributes
    assert door.notes["placeholder:name"] == 1


@pytest.mark.parametrize(
    ("column", "value", "kind", "flag"),
    [
        ("applicant_id", "420102200012159005", "person", "resident_id_checksum"),
        ("applicant_id", "990102200012159004", "person", "resident_id_area"),
        ("applicant_id", "420102200013159004", "person", "resident_id_birth_date"),
        ("account_no", "6293910324226780", "account", "account_check_digit"),
        ("vin", "LTU55CFN0188LSGGJ", "vehicle", "vin_check_digit"),
        ("vin", "LTU55CFNO188LSGGJ", "vehicle", "vin_shape"),
        ("email", "me@nowhere", "email", "email_shape"),
    ],
)
def test_a_failed_check_is_a_flag_beside_an_identifier(column, value, kind, flag):
    door = intake()

    record = door.application(APPLICATION | {column: value})

    assert token(record, kind)
    assert flag in record.flags
    assert door.notes[f"flag:{flag}"] == 1


def test_every_note_has_a_sentence():
    door = intake()
    for changes in (
        {"phone": "0"},
        {"vin": "LTU55CFN0188LSGGJ"},
        {"age": "unknown"},
        {"applicant_name": "x"},
        {"product": "无"},
    ):
        door.application(APPLICATION | changes)

    assert set(door.notes) <= set(codes.NOTES)
    assert {f"placeholder:{kind.name}" for kind in schema.KINDS if not kind.derived_from} <= set(codes.NOTES)


@pytest.mark.parametrize(
    ("changes", "code", "column"),
    [
        ({"application_id": None}, codes.MISSING_ID, "application_id"),
        ({"application_id": "  "}, codes.MISSING_ID, "application_id"),
        ({"submitted_at": ""}, codes.MISSING_TIME, "submitted_at"),
        ({"submitted_at": "2025-13-45"}, codes.UNREADABLE_TIME, "submitted_at"),
        ({"submitted_at": "1748740800"}, codes.UNREADABLE_TIME, "submitted_at"),
        ({"submitted_at": "1899-01-01"}, codes.UNREADABLE_TIME, "submitted_at"),
        ({"loan_amount": "-1"}, codes.NEGATIVE_NUMBER, "loan_amount"),
        ({"loan_amount": "much"}, codes.UNREADABLE_NUMBER, "loan_amount"),
        ({"loan_amount": float("inf")}, codes.UNREADABLE_NUMBER, "loan_amount"),
        ({"loan_amount": 10**400}, codes.NUMBER_TOO_LARGE, "loan_amount"),
        ({"vehicle_model": "x" * 40_000}, codes.FIELD_TOO_LONG, "vehicle_model"),
        ({"address": "1" * 501}, codes.FIELD_TOO_LONG, "address"),
        ({"applicant_name": "a" * 501}, codes.FIELD_TOO_LONG, "applicant_name"),
        ({"submitted_at": "2025-06-01" + " " * 9000 + "x"}, codes.UNREADABLE_TIME, "submitted_at"),
        ({"loan_amount": "1" * 9000}, codes.UNREADABLE_NUMBER, "loan_amount"),
        ({"application_id": "A" * 201}, codes.FIELD_TOO_LONG, "application_id"),
        ({"vehicle_model": "H6\0"}, codes.CONTROL_CHARACTERS, "vehicle_model"),
        ({"employer": "\ud800"}, codes.CONTROL_CHARACTERS, "employer"),
        ({"phone": {"number": 1}}, codes.NOT_A_VALUE, "phone"),
        ({"application_id": "1.5E+18"}, codes.UNREADABLE_ID, "application_id"),
        ({"application_id": "13812345678"}, codes.SWAPPED_COLUMNS, "application_id"),
        ({"dealer_id": "420102200012159004"}, codes.SWAPPED_COLUMNS, "dealer_id"),
        ({"salesperson_id": "6293910324226789"}, codes.SWAPPED_COLUMNS, "salesperson_id"),
        ({"application_id": "LTU55CFN8188LSGGJ"}, codes.SWAPPED_COLUMNS, "application_id"),
        ({"vehicle_model": "138 1234 5678"}, codes.SWAPPED_COLUMNS, "vehicle_model"),
    ],
)
def test_a_bad_row_is_refused_with_code_column_and_a_masked_value(changes, code, column):
    with pytest.raises(RowRejected) as caught:
        application(**changes)

    error = caught.value
    assert (error.code, error.column) == (code, column)
    assert codes.REJECTS[code] in str(error)
    value = str(*changes.values())[:40]
    assert 2 * sum(c != "*" for c in error.masked) <= max(len(value), 1)
    assert len(value) < 4 or value not in str(error)


def test_a_row_without_any_identifier_is_refused():
    with pytest.raises(RowRejected, match="no identifier") as caught:
        intake().application(without(APPLICATION, *IDENTIFYING) | {"phone": "unknown"})

    assert caught.value.code == codes.MISSING_IDENTIFIER


def test_a_refused_row_counts_no_notes():
    door = intake()

    with pytest.raises(RowRejected):
        door.application(APPLICATION | {"device_id": "unknown", "contact_phone_2": "0", "loan_amount": "-1"})

    assert not door.notes


def test_a_mapping_without_times_needs_none():
    mapping = parse(
        '[[file]]\nmatch="a.csv"\nholds="applications"\ntime="none"\n[file.columns]\napplication_id="id"\nphone="tel"\n', "own"
    )

    record = Intake(KEY, Conventions(), mapping).application({"application_id": "1", "phone": "17193275473"})

    assert record.submitted_at is None
    assert "local_hour" not in record.attributes


@pytest.mark.parametrize(
    "value",
    [
        "2025-06-01T02:24:00+08:00",
        "2025-05-31T18:24:00Z",
        "2025-06-01 02:24:00",
        "2025/6/1 2:24",
        "2025年6月1日 2时24分",
        "20250601022400",
        dt.datetime(2025, 6, 1, 2, 24),
        dt.datetime(2025, 5, 31, 18, 24, tzinfo=dt.UTC),
        pd.Timestamp("2025-06-01 02:24"),
        np.datetime64("2025-06-01T02:24:00"),
    ],
)
def test_a_time_is_the_same_moment_in_every_spelling(value):
    record = application(submitted_at=value)

    assert record.submitted_at == 1748715840000
    assert record.attributes["local_hour"] == 2


def test_a_day_without_a_clock_has_no_hour():
    for value in ("2025-06-01", "2025/6/1", "20250601", dt.date(2025, 6, 1)):
        assert "local_hour" not in application(submitted_at=value).attributes


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1,234.50", 1234.5),
        ("￥12000", 12000.0),
        ("12万", 120000.0),
        (np.float32(7), 7.0),
        (np.int64(7), 7.0),
        (Decimal("7.5"), 7.5),
    ],
)
def test_amounts_are_read_in_the_spellings_of_real_files(value, expected):
    assert application(loan_amount=value).attributes["loan_amount"] == expected


def test_missing_values_of_every_sort_are_missing():
    for missing in (None, "", " ", float("nan"), np.nan, pd.NA, pd.NaT, Decimal("NaN"), np.datetime64("NaT")):
        door = intake()

        record = door.application(
            APPLICATION | {"loan_amount": missing, "device_id": missing, "dealer_id": missing, "updated_at": missing}
        )

        assert "loan_amount" not in record.attributes
        assert (token(record, "device"), record.dealer_id, record.updated_at) == (None, None, None)
        assert not door.notes


def test_a_field_with_several_numbers_gives_several_phones():
    one = application(phone="13812345670/13912345671")
    other = application(phone=["13912345671", "13812345670"])

    assert sum(i.kind == "phone" and i.role == "own" for i in one.identifiers) == 2
    assert one.content == other.content


def test_a_contact_number_meets_the_own_number_of_somebody_else():
    own, contact = application(phone="13812345670"), application(contact_phone_1="13812345670")

    assert token(own, "phone", "own") == token(contact, "phone", "contact_1")


def test_neighbouring_numbers_share_a_block_and_keep_their_places():
    one, next_one, across = (application(phone=number) for number in ("13812345698", "13812345699", "13812345701"))

    blocks = [
        {(i.token, i.role): i.position for i in r.identifiers if i.kind == "phone_block"} for r in (one, next_one, across)
    ]
    assert blocks[0].keys() == blocks[1].keys()
    assert len(blocks[0].keys() & blocks[2].keys()) == 1
    assert sorted(blocks[0].values()) == [48, 98]


def test_accounts_opened_in_a_row_share_a_block_whatever_their_check_digits():
    one, other = application(account_no="6293910324226789"), application(account_no="6293910324226797")

    assert token(one, "account") != token(other, "account")
    assert token(one, "account_block") == token(other, "account_block")


def test_an_address_without_a_room_is_a_place_and_no_home():
    with_room, only = application(), application(address="天津市2094号小区")

    assert token(only, "address") is None
    assert token(with_room, "compound", "with_room") == token(only, "compound", "only")


def test_addresses_of_other_countries_are_homes_where_they_have_a_number():
    one = application(address="997 Beacon Street, Rosebank, New York")
    other = application(address="997 beacon st. Rosebank  New York")

    assert token(one, "address", "home") == token(other, "address", "home") is not None


def test_phones_of_another_region_drop_its_country_code():
    door = intake(phone_region="US")

    tokens = {
        token(door.application(APPLICATION | {"phone": number}), "phone", "own")
        for number in ("8316217401", "+1 831 621 7401", "(831) 621-7401", "1-831-621-7401", "831.621.7401 x22")
    }
    assert len(tokens) == 1


def test_another_key_makes_other_tokens():
    mine, other = application(), Intake(b"x" * 32, Conventions()).application(APPLICATION)

    assert not {i.token for i in mine.identifiers} & {i.token for i in other.identifiers}


def test_content_follows_every_value_and_nothing_else():
    base = application()

    assert application().content == base.content
    assert intake().application(dict(reversed(APPLICATION.items()))).content == base.content
    assert application(phone="+86 171-9327-5473", loan_amount=80557).content == base.content
    for changes in ({"phone": "17193275474"}, {"loan_amount": "80558"}, {"dealer_id": "D00082"}, {"updated_at": "2025-06-02"}):
        assert application(**changes).content != base.content


def test_a_searched_value_has_the_token_of_the_loaded_one():
    found = intake().identifier("phone", "+86 171 9327 5473")

    assert found is not None
    assert found.token == token(application(), "phone", "own")
    assert intake().identifier("phone", "unknown") is None


def test_a_dealer_carries_its_representative_phone_and_account():
    dealer = intake().dealer(
        {
            "dealer_id": "D00081",
            "dealer_name": "福州0汽车销售有限公司",
            "registered_capital": "562万",
            "registered_on": "2003/1/7",
            "legal_representative_id": "420102200012159004",
            "phone": "17193275473",
            "account_no": "6293910324226789",
        }
    )

    assert {(i.kind, i.role) for i in dealer.identifiers} == {(kind, role) for _, kind, role in schema.DEALER_KINDS}
    assert {i.token for i in dealer.identifiers} <= {i.token for i in application().identifiers}
    assert dealer.attributes["registered_capital"] == 5_620_000.0
    assert dealer.attributes["registered_on"] == "2003-01-07"


def test_an_outcome_needs_id_outcome_and_date():
    door = intake()

    record = door.outcome({"application_id": "AP1", "outcome": "good", "observed_on": "2025/11/28"})

    assert (record.outcome, record.observed_on) == ("good", "2025-11-28")
    with pytest.raises(RowRejected) as caught:
        door.outcome({"application_id": "AP1", "outcome": "", "observed_on": "2025-11-28"})
    assert caught.value.code == codes.MISSING_VALUE
