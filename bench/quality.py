"""How well rings are found on worlds nobody tuned on, beside the textbook recipes; writes docs/quality.md itself.

    python bench/quality.py [--quick | --full] [--first-seed 1001] [--out docs] [--cache FOLDER] [--processes 2] [--fresh]

quick: two small worlds, no everyday facts, a few stages left out. full: ten seeds, normal and hard, three sizes up to a
million; hours. Worlds and results are kept in the cache folder: a run that is killed goes on where it was, and what was
measured with the same code is not measured again (unless --fresh).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.ablations import ABLATIONS
from bench.baselines import BASELINES
from bench.goals import AFAR, STRESSES
from bench.measure import Job, run_all
from bench.quality_page import write_page, write_picture
from bench.worlds import default_cache
from ingest.world.make import Plan, plan_world
from ingest.world.registry import FACTS

DIFFICULTIES = ("normal", "hard")


@dataclass(frozen=True)
class Extent:
    """How much is run: seeds by size (normal and hard each), and seeds of every other part, those at `size`.

    baselines: seeds by size for the textbook recipes. ablations: the worlds (seed by seed: usual, hard,
    unseen, hard afar, free) on which stages are left out.
    """

    seeds: dict[int, int]
    baselines: dict[int, int]
    unseen: int
    unseen_hard: int
    afar: int
    free: int
    facts: int
    ablations: int
    size: int = 60_000


QUICK = Extent({20_000: 1, 60_000: 1}, {20_000: 1}, unseen=1, unseen_hard=0, afar=0, free=1, facts=0, ablations=0)
USUAL = Extent(
    {20_000: 3, 60_000: 10, 300_000: 1, 1_000_000: 1},
    {20_000: 1},
    unseen=5,
    unseen_hard=1,
    afar=3,
    free=3,
    facts=1,
    ablations=1,
)
FULL = Extent(
    {60_000: 10, 300_000: 10, 1_000_000: 10},
    {60_000: 10, 300_000: 3, 1_000_000: 1},
    unseen=10,
    unseen_hard=5,
    afar=10,
    free=5,
    facts=3,
    ablations=2,
)


def main() -> None:
    """Run the worlds and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    extent = parser.add_mutually_exclusive_group()
    extent.add_argument("--quick", action="store_true", help="two small worlds, no everyday facts")
    extent.add_argument("--full", action="store_true", help="ten seeds and a million applications; takes hours")
    parser.add_argument("--first-seed", type=int, default=1001, help="seeds from here on")
    parser.add_argument("--out", type=Path, default=Path("docs"), help="folder of quality.md and its picture")
    parser.add_argument("--cache", type=Path, default=default_cache(), help="folder of worlds and results")
    parser.add_argument("--processes", type=int, default=2, help="processes at a time")
    parser.add_argument("--fresh", action="store_true", help="measure again what is known")
    options = parser.parse_args()
    chosen = QUICK if options.quick else FULL if options.full else USUAL
    began = time.monotonic()
    results = run_all(jobs(chosen, options.first_seed), options.cache, options.processes, options.fresh)
    found = [results[job] for job in jobs(chosen, options.first_seed)]
    command = "python bench/quality.py" + (" --quick" if options.quick else " --full" if options.full else "")
    page = write_page(command, found, time.monotonic() - began)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "quality.svg").write_text(write_picture(found), encoding="utf-8")
    (options.out / "quality.md").write_text(page, encoding="utf-8")
    print(page)


def jobs(extent: Extent, first: int) -> list[Job]:
    """Return every run of an extent once, worlds that others need first, small before large."""
    return list(dict.fromkeys([*_main_jobs(extent, first), *_other_jobs(extent, first), *_large_jobs(extent, first)]))


def _main_jobs(extent: Extent, first: int) -> Iterator[Job]:
    for size, count in sorted(extent.seeds.items()):
        if size <= extent.size:
            yield from _both(size, count, extent.baselines.get(size, 0), first)


def _large_jobs(extent: Extent, first: int) -> Iterator[Job]:
    for size, count in sorted(extent.seeds.items()):
        if size > extent.size:
            yield from _both(size, count, extent.baselines.get(size, 0), first)


def _both(size: int, seeds: int, baselines: int, first: int) -> Iterator[Job]:
    for seed in range(first, first + seeds):
        for difficulty in DIFFICULTIES:
            plan = plan_world(size, seed, difficulty=difficulty)
            yield Job(plan)
            if seed - first < baselines:
                yield from (Job(plan, name) for name in BASELINES)


def _other_jobs(extent: Extent, first: int) -> Iterator[Job]:
    size = extent.size
    for seed in range(first, first + extent.unseen):
        yield Job(plan_world(size, seed, typologies="unseen"))
    for seed in range(first, first + extent.unseen_hard):
        yield Job(plan_world(size, seed, typologies="unseen", difficulty="hard"))
    for seed in range(first, first + extent.afar):
        yield Job(plan_world(size, seed, also=(AFAR,)))
        yield Job(plan_world(size, seed, difficulty="hard", also=(AFAR,)))
        yield Job(plan_world(size, seed, typologies="unseen", also=(AFAR,)))
    for seed in range(first, first + extent.free):
        yield Job(plan_world(size, seed, fraud_free=True))
    for seed in range(first, first + extent.facts):
        yield Job(plan_world(size, seed))
        for fact in FACTS:
            if fact.kind != "typology":
                put_in = plan_world(size, seed, also=(fact.name,))
                yield Job(plan_world(size, seed, without=(fact.name,)) if fact.usual else put_in)
    for seed in range(first, first + extent.ablations):
        for plan in _of_each_sort(size, seed):
            yield Job(plan)
            yield from (Job(plan, ablation=left_out.name) for left_out in ABLATIONS)


def _of_each_sort(size: int, seed: int) -> tuple[Plan, ...]:
    return (
        plan_world(size, seed),
        plan_world(size, seed, difficulty="hard"),
        plan_world(size, seed, typologies="unseen"),
        plan_world(size, seed, difficulty="hard", also=(AFAR,)),
        plan_world(size, seed, fraud_free=True, also=STRESSES),
    )


if __name__ == "__main__":
    main()
