"""What can go stale in the documentation, compared with the program."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from graphfraud.detection.application_features import APPLICATION_FEATURES
from graphfraud.detection.dealer_features import DEALER_FEATURES
from graphfraud.detection.features import FEATURES
from graphfraud.detection.look_alikes import LOOK_ALIKES
from graphfraud.schema import KINDS
from graphfraud.settings import SETTINGS

ROOT = Path(__file__).parents[2]


def settings_table() -> str:
    rows = ["| setting | default | what it is |", "|---|---|---|"]
    rows += [f"| `{s.name}` | {s.default and f'`{s.default}`'} | {s.says} |" for s in SETTINGS]
    return "\n".join(rows)


def test_the_table_of_settings_is_the_program_s():
    assert settings_table() in (ROOT / "docs" / "settings.md").read_text(), f"put this there:\n{settings_table()}"


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
def test_the_table_of_identifier_kinds_is_the_schema_s(kind):
    row = f"| `{kind.name}` | `{kind.label}` | `{kind.relationship}` | {', '.join(kind.role_names)} | {kind.says} |"

    assert row in (ROOT / "docs" / "design.md").read_text()


@pytest.mark.parametrize(
    "function", [*FEATURES, *APPLICATION_FEATURES, *DEALER_FEATURES, *LOOK_ALIKES], ids=lambda function: function.__name__
)
def test_every_feature_and_look_alike_says_what_it_is(function):
    assert function.__doc__
    assert function.__doc__.strip().endswith(".")


def test_the_readme_s_commands_are_those_that_continuous_integration_runs():
    readme, run = (ROOT / "README.md").read_text(), (ROOT / ".ci" / "run").read_text()
    makefile = (ROOT / "Makefile").read_text()

    for target in re.findall(r"^make (\w+)", readme, flags=re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, flags=re.MULTILINE), target
    assert re.search(r"^make check test$", run, flags=re.MULTILINE)


def test_links_between_documents_lead_somewhere():
    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_files_and_names_that_newcomers_are_sent_to_are_there():
    page = (ROOT / "CONTRIBUTING.md").read_text()
    rooms = "api", "bench", "cypher", "docs", "graphfraud", "ingest", "policies", "tests", ".ci"
    there = [path.relative_to(ROOT) for room in rooms for path in (ROOT / room).rglob("*")]
    there += [path.relative_to(ROOT) for path in ROOT.iterdir()]
    quoted = [word for code in re.findall(r"`([^`\n]+)`", page) for word in code.split()]
    named = {word for word in quoted if "/" in word or re.search(r"\w\.(py|toml|md|svg|cypher)$", word)}

    # A room's row names what is in the room by its last part.
    assert len(named) > 40
    assert not [name for name in sorted(named) if not any(path.match(name.rstrip("/")) for path in there)]
    for name, file in re.findall(r"`(\w+)` in\s+`([^`]+\.py)`", page):
        texts = [(ROOT / path).read_text() for path in there if path.match(file)]
        assert any(re.search(rf"\b{name}\b", text) for text in texts), f"{name} in {file}"


def test_settings_that_documents_name_are_settings():
    known = {s.name for s in SETTINGS} | {f"{s.name}_FILE" for s in SETTINGS}

    for page in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")]:
        for name in re.findall(r"GRAPHFRAUD_[A-Z_]*[A-Z]", page.read_text()):
            assert name in known, f"{page.name} names {name}"


def test_the_five_lines_of_the_readme_run(tmp_path, monkeypatch):
    from ingest.world.make import Plan, make_world
    from ingest.world.write import applications_table

    applications_table(make_world(Plan(1_500, seed=2))).to_pandas().to_csv(tmp_path / "applications.csv", index=False)
    monkeypatch.chdir(tmp_path)
    code = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(), flags=re.DOTALL)
    assert code is not None

    names: dict[str, object] = {}
    exec(code[1], names)

    assert len(names["found"].applications) == 1_500  # type: ignore[attr-defined]
