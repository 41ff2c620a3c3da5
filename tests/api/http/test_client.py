"""The Python client against a real service."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest
from serving import Served, application

from graphfraud.client import ApiError, Check, Client


@pytest.fixture
def client(service: Served) -> Iterator[Client]:
    with Client(service.url, service.key(), timeout=60) as client:
        yield client


def test_a_check_is_answered_and_shown_again(client: Client):
    answer = client.check(application("CLIENT-1"))

    assert (answer.application_id, answer.decision, answer.degraded) == ("CLIENT-1", "pass", False)
    assert answer.score is not None and 550 <= answer.score <= 1000
    assert client.get(answer.check_id) == answer


def test_the_same_key_gets_the_same_answer(client: Client):
    first, second = (client.check(application("CLIENT-2"), idempotency_key="client-2") for _ in range(2))

    assert first == second


def test_many_are_answered_in_order_and_each_for_itself(client: Client):
    items = [application(f"MANY-{place}", age=-1 if place == 3 else 30) for place in range(7)]

    found = list(client.check_many(items, size=3))

    assert [type(one) for one in found] == [ApiError if place == 3 else Check for place in range(7)]
    assert [one.application_id for one in found if isinstance(one, Check)] == [f"MANY-{n}" for n in range(7) if n != 3]


def test_an_error_names_the_fields(client: Client):
    with pytest.raises(ApiError, match="loan_amount: the number is below zero") as raised:
        client.check(application("CLIENT-3", loan_amount=-1))

    assert raised.value.status == 422
    assert [error.field for error in raised.value.errors] == ["loan_amount"]


def test_a_wrong_key_is_not_tried_again(service: Served):
    with Client(service.url, "gf_wrong", timeout=60) as client, pytest.raises(ApiError) as raised:
        client.check(application("CLIENT-4"))

    assert raised.value.status == 401


def test_outcomes_and_applications_are_there(client: Client):
    client.check(application("CLIENT-5"))

    added = client.outcomes([{"application_id": "CLIENT-5", "outcome": "paid_off", "observed_on": "2025-09-01"}])

    assert (added.added, added.unknown) == (1, ())
    assert client.application("CLIENT-5")["application_id"] == "CLIENT-5"


def test_before_the_first_scan_there_are_no_rings(client: Client):
    assert list(client.rings()) == []


def test_a_check_whose_connection_breaks_is_sent_again_and_judged_once(service: Served):
    """A proxy that swallows the first answer stands between the client and the service."""
    with socket.create_server(("127.0.0.1", 0)) as proxy:
        threading.Thread(target=_swallow_one, args=(proxy, service.port), daemon=True).start()
        with Client(f"http://127.0.0.1:{proxy.getsockname()[1]}", service.key(), timeout=60) as client:
            answer = client.check(application("BROKEN-1"))

    from graphfraud.state import State

    with State.open(service.settings) as state:
        assert [given.check_id for given in state.answers.of_application("BROKEN-1")] == [answer.check_id]


def _swallow_one(proxy: socket.socket, port: int) -> None:
    for number in range(2):
        client, _ = proxy.accept()
        with client, socket.create_connection(("127.0.0.1", port)) as server:
            client.settimeout(60)
            request = b""
            while b"\r\n\r\n" not in request or not request.endswith(b"}"):
                request += client.recv(65_536)
            server.sendall(request)
            answer = server.recv(65_536)
            while not answer.endswith(b"}"):
                answer += server.recv(65_536)
            if number:
                client.sendall(answer)
