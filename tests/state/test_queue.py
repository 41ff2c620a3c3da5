"""The queue of records for the graph: whole, in order, never to two workers at once, never lost."""

from __future__ import annotations

import os
import signal

import pytest
from records import application
from test_answers import program

from graphfraud.intake.records import ApplicationRecord
from graphfraud.state import State
from graphfraud.state.queue import LEASE, Backlog, enqueue


def ids(taken):
    return [held.entry_id for held in taken]


def add(state: State, *records: ApplicationRecord) -> None:
    queued = [(f"q{i}", record) for i, record in enumerate(records)]
    state.database.write(lambda connection: enqueue(connection, queued, state.clock()))


def fill(state: State, *applications: str) -> None:
    add(state, *map(application, applications))


def test_a_record_comes_out_as_it_went_in(state):
    record = application("AP1", submitted_at="2025-06-01 10:00:00", address="上海市浦东新区张杨路1号2栋303室")
    add(state, record)

    (held,) = state.queue.take("me")

    assert held.record == record
    assert held.attempts == 1


def test_no_raw_identifier_is_on_disk(tmp_path, settings, state):
    if settings.state:
        pytest.skip("the files of the server are not ours to read")
    fill(state, "AP1")
    state.close()

    stored = b"".join(path.read_bytes() for path in tmp_path.glob("state.db*"))

    assert b"AP1" in stored
    assert not any(raw in stored for raw in (b"17193275473", b"420102200012159004", b"6293910324226789"))


def test_workers_share_the_queue_in_order(state):
    fill(state, "A", "B", "C", "D")

    assert ids(state.queue.take("one", 2)) == ["q0", "q1"]
    assert ids(state.queue.take("two", 2)) == ["q2", "q3"]
    assert state.queue.take("three") == []


def test_what_was_done_is_gone(state):
    fill(state, "A", "B")

    taken = ids(state.queue.take("me"))

    assert state.queue.done("me", taken) == 2
    assert state.queue.backlog() == Backlog(0, 0)


def test_a_lease_that_lapsed_goes_to_the_next_and_its_old_owner_can_no_longer_end_it(state, clock):
    fill(state, "A")
    state.queue.take("dead")
    clock.goes(LEASE + 1)

    (held,) = state.queue.take("alive")

    assert held.attempts == 2
    assert state.queue.done("dead", ["q0"]) == 0
    assert state.queue.done("alive", ["q0"]) == 1


def test_a_later_version_waits_for_an_earlier_one_of_the_same_application(state):
    fill(state, "A", "A", "B")

    assert ids(state.queue.take("one", 1)) == ["q0"]
    assert ids(state.queue.take("two", 5)) == ["q2"]
    state.queue.done("one", ["q0"])
    assert ids(state.queue.take("two", 5)) == ["q1"]


def test_what_is_given_back_can_be_taken_again_at_once_or_later(state, clock):
    fill(state, "A")
    state.queue.take("me")
    state.queue.give_back("me", ["q0"], "the store is gone", after_ms=5_000)

    assert state.queue.take("me") == []
    clock.goes(5_001)
    assert ids(state.queue.take("me")) == ["q0"]
    state.queue.give_back("me", ["q0"])
    assert ids(state.queue.take("you")) == ["q0"]


def test_the_backlog_tells_how_long_the_oldest_waits(state, clock):
    fill(state, "A", "B")
    clock.goes(7_000)

    assert state.queue.backlog() == Backlog(2, 7_000)


def test_an_entry_that_is_there_already_is_not_added_twice(state):
    fill(state, "A")
    fill(state, "A")

    assert state.queue.backlog().count == 1


def test_processes_that_take_together_take_each_record_once(settings):
    with State.open(settings) as state:
        fill(state, *(f"AP{i}" for i in range(300)))
    code = """
        print("ready", flush=True); sys.stdin.readline()
        owner = sys.argv[1]
        while taken := state.queue.take(owner, 7):
            ids = [held.entry_id for held in taken]
            print(*ids, flush=True)
            assert state.queue.done(owner, ids) == len(ids)
    """
    workers = [program(settings, code, f"worker {i}") for i in range(3)]
    for worker in workers:
        assert worker.stdout.readline() == "ready\n", worker.stderr.read()
    for worker in workers:
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate(timeout=60) for worker in workers]

    assert [worker.returncode for worker in workers] == [0] * 3, said
    taken = [entry for out, _ in said for entry in out.split()]
    assert sorted(taken) == sorted(f"q{i}" for i in range(300))


def test_what_a_killed_worker_held_is_taken_by_another(settings, clock):
    with State.open(settings, clock) as state:
        fill(state, "A", "B", "C")
    worker = program(settings, 'print(len(state.queue.take("killed", 2)), flush=True); time.sleep(60)')
    assert worker.stdout.readline() == "2\n", worker.stderr.read()
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()

    with State.open(settings) as state:
        assert ids(state.queue.take("alive")) == ["q2"]
        state.queue.done("alive", ["q2"])
        later = State(state.database, settings, lambda: state.clock() + LEASE + 1)
        assert ids(later.queue.take("alive")) == ["q0", "q1"]
