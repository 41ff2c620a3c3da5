"""What was decided before, to try a policy on: the last answers of checks, or the last applications of the current scan."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence

import pyarrow.parquet as pq

from graphfraud.check.answer import Decision, ListHit, RingRef
from graphfraud.check.backtest import Decided, unknown_limits, without_limits
from graphfraud.check.dossier import Dossier, Scored
from graphfraud.check.gates import decide
from graphfraud.check.policy import Policy
from graphfraud.check.scale import risk_of_score
from graphfraud.check.scoring import COMPONENTS, Weights
from graphfraud.errors import NotFound
from graphfraud.export import APPLICATIONS, scan_folder
from graphfraud.intake.records import ApplicationRecord
from graphfraud.results import Ring
from graphfraud.settings import Settings
from graphfraud.state.answers import Answer
from graphfraud.store import Store
from graphfraud.store import results as stored_results
from graphfraud.store.records import records_now

SUSPICION = "suspicion"  # the column of a scan's table that its scores were made of

LookUp = Callable[[Sequence[ApplicationRecord]], Sequence[tuple[ListHit, ...]]]


def answered(answers: Iterator[Answer]) -> Iterator[Decided]:
    """Yield stored answers with their dossiers; those that were stored without one are left out.

    Where `serve --observe` let everybody pass, what counts is what would have been decided.
    """
    for answer in answers:
        if answer.facts is None:
            continue
        sent = json.loads(answer.body)
        decision: Decision = sent["would_be"] if sent.get("observed") else sent["decision"]
        yield Decided(Dossier.from_bytes(answer.facts), decision, answer.check_id)


def scanned(settings: Settings, store: Store, policy: Policy, look_up: LookUp, most: int) -> list[Decided]:
    """Return the last applications of the current scan by time of submission, newest first, decided by a policy.

    Identifiers are looked up on the lists as they are now. Exposure is not known here: limits of it are left out.
    Raise NotFound where no scan was made.
    """
    scan = stored_results.current_scan(store)
    if scan is None:
        raise NotFound("no check was answered and no scan was made yet; run graphfraud scan, or send checks first")
    path = scan_folder(settings.home, store.store_id(), scan.scan_id) / APPLICATIONS
    if not path.is_file():
        raise NotFound(f"the applications of scan {scan.scan_id} are not in {path}; run graphfraud scan again")
    table = pq.read_table(path)
    if not {SUSPICION, *COMPONENTS} <= set(table.column_names):
        raise NotFound(f"scan {scan.scan_id} was made before applications were scored; run graphfraud scan again")
    weights = Weights(**json.loads(scan.configuration)["weights"])
    rows = table.slice(max(0, len(table) - most)).to_pylist()[::-1]
    rings = {ring.ring_id: ring for ring in stored_results.rings(store, scan_id=scan.scan_id)}
    records = records_now(store, [row["application_id"] for row in rows])
    hits = dict(zip(records, look_up(list(records.values())), strict=True))
    decided = []
    for row in rows:
        record = records.get(row["application_id"])
        if record is None:
            continue
        ring = rings.get(row["ring_id"] or "")
        scored = Scored(
            int(row["score"]),
            float(row[SUSPICION]),
            tuple(float(risk_of_score(row[name])) for name in COMPONENTS),
            _ring_ref(ring) if ring else None,
            weights,
        )
        dossier = Dossier.of(record, scored, settings.conventions.zone, hits[record.application_id])
        judging = without_limits(policy, unknown_limits(dossier, policy, "scan"))
        decided.append(Decided(dossier, decide(dossier.weighed(policy.weights), judging).decision))
    return decided


def _ring_ref(ring: Ring) -> RingRef:
    return RingRef(ring.ring_id, "known", ring.risk, ring.applications, ring.persons)
