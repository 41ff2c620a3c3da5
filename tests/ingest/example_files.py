"""Small tables of the default contract, seeded, with values that pass their checks as far as real ones do."""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

Record = dict[str, str]


def applications(n: int, seed: int = 1, first: int = 0) -> list[Record]:
    """Return n applications; about one in five shares its phone, device or account with an earlier one."""
    rng = random.Random(seed)
    records: list[Record] = []
    start = datetime(2025, 3, 1, 9)
    for i in range(first, first + n):
        record = {
            "application_id": f"AP{i:06}",
            "submitted_at": (start + timedelta(minutes=7 * i)).strftime("%Y-%m-%dT%H:%M:%S+08:00"),
            "updated_at": "",
            "applicant_id": resident_id(rng),
            "applicant_name": rng.choice("王李张刘陈杨黄赵吴周") + "".join(rng.sample("伟芳娜敏静丽强磊军洋", 2)),
            "phone": f"13{rng.randrange(10**9):09}",
            "contact_phone_1": f"15{rng.randrange(10**9):09}",
            "device_id": f"{rng.getrandbits(64):016x}",
            "ip": f"{rng.randrange(11, 99)}.{rng.randrange(255)}.{rng.randrange(255)}.{rng.randrange(1, 255)}",
            "account_no": f"62{rng.randrange(10**14):014}",
            "address": f"天津市{rng.randrange(1, 5000)}号小区{rng.randrange(1, 40)}栋{rng.randrange(1, 30)}室",
            "employer": f"上海科技有限公司{rng.randrange(2000)}号",
            "dealer_id": f"D{rng.randrange(20):03}",
            "salesperson_id": f"S{rng.randrange(60):03}",
            "vin": rng.choice(["LSV", "LTU", "LB3"])
            + "".join(rng.sample("ABCDEFGHJKLMNPR", 4))
            + f"{rng.randrange(10**10):010}",
            "vehicle_model": rng.choice(["哈弗H6", "五菱宏光", "朗逸"]),
            "loan_amount": f"{rng.randrange(30, 300) * 1000}.0",
            "term_months": rng.choice(["24", "36", "48"]),
        }
        if records and rng.random() < 0.2:
            column = rng.choice(["phone", "device_id", "account_no"])
            record[column] = rng.choice(records)[column]
        records.append(record)
    return records


def resident_id(rng: random.Random) -> str:
    """Return an id of a real area whose check digit is right."""
    born = f"{rng.randrange(1960, 2004)}{rng.randrange(1, 13):02}{rng.randrange(1, 29):02}"
    body = rng.choice(["110101", "310104", "440303", "420102"]) + born + f"{rng.randrange(1000):03}"
    total = sum(
        int(digit) * weight for digit, weight in zip(body, (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2), strict=True)
    )
    return body + "10X98765432"[total % 11]


def dealers(n: int = 20) -> list[Record]:
    """Return n dealers."""
    return [{"dealer_id": f"D{i:03}", "dealer_name": f"第{i}汽车销售有限公司", "phone": f"0355-50{i:05}"} for i in range(n)]


def outcomes(records: Sequence[Record]) -> list[Record]:
    """Return an outcome for every third application."""
    return [
        {"application_id": record["application_id"], "outcome": "good", "observed_on": "2025-12-31"} for record in records[::3]
    ]


def as_csv(records: Sequence[Record]) -> str:
    """Return records as CSV text."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(records)
    return text.getvalue()


def write(path: Path, content: str | bytes | Sequence[Record]) -> Path:
    """Write a file and return its path."""
    if not isinstance(content, str | bytes):
        content = as_csv(content)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
