"""Engine and workers are killed or stopped while checks come: all are answered, and nothing that was acknowledged is lost."""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from bench.command import arguments, environment, said, stop_engine
from bench.kill_checks import play, world_rows
from graphfraud.check.check import Checker
from graphfraud.intake import Intake
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store import Store, embedded
from graphfraud.store.neighbourhood import present


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "home"
    folder.mkdir()
    yield folder
    stop_engine(folder)


def application(name: str) -> dict[str, str]:
    return {"application_id": name, "submitted_at": "2025-06-01T10:00:00+08:00", "phone": "13812345678"}


def acknowledge_without_a_store(home: Path, name: str) -> None:
    settings = replace(Settings.from_environment(environment(home)), store="bolt://127.0.0.1:9")
    record = Intake(settings.token_key(), settings.conventions).application(application(name))
    with State.open(settings) as state:
        checker = Checker.open(settings, state)
        ((answer, _),) = checker.check([record], "test")
        checker.close()
        assert answer.degraded
        assert state.queue.backlog().count == 1


def in_the_graph(home: Path, name: str) -> bool:
    with Store.open(Settings.from_environment(environment(home))) as store:
        return bool(present(store, [name]))


def within(seconds: float, found: Callable[[], bool]) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.1)


def checked(url: str, key: str, application_id: str) -> dict:
    answer = httpx.post(
        f"{url}/v1/checks", json=application(application_id), headers={"Authorization": f"Bearer {key}"}, timeout=60
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_was_acknowledged_is_in_the_graph_though_engine_and_worker_were_killed(home: Path):
    played = play(home, world_rows(None, 500)[:300], ("engine", "worker"), connections=4)

    assert not played.wrong
    assert len(played.answers) >= 300
    assert set(played.statuses) == {200}
    assert played.degraded > 0
    assert played.slowest < 8  # what a killed worker had begun is judged by the other soon


def test_what_waits_is_written_by_the_next_load_scan_or_service_and_a_stopped_engine_is_started_again(home: Path):
    (home / "more.jsonl").write_text(json.dumps(application("MORE")) + "\n")

    for number, command in enumerate((["load", home / "more.jsonl"], ["scan"])):
        acknowledge_without_a_store(home, f"WAITS-{number}")
        said(home, *command)
        assert in_the_graph(home, f"WAITS-{number}")

    acknowledge_without_a_store(home, "WAITS-2")
    with State.open(Settings.from_environment(environment(home))) as state:
        key, _ = state.keys.create("test", ["checks"], actor="test")
    serving = subprocess.Popen(
        arguments("serve", "--port", "0", "--json", "--budget-ms", "20000"),
        env=environment(home),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert serving.stdout is not None
        url = json.loads("".join(iter(serving.stdout.readline, "}\n")) + "}")["url"]
        within(30, lambda: in_the_graph(home, "WAITS-2"))

        before = embedded.running(home / "store")
        said(home, "store", "stop", "--force")
        within(60, lambda: (now := embedded.running(home / "store")) is not None and now != before)
        # The engine is there a moment before the service has opened it: until then answers are degraded.
        within(60, lambda: not checked(url, key, "AFTER")["degraded"])
    finally:
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(timeout=60) == 0

    assert in_the_graph(home, "AFTER")
