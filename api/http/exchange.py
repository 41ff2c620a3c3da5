"""Around every request: its id, its time, its line in the log, its place in the metrics, and what became of an error."""

from __future__ import annotations

import re
import secrets
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from starlette.requests import ClientDisconnect, Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import logs
from api.http.problems import Problem
from graphfraud.intake.swapped import looks_like

if TYPE_CHECKING:
    from api.http.service import Service

_SANE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}")
_KEY = "graphfraud"


@dataclass(slots=True)
class Exchange:
    """One request and its answer; began is on `time.monotonic()`'s clock.

    What is in `said` is added to its line in the log, what is in `headers` to the answer.
    """

    request_id: str
    began: float
    said: dict[str, object] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


def exchange_of(request: Request) -> Exchange:
    """Return the exchange that a request belongs to."""
    return cast(Exchange, request.scope[_KEY])


class Exchanges:
    """The outermost layer of the application."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app, self._service = app, service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(_request_id(scope, self._service.settings.conventions.phone_region), time.monotonic())
        scope[_KEY] = exchange
        status = 0

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].append((b"x-request-id", exchange.request_id.encode()))
                for name, value in exchange.headers.items():
                    message["headers"].append((name.lower().encode(), value.encode()))
                if self._service.draining:
                    message["headers"].append((b"connection", b"close"))
            await send(message)

        try:
            await self._app(scope, receive, send_with_id)
        except ClientDisconnect:
            exchange.said["gone"] = True
        except Exception as error:
            logs.failure(exchange.request_id, error)
            if not status:
                problem = Problem("internal", "The error was logged under this request id.")
                await problem.response(exchange.request_id)(scope, receive, send_with_id)
        finally:
            self._note(scope, exchange, status)

    def _note(self, scope: Scope, exchange: Exchange, status: int) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        method = scope["method"] if scope["method"] in _METHODS else "other"
        seconds = time.monotonic() - exchange.began
        self._service.metrics.requests.labels(route, method, str(status)).inc()
        self._service.metrics.seconds.labels(route).observe(seconds)
        logs.event(
            "request",
            request_id=exchange.request_id,
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 1),
            **exchange.said,
        )


_METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))


def _request_id(scope: Scope, region: str) -> str:
    """Return the client's X-Request-ID if it is one, else a new one; somebody's phone number is none."""
    said = next((value for name, value in scope["headers"] if name == b"x-request-id"), b"").decode("latin-1")
    if said and _SANE.fullmatch(said) and looks_like(said, region) is None:
        return said
    return secrets.token_hex(8)
