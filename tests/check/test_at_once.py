"""How long a group waits for those who are usually out together."""

from __future__ import annotations

import time

from graphfraud.check.at_once import LINGER, MOST_LINGER, ROUNDS, AtOnce


def _out(many: int) -> AtOnce:
    checks = AtOnce()
    for _ in range(many):
        checks.came()
    return checks


def test_one_alone_waits_for_nobody() -> None:
    checks = _out(1)
    assert checks.wait_for_more(1, time.monotonic()) == 0


def test_all_that_are_out_are_waited_for_and_then_no_longer() -> None:
    checks, since = _out(8), time.monotonic()
    assert 0 < checks.wait_for_more(7, since) <= LINGER
    assert checks.wait_for_more(8, since) == 0


def test_those_just_answered_may_ask_again_but_not_for_ever() -> None:
    checks = _out(8)
    for _ in range(8):
        checks.went()
    checks.came()
    assert 0 < checks.wait_for_more(1, time.monotonic()) <= LINGER
    time.sleep(LINGER)
    assert checks.wait_for_more(1, time.monotonic()) == 0


def test_the_first_never_waits_longer_than_the_most() -> None:
    checks = _out(8)
    assert checks.wait_for_more(1, time.monotonic() - MOST_LINGER) == 0


def test_a_number_that_is_not_reached_again_is_forgotten() -> None:
    checks = _out(8)
    for _ in range(8):
        checks.went()
    for _ in range(2 * ROUNDS * 8):
        checks.came()
        checks.went()
    checks.came()
    assert checks.wait_for_more(1, time.monotonic()) == 0
