"""The OpenAPI document, its schemas narrowed to what is taken for sure.

The document says what may be sent. Some of that is refused for reasons that no schema can give: a time in the future, a
text that is no number, an application without any identifier that is one. A tool that sends whatever the schema allows, and
wants it taken, is given this one.
"""

from __future__ import annotations

import copy
from typing import Any

from graphfraud import schema

_DAY = r"(199\d|200\d|201\d|202[0-5])-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
_CLOCK = r"[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-](0\d|1[0-2]):[0-5]\d)?"
TIME = {"type": "string", "pattern": rf"^{_DAY}({_CLOCK})?$"}
DATE = {"type": "string", "pattern": rf"^{_DAY}$"}
NUMBER = {"type": "string", "pattern": r"^([0-9]{1,12}(\.[0-9]{1,6})?)?$"}
OUTCOME = {"type": "string", "pattern": r"^[A-Za-z][A-Za-z0-9_ ]{2,40}[a-z]$"}
# A value of each kind that surely is one.
SURE = {
    "applicant_id": r"^11010119[4-9]\d(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])[1-9]\d{2}[0-9X]$",
    "phone": r"^1[3-9][1-9][2-9]\d{3}[1-9][2-9]\d[1-9]$",
    "device_id": r"^[1-9a-f][0-9a-f]{13}[1-9][a-f]$",
    "account_no": r"^62[1-9]\d{3}[1-9]\d{8}[1-9]$",
    "vin": r"^L[A-HJ-NPR-Z]{2}[1-9][A-HJ-NPR-Z]{4}[0-9X][A-HJ-NPR-Y][A-HJ-NPR-Z][1-9]\d{5}$",
    "email": r"^[a-z]{4,12}[1-9]\d{2}@[a-z]{4,8}\.(com|cn)$",
    "ip": r"^22\.(1[0-9]|2[0-9])\.[1-9]\d\.[1-9]\d$",
}


def narrowed(document: dict[str, Any]) -> dict[str, Any]:
    """Return a copy of the document whose applications, outcomes and times are taken for sure."""
    document = copy.deepcopy(document)
    application, outcome = (document["components"]["schemas"][name] for name in ("Application", "Outcome"))
    fields = application["properties"]
    fields["submitted_at"] = TIME
    fields["updated_at"] = {"anyOf": [TIME, {"type": "null"}, {"const": ""}]}
    for attribute in schema.ATTRIBUTES:
        if attribute.column in fields and attribute.type == "number":
            texts = [form for form in fields[attribute.column]["anyOf"] if form["type"] == "string"]
            assert len(texts) == 1
            texts[0].clear()
            texts[0].update(NUMBER)
    application["anyOf"] = [
        {"required": [column], "properties": {column: {"type": "string", "pattern": pattern}}}
        for column, pattern in SURE.items()
    ]
    outcome["properties"] |= {"outcome": OUTCOME, "observed_on": DATE}
    (since,) = (one for one in document["paths"]["/v1/rings"]["get"]["parameters"] if one["name"] == "since")
    since["schema"] = TIME
    return document


if __name__ == "__main__":
    import json
    import sys

    import httpx

    sys.stdout.write(json.dumps(narrowed(httpx.get(f"{sys.argv[1]}/openapi.json").json())))
