"""What checks know of the last scan's rings is bounded, and the same whatever order they ask in."""

from __future__ import annotations

from pathlib import Path

import pytest
from factories import columns_of, ordinary

from graphfraud.check.known import MEMBERS_OF_RING, KnownRings, read_known
from graphfraud.detection.judge import calibrate
from graphfraud.detection.parameters import Parameters

LARGE = tuple(f"L{number:04}" for number in range(MEMBERS_OF_RING + 50))
SMALL = ("S1", "S2", "S3")
RINGS = KnownRings({"R-A": SMALL, "R-B": LARGE}, dict.fromkeys(SMALL, "R-A") | dict.fromkeys(LARGE, "R-B"))


def test_of_a_large_ring_the_latest_members_are_read():
    assert list(RINGS.with_members(["L0003"], 10_000)) == list(LARGE[50:])


def test_the_ring_that_most_belong_to_goes_first_and_the_order_of_asking_says_nothing():
    asked = ["L0003", "S2", "S1", "nobody"]

    forwards, backwards = (list(RINGS.with_members(names, 5)) for names in (asked, asked[::-1]))

    assert forwards == backwards == [*SMALL, *LARGE[50:52]]


def test_of_rings_of_which_nobody_was_met_nothing_is_read():
    assert list(RINGS.with_members(["nobody"], 10)) == []


@pytest.mark.parametrize("part", [0.0, 0.0002, 0.3, 0.7, 0.999])
def test_a_calibration_that_is_cut_short_is_no_scan(tmp_path: Path, part: float):
    data = calibrate(columns_of(ordinary(200, seed=3))).to_bytes()
    (tmp_path / "calibration.npz").write_bytes(data[: int(part * len(data))])

    with pytest.raises(ValueError, match="cut short"):
        read_known(tmp_path, Parameters())


def test_a_calibration_of_which_a_byte_is_wrong_is_no_scan(tmp_path: Path):
    data = bytearray(calibrate(columns_of(ordinary(200, seed=3))).to_bytes())
    data[len(data) // 2] ^= 0xFF
    (tmp_path / "calibration.npz").write_bytes(data)

    with pytest.raises(ValueError, match="damaged"):
        read_known(tmp_path, Parameters())
