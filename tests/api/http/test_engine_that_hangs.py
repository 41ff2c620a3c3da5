"""An engine that is stopped in its tracks, rather than killed: connections stay open, and nothing comes back on them."""

from __future__ import annotations

import os
import re
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest
from serving import Served, application, serve

from api.http.reading import ANSWER_SECONDS, AT_ONCE
from graphfraud.store import embedded

BUDGET = 0.3
SLACK = 3.0  # a machine that tests keep busy is late by as much


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Served]:
    """A service on an engine of its own, which a test may do anything to."""
    home = {"GRAPHFRAUD_HOME": str(tmp_path), "GRAPHFRAUD_STORE_MEMORY": "384m", "GRAPHFRAUD_STORE_IDLE": "60"}
    served = serve(home, "--budget-ms", str(round(BUDGET * 1000)))
    yield served
    engine = embedded.running(tmp_path / "store")
    if engine is not None:
        os.kill(engine.pid, signal.SIGCONT)
    served.stop()
    embedded.stop(tmp_path / "store", force=True)


def engine_of(served: Served) -> int:
    engine = embedded.running(Path(served.environment["GRAPHFRAUD_HOME"]) / "store")
    assert engine is not None
    return engine.pid


def pause(pid: int) -> None:
    """Stop a process, and wait until each of its threads has: the signal takes a moment, in which one may still answer."""
    os.kill(pid, signal.SIGSTOP)
    threads = Path(f"/proc/{pid}/task")
    within(10, lambda: all((one / "stat").read_text().rpartition(")")[2].split()[0] == "T" for one in threads.iterdir()))


def within(seconds: float, found: Callable[[], object]) -> None:
    end = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < end, f"not within {seconds} seconds"
        time.sleep(0.1)


def timed(ask: Callable[[], httpx.Response]) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    return ask(), time.monotonic() - began


def warm(client: httpx.Client) -> None:
    """Let plans and pages be there, so that what is late later is late for one reason."""
    within(60, lambda: not client.post("/v1/checks", json=application("WARM")).json()["degraded"])
    within(60, lambda: client.get("/v1/applications/WARM").status_code == 200)


def test_checks_are_answered_in_time_and_questions_are_refused_in_time(running: Served):
    key = running.key()
    paths = ["/v1/rings", "/v1/rings/no-ring", "/v1/applications/WARM", "/v1/applications/none"] * AT_ONCE
    outcome = {"application_id": "WARM", "outcome": "paid", "observed_on": "2025-09-01"}
    with running.client(key) as client:
        warm(client)
        pause(engine_of(running))

        with ThreadPoolExecutor(len(paths) + 2) as threads:
            asked = [threads.submit(timed, lambda path=path: client.get(path)) for path in paths]
            asked.append(threads.submit(timed, lambda: client.post("/v1/outcomes", json=outcome)))
            checks = [
                timed(lambda name=name: client.post("/v1/checks", json=application(name)))
                for name in map("STOP-{}".format, range(30))
            ]
            ready, ready_seconds = timed(lambda: client.get("/readyz"))
            answers = [one.result() for one in asked]
        first = timed(lambda: client.get(f"/v1/checks/{checks[0][0].json()['check_id']}"))
        os.kill(engine_of(running), signal.SIGCONT)

        within(60, lambda: client.get("/readyz").json()["status"] == "ready")
        within(60, lambda: re.search(r"^graphfraud_queue_length 0\.0$", client.get("/metrics").text, flags=re.MULTILINE))
        there = [client.get(f"/v1/applications/STOP-{number}").status_code for number in range(30)]
        after = client.get("/v1/rings").status_code
        within(60, lambda: not client.post("/v1/checks", json=application("AFTER")).json()["degraded"])

    assert {answer.status_code for answer, _ in checks} == {200}
    assert all(answer.json()["degraded"] for answer, _ in checks)
    assert max(seconds for _, seconds in checks) < BUDGET + SLACK
    assert {answer.status_code for answer, _ in answers} == {503}
    assert {answer.json()["type"] for answer, _ in answers} == {"urn:graphfraud:problem:unavailable"}
    assert all(answer.headers["Retry-After"] for answer, _ in answers)
    assert max(seconds for _, seconds in answers) < ANSWER_SECONDS + SLACK
    assert ready.json() == {"status": "degraded", "state": "ok", "store": "unreachable", "scan": "none"}
    assert ready_seconds < SLACK
    assert (first[0].status_code, first[0].content) == (200, checks[0][0].content)
    assert there == [200] * 30 and after == 200


def test_a_service_ends_though_its_engine_hangs_and_the_next_one_writes_what_waited(running: Served):
    with running.client() as client:
        warm(client)
        pid = engine_of(running)
        pause(pid)
        asking = threading.Thread(target=lambda: client.get("/v1/rings"))
        asking.start()
        degraded = client.post("/v1/checks", json=application("LAST")).json()["degraded"]
        asking.join()

    code = running.stop()

    os.kill(pid, signal.SIGCONT)
    again = serve(running.environment)
    with again.client() as client:
        within(60, lambda: client.get("/v1/applications/LAST").status_code == 200)
    assert again.stop() == 0
    assert (degraded, code) == (True, 0)
    assert not [line for line in running.log if " killed " in line or "Traceback" in line]
