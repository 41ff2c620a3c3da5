"""A key's limit is counted once for all workers."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from api.http.rates import SLOTS, Rates

NOW = 1_700_000_000.0


def test_a_quiet_key_may_send_a_minute_s_requests_at_once_and_no_more(tmp_path):
    rates = Rates(tmp_path / "rates")

    taken = [rates.take("k", 30, NOW) for _ in range(31)]

    assert [one.allowed for one in taken] == [True] * 30 + [False]
    assert [one.remaining for one in taken[:3]] == [29, 28, 27]
    assert taken[-1].headers() == {"RateLimit-Policy": '"key";q=30;w=60', "RateLimit": '"key";r=0;t=60', "Retry-After": "2"}


def test_what_was_used_comes_back_evenly(tmp_path):
    rates = Rates(tmp_path / "rates")
    for _ in range(60):
        rates.take("k", 60, NOW)

    assert not rates.take("k", 60, NOW + 0.9).allowed
    assert rates.take("k", 60, NOW + 1.0).allowed
    assert not rates.take("k", 60, NOW + 1.5).allowed
    assert rates.take("k", 60, NOW + 61).remaining == 59


def test_a_refused_request_costs_nothing(tmp_path):
    rates = Rates(tmp_path / "rates")
    rates.take("k", 1, NOW)

    for second in range(59):
        assert not rates.take("k", 1, NOW + second).allowed
    assert rates.take("k", 1, NOW + 60).allowed


def test_keys_do_not_count_for_one_another(tmp_path):
    rates = Rates(tmp_path / "rates")

    assert all(rates.take(f"k{number}", 1, NOW).allowed for number in range(SLOTS))
    assert not any(rates.take(f"k{number}", 1, NOW).allowed for number in range(SLOTS))


def test_several_processes_count_together(tmp_path):
    code = (
        "import sys; from pathlib import Path; from api.http.rates import Rates\n"
        "rates = Rates(Path(sys.argv[1])); print(sum(rates.take('k', 100, 1.7e9).allowed for _ in range(80)))"
    )
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", code, str(tmp_path / "rates")]

    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(3)]

    assert sum(int(one.communicate(timeout=60)[0]) for one in running) == 100
