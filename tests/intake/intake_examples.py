"""Records of the default contract, valid in every check digit, for the tests of intake."""

from __future__ import annotations

from collections.abc import Mapping

from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Conventions

KEY = bytes(range(32))
APPLICATION: dict[str, object] = {
    "application_id": "AP000039116",
    "submitted_at": "2025-06-01T02:24:00+08:00",
    "applicant_id": "420102200012159004",
    "applicant_name": "梁勇娟",
    "phone": "17193275473",
    "contact_phone_1": "13186596894",
    "contact_phone_2": "13036992047",
    "device_id": "29c5c21fa103b12f",
    "ip": "22.4.25.188",
    "account_no": "6293910324226789",
    "address": "天津市2094号小区25栋18室",
    "employer": "上海科技有限公司1342号",
    "employer_phone": "0452-6001342",
    "email": "liang.yongjuan@mail.example",
    "monthly_income": "2707.0",
    "dealer_id": "D00081",
    "salesperson_id": "S00081-5",
    "vin": "LTU55CFN8188LSGGJ",
    "vehicle_model": "哈弗H6",
    "vehicle_price": "118124.0",
    "down_payment": "37567.0",
    "loan_amount": "80557.0",
    "term_months": "36",
}
IDENTIFYING = (
    *("applicant_id", "applicant_name", "phone", "contact_phone_1", "contact_phone_2", "device_id", "ip", "account_no"),
    *("address", "employer", "employer_phone", "email", "vin"),
)


def intake(**conventions: str) -> Intake:
    return Intake(KEY, Conventions(**conventions))


def application(**changes: object) -> ApplicationRecord:
    return intake().application(APPLICATION | changes)


def token(record: ApplicationRecord, kind: str, role: str | None = None) -> str | None:
    return next((i.token for i in record.identifiers if i.kind == kind and role in (None, i.role)), None)


def without(record: Mapping[str, object], *columns: str) -> dict[str, object]:
    return {name: value for name, value in record.items() if name not in columns}
