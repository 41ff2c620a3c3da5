"""What is around a request, on an application that answers at once."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest
from starlette.responses import Response

from api.http.exchange import Exchanges
from api.http.metrics import Metrics
from graphfraud.settings import Conventions, Settings


def request_id(region: str, said: str) -> str:
    settings = Settings(Path("/nowhere"), "embedded:/nowhere", conventions=Conventions(phone_region=region))
    service = SimpleNamespace(settings=settings, metrics=Metrics(dict), draining=False)
    app = Exchanges(Response(), service)  # type: ignore[arg-type]  # all of a service that it asks for

    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
            return await client.get("/", headers={"X-Request-ID": said})

    return asyncio.run(ask()).headers["x-request-id"]


@pytest.mark.parametrize(("region", "kept"), [("CN", True), ("US", False), ("CA", False)])
def test_a_number_as_it_is_written_where_the_service_runs_is_no_request_id(region: str, kept: bool, capsys):
    assert (request_id(region, "212-555-0147") == "212-555-0147") is kept
    assert ("212-555-0147" in capsys.readouterr().err) is kept
