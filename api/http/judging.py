"""From a body to the bytes of its answer: intake, the client's idempotency key, the check, and what was answered before."""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Protocol

import orjson

from api.http.degraded_log import DegradedLog
from api.http.metrics import Metrics
from api.http.problems import Problem
from graphfraud.check.answer import CheckAnswer
from graphfraud.intake.arrivals import Arrivals
from graphfraud.intake.records import ApplicationRecord
from graphfraud.state.answers import Answers
from graphfraud.state.idempotency import Claim, ClaimRequest, Idempotency

# Another worker judges the same key: look again after these seconds, and give up when it must have died.
FIRST_LOOK, LONGEST_LOOK, PATIENCE = 0.005, 0.05, 15.0
# A claim outlives its check's budget by so much: whoever sends again what a killed worker had should not wait for long.
CLAIM_SECONDS = 2.0


class Checks(Protocol):
    """What judges: `graphfraud.check.check.Checker`. The result is the answer and its bytes, stored already."""

    def submit(  # noqa: D102
        self, record: ApplicationRecord, deadline: float, client_id: str, claim: ClaimRequest | None
    ) -> Future[tuple[CheckAnswer, bytes]]: ...


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it is sent; replayed says that it was given before."""

    body: bytes
    check_id: str
    decision: str
    degraded: bool
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class _Running:
    body_hash: bytes
    task: asyncio.Task[Reply]


class Judging:
    """Answers applications. hash_key keeps hashes of bodies from being guessed; budget is in seconds."""

    def __init__(
        self,
        arrivals: Arrivals,
        checks: Checks,
        idempotency: Idempotency,
        answers: Answers,
        metrics: Metrics,
        degraded_log: DegradedLog,
        hash_key: bytes,
        budget: float,
    ) -> None:
        self._arrivals, self._checks, self._answers, self._metrics = arrivals, checks, answers, metrics
        self._idempotency, self._degraded_log = idempotency, degraded_log
        self._hash_key, self._budget = hash_key, budget
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="judging")
        lease_ms = int(1000 * (budget + CLAIM_SECONDS))
        self._claims = _Grouped(lambda requests: idempotency.claim(requests, lease_ms), self._threads)
        self._looks = _Grouped(idempotency.look, self._threads)
        self._running: dict[tuple[str, bytes], _Running] = {}

    async def judge(self, value: object, client_id: str, idempotency_key: str | None, began: float) -> Reply:
        """Return the answer of an application; began is when its request came (`time.monotonic()`).

        Raise Problem, FieldsRejected.
        """
        record = self._arrivals.application(value)
        if idempotency_key is None:
            return self._told(await self._check(record, client_id, None, began), began)
        claim = ClaimRequest(client_id, hashlib.sha256(idempotency_key.encode()).digest(), self._hash(value))
        running = self._running.get(claim.key)
        if running is not None:
            if running.body_hash != claim.body_hash:
                raise _conflict()
            return replace(await asyncio.shield(running.task), replayed=True)
        task = asyncio.create_task(self._once(record, claim, began))
        self._running[claim.key] = _Running(claim.body_hash, task)
        task.add_done_callback(lambda _: self._running.pop(claim.key, None))
        # Whoever asked may go away; those who asked the same still wait.
        return self._told(await asyncio.shield(task), began)

    async def answer_of(self, check_id: str, client_id: str | None) -> bytes | None:
        """Return the answer of a check as it was sent, None if there is none (of that client)."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._answers.body, check_id, client_id)

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(cancel_futures=True)

    async def _once(self, record: ApplicationRecord, request: ClaimRequest, began: float) -> Reply:
        wait, end = FIRST_LOOK, time.monotonic() + PATIENCE
        claim = await self._claims.ask(request)
        while claim.state == "in_progress":
            if time.monotonic() > end:
                raise Problem("in-progress", "Send it again soon, with the same key.", headers={"Retry-After": "1"})
            await asyncio.sleep(wait)
            wait = min(wait * 2, LONGEST_LOOK)
            claim = await self._looks.ask(request)
            if claim.state == "new":  # who judged is gone
                claim = await self._claims.ask(request)
                began = time.monotonic()  # the time was another one's: this check has all of its own
        if claim.state == "conflict":
            raise _conflict()
        if claim.state == "same":
            assert claim.body is not None
            return _replayed(claim.body)
        try:
            return await self._check(record, request.client_id, request, began)
        except BaseException:
            await asyncio.get_running_loop().run_in_executor(self._threads, self._idempotency.release, [request])
            raise

    async def _check(self, record: ApplicationRecord, client_id: str, claim: ClaimRequest | None, began: float) -> Reply:
        submitted = self._checks.submit(record, began + self._budget, client_id, claim)
        # Shielded: a request that is cut off must not cancel a check of a group.
        answer, body = await asyncio.shield(asyncio.wrap_future(submitted))
        return Reply(body, answer.check_id, answer.decision, answer.degraded)

    def _told(self, reply: Reply, began: float) -> Reply:
        if not reply.replayed:
            now = time.monotonic()
            self._metrics.checks.labels(reply.decision).observe(now - began)
            if reply.degraded:
                self._metrics.degraded.inc()
            self._degraded_log.answered(reply.degraded, now)
        return reply

    def _hash(self, value: object) -> bytes:
        """Return a hash that is the same for the same JSON, however it was spaced and ordered."""
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
        return hashlib.blake2b(text.encode(), key=self._hash_key, digest_size=32).digest()


class _Grouped:
    """Asks for whatever has gathered in one transaction, in a thread: while one group is asked for, the next gathers."""

    def __init__(self, ask: Callable[[Sequence[ClaimRequest]], list[Claim]], threads: ThreadPoolExecutor) -> None:
        self._ask, self._threads = ask, threads
        self._waiting: list[tuple[ClaimRequest, asyncio.Future[Claim]]] = []
        self._asking: asyncio.Task[None] | None = None

    async def ask(self, request: ClaimRequest) -> Claim:
        """Return what becomes of one request."""
        answer: asyncio.Future[Claim] = asyncio.get_running_loop().create_future()
        self._waiting.append((request, answer))
        if self._asking is None:
            self._asking = asyncio.create_task(self._run())
        return await answer

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                group, self._waiting = self._waiting, []
                try:
                    claims = await loop.run_in_executor(self._threads, self._ask, [request for request, _ in group])
                except Exception as error:
                    for _, answer in group:
                        if not answer.done():
                            answer.set_exception(error)
                    continue
                for (_, answer), claim in zip(group, claims, strict=True):
                    if not answer.done():
                        answer.set_result(claim)
        finally:
            self._asking = None


def _conflict() -> Problem:
    return Problem("conflict", "The body is another one than the key was used for; take a new key for every application.")


def _replayed(body: bytes) -> Reply:
    said = orjson.loads(body)
    return Reply(body, said["check_id"], said["decision"], said["degraded"], replayed=True)
