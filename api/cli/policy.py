"""`graphfraud policy`: the policy that decides about checks: looked at, tried, run in shadow, activated, rolled back."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import asdict, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.context import (
    JsonOption,
    LangOption,
    Language,
    actor,
    load_settings,
    open_state,
    open_store,
    out,
    print_json,
    say,
    table,
)
from api.times import json_time, local_time, with_times

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from graphfraud.check.backtest import Backtest
    from graphfraud.check.compare import Comparison
    from graphfraud.check.cross_table import CrossTable
    from graphfraud.check.policy import Policy
    from graphfraud.settings import Settings
    from graphfraud.state.policies import Policies, StoredPolicy
    from graphfraud.wording import Lang

HELP = (
    "Look at the policy that decides, try another one, put it in force.\n\n\b\nExample:\n"
    "  graphfraud policy show > mine.toml\n  graphfraud policy backtest mine.toml --against 1000\n"
    "  graphfraud policy activate mine.toml"
)
group = typer.Typer(help=HELP, no_args_is_help=True, rich_markup_mode=None)
SHIPPED = "default"
LAST = 1000

FileOrVersion = Annotated[str, typer.Argument(metavar="FILE|VERSION", help="A TOML file, or the version of a stored policy.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(group, name="policy")


@group.command("show")
def show(
    version: Annotated[
        str, typer.Argument(metavar="[VERSION]", help="A stored version, or `default`; none: the one that decides.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Print a policy as TOML, to read or to start an own one from.

    \b
    Example:
      graphfraud policy show default > mine.toml
    """
    from graphfraud.check.policy_file import default_text, parse

    if version in (SHIPPED, _shipped()):
        text = default_text()
    else:
        with _open() as (_, policies):
            stored = policies.get(version) if version else policies.in_force().active
        text = stored.text if stored else default_text()
    if as_json:
        print_json({**_document(parse(text, version or "the policy in force")), "text": text})
    else:
        typer.echo(text, nl=not text.endswith("\n"))


@group.command("check")
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A policy as TOML.")],
    as_json: JsonOption = False,
) -> None:
    """Say whether a file is a policy, and what it decides; nothing is stored.

    \b
    Example:
      graphfraud policy check mine.toml
    """
    from graphfraud.check.policy_file import read

    policy, _ = read(file)
    if as_json:
        print_json(_document(policy))
    else:
        _print_summary(out(), policy)


@group.command("activate")
def activate(policy: FileOrVersion, as_json: JsonOption = False) -> None:
    """Let a policy decide from now on: running servers take it up within a second. `default` is the one that is shipped.

    If it runs in shadow, that ends: it would be compared with itself.

    \b
    Example:
      graphfraud policy activate mine.toml
    """
    with _open() as (_, policies):
        version, shadow = _stored_version(policies, policy), policies.in_force().shadow
        policies.activate(version, actor=actor(), shipped=_shipped())
        ended = shadow is not None and policies.in_force().shadow is None
    version = version or _shipped()
    _said(_deciding(f"policy {version} decides from now on", ended), {"active": version, "shadow_ended": ended}, as_json)


@group.command("rollback")
def rollback(as_json: JsonOption = False) -> None:
    """Take the last activation back; a second time, the one before it.

    \b
    Example:
      graphfraud policy rollback
    """
    with _open() as (_, policies):
        shadow = policies.in_force().shadow
        version = policies.rollback(actor=actor(), shipped=_shipped()) or _shipped()
        ended = shadow is not None and policies.in_force().shadow is None
    _said(_deciding(f"policy {version} decides again", ended), {"active": version, "shadow_ended": ended}, as_json)


@group.command("shadow")
def shadow(
    policy: Annotated[
        str, typer.Argument(metavar="FILE|VERSION|off", help="A TOML file, a stored version, or `off` to end the shadow.")
    ],
    as_json: JsonOption = False,
) -> None:
    """Let a policy run beside the one that decides: every answer says what it would have decided.

    `graphfraud policy compare` sums that up.

    \b
    Examples:
      graphfraud policy shadow mine.toml
      graphfraud policy shadow off
    """
    with _open() as (_, policies):
        version = None if policy == "off" else _stored_version(policies, policy) or _stored_shipped(policies)
        policies.shadow(version, actor=actor())
    line = f"policy {version} runs in shadow" if version else "no policy runs in shadow"
    _said(line, {"shadow": version}, as_json)


@group.command("history")
def history(
    top: Annotated[int, typer.Option("--top", min=1, max=10_000, help="How many turns.")] = 50,
    as_json: JsonOption = False,
) -> None:
    """List who put which policy in force or in shadow and when, newest first; what decides now is the first `active`.

    \b
    Example:
      graphfraud policy history
    """
    with _open() as (settings, policies):
        turns = sorted(chain(policies.turns("active", top), policies.turns("shadow", top)), key=lambda t: -t.since)[:top]
    zone = settings.conventions.zone
    turns = [turn if turn.version or turn.role == "shadow" else replace(turn, version=_shipped()) for turn in turns]
    if as_json:
        print_json({"turns": [with_times(turn, zone, "since") for turn in turns]})
        return
    shown = table("since", "role", "policy", "by")
    for turn in turns:
        shown.add_row(local_time(turn.since, zone), turn.role, turn.version or "none", turn.by)
    out().print(shown)
    if not turns:
        say(f"no policy was activated yet: {_shipped()}, which is shipped, decides")


@group.command("list")
def list_policies(as_json: JsonOption = False) -> None:
    """List the stored policies, and which one decides or runs in shadow.

    \b
    Example:
      graphfraud policy list
    """
    with _open() as (settings, policies):
        force, stored = policies.in_force(), policies.all()
    active = force.active.version if force.active else _shipped()
    roles = {active: "active"} | ({force.shadow.version: "shadow"} if force.shadow else {})
    if force.shadow and force.shadow.version == active:
        roles[active] = "active, shadow"
    zone = settings.conventions.zone
    rows: list[tuple[str, int | None, str | None]] = [(_shipped(), None, None)]
    rows += [(one.version, one.created_at, one.created_by) for one in stored]
    if as_json:
        policies_said = [
            {"version": version, "role": roles.get(version, ""), "stored_at": json_time(stored_at, zone), "by": by}
            for version, stored_at, by in rows
        ]
        print_json({"policies": policies_said})
        return
    shown = table("policy", "role", "stored", "by")
    for version, stored_at, by in rows:
        when = "shipped" if stored_at is None else local_time(stored_at, zone)
        shown.add_row(version, roles.get(version, ""), when, by or "")
    out().print(shown)


@group.command("backtest")
def backtest(
    policy: FileOrVersion,
    against: Annotated[int, typer.Option("--against", metavar="N", min=1, help="How many of the last decisions.")] = LAST,
    lang: LangOption = Language.en,
    as_json: JsonOption = False,
) -> None:
    """Say who would have been decided otherwise: of the last answered checks, or, where there are none, of the last
    applications of the current scan. Nothing is changed.

    Answers that were degraded are counted by themselves: they were made without the graph.

    \b
    Example:
      graphfraud policy backtest mine.toml --against 1000
    """
    from graphfraud.check import backtest as trying
    from graphfraud.check.in_force import PoliciesInForce
    from graphfraud.check.replay import answered, scanned
    from graphfraud.state.state import State

    settings = load_settings()
    with State.open(settings) as state:
        tried = _read(state.policies, policy)
        answers = list(answered(state.answers.last(against)))
        if answers:
            result = trying.backtest(answers, tried, "answers")
        else:
            active = PoliciesInForce(state.policies).now().active
            with open_store(settings) as store:
                rows = scanned(settings, store, active, state.lists.hits, against)
            result = trying.backtest(rows, tried, "scan")
    if as_json:
        print_json(result.document())
    else:
        _print_backtest(out(), result, lang.value)


@group.command("compare")
def compare(
    last: Annotated[
        int | None, typer.Option("--last", metavar="N", min=1, help="The last N answers. [default: 1000; all within times]")
    ] = None,
    since: Annotated[str | None, typer.Option("--since", metavar="TIME", help="Only answers given from here on.")] = None,
    until: Annotated[str | None, typer.Option("--until", metavar="TIME", help="Only answers given before.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Sum up what answers recorded beside what was decided: what the policy in shadow would have decided, and what
    `serve --observe`, which lets everybody pass, would have. Nothing is changed.

    Counts by decision, the share that differs, and five applications of each kind of difference. Every pair of policies
    has a table of its own. Answers that were degraded are counted by themselves. Times are dates or ISO 8601; without an
    offset they are on the configured time zone's clock.

    \b
    Examples:
      graphfraud policy compare
      graphfraud policy compare --last 5000
      graphfraud policy compare --since 2025-06-01 --until 2025-06-08 --json
    """
    from graphfraud.check import compare as comparing
    from graphfraud.intake.times import window

    settings = load_settings()
    zone = settings.conventions.zone
    with open_state(settings) as state:
        first, end = window(since, until, zone)
        most = LAST if last is None and first is None and end is None else last
        found = comparing.compare(state.answers.last(most, first, end))
    if as_json:
        print_json(
            {
                "answers": found.answers,
                "first": json_time(found.first, zone),
                "last": json_time(found.last, zone),
                "comparisons": [one.document() for one in found.comparisons],
            }
        )
        return
    if found.first is not None:
        out().print(f"{found.answers:,} answers from {local_time(found.first, zone)} to {local_time(found.last, zone)}")
    for one in found.comparisons:
        _print_comparison(out(), one)
    if not found.comparisons:
        say(
            f"nothing is recorded beside the {found.answers:,} answers; "
            "graphfraud policy shadow FILE and graphfraud serve --observe begin to"
        )


@contextmanager
def _open() -> Iterator[tuple[Settings, Policies]]:
    """Give the settings and the stored policies to one command."""
    from graphfraud.state.state import State

    settings = load_settings()
    with State.open(settings) as state:
        yield settings, state.policies


def _stored_version(policies: Policies, given: str) -> str | None:
    """Return the version of a stored policy, storing a file's first; None for the one that is shipped."""
    from graphfraud.check.policy_file import read

    if given in (SHIPPED, _shipped()):
        return None
    if not Path(given).is_file():
        return _known(policies, given).version
    policy, text = read(Path(given))
    if policy.version == _shipped():
        raise _version_of_the_shipped(given)
    return policies.add(policy.version, text, actor=actor()).version


def _stored_shipped(policies: Policies) -> str:
    """Store the policy that is shipped, so that it can run in shadow, and return its version."""
    from graphfraud.check.policy_file import default_text

    return policies.add(_shipped(), default_text(), actor=actor()).version


def _read(policies: Policies, given: str) -> Policy:
    from graphfraud.check.in_force import stored_policy
    from graphfraud.check.policy import Policy
    from graphfraud.check.policy_file import read

    if given in (SHIPPED, _shipped()):
        return Policy.default()
    return read(Path(given))[0] if Path(given).is_file() else stored_policy(_known(policies, given))


def _known(policies: Policies, given: str) -> StoredPolicy:
    from graphfraud.errors import NotFound

    if given.endswith(".toml") or "/" in given:
        raise NotFound(f"there is no file {given}")
    return policies.get(given)


def _version_of_the_shipped(given: str) -> Exception:
    from graphfraud.errors import PolicyError

    return PolicyError(f"{given}, version: {_shipped()} is that of the policy that is shipped; write another one")


def _shipped() -> str:
    from graphfraud.check.policy import Policy

    return Policy.default().version


def _deciding(line: str, ended: bool) -> str:
    return f"{line}; it runs in shadow no longer" if ended else line


def _said(line: str, document: dict[str, object], as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        out().print(line)


def _document(policy: Policy) -> dict[str, object]:
    """Write a policy as one JSON object."""
    return asdict(policy)


def _print_summary(console: Console, policy: Policy) -> None:
    shown = table(f"policy {policy.version}", "what it says")
    shown.add_row("score", f"below {policy.cutoffs.reject_below} reject, below {policy.cutoffs.review_below} review")
    shown.add_row("fraud ring", f"below {policy.fraud.reject_below} reject, below {policy.fraud.review_below} review")
    shown.add_row("weights", ", ".join(f"{name} {value:g}" for name, value in asdict(policy.weights).items()))
    shown.add_row("wanted", ", ".join(f"{name}: {effect}" for name, effect in policy.wanted.items()) or "nothing")
    limits = (
        f"{limit.measure} {'' if limit.least is None else f'{limit.least:g}'}–{'' if limit.most is None else f'{limit.most:g}'}"
        f" else {limit.otherwise}"
        for limit in policy.limits
    )
    shown.add_row("admission", ", ".join(limits) or "everybody")
    shown.add_row("rules", ", ".join(f"{rule.name}: {rule.then}" for rule in policy.rules) or "none")
    effects = {**policy.lists.types, **policy.lists.named, "contacts": policy.lists.contacts}
    shown.add_row("lists", ", ".join(f"{name}: {effect}" for name, effect in effects.items()))
    limited = {n: v for n, v in asdict(policy.exposure).items() if n != "otherwise" and v is not None}
    shown.add_row("exposure", ", ".join(f"{name} {value:,.0f}" for name, value in limited.items()) or "no limit")
    tiers = (f"{tier.rate_tier} ({', '.join(tier.levels)}; {', '.join(tier.products) or 'all'})" for tier in policy.tiers)
    shown.add_row("terms", "; ".join(tiers) or "none: nothing is approved without a person")
    console.print(shown)


def _print_backtest(console: Console, result: Backtest, lang: Lang) -> None:
    what = "answered checks" if result.source == "answers" else "applications of the current scan"
    console.print(
        f"policy {result.policy_version} on the last {result.matrix.total():,} {what}: "
        f"{result.matrix.differ:,} would be decided otherwise{_left_out(result.degraded)}",
        soft_wrap=True,
    )
    for limit, count in result.limits_left_out.items():
        said = f"{limit} is left out for {count:,} of them: what others ask for was not recorded"
        console.print(said, soft_wrap=True)
    _print_matrix(console, result.matrix)
    if result.examples:
        shown = table("application", "decided", "would be", "score", "gate", "why", right=("score",))
        for one in result.examples:
            score = "" if one.score_after is None else f"{one.score_after}"
            if one.score_before not in (None, one.score_after):
                score = f"{one.score_before} → {score}"
            text = one.text.zh if lang == "zh" else one.text.en
            shown.add_row(one.application_id, one.before, one.after, score, one.gate, text)
        console.print(shown)


def _print_comparison(console: Console, found: Comparison) -> None:
    beside, differ, total = found.beside, found.matrix.differ, found.matrix.total()
    who = (
        f"everybody passed, observed by policy {beside.would_be_by}"
        if beside.decided_by is None
        else f"policy {beside.would_be_by} in shadow of policy {beside.decided_by}"
    )
    share = "" if found.share is None else f" ({found.share:.1%})"
    changed = f"{differ:,} of {total:,}{share} would be decided otherwise"
    console.print(f"{who}: {changed}{_left_out(found.degraded)}", soft_wrap=True)
    if found.matrix:
        _print_matrix(console, found.matrix)
    if found.examples:
        shown = table("application", "decided", "at gate", "would be", "at its gate", "score", right=("score",))
        for one in found.examples:
            gates = one.decided_at_gate, one.would_be_at_gate
            score = "" if one.score is None else f"{one.score}"
            shown.add_row(one.application_id, one.decided, gates[0], one.would_be, gates[1], score)
        console.print(shown)


def _left_out(degraded: int) -> str:
    return f"; {degraded:,} degraded, left out" if degraded else ""


def _print_matrix(console: Console, matrix: CrossTable) -> None:
    from graphfraud.check.answer import DECISIONS

    columns = tuple(f"would be {would_be}" for would_be in DECISIONS)
    shown = table("decided", *columns, right=columns)
    for decided in DECISIONS:
        counts = [matrix[decided, would_be] for would_be in DECISIONS]
        if any(counts):
            shown.add_row(decided, *(f"{count:,}" for count in counts))
    console.print(shown)
