"""The number of threads, the seed of hashes and the token key change nothing, nor does it where one blob has to be cut."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from factories import App, facts_from, gang, ordinary
from gangs import world
from threadpoolctl import threadpool_info

from graphfraud.detection.columns import shared_columns
from graphfraud.detection.communities import cut_component
from graphfraud.detection.judge import Findings, calibrate_and_judge
from graphfraud.detection.parameters import CommunityParams, Parameters

GANGS = 10


def blob() -> list[App]:
    """Ten gangs, each at its own dealers, hung together by men in the middle into one component with a crowd of customers."""
    apps = ordinary(1_500, seed=6)
    members = [gang(8, k, f"G{k}-", start=20.0 + 30 * k, dealers=(f"D{3 * k}", f"D{3 * k + 1}")) for k in range(GANGS)]
    middle = [
        App(f"B{k}", 30.0 + 30 * k, f"D{3 * k + 2}", "", holds={"device": f"G{k}--device0", "account": f"G{k + 1}--account"})
        for k in range(GANGS - 1)
    ]
    return [*apps, *(app for one in members for app in one), *middle]


def judged(apps: list[App], key: str = "") -> tuple[bytes, Findings]:
    calibration, found = calibrate_and_judge(shared_columns(facts_from(apps, key)), Parameters())
    assert found is not None
    return calibration.to_bytes(), found


def said(found: Findings) -> str:
    """All that is said of rings and applications, to the last bit; tokens aside, which the key makes."""
    assert found.reasons is not None
    told = [found.reasons.of(subject, found.application_id) for subject in np.unique(found.reasons.subject).tolist()]
    parts = [
        [(ring.ring_id, ring.risk, ring.members, ring.look_alike) for ring in found.rings],
        [(reason.code, reason.kind, reason.contribution, reason.applications) for reasons in told for reason in reasons],
        list(zip(found.application_id, found.risk.tolist(), found.anomaly.tolist(), strict=True)),
        [(dealer.dealer_id, dealer.anomaly) for dealer in found.dealers],
    ]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def fingerprint() -> dict[str, object]:
    """What this process says of both worlds, and how many threads it may use."""
    return {
        "worlds": [(hashlib.sha256(usual).hexdigest(), said(found)) for usual, found in map(judged, (world(), blob()))],
        "threads": sorted({pa.cpu_count(), *(pool["num_threads"] for pool in threadpool_info())}),
    }


def elsewhere(threads: int, hash_seed: int) -> subprocess.Popen[str]:
    """A process of its own with so many threads that prints its fingerprint."""
    count = {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "ARROW_IO_THREADS")}
    here = Path(__file__).parent
    return subprocess.Popen(
        [sys.executable, "-c", "import json, test_threads; print(json.dumps(test_threads.fingerprint()))"],
        env=os.environ | count | {"PYTHONHASHSEED": str(hash_seed), "PYTHONPATH": os.pathsep.join([str(here), *sys.path])},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_one_thread_and_two_say_the_same_to_the_last_bit() -> None:
    running = [elsewhere(1, hash_seed=1), elsewhere(2, hash_seed=2)]
    try:
        one, two = (json.loads(process.communicate(timeout=120)[0]) for process in running)
    finally:
        for process in running:
            process.kill()

    assert one["threads"] == [1]
    assert two["threads"] == [2] or os.cpu_count() == 1
    assert one["worlds"] == two["worlds"]


@cache
def in_order() -> Findings:
    return judged(blob())[1]


def test_a_blob_of_gangs_that_know_each_other_is_cut_between_gangs_and_never_through_one() -> None:
    gangs = [{app.id for app in blob() if app.id.startswith(f"G{k}-")} for k in range(GANGS)]

    rings = [{member for member, _ in ring.members} for ring in in_order().rings]

    assert all(sum(bool(one & ring) for ring in rings) == 1 for one in gangs)
    assert all(any(one <= ring for ring in rings) for one in gangs)
    # a man who has one gang's device and another's account may hold two together, but not the chain of ten
    assert all(sum(bool(one & ring) for one in gangs) <= 2 for ring in rings)


@pytest.mark.parametrize(("order", "key"), [(0, ""), (1, "another key"), (2, "a third")])
def test_a_blob_is_cut_the_same_in_any_order_and_under_any_token_key(order: int, key: str) -> None:
    apps = blob()
    shuffled = [apps[i] for i in np.random.default_rng(order).permutation(len(apps))]

    assert said(judged(shuffled, key)[1]) == said(in_order())


def test_threads_of_one_process_do_not_draw_from_each_other() -> None:
    rng = np.random.default_rng(5)
    ends = np.unique(rng.integers(0, 200, (900, 2)), axis=0)
    weight = rng.random(len(ends)) / 10
    params = [CommunityParams(seed=seed, tries=1, resolution=0.01) for seed in range(8)]
    alone = [cut_component(200, ends, weight, one).tolist() for one in params]
    assert len({tuple(label) for label in alone}) > 1  # what is drawn matters here

    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as threads:
            together = list(threads.map(lambda one: cut_component(200, ends, weight, one).tolist(), params * 4))
    finally:
        sys.setswitchinterval(switch)

    assert together == alone * 4
