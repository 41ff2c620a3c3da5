"""Seconds and peak memory of `graphfraud generate`, a process of its own for each size.

    python bench/generate.py [--rows 100000 1000000] [--format csv|parquet] [--seed 1]

The requirement is a million rows in 90 seconds; the memory of the made world grows with its rows, that of writing does not.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench.command import measured


def main() -> None:
    """Generate worlds of the sizes given and print what each took."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, nargs="+", default=[100_000, 1_000_000])
    parser.add_argument("--format", choices=("csv", "parquet"), default="csv")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for rows in options.rows:
        with tempfile.TemporaryDirectory(prefix="graphfraud-bench-") as folder:
            home, world = Path(folder, "home"), Path(folder, "world")
            took = measured(
                home, "generate", world, "--applications", str(rows), "--seed", str(options.seed), "--format", options.format
            )
            written = sum(path.stat().st_size for path in world.iterdir()) / 1e6
            print(
                f"{rows:>9,} rows: {took.seconds:6.1f} s ({rows / took.seconds:,.0f} rows/s), peak {took.peak_mb:,.0f} MB, "
                f"{written:,.1f} MB written as {options.format}",
                flush=True,
            )


if __name__ == "__main__":
    main()
