"""What application state costs a check: answers, claims and lists, on SQLite and, by its URL, on PostgreSQL.

python bench/state.py [postgresql://USER@HOST/EMPTY_DATABASE] [--seconds S]
"""

from __future__ import annotations

import argparse
import hashlib
import random
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from graphfraud.intake.listed import Listed
from graphfraud.intake.records import ApplicationRecord, Identifier
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.state.answers import Answer, new_check_id
from graphfraud.state.idempotency import ClaimRequest

GROUPS = (1, 8, 32)
BODY, FACTS = 5_000, 1_000  # bytes, as answers and what they are decided from are
LISTED, IDENTIFIERS = 100_000, 14


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("postgresql", nargs="?")
    parser.add_argument("--seconds", type=float, default=3.0)
    given = parser.parse_args()
    print("| database | work | group | a second | ms a group, median | p99 |")
    print("|---|---|--:|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(Path(folder), "embedded:/nowhere")
        for name, url in (("SQLite", ""), ("PostgreSQL", given.postgresql)):
            if url is not None:
                with State.open(replace(settings, state=url)) as state:
                    measure(name, state, given.seconds)


def measure(name: str, state: State, seconds: float) -> None:
    for group in GROUPS:
        tell(name, "answers, with claims to complete", group, seconds, partial(record_answers, state, group))
    for group in GROUPS:
        tell(name, "claims of idempotency keys", group, seconds, partial(claim_keys, state, group))
    rng = random.Random(1)
    tokens = [f"{rng.getrandbits(64):016x}" for _ in range(LISTED)]
    began = time.perf_counter()
    state.lists.load("bad", "special", (Listed("phone", t, "1**", "fraud", "bench", None, None) for t in tokens), actor="bench")
    loaded = time.perf_counter()
    state.lists.refresh()
    read = time.perf_counter() - loaded
    records = [record(i, rng, tokens) for i in range(32)]
    assert sum(map(len, state.lists.hits(records))) == 32
    tell(name, f"hits in a list of {LISTED:,}", 32, seconds / 3, lambda: state.lists.hits(records))
    print(f"\n{name}: loaded {LISTED:,} entries in {loaded - began:.1f} s, read them in {read:.2f} s\n")


def record_answers(state: State, group: int) -> None:
    state.answers.record(answers(state, group))


def claim_keys(state: State, group: int) -> None:
    state.idempotency.claim(claims(group))


def tell(name: str, work: str, group: int, seconds: float, once: Callable[[], object]) -> None:
    for _ in range(3):
        once()
    took: list[float] = []
    end = time.perf_counter() + seconds
    while (began := time.perf_counter()) < end:
        once()
        took.append(time.perf_counter() - began)
    rate = group * len(took) / sum(took)
    median, p99 = np.percentile(took, [50, 99]) * 1000
    print(f"| {name} | {work} | {group} | {rate:,.0f} | {median:.2f} | {p99:.2f} |", flush=True)


def claims(group: int) -> list[ClaimRequest]:
    return [ClaimRequest("client", random.randbytes(32), hashlib.sha256(b"body").digest()) for _ in range(group)]


def answers(state: State, group: int) -> list[Answer]:
    now = state.clock()
    return [
        Answer(
            new_check_id(state.clock), f"AP{i}", "client", "pass", 812, "1", False, now, b"b" * BODY, b"f" * FACTS, claim=claim
        )
        for i, claim in enumerate(claims(group))
    ]


def record(number: int, rng: random.Random, listed: list[str]) -> ApplicationRecord:
    held = [Identifier("phone", "own", rng.choice(listed), "1**")]
    held += [Identifier("phone", f"contact_{i}", f"{rng.getrandbits(64):016x}", "1**") for i in range(IDENTIFIERS - 1)]
    return ApplicationRecord(f"AP{number}", 1, None, f"D{number}", None, {}, tuple(held), (), "")


if __name__ == "__main__":
    main()
