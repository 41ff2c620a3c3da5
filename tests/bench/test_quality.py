"""The bench of detection quality: results survive a kill, every stage can be left out, and the page says what was found."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from bench.ablations import ABLATIONS, ablation
from bench.goals import goals, sort_of
from bench.measure import Job, Result, run_all
from bench.quality import FULL, QUICK, USUAL, Extent, jobs
from bench.quality_page import write_page, write_picture
from bench.worlds import plan_key, world_columns
from graphfraud.detection.judge import calibrate_and_judge
from graphfraud.detection.parameters import Parameters
from ingest.world.make import plan_world

SMALL = Extent({3_000: 1}, {3_000: 1}, unseen=1, unseen_hard=0, afar=0, free=1, facts=0, ablations=0, size=3_000)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("quality")


@pytest.fixture(scope="module")
def results(cache: Path) -> dict[Job, Result]:
    return run_all(jobs(SMALL, 7), cache, 2)


def test_every_job_has_a_result_and_is_not_run_again(results: dict[Job, Result], cache: Path) -> None:
    before = (cache / "results.jsonl").read_text()

    again = run_all(jobs(SMALL, 7), cache, 2)

    assert set(results) == set(jobs(SMALL, 7))
    assert again == results
    assert (cache / "results.jsonl").read_text().split() == before.split()


def test_a_run_that_was_killed_goes_on_behind_the_line_that_it_cut_short(
    results: dict[Job, Result], cache: Path, tmp_path: Path
) -> None:
    lines = (cache / "results.jsonl").read_text().strip().splitlines()
    (tmp_path / "worlds").symlink_to(cache / "worlds")
    (tmp_path / "results.jsonl").write_text("\n".join(lines[:-1]) + "\n" + lines[-1][:40])

    found = run_all(jobs(SMALL, 7), tmp_path, 1)
    kept = [json.loads(line)["key"] for line in (tmp_path / "results.jsonl").read_text().splitlines() if line.endswith("}")]

    assert {job: result.figures for job, result in found.items()} == {job: r.figures for job, r in results.items()}
    assert len(kept) == len(set(kept)) == len(lines)


def test_the_page_and_the_picture_show_what_was_found(results: dict[Job, Result]) -> None:
    page = write_page("bench", list(results.values()), 60.0)

    assert "| 3,000 | usual | graphfraud | 1 |" in page
    assert "Leiden, CPM" in page
    assert "What a claimed risk" not in page  # no world of that size was run
    assert write_picture(list(results.values())).startswith("<svg")


def test_goals_are_met_or_missed_by_the_figures() -> None:
    plan = plan_world(60_000, 1)
    base = next(iter(_results_of_60_000(0.95)))
    assert sort_of(plan) == "usual"
    assert {goal.met for goal in goals([base]) if goal.about.endswith(": AP")} == {True}
    assert {goal.met for goal in goals(list(_results_of_60_000(0.93))) if goal.about.endswith(": AP")} == {False}


def _results_of_60_000(ap: float) -> list[Result]:
    from graphfraud.evaluate import Evaluation

    figures = Evaluation(ap, 0.99, 0.9, 0.95, 0.9, 0.98, 1.0, 60, 60, 60, 1, {}, {})
    return [Result(Job(plan_world(60_000, 1)), figures, 1.0, ((100, 5.0, 5),) * 10, [], {}, {})]


@pytest.mark.parametrize("name", [one.name for one in ABLATIONS])
def test_every_stage_can_be_left_out(name: str, cache: Path, results: dict[Job, Result]) -> None:
    columns, _ = world_columns(plan_world(3_000, 7), cache)
    usual = Parameters()

    with ablation(name).applied() as parameters:
        found = calibrate_and_judge(columns, parameters)[1]

    assert found is not None
    assert parameters != usual or ablation(name).wrapped


def test_worlds_are_named_by_their_plan() -> None:
    plan = plan_world(3_000, 7)

    assert plan_key(plan) == plan_key(plan_world(3_000, 7))
    assert len({plan_key(plan), plan_key(replace(plan, seed=8)), plan_key(plan_world(3_000, 7, typologies="unseen"))}) == 3


def test_the_long_run_has_ten_seeds_normal_and_hard_in_three_sizes_and_the_others_have_less() -> None:
    full = [
        job
        for job in jobs(FULL, 1)
        if sort_of(job.plan) in ("usual", "hard") and not job.ablation and job.method == "graphfraud"
    ]

    assert len(full) == 10 * 2 * 3
    assert len(jobs(QUICK, 1)) < len(jobs(USUAL, 1)) < len(jobs(FULL, 1))
