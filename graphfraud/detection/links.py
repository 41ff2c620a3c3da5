"""What can tie applications together: the shared identifiers, and what is derived from several of them.

Reach: the component. Derived here rather than at intake because they depend on who else is there: numbers that stand in
a row, and a work phone that mostly belongs to another employer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from graphfraud.detection.columns import KIND_CODE, ROLE_CODE, Applications, Bools, Ints, first_appearance
from graphfraud.detection.parameters import EvidenceParams
from graphfraud.schema import KINDS

# kinds of evidence: the identifier kinds, and three that detection derives
EVIDENCE_KINDS: tuple[str, ...] = (*(kind.name for kind in KINDS), "phones_in_row", "accounts_in_row", "work_phone_mismatch")
EVIDENCE_CODE = {name: code for code, name in enumerate(EVIDENCE_KINDS)}
# a range of a carrier's or a bank's numbers ties nobody by itself; a compound only where it is all that is known
IN_ROW = (("phones_in_row", "phone_block", "phone"), ("accounts_in_row", "account_block", "account"))
NO_EVIDENCE = tuple(EVIDENCE_CODE[name] for name in ("phone_block", "account_block", "ip_range", "person"))

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


def tie_applications(a: Applications, owned: Bools, row_reach: RowReach) -> Links:
    """Collect the ties: shared identifiers that are evidence, numbers in a row, mismatched work phones."""
    kind = a.identifier_kind[a.occ_identifier]
    only = ROLE_CODE["compound", "only"]
    keep = ~np.isin(kind, NO_EVIDENCE) & ((kind != EVIDENCE_CODE["compound"]) | (a.occ_role == only))
    parts = [(a.occ_application[keep], a.occ_identifier[keep], a.identifier_kind, owned, np.arange(len(a.identifier_kind)))]
    for name, base, _ in IN_ROW:
        parts.append(_derived(name, *_numbers_in_row(a, KIND_CODE[base], row_reach[name])))
    parts.append(_derived("work_phone_mismatch", *_mismatched_work_phones(a)))
    offset = np.cumsum([0, *(len(part[2]) for part in parts)])
    application = np.concatenate([part[0] for part in parts])
    identifier = np.concatenate([part[1] + base for part, base in zip(parts, offset, strict=False)])
    order = np.lexsort((application, identifier))
    distinct = np.zeros(len(EVIDENCE_KINDS), np.int64)
    distinct[: len(a.distinct)] = a.distinct
    distinct[EVIDENCE_CODE["phones_in_row"]] = a.distinct[KIND_CODE["phone"]]
    distinct[EVIDENCE_CODE["accounts_in_row"]] = a.distinct[KIND_CODE["account"]]
    distinct[EVIDENCE_CODE["work_phone_mismatch"]] = a.distinct[KIND_CODE["work_phone"]]
    return Links(
        application[order],
        identifier[order],
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
    for name, block_kind, of_kind in IN_ROW:
        of_block = a.identifier_kind[a.occ_identifier] == KIND_CODE[block_kind]
        whole = of_block & (a.occ_role == ROLE_CODE[block_kind, "whole"])
        meeting = min(len(np.unique(a.occ_application[whole])) / max(int(a.distinct[KIND_CODE[of_kind]]), 1), 0.99)
        density = max(-np.log1p(-meeting) / 100.0, 1e-9)
        reach[name] = int(np.clip(-np.log1p(-params.row_chance) / density, 1, params.row_most))
    return reach


def _derived(name: str, application: Ints, group: Ints, cited: Ints) -> tuple[Ints, Ints, Ints, Bools, Ints]:
    count = len(cited)
    return application, group, np.full(count, EVIDENCE_CODE[name]), np.zeros(count, bool), cited


def _numbers_in_row(a: Applications, block_kind: int, reach: int) -> tuple[Ints, Ints, Ints]:
    """Group applications whose numbers stand close in one block of a hundred, or in the one shifted by fifty.

    Whether so close means anything is for the evidence to say: where blocks are full, sharing one is not rare.
    """
    rows = np.flatnonzero(a.identifier_kind[a.occ_identifier] == block_kind)
    block, application = a.occ_identifier[rows], a.occ_application[rows]
    position = a.occ_position[rows]
    order = np.lexsort((position, block))
    block, application, position = block[order], application[order], position[order]
    near = (block[1:] == block[:-1]) & (position[1:] - position[:-1] <= reach)
    graph = coo_matrix(
        (np.ones(int(near.sum()), np.int8), (application[:-1][near], application[1:][near])), shape=(len(a), len(a))
    )
    label = connected_components(graph, directed=False)[1].astype(np.int64)
    apart = near & (position[1:] != position[:-1])  # one number that comes twice is no row
    in_row = np.zeros(len(a), bool)
    in_row[label[application[:-1][apart]]] = True
    member = np.unique(np.concatenate([application[:-1][near], application[1:][near]]))
    member = member[in_row[label[member]]]
    group = first_appearance(label[member])
    cited = np.full(int(group.max(initial=-1)) + 1, -1, np.int64)
    of_application = np.full(len(a), -1, np.int64)
    of_application[application[::-1]] = block[::-1]
    cited[group[::-1]] = of_application[member[::-1]]
    return member, group, cited


def _mismatched_work_phones(a: Applications) -> tuple[Ints, Ints, Ints]:
    """Group applications at one dealer that quote a work phone whose other users mostly name another employer."""
    rows = a.identifier_kind[a.occ_identifier] == KIND_CODE["work_phone"]
    application, phone = a.occ_application[rows], a.occ_identifier[rows]
    known = (a.employer[application] >= 0) & (a.dealer[application] >= 0)
    application, phone = application[known], phone[known]
    if len(application) == 0:
        return application, application, application
    employer, dealer = a.employer[application], a.dealer[application]
    base = int(a.employer.max()) + 1
    pair, of_row, users = np.unique(phone * base + employer, return_inverse=True, return_counts=True)
    order = np.lexsort((-users, pair // base))
    main = order[np.diff((pair // base)[order], prepend=-1) != 0]
    usual = np.zeros(len(pair), bool)
    usual[main] = True
    most = np.zeros(int(phone.max()) + 1)
    most[pair[main] // base] = users[main]
    odd = ~usual[of_row] & (most[phone] / np.bincount(phone)[phone] > 0.5)
    application, phone, dealer = application[odd], phone[odd], dealer[odd]
    key = phone * (int(a.dealer.max()) + 1) + dealer
    order = np.lexsort((application, key))
    group = first_appearance(key[order])
    cited = np.full(int(group.max(initial=-1)) + 1, -1, np.int64)
    cited[group] = phone[order]
    return application[order], group, cited
