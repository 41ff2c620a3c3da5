"""Play applications through HTTP at full speed while the engine and a worker are killed; nothing acknowledged may be lost.

    python -m bench.kill_checks --applications 5000 --checks 6000
    python -m bench.kill_checks --world FOLDER --checks 6000

All but the last applications of a world are loaded and scanned; these are then sent in time order by eight connections, each
with its idempotency key, to `graphfraud serve --workers 2`. The embedded engine is killed with SIGKILL twice and one worker
once; a connection that breaks is opened again and its application sent again, as a client does. The end is told in counts.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from bench.command import arguments, children, environment, said, stop_engine
from bench.kill_load import kill_engine
from graphfraud.intake import Intake
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store import Store, embedded
from graphfraud.store.neighbourhood import present
from ingest.world.make import Plan, make_world
from ingest.world.write import applications_table

KILLS = ("engine", "worker", "engine")
HEALTHY_SECONDS, DRAIN_SECONDS = 120.0, 180.0
IN_A_ROW = 8  # checks that the graph answers one after the other, on connections of their own: as many as reach all workers
Rows = Sequence[dict[str, object]]


@dataclass
class Played:
    """What came of it. statuses counts every answer that came, broken the connections that did not bring one.

    healthy has a pair for each kill: what was killed, and the seconds until the graph answered again.
    """

    requests: int = 0
    broken: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    answers: dict[str, bytes] = field(default_factory=dict)
    healthy: list[tuple[str, float]] = field(default_factory=list)
    slowest: float = 0.0
    seconds: float = 0.0
    drained: float = 0.0
    missing: int = 0
    stored: int = 0
    exit_code: int = 0

    @property
    def degraded(self) -> int:
        """How many answers were made without the graph, and say so."""
        return sum(json.loads(body)["degraded"] for body in self.answers.values())

    @property
    def wrong(self) -> list[str]:
        """What must not be."""
        found = {
            "answers of 5xx": sum(count for status, count in self.statuses.items() if status >= 500),
            "acknowledged applications missing in the graph": self.missing,
            "answers that are not stored, or stored twice": abs(self.stored - len(self.answers)),
            "a kill after which the graph did not answer again": sum(seconds < 0 for _, seconds in self.healthy),
            "an exit code of the service": self.exit_code,
        }
        return [f"{what}: {count:,}" for what, count in found.items() if count]


def main() -> int:
    """Play, tell, and return 0 if nothing is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--world", type=Path, help="folder with applications.csv.gz; a world is made without one")
    parser.add_argument("--applications", type=int, default=5_000, help="applications in the store before")
    parser.add_argument("--checks", type=int, default=6_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep-log", type=Path, help="where to keep the service's log")
    asked = parser.parse_args()
    rows = world_rows(asked.world, asked.applications + asked.checks)
    with tempfile.TemporaryDirectory(prefix="bench-kill-checks-") as folder:
        home = Path(folder, "home")
        try:
            prepare(home, rows[: -asked.checks])
            played = play(home, rows[-asked.checks :], KILLS, asked.connections, asked.workers)
        finally:
            stop_engine(home)
            if asked.keep_log and (home / "serve.log").exists():
                asked.keep_log.write_bytes((home / "serve.log").read_bytes())
    tell(played)
    return 1 if played.wrong else 0


def world_rows(world: Path | None, number: int) -> Rows:
    """Return the first applications of a world in time order, as bodies."""
    if world is None:
        frame = applications_table(make_world(Plan(number, seed=11))).to_pandas()
    else:
        frame = pd.read_csv(world / "applications.csv.gz", dtype=str)
    frame = frame.astype(object).sort_values(["submitted_at", "application_id"], kind="stable").iloc[:number]
    rows = json.loads(frame.to_json(orient="records", date_format="iso"))
    return [{name: value for name, value in row.items() if value is not None} for row in rows]


def prepare(home: Path, rows: Rows) -> None:
    """Load what was there before and scan it."""
    home.mkdir(parents=True)
    if rows:
        pd.DataFrame(rows).to_csv(home / "before.csv", index=False)
        said(home, "load", home / "before.csv")
        said(home, "scan")


def play(home: Path, rows: Rows, kills: Sequence[str], connections: int = 8, workers: int = 2) -> Played:
    """Send the applications to a service, kill as often, and look at what is left when all is quiet."""
    settings = Settings.from_environment(environment(home))
    with State.open(settings) as state:
        key, _ = state.keys.create("player", ["checks"], actor="bench")
    played = Played()
    with (home / "serve.log").open("wb") as log:
        command = arguments("serve", "--port", "0", "--json", "--log-format", "json", "--workers", str(workers))
        serving = subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE, stderr=log)
        try:
            player = _Player(home, serving, port_of(serving), key, workers, played)
            asyncio.run(player.play(rows, kills, connections))
        finally:
            serving.send_signal(signal.SIGTERM)
            played.exit_code = serving.wait(timeout=60)
    _look(settings, {str(row["application_id"]): row for row in [*rows, *player.probes]}, played)
    return played


def tell(played: Played) -> None:
    """Print the counts."""
    print(f"requests: {played.requests:,} in {played.seconds:.1f} s, the slowest {1000 * played.slowest:,.0f} ms")
    print("answers by status:", ", ".join(f"{count:,} × {status}" for status, count in sorted(played.statuses.items())))
    print(f"connections that broke, sent again: {played.broken:,}")
    print(f"acknowledged: {len(played.answers):,} applications, {played.degraded:,} of them degraded and marked so")
    for what, seconds in played.healthy:
        print(f"killed the {what}: the graph answered every check again after {seconds:.1f} s")
    print(f"the queue was empty {played.drained:.1f} s after the last check")
    print(f"answers stored: {played.stored:,}; acknowledged applications missing in the graph: {played.missing:,}")
    print("nothing is wrong" if not played.wrong else "WRONG: " + "; ".join(played.wrong))


class _Player:
    def __init__(self, home: Path, serving: subprocess.Popen[bytes], port: int, key: str, workers: int, played: Played) -> None:
        self._home, self._serving, self._port, self._key, self._workers = home, serving, port, key, workers
        self._played = played
        self.probes: list[dict[str, object]] = []

    async def play(self, rows: Rows, kills: Sequence[str], connections: int) -> None:
        """Send a part of the rows for each kill, which comes in the middle of it."""
        began = time.monotonic()
        part = -(-len(rows) // len(kills))
        for number, what in enumerate(kills):
            mine = rows[number * part : (number + 1) * part]
            reached = asyncio.Event()
            waiting = self._counted(mine, reached)
            sending = asyncio.gather(*(self._send(waiting) for _ in range(connections)))
            await reached.wait()
            self._played.healthy.append((what, await self._kill(what, mine[0])))
            await sending
        self._played.seconds = time.monotonic() - began
        await asyncio.to_thread(self._drain)

    def _counted(self, rows: Rows, reached: asyncio.Event) -> Iterator[dict[str, object]]:
        for place, row in enumerate(rows):
            if place == len(rows) // 2:
                reached.set()
            yield row

    async def _send(self, waiting: Iterator[dict[str, object]]) -> None:
        connection = Connection(self._port, self._key)
        for row in waiting:
            await self._answered(connection, row)
        connection.close()

    async def _answered(self, connection: Connection, row: dict[str, object]) -> bytes:
        """Send an application until it is answered, and return the answer."""
        name = str(row["application_id"])
        body = json.dumps(row, ensure_ascii=False).encode()
        while True:
            self._played.requests += 1
            began = time.monotonic()
            try:
                status, answer = await connection.post(body, name)
            except (OSError, EOFError):
                self._played.broken += 1
                connection.close()
                await asyncio.sleep(0.05)
                continue
            self._played.slowest = max(self._played.slowest, time.monotonic() - began)
            self._played.statuses[status] += 1
            if status == 200:
                self._played.answers[name] = answer
                return answer
            await asyncio.sleep(0.2)

    async def _kill(self, what: str, like: dict[str, object]) -> float:
        """Kill it, and return the seconds until all is as before; below zero if that never came."""
        began, before = time.monotonic(), children(self._serving.pid)
        if what == "engine":
            kill_engine(self._home)
        else:
            os.kill(before[0], signal.SIGKILL)
        killed = {before[0]} if what == "worker" else set()
        row = 0
        while time.monotonic() - began < HEALTHY_SECONDS:
            there = children(self._serving.pid)
            alive = embedded.running(self._home / "store") is not None
            probe = like | {"application_id": f"PROBE-{what}-{len(self.probes)}"}
            self.probes.append(probe)
            connection = Connection(self._port, self._key)
            degraded = json.loads(await self._answered(connection, probe))["degraded"]
            connection.close()
            fine = alive and len(there) == self._workers and not killed & set(there) and not degraded
            row = row + 1 if fine else 0
            if row == IN_A_ROW:
                return time.monotonic() - began
            await asyncio.sleep(0.1)
        return -1.0

    def _drain(self) -> None:
        began = time.monotonic()
        with State.open(Settings.from_environment(environment(self._home))) as state:
            while state.queue.backlog().count and time.monotonic() - began < DRAIN_SECONDS:
                time.sleep(0.2)
        self._played.drained = time.monotonic() - began


class Connection:
    """One keep-alive connection, opened when it is needed."""

    def __init__(self, port: int, key: str) -> None:
        self._port = port
        self._head = f"POST /v1/checks HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n"
        self._ends: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def post(self, body: bytes, idempotency_key: str) -> tuple[int, bytes]:
        """Return status and body; raise OSError or EOFError if the connection breaks."""
        reader, writer = self._ends = self._ends or await asyncio.open_connection("127.0.0.1", self._port)
        once = f"Content-Type: application/json\r\nIdempotency-Key: {idempotency_key}\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(f"{self._head}{once}".encode() + body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        at = head.index(b"content-length:") + 15
        answer = await reader.readexactly(int(head[at : head.index(b"\r\n", at)]))
        if b"connection: close" in head:
            self.close()
        return int(head[9:12]), answer

    def close(self) -> None:
        """Close it; the next post opens another."""
        if self._ends is not None:
            with suppress(OSError):
                self._ends[1].close()
        self._ends = None


def _look(settings: Settings, rows: dict[str, dict[str, object]], played: Played) -> None:
    """Count the acknowledged applications that the graph has not as they were sent, and the answers that are kept."""
    intake = Intake(settings.token_key(), settings.conventions)
    names = sorted(played.answers)
    with Store.open(settings) as store:
        for start in range(0, len(names), 500):
            some = names[start : start + 500]
            content = {one.properties["application_id"]: one.properties["content"] for one in present(store, some)}
            played.missing += sum(content.get(name) != intake.application(rows[name]).content for name in some)
    with State.open(settings) as state:
        played.stored = state.answers.count()


def port_of(serving: subprocess.Popen[bytes]) -> int:
    """Return the port of a service that was started with --json, when it is ready."""
    assert serving.stdout is not None
    text = b""
    while not text.endswith(b"}\n"):
        line = serving.stdout.readline()
        if not line:
            raise SystemExit("the service did not start")
        text += line
    return int(json.loads(text)["url"].rsplit(":", 1)[1])


if __name__ == "__main__":
    sys.exit(main())
