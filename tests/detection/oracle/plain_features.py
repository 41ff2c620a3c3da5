"""The features of a group of applications again, one group at a time."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Sequence

import numpy as np
from plain_ties import Run, persons_of
from small_worlds import Row


def market_of(rows: Sequence[Row]) -> dict[str, tuple[float, float]]:
    """Median and standard deviation of every amount among the applications that have it."""
    known = {name: [x for row in rows if not math.isnan(x := amount(row))] for name, amount in AMOUNTS.items()}
    return {name: (statistics.median(x), max(statistics.pstdev(x), 1e-6)) for name, x in known.items()}


AMOUNTS = {
    "loan_to_value": lambda row: row.loan / row.price,
    "price": lambda row: math.log(max(row.price, 1)),
    "income": lambda row: math.log(max(row.income, 1)) if not math.isnan(row.income) else math.nan,
    "age": lambda row: row.age,
}


def standardised(row: Row, name: str, market: dict[str, tuple[float, float]]) -> float:
    """An amount in the market's standard deviations, at most four."""
    middle, spread = market[name]
    return min(max((AMOUNTS[name](row) - middle) / spread, -4.0), 4.0)


def features(group: Sequence[int], rows: Sequence[Row], unit: Sequence[int], runs: Sequence[Run]) -> dict[str, float]:
    """Every feature by its name."""
    mine, size = [rows[i] for i in group], len(group)
    person = persons_of(rows)
    units = {unit[i] for i in group}
    shared = [(run, len(inside)) for run in runs if len(inside := [i for i in run.users if unit[i] in units]) > 1]
    pairs = len(units) * (len(units) - 1) / 2
    days = [row.day for row in mine]
    dealers = {row.dealer for row in mine if row.dealer}
    market = market_of(rows)

    def top(values: Sequence[str]) -> float:
        return max(Counter(value for value in values if value).values(), default=0) / size

    def spread(name: str) -> float:
        known = [z for row in mine if not math.isnan(z := standardised(row, name, market))]
        return statistics.pstdev(known) if known else 1.0

    return {
        "log_size": math.log10(size),
        "kinds_shared": len({run.link.kind for run, _ in shared}),
        "identifiers_per_member": len(shared) / size,
        "log_weighted_density": sum(inside / math.log(len(run.all_users) + 5) for run, inside in shared) / size,
        "cohesion": float(np.mean([inside / len(units) for _, inside in shared])) if shared else 0.0,
        "ties_per_pair": math.log10(1 + sum(inside * (inside - 1) / 2 for _, inside in shared) / max(pairs, 1)),
        "mean_tempo": float(np.mean([run.tempo for run, _ in shared])) if shared else 0.0,
        "largest_tempo": max((run.tempo for run, _ in shared), default=0.0),
        "log_duration": math.log10(1 + max(days) - min(days)),
        "dealers_per_member": len(dealers) / size,
        "log_dealers": math.log10(1 + len(dealers)),
        "night_share": sum(row.hour >= 22 or row.hour < 7 for row in mine) / size,
        "salesperson_concentration": top([row.seller for row in mine]),
        "surname_concentration": top([row.surname for row in mine]),
        "employer_concentration": top([row.of("employer") for row in mine]),
        "building_concentration": top([row.building for row in mine]),
        "loan_to_value_spread": spread("loan_to_value"),
        "price_spread": spread("price"),
        "income_spread": spread("income"),
        "applications_per_person": size / len({person[i] for i in group}),
    }
