"""Load and scan folders of real input: the one in the contract's columns as it is, others by the shipped mapping of their name.

    python bench/real_data.py FOLDER

FOLDER/auto_loans_dev (applications, dealers, outcomes, truth) is evaluated too. On FOLDER/neo4j_demo_fraud the pairs of
customers that share identifiers have to be those that Neo4j published, with their counts. Each folder gets a data folder of
its own. Ends with 1 when average precision or ring recall is below 0.70, or the pairs differ.
"""

from __future__ import annotations

import argparse
import csv
import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from bench.command import said, stop_engine

PLAIN, TRUTH = "auto_loans_dev", "truth.csv.gz"
PAIRS, PUBLISHED = "neo4j_demo_fraud", "Customer_SHARED_IDENTIFIERS_Customer.csv"
LEAST = 0.70
Pairs = dict[tuple[str, str], int]


def main() -> int:
    """Run every folder and return 0 if all is as it has to be."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    options = parser.parse_args()
    shipped = {path.name.removesuffix(".toml") for path in files("ingest.mappings").iterdir() if path.name.endswith(".toml")}
    there = sorted(path for path in options.folder.iterdir() if path.is_dir() and path.name in {PLAIN, *shipped})
    lacking = {PLAIN, PAIRS} - {path.name for path in there}
    if lacking:
        raise SystemExit(f"{options.folder} has no folder {' and no folder '.join(sorted(lacking))}")
    return 1 if sum([failures(folder) for folder in there]) else 0


def failures(folder: Path) -> int:
    """Load and scan a folder, print what came out, and return how much of it is not as it has to be."""
    with tempfile.TemporaryDirectory(prefix="graphfraud-real-") as made:
        home = Path(made)
        try:
            mapping = () if folder.name == PLAIN else ("--mapping", folder.name)
            began = time.monotonic()
            loaded = said(home, "load", folder, *mapping)
            seconds = time.monotonic() - began
            print(f"{folder.name}: {loaded['read']:,} rows loaded in {seconds:.1f} s, {loaded['rejected']} rejected")
            began = time.monotonic()
            counts = said(home, "scan")["counts"]
            found = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in counts.items())
            print(f"  scanned in {time.monotonic() - began:.1f} s: {found}", flush=True)
            if folder.name == PLAIN:
                return evaluated(home, folder / TRUTH)
            return paired(home, folder / PUBLISHED) if folder.name == PAIRS else 0
        finally:
            stop_engine(home)


def evaluated(home: Path, truth: Path) -> int:
    """Print how well the rings were found and return how many figures are too low."""
    figures = said(home, "evaluate", truth)
    print("  " + ", ".join(f"{name} {figures[name]:.3f}" for name in ("ap", "ring_recall", "ring_precision", "p_at_k")))
    low = [name for name in ("ap", "ring_recall") if figures[name] < LEAST]
    if low:
        print(f"  TOO LOW: {', '.join(low)} (at least {LEAST})")
    return len(low)


def paired(home: Path, published: Path) -> int:
    """Compare the pairs with the published ones, which are listed in both directions; return 1 if they differ."""
    ours: Pairs = {ordered(pair["first"], pair["second"]): pair["count"] for pair in said(home, "pairs")["pairs"]}
    with published.open(encoding="utf-8", newline="") as file:
        theirs: Pairs = {
            ordered(row["start_Customer_customerID"], row["end_Customer_customerID"]): int(row["sharedCount"])
            for row in csv.DictReader(file)
        }
    print(f"  {len(ours)} pairs share identifiers, {len(theirs)} published: {'equal' if ours == theirs else 'DIFFERENT'}")
    return int(ours != theirs)


def ordered(one: str, other: str) -> tuple[str, str]:
    """Return a pair in one order."""
    return (one, other) if one < other else (other, one)


if __name__ == "__main__":
    sys.exit(main())
