"""Run `graphfraud` commands in processes of their own: on a data folder, measured, or killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from graphfraud.store import embedded

KEY = "5a" * 32
TICKS = os.sysconf("SC_CLK_TCK")
# A process inherits its parent's peak memory over fork and exec, so that a small one has to stand between.
MEASURE = """
import resource, subprocess, sys, time
began = time.perf_counter()
code = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
print(code, time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""


@dataclass(frozen=True)
class Measured:
    """What a command took: seconds of wall time and the peak of its resident memory in MB (10⁶ bytes)."""

    seconds: float
    peak_mb: float


def arguments(*words: str | Path) -> list[str]:
    """Return the command line of a graphfraud command in this interpreter."""
    return [sys.executable, "-m", "api.cli.main", *map(str, words)]


def environment(home: Path, settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this environment with no graphfraud settings but a data folder, a known token key and those given."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GRAPHFRAUD_")}
    return kept | {"GRAPHFRAUD_HOME": str(home), "GRAPHFRAUD_TOKEN_KEY": KEY} | dict(settings or {})


def said(home: Path, *words: str | Path) -> Any:
    """Run a command with --json and return its document; a command that fails ends the run."""
    done = subprocess.run(arguments(*words, "--json"), env=environment(home), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"graphfraud {' '.join(map(str, words))} ended with {done.returncode}:\n{done.stderr}")
    return json.loads(done.stdout)


def measured(home: Path, *words: str | Path, settings: Mapping[str, str] | None = None) -> Measured:
    """Run a command and return what it took; an engine that it starts itself counts too, so start that before."""
    done = subprocess.run(
        [sys.executable, "-S", "-c", MEASURE, *arguments(*words)],
        env=environment(home, settings),
        capture_output=True,
        text=True,
    )
    code, seconds, kilobytes = done.stdout.split()
    if code != "0":
        raise SystemExit(f"graphfraud {' '.join(map(str, words))} ended with {code}:\n{done.stderr}")
    return Measured(float(seconds), int(kilobytes) * 1024 / 1e6)


def children(pid: int) -> list[int]:
    """Return the processes that a process has started and that still run (Linux)."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def processor_seconds(pid: int) -> float:
    """Return the processor seconds that a process has taken so far (Linux)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def stop_engine(home: Path) -> None:
    """Stop the embedded engine of a data folder, used or not."""
    embedded.stop(home / "store", force=True)
