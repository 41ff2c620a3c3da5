"""Print an application as JSON for the demo's check: a stranger with the device and the account that a ring shares.

    python bench/demo_application.py EXPORT [WORLD]

WORLD is the folder of a generated world, EXPORT what was exported of its scan; without a world the stranger shares nothing.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path

PERSON = {"applicant_id": "420102200012159004", "applicant_name": "梁勇娟", "phone": "171-9327-5473"}
ALONE = {
    "submitted_at": "2025-06-01T02:24:00+08:00",
    "device_id": "29c5c21fa103b12f",
    "account_no": "6293910324226789",
    "address": "天津市2094号小区25栋18室",
    "dealer_id": "D00081",
    "monthly_income": 2707,
    "vehicle_price": 118124,
    "down_payment": 37567,
    "loan_amount": 80557,
    "term_months": 36,
}
SHARED = ("device_id", "account_no")


def main() -> None:
    """Print the application."""
    shared = _of_a_ring(_members(Path(sys.argv[1])), Path(sys.argv[2])) if len(sys.argv) > 2 else {}
    print(json.dumps({"application_id": "DEMO-1", **PERSON, **ALONE, **shared}, ensure_ascii=False, indent=1))


def _members(export: Path) -> dict[str, str]:
    """Return the ring of each application that is in one, those of the riskiest ring first, as the export has them."""
    with (export / "members.csv").open(encoding="utf-8", newline="") as file:
        return {row["application_id"]: row["ring_id"] for row in csv.DictReader(file)}


def _of_a_ring(ring_of: dict[str, str], world: Path) -> dict[str, str]:
    """Return device and account of the riskiest ring that shares one of each, a day after the device was used last."""
    rings: dict[str, list[dict[str, str]]] = {ring: [] for ring in ring_of.values()}
    with gzip.open(world / "applications.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["application_id"] in ring_of:
                rings[ring_of[row["application_id"]]].append(row)
    for rows in rings.values():
        most = {name: Counter(row[name] for row in rows if row[name]).most_common(1) for name in SHARED}
        if all(found and found[0][1] > 1 for found in most.values()):
            used = [row["submitted_at"] for row in rows if row["device_id"] == most["device_id"][0][0]]
            last = max(datetime.fromisoformat(at) for at in used if at)
            later = (last + timedelta(days=1)).isoformat()
            return {**{name: found[0][0] for name, found in most.items()}, "submitted_at": later}
    return {}


if __name__ == "__main__":
    main()
