"""Webhooks are told of the rings of a scan once, also where the scan is cut off as soon as it is visible."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from api.cli.main import run
from graphfraud.check import formed
from graphfraud.check.check import Checker
from graphfraud.detection.judge import ring_id_of
from graphfraud.errors import StateUnreachable
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store import Store, results
from ingest.world.make import Plan, make_world
from ingest.world.write import write_world


def told(settings: Settings) -> list[str]:
    with State.open(settings) as state:
        return sorted(letter.event_id for letter in state.outbox.letters(limit=1_000))


@pytest.mark.parametrize("engine", ["embedded"], indirect=True)  # what is told asks no more of an engine
def test_rings_of_a_scan_that_was_cut_off_are_told_of_by_a_service_or_the_next_scan(
    engine_settings: Settings, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    settings = replace(engine_settings, home=tmp_path)
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(tmp_path))
    monkeypatch.setenv("GRAPHFRAUD_STORE", settings.store)
    write_world(make_world(Plan(3_000, seed=4)), tmp_path / "world")
    assert run(["load", str(tmp_path / "world")]) == 0
    with State.open(settings) as state:
        state.outbox.add_endpoint("https://example.com/hook", ["ring.formed"], actor="test")

    def cut_off(*_: object) -> int:
        raise StateUnreachable("the database of state went away")

    with monkeypatch.context() as patch:
        patch.setattr(formed, "tell", cut_off)
        assert run(["scan", "--decoys", "0"]) != 0
    rings = results.rings(store)
    expected = sorted(f"ring.formed:{ring_id_of([name for name, _ in ring.members])}" for ring in rings)
    before = told(settings)

    with State.open(settings) as state:
        checker = Checker.open(settings, state)
        end = time.monotonic() + 30
        while len(state.outbox.letters(limit=1_000)) < len(expected) and time.monotonic() < end:
            time.sleep(0.1)
        checker.close()
    by_service = told(settings)

    with State.open(settings) as state:  # as if the service had not been there
        state.database.write(lambda c: [c.exec_driver_sql(f"DELETE FROM {name}") for name in ("deliveries", "events")])
    (scan,) = (tmp_path / "scans").glob("*/*")
    formed.write_untold(scan, formed.formed_by_scan(rings, (), scan.name, 1))
    assert run(["scan", "--decoys", "0"]) == 0

    assert len(expected) > 2
    assert before == []
    assert by_service == expected == told(settings)
    assert run(["scan", "--decoys", "0"]) == 0
    assert told(settings) == expected
