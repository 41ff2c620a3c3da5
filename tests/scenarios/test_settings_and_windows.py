"""What an operator gets wrong is said at once, and what a scan covers is always shown."""

from __future__ import annotations

import pytest

from graphfraud.errors import SettingError
from graphfraud.intake import Intake
from graphfraud.results import Scan
from graphfraud.settings import Conventions, Settings


@pytest.mark.parametrize("key", ["abc", "0" * 64, "g" * 64, "1" * 63])
def test_a_token_key_that_is_none_is_refused_before_anything_is_done(key):
    with pytest.raises(SettingError, match="openssl rand -hex 32") as refused:
        Settings.from_environment({"GRAPHFRAUD_TOKEN_KEY": key})

    assert key not in str(refused.value)


def test_a_phone_region_without_a_numbering_plan_is_refused():
    with pytest.raises(SettingError, match="'XX'"):
        Intake(b"k" * 32, Conventions(phone_region="XX"))


def test_a_scan_over_a_window_says_so():
    scan = Scan("S1", 1, 0, 0, "2025-06-01", "2025-07-01", "", "", {}, {})

    assert scan.label == "scan S1 (only applications submitted from 2025-06-01 and before 2025-07-01)"
