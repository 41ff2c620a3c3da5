"""The fraud check: an application comes in, is written to the graph and judged by what is near it there, now.

One pump a process gathers what waits, writes it in one transaction, reads and judges all neighbourhoods together, and stores
the answers in one more: a group costs little more than one. A watch answers what does not get through in time without the
graph, and keeps it for later; a tender sees to the store, to newer scans, and to what waited.
"""

from __future__ import annotations

import heapq
import itertools
import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace

import orjson

from graphfraud.check.answer import CheckAnswer, to_document
from graphfraud.check.at_once import AtOnce
from graphfraud.check.backlog import write_backlog
from graphfraud.check.compose import answer_of
from graphfraud.check.dealer_exposure import DealerExposure
from graphfraud.check.dossier import Dossier
from graphfraud.check.formed import formed_live, tell
from graphfraud.check.in_force import Pair, PoliciesInForce
from graphfraud.check.known import Known
from graphfraud.check.live import Judged, judge_checks, names_to_find
from graphfraud.check.neighbourhood import Neighbourhoods
from graphfraud.check.rehearsal import rehearse
from graphfraud.check.scans import CurrentScan
from graphfraud.errors import GraphfraudError, StateError, StoreConflict, StoreError, StoreRejected
from graphfraud.intake.records import ApplicationRecord
from graphfraud.intake.tokens import key_fingerprint
from graphfraud.settings import Settings
from graphfraud.state import State
from graphfraud.state.answers import Answer, new_check_id
from graphfraud.state.idempotency import ClaimRequest
from graphfraud.state.outbox import Event, make_event
from graphfraud.store import Store
from graphfraud.store.applications import write_applications
from graphfraud.store.retries import Retries

GROUP = 32
MOST_WAITING = 1_000  # behind a pump that hangs; who comes after them is not even tried
MARGIN = 0.08  # seconds before its deadline when a check is answered without the graph: storing that takes a while too
TEND_SECONDS = 1.0
BACKLOG_AT_ONCE = 500
BESIDE_CHECKS = 8  # of the backlog in one transaction while checks come: one of 64 makes the group behind it late
STUCK_SECONDS = 0.1  # that who comes while the pump is late waits for it: it is a moment mostly
CLOSING_SECONDS = 10.0
NEW_MS = 86_400_000  # for how long a ring that forms is told of, which is one event however often it is
LOOK_SECONDS = 0.02  # at the end: whether what is still due was answered meanwhile
STORE_RETRIES = Retries(total=5.0)

_log = logging.getLogger(__name__)

Answered = tuple[CheckAnswer, bytes]


@dataclass(eq=False)
class _Ticket:
    """One check on its way; whoever takes it answers it."""

    record: ApplicationRecord
    deadline: float
    client_id: str
    claim: ClaimRequest | None
    check_id: str
    future: Future[Answered] = field(default_factory=Future)
    taken: bool = False
    _takers: itertools.count[int] = field(default_factory=itertools.count)

    def take(self) -> bool:
        """Say whether the caller is the first to take it."""
        self.taken = True
        return next(self._takers) == 0


class Checker:
    """Judges applications; safe between threads. Close it, and it finishes what it took.

    A store that is slow or away costs no error: the answer is then degraded, and the application waits on disk.
    """

    def __init__(self, settings: Settings, state: State, *, observe: bool = False) -> None:
        self._settings, self._state, self._observe = settings, state, observe
        self.on_store_error: Callable[[StoreError], None] = _nobody_counts
        self._policies = PoliciesInForce(state.policies)
        self._dealers = DealerExposure()
        self._scan = CurrentScan(settings.home)
        self._store: Store | None = None
        self._neighbourhoods: Neighbourhoods | None = None
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="check-writer")
        self._answerer = ThreadPoolExecutor(1, thread_name_prefix="check-answerer")
        self._waiting: queue.SimpleQueue[_Ticket | None] = queue.SimpleQueue()
        self._deadlines: list[tuple[float, int, _Ticket]] = []
        self._number = itertools.count()
        self._lock = threading.Condition()
        # Odd while the pump is at work on a group; stuck is the turn in which somebody's time ran out.
        self._turn, self._stuck = 0, -1
        self._closing = threading.Event()
        self._at_once = AtOnce()
        self._threads = [
            threading.Thread(target=work, name=f"check-{name}", daemon=True)
            for name, work in (("pump", self._pump), ("watch", self._watch), ("tend", self._tend))
        ]

    @classmethod
    def open(cls, settings: Settings, state: State, *, observe: bool = False, at_once: bool = False) -> Checker:
        """Open the store, starting the embedded engine, and begin; without a store it begins too, and looks for it.

        At once: it does not wait for the store, and answers without it meanwhile.

        Raise PolicyError for a policy in force that cannot be read, KeyMismatch for a store of another token key.
        """
        checker = cls(settings, state, observe=observe)
        checker._policies.now()
        state.lists.refresh()
        if not at_once:
            try:
                checker._connect()
            except StoreError as error:
                _log.warning("no store yet, answers are degraded: %s", error)
        for thread in checker._threads:
            thread.start()
        return checker

    @property
    def scan_id(self) -> str | None:
        """The scan that checks are judged by, None before the first."""
        return self._scan.known.scan_id if self._scan.known else None

    @property
    def up(self) -> bool:
        """Say whether the store answers in time."""
        return self._store is not None and self._stuck != self._turn

    def submit(
        self, record: ApplicationRecord, deadline: float, client_id: str, claim: ClaimRequest | None = None
    ) -> Future[Answered]:
        """Take an application; the future gives its answer and the bytes to send, which are stored then.

        deadline is on `time.monotonic()`'s clock. The future raises StateError where not even the answer could be stored.
        """
        ticket = _Ticket(record, deadline, client_id, claim, new_check_id(self._state.clock))
        due, tried = deadline - MARGIN, True
        if self._store is None:
            due, tried = 0.0, False
        elif not self.up:
            due, tried = min(due, time.monotonic() + STUCK_SECONDS), self._waiting.qsize() <= MOST_WAITING
        with self._lock:
            heapq.heappush(self._deadlines, (due, next(self._number), ticket))
            if self._deadlines[0][2] is ticket:
                self._lock.notify()
        if tried:
            self._at_once.came()
            ticket.future.add_done_callback(lambda _: self._at_once.went())
            self._waiting.put(ticket)
        return ticket.future

    def check(self, records: Sequence[ApplicationRecord], client_id: str, budget: float = 30.0) -> list[Answered]:
        """Judge some applications and wait for the answers, in order."""
        futures = [self.submit(record, time.monotonic() + budget, client_id) for record in records]
        return [future.result() for future in futures]

    def close(self) -> None:
        """Answer what was taken, then stop."""
        self._closing.set()
        self._waiting.put(None)
        with self._lock:
            self._lock.notify()
        end = time.monotonic() + CLOSING_SECONDS
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(end - time.monotonic(), LOOK_SECONDS))
        # Before the writer: it would wait for ever for an engine that hangs. Who waited for it was answered, and is on disk.
        if self._store is not None:
            self._store.close()
        self._writer.shutdown()
        self._answerer.shutdown()

    def _pump(self) -> None:
        while True:
            group = self._gather()
            if group is None:
                return
            # Who was answered without the graph is written from the backlog: judging them too would make the next ones late.
            group, later = _one_version_each([ticket for ticket in group if not ticket.taken])
            for ticket in later:
                self._waiting.put(ticket)
            if not group:
                continue
            self._turn += 1
            store = self._store
            try:
                self._judge(group)
            except StoreError as error:
                _log.warning("the store did not take %d checks: %s", len(group), error)
                self._not_taken(group, store, error)
            except Exception:  # a bug must not stop the pump, nor an approval flow
                _log.exception("checks could not be judged")
                self._degrade([ticket for ticket in group if ticket.take()])
            finally:
                self._turn += 1

    def _gather(self) -> list[_Ticket] | None:
        """Wait for a check, and take those that came meanwhile or are to come at once; None at the end."""
        first = self._waiting.get()
        if first is None:
            return None
        group, since = [first], time.monotonic()
        while len(group) < GROUP:
            try:
                more = self._at_once.wait_for_more(len(group), since)
                ticket = self._waiting.get(timeout=more) if more else self._waiting.get_nowait()
            except queue.Empty:
                if more:
                    continue
                break
            if ticket is None:
                self._waiting.put(None)
                break
            group.append(ticket)
        return group

    def _judge(self, group: Sequence[_Ticket]) -> None:
        store, neighbourhoods = self._store, self._neighbourhoods
        if store is None or neighbourhoods is None:
            self._degrade([ticket for ticket in group if ticket.take()])
            return
        records = list({ticket.record.application_id: ticket.record for ticket in group}.values())
        now = time.time_ns() // 1_000_000
        # What is near is read and judged while the group is written: it need not be in the graph to be judged.
        written = self._writer.submit(write_applications, store, records, [0] * len(records), None, now)
        try:
            force, known = judged_by = self._judged_by()
            near = neighbourhoods.read(records, known)
            ids = [record.application_id for record in records]
            judged = dict(zip(ids, judge_checks(ids, near, known, force.active.weights), strict=True))
            if any(policy and policy.exposure.per_dealer is not None for policy in (force.active, force.shadow)):
                for name, total in self._dealers.before(store, records).items():
                    judged[name] = replace(judged[name], exposure=replace(judged[name].exposure, dealer=total))
        finally:
            wait([written])
        written.result()
        ours = [ticket for ticket in group if ticket.take()]
        # Storing waits for the disk; the next group is judged meanwhile.
        self._answerer.submit(self._answer, ours, lambda ticket: judged[ticket.record.application_id], now, lambda: judged_by)

    def _not_taken(self, group: Sequence[_Ticket], store: Store | None, error: StoreError) -> None:
        """Answer a group that the store did not take.

        Where it refuses this group and takes another record, one of the group is at fault: the others are judged without it,
        and the store is kept. What it refuses alone is answered without the graph, and stays in the queue for somebody to
        look at. Anything else is the store's fault.
        """
        try:
            if not isinstance(error, StoreRejected) or not self._takes_others(store):
                self._lose_store(store, error)
            elif len(group) == 1:
                self.on_store_error(error)
                _log.error("the store refuses application %s: %s", group[0].record.application_id, error)
            else:
                for ticket in group:
                    if not ticket.taken:
                        self._judge_alone(ticket)
        except Exception:  # as in the pump, which called
            _log.exception("checks that the store did not take could not be judged")
        self._degrade([ticket for ticket in group if ticket.take()])

    def _judge_alone(self, ticket: _Ticket) -> None:
        store = self._store
        try:
            self._judge([ticket])
        except StoreError as error:
            self._not_taken([ticket], store, error)

    def _takes_others(self, store: Store | None) -> bool:
        """Say whether a store that refused something takes an invented application, which is taken back."""
        neighbourhoods = self._neighbourhoods
        if store is None or neighbourhoods is None or store is not self._store:
            return False
        try:
            rehearse(self._settings, store, neighbourhoods, self._scan.known, rounds=1)
        except StoreError:
            return False
        return True

    def _answer(
        self,
        tickets: Sequence[_Ticket],
        judged_of: Callable[[_Ticket], Judged | None],
        now: int,
        judged_by: Callable[[], tuple[Pair, Known | None]],
    ) -> None:
        """Decide, store and send; without a judgement the answer is degraded and the record waits for the graph.

        What was judged by is given: another policy or scan may have come since, which the score does not follow from.
        """
        if not tickets:
            return
        try:
            force, known = judged_by()
            zone = self._settings.conventions.zone
            hits = self._state.lists.hits([ticket.record for ticket in tickets])
            answers, stored, events = [], [], []
            judgements, new_rings = self._in_named_rings([judged_of(ticket) for ticket in tickets], now)
            for ticket, judged, found in zip(tickets, judgements, hits, strict=True):
                scored, exposure = (judged.scored, judged.exposure) if judged else (None, None)
                dossier = Dossier.of(ticket.record, scored, zone, found, exposure)
                answer = answer_of(
                    ticket.check_id,
                    dossier,
                    force.active,
                    as_of=now,
                    scan_id=known.scan_id if known else None,
                    reasons=judged.reasons if judged else (),
                    shadow=force.shadow,
                    observe=self._observe,
                )
                answers.append(answer)
                stored.append(_stored(answer, dossier, ticket, None if judged else ticket.record, now))
                events += _events(answer, new_rings, now)
            bodies = self._state.answers.record(stored, events)
        except Exception as error:
            self._fail(tickets, error)
            if not isinstance(error, GraphfraudError):
                _log.exception("checks could not be answered")
            return
        for ticket, answer, body in zip(tickets, answers, bodies, strict=True):
            ticket.future.set_result((answer, body))

    def _in_named_rings(self, judged: Sequence[Judged | None], now: int) -> tuple[list[Judged | None], set[str]]:
        """Call rings that form as they were called before, and return the names that are new, of which nobody was told.

        A name is new for a while: an answer that could not be stored took what it had to tell along, and the next one tells.
        """
        rings = names_to_find([one for one in judged if one])
        if not rings:
            return list(judged), set()
        try:
            names = self._state.forming.name(rings)
        except StateError as error:  # a scan tells of them
            _log.warning("rings that form could not be looked up, and have the names of what was read: %s", error)
            return list(judged), set()
        called = [
            one.in_ring_called(names[one.scored.ring.ring_id].ring_id) if one and one.members and one.scored.ring else one
            for one in judged
        ]
        return called, {name.ring_id for name in names.values() if name.since > now - NEW_MS}

    def _degrade(self, tickets: Sequence[_Ticket]) -> None:
        self._answer(tickets, lambda _: None, time.time_ns() // 1_000_000, self._judged_by)

    def _judged_by(self) -> tuple[Pair, Known | None]:
        """Return the policies in force and the scan that is known now."""
        return self._policies.now(), self._scan.known

    def _fail(self, tickets: Sequence[_Ticket], error: Exception) -> None:
        for ticket in tickets:
            if not ticket.future.done():
                ticket.future.set_exception(error)

    def _watch(self) -> None:
        """Answer without the graph what has no time left."""
        while True:
            with self._lock:
                self._forget_answered()
                while not self._deadlines and not self._closing.is_set():
                    self._lock.wait()
                if not self._deadlines:
                    return
                left = self._deadlines[0][0] - time.monotonic()
                if left > 0:
                    self._lock.wait(min(left, LOOK_SECONDS) if self._closing.is_set() else left)
                now = time.monotonic()
                due: list[tuple[float, int, _Ticket]] = []
                while self._deadlines and self._deadlines[0][0] <= now and len(due) < GROUP:
                    due.append(heapq.heappop(self._deadlines))
            turn = self._turn
            late = [ticket for _, _, ticket in due if not ticket.future.done() and ticket.take()]
            if not late:
                continue
            # Whoever comes while the pump is still at this group does not wait long; the next group may be quick again.
            if turn % 2 and any(ticket.deadline - MARGIN <= now for ticket in late):
                self._stuck = turn
            try:
                self._degrade(late)
            except Exception:  # those who asked were told
                _log.exception("checks could not be answered without the graph")

    def _forget_answered(self) -> None:
        while self._deadlines and self._deadlines[0][2].future.done():
            heapq.heappop(self._deadlines)

    def _tend(self) -> None:
        """Look after the store, newer scans and the backlog, until the end."""
        turn, pause = 0, 0.0 if self._store is None else TEND_SECONDS
        while not self._closing.wait(pause):
            pause, store = TEND_SECONDS, self._store
            try:
                if store is None:
                    store = self._connect()
                self._scan.refresh(store)
                if self._scan.known is not None:
                    tell(self._scan.known.folder, self._state)
                turn, busy = self._turn, self._turn != turn
                if self._state.queue.backlog().count:
                    self._write_backlog(store, busy)
            except GraphfraudError as error:
                _log.warning("looking after the store failed: %s", error)
                self._lose_store(store, error)
            except Exception:
                _log.exception("looking after the store failed")

    def _write_backlog(self, store: Store, busy: bool) -> None:
        """Write a part of what waits; while checks come, little by little and half of the time: they go first."""
        if not busy:
            write_backlog(self._state, store, BACKLOG_AT_ONCE)
            return
        end = time.monotonic() + TEND_SECONDS
        while (began := time.monotonic()) < end and write_backlog(self._state, store, BESIDE_CHECKS):
            if self._closing.wait(time.monotonic() - began):
                return

    def _connect(self) -> Store:
        store = Store.open(self._settings, retries=STORE_RETRIES, on_lost=lambda error: self.on_store_error(error))
        try:
            store.claim_key(key_fingerprint(self._settings.token_key()))
            self._scan.refresh(store)
            neighbourhoods = Neighbourhoods(store)
            rehearse(self._settings, store, neighbourhoods, self._scan.known)
        except BaseException:
            store.close()
            raise
        self._neighbourhoods = neighbourhoods
        self._store = store
        return store

    def _lose_store(self, store: Store | None, error: GraphfraudError) -> None:
        """Count it, and let go of a store that failed, to be opened anew; one whose other writers were in the way is there.

        What fails because another thread has let go already is the same failure, counted once.
        """
        if not isinstance(error, StoreError) or store is not self._store:
            return
        self.on_store_error(error)
        if store is None or isinstance(error, StoreConflict):
            return
        self._store = None
        store.close()


def _one_version_each(tickets: Sequence[_Ticket]) -> tuple[list[_Ticket], list[_Ticket]]:
    """Part those that may be judged together from further versions of the same applications, which come after them."""
    first: dict[str, ApplicationRecord] = {}
    now: list[_Ticket] = []
    later: list[_Ticket] = []
    for ticket in tickets:
        record = ticket.record
        same = first.setdefault(record.application_id, record) == record
        (now if same else later).append(ticket)
    return now, later


def _nobody_counts(error: StoreError) -> None:
    """Stand in where no service counts what the store gets wrong."""


def _stored(answer: CheckAnswer, dossier: Dossier, ticket: _Ticket, queued: ApplicationRecord | None, now: int) -> Answer:
    return Answer(
        check_id=answer.check_id,
        application_id=answer.application_id,
        client_id=ticket.client_id,
        decision=answer.decision,
        score=answer.score,
        policy_version=answer.policy_version,
        degraded=answer.degraded,
        created_at=now,
        body=orjson.dumps(to_document(answer)),
        facts=dossier.to_bytes(),
        shadow_version=answer.shadow.policy_version if answer.shadow else None,
        shadow_decision=answer.shadow.decision if answer.shadow else None,
        claim=ticket.claim,
        queued=queued,
    )


def _events(answer: CheckAnswer, new_rings: Collection[str], now: int) -> list[Event]:
    """What webhooks are told of an answer: that it was decided, and of a ring that forms, while that is new."""
    said = {
        "check_id": answer.check_id,
        "application_id": answer.application_id,
        "decision": answer.decision,
        "score": answer.score,
        "degraded": answer.degraded,
        "ring_id": answer.ring.ring_id if answer.ring else None,
        "observed": answer.observed,
        "would_be": answer.would_be,
    }
    found = [make_event(f"check.decided:{answer.check_id}", "check.decided", now, said, answer.check_id)]
    if answer.ring is not None and answer.ring.state == "forming" and answer.ring.ring_id in new_rings:
        found.append(formed_live(answer.ring, answer.application_id, now))
    return found
