"""`graphfraud generate`: make a synthetic world to benchmark on."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from api.cli.context import JsonOption, out, print_json, say, table


class Difficulty(StrEnum):
    """How careful the gangs are."""

    normal = "normal"
    hard = "hard"


class WorldFormat(StrEnum):
    """File format of a world."""

    csv = "csv"
    parquet = "parquet"


def generate(
    folder: Annotated[Path | None, typer.Argument(metavar="OUT", help="Folder to write into; made if it is not there.")] = None,
    applications: Annotated[int, typer.Option("--applications", metavar="N", help="Number of applications.")] = 60_000,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Same seed, same bytes.")] = 1,
    days: Annotated[int, typer.Option("--days", metavar="D", help="Days that the world spans, from 2025-06-01.")] = 365,
    difficulty: Annotated[
        Difficulty, typer.Option(help="In a hard world gangs share less and take longer.")
    ] = Difficulty.normal,
    without: Annotated[
        list[str] | None, typer.Option("--without", metavar="NAME", help="Leave one function of the world out; repeatable.")
    ] = None,
    also: Annotated[
        list[str] | None, typer.Option("--with", metavar="NAME", help="Put in a function that is not usual; repeatable.")
    ] = None,
    typologies: Annotated[
        str,
        typer.Option(
            "--typologies",
            metavar="WHICH",
            help="Gangs to plant: usual, unseen (sorts that no usual world has), or NAME,NAME,…",
        ),
    ] = "usual",
    fraud_free: Annotated[bool, typer.Option("--fraud-free", help="Leave all typologies out.")] = False,
    file_format: Annotated[WorldFormat, typer.Option("--format", help="CSV (gzip) or Parquet.")] = WorldFormat.csv,
    list_facts: Annotated[bool, typer.Option("--list", help="Print what the world knows and stop.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Make a year of synthetic applications, with the gangs hidden among them.

    Writes applications, dealers, outcomes and truth (which application belongs to which ring, or to which look-alike
    group) in the columns of the default contract.

    Example: graphfraud generate world --applications 60000 --seed 7 --difficulty hard
    """
    if list_facts:
        _print_facts(as_json)
        return
    from graphfraud.errors import SettingError
    from ingest.world.make import make_world, plan_world
    from ingest.world.write import write_world

    if folder is None:
        raise SettingError("generate needs a folder to write into: graphfraud generate OUT (or --list)")
    plan = plan_world(applications, seed, days, difficulty.value, without or (), fraud_free, also or (), typologies)
    written = write_world(make_world(plan), folder, "parquet" if file_format is WorldFormat.parquet else "csv")
    if as_json:
        print_json(written)
        return
    say(
        f"{written.applications:,} applications by {written.dealers:,} dealers, {written.rings:,} rings with "
        f"{written.in_rings:,} applications, {written.outcomes:,} outcomes"
    )
    for path in written.files:
        out().print(str(path), soft_wrap=True)


def _print_facts(as_json: bool) -> None:
    from ingest.world.registry import FACTS

    if as_json:
        print_json(
            [
                {"name": fact.name, "kind": fact.kind, "share": fact.share, "usual": fact.usual, "says": fact.says}
                for fact in FACTS
            ]
        )
        return
    made = table(
        "name",
        "kind",
        "what it is",
        title="What the world knows; --without NAME leaves one out, --with NAME puts one in that is not usual",
    )
    for fact in FACTS:
        made.add_row(fact.name, fact.kind if fact.usual else f"{fact.kind}, not usual", fact.says)
    out().print(made)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("generate")(generate)
