"""What the checker makes of several versions at once, and of what goes wrong inside it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from graphfraud.check import backlog, check, rehearsal
from graphfraud.check.check import Checker
from graphfraud.errors import StoreError, StoreRejected, StoreUnreachable
from graphfraud.intake.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store import Store
from graphfraud.store.applications import write_applications
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


def test_an_answer_names_the_policy_that_it_was_scored_under(checker: Checker, settings: Settings, monkeypatch):
    policies = checker._state.policies
    policies.add("later", 'version = "later"\n', actor="test")
    judge = check.judge_checks

    def judge_and_activate(*given: object):
        judged = judge(*given)  # type: ignore[arg-type]
        policies.activate("later", actor="test")
        return judged

    with monkeypatch.context() as patch:
        patch.setattr(check, "judge_checks", judge_and_activate)
        ((answer, _),) = checker.check([record(settings, "P1")], "c")
    ((after, _),) = checker.check([record(settings, "P2")], "c")

    assert (answer.degraded, answer.policy_version) == (False, "default-1")
    assert after.policy_version == "later"


def refusing(name: str):
    """Stand in for an engine that refuses one application, as no record that intake lets in is refused by either engine."""

    def write(store: Store, records: Sequence[ApplicationRecord], *others):
        if any(record.application_id == name for record in records):
            raise StoreRejected(f"refused {name}")
        return write_applications(store, records, *others)

    return write


def test_a_record_that_the_store_refuses_costs_the_others_nothing(
    checker: Checker, store: Store, settings: Settings, monkeypatch
):
    monkeypatch.setattr(check, "write_applications", refusing("R7"))
    monkeypatch.setattr(backlog, "write_applications", refusing("R7"))
    opened, counted = checker._store, []
    checker.on_store_error = counted.append
    names = [f"R{number}" for number in range(12)]

    answers = checker.check([record(settings, name) for name in names], "c")
    alone = checker.check([record(settings, "R7", 11)], "c")
    after = checker.check([record(settings, "R12")], "c")

    assert [answer.application_id for answer, _ in answers + alone + after if answer.degraded] == ["R7", "R7"]
    assert checker._store is opened
    assert [type(error) for error in counted] == [StoreRejected] * 2
    assert {said.properties["application_id"] for said in present(store, [*names, "R12"])} == {*names, "R12"} - {"R7"}
    assert checker._state.queue.backlog().count == 2


@pytest.mark.parametrize("error", [StoreRejected, StoreUnreachable])
def test_a_store_that_takes_nothing_is_opened_anew(checker: Checker, settings: Settings, monkeypatch, error: type[StoreError]):
    def refuse(*_: object) -> None:
        raise error("refused")

    opened = checker._store
    with monkeypatch.context() as patch:
        patch.setattr(check, "write_applications", refuse)
        patch.setattr(rehearsal, "rehearse_writing", refuse)
        answers = checker.check([record(settings, f"N{number}") for number in range(3)], "c")
        assert checker._store is not opened
    end = time.monotonic() + 30
    while checker._store is None:
        assert time.monotonic() < end
        time.sleep(0.05)
    ((after, _),) = checker.check([record(settings, "N3")], "c")

    assert all(answer.degraded for answer, _ in answers)
    assert not after.degraded
