"""How well rings are found on worlds nobody tuned on, beside the textbook recipes; writes docs/quality.md itself.

    python bench/quality.py [--quick | --full] [--first-seed 101] [--out docs]

quick: one world of 60,000, a smaller one, and no everyday facts. full: ten seeds, normal and hard, three sizes up to a million.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean
from typing import TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bench.baselines import BASELINES, Found
from bench.picture import precision_recall_picture
from graphfraud.evaluate import Evaluation, evaluate
from ingest.world.make import Plan, make_world, plan_world
from ingest.world.registry import FACTS
from ingest.world.write import applications_table, truth_table

OURS = "graphfraud"
BINS = np.linspace(0, 1, 11)
Key = TypeVar("Key")


@dataclass(frozen=True)
class Extent:
    """How much is run: seeds per size and difficulty, sizes, seeds for fraud-free worlds and for everyday facts."""

    seeds: int
    sizes: tuple[int, ...]
    fraud_free: int
    fact_seeds: int
    baseline_seeds: int
    baseline_largest: int = 300_000


QUICK = Extent(seeds=1, sizes=(20_000, 60_000), fraud_free=1, fact_seeds=0, baseline_seeds=1)
USUAL = Extent(seeds=3, sizes=(20_000, 60_000, 200_000), fraud_free=3, fact_seeds=1, baseline_seeds=1)
FULL = Extent(seeds=10, sizes=(60_000, 300_000, 1_000_000), fraud_free=5, fact_seeds=3, baseline_seeds=2)


@dataclass(frozen=True)
class Run:
    """One method on one world; risks are claimed risk and truth of every application (ours only)."""

    method: str
    plan: Plan
    figures: Evaluation
    seconds: float
    claimed: NDArray[np.float64] = field(repr=False)
    true: NDArray[np.bool_] = field(repr=False)
    groups: Counter[str] = field(repr=False)  # applications in the world by benign group


def main() -> None:
    """Run the worlds and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="two small worlds, no everyday facts")
    extent.add_argument("--full", action="store_true", help="ten seeds and a million applications; takes hours")
    parser.add_argument("--first-seed", type=int, default=101, help="seeds from here on")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of quality.md and its picture")
    arguments = parser.parse_args()
    chosen = QUICK if arguments.quick else FULL if arguments.full else USUAL
    started = time.time()
    runs = list(main_runs(chosen, arguments.first_seed))
    free = [ours_on(Plan(60_000, seed, without=typologies())) for seed in seeds(arguments.first_seed, chosen.fraud_free)]
    facts = fact_runs(chosen, arguments.first_seed)
    arguments.out.mkdir(parents=True, exist_ok=True)
    curves = [(f"{r.plan.difficulty}, seed {r.plan.seed}", r.true, r.claimed) for r in runs if is_main(r, chosen)]
    (arguments.out / "quality.svg").write_text(precision_recall_picture(curves), encoding="utf-8")
    command = "python bench/quality.py" + (" --quick" if arguments.quick else " --full" if arguments.full else "")
    page = write_page(command, runs, free, facts, time.time() - started)
    (arguments.out / "quality.md").write_text(page, encoding="utf-8")
    print(page)


def seeds(first: int, count: int) -> range:
    """Return the seeds of a part."""
    return range(first, first + count)


def typologies() -> frozenset[str]:
    """Return the names of all typologies: what a world without fraud leaves out."""
    return frozenset(fact.name for fact in FACTS if fact.kind == "typology")


def is_main(run: Run, extent: Extent) -> bool:
    """Say whether a run is ours and of the size that the curves are drawn for."""
    return run.method == OURS and run.plan.applications == (60_000 if 60_000 in extent.sizes else extent.sizes[0])


def main_runs(extent: Extent, first: int) -> Iterator[Run]:
    """Run ours on every world, and the baselines on some."""
    for size in extent.sizes:
        # A size ten times as large says as much with a third of the seeds.
        count = extent.seeds if size <= 60_000 else max(1, extent.seeds // 3)
        for difficulty in ("normal", "hard"):
            for i, seed in enumerate(seeds(first, count)):
                plan = plan_world(size, seed, difficulty=difficulty)
                yield ours_on(plan)
                if i < extent.baseline_seeds and size <= extent.baseline_largest:
                    yield from baselines_on(plan)


def fact_runs(extent: Extent, first: int) -> dict[str, list[tuple[Run, Run]]]:
    """Run ours on worlds that lack one look-alike, everyday fact or kind of dirt (or have one that is not usual)."""
    found: dict[str, list[tuple[Run, Run]]] = defaultdict(list)
    for seed in seeds(first, extent.fact_seeds):
        whole = ours_on(Plan(60_000, seed))
        for fact in FACTS:
            if fact.kind == "typology":
                continue
            names = frozenset((fact.name,))
            plan = Plan(60_000, seed, without=names) if fact.usual else Plan(60_000, seed, also=names)
            other = ours_on(plan)
            found[fact.name].append((other, whole) if fact.usual else (whole, other))
    return found


def ours_on(plan: Plan) -> Run:
    """Find the rings of a world."""
    from graphfraud.notebook import find_rings

    frame, truth = frames(plan)
    start = time.time()
    found = find_rings(frame)
    return _measured(OURS, plan, truth, Found(found.members, found.applications), time.time() - start)


def baselines_on(plan: Plan) -> Iterator[Run]:
    """Run the textbook recipes on a world."""
    frame, truth = frames(plan)
    for name, baseline in BASELINES.items():
        start = time.time()
        found = baseline(frame)
        yield _measured(name, plan, truth, found, time.time() - start)


def frames(plan: Plan) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return a world's applications and truth as frames."""
    world = make_world(plan)
    return applications_table(world).to_pandas(), truth_table(world).to_pandas()


def _measured(method: str, plan: Plan, truth: pd.DataFrame, found: Found, seconds: float) -> Run:
    figures = evaluate(truth, found.members, found.applications)
    counted = truth[truth["ring_person"].astype(str) != "True"]
    risk = found.applications.drop_duplicates("application_id").set_index("application_id")["risk"]
    claimed = counted["application_id"].map(risk).fillna(0.0).to_numpy(dtype=float)
    groups = Counter(truth["benign_group"].fillna("none").tolist())
    print(_line(method, plan, figures, seconds), file=sys.stderr, flush=True)
    return Run(method, plan, figures, seconds, claimed, (counted["ring_id"] >= 0).to_numpy(), groups)


def _line(method: str, plan: Plan, e: Evaluation, seconds: float) -> str:
    facts = " ".join(["-" + name for name in sorted(plan.without)[:2]] + ["+" + name for name in sorted(plan.also)])
    figures = f"AP {number(e.ap)} recall {number(e.ring_recall)} precision {number(e.ring_precision)}"
    world = f"{plan.applications:>9,} {plan.difficulty:6} seed {plan.seed}"
    return f"{world} {method:28} {figures} review {e.rings_at_review} {seconds:.0f} s {facts}"


def write_page(
    command: str, runs: Sequence[Run], free: Sequence[Run], facts: dict[str, list[tuple[Run, Run]]], seconds: float
) -> str:
    """Put the page together."""
    parts = [
        "# Detection quality",
        f"Written by `{command}` ({seconds / 60:.0f} minutes); do not edit. Worlds are synthetic (`graphfraud generate`), "
        "with seeds that nobody tuned on; `graphfraud.evaluate` defines the figures; means over the seeds.",
        "## Ours beside the textbook recipes",
        _main_table(runs),
        "![precision against recall](quality.svg)",
        "## Ring recall by typology",
        _typology_table(runs),
        "## Honest groups among the top rings",
        "Applications of each group in the world, and how many of them stand in the top R rings (R: rings planted).",
        _caught_table(runs),
        "## Worlds without any fraud",
        _free_table(free),
        "## What a claimed risk is worth",
        "Applications by claimed risk (60,000, all seeds): share of them that are in a planted ring.",
        _calibration_table(runs),
    ]
    if facts:
        parts += [
            "## What each fact of life costs",
            "AP of a world without the fact, less AP with it: how much detection loses when it comes in. "
            "The last ones are stresses that happen only when asked for (`--with`).",
            _fact_table(facts),
        ]
    return "\n\n".join(parts) + "\n"


def _main_table(runs: Sequence[Run]) -> str:
    rows = []
    for (size, difficulty, method), group in _grouped(runs, lambda r: (r.plan.applications, r.plan.difficulty, r.method)):
        e = [run.figures for run in group]
        figures = [average(getattr(one, name) for one in e) for name in FIGURES]
        rows.append((f"{size:,}", difficulty, method, str(len(group)), *figures, f"{mean(run.seconds for run in group):.0f}"))
    return _table(("applications", "difficulty", "method", "seeds", *FIGURES.values(), "s"), rows)


FIGURES = {
    "ap": "AP",
    "auc": "AUC",
    "p_at_k": "P@K",
    "ring_recall": "ring recall",
    "mean_jaccard": "Jaccard",
    "ring_precision": "ring precision",
    "fragments": "fragments",
    "false_at_review": "false rings ≥ .5",
}


def _typology_table(runs: Sequence[Run]) -> str:
    names = [fact.name for fact in FACTS if fact.kind == "typology"]
    ours = [run for run in runs if run.method == OURS]
    others = [run for run in runs if run.method != OURS]
    rows = []
    for name in names:
        cells = []
        for difficulty in ("normal", "hard"):
            cells.append(average(r.figures.by_typology.get(name) for r in ours if r.plan.difficulty == difficulty))
        best = max((r.figures.by_typology.get(name, 0.0) for r in others), default=None)
        rows.append((name, *cells, number(best)))
    return _table(("typology", "normal", "hard", "best of any recipe"), rows)


def _caught_table(runs: Sequence[Run]) -> str:
    ours = [run for run in runs if run.method == OURS]
    there, caught = Counter[str](), Counter[str]()
    for run in ours:
        there += run.groups
        caught += Counter(dict(run.figures.caught))
    rows = [(name, f"{count:,}", f"{caught[name]:,}", f"{caught[name] / count:.4%}") for name, count in there.most_common()]
    return _table(("group", "applications", "among the top rings", "share"), rows)


def _free_table(free: Sequence[Run]) -> str:
    rows = [
        (str(run.plan.seed), f"{run.plan.applications:,}", str(run.figures.rings_at_review),
         f"{run.figures.rings_at_review / run.plan.applications * 10_000:.2f}")
        for run in free
    ]  # fmt: skip
    return _table(("seed", "applications", "rings of risk ≥ 0.5", "per 10,000"), rows)


def _calibration_table(runs: Sequence[Run]) -> str:
    ours = [run for run in runs if run.method == OURS and run.plan.applications >= 60_000]
    if not ours:
        return "(no world of that size was run)"
    claimed, true = np.concatenate([r.claimed for r in ours]), np.concatenate([r.true for r in ours])
    place = np.clip(np.digitize(claimed, BINS) - 1, 0, 9)
    rows = []
    for i in range(10):
        inside = place == i
        if inside.any():
            says, holds = claimed[inside].mean(), true[inside].mean()
            bounds = f"{BINS[i]:.1f}–{BINS[i + 1]:.1f}"
            rows.append((bounds, f"{int(inside.sum()):,}", number(says), number(holds), f"{holds - says:+.3f}"))
    return _table(("claimed", "applications", "mean claim", "true share", "off by"), rows)


def _fact_table(facts: dict[str, list[tuple[Run, Run]]]) -> str:
    says = {fact.name: fact for fact in FACTS}
    rows = []
    for name, pairs in facts.items():
        cost = mean((without.figures.ap or 0) - (having.figures.ap or 0) for without, having in pairs)
        recall = mean((without.figures.ring_recall or 0) - (having.figures.ring_recall or 0) for without, having in pairs)
        kind = says[name].kind if says[name].usual else "stress"
        rows.append((name, kind, f"{cost:+.3f}", f"{recall:+.3f}", says[name].says))
    rows.sort(key=lambda row: (row[1] == "stress", -float(row[2])))
    return _table(("fact", "kind", "AP lost", "ring recall lost", "what it is"), rows)


def _grouped(runs: Sequence[Run], key: Callable[[Run], Key]) -> list[tuple[Key, list[Run]]]:
    groups: dict[Key, list[Run]] = {}
    for run in runs:
        groups.setdefault(key(run), []).append(run)
    return list(groups.items())


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])


def average(values: Iterable[float | None]) -> str:
    """Return the mean of what is known, as text."""
    known = [value for value in values if value is not None]
    return number(mean(known)) if known else "–"


def number(value: float | None) -> str:
    """Write a figure with three digits."""
    return "–" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    main()
