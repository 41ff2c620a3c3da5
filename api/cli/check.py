"""`graphfraud check FILE|-`: the fraud check, as the HTTP service answers it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import JsonOption, LangOption, Language, MappingOption, actor, load_settings, open_state, out, say, table

if TYPE_CHECKING:
    from rich.console import Console

    from graphfraud.check.answer import CheckAnswer
    from graphfraud.wording import Lang
    from ingest.checking import Arrived

AT_ONCE = 32


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("check")(check)


def check(
    file: Annotated[
        str,
        typer.Argument(metavar="FILE|-", help="Applications: CSV, Parquet, JSON (Lines); - is standard input, as JSON."),
    ],
    mapping: MappingOption = "default",
    observe: Annotated[
        bool, typer.Option("--observe", help="Answer pass to everybody and say what would have been decided.")
    ] = False,
    lang: LangOption = Language.en,
    as_json: JsonOption = False,
) -> None:
    """Check applications: store each in the graph, judge it by what is near it there, and decide by the policy in force.

    The answers are those of POST /v1/checks, and a row is refused for what is refused there: a column of another name, a time
    more than a day ahead. With --json they are one JSON document a line, in the order of the rows; a row that is refused is
    one too, with its line and errors (field, code, message). The exit code is 3 if a row was refused. A mapping makes
    applications of a table of any other shape, as for a load.

    \b
    Examples:
      graphfraud check new.jsonl
      echo '{"application_id": "A1", "submitted_at": "2025-06-01 10:00", "phone": "13812345678"}' | graphfraud check -
      graphfraud check today.csv --json > answers.jsonl
      graphfraud check customers.csv --mapping mine.toml
    """
    from importlib.resources import files
    from itertools import islice

    from graphfraud.check.check import Checker
    from graphfraud.intake import Intake, mapping_file
    from graphfraud.intake.arrivals import Arrivals
    from ingest.checking import applications_to_check

    settings = load_settings()
    chosen = mapping_file.find(mapping, files("ingest.mappings"))
    refused = 0
    with open_state(settings) as state:
        arrivals = Arrivals(Intake(settings.token_key(), settings.conventions, chosen))
        arrived = applications_to_check(file, sys.stdin, arrivals, chosen)
        checker = Checker.open(settings, state, observe=observe)
        try:
            while group := list(islice(arrived, AT_ONCE)):
                records = [one.record for one in group if one.record is not None]
                answers = iter(checker.check(records, actor()))
                for one in group:
                    if one.record is None:
                        refused += 1
                        _refuse(one, as_json)
                        continue
                    answer, body = next(answers)
                    if as_json:
                        sys.stdout.write(body.decode() + "\n")
                    else:
                        _print(out(), answer, lang.value)
        finally:
            checker.close()
    if refused:
        say(f"graphfraud: {'1 row was' if refused == 1 else f'{refused:,} rows were'} refused")
        raise typer.Exit(3)


def _refuse(row: Arrived, as_json: bool) -> None:
    import json

    if as_json:
        errors = [{"field": error.field, "code": error.code, "message": error.message} for error in row.errors]
        sys.stdout.write(json.dumps({"line": row.line, "errors": errors}, ensure_ascii=False) + "\n")
        return
    for error in row.errors:
        say(f"line {row.line}: {error.message}")


def _print(console: Console, answer: CheckAnswer, lang: Lang) -> None:
    from rich.text import Text

    from api.cli.rings import risk_bar

    score = "no score" if answer.score is None else f"{answer.score} {risk_bar((1000 - answer.score) / 700)}"
    gate = f" at {answer.gate.replace('_', ' ')}" if answer.gate else ""
    head = Text.assemble(
        (answer.application_id, "bold"), "  ", (answer.would_be or answer.decision, "bold"), f"{gate}  {score}"
    )
    if answer.degraded:
        head.append("  degraded: the graph was not there in time", "bold")
    console.print(head)
    if answer.ring is not None:
        ring, least = answer.ring, "at least " if answer.ring.at_least else ""
        console.print(f"  {ring.state} ring {ring.ring_id}: {least}{ring.applications} applications by {ring.persons} persons")
    rows = table("points", "of the evidence", "reason", "proved by", right=("points", "of the evidence"))
    for reason in answer.reasons:
        proof = ", ".join((*reason.path.masks[:3], *reason.path.application_ids[:3]))
        share = "" if reason.evidence_share is None else f"{reason.evidence_share:.0%}"
        rows.add_row(str(reason.contribution), share, getattr(reason.text, lang), proof)
    if answer.remainder:
        rest = "各条理由共同支撑的部分，以及较弱的关联" if lang == "zh" else "what no single reason carries, and weaker ties"
        rows.add_row(str(answer.remainder), "", Text(rest, "dim"), "")
    if rows.row_count:
        console.print(rows)
    for text in (*(item.text for item in answer.look_first), *(item.text for item in answer.bring)):
        console.print(f"  {getattr(text, lang)}")
    if answer.terms is not None:
        terms = answer.terms
        console.print(f"  terms: tier {terms.rate_tier}, at most {terms.max_share:.0%} of what is asked")
