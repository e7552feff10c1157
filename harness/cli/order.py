"""In which order ``--help`` names the commands: the path of who uses them, under its stretches."""

from collections.abc import Iterator
from typing import Any

from typer.core import TyperGroup

STRETCHES = {
    "Before a run": ("doctor", "init", "calibrate", "mock", "check", "plan", "attest"),
    "Run": ("run", "capacity", "worker"),
    "After a run": ("report", "view", "compare", "findings", "decide"),
    "After go-live": ("observe", "review"),
    "Upkeep": ("runs", "export", "notify", "recover", "cleanup"),
}
"""Every command once, by the heading that it stands under."""


class InOrder(TyperGroup):
    """The root of the command line; its commands stand under headings."""

    def list_commands(self, ctx: Any) -> list[str]:
        """Return the names of the commands in the order of the path."""
        known = super().list_commands(ctx)
        placed = [name for names in STRETCHES.values() for name in names if name in known]
        return [*placed, *(name for name in known if name not in placed)]

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002  typer hands it in
        """Write the commands into the help, each stretch under its heading."""
        width = max(map(len, self.commands))
        for heading, names in STRETCHES.items():
            with formatter.section(heading):
                formatter.write_dl(
                    [
                        (name.ljust(width), each.get_short_help_str(200))
                        for name, each in self._of(names)
                    ]
                )

    def _of(self, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        yield from ((name, self.commands[name]) for name in names if name in self.commands)
