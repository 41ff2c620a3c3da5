"""Rings, applications and outcomes over HTTP: the same as the command line shows, page by page, masked."""

from __future__ import annotations

import json
import re
import time

import httpx
import pytest
from serving import Served, application, command

from api.http.problems import CODES
from graphfraud.results import Reason, Ring, Scan
from graphfraud.store import Store
from graphfraud.store.results import write_scan

DAY = 86_400_000
JUNE = 1_748_736_000_000
NUMBER = 7  # rings of a scan, each of three applications


def ring(number: int) -> Ring:
    members = tuple((f"LOOK-{number}-{place}", 0.9 - place / 10) for place in range(3))
    reasons = (
        Reason("shared", 0.3, "device", ("00000000000000aa",), ("7…c",), {"persons": 3, "days": 2, "dealers": 1}),
        Reason("remainder", 0.1),
    )
    first = JUNE + number * DAY
    return Ring(f"R-{number:012X}", 0.9 - number / 10, members, 3, 1, first, first + DAY, 240_000.0, "", reasons, q=0.01)


def scan(number: int) -> Scan:
    return Scan(f"2025060{number}T000000Z-000000", number, JUNE, JUNE + 1000, "", "", "{}", "9f2c", {"rings": NUMBER}, {})


@pytest.fixture(scope="module")
def reader(served: Served):
    """A client of a service on a store with seven rings, each at a dealer of its own."""
    items = [
        application(f"LOOK-{number}-{place}", dealer_id=f"D{number}", device_id=f"77aa77bb{number}c7d7e7f")
        for number in range(NUMBER)
        for place in range(3)
    ]
    with served.client() as client:
        assert {one["status"] for one in client.post("/v1/checks/batch", json=items).json()["results"]} == {200}
        with Store.open(served.settings) as store:
            write_scan(store, scan(1), [ring(number) for number in range(NUMBER)])
        end = time.monotonic() + 60  # an engine that has just begun plans its first statements for seconds
        while client.get("/v1/rings/R-000000000002").status_code == 503 and time.monotonic() < end:
            time.sleep(0.2)
        yield client


def ids(answer: httpx.Response) -> list[int]:
    assert answer.status_code == 200, answer.text
    return [int(one["ring_id"].removeprefix("R-"), 16) for one in answer.json()["rings"]]


def said(served: Served, *arguments: str) -> dict[str, object]:
    done = command(served, *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_rings_come_riskiest_first_and_page_by_page(reader: httpx.Client):
    found, cursor, pages = [], None, 0
    while pages == 0 or cursor:
        page = reader.get("/v1/rings", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))
        found += ids(page)
        cursor, pages = page.json()["next_cursor"], pages + 1

    assert (found, pages) == (list(range(NUMBER)), 3)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"risk_min": 0.65}, [0, 1, 2]),
        ({"dealer_id": "D4"}, [4]),
        ({"dealer_id": "D99"}, []),
        ({"application_id": "LOOK-5-2"}, [5]),
        ({"application_id": "nobody"}, []),
        ({"since": "2025-06-07"}, [5, 6]),
        ({"since": "2025-06-07", "risk_min": 0.35}, [5]),
        ({"since": "2026-10-31"}, []),
    ],
)
def test_rings_are_filtered(reader: httpx.Client, filters, expected):
    assert ids(reader.get("/v1/rings", params=filters)) == expected


@pytest.mark.parametrize("blank", ["", " "])
def test_a_blank_date_is_no_filter_that_everything_passes(reader: httpx.Client, blank: str):
    answer = reader.get("/v1/rings", params={"since": blank})

    assert answer.status_code == 422 and answer.json()["errors"][0]["field"] == "since"


@pytest.mark.parametrize(
    ("filters", "status", "code", "says"),
    [
        ({"risk_min": 2}, 422, "out_of_range", "risk_min: the number is smaller or larger than it may be; at most 1.0"),
        ({"risk_min": "nan"}, 422, "unreadable_number", "risk_min: the value is not a number"),
        ({"risk_min": "much"}, 422, "unreadable_number", "risk_min: the value is not a number"),
        ({"limit": 0}, 422, "out_of_range", "limit: the number is smaller or larger than it may be; at least 1"),
        ({"limit": 1.5}, 422, "not_a_whole_number", "limit: the value is not a whole number"),
        ({"limit": "9" * 5000}, 422, "not_a_whole_number", "limit: the value is not a whole number"),
        ({"since": "yesterday"}, 422, "unreadable_time", "since: the time is not one, or its year is outside 1990 to 2100"),
        ({"lang": "fr"}, 422, "no_such_choice", "lang: the value is none of those that there are; write 'en' or 'zh'"),
        ({"dealer_id": "a\0"}, 422, "unreadable_text", "dealer_id: the text is empty, too long, or holds characters that"),
        ({"cursor": "x" * 201}, 422, "unreadable_text", "cursor: the text is empty, too long, or holds characters that"),
        ({"risk_mni": 0.7}, 422, "unknown_field", "risk_mni: there is no field of that name; did you mean risk_min?"),
        ({"cursor": "13812345678"}, 404, None, ""),
    ],
)
def test_a_filter_that_is_none_is_named(reader: httpx.Client, filters, status, code, says):
    answer = reader.get("/v1/rings", params=filters)

    found = answer.json().get("errors", [])
    assert answer.status_code == status
    assert [(error["field"], error["code"]) for error in found] == ([(*filters, code)] if code else [])
    assert all(error["message"].startswith(says) and error["code"] in CODES for error in found)
    assert not [value for value in filters.values() if str(value) in answer.json()["detail"]]


def tokens_in(document: object) -> set[str]:
    """The tokens that a document of the command line shows to operators."""
    if isinstance(document, list):
        return set().union(*map(tokens_in, document))
    if not isinstance(document, dict):
        return set()
    own = {document["token"]} if "token" in document else set(document.get("tokens", ()))
    return own.union(*map(tokens_in, document.values()))


def test_a_ring_is_shown_as_the_command_line_shows_it_without_tokens(reader: httpx.Client, served: Served):
    for lang in ("en", "zh"):
        answer = reader.get("/v1/rings/R-000000000002", params={"lang": lang})
        shown, other = answer.json(), said(served, "ring", "R-000000000002", "--lang", lang)

        tokens = tokens_in(other)
        assert len(tokens) == 2  # what the reason cites, and the device that the members share
        assert not [token for token in tokens if token in answer.text]
        for one in (*other["reasons"], *other["shared"]):
            for name in {"token", "tokens", "token_kinds"} & one.keys():
                del one[name]
        assert shown == other
        assert [member["person"] for member in shown["members"]] == [1, 2, 3]
        assert [member["application_id"] for member in shown["members"]] == ["LOOK-2-0", "LOOK-2-1", "LOOK-2-2"]


def test_a_page_of_rings_has_masks_and_no_tokens(reader: httpx.Client):
    page = reader.get("/v1/rings")

    assert page.json()["rings"][0]["reasons"][0]["masks"] == ["7…c"]
    assert "00000000000000aa" not in page.text


def test_an_application_is_shown_as_the_command_line_shows_it_without_tokens(reader: httpx.Client, served: Served):
    shown = reader.get("/v1/applications/LOOK-2-1")
    other = said(served, "application", "LOOK-2-1")

    document = shown.json()
    assert document["ring"]["ring_id"] == "R-000000000002"
    assert [(held["kind"], held["mask"]) for held in document["identifiers"]] == [
        (held["kind"], held["mask"]) for held in other["identifiers"]
    ]
    tokens = {*tokens_in(other), other["versions"][0]["attributes"]["name"]}
    assert not [token for token in tokens if token in shown.text]


@pytest.mark.parametrize("path", ["/v1/rings", "/v1/rings/R-000000000002", "/v1/applications/LOOK-2-1"])
def test_nothing_that_looks_like_a_token_goes_out(reader: httpx.Client, served: Served, path: str):
    answer = reader.get(path)

    looks_like_a_token = re.compile(r"(?<![0-9a-fA-F.])[0-9a-f]{16}(?![0-9a-fA-F])")
    assert answer.status_code == 200
    assert not looks_like_a_token.findall(answer.text)
    assert looks_like_a_token.findall(json.dumps(said(served, "application", "LOOK-2-1")))


def test_what_is_not_there_is_404_without_its_name(reader: httpx.Client):
    for path in ("/v1/rings/R-FFFF", "/v1/applications/13812345678", "/v1/checks/chk_00", "/v1/nothing", "/v1/checks/x"):
        answer = reader.get(path)

        assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
        assert path.rsplit("/", 1)[1] not in answer.text.replace("nothing at", "")


def test_an_answer_that_the_client_has_is_not_sent_again(reader: httpx.Client):
    for path in ("/v1/rings", "/v1/rings/R-000000000001", "/v1/applications/LOOK-1-1"):
        first = reader.get(path)
        tag = first.headers["etag"]

        again = reader.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
        changed = reader.get(path, headers={"If-None-Match": '"other"'})

        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
        assert changed.content == first.content


def test_pages_stay_with_the_scan_of_the_first_one_until_it_is_gone(reader: httpx.Client, served: Served):
    cursor = reader.get("/v1/rings", params={"limit": 2}).json()["next_cursor"]
    with Store.open(served.settings) as store:
        write_scan(store, scan(2), [ring(6)])

        second = reader.get("/v1/rings", params={"limit": 2, "cursor": cursor})
        fresh = reader.get("/v1/rings")
        write_scan(store, scan(3), [ring(number) for number in range(NUMBER)])
        write_scan(store, scan(4), [ring(number) for number in range(NUMBER)])

    assert (ids(second), second.json()["scan_id"], second.json()["current_scan_id"]) == (
        [2, 3],
        scan(1).scan_id,
        scan(2).scan_id,
    )
    assert ids(fresh) == [6]
    assert reader.get("/v1/rings", params={"limit": 2, "cursor": cursor}).status_code in (200, 404)


def test_outcomes_are_added_once(reader: httpx.Client):
    one = {"application_id": "LOOK-0-0", "outcome": "paid_off", "observed_on": "2025-09-01"}

    first = reader.post("/v1/outcomes", json=one)
    again = reader.post("/v1/outcomes", json=[one, one | {"observed_on": "2025-10-01"}, one | {"application_id": "nobody"}])
    unknown = reader.post("/v1/outcomes", json=one | {"application_id": "nobody"})

    assert first.json() == {"added": 1, "unchanged": 0, "unknown": []}
    assert again.json() == {"added": 1, "unchanged": 1, "unknown": [2]}
    assert unknown.status_code == 404


def test_outcomes_that_are_malformed_are_named_by_their_place(reader: httpx.Client):
    one = {"application_id": "LOOK-0-0", "outcome": "paid_off", "observed_on": "2025-09-01"}

    answer = reader.post("/v1/outcomes", json=[one, one | {"observed_on": "soon"}, {"outcome": 1, "else": 1}])

    assert answer.status_code == 422
    assert [(e["field"], e["code"]) for e in answer.json()["errors"]] == [
        ("1.observed_on", "unreadable_time"),
        ("2.else", "unknown_field"),
    ]
