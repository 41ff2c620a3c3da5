"""What chance brings together in a large file: a world in which nobody has anything to do with anybody."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from factories import DAY, START

from graphfraud.detection.columns import COMPARED, KIND_CODE, NO_POSITION, NUMBERS, ROLE_CODE, Facts, shared_columns
from graphfraud.detection.judge import Findings, calibrate_and_judge
from graphfraud.detection.parameters import Parameters
from graphfraud.detection.texts import Texts

APPLICATIONS = 200_000
HELD = (
    ("person", "applicant"),
    ("phone", "own"),
    ("phone", "contact_1"),
    ("device", "used"),
    ("account", "repaying"),
    ("email", "own"),
    ("vehicle", "financed"),
    ("address", "home"),
)


def strangers(count: int, pool: int, seed: int) -> Facts:
    """Applications of a year at dealers of two hundred each; every identifier is drawn from `pool` times as many as draw."""
    rng = np.random.default_rng(seed)
    dealer = rng.integers(0, count // 200, count)
    drawn = [rng.integers(0, pool * count, count) + (KIND_CODE[kind] + 1) * 2**40 for kind, _ in HELD[1:]]
    rows = len(HELD) * count
    return Facts(
        Texts([f"A{i}" for i in range(count)]),
        (START + rng.random(count) * 365 * DAY).astype(np.int64),
        Texts([f"D{code}" for code in dealer.tolist()], repeating=True),
        Texts([f"S{code}" for code in (dealer * 4 + rng.integers(0, 4, count)).tolist()], repeating=True),
        {name: np.full(count, np.nan) for name in NUMBERS},
        {name: np.zeros(count, np.uint64) for name in COMPARED},
        np.tile(np.arange(count, dtype=np.int32), len(HELD)),
        np.repeat(np.array([KIND_CODE[kind] for kind, _ in HELD], dtype=np.int8), count),
        np.repeat(np.array([ROLE_CODE[held] for held in HELD], dtype=np.int8), count),
        np.concatenate([np.arange(count) + 2**60, *drawn]).astype(np.uint64),
        np.full(rows, NO_POSITION, np.int16),
    )


@cache
def judged(pool: int) -> tuple[int, Findings]:
    """How many occurrences are shared, and what detection finds in a file of strangers."""
    columns = shared_columns(strangers(APPLICATIONS, pool, seed=1))
    found = calibrate_and_judge(columns, Parameters())[1]
    assert found is not None
    return len(columns.occ_identifier), found


@pytest.mark.parametrize(("pool", "shared"), [(20, 80_000), (5, 300_000)])
def test_chance_makes_no_more_rings_in_a_large_file_than_a_world_without_fraud_may_have(pool: int, shared: int) -> None:
    occurrences, found = judged(pool)

    assert occurrences >= shared
    assert len(found.rings) <= APPLICATIONS / 10_000


@pytest.mark.xfail(
    strict=True, reason="the rarest sharing of a file is as rare as the file is large, and nothing is taken off for it"
)
def test_chance_makes_no_ring_at_all() -> None:
    assert [len(judged(pool)[1].rings) for pool in (5, 20)] == [0, 0]
