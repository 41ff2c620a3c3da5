"""The examples of docs/api.md and the README run as they are printed, and their tables are the program's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys

import httpx
import jsonschema_rs
import pytest
from serving import CHECKOUT, Served, application

from api.http.bodies import BATCH, DEEPEST, ONE_CHECK
from api.http.problems import KINDS
from graphfraud.client import Client

PAGE = (CHECKOUT / "docs" / "api.md").read_text()
README = (CHECKOUT / "README.md").read_text()
BLOCKS = [block for block in re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL) if "curl" in block]


def run(script: str, served: Served, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run shell lines with the service in the place of the printed one; any 4xx or 5xx fails."""
    command = f'graphfraud() {{ "{sys.executable}" -m api.cli.main "$@"; }}\ncurl() {{ command curl --fail-with-body "$@"; }}\n'
    script = script.replace("http://127.0.0.1:8000", served.url)
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command + script],
        cwd=CHECKOUT,
        env={**os.environ, **served.environment, **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )


@pytest.fixture(scope="module")
def key(service: Served) -> str:
    made = run(re.findall(r"^export KEY=.*$", PAGE, flags=re.MULTILINE)[0] + "\nprintf %s $KEY", service)
    assert made.returncode == 0, made.stderr
    return made.stdout


def test_there_are_examples():
    assert len(BLOCKS) == 5


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("/v1/")[1].split()[0].strip('"'))
def test_an_example_of_the_page_runs(block, service: Served, key):
    done = run(block, service, KEY=key)

    assert done.returncode == 0, done.stderr + done.stdout
    assert done.stdout.startswith("{")


def test_the_example_of_the_readme_runs(service: Served):
    block = re.findall(r"```sh\n(KEY=.*?)```", README, flags=re.DOTALL)[0]

    done = run(block.replace("graphfraud serve &\n", "").replace("create approval", "create readme"), service)

    assert done.returncode == 0, done.stderr + done.stdout
    assert '"decision":' in done.stdout


def test_the_python_of_the_readme_runs(service: Served, key):
    block = re.findall(r"```py\n(.*?)```", README, flags=re.DOTALL)[0].replace("http://127.0.0.1:8000", service.url)
    names: dict[str, object] = {
        "key": key,
        "application": {"application_id": "README-1", "submitted_at": "2025-06-01", "phone": "13812345678"},
    }

    exec(block, names)

    assert names["Client"] is Client and names["answer"].application_id == "README-1"  # type: ignore[attr-defined]


def test_the_table_of_problems_is_the_program_s():
    rows = [f"| `{name}` | {kind.status} | {kind.title} |" for name, kind in KINDS.items()]

    assert "\n".join(["|---|---|---|", *rows, ""]) in PAGE


@pytest.mark.parametrize(("component", "begins"), [("CheckAnswer", "check_id"), ("Problem", "type")])
def test_a_printed_answer_is_the_schema_s_example_and_fits_it(component, begins, service: Served):
    printed = re.findall(rf'```json\n(\{{"{begins}".*?)```', PAGE, flags=re.DOTALL)
    components = httpx.get(service.url + "/openapi.json").json()["components"]

    assert len(printed) == 1
    assert components["schemas"][component]["examples"] == [json.loads(printed[0])]
    schema = {"$ref": f"#/components/schemas/{component}", "components": components}
    jsonschema_rs.validator_for(schema).validate(json.loads(printed[0]))


def test_the_printed_answer_adds_up():
    answer = json.loads(re.findall(r'```json\n(\{"check_id".*?)```', PAGE, flags=re.DOTALL)[0])

    assert sum(reason["contribution"] for reason in answer["reasons"]) + answer["remainder"] == 1000 - answer["score"]


def test_the_table_of_metrics_is_the_program_s(service: Served):
    with service.client() as client:
        client.post("/v1/checks", json=application("METRICS-1"))
        client.get("/openapi.json")
        text = client.get("/metrics").text
    told = set(re.findall(r"^# TYPE (graphfraud_\w+)", text, flags=re.MULTILINE))
    printed = set(re.findall(r"`(graphfraud_\w+)`", PAGE))

    assert told == printed
    assert 'graphfraud_store_errors_total{error="StoreUnreachable"} 0.0' in text
    assert 'graphfraud_requests_total{method="GET",route="/openapi.json",status="200"}' in text


def test_the_bounds_are_the_program_s():
    assert f"one check up to {ONE_CHECK // 1024} KiB, a batch up to {BATCH // 1024 // 1024} MiB" in PAGE
    assert f"at most {DEEPEST} levels deep" in PAGE
