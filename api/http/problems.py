"""Everything that HTTP answers instead of what was asked: problem details (RFC 9457), and which error becomes which.

A problem names fields and never repeats a value: what was sent may hold somebody's phone number.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import orjson
from starlette.responses import Response

from graphfraud import errors
from graphfraud.errors import FieldError
from graphfraud.intake import codes
from graphfraud.intake.arrivals import ALL_CODES

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:graphfraud:problem:"
RETRY_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: HTTP status and title."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "malformed": Kind(400, "The request cannot be read"),
    "unauthorized": Kind(401, "A valid API key is required"),
    "forbidden": Kind(403, "The API key has no permission for this"),
    "not-found": Kind(404, "There is no such thing"),
    "method-not-allowed": Kind(405, "The method is not allowed here"),
    "timeout": Kind(408, "The body took too long"),
    "conflict": Kind(409, "The idempotency key was used for another body"),
    "in-progress": Kind(409, "The first request with this idempotency key is still being answered"),
    "too-large": Kind(413, "The body is too large"),
    "media-type": Kind(415, "The content type or encoding is not supported"),
    "invalid": Kind(422, "Fields are missing or malformed"),
    "too-many-requests": Kind(429, "Too many requests"),
    "internal": Kind(500, "Something unexpected happened"),
    "unavailable": Kind(503, "A database does not answer right now"),
}

# What can be wrong beside the fields of an application or an outcome: with a parameter, or with a body as a whole.
REQUEST_CODES: dict[str, str] = {
    "out_of_range": "the number is smaller or larger than it may be",
    "not_a_whole_number": "the value is not a whole number",
    "no_such_choice": "the value is none of those that there are",
    "unreadable_text": "the text is empty, too long, or holds characters that it cannot hold",
    "number_of_items": "the body has none, or more than one request may bring",
}
CODES: dict[str, str] = {**ALL_CODES, **REQUEST_CODES}
# How pydantic calls what is wrong with a parameter; its names and words are its own, and change with it.
_OF_PYDANTIC = {
    "greater_than_equal": "out_of_range",
    "less_than_equal": "out_of_range",
    "float_parsing": codes.UNREADABLE_NUMBER,
    "finite_number": codes.UNREADABLE_NUMBER,
    "int_parsing": "not_a_whole_number",
    "int_parsing_size": "not_a_whole_number",
    "int_from_float": "not_a_whole_number",
    "literal_error": "no_such_choice",
}


@dataclass(slots=True)
class Problem(Exception):
    """Raised by a handler to answer with a problem; kind is a key of `KINDS`."""

    kind: str
    detail: str
    errors: tuple[FieldError, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """HTTP status of the answer."""
        return KINDS[self.kind].status

    def document(self, request_id: str) -> dict[str, object]:
        """Return the problem as the JSON document of RFC 9457."""
        kind = KINDS[self.kind]
        made: dict[str, object] = {"type": TYPE + self.kind, "title": kind.title, "status": kind.status, "detail": self.detail}
        if self.errors:
            made["errors"] = [{"field": e.field, "code": e.code, "message": e.message} for e in self.errors]
        made["request_id"] = request_id
        return made

    def response(self, request_id: str) -> Response:
        """Return the problem as an answer."""
        return Response(orjson.dumps(self.document(request_id)), self.status, dict(self.headers), MEDIA_TYPE)


def invalid(found: Iterable[FieldError]) -> Problem:
    """Return the problem of a body whose fields are wrong."""
    listed = tuple(found)
    names = ", ".join(dict.fromkeys(error.field for error in listed if error.field))
    return Problem("invalid", f"See errors for what to correct{': ' + names if names else ''}.", listed)


def parameter_error(name: str, type: str, bounds: Mapping[str, object]) -> FieldError:
    """Return what is wrong with a parameter; type and bounds are pydantic's, what it says of the value is left out."""
    code = _OF_PYDANTIC.get(type, "unreadable_text")
    advice = "".join(
        f"; {word} {bounds[key]}"
        for key, word in (("ge", "at least"), ("le", "at most"), ("expected", "write"), ("max_length", "up to"))
        if key in bounds
    )
    return FieldError(name, code, f"{name}: {CODES[code]}{advice}")


# The most special class first: the first that matches decides. Details are of our own making: messages of the core may
# name the id that was asked for, or an address inside the lender's network.
OF_ERROR: tuple[tuple[type[Exception], str, str], ...] = (
    (errors.NotFound, "not-found", "Nothing of that id is known."),
    (errors.StoreError, "unavailable", "The graph store does not answer; try again soon."),
    (errors.StateError, "unavailable", "The state database does not answer; try again soon."),
    (errors.Busy, "unavailable", "Another process does the same work right now; try again soon."),
    (errors.DataError, "invalid", "The data cannot be used as it is."),
    (errors.OperatorError, "unavailable", "The service is not set up correctly; its log says what to do."),
    (Exception, "internal", "The error was logged under this request id."),
)


def of_error(error: Exception) -> Problem:
    """Return the problem that an error of the core, or a bug, becomes."""
    kind, detail = next((kind, detail) for cls, kind, detail in OF_ERROR if isinstance(error, cls))
    if isinstance(error, errors.FieldsRejected):
        return invalid(error.errors)
    if isinstance(error, errors.RowRejected):
        return invalid([FieldError(error.column, error.code, str(error))])
    return Problem(kind, detail, headers={"Retry-After": str(RETRY_SECONDS)} if kind == "unavailable" else {})
