"""Undo folds that people revoked: applications that are not one, whatever says so.

A revocation is a group of application ids. Folds between its persons go; persons who would still be one through a third
stand alone; and what one person's identity holds together falls into persons of their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components

from graphfraud.detection.columns import Applications, Bools, Ints

Revoked = Sequence[Sequence[str]]


def apart(a: Applications, revoked: Revoked) -> Applications:
    """Give applications that share a person, but were revoked from one another, persons of their own."""
    person, following = a.person.copy(), a.persons
    for rows in _rows(a, revoked):
        held = person[rows]
        again = np.ones(len(rows), bool)
        again[np.unique(held, return_index=True)[1]] = False  # the first application keeps the person
        person[rows[again]] = following + np.arange(int(again.sum()))
        following += int(again.sum())
    return replace(a, person=person) if following > a.persons else a


def not_revoked(a: Applications, person_a: Ints, person_b: Ints, revoked: Revoked) -> Bools:
    """Say which folds between persons stand."""
    kept = np.ones(len(person_a), bool)
    groups = [np.unique(a.person[rows]) for rows in _rows(a, revoked)]
    for persons in groups:
        kept &= ~(np.isin(person_a, persons) & np.isin(person_b, persons))
    if not groups:
        return kept
    ends = (person_a[kept], person_b[kept])
    graph = coo_matrix((np.ones(int(kept.sum()), np.int8), ends), shape=(a.persons, a.persons))
    unit = connected_components(graph, directed=False)[1]
    for persons in groups:
        if len(np.unique(unit[persons])) < len(persons):
            kept &= ~(np.isin(person_a, persons) | np.isin(person_b, persons))
    return kept


def _rows(a: Applications, revoked: Revoked) -> list[Ints]:
    """Rows of each group's applications, in order of submission; ids that are not there are left out."""
    if not revoked:
        return []
    named = sorted({application for group in revoked for application in group})
    row_of = dict.fromkeys(named, -1)
    for row in np.flatnonzero(a.application_id.among(named)).tolist():
        row_of[a.application_id[row]] = row
    found = [sorted({row_of[application] for application in group} - {-1}) for group in revoked]
    return [np.array(rows, dtype=np.int64) for rows in found if len(rows) > 1]
