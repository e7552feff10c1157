"""What a scrape saw: series by name and labels, and one moment's values."""

import math
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

SCRAPE_EVERY_WALL_S = 1.0
"""How often every source is read, beside the readings that a border forces."""

OWN = "(harness)"
"""The source under which a record keeps the harness's own figures; no target has one so called."""


@dataclass(frozen=True, slots=True)
class Series:
    """One time series: a metric's name and its labels, sorted by label name.

    It is the key of every reading, millions of times a run: its hash is worked out once. That is of
    this process alone, so no series is handed to another one but as text.
    """

    name: str
    labels: tuple[tuple[str, str], ...] = ()
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_hash", hash((self.name, self.labels)))

    def __hash__(self) -> int:
        return self._hash

    def label(self, name: str) -> str | None:
        """Return the value of the label *name*, or None if the series has no such label."""
        return next((value for key, value in self.labels if key == name), None)


@dataclass(frozen=True, slots=True)
class Scrape:
    """One reading of one source's metrics page.

    ``ok`` is False if the source did not answer; then there are no values. ``border`` names the
    phase or fault border that forced this scrape, empty for the ones in between.
    """

    source: str
    at_s: float
    ok: bool
    values: Mapping[Series, float]
    border: str = ""


class Page(NamedTuple):
    """One scrape as its values lie: in the order of its source's series, NaN for what was absent.

    What comes beyond the end of ``row`` was not known yet.
    """

    at_s: float
    ok: bool
    row: "array[float]"


@dataclass(frozen=True, slots=True)
class Told:
    """What one source told over time: its series, as they became known, and its pages."""

    series: Sequence[Series]
    pages: Iterable[Page]

    def of(self, *wanted: Series) -> Iterator[tuple[float, bool, tuple[float | None, ...]]]:
        """Yield for each page when it was, whether it answered, and the values of *wanted*.

        None for what it did not tell. The rest of a page is not looked at.
        """
        numbers = [self.series.index(each) if each in self.series else None for each in wanted]
        for at_s, ok, row in self.pages:
            yield at_s, ok, tuple(None if n is None else _value(row, n) for n in numbers)


def _value(row: "array[float]", number: int) -> float | None:
    """Return what *row* tells of series *number*; None if nothing."""
    return None if number >= len(row) or math.isnan(row[number]) else row[number]
