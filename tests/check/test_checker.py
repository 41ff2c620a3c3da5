"""What the checker makes of several versions at once, and of what goes wrong inside it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from graphfraud.check import check
from graphfraud.check.check import Checker
from graphfraud.intake.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store import Store
from graphfraud.store.neighbourhood import present


@pytest.fixture
def settings(engine_settings: Settings, tmp_path) -> Settings:
    return replace(engine_settings, home=tmp_path)


@pytest.fixture
def checker(store: Store, settings: Settings) -> Iterator[Checker]:
    with State.open(settings) as state:
        opened = Checker.open(settings, state)
        try:
            yield opened
        finally:
            opened.close()


def record(settings: Settings, name: str, hour: int = 10) -> ApplicationRecord:
    row = {"application_id": name, "submitted_at": "2025-06-01 10:00", "device_id": "29c5c21fa1000001f"}
    row |= {"updated_at": f"2025-06-01 {hour}:00", "loan_amount": str(1000 * hour)}
    return Intake(settings.token_key(), settings.conventions).application(row)


def test_versions_that_come_together_leave_the_newest(checker: Checker, store: Store, settings: Settings):
    names = [f"V{number}" for number in range(8)]
    versions = [record(settings, name, hour) for name in names for hour in (14, 11)]

    answers = checker.check([*(record(settings, f"W{number}") for number in range(16)), *versions], "c")

    assert not any(answer.degraded for answer, _ in answers)
    assert {said.properties["loan_amount"] for said in present(store, names)} == {14_000.0}


def test_what_a_bug_stops_is_answered_without_the_graph(checker: Checker, store: Store, settings: Settings, monkeypatch):
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(check, "judge_checks", broken)
        ((answer, _),) = checker.check([record(settings, "B")], "c")
    ((after, _),) = checker.check([record(settings, "C")], "c")

    assert answer.degraded and answer.decision != "pass"
    assert not after.degraded
