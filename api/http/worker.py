"""One worker process: `python -m api.http.worker OPTIONS SOCKET READY ALIVE [replaces]`, started by the supervisor.

One that replaces another has requests waiting: it does not wait for the store, and answers without it meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from types import FrameType

import uvicorn

from api.exit_codes import explain
from api.http import logs
from api.http.app import create_app
from api.http.options import CANNOT_START, Options
from api.http.service import Service
from api.http.supervisor import REPLACES
from graphfraud.check.check import Checker
from graphfraud.errors import GraphfraudError
from graphfraud.garbage import settle
from graphfraud.settings import Settings
from graphfraud.state import State

# In-flight requests that take longer than this after SIGTERM are cut off: no check waits so long.
GRACE_SECONDS = 30


class Server(uvicorn.Server):
    """A server that first says that it is going (readyz), then takes no more, finishes what it has, and ends well."""

    def __init__(self, config: uvicorn.Config, service: Service, options: Options, ready: int, alive: int) -> None:
        super().__init__(config)
        self._service, self._options, self._ready, self._alive = service, options, ready, alive

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, tell the supervisor, and listen for its end."""
        await super().startup(sockets)
        loop = asyncio.get_running_loop()
        # Nothing is ever written there: it becomes readable when the supervisor is gone, however it ended.
        loop.add_reader(self._alive, self._supervisor_is_gone)
        os.write(self._ready, b"1")
        os.close(self._ready)

    def drain(self) -> None:
        """Say that the service is going, and stop taking requests a moment later."""
        if self._service.draining:
            return
        self._service.draining = True
        logs.event("draining", worker=os.getpid())
        asyncio.get_running_loop().call_later(self._options.drain_seconds, self._stop)

    def _supervisor_is_gone(self) -> None:
        asyncio.get_running_loop().remove_reader(self._alive)
        self.drain()

    def _stop(self) -> None:
        self.should_exit = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Drain at SIGTERM and end with 0: unlike the base class, do not raise the signal again."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.drain)
        signal.signal(signal.SIGINT, _ignore)  # Ctrl-C goes to the whole group; the supervisor says what to do
        yield


def _service(options: Options, *, at_once: bool) -> Service:
    settings = Settings.from_environment()
    state = State.open(settings)
    try:
        return Service.of(settings, options, state, Checker.open(settings, state, observe=options.observe, at_once=at_once))
    except BaseException:
        state.close()
        raise


def _ignore(number: int, frame: FrameType | None) -> None:
    pass


def main(arguments: list[str]) -> int:
    """Run one worker until it is told to stop; return its exit code."""
    options = Options.of(arguments[0])
    listener, ready, alive = (int(number) for number in arguments[1:4])
    logs.configure(options.log_format)
    try:
        service = _service(options, at_once=REPLACES in arguments[4:])
    except GraphfraudError as error:
        reason, code = explain(error)
        logs.event("cannot start", logs.ERROR, error=type(error).__name__, reason=reason)
        return CANNOT_START + code
    settle()
    config = uvicorn.Config(
        create_app(service),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=GRACE_SECONDS,
        backlog=1024,
    )
    try:
        Server(config, service, options, ready, alive).run([socket.socket(fileno=listener)])
    finally:
        service.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
