"""The scan that the store names has its files, whatever cut off the scan that wrote them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from api.cli.main import run
from graphfraud import scan as scanning
from graphfraud.check.scans import CurrentScan
from graphfraud.detection.parameters import Parameters, UnitParams
from graphfraud.errors import StoreRejected, StoreUnreachable
from graphfraud.export import scan_applications, scan_folder
from graphfraud.intake import Intake
from graphfraud.results import Ring, Scan
from graphfraud.scan import run_scan
from graphfraud.settings import Settings
from graphfraud.store import Store
from graphfraud.store.applications import write_applications
from graphfraud.store.results import current_scan, write_scan
from ingest.world.make import Plan, make_world
from ingest.world.write import applications_table

pytestmark = pytest.mark.parametrize("engine", ["embedded"], indirect=True)  # files ask nothing of an engine


@pytest.fixture
def settings(engine_settings: Settings, store: Store, tmp_path: Path) -> Settings:
    """Settings with a data folder of the test's own, beside a store that holds some applications."""
    made = replace(engine_settings, home=tmp_path)
    fill(made, store)
    return made


def fill(settings: Settings, store: Store) -> None:
    intake = Intake(settings.token_key(), settings.conventions)
    records = [intake.application(row) for row in applications_table(make_world(Plan(600, seed=3))).to_pylist()]
    write_applications(store, records, [0] * len(records), None, 1)


@pytest.mark.parametrize(
    "cut_off",
    [KeyboardInterrupt(), StoreUnreachable("the connection broke during a commit")],
    ids=lambda error: type(error).__name__,
)
def test_a_scan_cut_off_as_its_commit_succeeded_keeps_its_files(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, cut_off: BaseException
):
    def committed_and_cut_off(store: Store, scan: Scan, rings: Sequence[Ring]) -> None:
        write_scan(store, scan, rings)
        raise cut_off

    monkeypatch.setattr(scanning, "write_scan", committed_and_cut_off)
    with pytest.raises(type(cut_off)):
        run_scan(settings, store)

    named = current_scan(store)
    assert named is not None
    assert len(scan_applications(scan_folder(settings.home, store.store_id(), named.scan_id))) == 600


def test_what_a_refused_scan_left_goes_with_the_next_one(settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch):
    first = run_scan(settings, store).scan

    def refused(*_: object) -> None:
        raise StoreRejected("members that are no applications")

    with monkeypatch.context() as patch:
        patch.setattr(scanning, "write_scan", refused)
        with pytest.raises(StoreRejected):
            run_scan(settings, store)
    assert current_scan(store) == first
    last = run_scan(settings, store).scan

    folders = scan_folder(settings.home, store.store_id(), last.scan_id).parent
    assert {path.name for path in folders.iterdir()} == {first.scan_id, last.scan_id}


def test_a_scan_leaves_the_files_of_another_store_in_the_same_folder(
    settings: Settings, store: Store, empty_store: Callable[[], Store]
):
    first = run_scan(settings, store).scan
    kept = scan_folder(settings.home, store.store_id(), first.scan_id)

    other = empty_store()  # founded anew: it has another id
    fill(settings, other)
    scans = [run_scan(settings, other).scan for _ in range(2)]

    current = CurrentScan(settings.home)
    current.refresh(other)
    assert current.known is not None
    assert current.known.scan_id == scans[-1].scan_id
    assert len(scan_applications(kept)) == 600


def test_a_scan_whose_files_are_not_where_they_belong_is_asked_for_again(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    scan = run_scan(settings, store).scan
    folder = scan_folder(settings.home, store.store_id(), scan.scan_id)
    folder.rename(settings.home / "scans" / scan.scan_id)  # where scans lay once
    monkeypatch.setenv("GRAPHFRAUD_HOME", str(settings.home))
    monkeypatch.setenv("GRAPHFRAUD_STORE", settings.store)

    assert run(["export", str(settings.home / "export")]) != 0
    assert "run graphfraud scan again" in capsys.readouterr().err


def test_checks_know_what_people_revoked_for_the_scan(settings: Settings, store: Store):
    revoked = (("AP000000001", "AP000000002"),)
    run_scan(settings, store, parameters=Parameters(units=UnitParams(revoked=revoked)))
    current = CurrentScan(settings.home)

    current.refresh(store)

    assert current.known is not None
    assert current.known.parameters.units.revoked == revoked
