"""What can tie applications together: the shared identifiers, and what is derived from several of them.

Reach: the component. Derived here rather than at intake because they depend on who else is there: numbers that stand in
a row, a work phone that mostly belongs to another employer, strangers who vouch for one another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from graphfraud.detection.columns import KIND_CODE, ROLE_CODE, Applications, Bools, Ints
from graphfraud.detection.ordering import begins, cells, connected, first_appearance, order_by
from graphfraud.detection.parameters import EvidenceParams
from graphfraud.detection.units import Units
from graphfraud.schema import DERIVED_EVIDENCE, KINDS, RANGES

# kinds of evidence: the identifier kinds, and four that detection derives
EVIDENCE_KINDS: tuple[str, ...] = (*(kind.name for kind in KINDS), *(derived.name for derived in DERIVED_EVIDENCE))
EVIDENCE_CODE = {name: code for code, name in enumerate(EVIDENCE_KINDS)}
IN_ROW = tuple(derived for derived in DERIVED_EVIDENCE if derived.name.endswith("_in_row"))
# ties that stand on several identifiers
CHAINED = tuple(derived for derived in DERIVED_EVIDENCE if derived in IN_ROW or derived.name == "vouching")
NO_EVIDENCE = (*RANGES, "person")  # the same person again is no other one
BLOCK = 256  # more than a block has places

# how far apart numbers may stand in a row, by kind of evidence
RowReach = Mapping[str, int]


@dataclass(frozen=True)
class Links:
    """Applications and what ties them.

    application, identifier: one row a tie, ordered by identifier and application; kind (index of EVIDENCE_KINDS), owned
    (somebody's own phone) and cited (the identifier of the columns to show) by identifier; distinct: how many
    identifiers of each kind there are, shared or not.
    """

    application: Ints
    identifier: Ints
    kind: Ints
    owned: Bools
    cited: Ints
    distinct: Ints


def tie_applications(a: Applications, units: Units, row_reach: RowReach, params: EvidenceParams) -> Links:
    """Collect the ties: shared identifiers that are evidence, numbers in a row, mismatched work phones, chains of vouching."""
    keep = np.ones(len(a.occ_identifier), bool)
    for name in NO_EVIDENCE:
        keep[a.occurrences(name)] = False
    parts = [
        (a.occ_application[keep], a.occ_identifier[keep], a.identifier_kind, units.owned, np.arange(len(a.identifier_kind)))
    ]
    for row in IN_ROW:
        parts.append(_derived(row.name, *_numbers_in_row(a, row.cites, row_reach[row.name])))
    parts.append(_derived("work_phone_mismatch", *_mismatched_work_phones(a)))
    parts.append(_derived("vouching", *_vouching(a, units, params.most_vouched)))
    offset = np.cumsum([0, *(len(part[2]) for part in parts)])
    application = np.concatenate([part[0] for part in parts])
    identifier = np.concatenate([part[1] + base for part, base in zip(parts, offset, strict=False)])
    distinct = np.zeros(len(EVIDENCE_KINDS), np.int64)
    distinct[: len(a.distinct)] = a.distinct
    for derived in DERIVED_EVIDENCE:
        distinct[EVIDENCE_CODE[derived.name]] = a.distinct[KIND_CODE[derived.among]]
    return Links(
        application,
        identifier,
        np.concatenate([part[2] for part in parts]),
        np.concatenate([part[3] for part in parts]),
        np.concatenate([part[4] for part in parts]),
        np.maximum(distinct, 1),
    )


def learn_row_reach(a: Applications, params: EvidenceParams) -> RowReach:
    """Learn how far apart numbers may stand and still be nearer than chance brings them.

    The share of numbers that meet another in their block of a hundred gives the density d of numbers; a neighbour within
    r has chance 1 - exp(-r d), which is held below `row_chance`.
    """
    reach = {}
    for row in IN_ROW:
        blocks = a.occurrences(row.cites)
        in_whole = np.zeros(len(a), bool)
        in_whole[a.occ_application[blocks][a.occ_role[blocks] == ROLE_CODE[row.cites, "whole"]]] = True
        meeting = min(int(in_whole.sum()) / max(int(a.distinct[KIND_CODE[row.among]]), 1), 0.99)
        density = max(-np.log1p(-meeting) / 100.0, 1e-9)
        reach[row.name] = int(np.clip(-np.log1p(-params.row_chance) / density, 1, params.row_most))
    return reach


def _derived(name: str, application: Ints, group: Ints, cited: Ints) -> tuple[Ints, Ints, Ints, Bools, Ints]:
    count = len(cited)
    return application, group, np.full(count, EVIDENCE_CODE[name]), np.zeros(count, bool), cited


def _numbers_in_row(a: Applications, block_kind: str, reach: int) -> tuple[Ints, Ints, Ints]:
    """Group applications whose numbers stand close in one block of a hundred, or in the one shifted by fifty.

    Whether so close means anything is for the evidence to say: where blocks are full, sharing one is not rare.
    """
    rows = a.occurrences(block_kind)
    block, position = a.occ_identifier[rows], a.occ_position[rows].astype(np.int64)
    order = order_by((block - block.min(initial=0)) * BLOCK + position)
    block, application, position = block[order], a.occ_application[rows][order], position[order]
    near = (block[1:] == block[:-1]) & (position[1:] - position[:-1] <= reach)
    label = connected(len(a), application[:-1][near], application[1:][near])
    apart = near & (position[1:] != position[:-1])  # one number that comes twice is no row
    in_row = np.zeros(len(a), bool)
    in_row[label[application[:-1][apart]]] = True
    is_member = np.zeros(len(a), bool)
    is_member[application[:-1][near]] = True
    is_member[application[1:][near]] = True
    member = np.flatnonzero(is_member)
    member = member[in_row[label[member]]]
    group = first_appearance(label[member])
    cited = np.full(int(group.max(initial=-1)) + 1, -1, np.int64)
    of_application = np.full(len(a), -1, np.int64)
    of_application[application[::-1]] = block[::-1]
    cited[group[::-1]] = of_application[member[::-1]]
    order = order_by(group)
    return member[order], group[order], cited


def _vouching(a: Applications, units: Units, most: int) -> tuple[Ints, Ints, Ints]:
    """Group applications of strangers who vouch for one another: one names the other's own phone as a contact, and so on.

    Naming a friend who applies too is common, a chain of such friends is not: how rare so long a chain is, the evidence
    says. A number that many name (an agent's, a colleague's) links nobody.
    """
    phones = a.occurrences("phone")
    named = phones.start + np.flatnonzero(units.owned[a.occ_identifier[phones]])
    application, phone = a.occ_application[named], a.occ_identifier[named]
    unit = units.unit[application]
    users = np.bincount(cells(phone, unit).group, minlength=len(a.identifier_kind))
    if a.hidden is not None:
        users = np.where(a.hidden.known, a.hidden.users, users)
    # two who give one number as their own share a phone, and have named nobody
    as_contact = phone[a.occ_role[named] != ROLE_CODE["phone", "own"]]
    is_named = np.bincount(as_contact, minlength=len(a.identifier_kind)) > 0
    few = (users[phone] >= 2) & (users[phone] <= most) & is_named[phone]
    application, phone, unit = application[few], phone[few], unit[few]
    label = connected(units.count + len(a.identifier_kind), unit, units.count + phone)[unit]
    order = order_by(application)  # of one application in order of the phone, as they come
    order = order[order_by(label[order])]
    label, application, phone = label[order], application[order], phone[order]
    group = first_appearance(label)
    new = np.ones(len(group), bool)
    new[1:] = (np.diff(group) != 0) | (np.diff(application) != 0)
    cited = np.full(int(group.max(initial=-1)) + 1, -1, np.int64)
    cited[group[::-1]] = phone[::-1]
    return application[new], group[new], cited


def _mismatched_work_phones(a: Applications) -> tuple[Ints, Ints, Ints]:
    """Group applications at one dealer that quote a work phone whose other users mostly name another employer."""
    application, phone = work_phones_of_firms(a)
    if len(application) == 0:
        return application, application, application
    employer, dealer = a.employer[application], a.dealer[application]
    main = main_employer(phone, employer)
    odd = (main >= 0) & (main != employer)
    if a.hidden is not None:
        token = a.hidden.main_employer[phone]
        odd = np.where(a.hidden.known[phone], (token != 0) & (token != a.employer_tokens[employer]), odd)
    application, phone, dealer = application[odd], phone[odd], dealer[odd]
    together = cells(phone, dealer)
    group = np.empty(len(phone), np.int64)
    group[together.row] = np.repeat(np.arange(len(together.group)), together.count)
    order = order_by(group)
    return application[order], group[order], together.group


def work_phones_of_firms(a: Applications) -> tuple[Ints, Ints]:
    """Return the applications that quote a shared work phone and name employer and dealer, with the phone; by phone."""
    rows = a.occurrences("work_phone")
    application, phone = a.occ_application[rows], a.occ_identifier[rows]
    known = (a.employer[application] >= 0) & (a.dealer[application] >= 0)
    return application[known], phone[known]


def main_employer(phone: Ints, employer: Ints) -> Ints:
    """Return for each use of a work phone, in order of phone, the employer that more than half of its uses name, -1 if none."""
    pairs = cells(phone, employer)
    head = np.flatnonzero(begins(pairs.group))
    most = np.maximum.reduceat(pairs.count, head) if len(head) else head
    which = np.cumsum(begins(phone)) - 1
    of_pair = np.repeat(np.arange(len(head)), np.diff(head, append=len(pairs.group)))
    is_most = np.flatnonzero(pairs.count == most[of_pair])
    main = is_most[begins(of_pair[is_most])]
    return np.asarray(np.where((most / np.bincount(which, minlength=len(head)))[which] > 0.5, pairs.value[main][which], -1))
