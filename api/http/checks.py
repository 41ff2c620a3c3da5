"""`/v1/checks`: one application in, one decision out."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.convertors import Convertor, register_url_convertor
from starlette.responses import Response

from api.http.application_schema import application_example
from api.http.auth import authorise
from api.http.bodies import read_json
from api.http.exchange import exchange_of
from api.http.judging import Reply
from api.http.openapi import body, problems, ref
from api.http.problems import Problem
from api.http.service import service_of


class CheckId(Convertor[str]):
    """Tells ids of checks from other words in their place, such as `batch`."""

    regex = "chk_[0-9a-f]{1,60}"

    def convert(self, value: str) -> str:
        """Return the id."""
        return value

    def to_string(self, value: str) -> str:
        """Return the id."""
        return value


register_url_convertor("check_id", CheckId())
router = APIRouter(tags=["checks"])

IDEMPOTENCY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "Any text of your own, new for every application: the same key and body get the same answer, byte for "
    "byte, however often they are sent; another body gets 409.",
    "schema": {"type": "string", "pattern": r"^[!-~]{1,255}$"},
}
_KEY = re.compile(r"[!-~]{1,255}")
_BODY = {"application/json": {"schema": ref("Application"), "examples": {"usual": {"value": application_example()}}}}


@router.post(
    "/v1/checks",
    operation_id="check",
    summary="Check one application",
    responses=problems("CheckAnswer", 400, 401, 403, 408, 409, 413, 415, 422, 429, 503, replayed=True),
    openapi_extra=body(_BODY, parameters=[IDEMPOTENCY]),
)
async def check(request: Request) -> Response:
    """The application is stored in the graph and judged with what is there now.

    When the graph does not answer in time, the decision is `review` with `degraded: true`, and the application is kept
    until the graph is back.
    """
    service = service_of(request)
    exchange = exchange_of(request)
    key = await authorise(request, "checks")
    reply = await service.judging.judge(await read_json(request), key.client_id, idempotency_key(request), exchange.began)
    note(request, reply)
    headers = {"Idempotency-Replayed": "true"} if reply.replayed else None
    return Response(reply.body, headers=headers, media_type="application/json")


@router.get(
    "/v1/checks/{check_id:check_id}",
    operation_id="get_check",
    summary="Show the answer of a check again",
    responses=problems("CheckAnswer", 401, 403, 404, 422, 429, 503),
    openapi_extra={"security": [{"key": []}]},
)
async def get_check(request: Request, check_id: Annotated[str, Path(description="`check_id` of the answer.")]) -> Response:
    """The same bytes as the first time. A key with the scope `checks` alone sees the answers of its own client."""
    key = await authorise(request, "checks", "read")
    own = None if key.may("read") else key.client_id
    found = await service_of(request).judging.answer_of(check_id, own)
    if found is None:
        raise Problem("not-found", "There is no check of that id.")
    return Response(found, media_type="application/json")


def idempotency_key(request: Request) -> str | None:
    """Return the idempotency key of a request; raise Problem if it is none."""
    said = request.headers.get("idempotency-key")
    if said is not None and not _KEY.fullmatch(said):
        raise Problem("malformed", "Idempotency-Key holds 1 to 255 visible ASCII characters.")
    return said


def note(request: Request, reply: Reply) -> None:
    """Write what was decided into the request's line of the log."""
    exchange_of(request).said.update(check_id=reply.check_id, decision=reply.decision, degraded=reply.degraded or None)
