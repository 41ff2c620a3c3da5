"""`serve` itself: it holds the port, keeps its workers alive, and ends when they have finished what they took."""

from __future__ import annotations

import contextlib
import errno
import os
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from api.http.options import CANNOT_START, Options
from graphfraud.errors import Busy, SettingError

REPLACES = "replaces"  # tells a worker that requests are waiting for it
PATIENCE_SECONDS = 60.0  # for a worker to finish what it took
READY_SECONDS = 180.0  # the first start of the embedded engine on a slow disk
# A worker that dies young is started again later and later, so that a broken machine is not kept busy.
FIRST_WAIT, LONGEST_WAIT, YOUNG_SECONDS = 0.1, 10.0, 10.0
MOST_FAILED_STARTS = 3


@dataclass
class _Worker:
    process: subprocess.Popen[bytes]
    ready: int
    since: float
    is_ready: bool = False


class Supervisor:
    """Runs the workers of one `serve`. say is called with an event and its fields: ready, worker died, stopping.

    module is what a worker runs.
    """

    def __init__(self, options: Options, say: Callable[..., None], module: str = "api.http.worker") -> None:
        self._say, self._module = say, module
        self._listener = _listen(options.host, options.port)
        self.options = replace(options, port=self._listener.getsockname()[1])
        self._workers: list[_Worker] = []
        self._stopping = False
        self._wait = FIRST_WAIT
        self._alive_read, self._alive_write = os.pipe()
        self._wake_read, self._wake_write = os.pipe()

    @property
    def url(self) -> str:
        """Where the service answers."""
        host = f"[{self.options.host}]" if ":" in self.options.host else self.options.host
        return f"http://{host}:{self.options.port}"

    def run(self) -> int:
        """Run until SIGTERM or SIGINT; return 0, or a worker's exit code if none could start."""
        with tempfile.TemporaryDirectory(prefix="graphfraud-serve-") as runtime, self._signals():
            self.options = replace(self.options, runtime=Path(runtime))
            (Path(runtime) / "metrics").mkdir()
            try:
                return self._serve()
            finally:
                self._finish()

    def _serve(self) -> int:
        self._workers = [self._start() for _ in range(self.options.workers)]
        told, failed = False, 0
        end = time.monotonic() + READY_SECONDS
        while not self._stopping:
            self._look()
            for place, worker in enumerate(self._workers):
                code = worker.process.poll()
                if code is None or self._stopping:
                    continue
                failed += not told
                if not told and (code >= CANNOT_START or failed > MOST_FAILED_STARTS):
                    return code - CANNOT_START if code >= CANNOT_START else 1
                self._replace(place, worker, code)
            if not told and all(worker.is_ready for worker in self._workers):
                told = True
                self._say("ready", url=self.url, pid=os.getpid(), workers=self.options.workers)
            if not told and time.monotonic() > end:
                raise Busy(f"the workers were not ready within {READY_SECONDS:.0f} seconds; see the log above")
        return 0

    def _look(self) -> None:
        """Wait a moment for a signal, or for a worker to be ready or dead."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._wake_read, selectors.EVENT_READ)
            for worker in self._workers:
                if worker.ready >= 0:
                    selector.register(worker.ready, selectors.EVENT_READ, worker)
            for key, _ in selector.select(timeout=0.2):
                if key.data is None:
                    os.read(self._wake_read, 100)
                    continue
                key.data.is_ready = os.read(key.data.ready, 1) == b"1"
                os.close(key.data.ready)
                key.data.ready = -1

    def _start(self, *, replaces: bool = False) -> _Worker:
        read, write = os.pipe()
        listener = self._listener.fileno()
        command = [
            sys.executable,
            "-m",
            self._module,
            self.options.text(),
            str(listener),
            str(write),
            str(self._alive_read),
            *([REPLACES] if replaces else []),
        ]
        environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(self.options.runtime / "metrics")}
        process = subprocess.Popen(
            command, env=environment, pass_fds=(listener, write, self._alive_read), stdin=subprocess.DEVNULL
        )
        os.close(write)
        return _Worker(process, read, time.monotonic())

    def _replace(self, place: int, worker: _Worker, code: int) -> None:
        if worker.ready >= 0:
            os.close(worker.ready)
        self._say("worker died", worker=worker.process.pid, code=code)
        young = time.monotonic() - worker.since < YOUNG_SECONDS
        self._wait = min(self._wait * 2, LONGEST_WAIT) if young else FIRST_WAIT
        end = time.monotonic() + self._wait
        while time.monotonic() < end and not self._stopping:
            time.sleep(0.05)
        if not self._stopping:
            self._workers[place] = self._start(replaces=True)

    def _finish(self) -> None:
        self._say("stopping", workers=len(self._workers))
        for worker in self._workers:
            with contextlib.suppress(ProcessLookupError):
                worker.process.send_signal(signal.SIGTERM)
        self._listener.close()
        end = time.monotonic() + PATIENCE_SECONDS
        for worker in self._workers:
            try:
                worker.process.wait(max(end - time.monotonic(), 0.1))
            except subprocess.TimeoutExpired:
                self._say("killed", worker=worker.process.pid)  # it waits for a graph that does not answer
                worker.process.kill()
                worker.process.wait()
        self._say("stopped")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        def stop(*_: object) -> None:
            if self._stopping:  # the second time is meant
                for worker in self._workers:
                    worker.process.kill()
            self._stopping = True
            os.write(self._wake_write, b"1")

        before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _listen(host: str, port: int) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        listener = socket.socket(family, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(1024)
        listener.set_inheritable(True)
        return listener
    except socket.gaierror as error:
        raise SettingError(f"--host {host} is no address of this machine: {error.strerror}") from error
    except OverflowError as error:
        raise SettingError(f"--port {port} is no port") from error
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise Busy(f"port {port} of {host} is taken; stop what uses it, or give another with --port") from error
        raise SettingError(f"cannot listen at {host} port {port}: {error.strerror}") from error
