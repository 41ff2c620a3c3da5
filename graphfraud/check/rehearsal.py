"""Walk the way of a check before the first one comes: the engine's first time takes a hundred times as long as the next."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

from graphfraud.check.known import Known
from graphfraud.check.live import judge_checks
from graphfraud.check.neighbourhood import Neighbourhoods
from graphfraud.check.scoring import Weights
from graphfraud.errors import StoreConflict
from graphfraud.intake import Intake
from graphfraud.settings import Settings
from graphfraud.store import Store
from graphfraud.store.applications import rehearse_writing
from graphfraud.store.records import records_now

ROUNDS = 10  # by the third an engine that has just begun takes a tenth of the first; beside other work it needs more
QUICK_SECONDS = 0.1  # an engine that others use already needs no more than one
SOME = 20  # members of rings, who have neighbours
# Every column that most applications have, so that the statements are those of most checks.
APPLICATION = {
    "application_id": "graphfraud-rehearsal",
    "submitted_at": "2025-06-01T10:00:00+08:00",
    "applicant_id": "420102200012159004",
    "applicant_name": "王小明",
    "phone": "13812345678",
    "contact_phone_1": "13912345678",
    "device_id": "7777777777777777c",
    "ip": "45.209.1.2",
    "account_no": "6228480012345678901",
    "address": "天津市2094号小区25栋18室",
    "employer": "上海科技有限公司1342号",
    "employer_phone": "010-55555555",
    "vin": "LGWEF4A5XHB123456",
    "dealer_id": "graphfraud-rehearsal",
    "salesperson_id": "graphfraud-rehearsal",
    "loan_amount": 80_000,
}


def rehearse(
    settings: Settings, store: Store, neighbourhoods: Neighbourhoods, known: Known | None, rounds: int = ROUNDS
) -> None:
    """Write an invented application and take it back, read and judge what is near it and some members of
    rings, until that is quick, at most so many times. Nothing stays; raise StoreError."""
    record = Intake(settings.token_key(), settings.conventions).application(APPLICATION)
    members = list(records_now(store, list(known.rings.ring_of)[:SOME]).values()) if known is not None else []
    for number in range(rounds):
        began = time.monotonic()
        records = [replace(record, application_id=f"{record.application_id}-{number}")]
        with suppress(StoreConflict):  # somebody loads: what was begun was worth it
            rehearse_writing(store, records)
        records += members
        near = neighbourhoods.read(records, known)
        judge_checks([one.application_id for one in records], near, known, Weights())
        if time.monotonic() - began < QUICK_SECONDS:
            return
