"""What an application's past says: counted as by hand, only from before, and the same in a part as in the whole."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from crowds import crowded, hiding, neighbourhood
from factories import App, columns_of, facts_from, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.detection.columns import Applications, shared_columns
from graphfraud.detection.signals import BUSY, HOME, STEADY, TIE_CODE, TIES, Signals, look_back

TABLES = (
    "person_within",
    "person_dealers",
    "others_within",
    "others_dealers",
    "names",
    "age_off",
    "tied",
    "changed",
    "last_days",
    "known_days",
)


def last(apps: list[App]) -> tuple[Signals, int]:
    """Signals, and the row of the application submitted last."""
    return look_back(columns_of(apps)), len(apps) - 1


def others(tie: str, apps: list[App]) -> int:
    signals, row = last(apps)
    return int(signals.tied[row, TIE_CODE[tie]])


def test_the_same_persons_applications_are_counted_by_window_and_dealer():
    days = (0.0, 100.0, 380.0, 396.0, 400.0)
    signals, row = last([App(f"A{i}", day, f"D{i % 3}", holds={"person": "p"}) for i, day in enumerate(days)])

    assert signals.person_within[row].tolist() == [1, 2, 2, 3]  # the first is 400 days back
    assert signals.person_dealers[row] == 3
    assert signals.person_within[0].tolist() == [0, 0, 0, 0]


def test_others_applications_with_ones_own_things_are_counted_once_whatever_they_share():
    apps = [App(f"A{i}", 2.0 * i, f"D{i}", holds={"account": "a", "device": "d"}) for i in range(3)]
    signals, row = last([*apps, App("X", 10.0, "D9", holds={"account": "a", "device": "d"})])

    assert signals.others_within[row].tolist() == [1, 3, 3, 3]
    assert signals.others_dealers[row] == 4
    assert signals.tied[row, [TIE_CODE["account"], TIE_CODE["device"]]].tolist() == [3, 3]


def test_a_contacts_number_and_a_house_are_nobodys_own():
    apps = [App(f"A{i}", float(i), holds={"address": "house", "phone.contact_1": "aunt"}) for i in range(HOME + 1)]
    signals, row = last(apps)

    assert signals.others_within[row].tolist() == [0, 0, 0, 0]
    assert signals.tied[:, TIE_CODE["address"]].tolist() == [0] * HOME + [HOME]  # until then it is a home
    assert signals.tied[row, TIE_CODE["contact"]] == HOME


@pytest.mark.parametrize("tie", [tie for tie in TIES if tie not in ("contact", "address")])
def test_sharing_ties_to_other_persons(tie):
    assert others(tie, [App("A", 0.0, "D1", holds={tie: "x"}), App("X", 1.0, "D2", holds={tie: "x"})]) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (App("A", surname="wang"), App("X", surname="wang")),
        (App("A", holds={"employer": "firm"}), App("X", holds={"employer": "firm"})),
        (App("A", holds={"phone": "1"}), App("X", holds={"phone.contact_2": "1"})),
        (App("A", holds={"phone.contact_1": "2"}), App("X", holds={"phone": "2"})),
        (App("A", holds={"address": "home"}), App("X", holds={"address": "home"})),
        (App("A", holds={"person": "p"}), App("X", holds={"person": "p"})),
    ],
    ids=["surname", "employer", "names the other", "is named", "home", "person"],
)
def test_everyday_life_explains_a_shared_account(one, other):
    apps = [dataclasses.replace(one, day=0.0), dataclasses.replace(other, day=1.0)]
    for app in apps:
        app.holds |= {"account": "shared"}

    assert others("account", apps) == 0


def test_a_device_of_one_dealer_is_the_stores_own_and_its_users_elsewhere_count_once_a_dealer():
    apps = [App(f"A{i}", float(i), "D1", holds={"device": "tablet"}) for i in range(4)]

    assert others("device", apps) == 0
    assert others("device", [*apps, App("X", 9.0, "D2", holds={"device": "tablet"})]) == 1
    assert others("device", [App(f"A{i}", float(i), f"D{i // 2}", holds={"device": "gang's"}) for i in range(7)]) == 3


@pytest.mark.parametrize(("tie", "days"), [("phone", 60), ("vehicle", 60), ("account", 365)])
def test_a_number_given_out_again_and_a_car_sold_on_are_forgotten(tie, days):
    def after(gap: float) -> int:
        return others(tie, [App("A", 0.0, holds={tie: "x"}), App("X", gap, holds={tie: "x"})])

    assert after(days - 0.5) == 1
    assert after(days + 0.5) == 0


def test_a_busy_identifier_says_nothing_any_more():
    def holders(count: int) -> int:
        return others("account", [App(f"A{i:02d}", 0.1 * i, holds={"account": "x"}) for i in range(count)])

    assert holders(BUSY) == BUSY - 1
    assert holders(BUSY + 1) == 0


def test_an_id_with_other_names_and_an_age_that_is_not_its_own():
    apps = [App("A", 0.0, name="li", holds={"person": "p"}), App("B", 1.0, name="wu", holds={"person": "p"})]
    signals, row = last([*apps, App("X", 2.0, name="li", age=40.0, birth_year=1990.0, holds={"person": "p"})])

    assert signals.names.tolist() == [0, 1, 1]
    assert signals.age_off[row] == 5  # in 2025 at most 35
    assert np.isnan(signals.age_off[0])


def test_one_id_under_another_surname_is_the_same_person_with_another_name():
    apps = [App("A", 0.0, surname="li", name="li wei", holds={"person": "p", "account": "a"})]
    signals, row = last([*apps, App("X", 5.0, surname="wu", name="wu fan", holds={"person": "p", "account": "a"})])

    assert signals.names[row] == 1
    assert signals.person_within[row].tolist() == [1, 1, 1, 1]
    assert not signals.tied[row].any()


@pytest.mark.parametrize(("age", "off"), [(34, 0), (35, 0), (35.9, 0), (36, 1), (33, 1), (31, 3)])
def test_an_age_may_be_before_or_after_the_birthday(age, off):
    assert look_back(columns_of([App("X", 0.0, age=age, birth_year=1990.0)])).age_off[0] == pytest.approx(off)


def test_changes_are_those_since_the_persons_last_application():
    def app(name: str, day: float, **holds: str) -> App:
        return App(name, day, holds={"person": "p", **holds})

    signals, row = last([
        app("A", 0.0, phone="1", address="old", employer="e"),
        app("B", 50.0, phone="1", address="new", employer="e", account="a"),
        app("X", 60.0, phone="2", address="new", employer="f"),
    ])  # fmt: skip

    changed = {kind for bit, kind in enumerate(STEADY) if signals.changed[row] >> bit & 1}
    assert changed == {"phone", "employer"}  # the account was not given
    assert signals.last_days[row] == pytest.approx(10)
    assert dict(zip(STEADY, signals.known_days[row].tolist(), strict=False))["address"] == pytest.approx(10)
    assert np.isnan(signals.last_days[0]) and signals.changed[0] == 0


def test_what_came_at_the_very_same_time_counts_as_before_whatever_its_id():
    gang = [App(f"A{i}", 1.0, f"D{i}", holds={"account": "a"}) for i in range(3)]
    twice = [App(f"B{i}", 2.0, "D1", name=f"n{i}", holds={"person": "p", "phone": f"{i}"}) for i in range(2)]
    signals, _ = last(gang + twice)

    assert signals.tied[:3, TIE_CODE["account"]].tolist() == [2, 2, 2]
    assert signals.others_within[:3].tolist() == [[2, 2, 2, 2]] * 3
    assert signals.others_dealers[:3].tolist() == [3, 3, 3]
    assert signals.person_within[3:].tolist() == [[1, 1, 1, 1]] * 2
    assert signals.names[3:].tolist() == [1, 1]
    assert signals.last_days[3:].tolist() == [0.0, 0.0]


def test_without_times_there_is_no_before_but_for_names():
    signals, _ = last([App(f"A{i}", None, name=f"n{i}", holds={"person": "p", "account": "x"}) for i in range(3)])

    assert not signals.person_within.any() and not signals.tied.any()
    assert signals.names.tolist() == [0, 1, 2]


def tables(a: Applications, signals: Signals) -> dict[str, list[str]]:
    """Every number of each application, by its id."""
    columns = [np.asarray(getattr(signals, name)).reshape(len(a), -1).tolist() for name in TABLES]
    return {name: [repr(part) for part in row] for name, *row in zip(a.application_id.tolist(), *columns, strict=True)}


@settings(max_examples=60, deadline=None)
@given(apps=crowded(), order=st.integers(0, 2**32 - 1), key=st.sampled_from(["", "other"]))
def test_order_of_rows_and_other_names_for_identifiers_change_nothing(apps, order, key):
    whole, again = columns_of(apps), shared_columns(facts_from(rows_of(apps, shuffled(len(apps), order)), key))

    assert tables(again, look_back(again)) == tables(whole, look_back(whole))


@settings(max_examples=20, deadline=None)
@given(apps=crowded())
def test_the_neighbourhood_of_an_application_as_it_comes_says_what_the_whole_says_later(apps):
    whole = columns_of(apps)
    said = tables(whole, look_back(whole))
    by_id = {app.id: app for app in apps}
    arrived = [by_id[name] for name in whole.application_id.tolist()]

    for row, app in enumerate(arrived):
        near, busy = neighbourhood(arrived, row)
        part = hiding(columns_of(near), busy)
        assert tables(part, look_back(part))[app.id] == said[app.id]


def shuffled(count: int, seed: int) -> list[int]:
    return np.random.default_rng(seed).permutation(count).tolist()
