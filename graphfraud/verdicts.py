"""What investigators found out about rings, and what it proves about those above a risk.

A verdict file says of some rings whether they are confirmed or cleared. From it follows, without any model, an upper bound
for the share of false rings, exact for the binomial (Clopper, Pearson, Biometrika 26 (1934) 404-413), given how the rings
were chosen: a random sample speaks for all rings above the risk; a list worked from the top speaks for itself only, so
rings above the risk without a verdict count as false.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from scipy.stats import beta

from graphfraud.errors import FileError, SettingError
from graphfraud.results import Ring

Sample = Literal["random", "top"]
VERDICTS = ("confirmed", "cleared")


@dataclass(frozen=True)
class AuditedRate:
    """What verdicts prove about the rings of a risk or more.

    rings: how many there are; confirmed and cleared: verdicts on them; stated: highest q among them (None: none computed);
    bound: with the asked confidence the share of false ones is no higher (1 where there is no verdict).
    """

    risk: float
    rings: int
    confirmed: int
    cleared: int
    stated: float | None
    bound: float


def audited_bound(confirmed: int, cleared: int, unseen: int = 0, confidence: float = 0.95) -> float:
    """Return the exact upper confidence bound (0–1) for the share of false rings.

    `confirmed` and `cleared` count verdicts on a random sample, or on a whole list of which `unseen` have none and count
    as false. The true share is higher with probability 1 - confidence at most. Raises ValueError for counts below 0.
    """
    if min(confirmed, cleared, unseen) < 0 or not 0 < confidence < 1:
        raise ValueError(
            f"counts {confirmed}, {cleared}, {unseen} and confidence {confidence}: counts ≥ 0, confidence in (0, 1)"
        )
    false = cleared + unseen
    if confirmed == 0:
        return 1.0
    return float(beta.ppf(confidence, false + 1, confirmed))


def audited_rate(
    rings: Sequence[Ring],
    verdicts: Mapping[str, bool],
    risk: float,
    sample: Sample = "random",
    confidence: float = 0.95,
) -> AuditedRate:
    """Say what verdicts (ring id → confirmed) prove about the rings of a risk or more."""
    if not 0 < confidence < 1:
        raise SettingError(f"--confidence {confidence:g}: give a share between 0 and 1, such as 0.95")
    above = [ring for ring in rings if ring.risk >= risk]
    known = [verdicts[ring.ring_id] for ring in above if ring.ring_id in verdicts]
    confirmed = sum(known)
    cleared = len(known) - confirmed
    unseen = len(above) - len(known) if sample == "top" else 0
    stated = [ring.q for ring in above if ring.q is not None]
    bound = audited_bound(confirmed, cleared, unseen, confidence)
    return AuditedRate(risk, len(above), confirmed, cleared, max(stated) if stated else None, bound)


def read_verdicts(path: Path) -> dict[str, bool]:
    """Read a CSV file with the columns ring_id and verdict (confirmed, cleared; empty: open) into ring id → confirmed.

    Raises FileError that names the line.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [name for name in ("ring_id", "verdict") if name not in (reader.fieldnames or ())]
            if missing:
                raise FileError(f"{path} is no file of verdicts: it has no column {', '.join(missing)}")
            return _verdicts(path, reader)
    except FileNotFoundError as error:
        raise FileError(f"there is no file {path}; give a CSV file with the columns ring_id and verdict") from error
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FileError(f"{path} cannot be read as CSV in UTF-8; give the columns ring_id and verdict") from error


def _verdicts(path: Path, reader: csv.DictReader[str]) -> dict[str, bool]:
    known: dict[str, bool] = {}
    for row in reader:
        ring_id, verdict = (row["ring_id"] or "").strip(), (row["verdict"] or "").strip().lower()
        if not verdict:
            continue
        where = f"{path}, line {reader.line_num}"
        if not ring_id:
            raise FileError(f"{where}: a verdict without a ring_id")
        if verdict not in VERDICTS:
            raise FileError(f"{where}: verdict {verdict[:20]!r} of ring {ring_id[:20]}; write confirmed or cleared, or nothing")
        confirmed = verdict == "confirmed"
        if known.get(ring_id, confirmed) != confirmed:
            raise FileError(f"{where}: ring {ring_id[:20]} is both confirmed and cleared; keep one verdict")
        known[ring_id] = confirmed
    return known
