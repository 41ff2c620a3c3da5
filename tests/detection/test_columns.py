from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import numpy as np
import pytest
from crowds import crowded
from factories import App, columns_of, facts_from, gang, ordinary, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud import check
from graphfraud.detection import columns, ordering, sharing
from graphfraud.detection.columns import KIND_CODE, Applications, shared_columns
from graphfraud.detection.ordering import first_appearance


def test_only_identifiers_that_two_applications_hold_are_kept():
    a = columns_of(
        [
            App("A", 1, holds={"device": "x", "account": "one"}),
            App("B", 2, holds={"device": "x", "account": "two"}),
            App("C", 3, holds={"device": "y"}),
        ]
    )

    assert a.identifier_kind.tolist() == [KIND_CODE["device"]]
    assert a.occ_application.tolist() == [0, 1]
    assert a.distinct[KIND_CODE["account"]] == 2
    assert a.distinct[KIND_CODE["device"]] == 2


def test_one_application_that_gives_a_number_twice_shares_it_with_nobody():
    a = columns_of([App("A", 1, holds={"phone.own": "1", "phone.contact_1": "1"}), App("B", 2, holds={"phone.own": "2"})])

    assert len(a.identifier_kind) == 0


@settings(max_examples=40, deadline=None)
@given(crowded())
def test_a_few_applications_are_put_in_columns_as_many_are(apps):
    few = shared_columns(facts_from(apps))
    with pytest.MonkeyPatch.context() as patch:
        for module, name in ((sharing, "FEW_ROWS"), (columns, "FEW"), (ordering, "FEW")):
            patch.setattr(module, name, -1)
        many = shared_columns(facts_from(apps))

    for field in dataclasses.fields(few):
        one, other = getattr(few, field.name), getattr(many, field.name)
        assert np.array_equal(one, other, equal_nan=np.asarray(one).dtype.kind == "f"), field.name


def test_applications_stand_in_order_of_submission_then_id():
    a = columns_of([App("C", 2), App("B", 1), App("A", 2), App("D", None)])

    assert a.application_id.tolist() == ["D", "B", "A", "C"]


def test_an_application_without_a_person_is_a_person_of_its_own():
    apps = [App("A", 1), App("B", 2), App("C", 3)]
    facts = facts_from(apps)
    nobody = facts.where(np.ones(3, bool))
    object.__setattr__(nobody, "occ_row", nobody.occ_row[:0])
    for name in ("occ_kind", "occ_role", "occ_token", "occ_position"):
        object.__setattr__(nobody, name, getattr(nobody, name)[:0])

    a = shared_columns(nobody)

    assert a.person.tolist() == [0, 1, 2]


def test_one_resident_id_under_two_surnames_is_two_persons():
    surnames = ("", "wang", "li", "wang", "")

    a = columns_of([App(f"A{i}", i, surname=surname, holds={"person": "one"}) for i, surname in enumerate(surnames)])

    assert a.person.tolist() == [0, 0, 1, 0, 0]
    assert a.resident.tolist() == [0, 0, 0, 0, 0]


@settings(max_examples=30, deadline=None)
@given(st.randoms(use_true_random=False), st.text("abc", min_size=0, max_size=3))
def test_order_of_rows_and_token_key_change_no_column(random, key):
    apps = ordinary(60, seed=3, days=40) + gang(6)
    order = list(range(len(apps)))
    random.shuffle(order)

    one, other = columns_of(apps), shared_columns(facts_from(rows_of(apps, order), key))

    for name in vars(one):
        if name not in ("identifier_token", "employer_tokens", "resident_tokens"):
            assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=name in NUMERIC), name


NUMERIC = ("age", "income", "price", "down", "loan", "term", "hour", "birth_year")


def test_codes_are_numbered_by_first_appearance_and_missing_stays_missing():
    assert first_appearance(np.array([7, -1, 3, 7, 3])).tolist() == [0, -1, 1, 0, 1]


def test_every_column_is_read_by_some_stage():
    rooms = Path(columns.__file__).parent, Path(check.__file__).parent
    stages = [path.read_text() for room in rooms for path in room.rglob("*.py") if path.name != "columns.py"]
    read = {name for stage in stages for name in re.findall(r'[."](\w+)', stage)}

    assert {field.name for field in dataclasses.fields(Applications)} <= read
