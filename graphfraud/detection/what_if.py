"""What shared identifiers could say at most, if neither folds nor dealers explained them.

Taking evidence away also takes explanations away: without the account that makes a fleet one unit, its members are
strangers who share a phone; without the dealer, the store's tablet is a device that strangers share. A reason's claim has
to hold then, too, and what would speak up has to be cited.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphfraud.detection.clocks import Clocks
from graphfraud.detection.columns import Applications, Bools, Floats, Ints
from graphfraud.detection.evidence import Priors, heaviest
from graphfraud.detection.links import Links
from graphfraud.detection.ordering import least_and_most, pairs
from graphfraud.detection.parameters import EvidenceParams, RunParams
from graphfraud.detection.runs import LEAST_STEP, Runs, surprise
from graphfraud.detection.units import Units


@dataclass(frozen=True)
class Usual:
    """What is known of the usual: priors of evidence, the market's clock, how runs are cut."""

    priors: Priors
    market: Clocks
    runs: RunParams


@dataclass(frozen=True)
class Held:
    """Identifiers that two or more persons of a community hold, one row a (community, identifier).

    persons who hold it there, users anywhere (units, or persons if there are more); first_day, last_day there; folds:
    whether persons of one unit share it. of_member: the row of
    each member's tie asked for, -1 where only one person holds it.
    """

    community: Ints
    identifier: Ints
    persons: Ints
    users: Ints
    first_day: Floats
    last_day: Floats
    folds: Bools
    of_member: Ints


def pairs_shared(a: Applications, units: Units, links: Links, runs: Runs, community_of: Ints, member: Ints) -> Held:
    """Collect what members share; member are rows of the links whose applications are in a community."""
    application = links.application[member]
    base = len(links.kind) + 1
    key = community_of[application] * base + links.identifier[member]
    holder, _ = pairs(np.unique(key, return_inverse=True)[1], a.person[application])
    every, pair = np.unique(key, return_inverse=True)
    persons = np.bincount(holder, minlength=len(every))
    units_there = np.bincount(pairs(pair, units.unit[application])[0], minlength=len(every))
    first, last = least_and_most(pair, a.day[application], len(every))
    users = np.zeros(base, np.int64)
    users[runs.identifier] = runs.all_units
    identifier = every % base
    several = persons > 1
    number = np.where(several, np.cumsum(several) - 1, -1)
    return Held(
        every[several] // base,
        identifier[several],
        persons[several],
        np.maximum(users[identifier], persons)[several],
        first[several],
        last[several],
        (persons > units_there)[several],
        number[pair],
    )


def at_most(links: Links, runs: Runs, held: Held, departure: Floats, usual: Usual, params: EvidenceParams) -> Floats:
    """Evidence (decimal orders, 0 if none) of each held identifier if every person were a unit and no dealer explained it.

    departure is what it adds that its holders are unlike customers. Tempo is against the market's clock; rarity and odds
    are those of whichever structure of the kind says more.
    """
    if len(held.community) == 0:
        return np.empty(0)
    tempo = None
    if runs.timed:
        clock = np.zeros(len(held.community), np.int64)
        width = usual.market.read(clock, held.last_day) - usual.market.read(clock, held.first_day)
        tempo = surprise(held.persons, held.users, np.maximum(width, LEAST_STEP), usual.runs)
    kind, owned = links.kind[held.identifier], links.owned[held.identifier]
    return heaviest(kind, owned, held.persons, held.users, tempo, departure, usual.priors, params)
