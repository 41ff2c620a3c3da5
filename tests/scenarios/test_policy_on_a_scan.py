"""A policy tried on what the last scan found, and a scan under the policy in force, through the real command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from ingest.world.make import Plan, make_world
from ingest.world.write import write_world


@pytest.fixture(scope="session")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("small-world")
    write_world(make_world(Plan(2_000, seed=4)), folder)
    return folder


def run(environment: dict[str, str], *arguments: str) -> str:
    command = [sys.executable, "-m", "api.cli.main", *arguments]
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("engine", ["embedded"], indirect=True)  # a scan and an export ask no more of an engine
def test_a_policy_is_tried_on_the_last_applications_of_a_scan(store_environment, small_world: Path, tmp_path: Path):
    run(store_environment, "load", str(small_world))
    run(store_environment, "scan", "--decoys", "0")
    (tmp_path / "strict.toml").write_text('version = "strict"\n[cutoffs]\nreject_below = 300\nreview_below = 1000\n')
    (tmp_path / "weights.toml").write_text('version = "heavy"\n[weights]\nidentity = 0.9\nassociation_index = 0.9\n')
    limits = "per_person = 1\nper_dealer = 1\nper_ring = 1\n"
    (tmp_path / "limits.toml").write_text(f'version = "limits"\n[exposure]\n{limits}')

    same = json.loads(run(store_environment, "policy", "backtest", "default", "--against", "5000", "--json"))
    strict = json.loads(run(store_environment, "policy", "backtest", str(tmp_path / "strict.toml"), "--json"))
    heavy = json.loads(run(store_environment, "policy", "backtest", str(tmp_path / "weights.toml"), "--json"))
    limited = json.loads(run(store_environment, "policy", "backtest", str(tmp_path / "limits.toml"), "--json"))

    assert (same["source"], same["applications"], same["changed"]) == ("scan", 2_000, 0)
    run(store_environment, "export", str(tmp_path / "out"))
    table = pd.read_csv(tmp_path / "out" / "applications.csv")
    bands = table["band"].value_counts()
    assert [same["matrix"][name][name] for name in ("review", "reject")] == [bands["review"], bands["reject"]]
    resubmitted = same["matrix"]["resubmit"]["resubmit"]
    assert same["matrix"]["pass"]["pass"] == bands["pass"] - resubmitted and resubmitted < 0.03 * len(table)
    assert strict["applications"] == 1_000 and strict["matrix"]["pass"]["review"] > 0
    assert limited["changed"] == 0 and limited["limits_left_out"] == {
        "per_dealer": 1_000,
        "per_person": 1_000,
        "per_ring": 1_000,
    }
    assert heavy["matrix"]["pass"]["reject"] > 0 and all(one["score"] > one["score_would_be"] for one in heavy["examples"])

    run(store_environment, "policy", "activate", str(tmp_path / "weights.toml"))
    run(store_environment, "scan", "--decoys", "0")
    run(store_environment, "export", str(tmp_path / "again"))
    again = pd.read_csv(tmp_path / "again" / "applications.csv")
    assert (again["score"] <= table["score"]).all() and (again["band"] == "reject").sum() > bands["reject"]
