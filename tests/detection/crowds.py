"""Random applications that share nearly everything they hold, and what a check sees of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from factories import App, token_of
from hypothesis import strategies as st

from graphfraud.detection.columns import Applications, Hidden
from graphfraud.detection.signals import BUSY

KINDS = ("phone", "phone.contact_1", "device", "account", "address", "vehicle", "email", "employer", "person")


@st.composite
def crowded(draw: st.DrawFn, most: int = 70) -> list[App]:
    """Few identifiers, so that all of them are shared, some (of more than BUSY applications) until they are busy."""
    seed, count = draw(st.integers(0, 2**32 - 1)), draw(st.integers(2, most))
    rng = np.random.default_rng(seed)
    apps = []
    for i in range(count):
        kinds = [kind for kind in KINDS if rng.random() < 0.5]
        holds = {kind: f"{kind.split('.')[0]}{int(rng.zipf(1.4)) % 9}" for kind in kinds}
        apps.append(
            App(
                f"N{i:03d}",
                None if rng.random() < 0.02 else float(rng.integers(0, 500)),
                f"D{rng.integers(4)}",
                surname=f"s{rng.integers(6)}",
                name=f"n{rng.integers(4)}",
                age=float(rng.integers(20, 60)),
                birth_year=1990.0,
                holds={"person": f"own{i}"} | holds,
            )
        )
    return apps


def neighbourhood(arrived: list[App], row: int) -> tuple[list[App], np.ndarray]:
    """One who arrived, its person's latest, and who holds its identifiers by its time, unless those are busy."""
    app = arrived[row]
    later = [other for other in arrived[row + 1 :] if app.day is not None and other.day == app.day]
    before = arrived[:row] + later
    mine = {(kind.split(".")[0], value) for kind, value in app.holds.items()}
    holders = {one: [b for b in before if one in {(k.split(".")[0], v) for k, v in b.holds.items()}] for one in mine}
    near = {app.id: app}
    busy = []
    for one, held in holders.items():
        if one[0] == "person":
            held = held[-BUSY:]
        elif len(held) >= BUSY:
            busy.append(token_of(*one))
            continue
        near |= {other.id: other for other in held}
    return list(near.values()), np.array(busy, dtype=np.uint64)


def hiding(part: Applications, busy: np.ndarray) -> Applications:
    """The part as it is told that it does not show all who hold identifiers with these tokens."""
    known = np.isin(part.identifier_token, busy)
    nothing, never = np.zeros(len(known), np.int64), np.zeros(len(known))
    return replace(
        part,
        hidden=Hidden(
            known,
            nothing,
            nothing,
            nothing,
            never,
            nothing,
            never,
            nothing,
            never,
            np.zeros(len(known), bool),
            nothing.astype(np.uint64),
        ),
    )
