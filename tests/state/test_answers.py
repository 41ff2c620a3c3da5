"""Idempotency and answers: judged once, sent byte for byte, on disk before they are acknowledged."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy as sa
from records import answer, application, request

from graphfraud.state import State
from graphfraud.state.audit import Action
from graphfraud.state.clock import DAY, HOUR
from graphfraud.state.idempotency import LEASE
from graphfraud.state.outbox import make_event

TESTS = Path(__file__).parent


def states(claims):
    return [claim.state for claim in claims]


def program(settings, code: str, *arguments: str) -> subprocess.Popen[str]:
    start = f"""
        import sys, time, os
        sys.path.insert(0, {str(TESTS)!r})
        from pathlib import Path
        from records import KEY, answer, application, digest, request
        from graphfraud.settings import Settings
        from graphfraud.state import State
        home, url = {str(settings.home)!r}, {settings.state!r}
        state = State.open(Settings(Path(home), "embedded:/nowhere", state=url, token_key_setting=KEY))
    """
    text = textwrap.dedent(start) + textwrap.dedent(code)
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([sys.executable, "-c", text, *arguments], text=True, **pipes)


def test_the_first_claim_is_new_and_the_second_waits(state):
    assert states(state.idempotency.claim([request("k")])) == ["new"]
    assert states(state.idempotency.claim([request("k")])) == ["in_progress"]


def test_of_equal_requests_in_one_group_one_is_judged(state):
    assert states(state.idempotency.claim([request("k")] * 3)) == ["new", "in_progress", "in_progress"]


def test_another_body_under_the_same_key_is_a_conflict(state):
    state.idempotency.claim([request("k")])

    assert states(state.idempotency.claim([request("k", "other")])) == ["conflict"]


def test_clients_do_not_share_keys(state):
    assert states(state.idempotency.claim([request("k", client="a"), request("k", client="b")])) == ["new", "new"]


def test_a_claim_of_a_dead_worker_lapses_for_the_same_body_only(state, clock):
    state.idempotency.claim([request("k")])
    clock.goes(LEASE + 1)

    assert states(state.idempotency.look([request("k"), request("k", "other")])) == ["new", "conflict"]
    assert states(state.idempotency.claim([request("k", "other")])) == ["conflict"]
    assert states(state.idempotency.claim([request("k")])) == ["new"]
    assert states(state.idempotency.claim([request("k")])) == ["in_progress"]


def test_a_claim_that_was_given_up_is_free_for_any_body(state):
    state.idempotency.claim([request("k")])
    state.idempotency.release([request("k")])

    assert states(state.idempotency.claim([request("k", "other")])) == ["new"]


def test_an_answer_comes_back_byte_for_byte(state):
    state.idempotency.claim([request("k")])
    state.answers.record([answer("c1", claim=request("k"), body=b'{"a": 1 }\xff')])

    (claim,) = state.idempotency.claim([request("k")])

    assert (claim.state, claim.check_id, claim.body) == ("same", "c1", b'{"a": 1 }\xff')
    assert state.answers.body("c1", "client") == b'{"a": 1 }\xff'
    assert state.answers.body("c1", "another client") is None


def test_a_worker_that_comes_too_late_sends_the_answer_that_was_first(state):
    state.answers.record([answer("first", claim=request("k"))])

    sent = state.answers.record([answer("late", claim=request("k"), queued=application()), answer("own")])

    assert sent == [b'{"check_id":"first"}', b'{"check_id":"own"}']
    assert state.answers.body("late") is None
    assert state.queue.backlog().count == 0


def test_recording_the_same_group_again_changes_nothing(state):
    group = [answer("c1", claim=request("k"), queued=application()), answer("c2")]

    assert state.answers.record(group) == state.answers.record(group)
    assert state.queue.backlog().count == 1
    assert sorted(a.check_id for a in state.answers.last(9)) == ["c1", "c2"]


def test_one_transaction_holds_answers_queue_events_and_audit(state, monkeypatch):
    state.outbox.add_endpoint("https://example.com", ["check.decided"], actor="me")
    event = make_event("e1", "check.decided", 1, {}, "c1")
    before = len(state.audit.lines())

    def fails(*_: object) -> None:
        raise RuntimeError("at the very end")

    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(state.answers._audit, "append", fails)
        state.answers.record([answer("c1", claim=request("k"), queued=application())], [event])
    assert (state.answers.body("c1"), state.queue.backlog().count, state.outbox.counts()["waiting"]) == (None, 0, 0)
    assert states(state.idempotency.look([request("k")])) == ["new"]

    state.answers.record([answer("c1", queued=application())], [event], [Action("me", "check", "c1", {})])
    assert (state.queue.backlog().count, state.outbox.counts()["waiting"]) == (1, 1)
    assert len(state.audit.lines()) == before + 1


def test_answers_are_found_by_application_and_by_age(state):
    state.answers.record([answer(f"c{i}", at=1_000 + i, application_id="AP1" if i % 2 else "AP2") for i in range(6)])

    assert [a.check_id for a in state.answers.of_application("AP1")] == ["c5", "c3", "c1"]
    assert [a.check_id for a in state.answers.last(3)] == ["c5", "c4", "c3"]


def test_pages_of_the_newest_answers_follow_each_other(state, monkeypatch):
    monkeypatch.setattr("graphfraud.state.answers._PAGE", 4)
    state.answers.record([answer(f"c{i:02}", at=1_000 + i // 3) for i in range(11)])

    assert [a.check_id for a in state.answers.last(10)] == [f"c{i:02}" for i in range(10, 0, -1)]


def test_what_is_old_goes_and_a_key_never_outlives_its_answer(state, clock):
    state.answers.record([answer("old", at=clock(), claim=request("old"))])
    clock.goes(399 * DAY)
    state.answers.record([answer("new", at=clock(), claim=request("new"))])
    clock.goes(47 * HOUR)

    swept = state.sweep()

    assert (swept.answers, swept.idempotency_keys) == (1, 1)
    assert (state.answers.body("old"), state.answers.body("new")) == (None, b'{"check_id":"new"}')
    assert states(state.idempotency.look([request("old"), request("new")])) == ["new", "same"]


def test_several_processes_that_claim_the_same_keys_judge_each_once(settings):
    State.open(settings).close()
    code = """
        print("ready", flush=True); sys.stdin.readline()
        won = []
        for i in range(60):
            if state.idempotency.claim([request(f"k{i}"), request(f"k{(i + 7) % 60}")])[0].state == "new":
                won.append(i)
        print(*won)
    """
    workers = [program(settings, code) for _ in range(3)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n", worker.stderr.read()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=60) for worker in workers]

    assert [worker.returncode for worker in workers] == [0] * 3, said
    won = Counter(int(i) for out, _ in said for i in out.split())
    assert max(won.values()) == 1


def test_every_answer_that_was_acknowledged_is_there_after_the_writer_was_killed(settings):
    State.open(settings).close()
    code = """
        for i in range(100_000):
            names = [f"{i}-{j}" for j in range(4)]
            group = [answer(f"c{n}", claim=request(f"k{n}"), queued=application(f"AP{n}")) for n in names]
            state.answers.record(group)
            print(i, flush=True)
    """
    writer = program(settings, code)
    acknowledged = [writer.stdout.readline() for _ in range(25)]
    os.kill(writer.pid, signal.SIGKILL)
    acknowledged += writer.stdout.readlines()
    writer.wait()
    groups = [int(line) for line in acknowledged if line.endswith("\n")]

    with State.open(settings) as state:
        assert all(state.answers.body(f"c{i}-{j}") for i in groups for j in range(4))
        kept = {a.check_id for a in state.answers.last(10**6)}
        waiting = {held.entry_id for held in state.queue.take("me", 10**6)}
        claims = state.idempotency.look([request(f"k{i}-{j}") for i in range(groups[-1] + 2) for j in range(4)])
    assert waiting == kept
    assert len(kept) % 4 == 0
    assert sum(claim.state == "same" for claim in claims) == len(kept)


def test_what_a_check_waits_for_never_reads_a_whole_table(settings):
    if settings.state:
        pytest.skip("PostgreSQL is told so with enable_seqscan = off")
    seen = []
    with State.open(settings) as state:
        connect = state.database.engine.raw_connection()

        @sa.event.listens_for(sa.Engine, "before_cursor_execute")
        def note(connection, cursor, statement, parameters, context, many):
            seen.append((statement, parameters[0] if many else parameters))

        try:
            state.idempotency.claim([request("a"), request("b")])
            state.idempotency.claim([request("a"), request("b")])
            state.answers.record([answer("c1", claim=request("a"), queued=application())])
            state.answers.record([answer("c2", claim=request("a"))])
            state.answers.body("c1")
            state.answers.of_application("AP-c1")
            state.keys.verify("gf_0123456789ab_secret")
            state.outbox.due()
        finally:
            sa.event.remove(sa.Engine, "before_cursor_execute", note)
        plans = {
            statement: [row[3] for row in connect.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)]
            for statement, parameters in seen
            if statement.lstrip().startswith(("SELECT", "UPDATE", "DELETE"))
        }
        connect.close()

    scans = {s: plan for s, plan in plans.items() if any(step.startswith("SCAN") for step in plan)}
    assert len(plans) >= 5
    assert {s for s in scans if "counters" not in s and "endpoints" not in s} == set()  # those have a handful of rows
