"""A check whose time runs out is answered without the graph, and the next one that has time is judged again."""

from __future__ import annotations

import time
from dataclasses import replace

from graphfraud.check.check import MARGIN, Checker
from graphfraud.intake.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store import Store


def record(settings: Settings, number: int) -> ApplicationRecord:
    row = {"application_id": f"A{number}", "submitted_at": "2025-06-01 10:00", "device_id": f"29c5c21fa1{number:05d}f"}
    return Intake(settings.token_key(), settings.conventions).application(row)


def wait_until_up(checker: Checker, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not checker.up and time.monotonic() < end:
        time.sleep(0.01)


def test_after_times_that_ran_out_at_every_moment_of_a_judgement_checks_are_judged_again(
    store: Store, engine_settings: Settings, tmp_path
):
    settings = replace(engine_settings, home=tmp_path)
    with State.open(settings) as state:
        checker = Checker.open(settings, state)
        try:
            checker.check([record(settings, 0)], "c")
            began = time.monotonic()
            checker.check([record(settings, 1)], "c")
            usual = time.monotonic() - began
            for number in range(2, 80):
                moment = usual * 1.5 * number / 80
                checker.submit(record(settings, number), time.monotonic() + MARGIN + moment, "c").result(30)
            wait_until_up(checker, 10)
            ((answer, _),) = checker.check([record(settings, 99)], "c")
        finally:
            checker.close()

    assert not answer.degraded


def test_who_replaces_another_answers_before_the_store_is_there(store: Store, engine_settings: Settings, tmp_path):
    settings = replace(engine_settings, home=tmp_path)
    gone = replace(settings, store="bolt://127.0.0.1:9", token_key_setting=settings.token_key().hex())
    with State.open(gone) as state:
        began = time.monotonic()
        checker = Checker.open(gone, state, at_once=True)
        try:
            answer, _ = checker.submit(record(settings, 0), time.monotonic() + 0.3, "c").result(5)
        finally:
            took = time.monotonic() - began
            checker.close()
    assert answer.degraded and took < 1.0

    with State.open(settings) as state:
        checker = Checker.open(settings, state, at_once=True)
        try:
            wait_until_up(checker, 30)
            ((answer, _),) = checker.check([record(settings, 1)], "c")
        finally:
            checker.close()
    assert not answer.degraded
