"""Days are played through the checks, then scanned: the gang that began this morning is caught, and the night agrees."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from graphfraud.check.answer import CheckAnswer
from graphfraud.check.backlog import write_what_waited
from graphfraud.check.check import Checker
from graphfraud.export import scan_applications, scan_folder
from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.scan import ScanResult, run_scan
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.store import Store
from graphfraud.store.applications import write_applications
from graphfraud.store.results import application
from ingest.world.make import make_world, plan_world
from ingest.world.write import applications_table

BEFORE = 2_000  # applications that are loaded and scanned before the first check


@dataclass(frozen=True)
class Played:
    """A store with its history, the days played through the checks, and what the night's scan says: bands, and rings by id.

    rings_before: those of the scan before the first check.
    """

    settings: Settings
    store: Store
    answers: dict[str, CheckAnswer]
    bands: dict[str, str]
    rings: dict[str, list[str]]
    rings_before: dict[str, list[str]]


def records(settings: Settings) -> list[ApplicationRecord]:
    table = applications_table(make_world(plan_world(3_000, 8)))
    intake = Intake(settings.token_key(), settings.conventions)
    found = [intake.application(row) for row in table.to_pylist()]
    return sorted(found, key=lambda record: (record.submitted_at or 0, record.application_id))


@pytest.fixture(scope="module")
def played(engine_settings: Settings, empty_store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    store = empty_store()
    settings = replace(engine_settings, home=tmp_path_factory.mktemp("live"))
    everything = records(settings)
    for start in range(0, BEFORE, 500):
        some = everything[start : start + 500][: BEFORE - start]
        write_applications(store, some, [0] * len(some), None, 1)
    before = run_scan(settings, store)
    with State.open(settings) as state:
        checker = Checker.open(settings, state)
        try:
            answers = {
                answer.application_id: answer
                for start in range(BEFORE, len(everything), 16)
                for answer, _ in checker.check(everything[start : start + 16], "test")
            }
        finally:
            checker.close()
    result = run_scan(settings, store)
    table = scan_applications(scan_folder(settings.home, store.store_id(), result.scan.scan_id))
    bands = dict(zip(table["application_id"], table["band"], strict=True))
    yield Played(settings, store, answers, bands, members_of(result), members_of(before))


def members_of(result: ScanResult) -> dict[str, list[str]]:
    return {ring.ring_id: [name for name, _ in ring.members] for ring in result.rings}


def test_live_and_nightly_bands_agree(played: Played) -> None:
    same = [answer.band == played.bands[name] for name, answer in played.answers.items()]

    assert len(same) >= 900
    assert sum(same) / len(same) >= 0.98


def test_gangs_that_form_are_caught_while_they_form(played: Played) -> None:
    caught = {name for name, answer in played.answers.items() if answer.decision in ("review", "reject")}
    live = [[name for name in ring[4:] if name in played.answers] for ring in played.rings.values()]
    members = [name for ring in live for name in ring]

    assert members
    assert len(caught & set(members)) / len(members) >= 0.4
    strangers = played.answers.keys() - {name for ring in played.rings.values() for name in ring}
    assert len(caught & strangers) / len(strangers) <= 0.01


def test_rings_keep_their_ids_as_the_days_go_by(played: Played) -> None:
    known = {
        ring_id: {before for before, old in played.rings_before.items() if set(old) <= set(members)}
        for ring_id, members in played.rings.items()
    }

    assert any(known.values())
    assert all(ring_id in before for ring_id, before in known.items() if before)


def test_every_checked_application_is_in_the_graph(played: Played) -> None:
    name = next(iter(played.answers))

    assert application(played.store, name).versions[0].since > 0
    assert not any(answer.degraded for answer in played.answers.values())


def test_without_a_store_the_answer_is_degraded_and_the_application_waits(played: Played, tmp_path: Path) -> None:
    away = replace(
        played.settings, home=tmp_path, store="bolt://127.0.0.1:9", token_key_setting=played.settings.token_key().hex()
    )
    record = replace(records(played.settings)[0], application_id="WAITS")

    with State.open(away) as state:
        checker = Checker.open(away, state)
        try:
            began = time.monotonic()
            answer, body = checker.submit(record, began + 0.3, "test").result(5)
            took = time.monotonic() - began
        finally:
            checker.close()
        waiting = state.queue.backlog().count

    assert answer.decision == "review" and answer.degraded and b'"degraded":true' in body
    assert took < 0.3
    assert waiting == 1

    assert write_what_waited(replace(away, store=played.settings.store, store_password=played.settings.store_password)) == 1
    assert application(played.store, "WAITS").versions
