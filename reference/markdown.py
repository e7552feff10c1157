"""Tables and chapters of Markdown. Pure."""

from collections.abc import Iterable, Sequence

MADE = "Made by `make docs` from the code; do not edit."


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; what would end a cell early is escaped."""
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def code(text: str) -> str:
    """Return *text* as code; nothing if it is empty."""
    return f"`{text}`" if text else ""


def anchor(heading: str) -> str:
    """Return what a link to *heading* on the same page ends with."""
    kept = (each for each in heading.lower() if each.isalnum() or each in " -_")
    return "#" + "".join(kept).replace(" ", "-")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
