"""`graphfraud pairs`: which applications share identifiers of some kinds."""

from __future__ import annotations

from typing import Annotated

import typer

from api.cli.context import JsonOption, open_store, out, print_json, progress, table


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("pairs")(pairs)


def pairs(
    kinds: Annotated[
        str, typer.Option("--kinds", metavar="KIND,KIND", help="Identifier kinds that count, separated by commas.")
    ] = "phone,email,address",
    top: Annotated[
        int | None, typer.Option("--top", min=1, help="At most so many pairs, those that share most. [default: all]")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """List the pairs of applications that share identifiers, with how many they share, most first.

    \b
    Example:
      graphfraud load neo4j_demo_fraud/ --mapping neo4j_demo_fraud
      graphfraud pairs --kinds phone,email,address --top 20
    """
    from graphfraud.store import results

    chosen = _kinds(kinds)
    with open_store() as store, progress(f"pairs that share a {' or '.join(chosen)}"):
        found = results.shared_pairs(store, chosen)
    if as_json:
        print_json(
            {
                "kinds": chosen,
                "pairs": [
                    {"first": pair.first, "second": pair.second, "count": pair.count, "by_kind": dict(pair.shared)}
                    for pair in found[:top]
                ],
            }
        )
        return
    shown = table("application", "application ", "shared", "kinds", right=("shared",))
    for pair in found[:top]:
        shown.add_row(pair.first, pair.second, str(pair.count), ", ".join(f"{kind} {n}" for kind, n in pair.shared.items()))
    out().print(shown)
    share = "1 pair shares" if len(found) == 1 else f"{len(found):,} pairs share"
    cut = f"; the first {top:,} are shown" if top is not None and top < len(found) else ""
    out().print(f"{share} a {' or '.join(chosen)}{cut}")


def _kinds(text: str) -> list[str]:
    from graphfraud import schema
    from graphfraud.errors import MappingError
    from graphfraud.nearest import nearest

    chosen = list(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    for name in chosen:
        if name not in schema.KIND:
            raise MappingError(f"{name!r} is no identifier kind. {nearest(name, schema.KIND)}")
    if not chosen:
        raise MappingError(f"--kinds names none; known kinds are {', '.join(schema.KIND)}")
    return chosen
