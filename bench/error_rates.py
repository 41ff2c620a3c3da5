"""What is stated beside what is true: q against the realised share of false rings, and the rates that everyday life leaves.

    python bench/error_rates.py [--seeds 2] [--first-seed 401] [--applications 60000] [--stability 0]

A ring is false if less than half of it comes from one planted ring. The last table is what `ErrorParams` tells: false rings
per 10,000 applications at so much evidence or more.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from bench.worlds import default_cache, world_columns
from graphfraud.detection.columns import Bools, Floats
from graphfraud.detection.detect import detect
from graphfraud.detection.error_rates import evidence_of
from graphfraud.detection.parameters import Parameters, StabilityParams
from graphfraud.evaluate import ring_purity
from graphfraud.export import members_table
from ingest.world.make import Plan, plan_world

STATED = (0.01, 0.05, 0.1, 0.2)
ALLOWED = 1.5  # realised ÷ stated
EVIDENCE = (3.5, 4.5, 6.0, 8.0, 13.0)


@dataclass(frozen=True)
class Rated:
    """The rings of one world: what is stated of each, and whether it is false."""

    sort: str
    applications: int
    q: Floats
    q_chance: Floats
    stability: Floats
    evidence: Floats
    false: Bools


def main() -> None:
    """Make the worlds, detect, and print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=2, help="worlds of each sort")
    parser.add_argument("--first-seed", type=int, default=401, help="seeds from here on")
    parser.add_argument("--applications", type=int, default=60_000, help="size of a world")
    parser.add_argument("--stability", type=int, default=0, metavar="RUNS", help="perturbed runs; 20 is usual")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder in which worlds are kept")
    arguments = parser.parse_args()
    params = Parameters(stability=StabilityParams(runs=arguments.stability))
    worlds = []
    for seed in range(arguments.first_seed, arguments.first_seed + arguments.seeds):
        for sort, plan in plans(arguments.applications, seed):
            worlds.append(rate(sort, plan, arguments.cache, params))
            print(line(f"{sort}, seed {seed}", [worlds[-1]]), flush=True)
    print("\n" + heading())
    for sort in dict.fromkeys(world.sort for world in worlds):
        print(line(sort, [world for world in worlds if world.sort == sort]))
    with_rings = [world for world in worlds if world.sort != "no fraud"]
    print(line("all with rings", with_rings))
    print("\n" + left_by_everyday_life(with_rings, params))
    if arguments.stability:
        print("\n" + by_stability(with_rings))


def plans(applications: int, seed: int) -> tuple[tuple[str, Plan], ...]:
    """Return one world of each sort."""
    return (
        ("normal", plan_world(applications, seed)),
        ("hard", plan_world(applications, seed, difficulty="hard")),
        ("unseen", plan_world(applications, seed, typologies="unseen")),
        ("no fraud", plan_world(applications, seed, fraud_free=True)),
    )


def rate(sort: str, plan: Plan, cache: Path, params: Parameters) -> Rated:
    """Detect the rings of a world and hold them against its truth; rings of neutral members only are left out."""
    columns, truth = world_columns(plan, cache)
    found = detect(columns, params)[1].rings
    purity = ring_purity(truth, members_table(found))
    rings = [ring for ring in found if ring.ring_id in purity.index]
    return Rated(
        sort,
        len(columns),
        np.array([ring.q for ring in rings], dtype=np.float64),
        np.array([ring.q_chance for ring in rings], dtype=np.float64),
        np.array([np.nan if ring.stability is None else ring.stability for ring in rings], dtype=np.float64),
        evidence_of(np.array([ring.risk for ring in rings], dtype=np.float64), params.risk),
        np.array([purity[ring.ring_id] < 0.5 for ring in rings], dtype=bool),
    )


def heading() -> str:
    """Name the columns of `line`."""
    cuts = "".join(f" | q ≤ {stated:<4}  false" for stated in STATED)
    return f"{'':<20} rings  false | chance{cuts}"


def line(name: str, worlds: Sequence[Rated]) -> str:
    """Say, for worlds together, rings and realised false share at each stated q; ! where it is more than allowed."""
    q = np.concatenate([world.q for world in worlds])
    false = np.concatenate([world.false for world in worlds])
    chance = np.mean([world.q_chance.max(initial=0.0) for world in worlds])
    cells = []
    for stated in STATED:
        kept = q <= stated
        share = float(false[kept].mean()) if kept.any() else 0.0
        cells.append(f" | {int(kept.sum()):>8}  {share:.3f}{'!' if share > ALLOWED * stated else ' '}")
    return f"{name:<20} {len(q):>5}  {int(false.sum()):>5} | {chance:>6.3f}" + "".join(cells)


def left_by_everyday_life(worlds: Iterable[Rated], params: Parameters) -> str:
    """Measure the false rings per 10,000 applications at so much evidence or more, beside what is told."""
    worlds = list(worlds)
    lines = ["evidence ≥   false per 10,000: mean, worst world   told"]
    for least in EVIDENCE:
        each = [float((world.false & (world.evidence >= least)).sum() / world.applications * 10_000) for world in worlds]
        told = params.errors.everyday * (least / params.risk.middle) ** -params.errors.fading
        lines.append(f"{least:>10}   {np.mean(each):>23.2f} {max(each):>13.2f} {told:>6.2f}")
    return "\n".join(lines)


def by_stability(worlds: Iterable[Rated]) -> str:
    """Say how many of the rings that are found again so often are true."""
    worlds = list(worlds)
    rings = pd.DataFrame(
        {"stability": np.concatenate([w.stability for w in worlds]), "true": ~np.concatenate([w.false for w in worlds])}
    )
    band = pd.cut(rings["stability"], [-1, 0.5, 0.8, 0.95, 1.0], labels=["≤ .5", "≤ .8", "≤ .95", "≤ 1"])
    return rings.groupby(band, observed=True)["true"].agg(["size", "mean"]).round(2).to_string()


if __name__ == "__main__":
    main()
