"""What comes wrong over the wire is answered with a problem that names the field, and never with a 5xx."""

from __future__ import annotations

import gzip
import json
import re
import socket
import time

import httpx
import pytest
from serving import Served, application

PROBLEM = "application/problem+json"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client(service: Served):
    with service.client() as client:
        yield client


def body(**columns: object) -> bytes:
    return json.dumps(application("BAD-1") | columns).encode()


@pytest.mark.parametrize(
    ("content", "status", "field"),
    [
        (b"", 400, None),
        (b"{", 400, None),
        (b"\xff\xfe{}", 400, None),
        (body(product="x").replace(b'"x"', b'"\xc3\x28"'), 400, None),
        (b"[" * 60_000, 400, None),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400, None),
        (b"[]", 422, ""),
        (b"null", 422, ""),
        (b"{}", 422, "application_id"),
        (body(age=1).replace(b'"age": 1', b'"age": NaN'), 422, "age"),
        (body(age=1).replace(b'"age": 1', b'"age": -Infinity'), 422, "age"),
        (body(age=1).replace(b'"age": 1', b'"age": 1e999'), 422, "age"),
        (body(age=1).replace(b'"age": 1', b'"age": 1, "age": 2'), 422, "age"),
        (body(colour="red"), 422, "colour"),
        (body(age=True), 422, "age"),
        (body(age=[1]), 422, "age"),
        (body(phone={"number": "1"}), 422, "phone"),
        (body(phone=[["1"]]), 422, "phone"),
        (body(loan_amount=-80_000), 422, "loan_amount"),
        (body(loan_amount="minus"), 422, "loan_amount"),
        (body(submitted_at="2999-01-01"), 422, "submitted_at"),
        (body(submitted_at="2099-01-01"), 422, "submitted_at"),
        (body(submitted_at="1900-01-01"), 422, "submitted_at"),
        (body(submitted_at=1_748_736_000), 422, "submitted_at"),
        (body(submitted_at=None), 422, "submitted_at"),
        (body(address="x" * 501), 422, "address"),
        (body(product="x" * 10_001), 422, "product"),
        (body(product="a\x00b"), 422, "product"),
        (body(product="\ud800"), 422, "product"),
        (body(application_id="x" * 201), 422, "application_id"),
        (body(application_id="13812345678"), 422, "application_id"),
        (body(product="x" * 70_000), 413, None),
        (b"x" * 10_000_000, 413, None),
    ],
    ids=lambda value: repr(value[:40]) if isinstance(value, bytes) else None,
)
def test_a_bad_body_is_refused_with_its_field(client: httpx.Client, content, status, field):
    answer = client.post("/v1/checks", content=content, headers=JSON)

    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    said = answer.json()
    assert said["status"] == status and said["request_id"] == answer.headers["x-request-id"]
    if field is not None:
        assert field in [error["field"] for error in said["errors"]]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=gbk"},
    ],
)
def test_another_content_type_is_refused(client: httpx.Client, headers):
    answer = client.post("/v1/checks", content=body(), headers=headers)

    assert (answer.status_code, answer.headers["accept"]) == (415, "application/json")


def test_a_packed_body_is_no_json(client: httpx.Client):
    assert client.post("/v1/checks", content=gzip.compress(body()), headers=JSON).status_code == 400


@pytest.mark.parametrize("path", ["/v1/checks", "/v1/checks/batch", "/v1/outcomes"])
def test_a_packed_body_that_says_so_is_another_type(client: httpx.Client, path: str):
    packed = client.post(path, content=gzip.compress(body()), headers=JSON | {"Content-Encoding": "gzip"})
    lines = client.post(path, content=body(), headers={"Content-Type": "application/x-ndjson", "Content-Encoding": "br"})
    plain = client.post("/v1/checks", content=body(), headers=JSON | {"Content-Encoding": "identity"})

    assert (packed.status_code, lines.status_code, plain.status_code) == (415, 415, 200)
    assert packed.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("length", ["-1", "abc", "99999999999999999999"])
def test_a_length_that_is_none_is_refused(service: Served, length):
    with socket.create_connection(("127.0.0.1", service.port), timeout=10) as raw:
        key = service.key("checks")
        raw.sendall(
            f"POST /v1/checks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {length}\r\n\r\n{{".encode()
        )
        assert raw.recv(1000).startswith((b"HTTP/1.1 400", b"HTTP/1.1 413"))


@pytest.mark.parametrize("said", [None, "Bearer", "Bearer x", "Basic eDp5", "Bearer gf_000000000000_" + "x" * 43, "é"])
def test_without_a_key_that_works_nothing_is_told(service: Served, said):
    headers = [] if said is None else [(b"authorization", said.encode("latin-1"))]

    answers = [
        httpx.post(service.url + "/v1/checks", json=application("KEY-1"), headers=headers),
        httpx.get(service.url + "/v1/rings", headers=headers),
        httpx.post(service.url + "/v1/outcomes", json={}, headers=headers),
    ]

    for answer in answers:
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="graphfraud"')
        assert answer.json()["detail"] == "Send Authorization: Bearer KEY with a valid key."


def test_a_key_that_expired_does_not_work(service: Served):
    key = service.key("checks", expires_at=time.time_ns() // 1_000_000 + 1500)
    with service.client(key) as client:
        before = client.get("/v1/checks/chk_00").status_code
        time.sleep(1.6)
        after = client.get("/v1/checks/chk_00").status_code

    assert (before, after) == (404, 401)


@pytest.mark.parametrize(
    ("scope", "allowed"),
    [("checks", {"/v1/checks"}), ("read", {"/v1/rings"}), ("outcomes", {"/v1/outcomes"}), ("admin", {"all"})],
)
def test_a_key_does_what_its_scope_says_and_no_more(service: Served, scope, allowed):
    with service.client(service.key(scope)) as client:
        answers = {
            "/v1/checks": client.post("/v1/checks", json={}),
            "/v1/rings": client.get("/v1/rings", params={"limit": 1}),
            "/v1/outcomes": client.post("/v1/outcomes", json={}),
        }

    refused = {path for path, answer in answers.items() if answer.status_code == 403}
    assert refused == (set() if "all" in allowed else answers.keys() - allowed)


def test_a_key_with_a_limit_is_told_what_is_left_and_when_to_come_back(service: Served):
    with service.client(service.key("checks", rate=3)) as client:
        answers = [client.get("/v1/checks/chk_00") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [404, 404, 404, 429]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=3;w=60'
    assert [answer.headers["ratelimit"].partition(";t")[0] for answer in answers] == [f'"key";r={n}' for n in (2, 1, 0, 0)]
    assert 1 <= int(answers[3].headers["retry-after"]) <= 20


def test_a_key_without_a_limit_has_none(client: httpx.Client):
    assert "ratelimit" not in client.get("/v1/checks/chk_00").headers


@pytest.mark.parametrize("key", ["", "x" * 256, "two words", "é"])
def test_an_idempotency_key_is_visible_ascii(client: httpx.Client, key):
    answer = client.post("/v1/checks", content=body(), headers=[(b"idempotency-key", key.encode("latin-1")), *_json()])

    assert (answer.status_code, "Idempotency-Key" in answer.json()["detail"]) == (400, True)


def _json() -> list[tuple[bytes, bytes]]:
    return [(b"content-type", b"application/json")]


@pytest.mark.parametrize(("method", "path", "allow"), [("PUT", "/v1/checks", "POST"), ("POST", "/healthz", "GET, HEAD")])
def test_another_method_is_told_which_there_are(client: httpx.Client, method, path, allow):
    answer = client.request(method, path)

    assert (answer.status_code, answer.headers["allow"], answer.headers["content-type"]) == (405, allow, PROBLEM)


def test_a_request_id_is_kept_if_it_is_one(client: httpx.Client, service: Served):
    kept = client.get("/healthz", headers={"X-Request-ID": "flow-7:42"})
    made = [client.get("/healthz", headers={"X-Request-ID": said}) for said in ("13812345678", "a b", "x" * 200)]

    assert kept.headers["x-request-id"] == "flow-7:42"
    assert all(answer.headers["x-request-id"].isalnum() and len(answer.headers["x-request-id"]) == 16 for answer in made)
    assert any("request_id=flow-7:42" in line for line in service.log)


def test_the_log_says_what_was_answered_and_nothing_of_what_was_sent(client: httpx.Client, service: Served):
    sent = application("LOG-1", phone="139 8765 4321", applicant_name="欧阳修远")
    client.post("/v1/checks", json=sent)
    client.post("/v1/checks", json=sent | {"dealer_id": "13987654321", "13987654321": 1})
    client.get("/v1/applications/13987654321")
    client.post("/v1/checks/batch", json=[sent, {}, 1])
    time.sleep(0.3)

    log = "\n".join(service.log)
    assert "route=/v1/checks status=200" in log and "decision=" in log
    assert re.search(r"route=/v1/checks/batch status=200 .* answered=1 degraded=0 refused=2", log)
    assert not [
        value for value in ("139 8765 4321", "13987654321", "欧阳", str(sent["applicant_id"]), str(sent["vin"])) if value in log
    ]


def test_a_body_that_stops_coming_is_given_up(service: Served):
    with socket.create_connection(("127.0.0.1", service.port), timeout=40) as raw:
        key = service.key("checks")
        head = f"POST /v1/checks HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
        raw.sendall(f"{head}Content-Length: 100\r\n\r\n{{".encode())

        assert raw.recv(100).startswith(b"HTTP/1.1 408")
