"""Who asks and what they may: API keys, their scopes and their rate limits."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from starlette.requests import Request

from api.http.exchange import exchange_of
from api.http.problems import Problem, invalid
from graphfraud.intake.arrivals import unknown_field
from graphfraud.state.keys import ApiKey

if TYPE_CHECKING:
    from api.http.service import Service

# Within it a request costs no thread; the keys themselves remember a little longer.
FRESH_SECONDS = 1.0
MOST_REMEMBERED = 4_096
_BEARER = re.compile(r"bearer +([!-~]{1,512})", re.IGNORECASE)


class Callers:
    """Keys of those who called lately. verify may ask the database, and is run in a thread."""

    def __init__(self, verify: Callable[[str], ApiKey | None]) -> None:
        self._verify = verify
        self._lately: dict[str, tuple[float, ApiKey]] = {}

    async def key(self, text: str) -> ApiKey | None:
        """Return the key of a text if it works."""
        at, key = self._lately.get(text, (0.0, None))
        now = time.monotonic()
        if key is not None and now - at < FRESH_SECONDS and key.state(time.time_ns() // 1_000_000) == "active":
            return key
        found = await asyncio.to_thread(self._verify, text)
        if found is None:
            self._lately.pop(text, None)
            return None
        if len(self._lately) >= MOST_REMEMBERED:
            self._lately.clear()
        self._lately[text] = (now, found)
        return found


def scope(name: str) -> Callable[[Request], Awaitable[ApiKey]]:
    """Return the dependency that lets in requests whose key has a scope."""

    async def authorised(request: Request) -> ApiKey:
        return await authorise(request, name)

    return authorised


async def authorise(request: Request, *scopes: str) -> ApiKey:
    """Return the key of a request, which has one of some scopes; raise Problem 401, 403 or 429."""
    service: Service = request.app.state.service
    match = _BEARER.fullmatch(request.headers.get("authorization", "").strip())
    key = await service.callers.key(match[1]) if match else None
    if key is None:
        # One problem for all that can be wrong with a key: why it is refused is nobody's business.
        said = "Send Authorization: Bearer KEY with a valid key."
        raise Problem("unauthorized", said, headers={"WWW-Authenticate": 'Bearer realm="graphfraud"'})
    exchange = exchange_of(request)
    exchange.said["key"] = key.name
    if key.rate_per_minute is not None:
        allowance = service.rates.take(key.client_id, key.rate_per_minute)
        exchange.headers.update(allowance.headers())
        if not allowance.allowed:
            raise Problem("too-many-requests", f"The key may send {key.rate_per_minute:,} requests a minute.")
    if not any(key.may(name) for name in scopes):
        raise Problem("forbidden", f"This needs a key with the scope {' or '.join(scopes)}.")
    if request.scope["query_string"]:
        _refuse_unknown(request)
    return key


def _refuse_unknown(request: Request) -> None:
    """Refuse parameters that there are not: a filter whose name is misspelled would find everything."""
    dependant = request.scope["route"].dependant
    known = {parameter.alias for parameter in dependant.query_params}
    unknown = [unknown_field(name, known) for name in dict.fromkeys(request.query_params) if name not in known]
    if unknown:
        raise invalid(unknown)
