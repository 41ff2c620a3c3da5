"""The command line takes and refuses what HTTP takes and refuses, field by field."""

from __future__ import annotations

import csv
import io
import json
import time
from datetime import UTC, datetime, timedelta

from serving import Served, application, command


def _ahead(hours: int) -> str:
    return (datetime.fromtimestamp(time.time(), UTC) + timedelta(hours=hours)).isoformat()


# Each is one change of a whole application, as the text of a JSON object's fields.
GOOD = (
    '"age": "24"',
    '"age": 24.0',
    '"loan_amount": "8.5万"',
    '"loan_amount": 80557.5',
    '"phone": 13812345670',
    '"phone": "+86 138 1234 5670"',
    '"contact_phone_1": ["13812345671", 13912345670, null]',
    '"email": "无"',
    '"employer": null',
    '"dealer_id": 81',
    '"updated_at": "2025/6/2"',
    f'"submitted_at": "{_ahead(23)}"',
)
BAD = (
    '"colour": "red"',
    '"fone": "13812345670"',
    '"13812345670": "1"',
    '" phone": "13812345670"',
    '"submitted_at": null',
    '"submitted_at": 20250601',
    '"submitted_at": "1900-01-01"',
    '"submitted_at": "2099-01-01"',
    f'"submitted_at": "{_ahead(25)}"',
    f'"updated_at": "{_ahead(25)}"',
    '"age": NaN',
    '"age": -Infinity',
    '"age": 1e999',
    '"age": true',
    '"age": [1]',
    '"age": 1, "age": 2',
    '"loan_amount": -5, "age": "old"',
    '"phone": {"number": "13812345670"}',
    '"phone": [["13812345670"]]',
    '"phone": ["1", true]',
    f'"contact_phone_1": {json.dumps(["13812345671"] * 21)}',
    '"dealer_id": 1.5',
    '"dealer_id": "13812345670"',
    '"dealer_id": ["D1"]',
    f'"address": "{"x" * 501}"',
    f'"product": "{"x" * 10_001}"',
    '"product": "a\\u0000b"',
    '"product": "\\ud800"',
    f'"application_id": "{"x" * 201}"',
    '"application_id": null',
)
NO_OBJECTS = ("[]", "null", '"text"', "17", "{}")


def _lines() -> list[str]:
    made = []
    for number, change in enumerate((*GOOD, *BAD)):
        changed = {name for name in application("X") if f'"{name}":' in change}
        rest = {name: value for name, value in application(f"ALIKE-{number:02d}").items() if name not in changed}
        made.append(json.dumps(rest, ensure_ascii=False)[:-1] + f", {change}}}")
    return [*made, *NO_OBJECTS]


def test_a_row_is_refused_for_what_a_body_is_refused_for(service: Served):
    lines = _lines()
    with service.client(**{"Content-Type": "application/json"}) as client:
        over_http = [client.post("/v1/checks", content=line.encode()) for line in lines]

    done = command(service, "check", "-", "--json", text="\n".join(lines))

    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 3, done.stderr
    assert [answer.status_code for answer in over_http] == [200] * len(GOOD) + [422] * (len(BAD) + len(NO_OBJECTS))
    for number, (line, answer, row) in enumerate(zip(lines, over_http, rows, strict=True), start=1):
        said = answer.json()
        if answer.status_code == 200:
            assert (row["application_id"], row["decision"]) == (said["application_id"], said["decision"]), line
        else:
            assert row == {"line": number, "errors": said["errors"]}, line
            assert "mapping" not in answer.text  # only files have one


def test_a_table_is_held_to_the_same(service: Served, tmp_path):
    """CSV says everything as text: what that text may be is the same."""
    rows = [
        application("TABLE-1"),
        application("TABLE-2", submitted_at="2099-01-01"),
        application("TABLE-3", loan_amount="minus", age=-1),
        application("TABLE-4", dealer_id="13812345670"),
    ]
    bodies = [{name: str(value) for name, value in row.items()} | {"colour": "red"} for row in rows]
    for place, columns in (("plain", [*rows[2]]), ("more", [*rows[2], "colour"])):
        text = io.StringIO()
        writer = csv.DictWriter(text, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(bodies)
        (tmp_path / f"{place}.csv").write_text(text.getvalue(), encoding="utf-8")

        done = command(service, "check", str(tmp_path / f"{place}.csv"), "--json")

        with service.client() as client:
            sent = [{name: body[name] for name in columns if name in body} for body in bodies]
            over_http = [client.post("/v1/checks", json=body).json() for body in sent]
        said = [json.loads(line) for line in done.stdout.splitlines()]
        assert [one.get("errors") for one in said] == [one.get("errors") for one in over_http]
        assert [one.get("decision") for one in said] == [one.get("decision") for one in over_http]
    assert all(one["errors"][0]["code"] == "unknown_field" for one in said)


def test_a_table_of_another_shape_is_checked_by_its_mapping(service: Served, tmp_path):
    (tmp_path / "mine.toml").write_text(
        '[[file]]\nmatch = "today.csv"\nholds = "applications"\n[file.columns]\n'
        'application_id = "nr"\nsubmitted_at = "came"\nphone = "mobile"\n'
    )
    (tmp_path / "today.csv").write_text("nr,came,mobile,colour\nMAPPED-1,2025-06-01 10:00,13812345678,red\nMAPPED-2,,1,red\n")

    plain = command(service, "check", str(tmp_path / "today.csv"), "--json")
    mapped = command(service, "check", str(tmp_path / "today.csv"), "--mapping", str(tmp_path / "mine.toml"), "--json")
    wrong = command(service, "check", str(tmp_path / "today.csv"), "--mapping", "yelpchi")

    answer, refused = map(json.loads, mapped.stdout.splitlines())
    assert (mapped.returncode, answer["application_id"], refused["line"]) == (3, "MAPPED-1", 3)
    assert {error["code"] for line in plain.stdout.splitlines() for error in json.loads(line)["errors"]} == {"unknown_field"}
    assert wrong.returncode == 2 and "Did you mean 'yelpchi_reviews'?" in wrong.stderr
