"""Applications read back as the records that they were."""

from __future__ import annotations

from dataclasses import replace

from example_records import DAY, application, identifier

from graphfraud.check.dealer_exposure import LOOK_AGAIN, DealerExposure
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


def test_what_is_asked_for_at_a_dealer_is_added_up_once_a_minute(store: Store) -> None:
    def asks(name: str, amount: float, dealer: str = "D1"):
        return application(name, identifier("phone", name), dealer=dealer, attributes={"loan_amount": amount})

    now = [0.0]
    exposure = DealerExposure(lambda: now[0])
    old = [asks("A1", 1_000.0), asks("A2", 2_000.0), asks("B1", 500.0, "D2")]
    write_applications(store, old, [1, 2, 3], None, arrived_at=1_000)

    assert exposure.before(store, [asks("A3", 7.0), asks("C1", 7.0, "new")]) == {"A3": 3_000.0, "C1": 0.0}
    write_applications(store, [asks("A3", 7.0)], [4], None, arrived_at=1_000)
    assert exposure.before(store, [asks("A4", 1.0), asks("B1", 500.0, "D2")]) == {"A4": 3_000.0, "B1": 0.0}
    now[0] = LOOK_AGAIN
    assert exposure.before(store, [asks("A4", 1.0)]) == {"A4": 3_007.0}
