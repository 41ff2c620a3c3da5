"""The client's side of the embedded engine: find the process that serves a folder, start it, stop it.

Four files in the folder say all there is to know, and the kernel lets go of a dead process's locks by itself:

    server.lock    held by the engine process as long as it lives; its pid is inside
    server.json    its pid, ports and password (mode 600), there when it answers
    clients.lock   held, shared, by every command that uses the engine; nobody holds it: the engine is idle
    start.lock     held by the command that is starting the engine, so that two commands start one
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from graphfraud.errors import Busy, DiskError, GraphfraudError, StoreUnreachable

START_SECONDS = 120.0
STOP_SECONDS = 30.0
MOST_HEAP, LEAST_HEAP = 4096, 256  # megabytes
_POLL_SECONDS = 0.02
_LAST_WORDS_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Running:
    """An engine process that answers; started_at in seconds since the epoch."""

    pid: int
    port: int
    http_port: int
    password: str
    started_at: float


class Client:
    """A claim on a running engine: as long as it is open, the engine does not stop for being idle."""

    def __init__(self, running: Running, clients_lock: int) -> None:
        self.port, self.password = running.port, running.password
        self._lock: int | None = clients_lock

    def close(self) -> None:
        """Give the claim back; the engine's idle time begins when the last one is back."""
        if self._lock is not None:
            _touch(self._lock)
            os.close(self._lock)
            self._lock = None


def connect(folder: Path, heap: str, idle: float) -> Client:
    """Claim the engine that serves a folder, starting it if none does; heap "" means `default_heap()`.

    Raises DiskError if the folder cannot be used and StoreUnreachable if the engine does not start.
    """
    _make(folder)
    lock = _open_lock(folder / "clients.lock")
    try:
        _take(lock, fcntl.LOCK_SH, STOP_SECONDS, f"the engine of {folder} has been stopping for too long")
        _touch(lock)
        return Client(running(folder) or _start_one(folder, heap or default_heap(), idle), lock)
    except BaseException:
        os.close(lock)
        raise


def running(folder: Path) -> Running | None:
    """Return the engine process that serves a folder and answers, None if there is none (or it is just starting)."""
    if not _alive(folder):
        return None
    try:
        content = json.loads((folder / "server.json").read_text(encoding="utf-8"))
        return Running(**content)
    except (OSError, ValueError, TypeError):
        return None


def has_begun(folder: Path) -> bool:
    """Say whether an engine ever served a folder, running or not; nothing is started and nothing made."""
    return (folder / "databases").is_dir()


def in_use(folder: Path) -> bool:
    """Say whether a command uses the engine of a folder right now."""
    if not (folder / "clients.lock").exists():
        return False
    lock = _open_lock(folder / "clients.lock")
    try:
        return not _try(lock, fcntl.LOCK_EX)
    finally:
        os.close(lock)


def stop(folder: Path, *, force: bool = False) -> bool:
    """Stop the engine that serves a folder; return False if none does.

    Raises Busy while a command uses it, unless force says to cut that command off.
    """
    if not _alive(folder):
        return False
    lock = _open_lock(folder / "clients.lock")
    try:
        if not _try(lock, fcntl.LOCK_EX) and not force:
            raise Busy(f"a command is using the engine of {folder}; wait for it, or stop all the same with --force")
        if running(folder) is None and not force:
            raise Busy(f"the engine of {folder} is just starting; try again in a few seconds, or with --force")
        _end(folder)
        return True
    finally:
        os.close(lock)


def default_heap() -> str:
    """Return a quarter of the memory that this process may use, at least 256 MB and at most 4 GB, such as ``1024m``."""
    bytes_there = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for limit in (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes")):
        try:
            bytes_there = min(bytes_there, int(limit.read_text()))
        except (OSError, ValueError):  # no such control group, or "max"
            continue
    return f"{min(MOST_HEAP, max(LEAST_HEAP, bytes_there // 4 // 2**20))}m"


def _start_one(folder: Path, heap: str, idle: float) -> Running:
    with _starting(folder):
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end:
            found = running(folder)
            if found is not None:
                return found
            if not _alive(folder):
                return _start(folder, heap, idle)
            time.sleep(_POLL_SECONDS)  # started by a command that is gone; it will answer
    raise StoreUnreachable(f"the embedded engine of {folder} holds its lock but does not answer; run `graphfraud store stop`")


def _start(folder: Path, heap: str, idle: float) -> Running:
    (folder / "server.json").unlink(missing_ok=True)
    log = folder / "log" / "server.log"
    log.parent.mkdir(exist_ok=True)
    written = log.stat().st_size if log.exists() else 0
    ours, theirs = os.pipe()
    try:
        with log.open("ab") as output:
            process = subprocess.Popen(
                [
                    sys.executable,
                    "-P",
                    str(Path(__file__).with_name("embedded_server.py")),
                    str(folder),
                    heap,
                    str(idle),
                    str(theirs),
                ],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs,),
                start_new_session=True,  # ctrl-C of this command is not for the engine, which others use
            )
        os.close(theirs)
        theirs = -1
        said = _listen(ours)
    finally:
        os.close(ours)
        if theirs >= 0:
            os.close(theirs)
    found = running(folder) if said == "ready" else None
    if found is None:
        raise _start_failure(folder, log, said or _last_words(process, log, written))
    return found


def _listen(pipe: int) -> str:
    """Return the engine's first line; "" if it ended without one or took too long."""
    end = time.monotonic() + START_SECONDS
    heard = b""
    while not heard.endswith(b"\n"):
        ready, _, _ = select.select([pipe], [], [], max(0.0, end - time.monotonic()))
        part = os.read(pipe, 4096) if ready else b""
        if not part:
            break
        heard += part
    return heard.decode(errors="replace").strip()


def _last_words(process: subprocess.Popen[bytes], log: Path, written: int) -> str:
    """Return what an engine wrote into its log before it ended without an answer."""
    try:
        process.wait(_LAST_WORDS_SECONDS)
    except subprocess.TimeoutExpired:
        return f"process {process.pid} gives no answer"
    with log.open("rb") as file:
        file.seek(written)
        lines = [line.strip() for line in file.read().decode(errors="replace").splitlines() if line.strip()]
    return " ".join(lines[-2:]) or f"it ended with code {process.returncode}"


def _start_failure(folder: Path, log: Path, said: str) -> GraphfraudError:
    reason = said.removeprefix("failed: ")
    if "no space left" in reason.lower():
        return DiskError(f"the disk of {folder} is full; free space there and run the command again")
    if any(words in reason.lower() for words in ("could not reserve", "insufficient memory", "heap size", "too large")):
        reason += "; set GRAPHFRAUD_STORE_MEMORY to less"
    if "No module named 'arcadedb_embedded'" in reason:
        reason = "the package arcadedb-embedded is not installed; install it, or point GRAPHFRAUD_STORE at a Neo4j server"
    return StoreUnreachable(f"the embedded engine did not start in {folder}: {reason[:400]}; its log is {log}")


def _end(folder: Path) -> None:
    for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, 5.0)):
        pid = _pid(folder)
        if pid is None:
            return
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if not _alive(folder):
                return
            time.sleep(_POLL_SECONDS)
    raise StoreUnreachable(f"the engine process {pid} of {folder} does not end; end it by hand")


def _pid(folder: Path) -> int | None:
    """Return the pid of the process that holds the engine's lock, None if none does."""
    try:
        return int((folder / "server.lock").read_text()) if _alive(folder) else None
    except (OSError, ValueError):
        return None


@contextmanager
def _starting(folder: Path) -> Iterator[None]:
    lock = _open_lock(folder / "start.lock")
    try:
        _take(lock, fcntl.LOCK_EX, START_SECONDS, f"another command has been starting the engine of {folder} for too long")
        yield
    finally:
        os.close(lock)


def _alive(folder: Path) -> bool:
    """Say whether a process holds the engine's lock; the number in a file would say nothing, numbers are used again."""
    if not (folder / "server.lock").exists():
        return False
    lock = _open_lock(folder / "server.lock")
    try:
        return not _try(lock, fcntl.LOCK_SH)
    finally:
        os.close(lock)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise _no_folder(folder, error) from error


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _no_folder(path.parent, error) from error


def _no_folder(folder: Path, error: OSError) -> DiskError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskError(f"the disk of {folder} is full; free space there and run the command again")
    return DiskError(
        f"cannot use {folder} as the store's folder: {error.strerror}; "
        "set GRAPHFRAUD_HOME (or GRAPHFRAUD_STORE=embedded:FOLDER) to a folder you can write"
    )


def _try(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
        return True
    except BlockingIOError:
        return False


def _take(lock: int, kind: int, seconds: float, otherwise: str) -> None:
    end = time.monotonic() + seconds
    while not _try(lock, kind):
        if time.monotonic() > end:
            raise StoreUnreachable(f"{otherwise}; run `graphfraud store stop --force`")
        time.sleep(_POLL_SECONDS)


def _touch(lock: int) -> None:
    os.utime(lock)
