"""The OpenAPI document says what is: real answers fit its schemas, its examples are taken, generated clients find names."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Any

import httpx
import jsonschema_rs
import pandas as pd
import pytest
from serving import Served, application

from api.http.application_schema import application_example
from graphfraud.check.answer import GATES, LIST_TYPES
from graphfraud.check.scoring import SUB_SCORES
from graphfraud.errors import FieldsRejected
from graphfraud.intake.arrivals import Arrivals
from graphfraud.intake.intake import Intake
from graphfraud.schema import APPLICATION_COLUMNS, REQUIRED_COLUMNS
from graphfraud.settings import Conventions
from ingest.world.make import Plan, make_world
from ingest.world.write import write_world


@pytest.fixture(scope="module")
def document(service: Served) -> dict[str, Any]:
    return httpx.get(service.url + "/openapi.json").json()


def fits(document: dict[str, Any], component: str, value: object) -> None:
    schema = {"$ref": f"#/components/schemas/{component}", "components": document["components"]}
    jsonschema_rs.validator_for(schema).validate(value)


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {f"{method} {path}": said for path, item in document["paths"].items() for method, said in item.items()}


def test_every_operation_has_a_name_a_summary_and_its_problems(document):
    found = operations(document)

    names = [said["operationId"] for said in found.values()]
    assert len(set(names)) == len(names) == 10
    for path, said in found.items():
        assert said["summary"] and said["description"]
        if "/v1/" in path:
            assert said["security"] == [{"key": []}]
            assert {"200", "401", "403", "429", "503"} <= said["responses"].keys()
        for status, response in said["responses"].items():
            if status[0] in "45" and path != "get /readyz":
                assert list(response["content"]) == ["application/problem+json"]


def test_all_references_lead_somewhere_and_no_component_is_left_over(document):
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text, name
    for part in text.split("#/components/schemas/")[1:]:
        assert part.partition('"')[0] in document["components"]["schemas"]


def test_the_document_speaks_of_what_is_sent_and_not_of_the_program(document):
    said = re.findall(r'"(?:description|summary)": "((?:[^"\\\\]|\\\\.)*)"', json.dumps(document))

    assert len(said) > 100
    assert not [one for one in said if re.search(r"(?<!-)\bNone\b(?!-)|\bTrue\b|scoring\.|SUB_SCORES|epoch", one)]
    terms = document["components"]["schemas"]["Terms"]
    assert "max_term_months" in terms["description"] and " term_months" not in terms["description"]


def test_what_can_be_counted_off_is(document):
    schemas = document["components"]["schemas"]

    def choices(component: str, name: str) -> set[str]:
        return set(schemas[component]["properties"][name]["enum"])

    assert choices("SubScore", "name") == set(SUB_SCORES)
    assert choices("CheckAnswer", "gate") == choices("Shadow", "gate") == {*GATES, ""}
    assert choices("ListHit", "type") == set(LIST_TYPES)
    assert choices("Readiness", "status") == {"ready", "degraded", "unavailable", "draining"}
    score = schemas["SubScore"]["properties"]["score"]
    assert (score["minimum"], score["maximum"]) == (300, 1000)


def test_every_object_has_a_name(document):
    def objects(schema: object) -> int:
        if isinstance(schema, list):
            return sum(map(objects, schema))
        if not isinstance(schema, dict):
            return 0
        return ("properties" in schema) + sum(map(objects, schema.values()))

    for name, schema in document["components"]["schemas"].items():
        assert objects({key: said for key, said in schema.items() if key != "examples"}) <= 1, name
    assert schema_of(document, "ApplicationDetail", "ring") == {
        "anyOf": [{"$ref": "#/components/schemas/Ring"}, {"type": "null"}]
    }


def schema_of(document: dict[str, Any], component: str, name: str) -> dict[str, Any]:
    return document["components"]["schemas"][component]["properties"][name]


def test_headers_are_told_where_they_occur(document, service: Served):
    with service.client(service.key("checks", rate=100), **{"Idempotency-Key": "headers-1"}) as client:
        first, again = (client.post("/v1/checks", json=application("HEADERS-1")) for _ in range(2))
    told = {name.lower() for name in document["paths"]["/v1/checks"]["post"]["responses"]["200"]["headers"]}

    assert told == {"x-request-id", "idempotency-replayed", "ratelimit", "ratelimit-policy"}
    assert told - {"idempotency-replayed"} <= first.headers.keys()
    assert told <= set(again.headers)
    for path, said in operations(document).items():
        if "/v1/" in path:
            assert "RateLimit" in said["responses"]["200"]["headers"], path


def test_an_application_has_the_columns_of_a_file(document):
    schema = document["components"]["schemas"]["Application"]

    assert tuple(schema["properties"]) == APPLICATION_COLUMNS
    assert schema["required"] == list(REQUIRED_COLUMNS)


def test_applications_as_they_come_fit(document, tmp_path):
    write_world(make_world(Plan(500, seed=5)), tmp_path)
    rows = pd.read_csv(tmp_path / "applications.csv.gz", dtype=str).astype(object)
    spelled = {"vehicle_price": "118,124", "submitted_at": "2025年6月30日", "account_no": 6293910324226789}

    for row in json.loads(rows.to_json(orient="records")):
        fits(document, "Application", row)
    fits(document, "Application", application_example() | spelled)
    fits(document, "Application", {"application_id": 1, "submitted_at": datetime.now(UTC).isoformat(), "phone": ["x", None]})
    fits(document, "Outcome", {"application_id": "A1", "outcome": "首期逾期", "observed_on": "2026-10-31"})


BLANK = " " * 50
ODD = ("", "  ", "\t", "-", "----", "-x", "?*", "000", "0", "0000", "xxxx", "xxxxx", "无", BLANK + "a" * 190, " a ", "a" * 200)
LONGER = (" " * 70, BLANK + "24" + BLANK, " " * 600, BLANK + "1" * 490, " " * 10_001, "\u200b" * 600 + "13812345678")


@pytest.mark.parametrize("column", APPLICATION_COLUMNS)
def test_whatever_is_taken_fits(document, column: str):
    arrivals = Arrivals(Intake(bytes(32), Conventions()))
    whole = {"application_id": "FIT-1", "submitted_at": "2025-06-01", "device_id": "29c5c21fa103b12f", "phone": "13812345678"}
    taken = []
    for value in (*ODD, *LONGER, 0, 24.0, None, [" " * 501], [BLANK, None]):
        try:
            arrivals.application(whole | {column: value})
        except FieldsRejected:
            continue
        fits(document, "Application", whole | {column: value})
        taken.append(value)

    assert taken or column == "submitted_at"
    assert " " * 10_001 not in taken


def test_examples_fit_and_are_taken(document, service: Served):
    with service.client() as client:
        for path in ("/v1/checks", "/v1/checks/batch"):
            content = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
            for example in content["examples"].values():
                assert client.post(path, json=example["value"]).status_code == 200

    fits(document, "Application", application_example())


def test_answers_fit_their_schemas(document, service: Served):
    full = application("SCHEMA-1")
    bare = {"application_id": "SCHEMA-2", "submitted_at": "2025-06-01", "device_id": "29c5c21fa103b12f"}
    with service.client() as client:
        answers = [client.post("/v1/checks", json=body) for body in (full, bare)]
        batch = client.post("/v1/checks/batch", json=[full, {}])
        problem = client.post("/v1/checks", json={"phone": [1.5]})
        shown = client.get("/v1/applications/SCHEMA-1")
        rings = client.get("/v1/rings")

    for answer in answers:
        fits(document, "CheckAnswer", answer.json())
    fits(document, "BatchAnswer", batch.json())
    fits(document, "Problem", problem.json())
    fits(document, "ApplicationDetail", shown.json())
    fits(document, "RingPage", rings.json())


def test_pages_of_other_hosts_are_not_served(service: Served):
    assert [httpx.get(service.url + path).status_code for path in ("/docs", "/redoc")] == [404, 404]
