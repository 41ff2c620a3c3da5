"""`make demo` goes through, and its last lines work as they are printed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

from graphfraud.store import embedded

CHECKOUT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


def test_the_last_lines_of_the_demo_work_as_printed(tmp_path: Path):
    """Only the port is another one: 8000 may be taken on the machine of the test. What was there before is kept."""
    key = tmp_path / "demo" / "graphfraud-data" / "token.key"
    key.parent.mkdir(parents=True)
    key.write_text("mine")
    clean = _clean()
    try:
        demo = _demo(tmp_path)
        assert demo.returncode == 0, demo.stderr
        (aside,) = (tmp_path / "demo").glob("graphfraud-data.before-*Z")
        assert str(aside) in demo.stdout and (aside / "token.key").read_text() == "mine"
        serve, curl = (line.strip() for line in demo.stdout.splitlines()[-2:])
        assert serve.endswith("/graphfraud serve") and curl.startswith("curl ")
        port = free_port()

        serving = subprocess.Popen(
            ["sh", "-c", f"exec env {serve} --port {port}"], cwd=tmp_path, env=clean, stderr=subprocess.DEVNULL
        )
        try:
            answer = _said(curl.replace("127.0.0.1:8000", f"127.0.0.1:{port}"), tmp_path)
        finally:
            serving.send_signal(signal.SIGTERM)
            assert serving.wait(timeout=60) == 0
    finally:
        embedded.stop(tmp_path / "demo" / "graphfraud-data" / "store", force=True)

    assert (answer["application_id"], answer["scan_id"] is None) == ("DEMO-1", False)
    if not answer["degraded"]:  # a machine that is busy enough may be too slow for the graph
        assert answer["decision"] in ("review", "reject")
        assert answer["ring"]["state"] == "known"
        assert answer["reasons"]


def test_a_file_that_does_not_fit_is_refused_before_anything_is_touched(tmp_path: Path):
    key = tmp_path / "demo" / "graphfraud-data" / "token.key"
    key.parent.mkdir(parents=True)
    key.write_text("mine")
    (tmp_path / "odd.csv").write_text("a,b\n1,2\n")

    refused = _demo(tmp_path, "odd.csv")

    assert refused.returncode == 2 and "its columns (a, b) are not those" in refused.stderr
    assert [path.name for path in (tmp_path / "demo").iterdir()] == ["graphfraud-data"] and key.read_text() == "mine"


def _demo(folder: Path, file: str = "") -> subprocess.CompletedProcess[str]:
    binaries = folder / "bin"
    binaries.mkdir()
    program = binaries / "graphfraud"
    program.write_text(f'#!/bin/sh\nPYTHONPATH="{CHECKOUT}" exec "{sys.executable}" -m api.cli.main "$@"\n')
    program.chmod(0o755)
    (binaries / "python").symlink_to(sys.executable)
    return subprocess.run(
        ["sh", str(CHECKOUT / "bench" / "demo.sh")],
        cwd=folder,
        env={
            **_clean(),
            **{"BIN": str(binaries), "DEMO": "demo", "DEMO_FILE": file, "DEMO_APPLICATIONS": "1500"},
            "GRAPHFRAUD_STORE_MEMORY": "384m",
        },
        capture_output=True,
        text=True,
        timeout=500,
    )


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("GRAPHFRAUD_")}


def _said(curl: str, folder: Path) -> dict[str, Any]:
    done = subprocess.run(["sh", "-c", curl], cwd=folder, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)
