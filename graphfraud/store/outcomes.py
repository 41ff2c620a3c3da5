"""Outcomes go in: what became of a loan, beside the application it belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from graphfraud.intake.records import OutcomeRecord
from graphfraud.store import loads
from graphfraud.store.loads import LoadMark
from graphfraud.store.outcome import WriteOutcome
from graphfraud.store.store import Store, Transaction


def write_outcomes(
    store: Store, records: Sequence[OutcomeRecord], lines: Sequence[int], load: LoadMark | None, arrived_at: int
) -> WriteOutcome:
    """Write a batch of outcomes and the mark of its load in one transaction.

    An outcome is the same one if application, outcome and day are the same; an application may have several. The rows
    whose application is not in the store are not written: their places in the batch are in `unknown`.
    """
    source = load.source if load else ""
    ids = [outcome_id(record) for record in records]

    def write(transaction: Transaction) -> WriteOutcome:
        sequence = cast(int, transaction.run("write/lock")[0]["sequence"]) + 1
        found = transaction.run(
            "read/known_outcomes",
            application_ids=sorted({record.application_id for record in records}),
            outcome_ids=sorted(set(ids)),
        )
        applications = {row["application_id"] for row in found}
        there = {row["outcome_id"] for row in found}
        new: dict[str, dict[str, object]] = {}
        unknown: list[int] = []
        for place, (record, line) in enumerate(zip(records, lines, strict=True)):
            if record.application_id not in applications:
                unknown.append(place)
            elif ids[place] not in there and ids[place] not in new:
                new[ids[place]] = {
                    "outcome_id": ids[place],
                    "application_id": record.application_id,
                    "outcome": record.outcome,
                    "observed_on": record.observed_on,
                    "since": sequence,
                    "arrived_at": arrived_at,
                    "source": source,
                    "line": line,
                }
        if new:
            transaction.run("write/outcomes", outcomes=list(new.values()))
            transaction.run("write/sequence", sequence=sequence)
        outcome = WriteOutcome(
            sequence=sequence if new else None,
            added=len(new),
            unchanged=len(records) - len(unknown) - len(new),
            unknown=tuple(unknown),
        )
        loads.advance(transaction, load, outcome)
        return outcome

    return store.write(write)


def outcome_id(record: OutcomeRecord) -> str:
    """Return what makes an outcome the same one when it comes again."""
    return f"{record.application_id}|{record.observed_on}|{record.outcome}"
