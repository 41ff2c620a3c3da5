"""`/v1/checks/batch`: many applications in, each with its own answer or problem."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from functools import partial
from typing import Any, NoReturn

import orjson
from fastapi import APIRouter, Request
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.http import bodies, logs
from api.http.application_schema import application_example
from api.http.auth import authorise
from api.http.checks import IDEMPOTENCY, idempotency_key
from api.http.exchange import Exchange, exchange_of
from api.http.openapi import Document, body, problems, ref
from api.http.problems import Problem, invalid, of_error
from api.http.service import Service, service_of
from graphfraud.errors import FieldError, GraphfraudError

router = APIRouter(tags=["checks"])

MOST = 1_000
# Checks of one batch under way at once: enough for full groups, few enough that single checks are not kept waiting.
AT_ONCE = 16
NDJSON = "application/x-ndjson"

_ITEM = {"anyOf": [ref("Application"), {"description": "what is no application gets a problem of its own"}]}
_LINES = {"schema": {"type": "string", "description": "one Application a line"}}
_BODY: dict[str, Document] = {
    "application/json": {
        "schema": {"type": "array", "items": _ITEM, "minItems": 1, "maxItems": MOST},
        "examples": {"one": {"value": [application_example()]}},
    },
    NDJSON: _LINES,
}
_RESPONSES = problems("BatchAnswer", 400, 401, 403, 408, 413, 415, 422, 429, 503)
_RESPONSES[200]["content"][NDJSON] = {"schema": {"type": "string", "description": "one BatchResult a line"}}


@router.post(
    "/v1/checks/batch",
    operation_id="check_batch",
    summary="Check up to a thousand applications, or a stream of them",
    responses=_RESPONSES,
    openapi_extra=body(_BODY, parameters=[IDEMPOTENCY]),
)
async def check_batch(request: Request) -> Response:
    """A JSON array gets one document with a result each, in order. NDJSON gets a line for each line, while it is sent.

    With an Idempotency-Key, each application is answered under the key and its place: a batch that broke can be sent again.
    """
    service = service_of(request)
    key = await authorise(request, "checks")
    batch = _Batch(service, key.client_id, idempotency_key(request), exchange_of(request))
    bodies.refuse_packed(request)
    if bodies.is_ndjson(request):
        return _Lines(batch.lines(request))
    if not bodies.is_json(request):
        raise Problem("media-type", f"Send the body as application/json or {NDJSON}, in UTF-8.")
    items = bodies.parse(await bodies.read(request, bodies.BATCH))
    if not isinstance(items, list) or not 1 <= len(items) <= MOST:
        raise invalid([FieldError("", "number_of_items", f"send an array of 1 to {MOST:,} applications, or NDJSON")])
    results = await asyncio.gather(*(batch.one(place, item) for place, item in enumerate(items)))
    return Response(b'{"results":[' + b",".join(results) + b"]}", media_type="application/json")


class _Lines(Response):
    """An answer that is sent while the body is read; the streaming answer of Starlette would take the body's parts away."""

    def __init__(self, lines: AsyncGenerator[bytes, None]) -> None:
        super().__init__(media_type=NDJSON)
        del self.headers["content-length"]
        self._lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - the parts are read by `lines`
        """Send the lines as they come."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async with aclosing(self._lines) as lines:
            async for line in lines:
                await send({"type": "http.response.body", "body": line, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


_Results = asyncio.Queue[asyncio.Task[bytes] | None]


class _Batch:
    """The applications of one request."""

    def __init__(self, service: Service, client_id: str, idempotency_key: str | None, exchange: Exchange) -> None:
        self._service, self._client_id, self._exchange = service, client_id, exchange
        self._request_id, self._idempotency_key = exchange.request_id, idempotency_key
        self._counts: Counter[str] = Counter()
        self._count(answered=0, degraded=0, refused=0)
        self._places = asyncio.Semaphore(AT_ONCE)

    async def one(self, place: int, item: object) -> bytes:
        """Return the result of one application, as JSON."""
        return await self._result(place, lambda: item)

    async def lines(self, request: Request) -> AsyncGenerator[bytes, None]:
        """Yield a line for each line of the body.

        Lines are read on even if nobody reads the answers yet: many clients send all before they read, and would wait for
        ever. What piles up is bounded by the limit of the body. Where that is overrun, or no more comes, the last line says
        so, at the place of the first that was not taken.
        """
        results: _Results = asyncio.Queue()
        reader = asyncio.create_task(self._read(request, results))
        try:
            while (result := await results.get()) is not None:
                yield await result + b"\n"
        finally:
            reader.cancel()

    async def _read(self, request: Request, results: _Results) -> None:
        rest, place = b"", 0
        try:
            async for part in bodies.chunks(request, bodies.BATCH):
                *whole, rest = (rest + part).split(b"\n")
                for line in whole:
                    place = await self._start(line, place, results)
                # One byte too many says that the line is too long; the others, up to its end, are not kept.
                rest = rest[: bodies.ONE_CHECK + 1]
            await self._start(rest, place, results)
        except Problem as problem:
            results.put_nowait(asyncio.create_task(self._result(place, partial(_refuse, problem))))
        except ClientDisconnect:
            pass  # what came before is answered and kept, though nobody hears it
        finally:
            results.put_nowait(None)

    async def _start(self, line: bytes, place: int, results: _Results) -> int:
        if len(line) <= bodies.ONE_CHECK and not line.strip():
            return place
        await self._places.acquire()  # here too, so that no more is read than is being answered
        self._places.release()
        results.put_nowait(asyncio.create_task(self._result(place, partial(_parsed, line))))
        return place + 1

    async def _result(self, place: int, item: Callable[[], object]) -> bytes:
        head: dict[str, Any] = {"index": place}
        key = None if self._idempotency_key is None else f"{self._idempotency_key} {place}"
        async with self._places:
            try:
                reply = await self._service.judging.judge(item(), self._client_id, key, time.monotonic())
                head |= {"status": 200, "answer": orjson.Fragment(reply.body)}
                self._count(answered=1, degraded=int(reply.degraded))
            except Exception as error:  # each has its own result: a bug in one must not cut off the others
                if not isinstance(error, Problem | GraphfraudError):
                    logs.failure(self._request_id, error)
                problem = error if isinstance(error, Problem) else of_error(error)
                head |= {"status": problem.status, "problem": problem.document(self._request_id)}
                self._count(refused=1)
        return orjson.dumps(head)

    def _count(self, **more: int) -> None:
        """Add to what the request's line of the log says."""
        self._counts.update(more)
        self._exchange.said.update(self._counts)


def _parsed(line: bytes) -> object:
    if len(line) > bodies.ONE_CHECK:
        raise Problem("too-large", f"The line is larger than {bodies.ONE_CHECK // 1024} KiB.")
    return bodies.parse(line)


def _refuse(problem: Problem) -> NoReturn:
    raise problem
