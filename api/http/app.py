"""The application: routers, one a noun, and what every answer has in common."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api.http import applications, batches, checks, health, openapi, outcomes, rings
from api.http.exchange import Exchanges, exchange_of
from api.http.problems import Problem, invalid, of_error
from api.http.service import Service
from graphfraud.errors import FieldError, GraphfraudError

ROUTERS = (checks.router, batches.router, rings.router, applications.router, outcomes.router, health.router)


def create_app(service: Service) -> FastAPI:
    """Return the ASGI application of a service."""
    app = FastAPI(
        title="graphfraud",
        version=version("graphfraud"),
        summary="Fraud checks for auto-finance applications",
        openapi_url="/openapi.json",
        docs_url=None,  # these pages load scripts from another host
        redoc_url=None,
        redirect_slashes=False,
        telemetry={"tracing": False, "metrics": False, "logs": False},  # /metrics and the log say it, without query strings
    )
    app.state.service = service
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(GraphfraudError, _ours)
    app.add_exception_handler(RequestValidationError, _parameters)
    app.add_exception_handler(HTTPException, _http)
    app.add_middleware(Exchanges, service=service)
    made: dict[str, Any] = {}

    def document() -> dict[str, Any]:
        if not made:
            made.update(openapi.document(app))
        return made

    app.openapi = document  # type: ignore[method-assign]  # the documented way to give an app another document
    return app


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response(exchange_of(request).request_id)


async def _ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, GraphfraudError)
    exchange = exchange_of(request)
    exchange.said["error"] = type(error).__name__
    return of_error(error).response(exchange.request_id)


async def _parameters(request: Request, error: Exception) -> Response:
    """Say which parameter is wrong; what FastAPI says of the value is left out."""
    assert isinstance(error, RequestValidationError)
    found = [FieldError(str(one["loc"][-1]), str(one["type"]), f"{one['loc'][-1]}: {one['msg']}") for one in error.errors()]
    return invalid(found).response(exchange_of(request).request_id)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind, detail = {
        404: ("not-found", "There is nothing at this path; /openapi.json lists what there is."),
        405: ("method-not-allowed", "See the Allow header for the methods of this path."),
    }.get(error.status_code, ("malformed", "The request cannot be read."))
    return Problem(kind, detail, headers=dict(error.headers or {})).response(exchange_of(request).request_id)
