"""CSV that a spreadsheet opens as what it is: no cell of a stranger's becomes a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

from reports.words import visible

_FORMULA_STARTS = frozenset("=+-@\t\r")


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a header and *rows* as CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: object) -> str:
    """Return *value* as a cell that no spreadsheet takes for a formula."""
    text = "" if value is None else visible(str(value))
    return f"'{text}" if text[:1] in _FORMULA_STARTS else text
