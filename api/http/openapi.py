"""The OpenAPI document: FastAPI's own, with components for the bodies and answers that no Pydantic model describes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from api.http.answer_examples import problem_example
from api.http.answer_schemas import ANSWER_SCHEMAS
from api.http.application_schema import application_schema, outcome_schema
from api.http.problems import CODES, KINDS, MEDIA_TYPE

Document = dict[str, Any]
Responses = dict[int | str, dict[str, Any]]

DESCRIPTION = """\
Send an application, get a decision: `pass`, `review`, `reject` or `resubmit`, with a score, at most four reasons and the ring
it belongs to. Every path under `/v1` wants `Authorization: Bearer KEY`. Errors are problem details (RFC 9457) that name the
field and repeat no value.
"""
KEY = "key"
_REQUEST_ID = {"X-Request-ID": {"description": "Id of this request, as in the log.", "schema": {"type": "string"}}}
_ETAG = {"ETag": {"description": "Send it back as If-None-Match.", "schema": {"type": "string"}}}
_RETRY = {"Retry-After": {"description": "Seconds to wait.", "schema": {"type": "string", "pattern": r"^\d+$"}}}
_RATE = {
    "RateLimit": {"description": "What is left of the key's limit, where it has one.", "schema": {"type": "string"}},
    "RateLimit-Policy": {"description": "The key's limit, where it has one.", "schema": {"type": "string"}},
}
_WHO = {"WWW-Authenticate": {"description": "Says that a Bearer key is wanted.", "schema": {"type": "string"}}}
_REPLAYED = {
    "Idempotency-Replayed": {
        "description": "The answer was given before, to the same key and body.",
        "schema": {"type": "string", "enum": ["true"]},
    }
}
_HEADERS_OF: dict[int, Document] = {401: _WHO, 429: _RETRY, 503: _RETRY}


def problems(answer: str, *statuses: int, cached: bool = False, replayed: bool = False) -> Responses:
    """Return the responses of a route: its answer (the name of a component) and the problems it may have."""
    limited = _RATE if 429 in statuses else {}
    headers = _REQUEST_ID | limited | (_ETAG if cached else {})
    content = {"application/json": {"schema": ref(answer)}}
    made: Responses = {200: {"description": "Done", "headers": headers | (_REPLAYED if replayed else {}), "content": content}}
    if cached:
        made[304] = {"description": "Nothing has changed since the answer that If-None-Match names", "headers": headers}
    return made | {status: _problem(status, {} if status == 401 else limited) for status in statuses}


def body(schema: Mapping[str, Document], **extra: object) -> Document:
    """Return what a route adds to its operation: a body by media type, the security scheme, and more."""
    return {"requestBody": {"required": True, "content": dict(schema)}, "security": [{KEY: []}], **extra}


def reads() -> Document:
    """Return what a route that reads adds to its operation."""
    parameter = {
        "name": "If-None-Match",
        "in": "header",
        "required": False,
        "description": "ETag of an answer that the client has.",
        "schema": {"type": "string"},
    }
    return {"security": [{KEY: []}], "parameters": [parameter]}


def ref(component: str) -> Document:
    """Return a reference to a component."""
    return {"$ref": f"#/components/schemas/{component}"}


def document(app: FastAPI) -> Document:
    """Return the OpenAPI document of an application."""
    made = get_openapi(title="graphfraud", version=app.version, summary=app.summary, description=DESCRIPTION, routes=app.routes)
    components = made.setdefault("components", {})
    components["schemas"] = {
        "Application": application_schema(),
        "Outcome": outcome_schema(),
        "Problem": _problem_schema(),
        "FieldError": _field_error_schema(),
        **ANSWER_SCHEMAS,
    }
    components["securitySchemes"] = {
        KEY: {"type": "http", "scheme": "bearer", "description": "A key that `graphfraud keys create NAME` printed."}
    }
    return made


def _problem(status: int, headers: Document) -> Document:
    titles = " / ".join(kind.title for kind in KINDS.values() if kind.status == status)
    return {
        "description": titles,
        "headers": _REQUEST_ID | headers | _HEADERS_OF.get(status, {}),
        "content": {MEDIA_TYPE: {"schema": ref("Problem")}},
    }


def _field_error_schema() -> Document:
    return {
        "type": "object",
        "description": "What is wrong with one field or parameter.",
        "required": ["field", "code", "message"],
        "additionalProperties": False,
        "properties": {
            "field": {"type": "string", "description": 'name of the field, "" for the body as a whole'},
            "code": {"type": "string", "description": "what is wrong, for programs: " + ", ".join(f"`{c}`" for c in CODES)},
            "message": {"type": "string", "description": "what is wrong and what to do, for people; no value is repeated"},
        },
    }


def _problem_schema() -> Document:
    return {
        "type": "object",
        "description": "Problem details (RFC 9457).",
        "required": ["type", "title", "status", "detail", "request_id"],
        "additionalProperties": False,
        "properties": {
            "type": {
                "type": "string",
                "format": "uri",
                "description": "urn:graphfraud:problem: and one of " + ", ".join(KINDS),
            },
            "title": {"type": "string"},
            "status": {"type": "integer", "minimum": 400, "maximum": 599},
            "detail": {"type": "string"},
            "errors": {"type": "array", "items": ref("FieldError")},
            "request_id": {"type": "string"},
        },
        "examples": [problem_example()],
    }
