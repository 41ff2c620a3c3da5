"""Webhooks: signed, retried with growing pauses, told once each, dead letters kept, no way into the own network."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import re
import socket
import threading
import time
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import httpcore
import pytest
from engines.webhook_receiver import Receiver
from records import answer

from graphfraud import webhooks
from graphfraud.errors import NotFound, SettingError
from graphfraud.state import State, versions
from graphfraud.state.clock import DAY, SECOND
from graphfraud.state.outbox import LEASE, Delivery, make_event, secret_text
from graphfraud.webhooks import LOOK_UP_SECONDS, SEND_SECONDS, TRIES, Sender, check_url, is_public, pause_ms, sign


@pytest.fixture
def receiver():
    made = Receiver()
    yield made
    made.close()


@pytest.fixture
def sender(state):
    made = Sender(state, private=True)
    yield made
    made.close()


def told(*ids, type="check.decided"):
    return [make_event(event_id, type, 1_760_000_000_000, {"decision": "pass"}) for event_id in ids]


def test_a_message_arrives_signed_as_its_receiver_can_check(state, receiver, sender, clock):
    endpoint = state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    shown = secret_text(state.outbox.secret(endpoint.endpoint_id, None))
    state.answers.record([answer("c1")], told("e1"))

    assert sender.send_due() == 1

    ((headers, body),) = receiver.got
    secret = base64.b64decode(shown.removeprefix("whsec_"))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    assert headers["webhook-signature"] == "v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-timestamp"] == str(clock() // SECOND)
    assert body == told("e1")[0].body
    assert state.outbox.counts() == {"waiting": 0, "delivered": 1, "dead": 0}


def test_the_signature_is_that_of_the_published_example():
    secret = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    body = b'{"test": 2432232314}'

    said = sign(secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, body)

    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_an_endpoint_is_told_of_what_it_asked_for_only(state, receiver, sender):
    state.outbox.add_endpoint(receiver.url, ["ring.formed"], actor="me")
    state.outbox.add(told("check") + told("ring", type="ring.formed"))

    sender.send_due()

    assert receiver.ids() == ["ring"]


def test_an_event_that_several_workers_add_is_told_once(settings, state, receiver, sender, clock):
    state.outbox.add_endpoint(receiver.url, ["ring.formed"], actor="me")
    with State.open(settings, clock) as other:
        for worker in (state, other, state):
            worker.outbox.add(told("ring:1", type="ring.formed"))
    sender.send_due()
    state.outbox.add(told("ring:1", type="ring.formed"))
    sender.send_due()

    assert receiver.ids() == ["ring:1"]


def test_a_failed_message_is_tried_again_after_a_growing_pause(state, receiver, sender, clock):
    endpoint = state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    state.outbox.add(told("e1"))
    receiver.answers = [500, 302, 200]

    sender.send_due()
    assert sender.send_due() == 0
    for attempt in (1, 2):
        clock.goes(pause_ms("e1", endpoint.endpoint_id, attempt) - 1)
        assert sender.send_due() == 0
        assert len(receiver.got) == attempt
        clock.goes(1)
        sender.send_due()

    assert len(receiver.got) == 3
    assert state.outbox.counts()["delivered"] == 1


def test_pauses_grow_to_hours_and_differ_between_deliveries():
    pauses = [pause_ms("e1", "wh_1", attempt) for attempt in range(1, 15)]

    assert 4 * SECOND <= pauses[0] <= 6 * SECOND
    assert all(a < b for a, b in pairwise(pauses[:8]))
    assert max(pauses) <= 1.2 * webhooks.LONGEST_PAUSE
    assert pauses[0] == pause_ms("e1", "wh_1", 1) != pause_ms("e2", "wh_1", 1)


def test_what_never_arrives_is_given_up_visibly_and_can_be_tried_again(state, receiver, sender, clock):
    state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    state.outbox.add(told("e1"))
    receiver.answers = [503] * TRIES

    for _ in range(TRIES):
        sender.send_due()
        clock.goes(DAY)

    (letter,) = state.outbox.letters("dead")
    assert (letter.event_id, letter.attempts, letter.last_status) == ("e1", TRIES, 503)
    assert state.outbox.retry(actor="me") == 1
    assert sender.send_due() == 1
    assert state.outbox.letters("dead") == []


def test_an_endpoint_that_says_gone_is_switched_off_until_somebody_switches_it_on(state, receiver, sender, clock):
    endpoint = state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    state.outbox.add(told("e1", "e2", "e3"))
    receiver.answers = [410]

    sender.send_due()
    state.outbox.add(told("e4"))

    assert [(letter.event_id, letter.last_status) for letter in state.outbox.letters()] == [("e1", 410)]
    assert state.outbox.endpoint(endpoint.endpoint_id).off_since == clock()
    (line,) = state.audit.lines(limit=1)
    assert (line.actor, line.action, line.subject) == ("webhooks", "webhook.off", endpoint.endpoint_id)
    assert state.outbox.retry(actor="me") == 0
    for _ in range(2):
        state.outbox.switch_on(endpoint.endpoint_id, actor="me")
    state.outbox.add(told("e5"))
    assert state.outbox.retry(actor="me") == 1
    assert sender.send_due() == 2
    assert [line.action for line in state.audit.lines()].count("webhook.on") == 1
    with pytest.raises(NotFound, match="no webhook"):
        state.outbox.switch_on("wh_none", actor="me")


def test_what_a_process_still_adds_for_an_endpoint_that_is_off_is_dropped(state, receiver, sender):
    state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    late = state.outbox.planned(told("e2"))  # before the other process sends
    state.outbox.add(told("e1"))
    receiver.answers = [410]
    sender.send_due()
    state.database.write(lambda connection: state.outbox.store(connection, late))

    assert sender.send_due() == 0
    assert state.outbox.counts() == {"waiting": 0, "delivered": 0, "dead": 1}


def test_one_endpoint_that_does_not_answer_holds_up_no_other(state, receiver, sender):
    state.outbox.add_endpoint("http://127.0.0.1:1/nobody", ["check.decided"], actor="me")
    state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    state.outbox.add(told(*(f"e{i}" for i in range(10))))

    assert sender.send_due() == 10

    waiting = state.outbox.letters("waiting")
    assert sorted(letter.attempts for letter in waiting) == [0] * 9 + [1]


def test_senders_share_the_work_and_a_dead_one_s_is_taken_over(settings, state, receiver, sender, clock):
    state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    state.outbox.add(told("e1", "e2"))
    (held,) = state.outbox.take(1)

    assert sender.send_due() == 1
    assert held.event_id not in receiver.ids()
    clock.goes(LEASE)
    assert sender.send_due() == 1
    state.outbox.failed(held, 500, "late", clock())
    assert state.outbox.counts()["delivered"] == 2


def test_each_message_is_sent_once_though_an_endpoint_is_as_slow_as_can_be(settings, state, receiver, sender, clock):
    state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    state.outbox.add(told(*(f"e{i}" for i in range(8))))
    slowest = int((SEND_SECONDS + LOOK_UP_SECONDS) * SECOND)
    taken: list[Delivery] = []

    with State.open(settings, clock) as another:
        other = Sender(another, private=True)
        receiver.before = lambda: (clock.goes(slowest), taken.extend(another.outbox.take(32)))
        sender.send_due()
        receiver.before = lambda: None
        other._send_all(taken)  # what lapsed before its turn came
        other.close()

    assert taken
    assert sorted(receiver.ids()) == [f"e{i}" for i in range(8)]
    assert state.outbox.counts()["delivered"] == 8


def test_what_another_took_over_is_not_sent_as_well(state, receiver, sender, clock, monkeypatch):
    state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    state.outbox.add(told("e1"))
    taken = state.outbox.take(1)
    clock.goes(LEASE)
    state.outbox.take(1)

    assert state.outbox.hold(taken[0]) is None
    assert sender._send_all(taken) == 0
    assert receiver.got == []


def test_an_endpoint_that_answers_byte_by_byte_is_given_up_in_time(state, monkeypatch):
    monkeypatch.setattr(webhooks, "SEND_SECONDS", 0.5)
    ended = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        endpoint = state.outbox.add_endpoint(
            f"http://127.0.0.1:{listener.getsockname()[1]}/hook", ["check.decided"], actor="me"
        )

        def drip() -> None:
            connection, _ = listener.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(b"HTTP/1.1 204 No Content\r\nx: ")
                while not ended.wait(0.05):
                    connection.sendall(b"x")

        dripping = threading.Thread(target=drip)
        dripping.start()
        sender = Sender(state, private=True)
        began = time.monotonic()

        attempt = sender.test(endpoint)

        seconds = time.monotonic() - began
        ended.set()
        dripping.join()
        sender.close()
    assert attempt.status is None and attempt.error.startswith("ReadTimeout")
    assert seconds < 3


def test_a_removed_endpoint_is_told_nothing_more(state, receiver, sender):
    endpoint = state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    state.outbox.add(told("e1"))
    state.outbox.remove_endpoint(endpoint.endpoint_id, actor="me")
    state.outbox.add(told("e2"))

    assert sender.send_due() == 0
    assert receiver.got == []
    with pytest.raises(NotFound):
        state.outbox.remove_endpoint(endpoint.endpoint_id, actor="me")


def test_what_a_process_adds_that_does_not_know_of_a_removal_yet_is_dropped(
    settings, state, receiver, sender, clock, monkeypatch
):
    monkeypatch.setattr(versions, "LOOK_AGAIN", 600.0)
    endpoint = state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    with State.open(settings, clock) as other:
        assert other.outbox.endpoints() == (endpoint,)
        state.outbox.remove_endpoint(endpoint.endpoint_id, actor="me")
        other.outbox.add(told("e1"))
    assert state.outbox.counts()["waiting"] == 1

    assert sender.send_due() == 0
    assert receiver.got == []
    assert state.outbox.counts()["waiting"] == 0


def test_a_thread_sends_what_comes(state, receiver, monkeypatch):
    monkeypatch.setattr(webhooks, "LOOKS_EVERY", 0.02)
    state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    sender = Sender(state, private=True)
    arrived = threading.Event()
    settle = state.outbox.delivered
    monkeypatch.setattr(state.outbox, "delivered", lambda *a: (settle(*a), arrived.set()))

    sender.start()
    state.outbox.add(told("e1"))

    assert arrived.wait(10)
    sender.close()
    assert receiver.ids() == ["e1"]


def test_a_test_message_says_how_it_went(state, receiver, sender):
    endpoint = state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    receiver.answers = [204, 500]

    assert sender.test(endpoint).arrived
    assert sender.test(endpoint).error == "answered 500"


def test_a_secret_may_stand_in_a_file(state, receiver, sender, tmp_path: Path):
    file = tmp_path / "secret"
    file.write_text("0123456789abcdef0123456789abcdef\n")
    state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me", secret_file=file)
    state.outbox.add(told("e1", "e2"))
    sender.send_due()

    headers, body = receiver.got[0]
    said = sign(b"0123456789abcdef0123456789abcdef", headers["webhook-id"], int(headers["webhook-timestamp"]), body)
    assert headers["webhook-signature"] == said


def test_a_secret_that_is_gone_keeps_the_message_waiting(state, receiver, sender, tmp_path: Path):
    state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me", secret_file=tmp_path / "none")
    state.outbox.add(told("e1"))

    sender.send_due()

    assert receiver.got == []
    assert "cannot read the webhook secret" in (state.outbox.letters("waiting")[0].last_error or "")


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/hook",
        "https://127.0.0.1/hook",
        "https://[::1]/hook",
        "https://[::ffff:10.0.0.1]/hook",
        "https://localhost/hook",
        "https://169.254.169.254/latest/meta-data",
        "https://10.1.2.3/",
        "https://db.internal/",
        "https://user:pw@example.com/",
        "ftp://example.com/",
        "example.com",
        "https://example.com:99999/",
        "https://example.com:abc/",
        "https://例子.example/",
        f"https://{'a' * 64}.example/",
    ],
)
def test_an_address_that_leads_inside_or_is_none_is_refused(url):
    with pytest.raises(SettingError):
        check_url(url, private=False)


def test_an_address_of_the_internet_is_taken():
    assert check_url("https://example.com:8443/hook?x=1", private=False)
    assert check_url("http://127.0.0.1/hook", private=True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700::1111", True),
        ("10.0.0.1", False),
        ("100.64.0.1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("fe80::1%eth0", False),
        ("224.0.0.1", False),
        ("0.0.0.0", False),
    ],
)
def test_public_addresses_are_told_from_others(address, public):
    assert is_public(address) is public


def test_a_public_name_that_leads_inside_is_not_connected_to(state, monkeypatch):
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", 443))])
    sender = Sender(state)
    endpoint = state.outbox.add_endpoint("https://example.com/hook", ["check.decided"], actor="me")

    attempt = sender.test(endpoint)

    sender.close()
    assert attempt.status is None
    assert "leads to an address of this machine" in attempt.error


class Network(httpcore.NetworkBackend):
    """The internet as far as these tests go: one address of it answers."""

    def __init__(self, answers: str) -> None:
        self.answers, self.tried = answers, []

    def connect_tcp(self, host, port, *_, **__):
        self.tried.append(host)
        if host != self.answers:
            raise httpcore.ConnectError(f"{host} does not answer")
        return httpcore.NetworkStream()


@pytest.mark.parametrize(
    ("answers", "tried"),
    [
        ("2606:4700::1111", ["2606:4700::1111"]),
        ("1.1.1.1", ["2606:4700::1111", "8.8.8.8", "1.1.1.1"]),
        ("127.0.0.1", ["2606:4700::1111", "8.8.8.8", "1.1.1.1"]),
    ],
)
def test_each_public_address_of_a_name_is_tried_in_turn_and_no_other(monkeypatch, answers, tried):
    found = ("10.0.0.1", "2606:4700::1111", "8.8.8.8", "127.0.0.1", "8.8.8.8", "1.1.1.1")
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: [(0, 1, 6, "", (address, 443)) for address in found])
    network = Network(answers)

    connect = webhooks._PublicOnly(network).connect_tcp
    if is_public(answers):
        connect("example.com", 443)
    else:
        with pytest.raises(httpcore.ConnectError, match=re.escape("1.1.1.1 does not answer")):
            connect("example.com", 443)

    assert network.tried == tried


def test_events_that_nobody_knows_are_refused(state):
    with pytest.raises(SettingError, match="'check\\.done' is no event"):
        state.outbox.add_endpoint("https://example.com", ["check.done"], actor="me")


def test_old_events_go_once_they_arrived(state, receiver, sender, clock):
    endpoint = state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    receiver.answers = [204, 410]
    state.outbox.add([make_event(f"e{i}", "check.decided", clock(), {}) for i in range(2)])
    sender.send_due()
    state.outbox.switch_on(endpoint.endpoint_id, actor="me")
    clock.goes(31 * DAY)
    state.outbox.add([make_event("e3", "check.decided", clock(), {})])

    assert state.sweep().events == 1
    clock.goes(60 * DAY)
    assert state.sweep().events == 1
    assert [letter.event_id for letter in state.outbox.letters()] == ["e3"]


def test_the_check_of_signatures_in_the_documentation_holds(state, receiver, sender, clock):
    page = (Path(__file__).parents[2] / "docs" / "state.md").read_text()
    names: dict[str, object] = {}
    exec(re.search(r"```python\n(.*?)```", page, flags=re.DOTALL)[1], names)
    names["time"] = SimpleNamespace(time=lambda: clock() / 1000)
    endpoint = state.outbox.add_endpoint(receiver.url, ["check.decided"], actor="me")
    secret = secret_text(state.outbox.secret(endpoint.endpoint_id, None))
    state.outbox.add(told("e1"))
    sender.send_due()
    headers, body = receiver.got[0]

    assert names["is_genuine"](secret, headers, body)
    assert not names["is_genuine"](secret, headers, body + b" ")
    clock.goes(301 * SECOND)
    assert not names["is_genuine"](secret, headers, body)
