"""A ring that forms between two scans: one name and one message, however many hold what it shares and however dates come."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace

import pytest

from graphfraud.check.answer import CheckAnswer
from graphfraud.check.check import Checker
from graphfraud.errors import StateUnreachable
from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.scan import run_scan
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store.applications import write_applications
from graphfraud.store.neighbourhood import MOST_HOLDERS
from ingest.world.make import Plan, make_world
from ingest.world.write import applications_table

pytestmark = pytest.mark.parametrize("engine", ["embedded"], indirect=True)  # which holders are read is each engine's choice


@pytest.fixture(scope="module")
def scanned(engine_settings: Settings, empty_store, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings with a store that was scanned before any check."""
    store = empty_store()
    settings = replace(engine_settings, home=tmp_path_factory.mktemp("form"))
    intake = Intake(settings.token_key(), settings.conventions)
    records = [intake.application(row) for row in applications_table(make_world(Plan(1_500, 8))).to_pylist()]
    for start in range(0, len(records), 500):
        some = records[start : start + 500]
        write_applications(store, some, [0] * len(some), None, 1)
    run_scan(settings, store)
    return settings


@pytest.fixture
def state(scanned: Settings) -> Iterator[State]:
    with State.open(scanned) as opened:
        opened.outbox.add_endpoint("https://example.com/hook", ["ring.formed"], actor="test")
        yield opened
        opened.database.write(lambda c: [c.exec_driver_sql(f"DELETE FROM {name}") for name in ("deliveries", "endpoints")])


def crowd(settings: Settings, kind: str, count: int, days: int) -> list[ApplicationRecord]:
    """Strangers at several dealers with one account, from one day on, at noon."""
    intake = Intake(settings.token_key(), settings.conventions)
    draw = random.Random(kind)
    return [
        intake.application(
            {
                "application_id": f"{kind}{number:04}",
                "submitted_at": f"2025-12-{1 + number % days:02}T{9 + number % 9:02}:{number % 60:02}:00+08:00",
                "applicant_id": _resident_id(draw),
                "phone": f"138{draw.randrange(10**8):08}",
                "device_id": f"{kind}{number}device0000",
                "account_no": f"62284800{sum(map(ord, kind)):04}1234567",
                "dealer_id": f"{kind}D{number % 7}",
                "loan_amount": 60_000 + 1_000 * draw.randrange(90),
            }
        )
        for number in range(count)
    ]


def _resident_id(draw: random.Random) -> str:
    digits = f"110105{draw.randrange(1960, 2000)}{draw.randrange(1, 13):02}{draw.randrange(1, 29):02}{draw.randrange(1000):03}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    return digits + "10X98765432"[sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11]


def checked(settings: Settings, state: State, records: list[ApplicationRecord], at_once: int) -> list[CheckAnswer]:
    """Answer checks one group after the other, each time by another process."""
    answers = []
    for start in range(0, len(records), at_once):
        checker = Checker.open(settings, state)
        try:
            answers += [answer for answer, _ in checker.check(records[start : start + at_once], "test")]
        finally:
            checker.close()
    return answers


def forming(answers: list[CheckAnswer]) -> list[CheckAnswer]:
    return [answer for answer in answers if answer.ring is not None and answer.ring.state == "forming"]


def told(state: State) -> list[dict[str, object]]:
    return [json.loads(delivery.body)["data"] for delivery in state.outbox.take(1_000)]


def test_a_ring_of_more_than_are_read_has_one_name_and_one_message_and_says_at_least(scanned: Settings, state: State):
    answers = forming(checked(scanned, state, crowd(scanned, "many", 80, 20), 8))

    assert len(answers) > 3 * MOST_HOLDERS
    assert len({answer.ring.ring_id for answer in answers}) == 1
    (message,) = told(state)
    assert message["ring_id"] == answers[0].ring.ring_id
    first, last = answers[0], answers[-1]
    assert (first.ring.at_least, last.ring.at_least) == (False, True)
    (finding,) = [found for gate in last.gates for found in gate.findings if found.code == "forming_ring"]
    assert f"at least {last.ring.applications} applications" in finding.text.en
    assert f"至少 {last.ring.applications} 笔申请" in finding.text.zh
    assert [message["at_least"], message["applications"]] == [False, first.ring.applications]


def test_dates_without_times_and_ids_that_do_not_ascend_leave_a_ring_its_name(scanned: Settings, state: State):
    records = [
        replace(record, application_id=f"dated{20 - number:02}", submitted_at=1_765_000_000_000)
        for number, record in enumerate(crowd(scanned, "dated", 12, 1))
    ]

    answers = forming(checked(scanned, state, records, 1))

    assert len(answers) > 5
    assert len({answer.ring.ring_id for answer in answers}) == 1
    assert len(told(state)) == 1
    assert not any(answer.ring.at_least for answer in answers)


def test_a_check_is_answered_where_names_cannot_be_looked_up(scanned: Settings, state: State, monkeypatch: pytest.MonkeyPatch):
    def away(*_: object) -> None:
        raise StateUnreachable("the database does not answer")

    monkeypatch.setattr(state.forming, "name", away)

    answers = checked(scanned, state, crowd(scanned, "away", 10, 3), 5)

    assert not any(answer.degraded for answer in answers)
    assert forming(answers)
    assert told(state) == []  # the next one that can look it up, or a scan, tells
