"""Every statement says what it needs and gives, and every rendering is whole."""

from __future__ import annotations

import re

import pytest

from graphfraud import schema
from graphfraud.errors import StoreRejected
from graphfraud.store import statements
from graphfraud.store.statements import Template, parse, statement

TEMPLATES = statements.templates()
NAMES = [name for template in TEMPLATES for name in statements.renderings(template)]


def columns_of(text: str) -> tuple[str, ...]:
    """Columns of the last RETURN that no bracket encloses, () if there is none."""
    flat = _outside_brackets(statements.without_comments(text))
    returns = list(re.finditer(r"\bRETURN\b", flat, re.I))
    if not returns:
        return ()
    clause = re.split(r"\b(?:ORDER\s+BY|SKIP|LIMIT|UNION)\b", flat[returns[-1].end() :], maxsplit=1, flags=re.I)[0]
    items = [item.strip() for item in re.sub(r"^\s*DISTINCT\b", "", clause, flags=re.I).split(",")]
    return tuple(re.split(r"\bAS\b", item, flags=re.I)[-1].strip() for item in items)


def _outside_brackets(text: str) -> str:
    depth, kept = 0, []
    for character in text:
        depth += character in "([{"
        kept.append(character if depth == 0 else "")
        depth -= character in ")]}"
    return "".join(kept)


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda template: template.path)
def test_a_statement_opens_with_what_it_answers(template: Template) -> None:
    assert len(template.answers) > 15
    assert template.text.strip()
    assert ";" not in statements.without_comments(template.text)


@pytest.mark.parametrize("name", NAMES)
def test_a_rendering_uses_what_it_declares_and_gives_what_it_says(name: str) -> None:
    rendered = statement(name)
    assert statements.parameters_used(rendered.text) == rendered.needs
    assert columns_of(rendered.text) == rendered.gives
    assert "$$" not in rendered.text


def test_every_kind_of_the_schema_has_its_constraint() -> None:
    texts = [statement(name).text for name in NAMES if name.startswith("schema/unique")]
    for kind in schema.KINDS:
        assert any(f"(n:{kind.label}) REQUIRE n.token IS UNIQUE" in text for text in texts)


def test_the_opening_comment_may_wrap_its_lists() -> None:
    template = parse("read/x", "// What is it?\n// It is this.\n// needs: a, b,\n//   c\n// gives: d\nRETURN $a AS d\n")
    assert template == Template("read/x", "What is it? It is this.", ("a", "b", "c"), ("d",), "RETURN $a AS d\n")


def test_nothing_is_needed_or_given_when_the_comment_says_so() -> None:
    template = parse("read/x", "// Delete it all.\n// needs: nothing\n// gives: nothing\nMATCH (n) DELETE n\n")
    assert (template.needs, template.gives) == ((), ())


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch):
    """Make a statement of a text under the name `test/made`."""

    def make(body: str) -> None:
        template = parse("test/made", "// A statement of a test.\n// needs: rows\n" + body)
        monkeypatch.setattr(statements, "load", lambda path: template)
        statement.cache_clear()

    yield make
    statement.cache_clear()


def test_a_kind_in_brackets_fills_the_placeholders(made) -> None:
    made("MERGE (:$$LABEL)-[:$$TYPE {kind: '$$KIND', rows: $rows}]-()")
    assert statement("test/made[phone]").text == "MERGE (:Phone)-[:HAS_PHONE {kind: 'phone', rows: $rows}]-()\n"


def test_a_fragment_is_repeated_for_every_kind_in_order(made) -> None:
    made("MATCH (n)\n// each kind\nUNWIND $rows.$$KIND AS row\n// end\nRETURN 1 AS one")
    lines = statement("test/made").text.splitlines()
    assert lines == ["MATCH (n)", *(f"UNWIND $rows.{kind.name} AS row" for kind in schema.KINDS), "RETURN 1 AS one"]


def test_brackets_choose_the_kinds_of_a_fragment_and_a_joint_stands_between(made) -> None:
    made("// each kind, joined by UNION ALL\nMATCH (n:$$LABEL) RETURN n.token AS token\n// end\n")
    assert statement("test/made[ip,phone]").text.splitlines() == [
        "MATCH (n:Ip) RETURN n.token AS token",
        "UNION ALL",
        "MATCH (n:Phone) RETURN n.token AS token",
    ]


def test_a_fragment_of_dealers_covers_the_kinds_that_dealers_have(made) -> None:
    made("// each kind\nMERGE (d)-[:$$DEALER_TYPE]->(:$$LABEL)\n// end\n")
    assert statement("test/made").text.count("MERGE") == len(schema.DEALER_KINDS)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("read/nothing_of_the_kind", "there is no statement"),
        ("../pyproject", "is no name of a statement"),
        ("schema/state[phone]", "takes one label|placeholders|leave out|same for every kind"),
        ("schema/unique[Nothing]", "takes one label"),
        ("schema/unique", "takes one label"),
        ("schema/index[Application.content]", "takes one label"),
    ],
)
def test_a_name_that_fits_no_statement_is_refused(name: str, says: str) -> None:
    with pytest.raises(StoreRejected, match=says):
        statement(name)


def test_a_kind_that_does_not_exist_is_refused_with_those_that_do(made) -> None:
    made("MATCH (n:$$LABEL)")
    with pytest.raises(StoreRejected, match="kinds are person, phone"):
        statement("test/made[fax]")


def test_a_statement_that_differs_by_kind_wants_one(made) -> None:
    made("MATCH (n:$$LABEL)")
    with pytest.raises(StoreRejected, match="name one"):
        statement("test/made")


def test_a_placeholder_that_the_schema_does_not_know_is_refused(made) -> None:
    made("MATCH (n:$$LABLE)")
    with pytest.raises(StoreRejected, match="LABLE"):
        statement("test/made[phone]")


def test_parameters_in_comments_and_quotes_do_not_count() -> None:
    assert statements.parameters_used("RETURN $a, '$b', \"$c\" // $d\n") == {"a"}


@pytest.mark.parametrize(
    ("parameters", "says"), [({}, "misses fingerprint"), ({"fingerprint": 1, "extra": 2}, "does not know extra")]
)
def test_parameters_are_checked_before_the_engine_sees_them(parameters: dict[str, object], says: str) -> None:
    with pytest.raises(StoreRejected, match=says):
        statement("schema/claim_key").check(parameters)
