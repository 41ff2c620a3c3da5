"""Where members live and when they apply counts as far as found groups differ in it from everyday ones, and no further."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from factories import App, applying, facts_from, gang, living, ordinary

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.clocks import learn_all_clocks
from graphfraud.detection.columns import Applications, shared_columns
from graphfraud.detection.departures import Unlike, learn_customers
from graphfraud.detection.judge import Findings, calibrate, calibrate_and_judge, judge
from graphfraud.detection.parameters import Parameters
from graphfraud.results import Ring
from graphfraud.wording import sentence

GANGS = 24


def market(away: float, by_day: bool, weak_away: float) -> list[App]:
    """Customers, gangs that leave no doubt, of which a share lives anywhere, and a small group that leaves some."""
    customers = applying(living(ordinary(3_000), 0.1, 1), True, 2)
    gangs = [
        app
        for g in range(GANGS)
        for app in gang(8, seed=g, name=f"G{g:02d}-", start=10.0 + 14 * g, dealers=(f"D{g % 20}", f"D{(g + 1) % 20}"))
    ]
    return [*customers, *applying(living(gangs, away, 3), by_day, 4), *applying(living(weak(), weak_away, 5), by_day, 6)]


def weak() -> list[App]:
    """Four who share one contact over ten weeks: a broker's customers, or a gang's."""
    holds = [{"phone.contact_1": "W-contact", "device": f"W-device{i}", "phone": f"W-phone{i}"} for i in range(4)]
    return [App(f"W{i}", 60.0 + 23 * i, f"D{9 + i % 3}", f"S{9 + i % 3}-0", holds=held) for i, held in enumerate(holds)]


def found_in(apps: Sequence[App]) -> tuple[Calibration, Findings]:
    usual, found = calibrate_and_judge(shared_columns(facts_from(apps)), Parameters())
    assert found is not None
    return usual, found


def risk_of_weak(found: Findings) -> float:
    return max(risk for name, risk in zip(found.application_id, found.risk.tolist(), strict=True) if name.startswith("W"))


def reasons(rings: Sequence[Ring], code: str) -> list[str]:
    return [sentence(reason) for ring in rings for reason in ring.reasons if reason.code == code]


@pytest.fixture(scope="module")
def afar() -> tuple[Calibration, Findings]:
    return found_in(market(away=1.0, by_day=False, weak_away=1.0))


@pytest.fixture(scope="module")
def near() -> tuple[Calibration, Findings]:
    return found_in(market(away=0.1, by_day=True, weak_away=1.0))


def test_where_gangs_come_from_afar_a_group_from_afar_is_more_suspicious(afar, near):
    assert risk_of_weak(afar[1]) > risk_of_weak(near[1]) + 0.2


def test_where_gangs_are_like_customers_it_says_nothing_where_a_group_lives(near):
    beside = found_in(market(away=0.1, by_day=True, weak_away=0.1))[1]

    assert risk_of_weak(near[1]) == pytest.approx(risk_of_weak(beside), abs=0.05)


def test_a_gang_of_neighbours_is_no_less_a_ring():
    apps = market(away=1.0, by_day=False, weak_away=1.0)
    for app in apps:
        if app.id.startswith("G00"):
            app.region, app.hour = f"near {app.dealer}", 13.0

    rings = found_in(apps)[1].rings

    assert any({name for name, _ in ring.members} >= {f"G00-{i:03d}" for i in range(8)} for ring in rings)


def test_reasons_say_how_many_are_unlike_customers_and_the_judge_learns_nothing(afar):
    usual, found = afar
    facts = facts_from(market(away=1.0, by_day=False, weak_away=1.0))

    again = judge(shared_columns(facts), usual, Parameters())

    assert [ring.risk for ring in again.rings] == [ring.risk for ring in found.rings]
    shared = [text for code in ("shared", "several_kinds", "away", "hours") for text in reasons(found.rings, code)]
    assert any("live where few of the dealer's customers do" in text for text in shared)
    assert any("at an hour at which few do" in text or "at hours at which few do" in text for text in shared)


def test_a_calibration_keeps_what_it_learned_of_customers(afar):
    usual = afar[0]

    again = Calibration.from_bytes(usual.to_bytes())

    assert np.array_equal(again.customers.region, usual.customers.region)
    assert np.array_equal(again.mixes.found, usual.mixes.found)
    assert usual.mixes.found[0, -1] > 0.5 > usual.mixes.everyday[0, -1]


def test_a_check_of_a_new_application_says_what_a_scan_that_counted_it_says():
    apps = living(ordinary(600), 0.1, 1)
    late = App("LATE", 400.0, "D3", "S3-0", region="near D9")
    nowhere = App("NOWHERE", 401.0, "D3", "S3-0", region="a town that nobody came from")
    before, after = (shared_columns(facts_from(part)) for part in (apps, [*apps, late, nowhere]))
    params = Parameters()

    def ratio(learned: Applications) -> list[float]:
        clocks = learn_all_clocks(learned, params.runs)
        customers = learn_customers(learned, clocks, params.departures)
        found = Unlike(after, customers, clocks, params.departures).of(np.array([len(after) - 2, len(after) - 1]))[0]
        return found.tolist()

    assert ratio(before) == pytest.approx(ratio(after), rel=0.2)
    assert min(ratio(before)) > 4


def test_files_that_know_days_only_say_nothing_of_hours():
    apps = market(away=0.1, by_day=True, weak_away=0.1)
    for app in apps:
        app.hour = 0.0

    customers = calibrate(shared_columns(facts_from(apps))).customers

    assert np.isnan(customers.hour_share).all()


def test_nothing_is_said_where_nobody_names_a_region_or_an_hour():
    usual, found = found_in([*ordinary(800), *gang(8)])

    assert len(usual.customers.region) == 0
    assert found.rings
    assert not reasons(found.rings, "away") and not reasons(found.rings, "hours")
