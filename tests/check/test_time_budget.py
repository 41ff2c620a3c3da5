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
            end = time.monotonic() + 10
            while not checker.up and time.monotonic() < end:
                time.sleep(0.01)
            ((answer, _),) = checker.check([record(settings, 99)], "c")
        finally:
            checker.close()

    assert not answer.degraded
