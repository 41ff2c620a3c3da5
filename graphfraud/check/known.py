"""What the last scan left for the checks: its calibration, and the rings that it found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import chain, islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.detection.calibration import Calibration
from graphfraud.detection.columns import Applications
from graphfraud.detection.judge import Findings
from graphfraud.detection.parameters import Parameters

MEMBERS = "members.parquet"  # ring_id, application_id, dealer_id ("" none), submitted_ms
DAY_MS = 86_400_000
# A ring that was last seen longer ago is not expected at a dealer's any more: circumstance attaches nobody more than twenty
# days after the last member (`detection.attach`), and members may have come since the scan.
STILL_AT_WORK = 30 * DAY_MS
RINGS_AT_DEALER = 3  # the latest: a check stays small at a dealer who sends many gangs
MEMBERS_AT_DEALER = 60
MEMBERS_OF_RING = 200  # the latest: whether an application joins a ring, fewer tell; what ties it to others was met by itself


@dataclass(frozen=True)
class KnownRings:
    """Members by ring in order of submission, the oldest ring first; ring by member; and the rings by dealer, the latest first
    with its last day.
    """

    members: dict[str, tuple[str, ...]] = field(default_factory=dict)
    ring_of: dict[str, str] = field(default_factory=dict)
    at_dealer: dict[str, list[tuple[int, str]]] = field(default_factory=dict)

    def with_members(self, application_ids: Iterable[str], most: int) -> Iterator[str]:
        """Yield at most so many members of the rings that some applications belong to, whatever the order of those.

        The ring that most of them belong to goes first, and of each the latest MEMBERS_OF_RING.
        """
        found = Counter(self.ring_of[name] for name in application_ids if name in self.ring_of)
        rings = sorted(found, key=lambda ring: (-found[ring], ring))
        return islice(chain.from_iterable(self.members[ring][-MEMBERS_OF_RING:] for ring in rings), most)

    def near(self, dealer_id: str, submitted_ms: int) -> Iterator[str]:
        """Yield the members of the rings that worked at a dealer's lately."""
        lately = [ring for last, ring in self.at_dealer.get(dealer_id, ()) if abs(submitted_ms - last) <= STILL_AT_WORK]
        for ring_id in lately[:RINGS_AT_DEALER]:
            yield from self.members[ring_id][-MEMBERS_AT_DEALER:]


@dataclass(frozen=True)
class Known:
    """One scan as the checks need it; folder: where its files are; parameters: those that it was made with."""

    folder: Path
    calibration: Calibration
    rings: KnownRings
    parameters: Parameters

    @property
    def scan_id(self) -> str:
        """Its id, which names its folder."""
        return self.folder.name

    @cached_property
    def hub_tokens(self) -> frozenset[tuple[int, int]]:
        """Code of the kind and token of each hub."""
        hubs = self.calibration.hubs
        return frozenset(zip(hubs.kind.tolist(), hubs.token.tolist(), strict=True))


def write_members(folder: Path, a: Applications, findings: Findings) -> None:
    """Write the members of the rings of a scan for the checks that come after it."""
    ring = findings.ring_numbers()
    rows = np.flatnonzero(ring >= 0)
    dealer = a.dealer[rows]
    names = np.append(a.dealer_ids, "")  # the last where a code of -1 looks
    table = pa.table(
        {
            "ring_id": pa.array([findings.rings[number].ring_id for number in ring[rows].tolist()], pa.string()),
            "application_id": a.application_id[rows].plain,
            "dealer_id": pa.array(names[dealer].tolist(), pa.string()),
            "submitted_ms": a.submitted_ms[rows],
        }
    )
    pq.write_table(table, folder / MEMBERS, compression="zstd")


def read_known(folder: Path, parameters: Parameters) -> Known:
    """Read what the scan in a folder left; raise OSError or ValueError where it is no scan of this program's version."""
    calibration = Calibration.from_bytes((folder / "calibration.npz").read_bytes())
    return Known(folder, calibration, read_rings(folder), parameters)


def read_rings(folder: Path) -> KnownRings:
    """Read the rings of the scan in a folder; raise OSError or ValueError where it is none."""
    rows = pq.read_table(folder / MEMBERS).sort_by([("submitted_ms", "ascending"), ("application_id", "ascending")]).to_pylist()
    members: dict[str, list[str]] = {}
    last: dict[tuple[str, str], int] = {}
    for row in rows:
        members.setdefault(row["ring_id"], []).append(row["application_id"])
        if row["dealer_id"]:
            last[row["dealer_id"], row["ring_id"]] = row["submitted_ms"]
    at_dealer: dict[str, list[tuple[int, str]]] = {}
    for (dealer, ring), day in sorted(last.items(), key=lambda item: (item[0][0], -item[1], item[0][1])):
        at_dealer.setdefault(dealer, []).append((day, ring))
    ring_of = {member: ring for ring, found in members.items() for member in found}
    return KnownRings({ring: tuple(found) for ring, found in members.items()}, ring_of, at_dealer)
