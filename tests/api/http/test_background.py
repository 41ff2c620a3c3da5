"""What a worker does beside answering."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from api.http import background
from graphfraud.settings import Settings
from graphfraud.state import State


def test_the_log_says_how_much_was_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setattr(background, "LOOK_SECONDS", 0.01)
    monkeypatch.setattr(background, "SWEEP_SECONDS", 0.0)
    settings = Settings(tmp_path, "embedded:/nowhere")
    said, end = "", time.monotonic() + 30
    with State.open(settings) as state:
        running = background.Background(settings, state)
        while "swept" not in said and time.monotonic() < end:
            time.sleep(0.02)
            said += capsys.readouterr().err
        running.close()

    assert "info    swept idempotency_keys=0 answers=0 events=0" in said
