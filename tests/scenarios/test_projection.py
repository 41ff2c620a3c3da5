"""The projection is a fold over changes: kept up to date, cut at any sequence number, or rebuilt, it says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from graphfraud import projection as projections
from graphfraud.detection.columns import Applications, shared_columns
from graphfraud.facts import facts_of
from graphfraud.intake import Intake
from graphfraud.intake.records import ApplicationRecord
from graphfraud.projection import Projection
from graphfraud.settings import Conventions
from graphfraud.store import Store
from graphfraud.store.applications import write_applications


@pytest.fixture(scope="module")
def intake() -> Intake:
    return Intake(b"k" * 32, Conventions(), None)


def application(intake: Intake, number: int, **changed: str) -> ApplicationRecord:
    row = {
        "application_id": f"A{number:03d}",
        "submitted_at": f"2025-06-{1 + number % 28:02d}T10:00:00",
        "phone": f"139{number // 2:08d}",
        "device_id": f"device-{number // 3:04d}",
        "dealer_id": f"D{number % 4}",
        "loan_amount": "80000",
    }
    return intake.application(row | changed)


def write(store: Store, records: list[ApplicationRecord]) -> None:
    write_applications(store, records, list(range(len(records))), None, 1_750_000_000_000)


def same(one: Applications, other: Applications) -> bool:
    def equal(name: str) -> bool:
        mine, its = getattr(one, name), getattr(other, name)
        return np.array_equal(mine, its, equal_nan=isinstance(mine, np.ndarray) and mine.dtype.kind == "f")

    return all(equal(name) for name in ARRAYS)


ARRAYS = [name for name in Applications.__dataclass_fields__ if name != "timed"]


def test_refreshed_step_by_step_cut_back_and_rebuilt_it_is_the_fold_of_what_was_written(
    store: Store, intake: Intake, tmp_path: Path
):
    first = [application(intake, n) for n in range(40)]
    second = [application(intake, n, device_id="one device", loan_amount="90000") for n in range(5, 15)]
    third = [application(intake, n) for n in range(40, 60)]
    state = store.state()
    assert state is not None
    projection = Projection(tmp_path, state.store_id)

    ends = []
    for records in (first, second, third):
        write(store, records)
        ends.append(projection.refresh(store))

    expected = {record.application_id: record for record in (*first, *second, *third)}
    assert same(shared_columns(projection.read()), shared_columns(facts_of(expected.values())))
    assert same(shared_columns(projection.read(ends[0])), shared_columns(facts_of(first)))
    projection.discard()
    projection.refresh(store)
    assert same(shared_columns(projection.read()), shared_columns(facts_of(expected.values())))


def test_a_refresh_with_nothing_new_writes_nothing(store: Store, intake: Intake, tmp_path: Path):
    write(store, [application(intake, n) for n in range(5)])
    projection = Projection(tmp_path, "this")
    projection.refresh(store)
    files = {path: path.stat().st_mtime_ns for path in projection.folder.iterdir()}

    projection.refresh(store)

    assert {path: path.stat().st_mtime_ns for path in projection.folder.iterdir()} == files


def files_of(projection: Projection) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in projection.folder.iterdir()}


def test_night_after_night_it_has_the_bytes_of_one_rebuilt_and_as_few_files(
    store: Store, intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(projections, "SEGMENT_ROWS", 10)
    projection = Projection(tmp_path, "this")
    at = 0
    for size in (3, 1, 6, 2, 25, 1, 4):
        write(store, [application(intake, n) for n in range(at, at + size)])
        write(store, [application(intake, at, dealer_id="another")])
        at += size
        projection.refresh(store)
    step_by_step = files_of(projection)
    (tmp_path / "projection" / "this-2").mkdir()

    projection.discard()
    projection.refresh(store)

    assert files_of(projection) == step_by_step
    versions = [pq.read_metadata(path).num_rows for path in sorted(projection.folder.glob("*.applications.parquet"))]
    assert versions == [3 + 1 + 1 + 1 + 6, 1 + 2 + 1 + 25, 1 + 1 + 1 + 4 + 1]
    assert [path.name for path in (tmp_path / "projection").iterdir()] == [projection.folder.name]


def test_what_a_kill_left_of_a_refresh_counts_once_and_goes_with_the_next(store: Store, intake: Intake, tmp_path: Path):
    projection = Projection(tmp_path, "this")
    write(store, [application(intake, n) for n in range(3)])
    projection.refresh(store)
    before = files_of(projection)
    write(store, [application(intake, 3)])
    projection.refresh(store)
    for name, content in (before | {"0.draft": b"half"}).items():
        (projection.folder / name).write_bytes(content)

    assert sorted(projection.read().application_id) == ["A000", "A001", "A002", "A003"]
    write(store, [application(intake, 4)])
    projection.refresh(store)

    assert sorted(files_of(projection)) == [
        "000000000000-000000000003.applications.parquet",
        "000000000000-000000000003.occurrences.parquet",
    ]
    assert len(projection.read()) == 5


def test_segments_with_a_gap_or_beyond_the_store_are_thrown_away(
    store: Store, intake: Intake, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(projections, "SEGMENT_ROWS", 1)
    projection = Projection(tmp_path, "this")
    for n in range(3):
        write(store, [application(intake, n)])
        projection.refresh(store)
    middle = sorted(projection.folder.glob("*.applications.parquet"))[1]
    middle.unlink()

    projection.refresh(store)

    assert sorted(projection.read().application_id) == ["A000", "A001", "A002"]
