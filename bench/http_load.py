"""A load generator for POST requests over keep-alive connections, in a process of its own: few cycles, exact times."""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import time
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

import uvloop


@dataclass(frozen=True)
class Load:
    """What came of a run: seconds it took, seconds of each request in the order of answers, answers by status."""

    seconds: float
    latencies: tuple[float, ...]
    statuses: dict[int, int]
    bodies: tuple[bytes, ...]

    @property
    def rate(self) -> float:
        """Requests a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """Return the latency in milliseconds below which a share of the requests were answered."""
        ordered = sorted(self.latencies)
        return 1000 * ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def send(
    port: int,
    key: str,
    bodies: Sequence[bytes],
    connections: int = 8,
    path: str = "/v1/checks",
    keyed: str = "",
    keep: bool = False,
) -> Load:
    """Send every body once from another process; keyed makes an Idempotency-Key of that prefix and the place."""
    here, there = multiprocessing.get_context("spawn").Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=_process, args=(there, port, _requests(key, bodies, path, keyed), connections, keep)
    )
    process.start()
    there.close()
    try:
        return here.recv()  # type: ignore[no-any-return]  # what _process sends
    finally:
        process.join()


def _requests(key: str, bodies: Sequence[bytes], path: str, keyed: str) -> list[bytes]:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
    made = []
    for place, body in enumerate(bodies):
        once = f"Idempotency-Key: {keyed}{place}\r\n" if keyed else ""
        made.append(f"{head}{once}Content-Length: {len(body)}\r\n\r\n".encode() + body)
    return made


def _process(pipe: Connection, port: int, requests: list[bytes], connections: int, keep: bool) -> None:
    pipe.send(uvloop.run(_run(port, requests, connections, keep)))


async def _run(port: int, requests: list[bytes], connections: int, keep: bool) -> Load:
    waiting = iter(requests)
    latencies: list[float] = []
    statuses: dict[int, int] = {}
    kept: list[bytes] = []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for request in waiting:
            began = time.perf_counter()
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lower = head.lower()
            at = lower.index(b"content-length:") + 15
            body = await reader.readexactly(int(lower[at : lower.index(b"\r\n", at)]))
            latencies.append(time.perf_counter() - began)
            status = int(head[9:12])
            statuses[status] = statuses.get(status, 0) + 1
            if keep:
                kept.append(body)
            if b"connection: close" in lower:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(connections)))
    return Load(time.perf_counter() - began, tuple(latencies), statuses, tuple(kept))


def bodies_of(rows: Sequence[dict[str, object]], prefix: str = "") -> list[bytes]:
    """Return rows as bodies, their ids with a prefix of their own."""
    return [
        json.dumps(row | {"application_id": f"{prefix}{row['application_id']}"}, ensure_ascii=False).encode() for row in rows
    ]
