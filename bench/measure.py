"""Run detection and the textbook recipes over worlds in several processes; every result is kept as a JSON line.

A run that is killed goes on where it was: results are named by plan, method, ablation and the source code behind them.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from bench.ablations import ablation
from bench.baselines import BASELINES
from bench.picture import Curve, curve_of
from bench.worlds import plan_key, source_version, world_columns, world_frame
from graphfraud.detection.judge import Findings, calibrate_and_judge
from graphfraud.evaluate import Evaluation, evaluate
from ingest.world.make import Plan

OURS = "graphfraud"
BINS = 10
JUDGED_BY = ("graphfraud/detection/**/*.py", "graphfraud/evaluate.py", "bench/ablations.py", "bench/measure.py")
COMPARED_BY = ("bench/baselines.py", "graphfraud/evaluate.py", "bench/measure.py")


@dataclass(frozen=True)
class Job:
    """One method on one world; ablation is the stage left out ("": none)."""

    plan: Plan
    method: str = OURS
    ablation: str = ""

    @property
    def key(self) -> str:
        """Name of the result: the same as long as nothing behind it changes."""
        return f"{plan_key(self.plan)} {_code(self.method == OURS)} {self.method} {self.ablation}".strip()


@dataclass(frozen=True)
class Result:
    """What a job gave.

    bins: for ten bins of claimed risk, applications, the sum of their claims, and how many are in a planted ring.
    curve: precision against recall. groups: applications of the world by benign group. false_rings: those of the top R
    rings (R: rings planted) that are no ring, by the benign group of most of their members.
    """

    job: Job
    figures: Evaluation
    seconds: float
    bins: tuple[tuple[int, float, int], ...]
    curve: Curve
    groups: Mapping[str, int]
    false_rings: Mapping[str, int]


@lru_cache(maxsize=2)
def _code(ours: bool) -> str:
    return source_version(*(JUDGED_BY if ours else COMPARED_BY))


def run_all(jobs: Iterable[Job], cache: Path, processes: int, fresh: bool = False) -> dict[Job, Result]:
    """Run the jobs that have no result yet and return the results of all; `fresh` runs all of them again."""
    wanted = {job.key: job for job in jobs}
    known = {} if fresh else _read(cache / "results.jsonl")
    found = {job: _result(job, known[key]) for key, job in wanted.items() if key in known}
    todo = [job for key, job in wanted.items() if key not in known]
    say(f"{len(wanted)} runs, {len(found)} of them known; worlds and results are kept in {cache}")
    cache.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with (cache / "results.jsonl").open("a", encoding="utf-8") as file:
        file.write("\n")  # ends a line that a kill cut short
        for done, (job, values) in enumerate(_in_processes(todo, cache, processes), 1):
            file.write(json.dumps({"key": job.key, **values}, sort_keys=True) + "\n")
            file.flush()
            os.fsync(file.fileno())
            found[job] = _result(job, json.loads(json.dumps(values)))
            say(f"{done}/{len(todo)} {time.monotonic() - began:5.0f} s  {line_of(found[job])}")
    return found


def say(text: str) -> None:
    """Tell how far the work is."""
    print(text, file=sys.stderr, flush=True)


def line_of(result: Result) -> str:
    """Write a result in one line."""
    plan, e = result.job.plan, result.figures
    facts = " ".join(["-" + name for name in sorted(plan.without)[:2]] + ["+" + name for name in sorted(plan.also)[:2]])
    figures = f"AP {number(e.ap)} recall {number(e.ring_recall)} precision {number(e.ring_precision)}"
    world = f"{plan.applications:>9,} {plan.difficulty:6} seed {plan.seed}"
    left_out = f" without {result.job.ablation}" if result.job.ablation else ""
    return f"{world} {result.job.method}{left_out} {figures} review {e.rings_at_review} {result.seconds:.1f} s {facts}"


def number(value: float | None) -> str:
    """Write a figure with three digits."""
    return "–" if value is None else f"{value:.3f}"


def _in_processes(jobs: Sequence[Job], cache: Path, processes: int) -> Iterator[tuple[Job, dict[str, Any]]]:
    if not jobs:
        return
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # one core a process
    batches = list(_batches(jobs))
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        running = {pool.submit(run_batch, batch, cache): batch for batch in batches}
        for future in as_completed(running):
            yield from zip(running[future], future.result(), strict=True)


def _batches(jobs: Sequence[Job], most: int = 8) -> Iterator[tuple[Job, ...]]:
    """Put jobs of one world together, in order: it is read once."""
    batch: list[Job] = []
    for job in jobs:
        if batch and (job.plan != batch[0].plan or (job.method == OURS) != (batch[0].method == OURS) or len(batch) == most):
            yield tuple(batch)
            batch = []
        batch.append(job)
    if batch:
        yield tuple(batch)


def run_batch(jobs: Sequence[Job], cache: Path) -> list[dict[str, Any]]:
    """Run jobs of one world."""
    if jobs[0].method != OURS:
        frame, truth = world_frame(jobs[0].plan)
        return [_run_baseline(job, frame, truth) for job in jobs]
    return [_run_ours(job, cache) for job in jobs]


def _run_ours(job: Job, cache: Path) -> dict[str, Any]:
    columns, truth = world_columns(job.plan, cache)
    with ablation(job.ablation).applied() as parameters:
        began = time.monotonic()
        findings = calibrate_and_judge(columns, parameters)[1]
        seconds = time.monotonic() - began
    assert findings is not None
    return measured(truth, *tables_of(findings), seconds)


def tables_of(findings: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return members and applications as `evaluate` reads them."""
    rows = [(ring.ring_id, name, ring.risk) for ring in findings.rings for name, _ in ring.members]
    members = pd.DataFrame(rows, columns=["ring_id", "application_id", "risk"])
    return members, pd.DataFrame({"application_id": findings.application_id, "risk": findings.risk})


def _run_baseline(job: Job, frame: pd.DataFrame, truth: pd.DataFrame) -> dict[str, Any]:
    began = time.monotonic()
    found = BASELINES[job.method](frame)
    return measured(truth, found.members, found.applications, time.monotonic() - began)


def measured(truth: pd.DataFrame, members: pd.DataFrame, applications: pd.DataFrame, seconds: float) -> dict[str, Any]:
    """Return everything that the page shows of a run, as plain values."""
    figures = evaluate(truth, members, applications)
    counted = truth[truth["ring_person"].astype(str) != "True"]
    risk = applications.drop_duplicates("application_id").set_index("application_id")["risk"]
    claimed = counted["application_id"].map(risk).fillna(0.0).to_numpy(dtype=float)
    true = (counted["ring_id"] >= 0).to_numpy()
    place = np.clip((claimed * BINS).astype(np.int64), 0, BINS - 1)
    return {
        "figures": asdict(figures),
        "seconds": round(seconds, 2),
        "bins": [(int((place == i).sum()), float(claimed[place == i].sum()), int(true[place == i].sum())) for i in range(BINS)],
        "curve": curve_of(true, claimed) if true.any() else [],
        "groups": truth["benign_group"].fillna("none").value_counts().to_dict(),
        "false_rings": _false_rings(truth, members, figures.rings_planted),
    }


def _false_rings(truth: pd.DataFrame, members: pd.DataFrame, top: int) -> dict[str, int]:
    """Count those of the top rings that come to less than half from one planted ring, by most members' benign group."""
    if not len(members) or not top:
        return {}
    by_ring = members.groupby("ring_id").agg(size=("application_id", "nunique"), risk=("risk", "max")).reset_index()
    order = by_ring.sort_values(["risk", "size", "ring_id"], ascending=[False, False, True])["ring_id"].head(top)
    rows = members[members["ring_id"].isin(order)].merge(truth, on="application_id", suffixes=("", "_true"))
    planted = rows["ring_id_true"].to_numpy()
    largest = rows[planted >= 0].groupby(["ring_id", "ring_id_true"]).size().groupby("ring_id").max()
    size = rows.groupby("ring_id").size()
    wrong = rows[rows["ring_id"].isin(size.index[largest.reindex(size.index).fillna(0) < size / 2])]
    group = wrong["benign_group"].fillna("none").groupby(wrong["ring_id"]).agg(lambda names: names.value_counts().index[0])
    return {str(name): int(count) for name, count in group.value_counts().items()}


def _result(job: Job, values: Mapping[str, Any]) -> Result:
    return Result(
        job,
        Evaluation(**values["figures"]),
        values["seconds"],
        tuple((n, claim, true) for n, claim, true in values["bins"]),
        [(recall, precision) for recall, precision in values["curve"]],
        values["groups"],
        values["false_rings"],
    )


def _read(path: Path) -> dict[str, dict[str, Any]]:
    """Read the results; a line that a kill cut short does not count."""
    known: dict[str, dict[str, Any]] = {}
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            try:
                values = json.loads(line)
                known[values.pop("key")] = values
            except ValueError:
                continue
    return known
