"""Ids that are kept in the clear, and identifiers that must not be taken for them."""

from __future__ import annotations

import hashlib
import uuid

import pytest

from graphfraud.errors import RowRejected
from graphfraud.intake import Intake
from graphfraud.intake.swapped import looks_like
from graphfraud.settings import Conventions


@pytest.mark.parametrize(
    "value",
    [
        *("AP000039116", "D00081", "S00081-5", "12345", "0", "201-0", "1380013-8000", "rec-223-org", "SALESPERSON123456"),
        *("20250601000000001", "2025060100000001", "202506010000001", "1745678901234567890", "174567890123456789"),
        *("AP202506010000001", "GF20250601000012A", "2025-06-01-000123", "张三", "6f9619ff8b86d011b", "6F9619FF8B86D011B"),
        *("6f9619ff-8b86-d011-b42d-00cf4fc964ff", "tcZpGsfEXXXXXXXXb", "1013812345678"),
        *("BR/AP13812345678", "BR/2025/0013812", "BR-13812345678"),
    ],
)
def test_ordinary_ids_are_left_alone(value):
    assert looks_like(value) is None


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("13812345678", "phone"),
        ("+86 138 1234 5678", "phone"),
        ("138-1234-5678", "phone"),
        ("8613812345678", "phone"),
        ("１３８１２３４５６７８", "phone"),
        ("0452-6001342", "phone"),
        ("+44 20 7946 0958", "phone"),
        ("420102200012159004", "person"),
        ("35010220040615841x", "person"),
        ("420102 20001215 9004", "person"),
        ("110105491231002", "person"),
        ("6293910324226789", "account"),
        ("6293 9103 2422 6789", "account"),
        ("6222020200112233445", "account"),
        ("LTU55CFN8188LSGGJ", "vehicle"),
        ("ltu55cfn8188lsggj", "vehicle"),
        ("1M8GDM9AXKP042788", "vehicle"),
        ("someone@mail.example", "email"),
        ("举报电话13812345678", "phone"),
        ("used 13812345678", "phone"),
        ("BR/13812345678", "phone"),
        ("see 420102200012159004.", "person"),
        ("ask someone@mail.example first", "email"),
    ],
)
def test_identifiers_are_recognised(value, kind):
    assert looks_like(value) == kind


def test_hashes_uuids_and_their_beginnings_are_no_identifiers():
    for number in range(2000):
        digest = hashlib.sha256(str(number).encode()).hexdigest()
        for value in (
            digest,
            digest[:17],
            digest[:17].upper(),
            digest[:16] if digest[:16].isalpha() else "",
            str(uuid.UUID(digest[:32])),
        ):
            assert looks_like(value) is None, value


def test_a_refusal_says_where_what_and_what_to_do():
    intake = Intake(bytes(32), Conventions())
    row = {"application_id": "BR/13812345678", "submitted_at": "2025-06-01", "device_id": "29c5c21fa103b12f"}

    with pytest.raises(RowRejected) as of_an_id:
        intake.application(row)
    with pytest.raises(RowRejected) as of_a_text:
        intake.application(row | {"application_id": "A1", "product": "ask 13812345678"})

    assert str(of_an_id.value) == (
        "application_id: an identifier stands in a column that is kept in the clear, as where columns are swapped; the value "
        "or a word of it has the shape of a phone number, and the graph and the log would show it; if it is a number of your "
        "own, put letters directly before it (AP…), else send another id"
    )
    assert str(of_a_text.value).endswith("and the graph and the log would show it; leave it out of this column")
    assert intake.application(row | {"application_id": "BR/AP13812345678"}).application_id == "BR/AP13812345678"
