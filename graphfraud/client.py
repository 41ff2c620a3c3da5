"""A typed client of the HTTP API: checks, rings and outcomes, safe to send again.

    with Client("http://127.0.0.1:8000", key) as client:
        answer = client.check({"application_id": "A1", "submitted_at": "2025-06-01T10:00:00+08:00", "phone": "13812345678"})
        if answer.decision == "review":
            print(answer.document["look_first"])

Every check carries an idempotency key, so that one that is sent again after a lost connection is judged once.
"""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Literal, Self, cast
from urllib.parse import quote

import httpx

from graphfraud.errors import FieldError

Decision = Literal["pass", "review", "reject", "resubmit"]
Document = Mapping[str, Any]

TRIES = 4
FIRST_WAIT, LONGEST_WAIT = 0.2, 5.0
_AGAIN = frozenset((408, 429, 500, 502, 503, 504))


class ApiError(Exception):
    """A problem that the service answered with; errors name the fields where some are wrong."""

    def __init__(self, status: int, document: Document) -> None:
        self.status = status
        self.type = str(document.get("type", ""))
        self.detail = str(document.get("detail", ""))
        self.request_id = str(document.get("request_id", ""))
        self.errors = tuple(FieldError(e["field"], e["code"], e["message"]) for e in document.get("errors", ()))
        said = "; ".join(error.message for error in self.errors) or self.detail
        super().__init__(f"{status} {document.get('title', 'error')}: {said} (request {self.request_id})")


@dataclass(frozen=True, slots=True)
class Check:
    """The answer of a check: what an approval flow acts on, and the whole document.

    score is 300 to 1000, higher is safer, None where the graph did not answer (degraded).
    """

    check_id: str
    application_id: str
    decision: Decision
    score: int | None
    degraded: bool
    document: Document

    @classmethod
    def of(cls, document: Document) -> Check:
        """Read an answer."""
        said = (document["check_id"], document["application_id"], document["decision"], document["score"])
        return cls(*said, bool(document["degraded"]), document)


@dataclass(frozen=True, slots=True)
class OutcomesAdded:
    """What became of outcomes that were sent; unknown are the places of those whose application is not there."""

    added: int
    unchanged: int
    unknown: tuple[int, ...]


class Client:
    """A client of one service; safe between threads. timeout is in seconds and for one try."""

    def __init__(self, url: str, key: str, *, timeout: float = 10.0, tries: int = TRIES) -> None:
        self._tries = tries
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=timeout)

    def check(self, application: Document, *, idempotency_key: str | None = None) -> Check:
        """Check one application; raise ApiError for one that is refused.

        Give an idempotency key of your own (such as the application's id and version) to be answered the same after a
        restart of your program too.
        """
        key = idempotency_key or uuid.uuid4().hex
        return Check.of(self._send("POST", "/v1/checks", application, {"Idempotency-Key": key}).json())

    def check_many(
        self, applications: Iterable[Document], *, idempotency_key: str | None = None, size: int = 200
    ) -> Iterator[Check | ApiError]:
        """Check many applications and yield an answer or an error for each, in order; they are sent in batches of size."""
        key, part, number = idempotency_key or uuid.uuid4().hex, list[Document](), 0
        for application in applications:
            part.append(application)
            if len(part) == size:
                yield from self._batch(part, f"{key}-{number}")
                part, number = [], number + 1
        if part:
            yield from self._batch(part, f"{key}-{number}")

    def get(self, check_id: str) -> Check:
        """Return the answer of a check again."""
        return Check.of(self._send("GET", f"/v1/checks/{_path(check_id)}").json())

    def rings(
        self,
        *,
        risk_min: float = 0.0,
        dealer_id: str | None = None,
        since: str | None = None,
        application_id: str | None = None,
        lang: Literal["en", "zh"] = "en",
    ) -> Iterator[Document]:
        """Yield the rings of the last scan, riskiest first, page by page; a scan that ends meanwhile changes nothing."""
        said = {"risk_min": risk_min, "dealer_id": dealer_id, "since": since, "application_id": application_id, "lang": lang}
        wanted: dict[str, Any] = {name: value for name, value in said.items() if value is not None}
        while True:
            page = self._send("GET", "/v1/rings", params=wanted).json()
            yield from page["rings"]
            if page["next_cursor"] is None:
                return
            wanted["cursor"] = page["next_cursor"]

    def ring(self, ring_id: str, *, lang: Literal["en", "zh"] = "en") -> Document:
        """Return one ring with its members and what they share."""
        return cast(Document, self._send("GET", f"/v1/rings/{_path(ring_id)}", params={"lang": lang}).json())

    def application(self, application_id: str, *, lang: Literal["en", "zh"] = "en") -> Document:
        """Return what is known of one application."""
        return cast(Document, self._send("GET", f"/v1/applications/{_path(application_id)}", params={"lang": lang}).json())

    def outcomes(self, outcomes: Sequence[Document]) -> OutcomesAdded:
        """Say what became of loans: application_id, outcome and observed_on each; up to a thousand at once."""
        said = self._send("POST", "/v1/outcomes", list(outcomes)).json()
        return OutcomesAdded(said["added"], said["unchanged"], tuple(said["unknown"]))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _batch(self, part: Sequence[Document], key: str) -> Iterator[Check | ApiError]:
        answer = self._send("POST", "/v1/checks/batch", part, {"Idempotency-Key": key}).json()
        for result in answer["results"]:
            yield Check.of(result["answer"]) if "answer" in result else ApiError(result["status"], result["problem"])

    def _send(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, Any] | None = None,
    ) -> httpx.Response:
        """Send a request, again where that helps: every request of this client may be sent twice."""
        content = None if body is None else json.dumps(body, ensure_ascii=False, allow_nan=False).encode()
        sent = dict(headers or {}) | ({"Content-Type": "application/json"} if content is not None else {})
        wait = FIRST_WAIT
        for number in range(1, self._tries + 1):
            try:
                answer = self._http.request(method, path, content=content, headers=sent, params=params)
            except httpx.TransportError:
                if number == self._tries:
                    raise
                asked = 0.0
            else:
                if answer.status_code < 400:
                    return answer
                error = ApiError(answer.status_code, _problem(answer))
                if number == self._tries or not _again(error):
                    raise error
                asked = _seconds(answer.headers.get("retry-after", ""))
            # Clients that were cut off together do not come back together.
            time.sleep(max(asked, wait * random.uniform(0.5, 1.0)))
            wait = min(wait * 2, LONGEST_WAIT)
        raise AssertionError("the last try returns or raises")


def _again(error: ApiError) -> bool:
    return error.status in _AGAIN or error.type.endswith(":in-progress")


def _problem(answer: httpx.Response) -> Document:
    try:
        found = answer.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {"title": answer.reason_phrase, "detail": "no problem document came"}


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0


def _path(text: str) -> str:
    return quote(text, safe="")
