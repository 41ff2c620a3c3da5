"""The JSON schema of an application and an outcome, from the contract.

Whatever intake takes fits it, so that no gateway or generated client holds back an application. What a schema cannot say
(no time in the future, a number that is one, an identifier that is no placeholder), intake says with 422.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphfraud import schema
from graphfraud.intake.arrivals import LARGEST_ID, LARGEST_IDENTIFIER
from graphfraud.intake.numbers import LARGEST
from graphfraud.intake.text import LONGEST_FIELD, LONGEST_ID, LONGEST_IDENTIFIER, LONGEST_SCALAR

Schema = dict[str, Any]

_NO_CONTROLS = r"[^\u0000-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f\ufffe\uffff]"
_TEXT_PATTERN = rf"^{_NO_CONTROLS}*$"
# Blanks, digits all zero, and signs for nothing are no id where one is needed; elsewhere they are as good as none.
_NO_ID = r"(?:0{2,}|-{1,3}|_|/{1,2}|\\|[.]{1,3}|[?]{1,3}|[*]{1,3}|x{1,4})?"
_ID_PATTERN = rf"^(?!\s*{_NO_ID}\s*$){_NO_CONTROLS}{{1,{LONGEST_ID}}}$"
_OPTIONAL_ID_PATTERN = rf"^{_NO_CONTROLS}{{0,{LONGEST_ID}}}$"

_SAYS = {
    "application_id": "the lender's id of the application",
    "submitted_at": "when it was submitted, ISO 8601 at best; without an offset, on the lender's clock; at most a day ahead",
    "updated_at": "when this version was made, where applications come again with other values",
    "dealer_id": "the dealer that sold the vehicle",
    "salesperson_id": "the dealer's salesperson",
    "applicant_name": "the applicant's name",
    "outcome": "what became of the loan, in the lender's words",
    "observed_on": "the day on which that was known, at most a day ahead",
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
                "pattern": rf"^(?!\s*$){_NO_CONTROLS}+$",
                "maxLength": LONGEST_FIELD,
                "description": _SAYS["outcome"],
                "examples": ["first_payment_default"],
            },
            "observed_on": _time(False) | {"description": _SAYS["observed_on"]},
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
    text = {"type": "string", "pattern": _OPTIONAL_ID_PATTERN if optional else _ID_PATTERN}
    return {"anyOf": [text, *_WHOLE, {"type": "null"}] if optional else [text, *_WHOLE]}


def _time(optional: bool) -> Schema:
    text = {"type": "string", "minLength": 0 if optional else 1, "maxLength": LONGEST_SCALAR}
    return {"anyOf": [text, {"type": "null"}]} if optional else text


def _name() -> Schema:
    return _text(LONGEST_IDENTIFIER, [{"type": "integer", "minimum": 0, "maximum": LARGEST_ID}])


def _text(longest: int, whole: Sequence[Schema]) -> Schema:
    return {"anyOf": [{"type": "string", "pattern": _TEXT_PATTERN, "maxLength": longest}, *whole, {"type": "null"}]}


def _identifier() -> Schema:
    one = {"type": "string", "pattern": _TEXT_PATTERN, "maxLength": LONGEST_IDENTIFIER}
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
            {"type": "string", "maxLength": LONGEST_SCALAR, "pattern": _TEXT_PATTERN},
            {"type": "null"},
        ]
    }
