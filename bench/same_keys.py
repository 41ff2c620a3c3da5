"""Twenty clients send the same idempotency keys at once: each key is judged once, and all its answers are the same bytes.

python -m bench.same_keys --clients 20 --keys 200 --workers 2
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench.command import arguments, environment, stop_engine
from bench.kill_checks import Connection, port_of, world_rows
from graphfraud.settings import Settings
from graphfraud.state import State

Answers = list[tuple[int, bytes]]


def main() -> int:
    """Send, tell, and return 0 if every key was judged once."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=20)
    parser.add_argument("--keys", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    asked = parser.parse_args()
    rows = world_rows(None, max(500, asked.keys))[: asked.keys]
    with tempfile.TemporaryDirectory(prefix="bench-same-keys-") as folder:
        try:
            return _tell(Path(folder), [json.dumps(row, ensure_ascii=False).encode() for row in rows], asked)
        finally:
            stop_engine(Path(folder))


def _tell(home: Path, bodies: Sequence[bytes], asked: argparse.Namespace) -> int:
    with State.open(Settings.from_environment(environment(home))) as state:
        key, _ = state.keys.create("same", ["checks"], actor="bench")
        command = arguments("serve", "--port", "0", "--json", "--workers", str(asked.workers))
        serving = subprocess.Popen(command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            began = time.monotonic()
            heard = asyncio.run(_send(port_of(serving), key, bodies, asked.clients))
            seconds = time.monotonic() - began
        finally:
            serving.send_signal(signal.SIGTERM)
            serving.wait(timeout=60)
        judged = state.answers.count()
    same = sum(len({answers[place] for answers in heard}) == 1 for place in range(len(bodies)))
    good = sum(status == 200 for answers in heard for status, _ in answers)
    print(f"{asked.clients} clients, {len(bodies)} keys, {asked.workers} workers: {good:,} answers of 200 in {seconds:.1f} s")
    print(f"judgements: {judged}; keys whose answers are the same bytes: {same}")
    return 0 if judged == same == len(bodies) and good == asked.clients * len(bodies) else 1


async def _send(port: int, key: str, bodies: Sequence[bytes], clients: int) -> list[Answers]:
    return await asyncio.gather(*(_client(port, key, bodies) for _ in range(clients)))


async def _client(port: int, key: str, bodies: Sequence[bytes]) -> Answers:
    connection = Connection(port, key)
    answers = [await connection.post(body, f"same-{place}") for place, body in enumerate(bodies)]
    connection.close()
    return answers


if __name__ == "__main__":
    sys.exit(main())
