"""What real files look like: numbers in other formats, placeholders, empty fields, addresses without a room."""

from __future__ import annotations

import numpy as np

from ingest.world.table import NONE, PLACEHOLDER, Scene


def formatted_phones(scene: Scene) -> None:
    """One number in twenty-five is written with hyphens, blanks or the country code."""
    apps, rng = scene.apps, scene.rng
    for column, share in ((apps.phone_style, 0.04), (apps.contact_1_style, 0.02), (apps.contact_2_style, 0.02)):
        column[:] = np.where(rng.random(len(apps)) < share, rng.integers(1, 5, len(apps)), 0)


def missing_fields(scene: Scene) -> None:
    """Second contact, device, IP, work phone and vehicle number are empty in two to six of a hundred forms."""
    apps, rng = scene.apps, scene.rng
    shares = ((apps.contact_2, 0.034), (apps.device, 0.054), (apps.ip, 0.03), (apps.work_phone, 0.058), (apps.vin, 0.02))
    for column, share in shares:
        column[rng.random(len(apps)) < share] = NONE


def placeholders(scene: Scene) -> None:
    """Whoever must fill in something writes 13800138000, 无, 0, unknown, 00000000 or a dash."""
    apps, rng = scene.apps, scene.rng
    for column, kinds, share in ((apps.contact_2, 3, 0.0058), (apps.device, 2, 0.0036), (apps.work_phone, 2, 0.0094)):
        chosen = rng.random(len(apps)) < share
        column[chosen] = PLACEHOLDER - rng.integers(0, kinds, int(chosen.sum()))


def place_only_addresses(scene: Scene) -> None:
    """One address in twelve names the compound and no flat."""
    apps, rng = scene.apps, scene.rng
    chosen = rng.random(len(apps)) < 0.08
    apps.home[chosen] = apps.home[chosen] // 1_000_000 * 1_000_000


def address_spellings(scene: Scene) -> None:
    """Buildings and rooms are written in several ways: 栋 or 号楼, 室 or 房."""
    apps, rng = scene.apps, scene.rng
    style = rng.choice(3, len(apps), p=[0.985, 0.01, 0.005])
    apps.address_style[:] = np.where((style > 0) & (apps.address_style == 0), style + 2, apps.address_style)
