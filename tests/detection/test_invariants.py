"""What must change nothing: order of rows, the token key, split files, and, under one calibration, unrelated components."""

from __future__ import annotations

from dataclasses import fields, replace
from functools import cache

import numpy as np
import pytest
from factories import App, applying, facts_from, gang, living, ordinary
from hypothesis import given, settings
from hypothesis import strategies as st

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import shared_columns
from graphfraud.detection.hubs import Hubs
from graphfraud.detection.judge import Findings, calibrate, calibrate_and_judge, judge
from graphfraud.detection.parameters import Parameters
from graphfraud.facts import facts_of, join_facts
from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Conventions
from ingest.world.make import make_world, plan_world
from ingest.world.write import applications_table

KEYS = (b"\x01" * 32, b"\xfe" * 32)


@cache
def records(key: bytes) -> list[ApplicationRecord]:
    """A generated world of 3,000 applications as intake gives them under a token key."""
    table = applications_table(make_world(plan_world(3_000, 8)))
    intake = Intake(key, Conventions(), None)
    return [intake.application(row) for row in table.to_pylist()]


@cache
def as_it_comes() -> tuple[Calibration, Findings]:
    calibration, found = calibrate_and_judge(shared_columns(facts_of(records(KEYS[0]))), Parameters())
    assert found is not None
    return calibration, found


def groups(found: Findings) -> dict[str, tuple[object, ...]]:
    """Every ring with all that is said of it in numbers; tokens aside, which the key makes."""
    return {
        ring.ring_id: (
            ring.risk,
            ring.members,
            ring.persons,
            ring.dealers,
            ring.first_seen,
            ring.last_seen,
            ring.exposure,
            ring.look_alike,
            tuple((reason.code, reason.kind, reason.contribution) for reason in ring.reasons),
        )
        for ring in found.rings
    }


def risks(found: Findings) -> dict[str, float]:
    return dict(zip(list(found.application_id), found.risk.tolist(), strict=True))


def without_tokens(calibration: Calibration) -> Calibration:
    """Hubs and regions are found by their tokens, which the key makes: leave them out of a comparison between keys."""
    hubs, customers = calibration.hubs, calibration.customers
    regions = {name: getattr(customers, name)[:0] for name in ("region", "region_share", "cell", "cell_count")}
    return replace(
        calibration,
        hubs=Hubs(*(getattr(hubs, column.name)[:0] for column in fields(hubs))),
        customers=replace(customers, **regions),
    )


def test_there_are_rings_to_compare() -> None:
    assert len(as_it_comes()[1].rings) >= 3


@settings(max_examples=6, deadline=None)
@given(order=st.integers(0, 2**32 - 1), key=st.sampled_from(KEYS), cut=st.integers(0, 3_000))
def test_order_of_rows_token_key_and_split_files_change_nothing(order: int, key: bytes, cut: int) -> None:
    shuffled = [records(key)[i] for i in np.random.default_rng(order).permutation(len(records(key)))]
    files = [facts_of(shuffled[:cut]), facts_of(shuffled[cut:])]

    calibration, found = calibrate_and_judge(shared_columns(join_facts(files)), Parameters())

    assert found is not None
    assert groups(found) == groups(as_it_comes()[1])
    assert risks(found) == risks(as_it_comes()[1])
    assert without_tokens(calibration).to_bytes() == without_tokens(as_it_comes()[0]).to_bytes()


PLACES = ("", "north", "south", "west")


@cache
def place(name: str) -> tuple[App, ...]:
    """Customers and two gangs of a place that shares no identifier, no dealer and no employer with another."""
    seed = PLACES.index(name)
    dealers = (f"D{name}{3 + seed}", f"D{name}{4 + seed}")
    found = [
        *ordinary(350, seed=seed, place=name),
        *gang(8, seed, f"G{name}", start=80 + 30 * seed, dealers=dealers),
        *gang(5, seed + 9, f"H{name}", start=200, dealers=dealers[:1]),
        App(f"F{name}1", 50, f"D{name}1", f"S{name}1", "wang", holds={"address": f"{name}home", "device": f"{name}ours"}),
        App(f"F{name}2", 52, f"D{name}2", f"S{name}2", "wang", holds={"address": f"{name}home", "device": f"{name}ours"}),
    ]
    found = [*applying(living(found[:350], 0.1, seed), True, seed), *applying(living(found[350:], 1.0, seed), False, seed)]
    for app in found:
        app.holds = {kind: f"{name}|{value}" for kind, value in app.holds.items()}
    return tuple(found)


def judged(names: frozenset[str], usual: Calibration) -> Findings:
    return judge(shared_columns(facts_from([app for name in PLACES if name in names for app in place(name)])), usual)


@cache
def of_everywhere() -> Calibration:
    return calibrate(shared_columns(facts_from([app for name in PLACES for app in place(name)])))


@settings(max_examples=12, deadline=None)
@given(alone=st.sampled_from(PLACES), others=st.frozensets(st.sampled_from(PLACES)))
def test_unrelated_components_change_no_group_and_no_risk_under_one_calibration(alone: str, others: frozenset[str]) -> None:
    one = judged(frozenset((alone,)), of_everywhere())
    together = judged(others | {alone}, of_everywhere())

    mine = {app.id for app in place(alone)}
    there = {name: ring for name, ring in groups(together).items() if mine & {member for member, _ in ring[1]}}
    assert there == groups(one)
    assert {name: risk for name, risk in risks(together).items() if name in mine} == risks(one)


@pytest.mark.parametrize("seed", range(6))
def test_an_application_that_shares_nothing_changes_no_group_and_no_risk(seed: int) -> None:
    rng = np.random.default_rng(seed)
    strangers = [
        App(f"Z{i}", float(rng.random() * 365), f"new{i}", f"new{i}", region=f"z{i}", hour=3.0, holds={"phone": f"z{i}"})
        for i in range(25)
    ]
    apps = [app for name in PLACES[:2] for app in place(name)]

    before = judge(shared_columns(facts_from(apps)), of_everywhere())
    after = judge(shared_columns(facts_from([*strangers, *apps])), of_everywhere())

    assert groups(after) == groups(before)
    assert {name: risk for name, risk in risks(after).items() if not name.startswith("Z")} == risks(before)
