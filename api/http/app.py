"""The application: routers, one a noun, and what every answer has in common."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from api.http import applications, batches, checks, health, openapi, outcomes, rings
from api.http.exchange import Exchanges, exchange_of
from api.http.problems import Problem, invalid, of_error, parameter_error
from api.http.service import Service
from graphfraud.errors import GraphfraudError

ROUTERS = (checks.router, batches.router, rings.router, applications.router, outcomes.router, health.router)


def create_app(service: Service) -> FastAPI:
    """Return the ASGI application of a service."""
    app = FastAPI(
        title="graphfraud",
        version=version("graphfraud"),
        summary="Fraud checks for auto-finance applications",
        openapi_url=None,  # as a route below, so that metrics and the log know it
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

    @app.api_route("/openapi.json", methods=["GET", "HEAD"], include_in_schema=False)
    async def openapi_json() -> Response:
        return JSONResponse(document())

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
    found = (parameter_error(str(one["loc"][-1]), one["type"], one.get("ctx", {})) for one in error.errors())
    return invalid(found).response(exchange_of(request).request_id)


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    kind, detail = {
        404: ("not-found", "There is nothing at this path; /openapi.json lists what there is."),
        405: ("method-not-allowed", "See the Allow header for the methods of this path."),
    }.get(error.status_code, ("malformed", "The request cannot be read."))
    headers = dict(error.headers or {})
    if "Allow" in headers:  # the framework has them in a set
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    return Problem(kind, detail, headers=headers).response(exchange_of(request).request_id)
