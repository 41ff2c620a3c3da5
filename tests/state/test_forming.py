"""A ring that forms keeps the name that it was given first, whoever is read of it and whichever worker reads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from graphfraud.state import State
from graphfraud.state.clock import DAY
from graphfraud.state.forming import Name


def test_a_ring_is_called_as_any_of_its_members_was_before(state, clock):
    began = clock()

    first = state.forming.name({"R-1": ["a", "b", "c"]})
    clock.goes(5)
    later = state.forming.name({"R-2": ["x", "c", "y"], "R-3": ["k", "l", "m"]})
    slid = state.forming.name({"R-4": ["y", "z", "w"]})  # of those who gave it its name nobody was read

    assert first == {"R-1": Name(began, "R-1")}
    assert later == {"R-2": Name(began, "R-1"), "R-3": Name(began + 5, "R-3")}
    assert slid == {"R-4": Name(began, "R-1")}
    assert state.forming.members() == set("abcxyzwklm")


def test_of_two_rings_that_turn_out_to_be_one_the_older_name_goes_on_for_all(state, clock):
    state.forming.name({"R-2": ["a", "b", "c"]})
    clock.goes(1)
    state.forming.name({"R-1": ["k", "l", "m"]})

    one = state.forming.name({"R-0": ["c", "k", "z"]})
    of_the_younger = state.forming.name({"R-5": ["k", "q", "r"]})
    same_time = state.forming.name({"R-8": ["s", "t", "u"], "R-7": ["v", "w", "x"]})

    assert one["R-0"].ring_id == of_the_younger["R-5"].ring_id == "R-2"
    assert state.forming.name({"R-9": ["u", "v"]})["R-9"] == min(same_time.values()) == same_time["R-7"]


def test_workers_that_see_a_ring_at_once_call_it_the_same(settings):
    State.open(settings).close()

    def see(worker: int) -> set[str]:
        with State.open(settings) as state:
            return {
                found.ring_id
                for turn in range(10)
                for found in state.forming.name({f"R-{worker}-{turn}": [f"w{worker}t{turn}", f"t{turn}", "shared"]}).values()
            }

    with ThreadPoolExecutor(3) as pool:
        names = set[str]().union(*pool.map(see, range(3)))

    assert len(names) == 1


def test_a_ring_of_many_members_is_named_in_several_statements(state):
    members = [f"AP{number}" for number in range(1_203)]

    state.forming.name({"R-1": members})

    assert state.forming.name({"R-2": [members[-1]]})["R-2"].ring_id == "R-1"
    assert state.forming.members() == set(members)


def test_names_are_forgotten_after_a_month(state, clock):
    state.forming.name({"R-1": ["a", "b", "c"]})
    clock.goes(29 * DAY)
    state.forming.name({"R-2": ["c", "d"]})
    clock.goes(2 * DAY)

    assert state.sweep().forming == 3
    assert state.forming.members() == {"d"}
    assert state.forming.name({"R-3": ["d", "e"]})["R-3"].ring_id == "R-1"
