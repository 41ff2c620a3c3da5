"""Applications read back as the records that they were."""

from __future__ import annotations

from dataclasses import replace

from example_records import DAY, application, identifier

from graphfraud.store import Store
from graphfraud.store.applications import write_applications
from graphfraud.store.records import records_now


def test_records_come_back_as_they_were_written_but_for_masks(store: Store) -> None:
    one = application(
        "A1", identifier("phone", 1), identifier("phone", 2, "contact_1"), day=3, dealer="D1", salesperson="S1",
        attributes={"age": 30.0, "product": "used"},
    )  # fmt: skip
    other = replace(application("A2", identifier("device", 1), day=None), flags=("vin_shape",))
    write_applications(store, [one, other], [1, 2], None, arrived_at=1_000)

    found = records_now(store, ["A2", "nobody", "A1"])

    assert list(found) == ["A2", "A1"]
    bare = tuple(replace(held, mask="") for held in one.identifiers)
    assert found["A1"] == replace(one, identifiers=bare, updated_at=3 * DAY)
    assert found["A2"].flags == ("vin_shape",) and found["A2"].submitted_at is None
