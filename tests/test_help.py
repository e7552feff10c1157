"""``--help``: every command ends with real commands, and each of them can be typed as it stands."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from harness.cli import app

ROOT = Path(__file__).resolve().parents[1]
RUNNER = CliRunner()
PAGE = (ROOT / "docs" / "reference" / "commands.md").read_text(encoding="utf-8")


def commands(of: Any = None, name: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Yield every command that does something, with the words that call it."""
    of = typer.main.get_command(app) if of is None else of
    inner = getattr(of, "commands", None)
    if inner is None:
        yield name, of
    else:
        for word, each in inner.items():
            yield from commands(each, (*name, word))


COMMANDS = dict(commands())


def helped(name: tuple[str, ...]) -> str:
    done = RUNNER.invoke(app, [*name, "--help"], env={"COLUMNS": "80", "TERMINAL_WIDTH": "80"})
    assert done.exit_code == 0
    return done.output


def examples(name: tuple[str, ...]) -> list[str]:
    """Return the commands below "Examples:", which is the end of the help of *name*."""
    said = re.sub(r" \\\n +", " ", helped(name))  # a command over two lines is one
    _, found, foot = said.partition("\n  Examples:\n")
    assert found, "no examples"
    return [line.strip() for line in foot.splitlines() if line.strip()]


def test_the_list_of_commands_is_not_empty():
    """A claim about no command would always hold."""
    assert len(COMMANDS) > 25
    assert ("runs", "list") in COMMANDS


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_every_command_ends_its_help_with_examples_that_can_be_typed(name: tuple[str, ...]):
    """People read the example, not the table of options; a wrong one is worse than none."""
    lines = examples(name)
    ours = [line for line in lines if line.startswith("harness ")]

    assert any(line.startswith(f"harness {' '.join(name)}") for line in ours)
    for line in ours:
        _, *words = shlex.split(re.split(r" [|&>]", line)[0], comments=True)
        command, said = typer.main.get_command(app), []
        while words and words[0] in getattr(command, "commands", {}):
            said.append(words.pop(0))
            command = command.commands[said[-1]]  # type: ignore[attr-defined]
        with command.make_context(" ".join(said), words):
            pass
        for path in (word for word in words if word.startswith("scenarios/")):
            assert (ROOT / path).exists(), line


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_the_page_of_commands_has_the_very_same_examples(name: tuple[str, ...]):
    """Whoever reads the page copies them too, and half a command is none."""
    chapter = PAGE.partition(f"### `harness {' '.join(name)}`\n")[2].partition("\n##")[0]
    foot = chapter.partition("```bash\n")[2].partition("\n```")[0]

    assert re.sub(r" \\\n +", " ", foot).splitlines() == examples(name)


@pytest.mark.parametrize("name", COMMANDS, ids=" ".join)
def test_help_fits_into_eighty_columns(name: tuple[str, ...]):
    """What is broken by the terminal's edge is not copied right."""
    assert [line for line in helped(name).splitlines() if len(line) > 80] == []


def test_a_shell_can_complete_commands():
    """`harness --install-completion` is said by --help; what it installs has to know them."""
    done = RUNNER.invoke(
        app, [], prog_name="harness",
        env={"_HARNESS_COMPLETE": "complete_bash", "COMP_WORDS": "harness ini", "COMP_CWORD": "1"},
    )  # fmt: skip

    assert "init" in done.output.split()
    assert "--install-completion" in helped(())
