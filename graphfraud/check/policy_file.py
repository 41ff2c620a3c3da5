"""Policies as TOML: read one, with errors that name the file, the table, the key, the value and what would do.

A table that a file leaves out is that of the default policy (`policies/default.toml`, which documents every key). In
[cutoffs], [weights], [contradictions] and [lists] this holds for each key; the other tables stand for themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import fields
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import get_args

from graphfraud.check.answer import LIST_TYPES, GateName, ListEffect
from graphfraud.check.policy import (
    APPLICATION_MEASURES,
    CONTRADICTIONS,
    DATA_EFFECTS,
    MEASURES,
    RULE_EFFECTS,
    SCORE_MEASURES,
    Condition,
    DataEffect,
    ExposureLimits,
    Limit,
    ListRules,
    Policy,
    RingCondition,
    Rule,
    Tier,
)
from graphfraud.check.scale import HIGHEST, LEVELS, LOWEST, Cutoffs, Level
from graphfraud.check.scoring import Weights
from graphfraud.errors import PolicyError
from graphfraud.intake import codes
from graphfraud.schema import APPLICATION_COLUMNS, REQUIRED_COLUMNS
from graphfraud.state.policies import RESERVED
from graphfraud.toml_tables import Table

DEFAULT_FILE = "policies/default.toml"
LONGEST_TEXT = 200_000
TABLES = ("cutoffs", "fraud", "weights", "wanted", "contradictions", "admission", "rule", "lists", "exposure", "terms")
WANTABLE = tuple(column for column in APPLICATION_COLUMNS if column not in REQUIRED_COLUMNS)
FLAGS = tuple(flag.removeprefix("flag:") for flag in codes.FLAGS)
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_LIST_EFFECTS: tuple[ListEffect, ...] = get_args(ListEffect)
_RINGS: tuple[RingCondition, ...] = tuple(ring for ring in get_args(RingCondition) if ring)
_TEXT_CONDITIONS = ("product", "dealer", "list", "flag", "missing")


def default_text() -> str:
    """Return the text of the default policy."""
    return files("graphfraud.check").joinpath(DEFAULT_FILE).read_text(encoding="utf-8")


@lru_cache(1)
def default() -> Policy:
    """Return the default policy."""
    return _whole(Table.parse(default_text(), "the default policy", PolicyError), None)


def read(path: Path) -> tuple[Policy, str]:
    """Return the policy of a file and its text; raise PolicyError that says what is wrong with it."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise PolicyError(f"{path} is no UTF-8 text") from error
    except OSError as error:
        raise PolicyError(f"cannot read {path}: {(error.strerror or 'error').lower()}") from error
    return parse(text, str(path)), text


def parse(text: str, name: str) -> Policy:
    """Return the policy of a TOML text; name is what errors call it."""
    if len(text) > LONGEST_TEXT:
        raise PolicyError(f"{name} has {len(text):,} characters; a policy has at most {LONGEST_TEXT:,}")
    return _whole(Table.parse(text, name, PolicyError), default())


def _whole(top: Table, usual: Policy | None) -> Policy:
    """Read a policy; usual is what stands where a table is left out, None while that itself is read."""
    top.only(("version", "says", *TABLES))
    version = top.text("version", longest=100)
    if not _VERSION.fullmatch(version):
        raise top.wrong("version", f"{version!r} is no version; write letters, digits, dots and dashes, such as 2026-03.1")
    if version in RESERVED:
        raise top.wrong("version", f"{version!r} is no version: it means that no policy is in force; choose another")
    missing = next((name for name in TABLES if usual is None and name not in top and name != "rule"), None)
    if missing:
        raise top.wrong(missing, "it is missing")
    cutoffs = _cutoffs(top.table("cutoffs"), usual.cutoffs if usual else Cutoffs())
    contradictions = top.table("contradictions")
    contradictions.only((*CONTRADICTIONS, "age_tolerance", "amounts_tolerance"))
    return Policy(
        version=version,
        says=top.text("says", ""),
        cutoffs=cutoffs,
        fraud=_cutoffs(top.table("fraud"), cutoffs),
        weights=_weights(top.table("weights"), usual.weights if usual else Weights()),
        wanted=usual.wanted if usual and "wanted" not in top else _wanted(top.table("wanted")),
        contradictions={
            name: contradictions.choice(name, DATA_EFFECTS, usual.contradictions[name] if usual else None)
            for name in CONTRADICTIONS
        },
        age_tolerance=contradictions.number("age_tolerance", 1, 50, usual.age_tolerance if usual else None),
        amounts_tolerance=contradictions.number("amounts_tolerance", 0, 10, usual.amounts_tolerance if usual else None),
        limits=usual.limits if usual and "admission" not in top else _limits(top.table("admission")),
        rules=_rules(top),
        lists=_lists(top.table("lists"), usual.lists if usual else None),
        tiers=usual.tiers if usual and "terms" not in top else _tiers(top),
        exposure=usual.exposure if usual and "exposure" not in top else _exposure(top.table("exposure")),
    )


def _cutoffs(table: Table, usual: Cutoffs) -> Cutoffs:
    table.only(("reject_below", "review_below"))
    reject = table.whole("reject_below", LOWEST, HIGHEST + 1, usual.reject_below)
    review = table.whole("review_below", LOWEST, HIGHEST + 1, usual.review_below)
    if review < reject:
        raise table.wrong("review_below", f"{review} is below reject_below ({reject}); write {reject} or more")
    return Cutoffs(reject, review)


def _weights(table: Table, usual: Weights) -> Weights:
    names = [field.name for field in fields(Weights)]
    table.only(names)
    return Weights(**{name: table.number(name, 0, 1, getattr(usual, name), below_most=True) for name in names})


def _wanted(table: Table) -> dict[str, DataEffect]:
    return table.each(WANTABLE, lambda column: table.choice(column, DATA_EFFECTS))


def _limits(table: Table) -> tuple[Limit, ...]:
    table.only(tuple(APPLICATION_MEASURES))
    return tuple(_limit(table.table(measure), measure) for measure in table.names)


def _limit(table: Table, measure: str) -> Limit:
    table.only(("least", "most", "otherwise"))
    least = table.number("least", 0, math.inf) if "least" in table else None
    most = table.number("most", 0, math.inf) if "most" in table else None
    if least is None and most is None:
        raise table.wrong("least", "it is missing, and so is most; write one of them or both")
    if least is not None and most is not None and most < least:
        raise table.wrong("most", f"{most:g} is below least ({least:g}): nobody could be admitted")
    return Limit(measure, least, most, table.choice("otherwise", RULE_EFFECTS, "reject"))


def _rules(top: Table) -> tuple[Rule, ...]:
    rules = tuple(_rule(table) for table in top.tables("rule"))
    names = [rule.name for rule in rules]
    for number, name in enumerate(names, 1):
        if name in names[: number - 1]:
            raise PolicyError(f"{top.of}, table [rule {number}], key name: {name!r} is the name of another rule; change one")
    return rules


def _rule(table: Table) -> Rule:
    table.only(("name", "when", "then", "says", "gate"))
    name = table.text("name", longest=100)
    when, says = table.table("when"), table.table("says")
    when.only((*MEASURES, *_TEXT_CONDITIONS, "ring"))
    says.only(("en", "zh"))
    if not when.names:
        raise table.wrong("when", "it is missing or empty: the rule would hit everybody; name at least one condition")
    conditions = tuple(_condition(when.table(key), key) for key in when.names if key in MEASURES)
    lists, ring = when.texts("list"), when.choice("ring", _RINGS) if "ring" in when else ""
    asks_score = ring != "" or any(condition.measure in SCORE_MEASURES for condition in conditions)
    usual: GateName = "fraud" if asks_score else "negative_information" if lists else "identity_and_admission"
    choices = [gate for gate in get_args(GateName) if gate != "terms"]
    english = says.text("en", name)
    return Rule(
        name=name,
        then=table.choice("then", RULE_EFFECTS),
        en=english,
        zh=says.text("zh", english),
        gate=table.choice("gate", choices, usual),
        conditions=conditions,
        products=when.texts("product"),
        dealers=when.texts("dealer"),
        lists=lists,
        flags=when.texts("flag", FLAGS),
        missing=when.texts("missing", WANTABLE),
        ring=ring,
    )


def _condition(table: Table, measure: str) -> Condition:
    table.only(("above", "below"))
    above, below = (table.number(k, 0, math.inf) if k in table else None for k in ("above", "below"))
    if above is None and below is None:
        raise table.wrong("above", "it is missing, and so is below; write one of them or both")
    if above is not None and below is not None and below <= above:
        raise table.wrong("below", f"{below:g} is not more than above ({above:g}): the rule could never hold")
    return Condition(measure, above, below)


def _lists(table: Table, usual: ListRules | None) -> ListRules:
    table.only((*LIST_TYPES, "contacts", "named"))
    named = table.table("named")
    return ListRules(
        types={kind: table.choice(kind, _LIST_EFFECTS, usual.types[kind] if usual else None) for kind in LIST_TYPES},
        named={name: named.choice(name, _LIST_EFFECTS) for name in named.names},
        contacts=table.choice("contacts", _LIST_EFFECTS, usual.contacts if usual else None),
    )


def _exposure(table: Table) -> ExposureLimits:
    names = ("per_person", "per_dealer", "per_ring")
    table.only((*names, "otherwise"))
    most = {name: table.number(name, 0, math.inf) for name in names if name in table}
    return ExposureLimits(**most, otherwise=table.choice("otherwise", RULE_EFFECTS, "review"))


def _tiers(top: Table) -> tuple[Tier, ...]:
    return tuple(_tier(table) for table in top.tables("terms"))


def _tier(table: Table) -> Tier:
    table.only(("levels", "products", "rate_tier", "max_share", "min_down_payment", "max_term_months"))
    levels = table.texts("levels", LEVELS)
    if not levels:
        raise table.wrong("levels", f"it is missing; write a list of {', '.join(LEVELS)}")
    return Tier(
        levels=_of(levels, LEVELS),
        products=table.texts("products"),
        rate_tier=table.text("rate_tier", longest=50),
        max_share=table.number("max_share", 0, 1),
        min_down_payment=table.number("min_down_payment", 0, 1),
        max_term_months=table.whole("max_term_months", 1, 600) if "max_term_months" in table else None,
    )


def _of(wanted: Sequence[str], known: Sequence[Level]) -> tuple[Level, ...]:
    return tuple(one for one in known if one in wanted)
