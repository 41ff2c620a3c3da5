"""A ring keeps its id from scan to scan, whatever becomes of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from graphfraud.detection.judge import Findings, ring_id_of
from graphfraud.detection.texts import Texts
from graphfraud.lineage import keep_ids
from graphfraud.results import Ring


def findings(*rings: str) -> Findings:
    """What a scan finds: rings, each given by one letter a member, and Z outside of all."""
    found = tuple(
        Ring(ring_id_of(m), 0.9, tuple((name, 1.0) for name in m), 2, 1, ord(m[0]), ord(m[-1]), 0.0, "", ()) for m in rings
    )
    names = [*"".join(rings), "Z"]
    ring_of = {name: ring.ring_id for ring in found for name, _ in ring.members}
    return Findings(found, Texts(names), np.zeros(len(names)), Texts([ring_of.get(name, "") for name in names], repeating=True))


def ids(before: dict[str, str], *rings: str) -> dict[str, str]:
    """The members of every ring of tonight by id, with what each application is told."""
    found = keep_ids(findings(*rings), before)
    told = dict(zip(found.application_id, found.ring_id, strict=True))
    assert told == {"Z": ""} | {name: ring.ring_id for ring in found.rings for name, _ in ring.members}
    assert found.ring_numbers().tolist()[-1] == -1
    return {ring.ring_id: "".join(name for name, _ in ring.members) for ring in found.rings}


def test_a_ring_of_the_first_scan_is_named_by_its_first_three_members():
    assert ids({}, "ABCDE") == {ring_id_of("ABC"): "ABCDE"}


def test_a_ring_that_grows_shrinks_or_loses_its_founders_keeps_its_id():
    assert ids({"R-1": "ABC"}, "ABCDEFG") == {"R-1": "ABCDEFG"}
    assert ids({"R-1": "ABCDEFG"}, "EFG") == {"R-1": "EFG"}
    assert ids({"R-1": "BCD"}, "ABCD") == {"R-1": "ABCD"}  # somebody earlier belongs to it, too


def test_of_two_parts_the_one_that_is_more_like_it_keeps_the_id_and_the_other_is_named_by_its_own():
    assert ids({"R-1": "ABCDEFGH"}, "ABC", "DEFGH") == {"R-1": "DEFGH", ring_id_of("ABC"): "ABC"}


def test_two_that_merge_keep_the_older_ones_id():
    assert ids({"R-1": "ABC", "R-2": "DEFGHI"}, "ABCDEFGHI") == {"R-1": "ABCDEFGHI"}


def test_members_who_move_over_take_no_id_along():
    assert ids({"R-1": "ABCDEFG", "R-2": "HIJKLMN"}, "GHIJKLMN") == {"R-2": "GHIJKLMN"}


def test_no_two_rings_have_one_id():
    named = ring_id_of("ABC")  # its founders split off, the rest is more like it
    found = ids({named: "ABCDEFGH"}, "ABC", "DEFGH")

    assert found[named] == "DEFGH"
    assert len(found) == 2


def test_the_same_scan_again_changes_nothing():
    once = findings("ABCD", "EFGH")
    again = keep_ids(once, {ring.ring_id: tuple(name for name, _ in ring.members) for ring in once.rings})

    assert again is once
    assert replace(again) == once
