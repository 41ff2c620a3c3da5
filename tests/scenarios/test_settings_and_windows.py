"""What an operator gets wrong is said at once, and what a scan covers is always shown."""

from __future__ import annotations

import errno
import os
import secrets

import pytest

from graphfraud.errors import DiskError, SettingError
from graphfraud.intake import Intake
from graphfraud.results import Scan
from graphfraud.settings import Conventions, Settings


@pytest.mark.parametrize("key", ["abc", "0" * 64, "g" * 64, "1" * 63])
def test_a_token_key_that_is_none_is_refused_before_anything_is_done(key):
    with pytest.raises(SettingError, match="openssl rand -hex 32") as refused:
        Settings.from_environment({"GRAPHFRAUD_TOKEN_KEY": key})

    assert key not in str(refused.value)


def test_of_two_processes_that_make_the_token_key_at_once_the_first_wins(tmp_path, monkeypatch):
    settings = Settings(tmp_path / "home", "embedded:/nowhere")
    first: list[bytes] = []
    token_hex = secrets.token_hex

    def meanwhile(length: int) -> str:  # where the second has begun and not ended
        monkeypatch.undo()
        first.append(settings.token_key())
        return token_hex(length)

    monkeypatch.setattr(secrets, "token_hex", meanwhile)
    second = settings.token_key()

    assert first == [second] == [settings.token_key()]
    assert [(path.name, path.stat().st_mode & 0o777) for path in settings.home.iterdir()] == [("token.key", 0o600)]


def test_a_token_key_that_could_not_be_written_whole_is_not_there(tmp_path, monkeypatch):
    settings = Settings(tmp_path / "home", "embedded:/nowhere")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(DiskError, match="No space left"):
            settings.token_key()
    assert list(settings.home.iterdir()) == []
    assert len(settings.token_key()) == 32


def test_a_phone_region_without_a_numbering_plan_is_refused():
    with pytest.raises(SettingError, match="'XX'"):
        Intake(b"k" * 32, Conventions(phone_region="XX"))


def test_a_scan_over_a_window_says_so():
    scan = Scan("S1", 1, 0, 0, "2025-06-01", "2025-07-01", "", "", {}, {})

    assert scan.label == "scan S1 (only applications submitted from 2025-06-01 and before 2025-07-01)"
