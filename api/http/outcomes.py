"""`/v1/outcomes`: what became of loans comes back."""

from __future__ import annotations

import time
from collections.abc import Callable

import orjson
from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.http.application_schema import outcome_example
from api.http.auth import scope
from api.http.bodies import read_json
from api.http.openapi import body, problems, ref
from api.http.problems import Problem, invalid
from api.http.service import service_of
from graphfraud.errors import FieldError, FieldsRejected
from graphfraud.intake.records import OutcomeRecord
from graphfraud.store.outcomes import write_outcomes

MOST = 1_000
LARGEST = 1024 * 1024

router = APIRouter(tags=["outcomes"], dependencies=[Depends(scope("outcomes"))])

_BODY = {
    "application/json": {
        "schema": {"oneOf": [ref("Outcome"), {"type": "array", "items": ref("Outcome"), "minItems": 1, "maxItems": MOST}]},
        "examples": {"one": {"value": outcome_example()}, "several": {"value": [outcome_example()]}},
    }
}


@router.post(
    "/v1/outcomes",
    operation_id="add_outcomes",
    summary="Say what became of one loan, or of up to a thousand",
    responses=problems("OutcomesAdded", 400, 401, 403, 404, 408, 413, 415, 422, 429, 503),
    openapi_extra=body(_BODY),
)
async def add_outcomes(request: Request) -> Response:
    """The same outcome sent again changes nothing; an application may have several.

    A malformed outcome refuses the whole body. Of a list, those whose application is not there are not written: `unknown`
    has their places (from 0).
    """
    service = service_of(request)
    value = await read_json(request, LARGEST)
    items = value if isinstance(value, list) else [value]
    if not 1 <= len(items) <= MOST:
        raise invalid([FieldError("", "number_of_items", f"send 1 to {MOST:,} outcomes")])
    records = _records(service.arrivals.outcome, items, isinstance(value, list))
    lines = list(range(1, len(records) + 1))
    written = await service.reading.ask(lambda store: write_outcomes(store, records, lines, None, time.time_ns() // 1_000_000))
    if written.unknown and not isinstance(value, list):
        raise Problem("not-found", "There is no application of that id; send it in before its outcome.")
    document = {"added": written.added, "unchanged": written.unchanged, "unknown": list(written.unknown)}
    return Response(orjson.dumps(document), media_type="application/json")


def _records(read: Callable[[object], OutcomeRecord], items: list[object], several: bool) -> list[OutcomeRecord]:
    records: list[OutcomeRecord] = []
    wrong: list[FieldError] = []
    for place, item in enumerate(items):
        try:
            records.append(read(item))
        except FieldsRejected as rejected:
            for error in rejected.errors:
                field = f"{place}.{error.field}".rstrip(".") if several else error.field
                wrong.append(FieldError(field, error.code, error.message))
    if wrong:
        raise invalid(wrong)
    return records
