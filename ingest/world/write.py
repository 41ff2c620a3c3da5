"""Write a world as the four files of the default contract; same plan, same bytes."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
from numpy.typing import NDArray

from graphfraud.errors import DiskError
from ingest.world import render
from ingest.world.clock import START
from ingest.world.dealers import Market
from ingest.world.make import World, generator
from ingest.world.outcomes import OUTCOMES, observe
from ingest.world.places import CITIES
from ingest.world.population import MODELS, birth_of
from ingest.world.registry import FACTS
from ingest.world.table import NONE, Ints

FileFormat = Literal["csv", "parquet"]
CHUNK = 250_000  # rows rendered at a time: memory stays flat
GZIP_LEVEL = 5


@dataclass(frozen=True)
class Written:
    """What was written: the files, and how many applications, rings and applications in rings they hold."""

    files: tuple[Path, ...]
    applications: int
    dealers: int
    outcomes: int
    rings: int
    in_rings: int


def applications_table(world: World, start: int = 0, stop: int | None = None) -> pa.Table:
    """Return applications (rows start … stop) as text and numbers, columns of the default contract."""
    stop = len(world.apps) if stop is None else min(stop, len(world.apps))
    rows = np.arange(start, stop)
    apps, market = world.apps.take(rows), world.market
    big = world.big_employers
    day = apps.x.astype(np.int64)
    today = START.toordinal() - date(1955, 1, 1).toordinal() + day
    columns: dict[str, pa.Array] = {
        "application_id": render.joined("AP", render.fixed(render.digits(rows, 9))),
        "submitted_at": render.times(day, apps.second, START),
        "applicant_id": render.resident_ids(apps.person),
        "applicant_name": render.names(apps.surname, apps.given),
        "age": pa.array(_age(birth_of(apps.person), today)),
        "phone": render.phones(apps.phone, apps.phone_style),
        "contact_phone_1": render.phones(apps.contact_1, apps.contact_1_style),
        "contact_phone_2": render.phones(apps.contact_2, apps.contact_2_style),
        "device_id": render.devices(apps.device),
        "ip": render.ips(apps.ip),
        "account_no": render.accounts(apps.account),
        "address": render.addresses(apps.home, apps.address_style),
        "employer": render.employers(apps.employer, apps.employer_style, big),
        "employer_phone": render.work_phones(apps.work_phone, big),
        "monthly_income": pa.array(apps.income),
        "dealer_id": _dealer_ids(apps.dealer),
        "salesperson_id": render.joined(
            "S", render.fixed(render.digits(market.home[apps.seller], 5)), "-", render.number(market.number[apps.seller])
        ),
        "vin": render.vins(apps.vin),
        "vehicle_model": render.lookup([m[0] for m in MODELS], apps.model),
        "vehicle_price": pa.array(apps.price),
        "down_payment": pa.array(apps.down),
        "loan_amount": pa.array(apps.loan),
        "term_months": pa.array(apps.term),
    }
    return pa.table(columns)


def dealers_table(market: Market) -> pa.Table:
    """Return the dealers, columns of the default contract."""
    n = len(market)
    rows = np.arange(n)
    short = [c[0].removesuffix("市") for c in CITIES]
    return pa.table(
        {
            "dealer_id": _dealer_ids(rows),
            "dealer_name": render.joined(render.lookup(short, market.city), render.number(rows), "汽车销售有限公司"),
            "region": render.lookup(short, market.city),
            "registered_capital": pa.array(market.capital),
            "registered_on": pa.array(render.dates_of(market.registered, date(1970, 1, 1))),
            "floor_area_m2": pa.array(market.floor_area),
            "staff_count": pa.array(market.staff),
            "chain_id": render.joined("C", render.fixed(render.digits(market.chain, 4))),
            "legal_representative_id": render.joined("LR", render.number(market.representative)),
            "phone": render.joined(render.lookup([c[1] for c in CITIES], market.city), "-", render.number(market.phone)),
            "account_no": render.number(market.account),
        }
    )


def outcomes_table(world: World) -> pa.Table:
    """Return what became of the loans, in order of submission."""
    found = observe(generator(world.plan, "outcomes"), world.apps, world.plan.days)
    return pa.table(
        {
            "application_id": _application_ids(found.row),
            "outcome": render.lookup(OUTCOMES, found.outcome),
            "observed_on": pa.array(render.dates_of(found.day, START)),
        }
    )


def truth_table(world: World) -> pa.Table:
    """Return ring, typology, benign group and ring_person of every application; in a ring, no benign group counts."""
    apps = world.apps
    group = np.where(apps.ring != NONE, NONE, apps.group)
    return pa.table(
        {
            "application_id": _application_ids(np.arange(len(apps))),
            "ring_id": pa.array(apps.ring),
            "typology": _fact_names(apps.typology),
            "benign_group": _fact_names(group),
            "ring_person": render.lookup(("False", "True"), apps.ring_person.astype(np.int64)),
        }
    )


def write_world(world: World, folder: Path, file_format: FileFormat = "csv") -> Written:
    """Write applications, dealers, outcomes and truth into a folder, replacing files of these names and no others."""
    n = len(world.apps)
    outcomes = outcomes_table(world)
    tables: dict[str, Sequence[Callable[[], pa.Table]]] = {
        "applications": [partial(applications_table, world, at, at + CHUNK) for at in range(0, n, CHUNK)],
        "dealers": [partial(dealers_table, world.market)],
        "outcomes": [lambda: outcomes],
        "truth": [partial(truth_table, world)],
    }
    ending = "csv.gz" if file_format == "csv" else "parquet"
    files = tuple(folder / f"{name}.{ending}" for name in tables)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, parts in zip(files, tables.values(), strict=True):
            (_write_csv if file_format == "csv" else _write_parquet)(path, parts)
    except OSError as error:
        raise DiskError(
            f"cannot write the world into {folder}: {error.strerror or error}; give a folder you can write"
        ) from error
    ring = world.apps.ring
    return Written(files, n, len(world.market), len(outcomes), int(ring.max()) + 1, int((ring != NONE).sum()))


def _write_csv(path: Path, parts: Sequence[Callable[[], pa.Table]]) -> None:
    options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
    with path.open("wb") as raw, gzip.GzipFile("", "wb", GZIP_LEVEL, raw, mtime=0) as file:
        for i, part in enumerate(parts):
            table = part()
            if i == 0:
                file.write((",".join(table.column_names) + "\n").encode())
            buffer = pa.BufferOutputStream()
            pa.csv.write_csv(table, buffer, options)
            file.write(buffer.getvalue())


def _write_parquet(path: Path, parts: Sequence[Callable[[], pa.Table]]) -> None:
    writer: pa.parquet.ParquetWriter | None = None
    for part in parts:
        table = part()
        writer = writer or pa.parquet.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
    if writer is not None:
        writer.close()


def _dealer_ids(dealer: Ints) -> pa.Array:
    return render.joined("D", render.fixed(render.digits(dealer, 5)))


def _application_ids(row: Ints) -> pa.Array:
    return render.joined("AP", render.fixed(render.digits(row, 9)))


def _fact_names(index: Ints) -> pa.Array:
    known = render.lookup([fact.name for fact in FACTS], np.maximum(index, 0))
    return pc.if_else(pa.array(index != NONE), known, pa.scalar(None, pa.large_string()))


def _age(birth: Ints, today: Ints) -> Ints:
    """Return full years between birthday and submission (both in days since 1955)."""
    born, now = (render.dates_of(days, date(1955, 1, 1)) for days in (birth, today))
    months = now.astype("datetime64[M]").astype(np.int64) - born.astype("datetime64[M]").astype(np.int64)
    not_yet = _day_of_month(now) < _day_of_month(born)
    years: Ints = (months - not_yet) // 12
    return years


def _day_of_month(moments: NDArray[np.datetime64]) -> Ints:
    days: Ints = (moments - moments.astype("datetime64[M]")).astype(np.int64)
    return days
