"""What a scrape saw: series by name and labels, and one moment's values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

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
