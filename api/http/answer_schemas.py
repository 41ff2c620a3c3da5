"""JSON schemas of the answers that are built without Pydantic models; tests hold real answers against them."""

from __future__ import annotations

import re
import types
from dataclasses import fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from api.http.answer_examples import answer_example
from graphfraud.check.answer import GATES, LIST_TYPES, CheckAnswer, Text
from graphfraud.check.scale import BANDS, HIGHEST, LOWEST
from graphfraud.check.scoring import SUB_SCORES

Schema = dict[str, Any]


def _object(says: str, **properties: Schema) -> Schema:
    """Return an object whose properties are all there and no others."""
    return {
        "type": "object",
        "description": says,
        "required": list(properties),
        "additionalProperties": False,
        "properties": properties,
    }


def _text(says: str = "", **extra: object) -> Schema:
    return {"type": "string"} | ({"description": says} if says else {}) | extra


def _or_null(schema: Schema) -> Schema:
    return {"anyOf": [{k: v for k, v in schema.items() if k != "description"}, {"type": "null"}]} | (
        {"description": schema["description"]} if "description" in schema else {}
    )


def _list(items: Schema, says: str = "") -> Schema:
    return {"type": "array", "items": items} | ({"description": says} if says else {})


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


_COUNT: Schema = {"type": "integer", "minimum": 0}
_SHARE: Schema = {"type": "number", "minimum": 0, "maximum": 1}
_TIME = _text("ISO 8601 with offset", format="date-time")
_SCORE: Schema = {"type": "integer", "minimum": LOWEST, "maximum": HIGHEST}
_FACTS: Schema = {"type": "object", "additionalProperties": {"type": ["number", "string"]}}

_RING_REASON = _object(
    "Why a ring is one.",
    code=_text("names the kind of reason"),
    kind=_or_null(_text("identifier kind")),
    contribution={"type": "number", "description": "share of the risk that it explains, in units of risk"},
    text=_text(),
    masks=_list(_text(), "the identifiers it cites, masked"),
    facts=_FACTS,
    applications=_list(_text(), "the first applications it speaks of"),
)
_RING: dict[str, Schema] = {
    "ring_id": _text(),
    "risk": _SHARE | {"description": "higher is worse"},
    "summary": _text(),
    "applications": _COUNT,
    "persons": _COUNT,
    "dealers": _COUNT,
    "first_seen": _or_null(_TIME),
    "last_seen": _or_null(_TIME),
    "exposure": {"type": "number", "description": "sum of the loan amounts"},
    "look_alike": _or_null(_text("the benign class that comes closest")),
    "q_chance": _or_null(_SHARE),
    "q": _or_null(_SHARE),
    "stability": _or_null(_SHARE),
    "reasons": _list(_ref("RingReason")),
}
_MEMBER = _object(
    "One application of a ring.",
    application_id=_text(),
    strength=_SHARE,
    submitted_at=_or_null(_TIME),
    dealer_id=_or_null(_text()),
    salesperson_id=_or_null(_text()),
    person=_or_null({"type": "integer", "minimum": 1, "description": "members of one number are one applicant"}),
    name=_or_null(_text("masked")),
    loan_amount=_or_null({"type": "number"}),
    vehicle_model=_or_null(_text()),
)
_SHARED = _object(
    "An identifier that two or more members hold.",
    kind=_text(),
    mask=_text(),
    held_by=_list(_ref("Holder")),
)
_VERSION = _object(
    "What was known of an application for a while.",
    since={"type": "integer"},
    until=_or_null({"type": "integer"}),
    arrived_at=_or_null(_TIME),
    submitted_at=_or_null(_TIME),
    dealer_id=_or_null(_text()),
    salesperson_id=_or_null(_text()),
    attributes=_FACTS,
    source=_or_null(_text()),
    line=_or_null({"type": "integer"}),
)
_HELD = _object(
    "An identifier that an application holds, or held.",
    kind=_text(),
    role=_text(),
    mask=_text(),
    since={"type": "integer"},
    until=_or_null({"type": "integer"}),
    applications=_COUNT | {"description": "how many hold it now, counted up to 10,000"},
)


def _of_dataclass(cls: type) -> dict[str, Schema]:
    """Return the schemas of a frozen dataclass and of those it holds: each its documented properties, none left out."""
    found: dict[str, Schema] = {}

    def schema_of(hint: Any) -> Schema:
        if hint is Text:
            return _ref("Text")
        if get_origin(hint) is Literal:
            return {"type": "string", "enum": list(get_args(hint))}
        if get_origin(hint) is tuple:
            return _list(schema_of(get_args(hint)[0]))
        if get_origin(hint) in (types.UnionType, Union):
            forms = [schema_of(one) for one in get_args(hint) if one is not type(None)]
            return {"anyOf": [*forms, {"type": "null"}]} if type(None) in get_args(hint) else {"anyOf": forms}
        if is_dataclass(hint) and isinstance(hint, type):
            add(hint)
            return _ref(hint.__name__)
        return {"type": _JSON_TYPES[hint]}

    def add(one: type) -> None:
        if one.__name__ in found:
            return
        found[one.__name__] = {}
        hints = get_type_hints(one)
        properties = {each.name: schema_of(hints[each.name]) for each in fields(one)}
        found[one.__name__] = _object(_one_paragraph(one), **properties)

    add(cls)
    return found


_JSON_TYPES = {str: "string", int: "integer", float: "number", bool: "boolean"}


def _one_paragraph(cls: type) -> str:
    return re.sub(r"\bNone\b", "null", " ".join((cls.__doc__ or "").split()))


def _answer() -> dict[str, Schema]:
    made = _of_dataclass(CheckAnswer)
    made["Text"] = _object("One text in both languages.", en=_text(), zh=_text())
    gate = _text(enum=[*GATES, ""])
    for name, narrower in {
        "CheckAnswer": {
            "gate": gate,
            "as_of": _text("when the graph was as the answer says (ISO 8601, UTC)", format="date-time"),
            "score": _or_null(_SCORE),
        },
        "Shadow": {"gate": gate},
        "SubScore": {"name": _text(enum=list(SUB_SCORES)), "score": _SCORE},
        "ListHit": {"type": _text(enum=list(LIST_TYPES))},
    }.items():
        made[name]["properties"] |= narrower
    made["CheckAnswer"]["examples"] = [answer_example()]
    return made


ANSWER_SCHEMAS: dict[str, Schema] = {
    **_answer(),
    "RingReason": _RING_REASON,
    "Ring": _object("A ring.", **_RING),
    "RingMember": _MEMBER,
    "Holder": _object("Who holds an identifier.", application_id=_text(), role=_text()),
    "SharedIdentifier": _SHARED,
    "RingPage": _object(
        "A page of rings, riskiest first.",
        scan_id=_or_null(_text("the scan that the page is from; null before the first")),
        current_scan_id=_or_null(_text("the scan that new pages are from")),
        rings=_list(_ref("Ring")),
        next_cursor=_or_null(_text("give it as cursor for the next page")),
    ),
    "RingDetail": _object(
        "A ring with its members and what they share.",
        **_RING,
        members=_list(_ref("RingMember"), "in order of submission"),
        shared=_list(_ref("SharedIdentifier"), "most widely shared first"),
    ),
    "ApplicationVersion": _VERSION,
    "HeldIdentifier": _HELD,
    "ApplicationDetail": _object(
        "All that is known of an application, masked.",
        application_id=_text(),
        risk=_or_null(_SHARE | {"description": "in the last scan; null where it was not in it"}),
        score=_or_null(_SCORE | {"description": "in the last scan"}),
        band=_or_null({"type": "string", "enum": list(BANDS), "description": "in the last scan"}),
        strength=_or_null(_SHARE | {"description": "of its tie to its ring"}),
        ring=_or_null(_ref("Ring")),
        versions=_list(_ref("ApplicationVersion"), "newest first"),
        identifiers=_list(_ref("HeldIdentifier")),
    ),
    "OutcomesAdded": _object(
        "What was written.",
        added=_COUNT,
        unchanged=_COUNT | {"description": "outcomes that were there already"},
        unknown=_list(_COUNT, "places in the list, from 0, of outcomes whose application is not there"),
    ),
    "BatchResult": {
        "type": "object",
        "description": "The result of one application of a batch: an answer or a problem.",
        "required": ["index", "status"],
        "additionalProperties": False,
        "properties": {
            "index": _COUNT | {"description": "place in the batch, from 0"},
            "status": {"type": "integer"},
            "answer": _ref("CheckAnswer"),
            "problem": _ref("Problem"),
        },
    },
    "BatchAnswer": _object("The results, in the order of the applications.", results=_list(_ref("BatchResult"))),
    "Health": _object("The process.", status=_text(enum=["ok"])),
    "Readiness": _object(
        "What checks need.",
        status=_text(
            "degraded: checks are answered without the graph; draining: the process ends",
            enum=["ready", "degraded", "unavailable", "draining"],
        ),
        state=_text("the state database: keys, idempotency, the queue", enum=["ok", "unreachable"]),
        store=_text("the graph store", enum=["ok", "unreachable"]),
        scan=_text("the scan that checks are judged by; none: no ring is found before there is one"),
    ),
}
