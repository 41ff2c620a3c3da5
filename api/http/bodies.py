"""Bodies come in: bounded in size, depth and time, as UTF-8 JSON whose oddities are kept so that the field can be named."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator

from starlette.requests import ClientDisconnect, Request

from api.http.problems import Problem
from graphfraud.intake.json_text import decode

ONE_CHECK = 64 * 1024
BATCH = 16 * 1024 * 1024
DEEPEST = 16
BODY_SECONDS = 10.0
# A body beyond the limit is read and thrown away up to here, so that the client is there to hear why.
_DISCARD = 64 * 1024 * 1024
_JSON = re.compile(r"application/json\s*(;\s*charset\s*=\s*\"?utf-?8\"?\s*)?;?", re.IGNORECASE)
_NDJSON = re.compile(r"application/(x-)?(ndjson|jsonl|jsonlines)\s*(;\s*charset\s*=\s*\"?utf-?8\"?\s*)?;?", re.IGNORECASE)
# The closing quote is optional: a text that never ends is passed over once, and not tried from each of its quotes.
_STRUCTURE = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[{]|[\]}]', re.DOTALL)


def parse(body: bytes) -> object:
    """Return what JSON text says; NaN and Infinity become `NOT_A_NUMBER`, objects with a name twice `Repeated`."""
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise Problem("malformed", f"The body is not UTF-8: byte {error.start} cannot be read.") from None
    if not text.strip():
        raise Problem("malformed", "The body is empty; send one JSON document.")
    if _too_deep(text):
        raise Problem("malformed", f"The body nests deeper than {DEEPEST} levels.")
    try:
        return decode(text)
    except json.JSONDecodeError as error:
        raise Problem("malformed", f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
    except (RecursionError, ValueError):  # an integer of more digits than Python reads
        raise Problem("malformed", "The body is not JSON that can be read: a number is too long.") from None


def _too_deep(text: str) -> bool:
    if text.count("[") + text.count("{") <= DEEPEST:
        return False
    depth = 0
    for match in _STRUCTURE.finditer(text):
        first = match[0][0]
        if first in "[{":
            depth += 1
            if depth > DEEPEST:
                return True
        elif first in "]}":
            depth -= 1
    return False


def is_json(request: Request) -> bool:
    """Say whether a request says that its body is JSON in UTF-8."""
    return _JSON.fullmatch(request.headers.get("content-type", "").strip()) is not None


def is_ndjson(request: Request) -> bool:
    """Say whether a request says that its body is one JSON document a line."""
    return _NDJSON.fullmatch(request.headers.get("content-type", "").strip()) is not None


def refuse_packed(request: Request) -> None:
    """Raise Problem for a body that is compressed, or packed in another way."""
    if request.headers.get("content-encoding", "").strip().lower() not in ("", "identity"):
        raise Problem("media-type", "Send the body without Content-Encoding.", headers={"Accept-Encoding": "identity"})


async def read_json(request: Request, limit: int = ONE_CHECK) -> object:
    """Return the JSON document that a request brings; raise Problem."""
    refuse_packed(request)
    if not is_json(request):
        raise Problem("media-type", "Send the body as application/json in UTF-8.", headers={"Accept": "application/json"})
    return parse(await read(request, limit))


async def read(request: Request, limit: int) -> bytes:
    """Return the body; raise Problem if it is larger than limit bytes or does not come in time."""
    parts = [part async for part in chunks(request, limit)]
    return parts[0] if len(parts) == 1 else b"".join(parts)


async def chunks(request: Request, limit: int) -> AsyncIterator[bytes]:
    """Yield the body as it comes; raise Problem if it is larger than limit bytes or stops coming."""
    said = request.headers.get("content-length", "0")
    if said.isdigit() and int(said) > _DISCARD:
        raise _too_large(limit)
    size, more = 0, True
    while more:
        try:
            async with asyncio.timeout(BODY_SECONDS):
                message = await request.receive()
        except TimeoutError:
            raise Problem("timeout", f"Nothing more came for {BODY_SECONDS:.0f} seconds.", headers=_CLOSE) from None
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        part: bytes = message.get("body", b"")
        more = message.get("more_body", False)
        size += len(part)
        if size > _DISCARD:
            break
        if part and size <= limit:
            yield part
    if size > limit:
        raise _too_large(limit)


_CLOSE = {"Connection": "close"}


def _too_large(limit: int) -> Problem:
    return Problem("too-large", f"The body is larger than {limit // 1024} KiB.", headers=_CLOSE)
