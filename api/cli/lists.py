"""`graphfraud lists`: persons, phones, devices, accounts and dealers that the policy asks about."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer

from api.cli.context import (
    JsonOption,
    MaxRejectsOption,
    RejectsOption,
    actor,
    load_settings,
    open_state,
    out,
    print_json,
    say,
    table,
)
from api.times import local_time, with_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphfraud.settings import Settings
    from graphfraud.state.lists import ListEntry

HELP = "Keep special lists and court lists.\n\n\b\nExample:\n  graphfraud lists load fraud-phones phones.csv"
group = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)


class ListType(StrEnum):
    """What a list is."""

    special = "special"
    court = "court"


NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="The list.")]
KindOption = Annotated[
    str, typer.Option("--kind", metavar="KIND", help="With --value: person, phone, device, account, dealer …")
]
ValueOption = Annotated[
    str, typer.Option("--value", metavar="VALUE", help="The identifier as it is written; it is not stored.")
]
LimitOption = Annotated[int, typer.Option("--limit", min=1, help="At most so many entries.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="lists")


@group.command("load")
def load(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The list; made if there is none of that name.")],
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV, Parquet or JSON Lines, plain or gzipped.")],
    type: Annotated[ListType, typer.Option("--type", help="What a new list is; the policy says what follows of it.")] = (
        ListType.special
    ),
    replace: Annotated[
        bool, typer.Option("--replace", help="The file is the whole list: entries that are not in it are closed.")
    ] = False,
    rejects: RejectsOption = None,
    max_rejects: MaxRejectsOption = 0.05,
    as_json: JsonOption = False,
) -> None:
    """Load a file into a list; loading it again changes nothing.

    Columns: `kind` and `value`, or columns named by kinds (person, phone, device, account, dealer …) or by the contract
    (applicant_id, account_no …); and reason, source, valid_from, valid_to, which may be missing. Values are normalised as
    those of applications are, and stored as tokens. Bad rows go to the rejects file, the others load.

    \b
    Example:
      graphfraud lists load fraud-phones phones.csv
      graphfraud lists load court judgments.csv.gz --type court --replace
    """
    from graphfraud.check.answer import LIST_TYPES
    from ingest.lists import load_list

    settings = load_settings()
    as_type = next(known for known in LIST_TYPES if known == type.value)
    target = rejects.expanduser().absolute() if rejects else settings.home / "rejects" / f"list-{name}.csv"
    with open_state(settings) as state:
        loaded = load_list(settings, state.lists, name, as_type, file, target, replace=replace, actor=actor())
    done = loaded.done
    if as_json:
        print_json(
            {
                "list": name,
                "read": loaded.read,
                "rejected": loaded.rejected,
                "rejected_by_code": dict(sorted(loaded.codes.items())),
                "rejects": str(target) if loaded.rejected else None,
                "added": done.added,
                "changed": done.changed,
                "unchanged": done.unchanged,
                "closed": done.closed,
            }
        )
    else:
        counts = f"{done.added:,} added, {done.changed:,} changed, {done.unchanged:,} unchanged, {done.closed:,} closed"
        out().print(f"{name}: {loaded.read:,} rows, {loaded.rejected:,} rejected; {counts}")
        if loaded.rejected:
            out().print(f"rejected rows are listed in {target}")
    if loaded.rejected > max_rejects * loaded.read:
        say(f"graphfraud: {loaded.rejected / loaded.read:.1%} of the rows were rejected; the others are loaded")
        raise typer.Exit(3)


@group.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The list; all lists, if none is given.")] = "",
    kind: KindOption = "",
    value: ValueOption = "",
    limit: LimitOption = 100,
    as_json: JsonOption = False,
) -> None:
    """Show what stands on a list now, masked; without a name, all lists.

    \b
    Example:
      graphfraud lists show fraud-phones --kind phone --value 13912345678
    """
    settings = load_settings()
    with open_state(settings) as state:
        if not name:
            summaries = state.lists.summaries()
        else:
            token = _token(settings, kind, value)
            entries = state.lists.entries(_known(state.lists.summaries(), name), token=token, limit=limit)
    zone = settings.conventions.zone
    if name:
        _print(entries, zone, limit, as_json)
    elif as_json:
        print_json([with_times(one, zone, "created_at", "changed_at") for one in summaries])
    else:
        shown = table("list", "type", "entries", "changed", right=("entries",))
        for one in summaries:
            shown.add_row(one.name, one.type, f"{one.entries:,}", local_time(one.changed_at, zone))
        out().print(shown)


@group.command("remove")
def remove(
    name: NameArgument,
    entry: Annotated[int | None, typer.Option("--entry", metavar="ID", help="Only this entry; see `lists show`.")] = None,
    kind: KindOption = "",
    value: ValueOption = "",
    all_entries: Annotated[bool, typer.Option("--all", help="Every entry of the list.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Take an entry off a list, all of one identifier, or all; the history keeps them.

    \b
    Example:
      graphfraud lists remove fraud-phones --kind phone --value 13912345678
    """
    if (entry is not None) + bool(value) + all_entries != 1:
        raise typer.BadParameter("say what to take off: --entry ID, --kind and --value, or --all")
    settings = load_settings()
    token = _token(settings, kind, value)
    with open_state(settings) as state:
        closed = state.lists.remove(name, actor=actor(), entry_id=entry, token=token)
    if as_json:
        print_json({"list": name, "closed": closed})
    else:
        out().print(f"{closed:,} entr{'y' if closed == 1 else 'ies'} of {name} closed")


@group.command("history")
def history(
    name: NameArgument, kind: KindOption = "", value: ValueOption = "", limit: LimitOption = 100, as_json: JsonOption = False
) -> None:
    """Show all that ever stood on a list: who added it when, and who closed it when.

    \b
    Example:
      graphfraud lists history fraud-phones
    """
    settings = load_settings()
    with open_state(settings) as state:
        token = _token(settings, kind, value)
        entries = state.lists.entries(_known(state.lists.summaries(), name), closed=True, token=token, limit=limit)
    _print(entries, settings.conventions.zone, limit, as_json)


def _known(summaries: Sequence[Any], name: str) -> str:
    from graphfraud.errors import NotFound

    if name not in [summary.name for summary in summaries]:
        raise NotFound(f"there is no list {name!r}; graphfraud lists show names them")
    return name


def _token(settings: Settings, kind: str, value: str) -> str | None:
    if not value:
        return None
    from graphfraud.intake import Intake
    from graphfraud.intake.listed import ListIntake

    intake = ListIntake(Intake(settings.token_key(), settings.conventions))
    return intake.listed({"kind": kind or None, "value": value})[0].token


def _day(epoch_ms: int | None, zone: ZoneInfo) -> str | None:
    """Return the day of a validity as its file names it: on the lender's calendar."""
    return None if epoch_ms is None else datetime.fromtimestamp(epoch_ms / 1000, zone).date().isoformat()


def _print(entries: Sequence[ListEntry], zone: ZoneInfo, limit: int, as_json: bool) -> None:
    days = [{"valid_from": _day(one.valid_from, zone), "valid_to": _day(one.valid_to, zone)} for one in entries]
    if as_json:
        print_json([with_times(one, zone, "added_at", "closed_at") | valid for one, valid in zip(entries, days, strict=True)])
        return
    shown = table("entry", "kind", "value", "reason", "source", "from", "to", "added", "closed", right=("entry",))
    for one, valid in zip(entries, days, strict=True):
        shown.add_row(
            str(one.entry_id),
            one.kind,
            one.mask,
            one.reason,
            one.source,
            valid["valid_from"] or "–",
            valid["valid_to"] or "–",
            f"{local_time(one.added_at, zone)} {one.added_by}",
            f"{local_time(one.closed_at, zone)} {one.closed_by or ''}".strip(),
        )
    out().print(shown)
    if len(entries) == limit:
        say(f"the first {limit:,} entries; --limit shows more")
