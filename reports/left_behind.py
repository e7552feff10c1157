"""``left_behind.csv``: what a cleanup could not take away, for whoever does it by hand."""

from collections.abc import Sequence
from pathlib import Path

from reports.cells import csv_text

LEFT_FILE = "left_behind.csv"
"""In the run's folder."""
_COLUMNS = ("site", "ticket", "reference", "why")


def write_left(folder: Path, left: Sequence[tuple[str, str, str, str]]) -> Path:
    """Write into *folder* what is *left* behind, in place of what an earlier try wrote.

    Of each the site, the provider's name for it, our reference, and why it is still there.
    """
    path = folder / LEFT_FILE
    path.write_text(csv_text(_COLUMNS, left), encoding="utf-8", newline="")
    return path
