"""What detection has to reach, and whether a set of results does."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import mean

from bench.measure import BINS, OURS, Result
from ingest.world.make import Plan
from ingest.world.registry import FACTS, TYPOLOGIES, UNSEEN

NOBODY = frozenset((*TYPOLOGIES, *UNSEEN))
STRESSES = tuple(fact.name for fact in FACTS if fact.kind != "typology" and not fact.usual)
AFAR = "recruited_afar"  # the stress that changes gangs and nobody else: a sort of world of its own
MAIN_SIZE = 60_000
FIGURES = {"ap": "AP", "ring_recall": "ring recall", "ring_precision": "ring precision", "fragments": "fragments"}
WANTED = {
    "usual": {"ap": 0.94, "ring_recall": 0.94, "ring_precision": 0.97, "fragments": 1.05},
    "unseen": {"ap": 0.88, "ring_recall": 0.88, "ring_precision": 0.96, "fragments": 1.1},
    "hard": {"ap": 0.86, "ring_recall": 0.86, "ring_precision": 0.95, "fragments": 1.1},
}
SIZES_WITHIN = 0.02
FALSE_PER_10_000 = 1.0
FACT_MOVES = 0.03
RISK_OFF_BY = 0.07
LEAST_IN_BIN = 50  # a bin with fewer applications says little about its claim
EXPLAINED = ("household", "small_fleet", "dormitory", "named_relative", "reapplication")


@dataclass(frozen=True)
class Reached:
    """One goal: what it is about, the bound as text, the figure as text, and whether it is met."""

    about: str
    goal: str
    figure: str
    met: bool


def sort_of(plan: Plan) -> str:
    """Say what a world is for: usual, hard, unseen, unseen hard (each also afar: gangs recruit all over the country), free (no
    fraud), stressed (no fraud, but every stress) or fact (something of life is out or in).
    """
    out, put_in = plan.without, plan.also - {AFAR}
    if out >= NOBODY:
        return "stressed" if plan.also else "free"
    afar = " afar" if AFAR in plan.also else ""
    if out == frozenset(TYPOLOGIES) and put_in == frozenset(UNSEEN):
        return ("unseen" if plan.difficulty == "normal" else "unseen hard") + afar
    if out or put_in:
        return "fact"
    return ("usual" if plan.difficulty == "normal" else "hard") + afar


def ours(results: Iterable[Result], sort: str, applications: int | None = None) -> list[Result]:
    """Return our whole runs on worlds of one sort (and size)."""
    return [
        r
        for r in results
        if r.job.method == OURS
        and not r.job.ablation
        and sort_of(r.job.plan) == sort
        and (applications is None or r.job.plan.applications == applications)
    ]


def average(values: Iterable[float | None]) -> float | None:
    """Return the mean of what is known."""
    known = [value for value in values if value is not None]
    return mean(known) if known else None


def figure(results: Sequence[Result], name: str) -> float | None:
    """Return the mean of a figure over runs."""
    return average(getattr(r.figures, name) for r in results)


def goals(results: Sequence[Result]) -> list[Reached]:
    """Compare with every goal for which there are results."""
    found: list[Reached] = []
    for sort, wanted in WANTED.items():
        runs = ours(results, sort, MAIN_SIZE)
        found += [_bound(f"{MAIN_SIZE:,}, {sort}: {FIGURES[name]}", name, figure(runs, name), w) for name, w in wanted.items()]
    found += _sizes(results)
    free = ours(results, "free")
    if free:
        rate = mean(r.figures.rings_at_review / r.job.plan.applications * 10_000 for r in free)
        found.append(_most("a world without fraud: rings of risk ≥ 0.5 per 10,000", rate, FALSE_PER_10_000, 2))
    moved = fact_costs(results)
    if moved:
        name, cost = max(moved.items(), key=lambda item: abs(item[1]))
        found.append(_most(f"an everyday fact switched off moves AP (most: {name})", abs(cost), FACT_MOVES))
    off = [abs(claim - true) for count, claim, true in risk_bins(results) if count >= LEAST_IN_BIN]
    if off:
        found.append(_most(f"claimed risk against true share, ten bins (of {LEAST_IN_BIN} and more)", max(off), RISK_OFF_BY))
    runs = [r for sort in ("usual", "hard") for r in ours(results, sort)]
    if runs:
        caught = sum(r.false_rings.get(name, 0) for r in runs for name in EXPLAINED)
        found.append(_most(f"families, fleets, dormitories among the top rings of {len(runs)} worlds", caught, 0, 0))
    return [goal for goal in found if goal.figure != "–"]


def _bound(about: str, name: str, value: float | None, wanted: float) -> Reached:
    if value is None:
        return Reached(about, "", "–", False)
    if name == "fragments":
        return _most(about, value, wanted)
    return Reached(about, f"≥ {wanted:.2f}", f"{value:.3f}", value >= wanted)


def _most(about: str, value: float, wanted: float, digits: int = 3) -> Reached:
    return Reached(about, f"≤ {wanted:g}", f"{value:.{digits}f}", value <= wanted)


def _sizes(results: Sequence[Result]) -> list[Reached]:
    found = []
    for sort in ("usual", "hard"):
        whole = ours(results, sort)
        base = ours(results, sort, MAIN_SIZE)
        for size in sorted({r.job.plan.applications for r in whole} - {MAIN_SIZE}):
            runs = ours(results, sort, size)
            for name in ("ap", "ring_recall", "ring_precision"):
                one, other = figure(base, name), figure(runs, name)
                if one is not None and other is not None:
                    about = f"{size:,}, {sort}: {FIGURES[name]} below that of {MAIN_SIZE:,}"
                    found.append(_most(about, max(one - other, 0.0), SIZES_WITHIN))
    return found


def fact_costs(results: Sequence[Result], name: str = "ap", usual: bool = True) -> dict[str, float]:
    """Return by fact how much a figure is lower in the world that has it, over the seeds; usual facts or stresses."""
    whole = {(r.job.plan.applications, r.job.plan.seed): r for r in ours(results, "usual")}
    lost: dict[str, list[float]] = {}
    for r in ours(results, "fact"):
        with_all = whole.get((r.job.plan.applications, r.job.plan.seed))
        fact = next(iter(r.job.plan.without | r.job.plan.also))
        here = getattr(r.figures, name)
        there = getattr(with_all.figures, name) if with_all else None
        if here is not None and there is not None and bool(r.job.plan.without) == usual:
            lost.setdefault(fact, []).append(here - there if usual else there - here)
    return {fact.name: mean(lost[fact.name]) for fact in FACTS if fact.name in lost}


def risk_bins(results: Sequence[Result]) -> list[tuple[int, float, float]]:
    """Return, by bin of claimed risk, applications, mean claim and true share: usual and hard worlds of the main size."""
    runs = [r for sort in ("usual", "hard") for r in ours(results, sort, MAIN_SIZE)]
    bins = []
    for i in range(BINS):
        count = sum(r.bins[i][0] for r in runs)
        claim, true = sum(r.bins[i][1] for r in runs), sum(r.bins[i][2] for r in runs)
        bins.append((count, claim / max(count, 1), true / max(count, 1)))
    return bins
