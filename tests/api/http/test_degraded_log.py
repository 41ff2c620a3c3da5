"""That the graph is too slow is said once a minute at most, with what to do."""

from __future__ import annotations

import json

import pytest

from api.http import logs
from api.http.degraded_log import SECONDS, DegradedLog
from graphfraud.errors import StoreConflict, StoreUnreachable


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    """The numbers of answers that the log told of since it was last looked at."""
    monkeypatch.setattr(logs, "_write", logs._write_json)
    return lambda: [json.loads(line)["answers"] for line in capsys.readouterr().err.splitlines()]


def test_late_answers_are_told_at_once_and_then_counted_for_a_minute(lines):
    late = DegradedLog(300)

    for second in (0.0, 1.0, 2.0, SECONDS - 1):
        late.answered(True, second)
    assert lines() == [1]

    late.answered(False, SECONDS)
    late.answered(True, SECONDS + 1)
    assert lines() == [4]


def test_the_line_names_the_option(capsys):
    DegradedLog(300).answered(True, 0.0)

    said = capsys.readouterr().err
    assert "warning out of time answers=1 budget_ms=300" in said and "--budget-ms" in said


def test_what_a_store_that_fails_degrades_is_not_for_lack_of_time(lines):
    late = DegradedLog(300)

    late.store_failed(StoreConflict("two writers"))
    late.answered(True, 0.0)
    late.answered(True, 1.0)
    assert lines() == []

    late.answered(False, 2.0)
    late.answered(True, 3.0)
    assert lines() == [1]


def test_a_store_that_fails_is_told_of_once_and_again_when_it_answers(capsys):
    late = DegradedLog(300)

    for second in (0.0, 1.0):
        late.store_failed(StoreUnreachable("gone"))
        late.answered(True, second)
    late.answered(False, 2.0)
    late.answered(False, 3.0)

    first, second = capsys.readouterr().err.splitlines()
    assert "warning store failed error=StoreUnreachable" in first and "store answers again" in second
