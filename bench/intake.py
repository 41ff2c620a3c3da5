"""Rows a second through intake on one core, on the default contract, beside the bare HMACs that the tokens cost.

python bench/intake.py FILE.csv.gz [ROWS]
"""

from __future__ import annotations

import csv
import gc
import gzip
import itertools
import sys
import time

from graphfraud.errors import RowRejected
from graphfraud.intake import Intake
from graphfraud.intake.tokens import Tokeniser
from graphfraud.settings import Conventions

CHUNK = 1000


def main(path: str, limit: int | None = None) -> None:
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8", newline="") as file:
        rows = list(itertools.islice(csv.DictReader(file), limit))
    # The rows held here are the bench's, not intake's: a load reads them one at a time.
    gc.freeze()
    intake = Intake(b"k" * 32, Conventions())
    identifiers = rejected = 0
    chunks = []
    for start in range(0, len(rows), CHUNK):
        began = time.process_time()
        for row in rows[start : start + CHUNK]:
            try:
                identifiers += len(intake.application(row).identifiers)
            except RowRejected:
                rejected += 1
        chunks.append(time.process_time() - began)
    seconds = sum(chunks)
    best = CHUNK / min(chunks)
    token = Tokeniser(b"k" * 32).of_kind("phone")
    began = time.process_time()
    for i in range(identifiers):
        token(str(i))
    bare = time.process_time() - began
    print(f"{len(rows):,} rows, {rejected:,} rejected, {identifiers:,} identifiers")
    print(f"fastest {CHUNK:,} rows: {best:,.0f} rows/s")
    print(f"intake {len(rows) / seconds:,.0f} rows/s ({seconds:.2f} s); its tokens alone {bare:.2f} s ({bare / seconds:.0%})")
    for note, count in sorted(intake.notes.items()):
        print(f"  {note} {count:,}")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else None)
