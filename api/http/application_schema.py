"""The JSON schema of an application and an outcome, from the contract: as exact as a schema can say what intake takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphfraud import schema
from graphfraud.intake.arrivals import LARGEST_ID, LARGEST_IDENTIFIER
from graphfraud.intake.numbers import LARGEST
from graphfraud.intake.text import LONGEST_FIELD, LONGEST_ID, LONGEST_IDENTIFIER

Schema = dict[str, Any]

_NO_CONTROLS = r"[^\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]"
_YEAR = r"(199\d|200\d|201\d|202[0-5])"
_DAY = rf"{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|1\d|2[0-8])"
_CLOCK = r"[T ]([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,6})?)?(Z|[+-](0\d|1[0-2]):[0-5]\d)?"
TIME_PATTERN = rf"^{_DAY}({_CLOCK})?$"
DATE_PATTERN = rf"^{_DAY}$"
_NUMBER_PATTERN = r"^([0-9]{1,12}(\.[0-9]{1,6})?)?$"
# Words for nothing, digits all zero, and blanks are no id.
_ID_PATTERN = rf"^(?!\s*$)(?!\s*0{{2,}}\s*$)(?!\s*[-_./\\?*x]+\s*$){_NO_CONTROLS}{{1,{LONGEST_ID}}}$"

_SAYS = {
    "application_id": "the lender's id of the application",
    "submitted_at": "when it was submitted; without an offset, on the lender's clock; at most a day ahead",
    "updated_at": "when this version was made, where applications come again with other values",
    "dealer_id": "the dealer that sold the vehicle",
    "salesperson_id": "the dealer's salesperson",
    "applicant_name": "the applicant's name",
    "outcome": "what became of the loan, in the lender's words",
    "observed_on": "the day on which that was known",
}

# A value of each kind that surely is one: an application needs at least one.
_SURE: dict[str, str] = {
    "applicant_id": r"^11010119[4-9]\d(0[1-9]|1[0-2])(0[1-9]|1\d|2[0-8])[1-9]\d{2}[0-9X]$",
    "phone": r"^1[3-9][1-9][2-9]\d{3}[1-9][2-9]\d[1-9]$",
    "device_id": r"^[1-9a-f][0-9a-f]{13}[1-9][a-f]$",
    "account_no": r"^62[1-9]\d{3}[1-9]\d{8}[1-9]$",
    "vin": r"^L[A-HJ-NPR-Z]{2}[1-9][A-HJ-NPR-Z]{4}[0-9X][A-HJ-NPR-Y][A-HJ-NPR-Z][1-9]\d{5}$",
    "email": r"^[a-z]{4,12}[1-9]\d{2}@[a-z]{4,8}\.(com|cn)$",
    "ip": r"^22\.(1[0-9]|2[0-9])\.[1-9]\d\.[1-9]\d$",
}
_EXAMPLE = {
    "application_id": "AP000039116",
    "submitted_at": "2025-06-01T02:24:00+08:00",
    "applicant_id": "420102200012159004",
    "applicant_name": "梁勇娟",
    "age": 24,
    "phone": "171-9327-5473",
    "contact_phone_1": "13186596894",
    "contact_phone_2": "13036992047",
    "device_id": "29c5c21fa103b12f",
    "ip": "22.4.25.188",
    "account_no": "6293910324226789",
    "address": "天津市2094号小区25栋18室",
    "employer": "上海科技有限公司1342号",
    "employer_phone": "0452-6001342",
    "monthly_income": 2707,
    "dealer_id": "D00081",
    "salesperson_id": "S00081-5",
    "vin": "LTU55CFN8188LSGGJ",
    "vehicle_model": "哈弗H6",
    "vehicle_price": 118124,
    "down_payment": 37567,
    "loan_amount": 80557,
    "term_months": 36,
}


def application_example() -> dict[str, object]:
    """Return an application as a body."""
    return dict(_EXAMPLE)


def application_schema() -> Schema:
    """Return the schema of an application: the contract's columns, none beside them."""
    properties: dict[str, Schema] = {}
    identifiers = {role.column: (kind, role) for kind in schema.KINDS for role in kind.roles if role.column}
    attributes = {attribute.column: attribute for attribute in schema.ATTRIBUTES if attribute.column}
    for column in schema.APPLICATION_COLUMNS:
        if column in ("application_id",):
            properties[column] = _id(False)
        elif column in ("dealer_id", "salesperson_id"):
            properties[column] = _id(True)
        elif column in ("submitted_at", "updated_at"):
            properties[column] = _time(column == "updated_at")
        elif column in identifiers:
            kind, role = identifiers[column]
            properties[column] = _identifier() | {"description": f"{kind.says} ({kind.name}, {role.name})"}
        elif attributes[column].type == "number":
            properties[column] = _number() | {"description": attributes[column].says}
        else:
            made = _name() if column == "applicant_name" else _text(LONGEST_FIELD, _WHOLE)
            properties[column] = made | {"description": attributes[column].says}
        if column in _SAYS:
            properties[column]["description"] = _SAYS[column]
    return {
        "type": "object",
        "description": "One application under the contract's names. Missing values may be null, empty, or left out. "
        "Besides an id and a time it needs at least one identifier that is one.",
        "additionalProperties": False,
        "required": list(schema.REQUIRED_COLUMNS),
        "properties": properties,
        "anyOf": [{"required": [c], "properties": {c: {"type": "string", "pattern": p}}} for c, p in _SURE.items()],
        "examples": [application_example()],
    }


def outcome_schema() -> Schema:
    """Return the schema of what became of a loan."""
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(schema.OUTCOME_COLUMNS),
        "properties": {
            "application_id": _id(False) | {"description": _SAYS["application_id"]},
            "outcome": {
                "type": "string",
                "pattern": r"^[A-Za-z][A-Za-z0-9_ ]{2,40}[a-z]$",
                "description": _SAYS["outcome"],
                "examples": ["first_payment_default"],
            },
            "observed_on": {"type": "string", "pattern": DATE_PATTERN, "description": _SAYS["observed_on"]},
        },
        "examples": [outcome_example()],
    }


def outcome_example() -> dict[str, object]:
    """Return an outcome as a body."""
    return {"application_id": "AP000039116", "outcome": "first_payment_default", "observed_on": "2025-09-01"}


# Between the two lie mobile numbers, which no id may look like.
_WHOLE: tuple[Schema, ...] = (
    {"type": "integer", "minimum": 0, "maximum": 12_999_999_999},
    {"type": "integer", "minimum": 20_000_000_000, "maximum": LARGEST_ID},
)
_NUMBER_OF_THING: Schema = {"type": "integer", "minimum": 0, "maximum": LARGEST_IDENTIFIER}


def _id(optional: bool) -> Schema:
    forms = [{"type": "string", "pattern": _ID_PATTERN}, *_WHOLE]
    return {"anyOf": [*forms, {"type": "null"}, {"const": ""}] if optional else forms}


def _time(optional: bool) -> Schema:
    forms: list[Schema] = [{"type": "string", "pattern": TIME_PATTERN}]
    return {"anyOf": [*forms, {"type": "null"}, {"const": ""}]} if optional else forms[0]


def _name() -> Schema:
    return _text(LONGEST_IDENTIFIER, [{"type": "integer", "minimum": 0, "maximum": LARGEST_ID}])


def _text(longest: int, whole: Sequence[Schema]) -> Schema:
    return {"anyOf": [{"type": "string", "pattern": rf"^{_NO_CONTROLS}*$", "maxLength": longest}, *whole, {"type": "null"}]}


def _identifier() -> Schema:
    one = {"type": "string", "pattern": rf"^{_NO_CONTROLS}*$", "maxLength": LONGEST_IDENTIFIER}
    return {
        "anyOf": [
            one,
            _NUMBER_OF_THING,
            {"type": "array", "maxItems": 20, "items": {"anyOf": [one, _NUMBER_OF_THING, {"type": "null"}]}},
            {"type": "null"},
        ]
    }


def _number() -> Schema:
    return {
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": LARGEST},
            {"type": "string", "pattern": _NUMBER_PATTERN},
            {"type": "null"},
        ]
    }
