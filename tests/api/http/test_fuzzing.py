"""Schemathesis sends what the schema allows and forbids, every check on: no failure, no 5xx.

What it allows is narrowed to what is taken for sure (`narrowed`). The long run: graphfraud serve, then

    python tests/api/http/narrowed.py http://127.0.0.1:8000 > openapi.json
    schemathesis run openapi.json --url http://127.0.0.1:8000 --checks all --max-examples 1000 -H "Authorization: Bearer $KEY"
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from narrowed import narrowed
from serving import Served, application

HERE = Path(__file__).parent
# Twenty a phase and operation take half a minute; more are asked for by the environment.
EXAMPLES = os.environ.get("SCHEMATHESIS_EXAMPLES", "5")
# Routes that answer with what is in the store, where that has rings.
OF_RINGS = ("/v1/rings", "/v1/rings/{ring_id}", "/v1/applications/{application_id:path}")


def test_schemathesis_finds_nothing(with_rings: Served, tmp_path: Path):
    service = with_rings
    key = service.key("admin")
    with service.client(key) as client:
        assert client.post("/v1/checks", json=application("AP000039116")).status_code == 200
        assert len(client.get("/v1/rings").json()["rings"]) > 2
        document = tmp_path / "openapi.json"
        document.write_text(json.dumps(narrowed(client.get("/openapi.json").json())))
    looked = len(service.log)
    tool = [Path(sys.executable).with_name("schemathesis"), "--config-file", HERE / "schemathesis.toml", "run"]
    options = ["--checks", "all", "--max-examples", EXAMPLES, "-H", f"Authorization: Bearer {key}", "--no-color"]

    words = [*map(str, tool), str(document), "--url", service.url, *options]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=900)

    summary = re.search(r"Test cases:\n(.*)", done.stdout)
    assert done.returncode == 0, done.stdout
    assert summary is not None and int(summary[1].split()[0].replace(",", "")) > 500
    log = service.log[looked:]
    assert not [line for line in log if " failure " in line or "status=5" in line]
    answered = {route for route in OF_RINGS for line in log if f"route={route} " in line and "status=200" in line}
    assert answered == set(OF_RINGS), done.stdout
