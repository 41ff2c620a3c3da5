"""Facts straight from a synthetic world's numbers, without text, intake or store: ten million applications in minutes.

What the text of an identifier would derive (blocks of numbers, ranges, compounds) is derived from its number in the same
way, and each value becomes a scrambled number where intake makes a keyed hash; detection sees the same sharing.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from graphfraud.detection.columns import KIND_CODE, NO_POSITION, ROLE_CODE, Facts, Ints
from graphfraud.detection.ordering import Tokens, order_by
from graphfraud.detection.texts import Texts
from graphfraud.facts import to_arrow
from ingest.world import render
from ingest.world.clock import START
from ingest.world.make import Plan, World, make_world
from ingest.world.places import city_of
from ingest.world.population import birth_of

ROWS_AT_ONCE = 500_000
EAST_OF_UTC = 8 * 3_600  # seconds
NOBODY = date(1955, 1, 1)  # birthdays count from here


def write_world_facts(plan: Plan, folder: Path) -> None:
    """Make a world and write its facts as the two Parquet files that `read_facts` reads; occurrences are written last."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = folder / "applications.parquet", folder / "occurrences.draft"
    writers: list[pq.ParquetWriter] = []
    for facts in facts_of_world(make_world(plan)):
        tables = to_arrow(facts, np.zeros(len(facts), np.int64))
        writers = writers or [pq.ParquetWriter(path, table.schema) for path, table in zip(paths, tables, strict=True)]
        for writer, table in zip(writers, tables, strict=True):
            writer.write_table(table)
    for writer in writers:
        writer.close()
    paths[1].rename(folder / "occurrences.parquet")


def facts_of_world(world: World) -> Iterator[Facts]:
    """Yield the facts of a world, some rows at a time; each part numbers its rows from the first of all."""
    market, n = world.market, len(world.apps)
    dealers = render.joined("D", render.fixed(render.digits(np.arange(len(market)), 5)))
    sellers = render.joined("S", render.fixed(render.digits(market.home, 5)), "-", render.number(market.number))
    for start in range(0, n, ROWS_AT_ONCE):
        rows = np.arange(start, min(start + ROWS_AT_ONCE, n))
        apps = world.apps.take(rows)
        day = apps.x.astype(np.int64)
        born, today = render.dates_of(birth_of(apps.person), NOBODY), render.dates_of(day, START)
        years = (today - born) / np.timedelta64(1, "D") / 365.25
        home, phone = apps.home, apps.phone
        has_room = home % 10**6 > 0
        held = _Held(start)
        held.add("person", "applicant", apps.person)
        held.add("phone", "own", phone)
        held.add("phone", "contact_1", apps.contact_1)
        held.add("phone", "contact_2", apps.contact_2)
        held.add("device", "used", apps.device)
        held.add("account", "repaying", apps.account)
        held.add("address", "home", np.where(has_room, home, -1))
        held.add("vehicle", "financed", apps.vin)
        held.add("work_phone", "work", apps.work_phone)
        held.add("ip", "sent_from", apps.ip)
        held.add("employer", "employed", apps.employer)
        held.add("compound", "with_room", np.where(has_room, home // 10**6, -1))
        held.add("compound", "only", np.where(has_room, -1, home // 10**6))
        for kind, number in (("phone_block", phone), ("account_block", apps.account)):
            held.add(kind, "whole", np.where(number >= 0, number // 100 * 2, -1), number % 100)
            held.add(kind, "shifted", np.where(number >= 0, (number + 50) // 100 * 2 + 1, -1), (number + 50) % 100)
        held.add("ip_range", "sent_from", np.where(apps.ip >= 0, apps.ip >> 8, -1))
        yield Facts(
            Texts(render.joined("AP", render.fixed(render.digits(rows, 9)))),
            ((START - date(1970, 1, 1)).days + day) * 86_400_000 + (apps.second - EAST_OF_UTC) * 1_000,
            Texts(pa.DictionaryArray.from_arrays(apps.dealer.astype(np.int32), dealers)),
            Texts(pa.DictionaryArray.from_arrays(apps.seller.astype(np.int32), sellers)),
            {
                "age": np.floor(years),
                "monthly_income": apps.income.astype(np.float64),
                "vehicle_price": apps.price.astype(np.float64),
                "down_payment": apps.down.astype(np.float64),
                "loan_amount": apps.loan.astype(np.float64),
                "term_months": apps.term.astype(np.float64),
                "birth_year": born.astype("datetime64[Y]").astype(np.float64) + 1970,
                "local_hour": (apps.second // 3600).astype(np.float64),
            },
            {
                "name": scrambled(apps.surname * 10**9 + apps.given, 101),
                "surname": scrambled(apps.surname, 102),
                "building": np.where(has_room, scrambled(home // 10**4, 103), np.uint64(0)),
                "home_region": scrambled(city_of(home), 104),
            },
            *held.columns(),
        )


def scrambled(value: Ints, kind: int) -> Tokens:
    """Scramble numbers into 64 bits, differently for each kind (splitmix64: one to one, so that nothing clashes)."""
    x = value.astype(np.uint64) + np.uint64((2 * kind + 1) * 0x9E3779B97F4A7C15 % 2**64)
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class _Held:
    """Collects who holds what, and puts it in order of application, then kind and role as the schema has them."""

    def __init__(self, first: int) -> None:
        self.first = first
        self.parts: list[tuple[Ints, int, int, Tokens, Ints]] = []

    def add(self, kind: str, role: str, value: Ints, position: Ints | None = None) -> None:
        known = np.flatnonzero(value >= 0)
        code = KIND_CODE[kind]
        place = np.full(len(known), NO_POSITION) if position is None else position[known]
        self.parts.append((known, code, ROLE_CODE[kind, role], scrambled(value[known], code), place))

    def columns(self) -> tuple[np.ndarray, ...]:
        size = [len(part[0]) for part in self.parts]
        row = np.concatenate([part[0] for part in self.parts])
        order = order_by(row)
        return (
            (row[order] + self.first).astype(np.int32),
            np.repeat([part[1] for part in self.parts], size).astype(np.int8)[order],
            np.repeat([part[2] for part in self.parts], size).astype(np.int8)[order],
            np.concatenate([part[3] for part in self.parts])[order],
            np.concatenate([part[4] for part in self.parts]).astype(np.int16)[order],
        )
