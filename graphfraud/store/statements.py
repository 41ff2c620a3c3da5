"""The Cypher statements, by name.

A statement is a file below `cypher/`, named by its path without the ending: `read/ring` is `cypher/read/ring.cypher`. It
opens with a comment that says what it answers, which parameters it needs and which columns it gives:

    // Applications that share an identifier with one application, strongest first.
    // needs: application_id, hub_limit
    // gives: application_id, kind, identifier, shared_by
    MATCH ...

`needs:` and `gives:` may be left out where there are none, and go on in the next line after a comma. A semicolon never
ends a statement. Values are parameters; labels and relationship types that differ from kind to kind are placeholders
which only the schema fills:

    $$KIND         name of the identifier kind     (phone)
    $$LABEL        its label                       (Phone)
    $$TYPE         the application's relationship  (HAS_PHONE)
    $$DEALER_TYPE  the dealer's relationship       (DEALER_PHONE); only kinds that dealers have
    $$PROPERTY     a property                      (token); in `schema/` statements only

There are two ways to use them:

1. A statement per kind. The name says the kind in brackets: `store.read("read/masks[phone]", ...)`.
2. One statement with a fragment per kind. The lines between `// each kind` and `// end` are repeated for every kind, in
   the order of `schema.KINDS` (for those that dealers have where the fragment says `$$DEALER_TYPE`); brackets choose
   some of them: `write/links`, `write/links[phone,device]`. `// each kind, joined by UNION ALL` writes what is after
   `joined by` between the fragments. A fragment picks its rows by name, such as `UNWIND $rows.$$KIND AS row`, so that
   the statement needs one parameter, `rows`, whatever kinds there are.

In `schema/` the brackets name a label, `schema/unique[Phone]` (its key is the property), or a label and a property,
`schema/index[Application.since]`; only those of `schema.KEYS` and `schema.INDEXES` are accepted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable

from graphfraud import schema
from graphfraud.errors import StoreRejected

_NAME = re.compile(r"(?P<path>[a-z0-9_]+(?:/[a-z0-9_]+)+)(?:\[(?P<chosen>[A-Za-z0-9_.,]+)\])?")
_PLACEHOLDER = re.compile(r"\$\$([A-Z]+(?:_[A-Z]+)*)")
_PARAMETER = re.compile(r"(?<!\$)\$([A-Za-z_][A-Za-z0-9_]*)")
_EACH = re.compile(
    r"^[ \t]*// each kind(?:, joined by (?P<joint>[^\n]+))?[ \t]*\n(?P<body>.*?)^[ \t]*// end[ \t]*(?:\n|\Z)", re.M | re.S
)


@dataclass(frozen=True, slots=True)
class Template:
    """One `.cypher` file: what it answers, the parameters it needs, the columns it gives, and its text."""

    path: str
    answers: str
    needs: tuple[str, ...]
    gives: tuple[str, ...]
    text: str

    @property
    def placeholders(self) -> frozenset[str]:
        """Names of the placeholders, `each kind` fragments included."""
        return frozenset(_PLACEHOLDER.findall(self.text))

    @property
    def repeats(self) -> bool:
        """Say whether it holds a fragment per kind."""
        return _EACH.search(self.text) is not None


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the engine gets it: no placeholder is left in text."""

    name: str
    text: str
    needs: frozenset[str]
    gives: tuple[str, ...]

    def check(self, parameters: Mapping[str, object]) -> None:
        """Raise StoreRejected unless parameters are exactly what the statement needs."""
        if self.needs == parameters.keys():
            return
        missing, unknown = self.needs - parameters.keys(), parameters.keys() - self.needs
        parts = [f"misses {', '.join(sorted(missing))}"] if missing else []
        parts += [f"does not know {', '.join(sorted(unknown))}"] if unknown else []
        raise StoreRejected(
            f"statement {self.name} {' and '.join(parts)}; it needs {', '.join(sorted(self.needs)) or 'nothing'}"
        )


@cache
def statement(name: str) -> Statement:
    """Return the statement of that name, rendered; raise StoreRejected if there is none or its brackets do not fit."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise StoreRejected(f"{name!r} is no name of a statement; write folder/file or folder/file[kind]")
    template = load(match["path"])
    chosen = tuple(match["chosen"].split(",")) if match["chosen"] else ()
    text = _render(template, chosen)
    return Statement(name, text, frozenset(template.needs), template.gives)


@cache
def load(path: str) -> Template:
    """Read and parse one file; raise StoreRejected if there is none."""
    file = resources.files("cypher").joinpath(f"{path}.cypher")
    try:
        return parse(path, file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise StoreRejected(f"there is no statement {path}; looked for {path}.cypher in the package `cypher`") from error


def templates() -> tuple[Template, ...]:
    """Return every statement file there is, in order of its path."""
    return tuple(load(path) for path in sorted(_paths(resources.files("cypher"), "")))


def renderings(template: Template) -> tuple[str, ...]:
    """Return every name under which a template can be rendered, choices of several kinds aside."""
    used = template.placeholders
    if template.path.startswith("schema/") and "PROPERTY" in used:
        choices = [label if template.path.endswith("unique") else "" for label in schema.KEYS]
        if template.path.endswith("index"):
            choices = [f"{label}.{name}" for label, name in schema.INDEXES]
        return tuple(f"{template.path}[{choice}]" for choice in choices if choice)
    if not used:
        return (template.path,)
    kinds = tuple(f"{template.path}[{kind.name}]" for kind in _kinds_for(used))
    return (template.path, *kinds) if template.repeats else kinds


def parse(path: str, text: str) -> Template:
    """Split the opening comment of a statement from its body."""
    lines = text.splitlines()
    comment: list[str] = []
    while lines and lines[0].startswith("//") and not lines[0].startswith("// each kind"):
        comment.append(lines.pop(0).removeprefix("//").strip())
    answers: list[str] = []
    declared: dict[str, str] = {"needs": "", "gives": ""}
    current = ""
    for line in comment:
        key, colon, rest = line.partition(":")
        if colon and key in declared:
            current, declared[key] = key, rest.strip()
        elif current and declared[current].endswith(","):
            declared[current] += " " + line
        else:
            current = ""
            answers.append(line)
    return Template(
        path, " ".join(answers), _names(declared["needs"]), _names(declared["gives"]), "\n".join(lines).strip() + "\n"
    )


def parameters_used(text: str) -> frozenset[str]:
    """Return the names of the parameters in a statement's text, comments and quoted text aside."""
    return frozenset(_PARAMETER.findall(without_comments(text)))


def without_comments(text: str) -> str:
    """Return a statement's text with comments taken out and quoted text emptied, for whoever looks for words in it."""
    quoted_or_comment = re.compile(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|`[^`]*`|//[^\n]*|/\*.*?\*/", re.S)
    return quoted_or_comment.sub(lambda found: " " if found[0].startswith("/") else "''", text)


def _names(text: str) -> tuple[str, ...]:
    names = tuple(name.strip() for name in text.rstrip(".").split(",") if name.strip())
    return () if names == ("nothing",) else names


def _paths(folder: Traversable, prefix: str) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.name.startswith(("_", ".")):
            yield from _paths(entry, f"{prefix}{entry.name}/")
        elif entry.name.endswith(".cypher"):
            yield prefix + entry.name.removesuffix(".cypher")


def _render(template: Template, chosen: tuple[str, ...]) -> str:
    if template.path.startswith("schema/"):
        return _fill(template, template.text, _property_values(template, chosen))
    if template.repeats:
        return _EACH.sub(lambda block: _repeat(template, block, chosen), template.text)
    if not template.placeholders:
        if chosen:
            raise StoreRejected(f"statement {template.path} is the same for every kind; leave out [{','.join(chosen)}]")
        return template.text
    if len(chosen) != 1:
        raise StoreRejected(f"statement {template.path} differs from kind to kind; name one, as in {template.path}[phone]")
    return _fill(template, template.text, _kind_values(template, chosen[0]))


def _repeat(template: Template, block: re.Match[str], chosen: tuple[str, ...]) -> str:
    used = frozenset(_PLACEHOLDER.findall(block["body"]))
    names = chosen or tuple(kind.name for kind in _kinds_for(used))
    joint = f"{block['joint'].strip()}\n" if block["joint"] else ""
    return joint.join(_fill(template, block["body"], _kind_values(template, name)) for name in names)


def _kinds_for(used: frozenset[str]) -> tuple[schema.IdentifierKind, ...]:
    return tuple(kind for kind in schema.KINDS if "DEALER_TYPE" not in used or kind.name in _dealer_types())


def _kind_values(template: Template, name: str) -> dict[str, str]:
    kind = schema.KIND.get(name)
    if kind is None:
        raise StoreRejected(f"statement {template.path} was asked for kind {name!r}; kinds are {', '.join(schema.KIND)}")
    values = {"KIND": kind.name, "LABEL": kind.label, "TYPE": kind.relationship}
    return values | ({"DEALER_TYPE": _dealer_types()[name]} if name in _dealer_types() else {})


def _dealer_types() -> dict[str, str]:
    return {kind: relationship for _, kind, relationship in schema.DEALER_KINDS}


def _property_values(template: Template, chosen: tuple[str, ...]) -> dict[str, str]:
    if not template.placeholders and not chosen:
        return {}
    if len(chosen) == 1 and template.placeholders:
        label, dot, name = chosen[0].partition(".")
        if not dot and label in schema.KEYS:
            return {"LABEL": label, "PROPERTY": schema.KEYS[label]}
        if dot and (label, name) in schema.INDEXES:
            return {"LABEL": label, "PROPERTY": name}
    raise StoreRejected(f"statement {template.path} takes one label or index of the schema, not [{','.join(chosen)}]")


def _fill(template: Template, text: str, values: Mapping[str, str]) -> str:
    missing = set(_PLACEHOLDER.findall(text)) - values.keys()
    if missing:
        raise StoreRejected(
            f"statement {template.path} has placeholders that the schema does not fill here: {', '.join(sorted(missing))}"
        )
    return _PLACEHOLDER.sub(lambda found: values[found[1]], text)
