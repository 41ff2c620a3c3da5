"""Policies as TOML: what is left out, and what is wrong said clearly."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest

from graphfraud.check.policy import CONTRADICTIONS, Policy
from graphfraud.check.policy_file import _whole, default_text, parse, read
from graphfraud.check.scale import Cutoffs
from graphfraud.check.scoring import Weights
from graphfraud.errors import PolicyError
from graphfraud.intake import codes
from graphfraud.toml_tables import Table
from graphfraud.wording import approval


def test_the_shipped_file_is_the_default_policy():
    assert parse(default_text(), "default.toml") == Policy.default()
    assert Policy.default().cutoffs == Cutoffs() and Policy.default().weights == Weights()


def test_a_file_with_a_version_alone_is_the_default_under_another_name():
    one = parse('version = "mine"', "mine.toml")

    assert one.version == "mine"
    assert one.wanted == Policy.default().wanted and one.tiers == Policy.default().tiers


def test_a_table_that_is_there_stands_for_itself_and_single_keys_keep_the_rest():
    one = parse('version = "1"\n[wanted]\n[cutoffs]\nreject_below = 450\n[lists]\ncourt = "reject"', "mine.toml")

    assert one.wanted == {}
    assert one.cutoffs == Cutoffs(450, 550) and one.fraud == Cutoffs(450, 550)
    assert one.lists.types == {"special": "reject", "court": "reject"}


def test_every_contradiction_that_intake_flags_can_be_decided_and_has_words():
    assert {flag.removeprefix("flag:") for flag in codes.FLAGS} <= set(CONTRADICTIONS)
    assert set(CONTRADICTIONS) == set(approval.CONTRADICTIONS)


TERMS = 'version = "1"\n[[terms]]\nlevels = ["low"]\nrate_tier = "A"\n'
RULE = '[[rule]]\nname = "r"\nthen = "review"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("version = 1\nx =\n", ["mine.toml", "no TOML", "line 2"]),
        ("[cutoffs]", ["version", "missing"]),
        ('version = "default"', ["mine.toml, version", "'default'", "no policy is in force"]),
        ('version = "off"', ["'off'"]),
        ('version = "a b"', ["version", "'a b'", "2026-03.1"]),
        ('version = "1"\nfoo = 1', ["mine.toml, foo", "no such table or key"]),
        ('version = "1"\n[cutofs]', ["cutofs", "Did you mean 'cutoffs'?"]),
        ('version = "1"\n[cutoffs]\nreject = 5', ["table [cutoffs], key reject", "Did you mean 'reject_below'?"]),
        ('version = "1"\n[cutoffs]\nreject_below = "low"', ["table [cutoffs], key reject_below", "'low'", "whole number"]),
        ('version = "1"\n[cutoffs]\nreject_below = 100', ["100", "from 300 to 1001"]),
        ('version = "1"\n[cutoffs]\nreject_below = 600', ["review_below", "550", "write 600 or more"]),
        ('version = "1"\n[cutoffs]\nreject_below = true', ["reject_below", "true or false"]),
        ('version = "1"\ncutoffs = 5', ["cutoffs", "5", "[cutoffs]"]),
        ('version = "1"\n[weights]\nidentity = 1', ["table [weights], key identity", "less than 1"]),
        ('version = "1"\n[weights]\nidentity = nan', ["identity", "nan", "out of range"]),
        ('version = "1"\n[weights]\nidentity = "x"', ["identity", "'x'", "a text"]),
        ('version = "1"\n[wanted]\nphon = "resubmit"', ["table [wanted], key phon", "Did you mean 'phone'?"]),
        ('version = "1"\n[wanted]\nphone = "reject"', ["phone", "'reject'", '"resubmit", "review", "note"']),
        ('version = "1"\n[contradictions]\nage_difers = "note"', ["Did you mean 'age_differs'?"]),
        ('version = "1"\n[contradictions]\nage_tolerance = 0', ["age_tolerance", "from 1 to 50"]),
        ('version = "1"\n[admission]\nages = { least = 1 }', ["table [admission], key ages", "Did you mean 'age'?"]),
        ('version = "1"\n[admission]\nscore = { least = 1 }', ["table [admission], key score"]),
        ('version = "1"\n[admission]\nage = 18', ["table [admission], key age", "18", "[admission.age]"]),
        ('version = "1"\n[admission]\nage = {}', ["table [admission.age], key least", "one of them or both"]),
        ('version = "1"\n[admission]\nage = { least = 60, most = 18 }', ["most", "18", "nobody"]),
        ('version = "1"\n[admission]\nage = { least = 18, otherwise = "resubmit" }', ["otherwise", "'resubmit'"]),
        ('version = "1"\n[rule]\nname = "x"', ["[[rule]]"]),
        (f'version = "1"\n{RULE}', ["table [rule 1], key when", "hit everybody"]),
        (f'version = "1"\n{RULE}when = {{ scor = {{ below = 5 }} }}', ["table [rule 1.when], key scor", "'score'"]),
        (f'version = "1"\n{RULE}when = {{ score = 5 }}', ["table [rule 1.when], key score", "5"]),
        (f'version = "1"\n{RULE}when = {{ score = {{ }} }}', ["table [rule 1.when.score]", "below"]),
        (f'version = "1"\n{RULE}when = {{ score = {{ above = 9, below = 9 }} }}', ["could never hold"]),
        (f'version = "1"\n{RULE}when = {{ ring = "maybe" }}', ["key ring", "'maybe'", '"forming"']),
        (f'version = "1"\n{RULE}when = {{ flag = ["vin"] }}', ["key flag", "'vin'", "vin_shape"]),
        (f'version = "1"\n{RULE}when = {{ missing = ["devise_id"] }}', ["key missing", "Did you mean 'device_id'?"]),
        (f'version = "1"\n{RULE}when = {{ product = [] }}', ["key product", "empty"]),
        (f'version = "1"\n{RULE}when = {{ product = [1] }}', ["key product", "[1]", "list of texts"]),
        (f'version = "1"\n{RULE}when = {{ product = "a" }}\ngate = "fraudd"', ["key gate", "'fraudd'"]),
        (f'version = "1"\n{RULE}when = {{ product = "a" }}\nsays = {{ de = "x" }}', ["table [rule 1.says], key de"]),
        (f'version = "1"\n{RULE}when = {{ product = "a" }}\nthan = "x"', ["table [rule 1], key than", "'then'"]),
        ('version = "1"\n' + (RULE + 'when = { product = "a" }\n') * 2, ["table [rule 2], key name", "'r'", "another rule"]),
        ('version = "1"\n[[rule]]\nwhen = { product = "a" }', ["table [rule 1], key name", "missing"]),
        ('version = "1"\n[lists]\nspecial = "block"', ["table [lists], key special", "'block'", '"reject"']),
        ('version = "1"\n[lists.named]\nx = 5', ["table [lists.named], key x", "5"]),
        ('version = "1"\n[exposure]\nper_salesperson = 5', ["table [exposure], key per_salesperson", "per_person"]),
        ('version = "1"\n[exposure]\nper_person = -1', ["per_person", "-1", "from 0"]),
        ('version = "1"\n[[terms]]\nrate_tier = "A"', ["table [terms 1], key levels", "missing"]),
        ('version = "1"\n[[terms]]\nlevels = ["lowish"]', ["table [terms 1], key levels", "'lowish'", "'low'"]),
        ('version = "1"\n[[terms]]\nlevels = ["low"]\nrate_tier = ""', ["key rate_tier", "no text"]),
        (f"{TERMS}max_share = 2", ["key max_share", "from 0 to 1"]),
        (
            f"{TERMS}max_share = 1\nmin_down_payment = 0\nmax_term_months = 0",
            ["key max_term_months", "0"],
        ),
    ],
)
def test_what_is_wrong_with_a_policy_is_said_with_file_table_key_value_and_advice(text, says):
    with pytest.raises(PolicyError) as error:
        parse(text, "mine.toml")

    message = str(error.value)
    assert message.startswith("mine.toml") and "\n" not in message
    for part in says:
        assert part in message, message


def test_a_file_that_cannot_be_read_is_said_by_name(tmp_path):
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")

    for name, says in (("none.toml", "no such file"), ("bytes.toml", "no UTF-8"), (".", "directory")):
        with pytest.raises(PolicyError, match=says):
            read(tmp_path / name)


JUNK: tuple[Any, ...] = (
    None,
    True,
    -1,
    0,
    7.5,
    10**12,
    float("nan"),
    float("inf"),
    "",
    "junk",
    [],
    [1],
    ["junk"],
    {},
    {"junk": 1},
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a document where a value stands."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in inner:
        yield from places(below, (*path, key))


def with_junk(document: dict[str, Any], path: tuple[Any, ...], junk: Any) -> dict[str, Any]:
    changed = copy.deepcopy(document)
    at = changed
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = junk
    return changed


def test_junk_anywhere_is_refused_or_understood_and_never_a_surprise():
    document = tomllib.loads(default_text() + RULE + 'when = { score = { below = 600 }, product = ["used"], ring = "any" }')
    refused = 0
    for path in places(document):
        for junk in JUNK if path else ():
            try:
                _whole(Table("mine.toml", "", with_junk(document, path, junk), PolicyError), Policy.default())
            except PolicyError as error:
                refused += 1
                assert str(error).startswith("mine.toml, "), (path, junk, error)

    assert refused > 500
