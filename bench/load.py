"""Load speed: `write_applications` beside a bare ``UNWIND … MERGE`` loop that writes the same graph.

    python bench/load.py [--rows 20000] [--times 1] [--rounds 3] [--bare one|per-kind] [--engine embedded|neo4j|URL]

Both write the same nodes, relationships and properties (checked), with the same batches, on the same warm engine: batch by
batch in turn, into a store emptied for each round, so that both meet the same engine in the same state and whatever else
the machine does falls on both. Ours also reads what is stored, decides between new, changed and unchanged, takes the
sequence number and moves the mark of the load, all in the same transaction. A ratio above 1 says that ours is faster.
`--times 10` takes ten times the rows. `--engine neo4j` starts a server of its own from the Maven jars that the tests use; a
URL (with NEO4J_TEST_PASSWORD) names a running one, WHOSE CONTENT IS DELETED.
"""

from __future__ import annotations

import argparse
import gc
import hashlib
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import neo4j

from graphfraud import schema
from graphfraud.intake.records import ApplicationRecord, Identifier, effective_at
from graphfraud.settings import Settings
from graphfraud.store import Store, embedded
from graphfraud.store.applications import write_applications
from graphfraud.store.loads import LoadMark

BATCH = 1_000
Rows = list[dict[str, object]]


def records(count: int, world: str) -> list[ApplicationRecord]:
    """Make applications with every kind of identifier, shared about as much as a lender's are; worlds share nothing."""
    rng = random.Random(1)
    made = []
    for number in range(count):
        own, account, ip = rng.randrange(10 * count), rng.randrange(5 * count), rng.randrange(count // 2)
        person = rng.randrange(count) if rng.random() < 0.1 else count + number
        held = [
            ("person", "applicant", person, None),
            ("phone", "own", own, None),
            ("phone", "contact_1", rng.randrange(10 * count), None),
            *([("phone", "contact_2", rng.randrange(3 * count), None)] if rng.random() < 0.9 else []),
            ("device", "used", rng.randrange(count), None),
            ("account", "repaying", account, None),
            ("address", "home", rng.randrange(2 * count), None),
            *([("vehicle", "financed", number, None)] if rng.random() < 0.8 else []),
            *([("work_phone", "work", rng.randrange(count // 20), None)] if rng.random() < 0.8 else []),
            ("ip", "sent_from", ip, None),
            ("employer", "employed", rng.randrange(count // 20), None),
            ("compound", "with_room", rng.randrange(count // 10), None),
            ("phone_block", "whole", own // 100, own % 100),
            ("phone_block", "shifted", -1 - (own + 50) // 100, (own + 50) % 100),
            ("account_block", "whole", account // 100, account % 100),
            ("account_block", "shifted", -1 - (account + 50) // 100, (account + 50) % 100),
            ("ip_range", "sent_from", ip // 50, None),
        ]
        made.append(
            ApplicationRecord(
                application_id=f"{world}{number:08}",
                submitted_at=1_700_000_000_000 + number * 1_000,
                updated_at=None,
                dealer_id=f"D{rng.randrange(200):04}",
                salesperson_id=f"S{rng.randrange(1_500):05}",
                attributes=_attributes(number, rng),
                identifiers=tuple(
                    Identifier(kind, role, _token(world + kind, v), f"***{v % 10_000:04}", p) for kind, role, v, p in held
                ),
                flags=(),
                content=hashlib.sha256(f"{world}/{number}".encode()).hexdigest(),
            )
        )
    return made


def _attributes(number: int, rng: random.Random) -> dict[str, float | int | str]:
    price = 60_000.0 + rng.randrange(200) * 1_000
    return {
        "age": float(20 + number % 40),
        "monthly_income": 4_000.0 + rng.randrange(160) * 100,
        "vehicle_model": f"model {rng.randrange(60)}",
        "vehicle_price": price,
        "down_payment": price * 0.25,
        "loan_amount": price * 0.75,
        "term_months": 36.0,
        "product": "passenger",
        "birth_year": 1960 + number % 40,
        "sex": "fm"[number % 2],
        "local_hour": number % 24,
        "name": _token("name", number),
        "surname": _token("surname", rng.randrange(300)),
        "name_mask": "王*",
        "building": _token("building", number // 3),
        "phone_segment": _token("segment", rng.randrange(500)),
        "bank": "622202",
        "vehicle_maker": "LSV",
        "vehicle_year": "M",
    }


def _token(kind: str, value: int) -> str:
    return hashlib.sha256(f"{kind}/{value}".encode()).hexdigest()[:16]


def write_ours(store: Store, batch: Sequence[ApplicationRecord], start: int) -> None:
    mark = LoadMark("bench", "bench.csv", "applications", 1, start + len(batch))
    write_applications(store, batch, range(start, start + len(batch)), mark, arrived_at=1)


def _dealer_and_salesperson(application: str) -> str:
    return (
        f"MERGE (d:Dealer {{dealer_id: {application}.dealer_id}}) MERGE (a)-[s1:SOLD_BY]->(d) SET s1.since = $since "
        f"MERGE (s:Salesperson {{salesperson_id: {application}.salesperson_id}}) "
        "MERGE (a)-[s2:HANDLED_BY]->(s) SET s2.since = $since"
    )


BARE_ONE = (
    "UNWIND $rows AS r MERGE (a:Application {application_id: r.properties.application_id}) SET a += r.properties "
    + " ".join(
        f"FOREACH (x IN r.{kind.name} | MERGE (i:{kind.label} {{token: x.token}}) ON CREATE SET i.mask = x.mask "
        f"MERGE (a)-[e:{kind.relationship} {{role: x.role}}]->(i) SET e.since = $since, e.position = x.position)"
        for kind in schema.KINDS
    )
    + f" WITH a, r {_dealer_and_salesperson('r.properties')}"
)
BARE_APPLICATIONS = (
    f"UNWIND $rows AS r MERGE (a:Application {{application_id: r.application_id}}) SET a += r {_dealer_and_salesperson('r')}"
)
BARE_KIND = {
    kind.name: f"UNWIND $rows AS x MATCH (a:Application {{application_id: x.application_id}}) "
    f"MERGE (i:{kind.label} {{token: x.token}}) ON CREATE SET i.mask = x.mask "
    f"MERGE (a)-[e:{kind.relationship} {{role: x.role}}]->(i) SET e.since = $since, e.position = x.position"
    for kind in schema.KINDS
}


def _properties(record: ApplicationRecord, line: int, since: int) -> dict[str, object]:
    return {
        **record.attributes,
        "application_id": record.application_id,
        "since": since,
        "arrived_at": 1,
        "content": record.content,
        "source": "bench.csv",
        "line": line,
        "effective_at": effective_at(record),
        "submitted_at": record.submitted_at,
        "dealer_id": record.dealer_id,
        "salesperson_id": record.salesperson_id,
    }


def _held(identifier: Identifier) -> dict[str, object]:
    held: dict[str, object] = {"token": identifier.token, "mask": identifier.mask, "role": identifier.role}
    return held if identifier.position is None else held | {"position": identifier.position}


def bare_one(transaction: neo4j.ManagedTransaction, batch: Sequence[ApplicationRecord], start: int, since: int) -> None:
    """One statement with a MERGE for each node and relationship."""
    rows: Rows = []
    for line, record in enumerate(batch, start):
        row: dict[str, list[dict[str, object]]] = {kind.name: [] for kind in schema.KINDS}
        for identifier in record.identifiers:
            row[identifier.kind].append(_held(identifier))
        rows.append({**row, "properties": _properties(record, line, since)})
    transaction.run(BARE_ONE, rows=rows, since=since).consume()


def bare_per_kind(transaction: neo4j.ManagedTransaction, batch: Sequence[ApplicationRecord], start: int, since: int) -> None:
    """One statement for the applications and one for each kind, a row for each relationship."""
    applications = [_properties(record, line, since) for line, record in enumerate(batch, start)]
    transaction.run(BARE_APPLICATIONS, rows=applications, since=since).consume()
    for kind in schema.KINDS:
        rows = [
            _held(identifier) | {"application_id": record.application_id}
            for record in batch
            for identifier in record.identifiers
            if identifier.kind == kind.name
        ]
        transaction.run(BARE_KIND[kind.name], rows=rows, since=since).consume()


BARE = {"one": bare_one, "per-kind": bare_per_kind}


def write_bare(store: Store, batch: Sequence[ApplicationRecord], start: int, how: str) -> None:
    with store._connection.session("WRITE", -1) as session:
        session.execute_write(BARE[how], batch, start, start // BATCH + 1)


def empty(store: Store) -> None:
    with store._connection.session("WRITE", -1) as session:
        session.run("MATCH (n) WHERE NOT n:Store CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 5000 ROWS").consume()
        session.run("MATCH (n:Store) SET n.sequence = 0").consume()


def graph_of(store: Store) -> tuple[object, ...]:
    """What was written, counted: both ways must leave the same."""
    with store._connection.session("READ", -1) as session:
        nodes = session.run("MATCH (n) WHERE NOT n:Store AND NOT n:LoadedFile RETURN count(n) AS n, sum(size(keys(n))) AS p")
        links = session.run("MATCH ()-[r]->() RETURN count(r) AS n, sum(size(keys(r))) AS p")
        return tuple(nodes.single(strict=True).values()) + tuple(links.single(strict=True).values())


@contextmanager
def opened(engine: str) -> Iterator[Store]:
    with tempfile.TemporaryDirectory(prefix="graphfraud-bench-") as folder:
        home = Path(folder)
        if engine == "embedded":
            settings = Settings(home=home, store=f"embedded:{home / 'store'}")
            try:
                with Store.open(settings) as store:
                    yield store
            finally:
                embedded.stop(home / "store", force=True)
        elif engine == "neo4j":
            sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
            from engines import neo4j_server  # type: ignore[import-not-found]  # lives beside the tests

            server = neo4j_server.start(home)
            try:
                server.wait()
                with Store.open(Settings(home=home, store=server.url, store_password=server.password)) as store:
                    yield store
            finally:
                server.stop()
        else:
            password = os.environ.get("NEO4J_TEST_PASSWORD", "")
            with Store.open(Settings(home=home, store=engine, store_password=password)) as store:
                yield store


def check_same(store: Store, made: Sequence[ApplicationRecord], how: str) -> None:
    """Refuse to compare two ways that leave different graphs."""
    left = []
    for ours in (True, False):
        empty(store)
        if ours:
            write_ours(store, made[:BATCH], 0)
        else:
            write_bare(store, made[:BATCH], 0, how)
        left.append(graph_of(store))
    if left[0] != left[1]:
        raise SystemExit(f"the two wrote different graphs (nodes, their properties, relationships, theirs): {left}")


def run_round(store: Store, worlds: Mapping[str, Sequence[ApplicationRecord]], how: str) -> dict[str, float]:
    """Write both worlds into an emptied store, batch by batch in turn; return the seconds that each took."""
    empty(store)
    seconds = dict.fromkeys(worlds, 0.0)
    for start in range(0, len(worlds["ours"]), BATCH):
        for way in sorted(worlds, reverse=bool(start // BATCH % 2)):
            batch = worlds[way][start : start + BATCH]
            began = time.perf_counter()
            if way == "ours":
                write_ours(store, batch, start)
            else:
                write_bare(store, batch, start, how)
            seconds[way] += time.perf_counter() - began
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--engine", default="embedded")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--bare", choices=sorted(BARE), default="one")
    options = parser.parse_args()
    count = options.rows * options.times
    worlds = {"ours": records(count, "A"), "bare": records(count, "B")}
    each = sum(len(record.identifiers) for record in worlds["ours"]) / count
    gc.freeze()  # the records stay: looking through them again and again is no part of either way
    ratios = []
    with opened(options.engine) as store:
        print(f"{store.engine}; {count:,} applications, {each:.1f} identifiers each; bare loop: {options.bare}")
        check_same(store, worlds["ours"], options.bare)
        for _ in range(2):  # the first thousands of rows find a cold virtual machine
            run_round(store, {way: made[:8_000] for way, made in worlds.items()}, options.bare)
        for number in range(1, options.rounds + 1):
            seconds = run_round(store, worlds, options.bare)
            ratios.append(seconds["bare"] / seconds["ours"])
            rates = ", ".join(f"{way} {count / taken:,.0f}/s" for way, taken in sorted(seconds.items(), reverse=True))
            print(f"round {number}: {rates}, ratio {ratios[-1]:.2f}", flush=True)
    print(f"median ratio {statistics.median(ratios):.2f}")


if __name__ == "__main__":
    main()
