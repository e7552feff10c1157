"""The pages under ``docs/reference/`` are made from the code, and say all that it says."""

import importlib
import json
import pkgutil
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import harness.files
from harness.cli import app as cli
from harness.cli.order import STRETCHES
from harness.errors import PRECEDENCE, ExitCode
from harness.files.fields import Key, Keys
from reference import files, result
from reference.pages import PAGES

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("name", PAGES)
def test_the_committed_page_is_the_one_that_the_code_makes(name: str):
    """Else run ``make docs``: a page that is written by hand goes stale."""
    page = (ROOT / name).read_text(encoding="utf-8")

    assert PAGES[name](page) == page


def tables_of_keys() -> Iterator[tuple[str, Keys]]:
    """Yield every table of keys that a reader of files has, with where it stands."""
    for found in pkgutil.iter_modules(harness.files.__path__, "harness.files."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if (
                isinstance(value, Mapping)
                and value
                and all(isinstance(key, Key) for key in value.values())
            ):
                yield f"{found.name}.{name}", value


def test_every_key_that_a_reader_knows_is_on_a_page():
    """A key nobody can look up is one that nobody will use."""
    told = [
        key
        for page in files.PAGES.values()
        for keys in page.tables.values()
        for key in keys.values()
    ]
    known = [(where, key) for where, keys in tables_of_keys() for key in keys.values()]

    assert len(known) > 200
    assert [(where, key.example) for where, key in known if key not in told] == []


def test_every_key_says_in_one_sentence_what_it_means():
    """The page has a row for it: no more, and no less."""
    assert [
        (where, key.about)
        for where, keys in tables_of_keys()
        for key in keys.values()
        if not re.fullmatch(r"[A-Z0-9].{5,110}[.)]", key.about)
    ] == []


def test_what_a_key_takes_is_what_its_reader_would_ask_for():
    """Allowed values are said once: in the reader's own complaint."""
    assert files.allowed(Key("", "", lambda written: int(written + "x"))).startswith("invalid")
    assert [
        (where, name)
        for where, keys in tables_of_keys()
        for name, key in keys.items()
        if not files.allowed(key)
    ] == []


def test_every_field_of_the_result_says_what_it_means():
    """Whoever reads it in CI has the schema and nothing else."""
    schema = json.loads((ROOT / "reports" / "result.schema.json").read_text(encoding="utf-8"))
    fields = list(result.fields(schema))

    assert len(fields) > 250
    assert [path for path, node in fields if not node.get("description")] == []


def test_every_command_stands_under_one_heading_of_the_help():
    """A command that is under none would not be in the help at all."""
    import typer.main

    placed = [name for names in STRETCHES.values() for name in names]

    assert sorted(placed) == sorted(typer.main.get_command(cli).commands)


def test_every_exit_code_has_its_meaning_and_its_rank():
    """A CI job branches on them."""
    assert sorted(PRECEDENCE) == sorted(ExitCode)
    assert len({code.about for code in ExitCode}) == len(ExitCode)


def test_the_readme_names_the_exit_codes_as_they_are():
    """It is where a CI job's author looks first."""
    page = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())

    assert " · ".join(f"{code.value} {code.about}" for code in ExitCode) in page


def test_the_reference_pages_can_be_found():
    """From the README and from the page that says how it is built."""
    made = [name for name in PAGES if name.startswith("docs/reference/")]
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    built = (ROOT / "docs" / "ARCHITECTURE.md").read_text(encoding="utf-8")

    assert [name for name in made if name not in readme] == []
    assert "(reference/)" in built
