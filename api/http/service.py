"""Everything that requests share in one worker, made once."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from starlette.requests import Request

from api.http.auth import Callers
from api.http.background import Background
from api.http.degraded_log import DegradedLog
from api.http.judging import Checks, Judging
from api.http.metrics import Metrics
from api.http.options import Options
from api.http.rates import Rates
from api.http.reading import Reading
from graphfraud.errors import StateError, StoreError
from graphfraud.intake.arrivals import Arrivals
from graphfraud.intake.intake import Intake
from graphfraud.settings import Settings
from graphfraud.state import State

# What `/readyz` says of the store may be this old: whoever asks every second must not keep it busy.
LOOK_AGAIN_SECONDS = 2.0
LONGEST_LOOK_SECONDS = 0.5


class Checker(Checks, Protocol):
    """What judges by a scan, tells of errors of the store, and can be closed: it finishes what it took."""

    on_store_error: Callable[[StoreError], None]

    @property
    def scan_id(self) -> str | None: ...  # noqa: D102

    def close(self) -> None: ...  # noqa: D102


@dataclass
class Service:
    """The parts of one worker. draining: SIGTERM came, requests are still taken for a moment."""

    settings: Settings
    options: Options
    arrivals: Arrivals
    state: State
    checker: Checker
    reading: Reading
    callers: Callers
    rates: Rates
    metrics: Metrics
    judging: Judging
    background: Background
    draining: bool = False
    _store_seen: bool = False
    _store_looked: float = float("-inf")
    _store_look: asyncio.Task[None] | None = None

    @classmethod
    def of(cls, settings: Settings, options: Options, state: State, checker: Checker) -> Service:
        """Put a service together."""
        metrics = Metrics(lambda: _gauges(state))
        degraded_log = DegradedLog(options.budget_ms)

        def count(error: StoreError) -> None:
            metrics.store_errors.labels(type(error).__name__).inc()
            degraded_log.store_failed(error)

        checker.on_store_error = count
        token_key = settings.token_key()
        arrivals = Arrivals(Intake(token_key, settings.conventions))
        return cls(
            settings=settings,
            options=options,
            arrivals=arrivals,
            state=state,
            checker=checker,
            reading=Reading(settings, count),
            callers=Callers(state.keys.verify),
            rates=Rates(options.runtime / "rates"),
            metrics=metrics,
            judging=Judging(
                arrivals,
                checker,
                state.idempotency,
                state.answers,
                metrics,
                degraded_log,
                token_key,
                options.budget_ms / 1000,
            ),
            background=Background(settings, state),
        )

    def state_answers(self) -> bool:
        """Say whether the state database answers."""
        try:
            self.state.queue.backlog()
        except StateError:
            return False
        return True

    async def store_answers(self) -> bool:
        """Say whether the graph store answers, as of a moment ago; one that is just starting does not."""
        if self._store_look is None and time.monotonic() - self._store_looked > LOOK_AGAIN_SECONDS:
            self._store_look = asyncio.create_task(self._look())
        if self._store_look is not None:
            await asyncio.wait([self._store_look], timeout=LONGEST_LOOK_SECONDS)
        return self._store_seen

    async def _look(self) -> None:
        self._store_seen = False
        self._store_seen = await self.reading.answers()
        self._store_looked, self._store_look = time.monotonic(), None

    def close(self) -> None:
        """Finish what was taken, and let go of everything."""
        self.checker.close()
        self.background.close()
        self.judging.close()
        self.reading.close()
        self.rates.close()
        self.state.close()


def _gauges(state: State) -> Mapping[str, tuple[str, float]]:
    try:
        backlog, messages = state.queue.backlog(), state.outbox.counts(("waiting", "dead"))
    except StateError:
        return {"graphfraud_state_up": ("Whether the state database answers", 0.0)}
    return {
        "graphfraud_state_up": ("Whether the state database answers", 1.0),
        "graphfraud_queue_length": ("Applications that wait to be written to the graph", float(backlog.count)),
        "graphfraud_queue_oldest_seconds": ("Age of the oldest of them", backlog.oldest_ms / 1000),
        "graphfraud_webhooks_waiting": ("Webhook messages that wait to arrive", float(messages["waiting"])),
        "graphfraud_webhooks_dead": ("Webhook messages that were given up", float(messages["dead"])),
    }


def service_of(request: Request) -> Service:
    """Return the service that a request came to."""
    return cast(Service, request.app.state.service)
