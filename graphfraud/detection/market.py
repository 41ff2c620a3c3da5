"""The market a ring hides in: how much each dealer and salesperson sends, over how long, at which amounts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.clocks import AllClocks
from graphfraud.detection.columns import Applications, Floats, Ints

LEAST_SPREAD = 1e-6  # an amount that is the same everywhere likens nobody to anybody
MOST_FIGURES = 4096  # incomes to the digit whose share is known; whatever is not among them is as rare as the rarest
AMOUNTS: tuple[str, ...] = ("loan_to_value", "price", "income", "age")  # price and income by their logarithms


@dataclass(frozen=True)
class Market:
    """What the whole looks like.

    applications: how many; span: days from the first to the last; amount_middle and amount_spread: median and standard
    deviation of each of AMOUNTS. figure, figure_share: the most frequent incomes to the digit, in order, and the share of
    applications that give each; rare_share: of any other.
    """

    applications: int
    span: float
    amount_middle: Floats
    amount_spread: Floats
    figure: Floats
    figure_share: Floats
    rare_share: float


@dataclass(frozen=True)
class LocalMarket:
    """The market seen with the codes of one part of the data.

    dealer_count, salesperson_count: applications of each code in the whole; dealer_share: the same as a share of all.
    amounts: standardised amounts of each application, one row for each of AMOUNTS, NaN where missing (or the same
    everywhere), clipped to ±4. figure_share: share of all applications that give the same income to the digit, NaN where
    none is given.
    """

    dealer_count: Floats
    dealer_share: Floats
    salesperson_count: Floats
    amounts: Floats
    figure_share: Floats
    applications: int
    span: float

    def amount(self, name: str) -> Floats:
        """Return one of AMOUNTS, by application."""
        return np.asarray(self.amounts[AMOUNTS.index(name)])


def learn_market(a: Applications) -> Market:
    """Learn the market from the applications."""
    amounts = _amounts(a)
    with np.errstate(all="ignore"):
        known = [column[~np.isnan(column)] for column in amounts]
    middle = np.array([np.median(column) if len(column) else 0.0 for column in known])
    spread = np.array([max(float(np.std(column)), LEAST_SPREAD) if len(column) else LEAST_SPREAD for column in known])
    return Market(len(a), max(30.0, float(np.ptp(a.day)) if len(a) else 0.0), middle, spread, *_figures(a.income))


def local_market(a: Applications, market: Market, clocks: AllClocks) -> LocalMarket:
    """Look up the market for the dealers, salespersons and applications of a part."""
    dealers = _counts(clocks.dealers.index(a.dealer_ids), clocks.dealers.count)
    sellers = clocks.salespersons.index(a.salesperson_ids)
    sellers_count = _counts(sellers, clocks.salespersons.count)
    z = (_amounts(a) - market.amount_middle[:, None]) / market.amount_spread[:, None]
    total = max(market.applications, 1)
    return LocalMarket(
        dealers,
        dealers / total,
        sellers_count,
        np.clip(np.where(market.amount_spread[:, None] > LEAST_SPREAD, z, np.nan), -4, 4),
        _figure_shares(a.income, market),
        total,
        market.span,
    )


def _figures(income: Floats) -> tuple[Floats, Floats, float]:
    """The most frequent incomes to the digit, in order; the share of each; the share of one that is not among them."""
    known = income[~np.isnan(income)]
    if len(known) == 0:
        return np.empty(0), np.empty(0), 1.0
    figure, count = np.unique(known, return_counts=True)
    kept = np.sort(np.lexsort((figure, -count))[:MOST_FIGURES])
    # who asks has it too: a figure that only two give is one that two give by chance
    least = max(2, int(count[kept].min()))
    return figure[kept], np.maximum(count[kept], least) / len(known), min(least / len(known), 1.0)


def _figure_shares(income: Floats, market: Market) -> Floats:
    at = np.minimum(np.searchsorted(market.figure, income), max(len(market.figure) - 1, 0))
    if len(market.figure) == 0:
        return np.where(np.isnan(income), np.nan, market.rare_share)
    share = np.where(market.figure[at] == income, market.figure_share[at], market.rare_share)
    return np.where(np.isnan(income), np.nan, share)


def _amounts(a: Applications) -> Floats:
    with np.errstate(all="ignore"):
        ratio = a.loan / a.price
        ratio[~np.isfinite(ratio)] = np.nan
        by_name = {
            "loan_to_value": ratio,
            "price": np.log(np.clip(a.price, 1, None)),
            "income": np.log(np.clip(a.income, 1, None)),
            "age": a.age,
        }
        return np.stack([by_name[name] for name in AMOUNTS])


def _counts(clock: Ints, count: Ints) -> Floats:
    """Applications of each code; a newcomer counts half an application."""
    if len(clock) == 0:
        return np.empty(0)
    return np.where(clock >= 0, count[np.maximum(clock, 0)] if len(count) else 0, 0.5).astype(np.float64)
