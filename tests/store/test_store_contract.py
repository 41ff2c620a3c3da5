"""What every engine promises: reading, writing, streaming, retries, and what goes wrong said in our words."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from cypher_files import known
from neo4j.exceptions import Neo4jError

from graphfraud import errors
from graphfraud.settings import Settings
from graphfraud.store import Store, versions
from graphfraud.store.retries import Retries
from graphfraud.store.statements import renderings, statement, templates


@pytest.fixture(autouse=True)
def statements_of_tests() -> Iterator[None]:
    with known():
        yield


def add(store: Store, token: str) -> object:
    return store.write(lambda transaction: transaction.run("test/add", token=token))[0]["seen"]


def test_a_new_store_knows_itself(store: Store) -> None:
    state = store.state()
    assert state is not None
    assert (state.schema_version, state.shape) == (versions.CURRENT, versions.SHAPE)
    assert (state.sequence, state.key_fingerprint) == (0, None)
    assert len(state.store_id) == 32


def test_what_is_written_is_read(store: Store) -> None:
    assert [add(store, token) for token in ("b", "a", "a")] == [1, 1, 2]
    assert store.read("test/tokens") == [{"token": "a"}, {"token": "b"}]


def test_work_that_fails_leaves_nothing_behind(store: Store) -> None:
    def work(transaction) -> None:
        transaction.run("test/add", token="a")
        raise LookupError("a bug in the work")

    with pytest.raises(LookupError, match="a bug in the work"):
        store.write(work)
    assert store.read("test/tokens") == []


def test_a_stream_gives_every_row_in_order(store: Store) -> None:
    tokens = [f"{n:05d}" for n in range(12_000)]
    store.write(lambda transaction: transaction.run("test/add_many", tokens=tokens))
    assert [row["token"] for row in store.stream("test/tokens")] == tokens


def test_a_stream_may_be_left_half_way(store: Store) -> None:
    store.write(lambda transaction: transaction.run("test/add_many", tokens=[str(n) for n in range(6_000)]))
    rows = store.stream("test/tokens")
    assert next(rows) == {"token": "0"}
    rows.close()  # type: ignore[attr-defined]  # it is a generator
    assert add(store, "new") == 1


def test_several_reads_see_one_state(store: Store) -> None:
    add(store, "a")
    counts = store.read_together(lambda transaction: [transaction.run("test/count") for _ in range(2)])
    assert counts == [[{"phones": 1, "tokens": 1}]] * 2


@pytest.mark.parametrize("rows", [{}, {"token": "a", "other": 1}])
def test_wrong_parameters_never_reach_the_engine(store: Store, rows: dict[str, object]) -> None:
    with pytest.raises(errors.StoreRejected, match="test/add"):
        store.write(lambda transaction: transaction.run("test/add", **rows))


def test_a_slip_in_a_statement_is_said_with_its_name(store: Store) -> None:
    with pytest.raises(errors.StoreRejected, match=r"test/broken.*SyntaxError") as caught:
        store.read("test/broken")
    assert "\n" not in str(caught.value)


def test_an_error_in_the_middle_of_a_result_is_translated(store: Store) -> None:
    with pytest.raises(errors.StoreRejected, match="test/divide"):
        list(store.stream("test/divide", by=0))
    with pytest.raises(errors.StoreRejected, match="test/divide"):
        store.read("test/divide", by=0)


def test_eight_threads_on_one_node_lose_nothing(store: Store) -> None:
    def link(number: int) -> None:
        run = {"application_id": f"A{number}", "token": "shared" if number % 2 else f"own{number}"}
        store.write(lambda transaction: transaction.run("test/link", **run))

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(link, range(200)))
    assert store.read("test/holders", token="shared") == [{"counted": 100, "there": 100}]


def test_eight_threads_that_make_the_same_nodes_make_each_once(store: Store) -> None:
    barrier = threading.Barrier(8)

    def make(thread: int) -> None:
        for number in range(20):
            if number % 10 == 0:
                barrier.wait(30)
            add(store, f"t{number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(8)))
    assert store.read("test/count") == [{"phones": 20, "tokens": 20}]
    assert add(store, "t0") == 9


def test_sequence_numbers_are_taken_once_each(store: Store) -> None:
    def take(_: int) -> object:
        return store.write(lambda transaction: transaction.run("test/next"))[0]["sequence"]

    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(take, range(80)))
    assert sorted(taken) == list(range(1, 81))  # type: ignore[type-var]  # numbers
    state = store.state()
    assert state is not None
    assert state.sequence == 80


def test_retries_end(engine_settings: Settings, store: Store) -> None:
    attempts: list[int] = []

    def clash(transaction) -> None:
        attempts.append(1)
        raise Neo4jError._hydrate_neo4j(code="Neo.TransientError.Transaction.DeadlockDetected", message="again")

    with (
        Store.open(engine_settings, retries=Retries(first=0.001, attempts=4)) as impatient,
        pytest.raises(errors.StoreConflict, match="run the command again"),
    ):
        impatient.write(clash)
    assert len(attempts) == 4


def test_work_is_done_again_where_another_thread_connects_anew(store: Store) -> None:
    attempts: list[int] = []

    def work(transaction) -> object:
        attempts.append(1)
        if len(attempts) == 1:
            store._connection.reopen(store._connection.generation)
        return transaction.run("test/add", token="a")[0]["seen"]

    assert store.write(work) == 1
    assert len(attempts) == 2


def test_a_store_that_another_thread_closes_is_away_and_refuses_nothing(engine_settings: Settings, store: Store) -> None:
    with Store.open(engine_settings) as closing:

        def work(transaction) -> None:
            closing.close()
            transaction.run("test/add", token="a")

        for _ in range(2):  # half way, and before it began
            with pytest.raises(errors.StoreUnreachable, match="closed meanwhile"):
                closing.write(work)
    assert store.read("test/tokens") == []


def test_a_store_is_bound_to_its_first_key(store: Store) -> None:
    store.claim_key("1111111111111111")
    store.claim_key("1111111111111111")
    with pytest.raises(errors.KeyMismatch, match=r"1111111111111111.*2222222222222222.*GRAPHFRAUD_TOKEN_KEY"):
        store.claim_key("2222222222222222")


def test_of_two_keys_at_once_one_is_bound(store: Store) -> None:
    def claim(number: int) -> str:
        try:
            store.claim_key(f"{number:016d}")
        except errors.KeyMismatch:
            return "refused"
        return f"{number:016d}"

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(claim, range(8)))
    bound = [answer for answer in answers if answer != "refused"]
    state = store.state()
    assert state is not None
    assert bound == [state.key_fingerprint]


def test_opening_again_changes_nothing(engine_settings: Settings, store: Store) -> None:
    before = store.state()
    with Store.open(engine_settings) as again:
        assert again.state() == before


def test_a_newer_store_is_refused(engine_settings: Settings, store: Store) -> None:
    store.write(lambda transaction: transaction.run("test/unversion", version=versions.CURRENT + 1))
    with pytest.raises(errors.StoreVersion, match="install a newer graphfraud"):
        Store.open(engine_settings)
    with Store.open(engine_settings, any_version=True) as opened, pytest.raises(errors.StoreVersion, match="newer"):
        opened.upgrade()


def test_an_older_store_is_refused_until_it_is_upgraded(
    engine_settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rename(opened: Store) -> None:
        opened.write(lambda transaction: transaction.run("test/rename"))

    for value in ("x", "y"):
        store.write(lambda transaction, value=value: transaction.run("test/old", value=value))
    step = versions.Upgrade(versions.CURRENT, "Phones are found by `token` instead of `old`.", rename)
    monkeypatch.setattr(versions, "UPGRADES", (step,))
    store.write(lambda transaction: transaction.run("test/unversion", version=versions.CURRENT - 1))
    with pytest.raises(errors.StoreVersion, match="graphfraud store upgrade"):
        Store.open(engine_settings)
    with Store.open(engine_settings, any_version=True) as old:
        assert old.upgrade() == (versions.CURRENT - 1, versions.CURRENT)
        assert old.upgrade() == (versions.CURRENT, versions.CURRENT)
    with Store.open(engine_settings) as upgraded:
        assert upgraded.read("test/tokens") == [{"token": "x"}, {"token": "y"}]
        assert upgraded.state() == store.state()


def test_a_store_too_old_for_any_upgrade_says_so(
    engine_settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(versions, "UPGRADES", ())
    store.write(lambda transaction: transaction.run("test/unversion", version=versions.CURRENT - 1))
    with Store.open(engine_settings, any_version=True) as old, pytest.raises(errors.StoreVersion, match="earlier release"):
        old.upgrade()


def test_another_programs_store_node_is_left_alone(engine_settings: Settings, store: Store) -> None:
    store.write(lambda transaction: transaction.run("test/foreign"))
    with pytest.raises(errors.StoreVersion, match="another program"):
        Store.open(engine_settings)


def test_missing_constraints_come_back_with_the_next_opening(engine_settings: Settings, store: Store) -> None:
    store.write(lambda transaction: transaction.run("test/unversion", version=versions.CURRENT))
    with Store.open(engine_settings) as opened:
        state = opened.state()
    assert state is not None
    assert state.shape == versions.SHAPE


NAMES = [name for template in templates() for name in renderings(template)]


@pytest.mark.parametrize("name", NAMES)
def test_each_statement_is_understood_by_the_engine(shared_store: Store, name: str) -> None:
    wanted = statement(name)
    if name.startswith(("schema/unique", "schema/index")):
        shared_store.sweep(name)
        return
    with shared_store._connection.session("WRITE", -1) as session:
        result = session.run("EXPLAIN " + wanted.text, dict.fromkeys(wanted.needs))
        keys = tuple(result.keys())
        result.consume()
    assert keys in (wanted.gives, ())  # the embedded engine names no columns where there are no rows


def test_the_wrong_password_is_said_with_the_setting(neo4j_settings: Settings) -> None:
    with pytest.raises(errors.StoreDenied, match="GRAPHFRAUD_STORE_PASSWORD"):
        Store.open(replace(neo4j_settings, store_password="not this one"))


def test_a_database_that_is_not_there_is_said_with_the_setting(neo4j_settings: Settings) -> None:
    with pytest.raises(errors.SettingError, match="GRAPHFRAUD_STORE_DATABASE"):
        Store.open(replace(neo4j_settings, store_database="elsewhere"))


@pytest.mark.parametrize("url", ["bolt://127.0.0.1:1", "neo4j://127.0.0.1:1", "bolt+s://127.0.0.1:1", "bolt://nobody.invalid"])
def test_no_server_is_said_with_its_address(tmp_path: Path, url: str) -> None:
    with pytest.raises(errors.StoreUnreachable, match=f"no graph engine answers at {re.escape(url)}.*GRAPHFRAUD_STORE"):
        Store.open(Settings(home=tmp_path, store=url))


def test_a_file_that_is_no_certificate_is_said_with_the_setting(tmp_path: Path) -> None:
    authority = tmp_path / "authority.pem"
    authority.write_text("not a certificate")
    with pytest.raises(errors.SettingError, match="GRAPHFRAUD_STORE_CA"):
        Store.open(Settings(home=tmp_path, store="bolt+s://127.0.0.1:1", store_ca=authority))


@pytest.mark.parametrize("scheme", ["bolt+s", "neo4j+s"])
def test_a_private_authority_is_trusted_when_it_is_named(neo4j_settings: Settings, neo4j_authority: Path, scheme: str) -> None:
    encrypted = replace(neo4j_settings, store=neo4j_settings.store.replace("bolt", scheme))
    with pytest.raises(errors.StoreUnreachable, match="GRAPHFRAUD_STORE_CA"):
        Store.open(encrypted)
    with Store.open(replace(encrypted, store_ca=neo4j_authority)) as store:
        assert store.engine.startswith("Neo4j/")
