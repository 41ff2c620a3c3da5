"""Folds, links and runs equal a plain implementation on small random worlds."""

from __future__ import annotations

from collections import Counter

import numpy as np
import plain_ties as plain
import pytest
from small_worlds import SEEDS, Row, facts_of_rows, small_world, without_times

from graphfraud.detection.clocks import learn_all_clocks
from graphfraud.detection.columns import Applications, shared_columns
from graphfraud.detection.links import EVIDENCE_KINDS, Links, learn_row_reach, tie_applications
from graphfraud.detection.parameters import Parameters, RunParams, UnitParams
from graphfraud.detection.runs import Runs, cut_runs
from graphfraud.detection.units import FOLDS, Units, fold_units

PARAMS = Parameters()
# small worlds have no hubs by the usual measure; these make every branch happen
RUNS = RunParams(stationed_users=4, steady_users=5)
UNITS = (
    UnitParams(),
    UnitParams(room=3, couple=2, dormitory=4, account_or_device=3, place=5, work_phone=6, relative=3, firm=3),
)


def stages(rows: list[Row], units: UnitParams = UNITS[0]) -> tuple[Applications, Units, Links, Runs]:
    a = shared_columns(facts_of_rows(rows))
    folded = fold_units(a, units)
    links = tie_applications(a, folded, learn_row_reach(a, PARAMS.evidence), PARAMS.evidence)
    return a, folded, links, cut_runs(a, folded, links, learn_all_clocks(a, RUNS), RUNS)


@pytest.mark.parametrize("params", UNITS, ids=["usual", "small"])
@pytest.mark.parametrize("seed", SEEDS)
def test_units_and_their_reasons_equal_loops_over_all_pairs(seed: int, params: UnitParams) -> None:
    units_equal_plain_ones(small_world(seed), params)


@pytest.mark.parametrize("untimed", [0.5, 1.0])
@pytest.mark.parametrize("seed", SEEDS[::5])
def test_units_of_applications_without_times_equal_loops_over_all_pairs(seed: int, untimed: float) -> None:
    units_equal_plain_ones(without_times(small_world(seed), untimed, seed), UNITS[0])


def units_equal_plain_ones(rows: list[Row], params: UnitParams) -> None:
    a, units, _, _ = stages(rows, params)
    unit, why = plain.fold(rows, params)

    first = {int(p): i for i, p in reversed(list(enumerate(a.person)))}
    pairs = zip(units.person_a.tolist(), units.person_b.tolist(), units.why.tolist(), strict=True)
    assert first_of_each(units.unit) == unit
    assert {(first[one], first[other]): FOLDS[reason] for one, other, reason in pairs} == why


@pytest.mark.parametrize("seed", SEEDS)
def test_links_equal_what_loops_over_all_identifiers_find(seed: int) -> None:
    rows = small_world(seed)

    a, _, links, _ = stages(rows)
    found = Counter(
        (
            EVIDENCE_KINDS[links.kind[k]],
            tuple(np.unique(links.application[links.identifier == k]).tolist()),
            bool(links.owned[k]),
        )
        for k in np.unique(links.identifier).tolist()
    )

    assert learn_row_reach(a, PARAMS.evidence) == plain.row_reach(rows, PARAMS.evidence)
    assert found == Counter(
        (one.kind, one.applications, one.owned) for one in plain.link(rows, plain.fold(rows, UNITS[0])[0], PARAMS.evidence)
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_runs_and_their_tempo_equal_a_walk_along_every_identifier(seed: int) -> None:
    rows = small_world(seed)

    a, _, _, runs = stages(rows)
    unit, _ = plain.fold(rows, UNITS[0])
    expected = plain.cut(rows, unit, plain.link(rows, unit, PARAMS.evidence), RUNS)

    mine = sorted(run_rows(a, runs), key=str)
    theirs = sorted((plain_run(rows, run) for run in expected), key=str)
    assert [who for who, _ in mine] == [who for who, _ in theirs]
    for (who, found), (_, numbers) in zip(mine, theirs, strict=True):
        assert found == pytest.approx(numbers), who


def first_of_each(label: np.ndarray) -> list[int]:
    """Name groups by their first member."""
    first: dict[int, int] = {}
    return [first.setdefault(int(value), i) for i, value in enumerate(label)]


def run_rows(a: Applications, runs: Runs) -> list[tuple]:
    """Runs as comparable rows: kind, users, all users of the identifier; and numbers."""
    of_run = runs.identifier[runs.run]
    users_of = {i: tuple(runs.application[of_run == i].tolist()) for i in set(runs.identifier.tolist())}
    return [
        (
            (EVIDENCE_KINDS[runs.kind[r]], tuple(runs.application[runs.run == r].tolist()), users_of[int(runs.identifier[r])]),
            [
                runs.owned[r],
                runs.units[r],
                runs.all_units[r],
                runs.first_day[r],
                runs.last_day[r],
                runs.dealers[r],
                runs.salespersons[r],
                runs.employers[r],
                runs.all_employers[r],
                runs.dealer_share[r],
                runs.salesperson_share[r],
                runs.clerk[r],
                runs.untold[r],
                runs.tempo[r],
            ],
        )
        for r in range(len(runs))
    ]


def plain_run(rows: list[Row], run: plain.Run) -> tuple:
    mine = [rows[i] for i in run.users]
    return (
        (run.link.kind, run.users, run.all_users),
        [
            run.link.owned,
            len(mine),
            len(run.all_users),
            mine[0].day,
            mine[-1].day,
            len({row.dealer for row in mine}),
            len({row.seller for row in mine}),
            len({row.of("employer") for row in mine}),
            len({rows[i].of("employer") for i in run.all_users}),
            run.dealer_share,
            run.seller_share,
            run.clerk,
            not any(row.of("employer") for row in mine),
            run.tempo,
        ],
    )
