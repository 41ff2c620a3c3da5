"""A slow gang that renews its phone and its device link by link over ten months, so that no two links are far apart."""

from __future__ import annotations

import numpy as np
import pytest
from factories import App, facts_from, ordinary

from graphfraud.detection.columns import shared_columns
from graphfraud.detection.judge import calibrate_and_judge
from graphfraud.detection.parameters import Parameters

MONTHS = 300.0  # days: ten months of a market of twelve


def chain(members: int, seed: int | None = None, phone: str = "phone.contact_1") -> list[App]:
    """Each phone and each device serves two applications, and the next phone comes before the device is thrown away.

    Everybody meets the one before in the device and the one after in the phone; nothing else ties them. One comes every
    fortnight; with a seed up to four days later, to any of the four dealers.
    """
    rng = np.random.default_rng(seed)
    apps = []
    for i in range(members):
        late, dealer = (0.0, i % 4) if seed is None else (4 * float(rng.random()), int(rng.integers(4)))
        holds = {"phone": f"C-own{i}", "device": f"C-device{i // 2}", phone: f"C-phone{(i + 1) // 2}"}
        apps.append(
            App(f"C{i:02d}", 20 + MONTHS * i / (members - 1) + late, f"D{3 + dealer}", f"S{3 + dealer}-{i % 3}", holds=holds)
        )
    return apps


def pieces(gang: list[App], market: int) -> list[set[str]]:
    """The chain's members in each ring that has any; the other customers of a year are those of a seed."""
    found = calibrate_and_judge(shared_columns(facts_from([*ordinary(3_000, market), *gang])), Parameters())[1]
    assert found is not None
    members = {app.id for app in gang}
    rings = [{member for member, _ in ring.members} for ring in found.rings]
    return [ring & members for ring in rings if ring & members]


@pytest.mark.parametrize(("members", "market"), [(16, 0), (21, 1), (30, 2)])
def test_a_chain_whose_links_follow_each_other_at_an_even_pace_is_one_ring(members: int, market: int) -> None:
    gang = chain(members)

    assert pieces(gang, market) == [{app.id for app in gang}]


@pytest.mark.parametrize("seed", range(3))
def test_a_chain_whose_links_come_when_they_can_is_one_ring(seed: int) -> None:
    gang = chain(21, seed)

    assert pieces(gang, market=seed) == [{app.id for app in gang}]


def test_everybody_of_a_long_chain_is_in_a_ring() -> None:
    gang = chain(30, seed=0)

    assert set().union(*pieces(gang, market=0)) == {app.id for app in gang}


@pytest.mark.xfail(strict=True, reason="thirty in one chain are cut in two, and their dealers do not say that they are one")
def test_a_long_chain_whose_links_come_when_they_can_is_one_ring() -> None:
    assert len(pieces(chain(30, seed=0), market=0)) == 1


@pytest.mark.xfail(
    strict=True, reason="an own number that a second person gives months apart looks recycled: slow links say too little"
)
def test_a_short_chain_that_gives_the_gang_s_phones_as_its_own_is_found() -> None:
    assert pieces(chain(16, phone="phone"), market=0)
