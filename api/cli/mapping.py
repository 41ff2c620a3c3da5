"""`graphfraud mapping`: the mappings that are shipped, and what one makes of a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import JsonOption, load_settings, out, print_json, say, table
from api.times import json_time

if TYPE_CHECKING:
    from graphfraud.settings import Conventions
    from ingest.batches import AnyRecord
    from ingest.preview import Preview

TOO_MANY = 0.05
EXAMPLES = 10

HELP = "Look at mappings: which column of a file is what.\n\n\b\nExample:\n  graphfraud mapping check customers.csv mine.toml"
group = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="mapping")


@group.command("list")
def list_mappings(as_json: JsonOption = False) -> None:
    """List the mappings that are shipped.

    \b
    Example:
      graphfraud mapping list
    """
    from importlib.resources import files

    from graphfraud.intake import mapping_file

    shipped = files("ingest.mappings")
    found = [mapping_file.find(name, shipped) for name in ("default", *mapping_file.names(shipped))]
    if as_json:
        print_json([{"name": m.name, "says": m.says, "files": [rule.match for rule in m.files]} for m in found])
        return
    shown = table("mapping", "what it reads")
    for mapping in found:
        shown.add_row(mapping.name, mapping.says)
    out().print(shown)


@group.command("show")
def show(
    name: Annotated[str, typer.Argument(metavar="NAME|FILE", help="A shipped mapping, `default`, or a TOML file.")],
    as_json: JsonOption = False,
) -> None:
    """Print a mapping, to read or to start an own one from; `default` prints the columns of the contract.

    \b
    Example:
      graphfraud mapping show yelpchi_reviews > mine.toml
    """
    from importlib.resources import files

    from graphfraud import schema
    from graphfraud.intake import mapping_file

    shipped = files("ingest.mappings")
    mapping = mapping_file.find(name, shipped)
    if mapping.is_default:
        contract = {
            "applications": schema.APPLICATION_COLUMNS,
            "dealers": schema.DEALER_COLUMNS,
            "outcomes": schema.OUTCOME_COLUMNS,
        }
        if as_json:
            print_json({"name": mapping.name, "columns": contract})
            return
        shown = table("file", "column", "what it is")
        for holds, columns in contract.items():
            for column in columns:
                shown.add_row(holds, column, _says(column) if holds == "applications" else "")
        out().print(shown)
        return
    source = shipped.joinpath(f"{name}.toml") if name in mapping_file.names(shipped) else Path(name)
    text = source.read_text(encoding="utf-8")
    if as_json:
        print_json({"name": mapping.name, "says": mapping.says, "files": [rule.match for rule in mapping.files], "text": text})
    else:
        typer.echo(text, nl=False)


@group.command("check")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A file, or a folder of files that belong together.")],
    mapping: Annotated[str, typer.Argument(metavar="MAPPING", help="A shipped mapping or a TOML file.")] = "default",
    rows: Annotated[int, typer.Option("--rows", min=1, help="How many rows to look at, from the top.")] = 1000,
    as_json: JsonOption = False,
) -> None:
    """Show five rows as they would load (identifiers masked), and what is wrong; nothing is written.

    Exit code 3 says that more than one row in twenty would be refused.

    \b
    Example:
      graphfraud mapping check reviews.csv.gz yelpchi_reviews
    """
    from importlib.resources import files

    from graphfraud.intake import mapping_file
    from ingest.preview import preview

    conventions = load_settings().conventions
    chosen = mapping_file.find(mapping, files("ingest.mappings"))
    found = preview(file, chosen, conventions, rows=rows)
    if as_json:
        print_json([_document(one, chosen.conventions(conventions)) for one in found])
    else:
        for one in found:
            _print(one, chosen.conventions(conventions))
    worst = max(one.rejected_share for one in found)
    if worst > TOO_MANY:
        say(f"graphfraud: {worst:.1%} of the rows looked at would be refused")
        raise typer.Exit(3)


def _says(column: str) -> str:
    from graphfraud import schema

    own = {
        "application_id": "the id of the application; required",
        "submitted_at": "when it was submitted; required",
        "updated_at": "when it was last changed: decides which of two versions is the later",
        "dealer_id": "the dealer",
        "salesperson_id": "the salesperson",
    }
    if column in own:
        return own[column]
    kinds = [f"{kind.name} ({role.name}): {kind.says}" for kind in schema.KINDS for role in kind.roles if role.column == column]
    return kinds[0] if kinds else next(a.says for a in schema.ATTRIBUTES if a.column == column)


def _fields(record: AnyRecord, conventions: Conventions) -> dict[str, str]:
    """Return a record as people may see it: masks for identifiers, `token` for what is kept as a token only."""
    from graphfraud import schema
    from graphfraud.intake.records import ApplicationRecord, DealerRecord

    if isinstance(record, ApplicationRecord):
        times = {"submitted_at": record.submitted_at, "updated_at": record.updated_at}
        fields = {"application_id": record.application_id}
        fields |= {name: said for name, ms in times.items() if (said := json_time(ms, conventions.zone)) is not None}
        fields |= {n: v for n, v in (("dealer_id", record.dealer_id), ("salesperson_id", record.salesperson_id)) if v}
    elif isinstance(record, DealerRecord):
        fields = {"dealer_id": record.dealer_id}
    else:
        return {"application_id": record.application_id, "outcome": record.outcome, "observed_on": record.observed_on}
    for identifier in record.identifiers:
        name = f"{identifier.kind} ({identifier.role})"
        fields[name] = f"{fields[name]}, {identifier.mask}" if name in fields else identifier.mask
    for name, value in record.attributes.items():
        token = name in schema.ATTRIBUTE and schema.ATTRIBUTE[name].type == "token"
        fields[name] = "token" if token else f"{value:g}" if isinstance(value, float) and abs(value) < 1e6 else str(value)
    if isinstance(record, ApplicationRecord) and record.flags:
        fields["flags"] = ", ".join(record.flags)
    return fields


def _document(one: Preview, conventions: Conventions) -> dict[str, object]:
    return {
        "path": str(one.path),
        "holds": one.holds,
        "columns": one.columns,
        "unused_columns": list(one.unused),
        "rows": [{"line": line, **_fields(record, conventions)} for line, record in one.records],
        "rows_read": one.rows,
        "rejected": len(one.rejects),
        "rejects": [
            {"line": e.line, "column": e.column, "value": e.value, "code": e.code, "message": e.message}
            for e in one.rejects[:EXAMPLES]
        ],
        "notes": dict(sorted(one.notes.items())),
    }


def _print(one: Preview, conventions: Conventions) -> None:
    from graphfraud.intake import codes

    console = out()
    console.print(f"{one.path.name}: {one.holds}, {one.rows:,} {'row' if one.rows == 1 else 'rows'} looked at")
    mapped = ", ".join(name if name == source else f"{name} = {source}" for name, source in one.columns.items())
    console.print(f"columns: {mapped}")
    if one.unused:
        console.print(f"not used: {', '.join(one.unused)}")
    if one.records:
        views = [_fields(record, conventions) for _, record in one.records]
        shown = table("", *(f"line {line}" for line, _ in one.records))
        for name in dict.fromkeys(name for view in views for name in view):
            shown.add_row(name, *(view.get(name, "") for view in views))
        console.print(shown)
    if one.rejects:
        rows = "1 row" if len(one.rejects) == 1 else f"{len(one.rejects):,} rows"
        refused = table("line", "column", "value", "why", title=f"{rows} would be refused", right=("line",))
        for entry in one.rejects[:EXAMPLES]:
            refused.add_row(str(entry.line), entry.column, entry.value, entry.message)
        console.print(refused)
        for code, count in Counter(entry.code for entry in one.rejects).most_common():
            console.print(f"  {code} {count:,}")
    for note, count in sorted(one.notes.items()):
        console.print(f"  {count:,} × {codes.NOTES.get(note, note)} ({note})")
    if not one.rejects:
        console.print("nothing would be refused")
