"""A real PostgreSQL server in a folder and on a port of its own, for as long as a test session lasts.

Run as a program, it starts one in the foreground and prints its URL:

    python tests/engines/postgresql_server.py
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

START_SECONDS = 60.0
_numbers = itertools.count()


class NotAvailable(Exception):
    """PostgreSQL cannot run here; str(error) says what is missing."""


@dataclass(frozen=True)
class Server:
    """A server that answers."""

    process: subprocess.Popen[bytes]
    folder: Path
    port: int

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://graphfraud@127.0.0.1:{self.port}/{database}"

    def kill(self) -> None:
        """End it as a loss of power would."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        self.process.kill()
        self.process.wait()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(child), 9)

    def stop(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(2)  # a fast shutdown
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def start(durable: bool = False) -> Server:
    """Make a cluster and start it; raise NotAvailable. durable waits for the disk, as an operator's does."""
    binaries = _binaries()
    user = _user()
    folder = Path(tempfile.mkdtemp(prefix="graphfraud-postgresql-", dir="/tmp"))
    if user is not None:
        os.chown(folder, user.pw_uid, user.pw_gid)
    data = folder / "data"
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "graphfraud", "-A", "trust", "-E", "UTF8", "-N"]
    made = _run(initdb, user, folder)
    if made.returncode != 0:
        raise NotAvailable(f"initdb failed: {made.stderr.decode(errors='replace').strip()[-300:]}")
    return restart(folder, durable)


def restart(folder: Path, durable: bool = False, port: int | None = None) -> Server:
    """Start the server of a folder (again)."""
    binaries, user, port = _binaries(), _user(), port or _free_port()
    options = [f"port={port}", "listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200"]
    options += [] if durable else ["fsync=off"]
    command = [str(binaries / "postgres"), "-D", str(folder / "data"), *(part for o in options for part in ("-c", o))]
    if shutil.which("setpriv"):
        command = ["setpriv", "--pdeathsig", "INT", *command]  # never outlives the session, however that ends
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL, **_as(user))
    server = Server(process, folder, port)
    end = time.monotonic() + START_SECONDS
    while _run([str(binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], user, folder).returncode != 0:
        if process.poll() is not None or time.monotonic() > end:
            said = (folder / "server.log").read_text(errors="replace").strip()[-300:]
            server.stop()
            raise NotAvailable(f"the server did not start: {said}")
        time.sleep(0.05)
    return server


def make_database(beside: str, template: str = "template1") -> str:
    """Make a database on the server of a URL and return its own URL."""
    name, server = f"graphfraud_{os.getpid()}_{next(_numbers)}", beside.rpartition("/")[0]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    return f"{server}/{name}"


def drop_database(url: str) -> None:
    """Drop a database, whoever is connected."""
    server, _, name = url.rpartition("/")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _binaries() -> Path:
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else []  # a link leads to one of its programs only
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "postgres", "pg_isready")):
            return folder
    raise NotAvailable("there is no initdb (Debian: apt-get install postgresql)")


def _version(folder: Path) -> int:
    return int(re.sub(r"\D.*", "", folder.parent.name) or 0)


def _user() -> pwd.struct_passwd | None:
    """PostgreSQL does not run as root: return somebody else, None where we are somebody else already."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name)
    raise NotAvailable("there is no user that it could run as")


def _as(user: pwd.struct_passwd | None) -> dict[str, object]:
    return {} if user is None else {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _run(command: Sequence[str], user: pwd.struct_passwd | None, folder: Path) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, **_as(user))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    running = start(durable="--durable" in sys.argv)
    sys.stdout.write(running.url() + "\n")
    sys.stdout.flush()
    try:
        running.process.wait()
    except KeyboardInterrupt:
        running.stop()
