"""Print an application as JSON for the demo's check: a stranger who comes with what the riskiest ring shares.

    python bench/demo_application.py EXPORT [WORLD]

WORLD is the folder of a generated world, EXPORT what was exported of its scan; without a world the stranger shares nothing.
"""

from __future__ import annotations

import csv
import gzip
import json
import sys
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


def main() -> None:
    """Print the application."""
    member = _firmest_member(Path(sys.argv[1]))
    rest = _a_day_later(member, Path(sys.argv[2])) if member and len(sys.argv) > 2 else ALONE
    print(json.dumps({"application_id": "DEMO-1", **PERSON, **rest}, ensure_ascii=False, indent=1))


def _firmest_member(export: Path) -> str:
    """Return the application that is tied most firmly to the riskiest ring, which the export has first; "" without rings."""
    with (export / "members.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    ring = [row for row in rows if row["ring_id"] == rows[0]["ring_id"]]
    return max(ring, key=lambda row: float(row["strength"]), default={"application_id": ""})["application_id"]


def _a_day_later(member: str, world: Path) -> dict[str, str]:
    """Return what an application of the world said, without what is its applicant's own, a day later."""
    with gzip.open(world / "applications.csv.gz", "rt", encoding="utf-8", newline="") as file:
        row = next(row for row in csv.DictReader(file) if row["application_id"] == member)
    later = datetime.fromisoformat(row["submitted_at"]) + timedelta(days=1)
    own = {"application_id", "vin", "age", *PERSON}
    return {name: value for name, value in row.items() if value and name not in own} | {"submitted_at": later.isoformat()}


if __name__ == "__main__":
    main()
