"""Schemathesis sends what the schema allows and forbids, every check on: no failure, no 5xx.

The long run: graphfraud serve, then

    schemathesis run http://127.0.0.1:8000/openapi.json --checks all --max-examples 1000 -H "Authorization: Bearer $KEY"
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from serving import Served, application

HERE = Path(__file__).parent
# Twenty a phase and operation take half a minute; more are asked for by the environment.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "12")


def test_schemathesis_finds_nothing(service: Served, tmp_path):
    key = service.key("admin")
    with service.client(key) as client:
        assert client.post("/v1/checks", json=application("AP000039116")).status_code == 200
    command = [Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run"]
    options = ["--checks", "all", "--max-examples", EXAMPLES, "-H", f"Authorization: Bearer {key}", "--no-color"]

    done = subprocess.run(
        [*map(str, command), f"{service.url}/openapi.json", *options], cwd=tmp_path, capture_output=True, text=True, timeout=900
    )

    summary = re.search(r"Test cases:\n(.*)", done.stdout)
    assert done.returncode == 0, done.stdout
    assert summary is not None and int(summary[1].split()[0].replace(",", "")) > 500
    assert not [line for line in service.log if " failure " in line or "status=5" in line]
