"""`graphfraud check FILE|-`: the fraud check, as the HTTP service answers it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import JsonOption, LangOption, Language, MappingOption, actor, load_settings, open_state, out, say, table

if TYPE_CHECKING:
    from rich.console import Console

    from graphfraud.check.answer import CheckAnswer
    from graphfraud.check.answer import Text as ReasonText
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

    from graphfraud import wording

    zh = lang == "zh"
    decided = wording.decision(answer.would_be or answer.decision, answer.gate, lang)
    if answer.score is None or answer.level is None:
        score = "无评分" if zh else "no score"
    else:
        level = wording.level_word(answer.level, lang)
        score = f"评分 {answer.score}（{level}）" if zh else f"score {answer.score} ({level})"
    head = Text.assemble((answer.application_id, "bold"), "  ", (decided, "bold"), f"  {score}")
    if answer.degraded:
        head.append("  降级：图数据库未能及时应答" if zh else "  degraded: the graph was not there in time", "bold")
    console.print(head)
    in_table = {reason.text for reason in answer.reasons}
    for text in dict.fromkeys((*_why(answer), *(item.text for item in answer.look_first))):
        if text not in in_table:
            console.print(f"  {getattr(text, lang)}")
    for item in answer.bring:
        console.print(f"  {getattr(item.text, lang)}")
    if answer.ring is not None:
        ring, least = answer.ring, answer.ring.at_least
        if zh:
            state = "已知" if ring.state == "known" else "形成中的"
            size = f"{'至少 ' if least else ''}{ring.persons} 人、{ring.applications} 笔申请"
            console.print(f"  {state}团伙 {ring.ring_id}：{size}")
        else:
            size = f"{'at least ' if least else ''}{ring.applications} applications by {ring.persons} persons"
            console.print(f"  {ring.state} ring {ring.ring_id}: {size}")
    if answer.reasons:
        _print_reasons(console, answer, lang)
    if answer.terms is not None:
        tier, most = answer.terms.rate_tier, f"{answer.terms.max_share:.0%}"
        said = f"授信：{tier} 档，不超过申请金额的 {most}" if zh else f"terms: tier {tier}, at most {most} of what is asked"
        console.print(f"  {said}")


def _why(answer: CheckAnswer) -> list[ReasonText]:
    """Return what the gate that decided found, without what the applicant is asked to bring for it."""
    asked = {item.fields for item in answer.bring}
    found = next((result.findings for result in answer.gates if result.gate == answer.gate), ())
    return [one.text for one in found if one.effect != "note" and not (one.effect == "resubmit" and one.fields in asked)]


def _print_reasons(console: Console, answer: CheckAnswer, lang: Lang) -> None:
    """Print the reasons with their points; where each has none, as several paths hold a ring up, by their evidence alone."""
    from rich.text import Text

    from graphfraud import wording

    points, share, *others = (wording.title(name, lang) for name in ("points", "share", "reason", "proved by"))
    counted = any(reason.contribution for reason in answer.reasons)
    reasons = answer.reasons
    if not counted:
        reasons = tuple(sorted(reasons, key=lambda reason: -(reason.evidence_share or 0.0)))
    titles = (points, share, *others) if counted else (share, *others)
    rows = table(*titles, right=(points, share))
    for reason in reasons:
        proof = ", ".join((*reason.path.masks[:3], *reason.path.application_ids[:3]))
        of_evidence = "" if reason.evidence_share is None else f"{reason.evidence_share:.0%}"
        cells = (of_evidence, getattr(reason.text, lang), proof)
        rows.add_row(*((str(reason.contribution), *cells) if counted else cells))
    if counted and answer.remainder:
        rest = "各条理由共同支撑的部分，以及较弱的关联" if lang == "zh" else "what no single reason carries, and weaker ties"
        rows.add_row(str(answer.remainder), "", Text(rest, "dim"), "")
    console.print(rows)
