"""A real `graphfraud serve` in a process of its own, and what a test needs to talk to it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from graphfraud.settings import Settings
from graphfraud.state import State

CHECKOUT = Path(__file__).parents[3]
SCOPES = ("checks", "read", "outcomes")


@dataclass
class Served:
    """A running service; log has the lines of its stderr so far."""

    environment: Mapping[str, str]
    process: subprocess.Popen[str]
    url: str
    log: list[str] = field(default_factory=list)
    made: int = 0

    @property
    def settings(self) -> Settings:
        return Settings.from_environment(self.environment)

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def key(self, *scopes: str, rate: int | None = None, expires_at: int | None = None) -> str:
        """Make a key as `graphfraud keys create` does."""
        self.made += 1
        with State.open(self.settings) as state:
            text, _ = state.keys.create(
                f"key-{self.port}-{self.made}", scopes or SCOPES, actor="test", rate_per_minute=rate, expires_at=expires_at
            )
        return text

    def client(self, key: str = "", **headers: str) -> httpx.Client:
        """Return a client that sends a key (a new one for everything if none is given)."""
        sent = {"Authorization": f"Bearer {key or self.key()}", **headers}
        return httpx.Client(base_url=self.url, headers=sent, timeout=60)

    def stop(self) -> int:
        """End it as an operator does, and return its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


def serve(environment: Mapping[str, str], *arguments: str) -> Served:
    """Start `graphfraud serve` on a free port and wait until it is ready."""
    command = [sys.executable, "-m", "api.cli.main", "serve", "--port", "0", "--json", "--budget-ms", "20000", *arguments]
    process = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env={**_clean(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    served = Served(environment, process, "")
    threading.Thread(target=_listen, args=(process, served.log), daemon=True).start()
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line == "}\n":
            break
    assert said, "\n".join(served.log)
    served.url = json.loads(said)["url"]
    return served


def command(served: Served, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command of the command line on the data of a service."""
    return subprocess.run(
        [sys.executable, "-m", "api.cli.main", *arguments],
        cwd=CHECKOUT,
        env={**_clean(), **served.environment},
        input=text,
        capture_output=True,
        text=True,
        timeout=180,
    )


def _listen(process: subprocess.Popen[str], log: list[str]) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        log.append(line.rstrip("\n"))


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GRAPHFRAUD_")}


def application(application_id: str, **columns: object) -> dict[str, object]:
    """Return a whole application whose identifiers are its own."""
    number = sum(ord(letter) * 31**place for place, letter in enumerate(application_id)) % 89_999_999 + 10_000_000
    return {
        "application_id": application_id,
        "submitted_at": "2025-06-01T10:00:00+08:00",
        "applicant_id": _resident_id(number),
        "applicant_name": "王" + chr(0x4E00 + number % 20_000),
        "phone": f"138{number}",
        "device_id": f"{number:x}".rjust(15, "7") + "c",
        "account_no": f"62284800{number}",
        "dealer_id": "D00001",
        "salesperson_id": "S00001-1",
        "monthly_income": 8000,
        "vehicle_price": 120000,
        "down_payment": 40000,
        "loan_amount": 80000,
        "term_months": 36,
        "vin": "LGWEF4A5" + "XPRS"[number % 4] + f"HB{number % 1_000_000:06d}",
    } | columns


def _resident_id(number: int) -> str:
    digits = f"110101{1960 + number % 40}{number // 40 % 12 + 1:02d}{number // 480 % 28 + 1:02d}{number // 13_440 % 1000:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11]
