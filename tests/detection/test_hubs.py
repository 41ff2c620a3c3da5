"""A part that shows a few of an identifier's many users is judged as if it showed them all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from factories import App, facts_from, gang, ordinary

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import KIND_CODE, Applications, shared_columns
from graphfraud.detection.hubs import MORE_THAN, learn_hubs, with_hubs
from graphfraud.detection.judge import calibrate_and_judge, judge
from graphfraud.detection.links import EVIDENCE_CODE, learn_row_reach, tie_applications
from graphfraud.detection.parameters import Parameters
from graphfraud.detection.signals import BUSY
from graphfraud.detection.units import fold_units
from graphfraud.store.neighbourhood import MOST_HOLDERS

PARAMS = Parameters()
STORE = [
    App(f"T{day}", day, "D0", "S0", f"name{day}", holds={"device": "tablet", "phone": f"own{day}"}) for day in range(0, 300, 5)
]


def test_a_few_users_of_a_store_tablet_are_no_burst() -> None:
    whole = shared_columns(facts_from([*ordinary(600, seed=3), *STORE]))
    calibration, found = calibrate_and_judge(whole, PARAMS)
    last_week = shared_columns(
        facts_from([App(f"N{n}", 300 + n / 8, "D0", "S0", f"new{n}", holds={"device": "tablet"}) for n in range(6)])
    )

    judged = judge(last_week, calibration, PARAMS)
    strangers = judge(last_week, blind(calibration), PARAMS)

    assert found is not None and not found.rings
    assert judged.risk.max() < 0.1
    assert strangers.risk.max() > judged.risk.max()


def test_the_whole_hides_nothing() -> None:
    whole = shared_columns(facts_from([*ordinary(600, seed=3), *STORE, *gang(8, 1, "G", start=80, dealers=("D1", "D2"))]))
    calibration, found = calibrate_and_judge(whole, PARAMS)

    assert with_hubs(whole, calibration.hubs) is whole
    assert found is not None
    assert np.array_equal(judge(whole, calibration, PARAMS).risk, found.risk)


def test_hubs_have_more_users_than_a_check_reads_and_survive_the_file() -> None:
    whole = shared_columns(facts_from([*ordinary(600, seed=3), *STORE]))
    calibration, _ = calibrate_and_judge(whole, PARAMS)

    hubs = Calibration.from_bytes(calibration.to_bytes()).hubs

    assert len(hubs) and (hubs.users > MORE_THAN).all()
    assert (np.diff(hubs.token.astype(object)) >= 0).all()
    assert hubs.users[hubs.kind == KIND_CODE["device"]].tolist() == [len(STORE)]


def test_a_part_knows_whose_a_busy_work_phone_is() -> None:
    def at_work(name: str, day: float, employer: str) -> App:
        return App(name, day, "D1", "S1", name, holds={"work_phone": "exchange", "employer": employer})

    staff = [at_work(f"F{n}", 7.0 * n, "firm") for n in range(30)]
    gang = [at_work(f"G{n}", 100.0 + n, "bank") for n in range(4)]
    whole = shared_columns(facts_from([*ordinary(600, seed=3), *staff, *gang]))
    hubs = calibrate_and_judge(whole, PARAMS)[0].hubs
    part = shared_columns(facts_from([staff[15], *gang]))  # most of those that it shows work for the bank

    assert misquoting(whole) == {"G0", "G1", "G2", "G3"}
    assert misquoting(part) == {"F15"}
    assert misquoting(with_hubs(part, hubs)) == {"G0", "G1", "G2", "G3"}


def misquoting(a: Applications) -> set[str]:
    """Applications that quote a work phone of another employer than theirs."""
    links = tie_applications(a, fold_units(a, PARAMS.units), learn_row_reach(a, PARAMS.evidence), PARAMS.evidence)
    odd = links.kind[links.identifier] == EVIDENCE_CODE["work_phone_mismatch"]
    return set(a.application_id[links.application[odd]])


def test_what_a_check_reads_of_one_identifier_is_more_than_one_has_that_is_no_hub_and_enough_to_be_busy() -> None:
    assert max(MORE_THAN, BUSY, PARAMS.evidence.busy, PARAMS.runs.steady_users) < MOST_HOLDERS


def blind(calibration: Calibration) -> Calibration:
    """Forget the hubs."""
    one = shared_columns(facts_from([App("A", 0, "D0", "S0", "a", holds={"device": "x"})]))
    return replace(calibration, hubs=learn_hubs(one, fold_units(one, PARAMS.units), calibration.clocks, PARAMS.runs))


def test_a_stray_use_long_before_makes_no_burst_of_a_tablets_life() -> None:
    months = [
        App(f"T{n}", 150 + n * 0.9, "D0", "S0", f"name{n}", holds={"device": "tablet", "phone": f"own{n}"}) for n in range(130)
    ]
    stray = App("STRAY", 2, "D5", "S5", "somebody", holds={"device": "tablet"})

    found = calibrate_and_judge(shared_columns(facts_from([*ordinary(1_500, seed=3), *months, stray])), PARAMS)[1]

    assert found is not None
    assert not any({"T10", "T60"} <= {name for name, _ in ring.members} for ring in found.rings)
