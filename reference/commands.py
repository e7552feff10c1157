"""The page of commands, from the command line itself."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from textwrap import dedent
from typing import Any

import typer.main

from harness.cli import app
from harness.cli.order import STRETCHES
from reference.markdown import MADE, code, table

PATH = "docs/reference/commands.md"
_HEAD = f"""\
# Commands

{MADE} `harness COMMAND --help` says the same. [Exit codes](exit_codes.md).

"""
_TYPES = {Path: "a path", int: "a whole number", float: "a number"}


def rendered() -> str:
    """Return the page."""
    return _HEAD + "".join(_chapters())


def _chapters() -> Iterator[str]:
    root = typer.main.get_command(app)
    for heading, names in STRETCHES.items():
        yield f"## {heading}\n\n"
        for name in names:
            command = _inside(root)[name]
            yield _chapter(name, command)
            for part, inner in _inside(command).items():
                yield _chapter(f"{name} {part}", inner)


def _inside(command: Any) -> dict[str, Any]:
    """Return the commands inside *command* by name; none if it is one itself."""
    return dict(getattr(command, "commands", {}))


def _chapter(name: str, command: Any) -> str:
    said = "\n\n".join(" ".join(each.split()) for each in command.help.split("\n\n"))
    parts = [f"### `harness {name}`\n\n{said}\n\n"]
    rows = [_row(each) for each in command.params]
    if rows:
        parts.append(table(("option", "takes", "default", "meaning"), rows) + "\n")
    if command.epilog:
        lines = dedent(command.epilog.partition("Examples:\n")[2])
        parts.append(f"```bash\n{lines}\n```\n\n")
    return "".join(parts)


def _row(parameter: Any) -> tuple[str, str, str, str]:
    is_option = parameter.param_type_name == "option"
    name = ", ".join(parameter.opts) if is_option else parameter.name.upper()
    about = parameter.help or ""
    if parameter.envvar if is_option else None:
        about += f" Also in the environment, as {code(parameter.envvar)}."
    return code(name), _takes(parameter), _default(parameter), about


def _takes(parameter: Any) -> str:
    if getattr(parameter, "is_flag", False):
        return ""
    if parameter.metavar:
        return str(code(parameter.metavar))
    annotation = parameter.type_descriptor.annotation
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return ", ".join(code(str(each.value)) for each in annotation)
    least, most = getattr(parameter, "min", None), getattr(parameter, "max", None)
    limits = f" from {least:g}" if least is not None else ""
    limits += f" to {most:g}" if most is not None else ""
    return _TYPES.get(annotation, "a text") + limits


def _default(parameter: Any) -> str:
    if parameter.required:
        return "needed"
    default = parameter.default
    if default in (None, False, "", (), []) or getattr(parameter, "is_flag", False):
        return ""
    return code(str(getattr(default, "value", default)))
