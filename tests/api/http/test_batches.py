"""Lines are answered the same however the network cuts them, on a judge that answers at once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable
from types import SimpleNamespace

import pytest
from starlette.requests import Request

from api.http.batches import _Batch
from api.http.bodies import BATCH, ONE_CHECK
from api.http.exchange import Exchange
from api.http.judging import Reply

LONG = b'{"a": "' + b"x" * ONE_CHECK + b'"}'
BLANKS = b" " * (ONE_CHECK + 1)


async def judge(value: object, *_: object) -> Reply:
    assert isinstance(value, int)
    return Reply(str(value).encode(), "chk_0", "review", degraded=value == 0)


def answered(chunks: Iterable[bytes]) -> tuple[list[tuple[int, int, str]], dict[str, object]]:
    """Return place, status and kind of problem of each line that comes back, and what the log is told."""
    exchange = Exchange("id", 0.0)
    batch = _Batch(SimpleNamespace(judging=SimpleNamespace(judge=judge)), "client", None, exchange)  # type: ignore[arg-type]  # all of a service that it asks for
    rest = iter(chunks)

    async def receive() -> dict[str, object]:
        chunk = next(rest, None)
        return {"type": "http.request", "body": chunk or b"", "more_body": chunk is not None}

    async def ask() -> list[bytes]:
        return [line async for line in batch.lines(Request({"type": "http", "headers": []}, receive))]

    found = [json.loads(line) for line in asyncio.run(ask())]
    return [(one["index"], one["status"], one.get("problem", {}).get("type", "")[23:]) for one in found], exchange.said


@pytest.mark.parametrize("size", [ONE_CHECK // 3, ONE_CHECK + 1, 10 * ONE_CHECK])
def test_a_line_that_is_too_long_is_refused_alone_however_it_is_cut(size: int):
    body = b"\n".join([b"0", LONG, b"", b"1", LONG * 3, BLANKS, b"{", b"2", LONG])

    found, said = answered(body[place : place + size] for place in range(0, len(body), size))

    assert found == [
        (0, 200, ""),
        (1, 413, "too-large"),
        (2, 200, ""),
        (3, 413, "too-large"),
        (4, 413, "too-large"),
        (5, 400, "malformed"),
        (6, 200, ""),
        (7, 413, "too-large"),
    ]
    assert said == {"answered": 3, "degraded": 1, "refused": 5}


def test_borders_within_a_line_and_at_its_ends_change_nothing():
    body = b"1\n" + LONG + b"\n2\n"
    whole, _ = answered([body])

    for border in (1, 2, 3, ONE_CHECK, ONE_CHECK + 2, ONE_CHECK + 3, len(body) - 4, len(body) - 3, len(body) - 2):
        assert answered([body[:border], body[border:]])[0] == whole == [(0, 200, ""), (1, 413, "too-large"), (2, 200, "")]


def test_a_body_that_is_too_large_ends_with_the_place_that_was_not_taken():
    blank = b" " * 1023 + b"\n"

    found, said = answered([b"1\n2\n", *[blank * 64] * (BATCH // ONE_CHECK), b"3\n"])

    assert found == [(0, 200, ""), (1, 200, ""), (2, 413, "too-large")]
    assert said["refused"] == 1
