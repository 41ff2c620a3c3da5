"""One application in, one answer out, the same bytes whenever it is asked for again."""

from __future__ import annotations

import json
import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pandas as pd
import pytest
from serving import Served, application, command

from graphfraud.intake import Intake
from graphfraud.intake.listed import ListIntake
from graphfraud.state import State


def test_an_application_is_stored_and_answered(served: Served):
    body = application("CHECK-1")

    with served.client() as client:
        answer = client.post("/v1/checks", json=body)
        stored = client.get("/v1/applications/CHECK-1")

    assert answer.status_code == 200, answer.text
    said = answer.json()
    assert (said["application_id"], said["decision"], said["degraded"]) == ("CHECK-1", "pass", False)
    assert stored.json()["versions"][0]["attributes"]["loan_amount"] == 80_000
    raw = [str(body[column]) for column in ("applicant_id", "applicant_name", "phone", "device_id", "account_no", "vin")]
    assert not [value for value in raw if value in answer.text or value in stored.text]


def test_the_command_line_answers_the_same(served: Served):
    bodies = [application("SAME-1"), application("SAME-2", loan_amount="8万", down_payment=None)]
    with served.client() as client:
        over_http = [client.post("/v1/checks", json=body).json() for body in bodies]

    done = command(served, "check", "-", "--json", text="\n".join(map(json.dumps, bodies)))

    own = ("check_id", "as_of")
    assert done.returncode == 0, done.stderr
    assert [_without(json.loads(line), own) for line in done.stdout.splitlines()] == [_without(one, own) for one in over_http]


def test_the_command_line_answers_the_same_of_a_ring_and_of_a_list(with_rings: Served, tmp_path: Path):
    rows = pd.read_csv(tmp_path / "world" / "applications.csv.gz", dtype=str).set_index("application_id", drop=False)
    intake = ListIntake(Intake(with_rings.settings.token_key(), with_rings.settings.conventions))
    with with_rings.client() as client, State.open(with_rings.settings) as state:
        ring = client.get("/v1/rings").json()["rings"][0]["ring_id"]
        member = client.get(f"/v1/rings/{ring}").json()["members"][0]["application_id"]
        bodies = [rows.loc[member].dropna().to_dict(), application("ON-A-LIST")]
        state.lists.load("bad-phones", "court", intake.listed({"phone": bodies[1]["phone"]}), actor="test")
        time.sleep(1.5)  # servers notice within about a second
        over_http = [client.post("/v1/checks", json=body).json() for body in bodies]

    done = command(with_rings, "check", "-", "--json", text="\n".join(map(json.dumps, bodies)))

    own = ("check_id", "as_of")
    assert done.returncode == 0, done.stderr
    assert [_without(json.loads(line), own) for line in done.stdout.splitlines()] == [_without(one, own) for one in over_http]
    assert (over_http[0]["ring"]["ring_id"], over_http[0]["ring"]["state"]) == (ring, "known")
    assert [hit["list"] for hit in over_http[1]["list_hits"]] == ["bad-phones"]


def _without(document: dict[str, object], names: tuple[str, ...]) -> dict[str, object]:
    return {name: value for name, value in document.items() if name not in names}


def test_an_answer_is_shown_again_byte_for_byte_to_its_own_client_or_a_reader(served: Served):
    ours, others, reader = served.key("checks"), served.key("checks"), served.key("read")
    with served.client(ours) as client:
        answer = client.post("/v1/checks", json=application("AGAIN-1"))
    path = f"/v1/checks/{answer.json()['check_id']}"

    shown = [httpx.get(served.url + path, headers={"Authorization": f"Bearer {key}"}) for key in (ours, others, reader)]

    assert [one.status_code for one in shown] == [200, 404, 200]
    assert shown[0].content == shown[2].content == answer.content


def test_the_same_key_and_body_get_the_same_bytes_and_another_body_409(served: Served):
    body = application("ONCE-1")
    spaced = json.dumps(dict(reversed(body.items())), indent=3)

    with served.client(**{"Idempotency-Key": "once-1"}) as client:
        first = client.post("/v1/checks", json=body)
        again = client.post("/v1/checks", content=spaced, headers={"Content-Type": "application/json"})
        other = client.post("/v1/checks", json=body | {"loan_amount": 80_001})
    with served.client(**{"Idempotency-Key": "once-1"}) as client:
        of_another_client = client.post("/v1/checks", json=body)

    assert first.content == again.content
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert (other.status_code, other.json()["type"]) == (409, "urn:graphfraud:problem:conflict")
    assert of_another_client.json()["check_id"] != first.json()["check_id"]


def test_a_refused_body_leaves_its_key_free(served: Served):
    with served.client(**{"Idempotency-Key": "twice-1"}) as client:
        refused = client.post("/v1/checks", json=application("TWICE-1", age="old"))
        taken = client.post("/v1/checks", json=application("TWICE-1", age=30))

    assert (refused.status_code, taken.status_code) == (422, 200)


def test_twenty_clients_who_send_the_same_keys_at_once_get_one_judgement_each(served: Served):
    key, number, before = served.key("checks"), 25, judgements(served)
    bodies = [application(f"RACE-{place}") for place in range(number)]
    start = threading.Barrier(20)

    def send(_: int) -> list[bytes]:
        with served.client(key) as client:
            start.wait()
            return [
                client.post("/v1/checks", json=body, headers={"Idempotency-Key": f"race-{place}"}).content
                for place, body in enumerate(bodies)
            ]

    with ThreadPoolExecutor(20) as threads:
        heard = list(threads.map(send, range(20)))

    with State.open(served.settings) as state:
        given = [len(state.answers.of_application(f"RACE-{place}")) for place in range(number)]
    assert judgements(served) - before == number
    assert given == [1] * number
    assert all(answers == heard[0] for answers in heard)
    assert len(set(heard[0])) == number


def judgements(served: Served) -> float:
    """Count the checks that the service has answered anew."""
    text = httpx.get(served.url + "/metrics").text
    return sum(map(float, re.findall(r"^graphfraud_check_seconds_count\{.*\} ([0-9.e+]+)$", text, flags=re.MULTILINE)))


def test_a_batch_gives_each_application_its_answer_or_its_problem(served: Served):
    items = [application("BATCH-1"), {"application_id": "BATCH-2"}, "no application", application("BATCH-3", age=-1)]

    with served.client() as client:
        answer = client.post("/v1/checks/batch", json=items)

    results = answer.json()["results"]
    assert [(one["index"], one["status"]) for one in results] == [(0, 200), (1, 422), (2, 422), (3, 422)]
    assert results[0]["answer"]["application_id"] == "BATCH-1"
    assert results[3]["problem"]["errors"][0]["field"] == "age"


@pytest.mark.parametrize("items", [[], {}, [1] * 1001], ids=["none", "an object", "too many"])
def test_a_batch_has_one_to_a_thousand_applications(served: Served, items: object):
    with served.client() as client:
        assert client.post("/v1/checks/batch", json=items).status_code == 422


def test_lines_are_answered_by_lines_while_they_are_sent(served: Served):
    sent = threading.Event()

    def lines():
        yield json.dumps(application("LINE-0")).encode() + b"\n{broken\n\n"
        assert sent.wait(30), "the first application was not judged before the last line was sent"
        yield json.dumps(application("LINE-3")).encode()  # without a newline at its end

    # httpx sends all before it reads: somebody else looks whether the first line is judged by then.
    watching = threading.Thread(target=_when_judged, args=(served, "LINE-0", sent))
    watching.start()
    headers = {"Content-Type": "application/x-ndjson"}
    with served.client(**headers) as client, client.stream("POST", "/v1/checks/batch", content=lines()) as answer:
        found = [json.loads(line) for line in answer.iter_lines()]
    watching.join()

    assert answer.headers["content-type"] == "application/x-ndjson"
    assert [(one["index"], one["status"]) for one in found] == [(0, 200), (1, 400), (2, 200)]


def _when_judged(served: Served, application_id: str, sent: threading.Event) -> None:
    with State.open(served.settings) as state:
        end = time.monotonic() + 30
        while time.monotonic() < end and not state.answers.of_application(application_id):
            time.sleep(0.05)
    sent.set()


def test_a_batch_that_is_sent_again_goes_on_where_it_was(served: Served):
    with served.client(**{"Idempotency-Key": "night-1"}) as client:
        first = client.post("/v1/checks/batch", json=[application("NIGHT-0"), application("NIGHT-1")]).json()["results"]
        whole = [application(f"NIGHT-{place}") for place in range(3)]
        again = client.post("/v1/checks/batch", json=whole).json()["results"]

    assert again[:2] == first
    assert again[2]["status"] == 200


def test_an_id_with_a_slash_is_found_again(service: Served):
    with service.client(service.key("checks", "read")) as client:
        assert client.post("/v1/checks", json=application("AP/2025/1")).status_code == 200

        shown = client.get("/v1/applications/AP%2F2025%2F1")

    assert (shown.status_code, shown.json()["application_id"]) == (200, "AP/2025/1")
