"""The embedded engine as a process of its own; it stands alone, so that it starts with nothing but the engine loaded.

Run by `graphfraud.store.embedded`, once per data folder:

    python -P embedded_server.py FOLDER HEAP IDLE_SECONDS REPORT_FD

It holds `server.lock` (its pid inside) for as long as it lives, writes `server.json` (mode 600: port and password) when
it answers, and says one line through REPORT_FD: `ready`, or `failed: …`. It stops on SIGTERM, when no client has held
`clients.lock` for the idle time, and when its folder is gone. A kill loses nothing that was committed: every commit is
flushed to disk.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import signal
import socket
import sys
import threading
import time
import traceback
from pathlib import Path

DATABASE = "neo4j"
POLL_SECONDS = 0.25
STOP_SECONDS = 10.0  # the engine's own stop waits for ever while a client's connection is open
PORT_ATTEMPTS = 3


def main(folder: Path, heap: str, idle: float, report: int) -> int:
    """Serve the databases of a folder until told to stop or idle; return the exit code."""
    lock = os.open(folder / "server.lock", os.O_RDWR | os.O_CREAT, 0o600)
    if not _lock_for_life(lock):
        _say(report, f"failed: another engine process already serves {folder}")
        return 3
    os.ftruncate(lock, 0)
    os.write(lock, str(os.getpid()).encode())  # whoever wants to stop an engine that hangs in its start needs to know
    state = folder / "server.json"
    state.unlink(missing_ok=True)
    try:
        server, ports, password = _start(folder, heap)
        _write_private(
            state,
            {"pid": os.getpid(), "port": ports[0], "http_port": ports[1], "password": password, "started_at": time.time()},
        )
    except Exception as error:  # whatever the engine or the JVM raises ends in one line for the command that waits
        _say(report, f"failed: {' '.join(str(error).split()) or type(error).__name__}")
        return 1
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    _say(report, "ready")
    _wait(folder, lock, idle, stop)
    state.unlink(missing_ok=True)
    stopping = threading.Thread(target=server.stop, daemon=True)  # type: ignore[attr-defined]  # the package has no types
    stopping.start()
    stopping.join(STOP_SECONDS)
    return 0


def _lock_for_life(lock: int) -> bool:
    # A command that asks whether an engine lives takes the lock for an instant, so one refusal says nothing.
    for _ in range(40):
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.05)
    return False


def _start(folder: Path, heap: str) -> tuple[object, tuple[int, int], str]:
    os.environ.setdefault("ARCADEDB_JVM_ERROR_FILE", str(folder / "log" / "hs_err_pid%p.log"))
    from arcadedb_embedded.server import ArcadeDBServer

    password = secrets.token_urlsafe(24)
    # The engine takes a password only when it makes the user; a new one each start leaves no old one to be found.
    (folder / "config" / "server-users.jsonl").unlink(missing_ok=True)
    for attempt in range(PORT_ATTEMPTS):
        ports = _free_ports()
        server = ArcadeDBServer(
            root_path=str(folder),
            root_password=password,
            config={
                "host": "127.0.0.1",
                "http_port": ports[1],
                "server_plugins": "Bolt:com.arcadedb.bolt.BoltProtocolPlugin",
                "bolt_port": ports[0],
                "bolt_host": "127.0.0.1",
                "mode": "production",
                "txWalFlush": 2,  # by default a commit is not on disk when it is acknowledged
            },
            jvm_kwargs={"heap_size": heap},
        )
        try:
            server.start()
            server.create_database(DATABASE)
            return server, ports, password
        except Exception as error:  # somebody took a port between the look and the start: look again
            if attempt == PORT_ATTEMPTS - 1 or "unable to listen" not in str(error).lower():
                raise
    raise AssertionError("the last attempt returns or raises")


def _free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def _wait(folder: Path, lock: int, idle: float, stop: threading.Event) -> None:
    clients = os.open(folder / "clients.lock", os.O_RDWR | os.O_CREAT, 0o600)
    seen = time.time()
    while not stop.wait(POLL_SECONDS):
        if os.fstat(lock).st_nlink == 0:  # the folder was deleted: what is served is nobody's any more
            return
        try:
            fcntl.flock(clients, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            seen = time.time()
            continue
        # Clients set the file's time when they come and go, so that one between two looks counts, too.
        if time.time() - max(seen, os.fstat(clients).st_mtime) >= idle:
            return  # the lock is kept: a command that comes now waits until this process is gone, then starts another
        fcntl.flock(clients, fcntl.LOCK_UN)


def _write_private(path: Path, content: dict[str, object]) -> None:
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file)
    draft.replace(path)


def _say(report: int, line: str) -> None:
    try:
        os.write(report, (line[:2000] + "\n").encode())
        os.close(report)
    except OSError:
        pass  # the command that started us is gone; the next one finds us by the state file


if __name__ == "__main__":
    code = 1
    try:
        code = main(Path(sys.argv[1]), sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
    except Exception:
        traceback.print_exc()  # into the log
    finally:
        os._exit(code)  # the JVM's threads would keep the process alive, and with it the lock
