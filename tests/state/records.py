"""Records and answers for the tests of application state."""

from __future__ import annotations

import hashlib

from graphfraud.intake import Intake
from graphfraud.intake.listed import Listed, ListIntake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Conventions
from graphfraud.state.answers import Answer
from graphfraud.state.idempotency import ClaimRequest

KEY = "5d" * 31 + "c0"
INTAKE = Intake(bytes.fromhex(KEY), Conventions())
APPLICATION: dict[str, object] = {
    "application_id": "AP000039116",
    "submitted_at": "2025-06-01T02:24:00+08:00",
    "applicant_id": "420102200012159004",
    "phone": "17193275473",
    "contact_phone_1": "13186596894",
    "device_id": "29c5c21fa103b12f",
    "account_no": "6293910324226789",
    "address": "天津市2094号小区25栋18室",
    "dealer_id": "D00081",
    "loan_amount": "80557.0",
}


def application(application_id: str = "AP1", **changes: object) -> ApplicationRecord:
    return INTAKE.application(APPLICATION | {"application_id": application_id} | changes)


def listed(**row: object) -> list[Listed]:
    return ListIntake(INTAKE).listed(row)


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def request(key: str, body: str = "body", client: str = "client") -> ClaimRequest:
    return ClaimRequest(client, digest(key), digest(body))


def answer(check_id: str, at: int = 1_760_000_000_000, **changes: object) -> Answer:
    values: dict[str, object] = {
        "check_id": check_id,
        "application_id": f"AP-{check_id}",
        "client_id": "client",
        "decision": "pass",
        "score": 812,
        "policy_version": "1",
        "degraded": False,
        "created_at": at,
        "body": f'{{"check_id":"{check_id}"}}'.encode(),
    }
    return Answer(**(values | changes))  # type: ignore[arg-type]
