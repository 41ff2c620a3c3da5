"""`graphfraud serve`: workers that are replaced, a shutdown that finishes what it took, words for the operator."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from engines.postgresql_server import drop_database, make_database
from serving import CHECKOUT, Served, application, serve

from bench.kill_checks import Connection
from graphfraud.state import State
from graphfraud.store import embedded


def children(pid: int) -> list[int]:
    """Worker processes of a supervisor."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def within(seconds: float, found: Callable[[], object]) -> object:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        value = found()
        if value:
            return value
        time.sleep(0.05)
    raise AssertionError(f"not within {seconds} seconds")


def command(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHFRAUD_")}
    return subprocess.run(
        [sys.executable, "-m", "api.cli.main", "serve", *arguments],
        cwd=CHECKOUT,
        env={**clean, **environment},
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture(scope="module")
def two(home: dict[str, str]):
    """A service of two workers that logs JSON and listens beyond the machine."""
    running = serve(home, "--workers", "2", "--log-format", "json", "--host", "0.0.0.0")
    yield running
    assert running.stop() == 0


def test_health_readiness_and_metrics_need_no_key(service: Served):
    with service.client() as client:
        client.post("/v1/checks", json=application("HEALTH-1"))
    answers = [httpx.get(service.url + path) for path in ("/healthz", "/readyz", "/metrics")]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    for path in ("/healthz", "/readyz", "/metrics", "/openapi.json"):
        head = httpx.head(service.url + path)
        assert (head.status_code, head.content) == (200, b"")
    assert answers[0].json() == {"status": "ok"}
    assert answers[1].json() == {"status": "ready", "state": "ok", "store": "ok", "scan": "none"}
    assert re.search(r'^graphfraud_check_seconds_count\{decision="pass"\} [1-9]', answers[2].text, flags=re.MULTILINE)
    assert re.search(r"^graphfraud_queue_length 0", answers[2].text, flags=re.MULTILINE)


def test_several_workers_share_the_port_and_count_together(two: Served):
    pids = children(two.process.pid)
    key = two.key("checks")

    with two.client(key) as client:
        before = _requests(two)
        for _ in range(20):
            client.get("/v1/checks/chk_00")
        httpx.get(two.url + "/healthz")

    assert len(pids) == 2
    assert _requests(two) - before == 20


def _requests(served: Served) -> float:
    return counted(served, "graphfraud_requests_total", 'method="GET",route="/v1/checks/{check_id:check_id}",status="404"')


def counted(served: Served, name: str, labels: str = "") -> float:
    """Add up what all workers have counted under a name, with all labels if none are given."""
    text = httpx.get(served.url + "/metrics").text
    wanted = re.escape(f"{{{labels}}}") if labels else r"(?:\{.*\})?"
    found = re.findall(rf"^{name}{wanted} ([0-9.e+]+)$", text, flags=re.MULTILINE)
    return sum(map(float, found))


def test_clients_who_send_the_same_keys_at_once_to_two_workers_get_one_judgement_each(two: Served):
    clients, keys = 20, 200
    bodies = [json.dumps(application(f"RACE-{place}")).encode() for place in range(keys)]
    key, before = two.key("checks"), counted(two, "graphfraud_check_seconds_count")

    async def send(start: asyncio.Event) -> list[tuple[int, bytes]]:
        await start.wait()
        connection = Connection(two.port, key)
        answers = [await connection.post(body, f"race-{place}") for place, body in enumerate(bodies)]
        connection.close()
        return answers

    async def send_all() -> list[list[tuple[int, bytes]]]:
        start = asyncio.Event()
        sending = [asyncio.create_task(send(start)) for _ in range(clients)]
        start.set()
        return await asyncio.gather(*sending)

    heard = asyncio.run(send_all())

    judged = counted(two, "graphfraud_check_seconds_count") - before
    with State.open(two.settings) as state:
        given = [len(state.answers.of_application(f"RACE-{place}")) for place in range(keys)]
    assert judged == keys and given == [1] * keys
    assert all(answers == heard[0] for answers in heard)
    assert {status for status, _ in heard[0]} == {200} and len({body for _, body in heard[0]}) == keys


def test_a_log_in_json_has_an_object_a_line(two: Served):
    httpx.get(two.url + "/healthz", headers={"X-Request-ID": "as-json"})

    line = str(within(5, lambda: next((line for line in two.log if "as-json" in line), None)))
    said = json.loads(line)
    assert (said["event"], said["route"], said["status"], said["level"]) == ("request", "/healthz", 200, "info")


def test_a_worker_that_dies_is_replaced_and_nothing_acknowledged_is_lost(two: Served):
    key = two.key("checks")
    acknowledged: list[str] = []
    statuses: list[int] = []
    stop = threading.Event()

    def send(thread: int) -> None:
        place = 0
        while not stop.is_set():
            name = f"DYING-{thread}-{place}"
            try:
                answer = httpx.post(
                    two.url + "/v1/checks", json=application(name), headers={"Authorization": f"Bearer {key}"}, timeout=30
                )
            except httpx.TransportError:
                continue  # the same application again
            statuses.append(answer.status_code)
            acknowledged.append(name)
            place += 1

    threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    within(20, lambda: len(acknowledged) > 10)
    victim = children(two.process.pid)[0]
    os.kill(victim, signal.SIGKILL)
    within(60, lambda: victim not in (now := children(two.process.pid)) and len(now) == 2)
    many = len(acknowledged)
    within(30, lambda: len(acknowledged) > many + 10)
    stop.set()
    for thread in threads:
        thread.join()

    assert set(statuses) == {200}
    assert any('"worker died"' in line for line in two.log)
    with State.open(two.settings) as state:
        assert all(state.answers.of_application(name) for name in acknowledged)


def test_sigterm_finishes_what_was_taken_says_that_it_goes_and_ends_well(home: dict[str, str]):
    running = serve(home)
    key = running.key("checks")
    answers: list[int] = []
    lines = [json.dumps(application(f"TERM-{place}")).encode() + b"\n" for place in range(60)]

    def send() -> None:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/x-ndjson"}
        answer = httpx.post(running.url + "/v1/checks/batch", content=b"".join(lines), headers=headers, timeout=60)
        answers.extend(json.loads(line)["status"] for line in answer.iter_lines())

    with httpx.Client(base_url=running.url) as watcher:
        assert watcher.get("/readyz").status_code == 200
        sending = threading.Thread(target=send)
        sending.start()
        within(30, lambda: "graphfraud_check_seconds_count" in watcher.get("/metrics").text)  # the first line is answered
        running.process.send_signal(signal.SIGTERM)
        going = within(5, lambda: (answer := watcher.get("/readyz")).status_code == 503 and answer)
    sending.join()

    assert going.json()["status"] == "draining"  # type: ignore[attr-defined]  # within returns the answer
    assert going.headers["connection"] == "close"  # type: ignore[attr-defined]
    assert answers == [200] * 60
    assert running.process.wait(timeout=30) == 0
    with pytest.raises(httpx.TransportError):
        httpx.get(running.url + "/healthz")


def test_a_store_that_is_killed_costs_no_check_and_loses_no_application(tmp_path: Path):
    environment = {"GRAPHFRAUD_HOME": str(tmp_path), "GRAPHFRAUD_STORE_MEMORY": "384m", "GRAPHFRAUD_STORE_IDLE": "60"}
    running = serve(environment, "--budget-ms", "2000")
    names = [f"KILLED-{place}" for place in range(30)]
    try:
        with running.client() as client:
            answers = []
            for place, name in enumerate(names):
                if place in (5, 20):
                    engine = embedded.running(tmp_path / "store")
                    if engine is not None:
                        os.kill(engine.pid, signal.SIGKILL)
                answers.append(client.post("/v1/checks", json=application(name)))
            queued = r"^graphfraud_queue_length 0\.0$"
            try:
                within(120, lambda: re.search(queued, client.get("/metrics").text, flags=re.MULTILINE))
            except AssertionError as error:
                raise AssertionError("the queue is not empty:\n" + "\n".join(running.log[-60:])) from error
            within(60, lambda: client.get("/readyz").json()["status"] == "ready")
            there = [client.get(f"/v1/applications/{name}").status_code for name in names]
            degraded = counted(running, "graphfraud_checks_degraded_total")
            errors = counted(running, "graphfraud_store_errors_total", 'error="StoreUnreachable"')
            after = client.post("/v1/checks", json=application("KILLED-AFTER")).json()
        assert running.stop() == 0
    finally:
        embedded.stop(tmp_path / "store", force=True)

    assert {answer.status_code for answer in answers} == {200}
    assert any(answer.json()["degraded"] for answer in answers)
    assert {answer.json()["decision"] for answer in answers if answer.json()["degraded"]} <= {"review", "resubmit", "reject"}
    assert there == [200] * 30
    assert degraded == sum(answer.json()["degraded"] for answer in answers)
    assert errors >= 1  # that it was killed somebody found out, and tried again
    assert not after["degraded"]


def test_a_budget_that_is_too_small_is_told_with_what_to_do(home: dict[str, str]):
    running = serve(home, "--budget-ms", "20")
    with running.client() as client:
        answers = [client.post("/v1/checks", json=application(f"HURRY-{place}")).json() for place in range(3)]
    assert running.stop() == 0

    told = [line for line in running.log if " out of time " in line]
    assert [answer["degraded"] for answer in answers] == [True] * 3
    assert len(told) == 1 and "budget_ms=20" in told[0] and "--budget-ms gives it more time" in told[0]


def test_workers_end_when_the_supervisor_is_killed(home: dict[str, str]):
    running = serve(home)
    (worker,) = children(running.process.pid)

    running.process.kill()

    within(20, lambda: not Path(f"/proc/{worker}").exists())


def test_who_only_observes_passes_everybody(home: dict[str, str]):
    running = serve(home, "--observe")
    incomplete = {"application_id": "OBS-1", "submitted_at": "2025-06-01", "phone": "13912345679"}
    with running.client() as client:
        said = client.post("/v1/checks", json=incomplete).json()
    running.stop()

    assert (said["decision"], said["observed"], said["would_be"], said["terms"]) == ("pass", True, "resubmit", None)


def test_keys_answers_and_their_idempotency_may_be_in_postgresql(home: dict[str, str], postgresql: str):
    url = make_database(postgresql)
    running = serve(home | {"GRAPHFRAUD_STATE": url})
    try:
        with running.client(running.key("checks")) as client:
            once = {"Idempotency-Key": "once"}
            first, again = (client.post("/v1/checks", json=application("POSTGRESQL-1"), headers=once) for _ in range(2))
            other = client.post("/v1/checks", json=application("POSTGRESQL-2"), headers=once)
            read = client.get(f"/v1/checks/{first.json()['check_id']}")
        assert running.stop() == 0
        with State.open(running.settings) as state:
            kept = [answer.body for answer in state.answers.last()]
    finally:
        running.stop()
        drop_database(url)

    assert [answer.status_code for answer in (first, again, other, read)] == [200, 200, 409, 200]
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.content == again.content == read.content == kept[0]
    assert len(kept) == 1 and not first.json()["degraded"]


def test_a_port_that_is_taken_is_one_line(home: dict[str, str]):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = command(home, "--port", str(taken.getsockname()[1]))

    assert done.returncode == 5
    assert "is taken" in done.stderr and done.stderr.count("\n") == 1


def test_a_host_beyond_the_machine_is_warned_of(two: Served):
    warned = [json.loads(line) for line in two.log if "not loopback" in line]

    assert [line["level"] for line in warned] == ["warning"]
    assert "TLS" in warned[0]["advice"]


def test_a_setting_that_is_wrong_is_one_line(home: dict[str, str]):
    done = command(home | {"GRAPHFRAUD_TIME_ZONE": "Mars"})

    assert done.returncode == 2
    assert done.stderr.startswith("graphfraud: GRAPHFRAUD_TIME_ZONE") and done.stderr.count("\n") == 1


def test_a_state_of_another_token_key_stops_the_start_with_its_reason(home: dict[str, str], service: Served):
    done = command(home | {"GRAPHFRAUD_TOKEN_KEY": "0123456789abcdef" * 4}, "--port", "0")

    assert done.returncode == 4
    assert "token key" in done.stderr
