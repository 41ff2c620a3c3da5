"""From a file to rings through the real command line, on both engines, against the notebook's answer."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from graphfraud import find_rings
from graphfraud.export import write_export
from graphfraud.settings import Settings
from graphfraud.store import Store
from ingest.world.make import Plan, make_world
from ingest.world.write import write_world

COMMAND = [sys.executable, "-m", "api.cli.main"]


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("world")
    write_world(make_world(Plan(2_500, seed=21)), folder)
    return folder


@pytest.fixture(scope="session")
def notebook_export(world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `find_rings` says of the world, written by the export."""
    found = find_rings(pd.read_csv(world / "applications.csv.gz", dtype=str))
    folder = tmp_path_factory.mktemp("notebook")
    details = (found.details, found.applications, found.dealer_details, found.reason_details, found.look_alike_details)
    write_export(folder, *details, form="csv", lang="en", time_zone="Asia/Shanghai")
    return folder


def run(environment: dict[str, str], *arguments: str, expect: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [*COMMAND, *arguments], env={**os.environ, **environment}, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    assert done.returncode == expect, done.stderr
    assert "Traceback" not in done.stderr
    return done


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def test_load_scan_and_export_equal_the_notebook_byte_for_byte(
    store: Store, store_environment: dict[str, str], world: Path, notebook_export: Path, tmp_path: Path
):
    run(store_environment, "load", str(world))
    first = json.loads(run(store_environment, "scan", "--json").stdout)
    run(store_environment, "export", str(tmp_path / "one"))
    second = json.loads(run(store_environment, "scan", "--json").stdout)
    run(store_environment, "export", str(tmp_path / "two"))

    assert first["counts"]["rings"] > 0
    assert first["hash"] == second["hash"]
    assert bytes_of(tmp_path / "one") == bytes_of(tmp_path / "two")
    assert bytes_of(tmp_path / "one") == bytes_of(notebook_export)


@pytest.mark.parametrize("engine", ["embedded"], indirect=True)  # nothing here asks more of an engine than the others do
def test_rows_in_another_order_and_two_files_give_the_same_rings(
    store: Store, store_environment: dict[str, str], world: Path, notebook_export: Path, tmp_path: Path
):
    frame = pd.read_csv(world / "applications.csv.gz", dtype=str).sample(frac=1, random_state=5)
    (tmp_path / "files").mkdir()
    frame.iloc[:1_500].to_parquet(tmp_path / "files" / "a.parquet")
    frame.iloc[1_500:].to_csv(tmp_path / "files" / "b.csv", index=False, encoding="gb18030")

    run(store_environment, "load", str(tmp_path / "files"), str(world / "dealers.csv.gz"))
    run(store_environment, "scan")
    run(store_environment, "export", str(tmp_path / "export"))

    assert bytes_of(tmp_path / "export") == bytes_of(notebook_export)


def test_a_killed_scan_leaves_the_last_one_standing_and_nothing_behind(
    store: Store,
    store_environment: dict[str, str],
    engine_settings: Settings,
    world: Path,
    notebook_export: Path,
    tmp_path: Path,
):
    run(store_environment, "load", str(world))
    before = json.loads(run(store_environment, "scan", "--json").stdout)
    chance = random.Random(8)
    for _ in range(3):
        process = subprocess.Popen(
            [*COMMAND, "scan"], env={**os.environ, **store_environment}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0.3, 3.0))
        process.send_signal(signal.SIGKILL)
        process.wait()
        status = json.loads(run(store_environment, "status", "--json").stdout)
        assert status["scan"]["hash"] == before["hash"]

    after = json.loads(run(store_environment, "scan", "--json").stdout)
    run(store_environment, "export", str(tmp_path / "export"))

    assert after["hash"] == before["hash"]
    assert bytes_of(tmp_path / "export") == bytes_of(notebook_export)
    assert len(list((Path(store_environment["GRAPHFRAUD_HOME"]) / "scans").glob("*/*"))) <= 2


def test_two_scans_at_once_are_one_scan_and_one_clear_refusal(store: Store, store_environment: dict[str, str], world: Path):
    run(store_environment, "load", str(world))
    started = [
        subprocess.Popen(
            [*COMMAND, "scan"],
            env={**os.environ, **store_environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]

    said = [process.communicate()[1] for process in started]

    codes = sorted(process.returncode for process in started)
    assert codes in ([0, 5], [0, 0]), said  # [0, 0]: one had finished before the other began
    if codes == [0, 5]:
        assert any("scan" in text and "Traceback" not in text for text in said)


@pytest.mark.parametrize("engine", ["embedded"], indirect=True)  # nothing here asks more of an engine than the others do
def test_a_window_scans_only_what_was_submitted_in_it(store: Store, store_environment: dict[str, str], world: Path):
    run(store_environment, "load", str(world))
    frame = pd.read_csv(world / "applications.csv.gz", dtype=str)
    inside = (frame["submitted_at"] >= "2025-09-01").sum()

    scan = json.loads(run(store_environment, "scan", "--since", "2025-09-01", "--json").stdout)
    refused = run(store_environment, "scan", "--since", "2025-09-01", "--until", "2025-08-01", expect=2)

    assert scan["counts"]["applications"] == inside
    assert "empty" in refused.stderr


@pytest.fixture
def raw_identifiers(world: Path) -> Iterator[list[str]]:
    frame = pd.read_csv(world / "applications.csv.gz", dtype=str)
    rng = np.random.default_rng(4)
    columns = ("applicant_id", "phone", "contact_phone_1", "account_no", "vin", "device_id", "address", "applicant_name")
    values: list[str] = []
    for column in columns:
        known = frame[column].dropna()
        known = known[known.str.len() > 8] if column != "applicant_name" else known[known.str.len() > 2]
        values += known.iloc[rng.permutation(len(known))[:25]].tolist()
    yield values


def test_no_raw_identifier_is_in_the_store_the_logs_the_exports_or_the_rejects(
    store: Store,
    store_environment: dict[str, str],
    engine_settings: Settings,
    world: Path,
    raw_identifiers: list[str],
    tmp_path: Path,
):
    frame = pd.read_csv(world / "applications.csv.gz", dtype=str).head(2_000)
    frame.loc[:40, "submitted_at"] = "soon"
    frame.loc[41:60, "application_id"] = frame.loc[41:60, "phone"]
    frame.to_csv(tmp_path / "dirty.csv", index=False)
    said = run(store_environment, "load", str(tmp_path / "dirty.csv"))
    told = [
        run(store_environment, *words) for words in (("scan",), ("rings",), ("export", str(tmp_path / "export")), ("status",))
    ]
    (tmp_path / "dirty.csv").unlink()
    with store._connection.session("READ", -1) as session:  # no statement of the product reads everything
        graph = session.run("MATCH (n) RETURN properties(n) AS p UNION ALL MATCH ()-[r]->() RETURN properties(r) AS p").data()

    texts = [output for done in (said, *told) for output in (done.stdout, done.stderr)]
    folders = [tmp_path, engine_settings.home]
    blobs = [path.read_bytes() for folder in folders for path in folder.rglob("*") if path.is_file()]
    blobs += [json.dumps(graph, default=str, ensure_ascii=False).encode(), *(text.encode() for text in texts)]
    assert len(raw_identifiers) == 200
    found = [value for value in raw_identifiers for blob in blobs if value.encode() in blob]
    assert found == []
