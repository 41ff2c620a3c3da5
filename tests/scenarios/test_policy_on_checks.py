"""Policies that change while checks are answered: in force, in shadow, with a dealer's limit, observed, tried afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from graphfraud.check.answer import CheckAnswer
from graphfraud.check.backtest import backtest
from graphfraud.check.check import Checker
from graphfraud.check.compare import compare
from graphfraud.check.policy_file import parse
from graphfraud.check.replay import answered
from graphfraud.intake.intake import Intake
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.state.versions import LOOK_AGAIN
from graphfraud.store import Store

ROW: dict[str, object] = {
    "submitted_at": "2025-06-01T10:00:00+08:00",
    "applicant_name": "张兰玲",
    "account_no": "6212269349351295201",
    "monthly_income": 8500,
    "dealer_id": "D00059",
    "vehicle_price": 100_000,
    "down_payment": 30_000,
    "loan_amount": 70_000,
    "term_months": 36,
}


@pytest.fixture
def state(engine_settings: Settings, store: Store) -> Iterator[State]:
    with State.open(engine_settings) as opened:
        yield opened
        opened.policies.activate(None, actor="test")
        opened.policies.shadow(None, actor="test")


def ask(checker: Checker, settings: Settings, number: int, **columns: object) -> CheckAnswer:
    """Check somebody who shares nothing with the others."""
    row = ROW | {"application_id": f"P{number}", "phone": f"1753277{number:04d}", "account_no": f"62122693493512{number:05d}"}
    intake = Intake(settings.token_key(), settings.conventions)
    return checker.check([intake.application(row | columns)], "test")[0][0]


def put(state: State, text: str) -> str:
    version = parse(text, "given").version
    state.policies.add(version, text, actor="test")
    return version


def test_policies_take_turns_while_checks_are_answered(engine_settings: Settings, state: State) -> None:
    limited = put(state, 'version = "limited"\n[wanted]\n[exposure]\nper_dealer = 200000\n')
    picky = put(state, 'version = "picky"\n[wanted]\nvin = "resubmit"\n')
    checker = Checker.open(engine_settings, state)
    try:
        first = ask(checker, engine_settings, 1)
        state.policies.activate(limited, actor="test")
        state.policies.shadow(picky, actor="test")
        time.sleep(LOOK_AGAIN + 0.1)
        second = ask(checker, engine_settings, 2)
        state.policies.activate(None, actor="test")
        third = ask(checker, engine_settings, 3, dealer_id="D2")
        ask(checker, engine_settings, 4, loan_amount=140_000, vehicle_price=200_000, down_payment=60_000, dealer_id="D3")
        state.policies.activate(limited, actor="test")
        busy = ask(checker, engine_settings, 5, loan_amount=80_000, down_payment=20_000, dealer_id="D3")
    finally:
        checker.close()

    assert (first.policy_version, first.decision, first.fields) == ("default-1", "resubmit", ("applicant_id",))
    assert (second.policy_version, second.decision, second.shadow and second.shadow.decision) == ("limited", "pass", "resubmit")
    assert (third.policy_version, third.decision) == ("default-1", "resubmit")
    assert (busy.decision, busy.gate, busy.look_first[0].code) == ("review", "terms", "exposure_of_dealer")

    replayed = backtest(answered(state.answers.last(5)), parse('version = "easy"\n[wanted]\n', "easy"), "answers")
    assert (replayed.matrix.total(), replayed.matrix[("resubmit", "pass")]) == (5, 3)


def test_observing_passes_everybody_and_keeps_what_would_have_been(engine_settings: Settings, state: State) -> None:
    checker = Checker.open(engine_settings, state, observe=True)
    try:
        answer = ask(checker, engine_settings, 9)
    finally:
        checker.close()

    assert (answer.decision, answer.would_be, answer.observed) == ("pass", "resubmit", True)
    assert next(answered(state.answers.last(1))).decision == "resubmit"
    (compared,) = compare(state.answers.last(1)).comparisons
    assert (compared.beside, dict(compared.matrix)) == (("observe", None, "default-1"), {("pass", "resubmit"): 1})
