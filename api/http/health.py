"""`/healthz`, `/readyz`, `/metrics`: for whoever runs the service; no key, no data."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.metrics import CONTENT_TYPE
from api.http.openapi import problems
from api.http.service import service_of

router = APIRouter(tags=["health"])

NO_SCAN = "none"  # no ring is found then: checks have nothing to go by but lists, policy and the applicant's own past

Handler = TypeVar("Handler", bound=Callable[..., Awaitable[Response]])


def _probe(path: str, **said: Any) -> Callable[[Handler], Handler]:
    """Route GET and HEAD to a handler: what probes a service often asks for the head alone."""

    def route(handler: Handler) -> Handler:
        router.add_api_route(path, handler, methods=["GET", "HEAD"], include_in_schema=False)
        return router.get(path, **said)(handler)  # only for the document, where one name stands for one method

    return route


@_probe("/healthz", operation_id="health", summary="Say that the process is alive", responses=problems("Health"))
async def health() -> Response:
    """Answer as long as the event loop turns."""
    return _json({"status": "ok"}, 200)


@_probe(
    "/readyz",
    operation_id="readiness",
    summary="Say whether to send requests here",
    responses=problems("Readiness")
    | {
        503: {
            "description": "Not ready",
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Readiness"}}},
        }
    },
)
async def readiness(request: Request) -> Response:
    """Ready as long as checks are answered: without the graph store they are, degraded; without the state they are not."""
    service = service_of(request)
    if service.draining:
        return _json({"status": "draining", "state": "ok", "store": "ok", "scan": service.checker.scan_id or NO_SCAN}, 503)
    state, store = await asyncio.gather(asyncio.to_thread(service.state_answers), service.store_answers())
    document = {
        "status": "ready" if state and store else "degraded" if state else "unavailable",
        "state": "ok" if state else "unreachable",
        "store": "ok" if store else "unreachable",
        "scan": service.checker.scan_id or NO_SCAN,
    }
    return _json(document, 200 if state else 503)


@_probe(
    "/metrics",
    operation_id="metrics",
    summary="Metrics for Prometheus",
    responses={200: {"description": "Done", "content": {"text/plain": {"schema": {"type": "string"}}}}},
)
async def metrics(request: Request) -> Response:
    """Counters of all workers; gauges as they are now."""
    text = await asyncio.to_thread(service_of(request).metrics.text)
    return Response(text, headers={"Content-Type": CONTENT_TYPE})


def _json(document: dict[str, str], status: int) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")
