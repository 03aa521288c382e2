"""The docs say what is: every setting, command, dependency and link is checked against the thing itself."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer.main

from tallystick.api.app import create_app
from tallystick.api.paths import KOKU, NATIVE
from tallystick.cli.app import app
from tallystick.planner.home import Home
from tallystick.settings.config import environment_name, setting_names
from tallystick.settings.loading import load, load_config

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted(DOCS.rglob("*.md")), *sorted((ROOT / "src").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def text_of(name: str) -> str:
    return (DOCS / name).read_text()


def declared_dependencies() -> Iterator[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    lists = [project["project"]["dependencies"], project["build-system"]["requires"]]
    lists += project["project"]["optional-dependencies"].values()
    lists += project["dependency-groups"].values()
    for entry in (entry for entries in lists for entry in entries if isinstance(entry, str)):
        yield re.split(r"[\[<>=!~; ]", entry, maxsplit=1)[0]


@pytest.mark.parametrize("name", sorted(set(declared_dependencies())))
def test_every_dependency_has_a_reason(name: str) -> None:
    assert re.search(rf"\| {re.escape(name)} \|", text_of("dependencies.md")), f"{name} is missing in dependencies.md"


@pytest.mark.parametrize("name", setting_names())
def test_every_setting_is_documented(name: str) -> None:
    line = re.search(rf"^\| `{re.escape(name)}` \|.*$", text_of("configuration.md"), re.MULTILINE)
    assert line, f"{name} is missing in configuration.md"
    assert environment_name(name) in line[0]


def test_no_setting_is_documented_that_does_not_exist() -> None:
    documented = re.findall(r"^\| `([a-z0-9_.]+)` \| `TALLY_", text_of("configuration.md"), re.MULTILINE)
    assert sorted(documented) == sorted(setting_names())


def test_the_example_configuration_is_valid(tmp_path: Path) -> None:
    examples = [body for language, body in FENCE.findall(text_of("configuration.md")) if language == "toml"]
    for number, example in enumerate(examples):
        file = tmp_path / f"{number}.toml"
        file.write_text(example)
        load({"TALLY_CONFIG": str(file)})
    assert examples


def commands(command: object, name: str) -> Iterator[str]:
    """The commands below one, as they are typed. A group that works by itself is a command too."""
    children = getattr(command, "commands", {})
    if not children or getattr(command, "invoke_without_command", False):
        yield name
    for child, found in children.items():
        yield from commands(found, f"{name} {child}")


COMMANDS = frozenset(commands(typer.main.get_command(app), "tally"))


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_is_documented(name: str) -> None:
    assert any(name in page.read_text() for page in PAGES), f"no page of the docs mentions {name}"


def test_every_command_in_the_docs_exists() -> None:
    used = {
        match[1]
        for page in PAGES
        for _, body in FENCE.findall(page.read_text())
        for match in re.finditer(r"^(?:\$ )?(tally [a-z]+(?: show| lake)?)", body, re.MULTILINE)
    }
    assert used <= COMMANDS, f"the docs use commands that do not exist: {sorted(used - COMMANDS)}"


LINK = re.compile(r"(?<!!)!?\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
LINKS = [
    (page, target)
    for page in PAGES
    for target in LINK.findall(FENCE.sub("", page.read_text()))
    if not re.match(r"[a-z]+:", target)
]


@pytest.mark.parametrize(("page", "target"), LINKS, ids=lambda value: str(value).removeprefix(f"{ROOT}/"))
def test_links_lead_somewhere(page: Path, target: str) -> None:
    assert (page.parent / target).exists()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_fences_are_closed_and_named(page: Path) -> None:
    text = page.read_text()
    assert text.count("\n```") % 2 == 0
    assert all(language for language, _ in FENCE.findall(text)), "a fence without a language"


def test_every_page_can_be_reached_from_the_readme() -> None:
    reached, todo = set(), [ROOT / "README.md"]
    while todo:
        page = todo.pop().resolve()
        if page in reached or page.suffix != ".md":
            continue
        reached.add(page)
        targets = LINK.findall(FENCE.sub("", page.read_text()))
        todo += [page.parent / target for target in targets if (page.parent / target).exists()]
    assert {page.resolve() for page in DOCS.rglob("*.md")} <= reached


def test_every_route_is_documented(tmp_path: Path) -> None:
    described = create_app(Home(load_config({"TALLY_HOME": str(tmp_path)}))).openapi()["paths"]
    names = {path.removeprefix(KOKU).removeprefix(NATIVE).lstrip("/") for path in described}
    page = text_of("api.md")
    assert not sorted(name for name in names if f"`{name}`" not in page)
