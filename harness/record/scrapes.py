"""The metrics pages that a run record keeps: of each source, reading after reading.

Rows of floats in the order in which the source's series were first seen, zlib on top: an hour of
1 s scrapes of 2,000 series is a few megabytes instead of 90 as text.
"""

import math
import sqlite3
import zlib
from array import array
from collections.abc import Iterator
from pathlib import Path

from pydantic import TypeAdapter

from harness.model.sample import OWN, Page, Scrape, Series, Told
from harness.record.store import Access, Store

_LABELS = TypeAdapter(tuple[tuple[str, str], ...])


class Scrapes(Store):
    """What the sources told, the target's and our own, in order of time."""

    def __init__(
        self, database: sqlite3.Connection, folder: Path, *, access: Access = Access.READ
    ) -> None:
        super().__init__(database, folder, access=access)
        self._positions: dict[str, dict[Series, int]] = {}

    def _go_on(self) -> None:
        super()._go_on()
        for source in (*self.sources(), OWN):
            self._positions[source] = {each: n for n, each in enumerate(self.series(source))}

    def put_scrape(self, scrape: Scrape) -> bool:
        """Keep one reading of one source's metrics page; return whether it is kept."""
        known = self._positions.setdefault(scrape.source, {})
        added = {
            series: len(known) + number
            for number, series in enumerate(each for each in scrape.values if each not in known)
        }
        values = array("d", [math.nan]) * (len(known) + len(added))
        for series, value in scrape.values.items():
            values[added[series] if series in added else known[series]] = value
        blob = zlib.compress(values.tobytes(), 1)

        def put() -> None:
            for series, position in added.items():
                labels = _LABELS.dump_json(series.labels).decode()
                row = (scrape.source, position, series.name, labels)
                self._database.execute("INSERT INTO series VALUES (?, ?, ?, ?)", row)
            self._database.execute(
                "INSERT INTO scrape VALUES (?, ?, ?, ?, ?)",
                (scrape.at_s, scrape.source, scrape.ok, scrape.border, blob),
            )

        kept = self._keep(put)
        if kept:
            known.update(added)
        return kept

    def answers(self, source: str, since_s: float = 0.0) -> Iterator[tuple[float, bool]]:
        """Yield when each scrape of *source* was made and whether it answered, by time.

        Without its values: of a night that is a tenth of a second instead of half a minute.
        """
        query = "SELECT at_s, ok FROM scrape WHERE source = ? AND at_s >= ? ORDER BY at_s, rowid"
        for at_s, ok in self._database.execute(query, (source, since_s)):
            yield at_s, bool(ok)

    def scrapes(self, source: str, since_s: float = 0.0) -> Iterator[Scrape]:
        """Yield the scrapes of *source* from *since_s* on, in order of time."""
        series = self.series(source)
        query = "SELECT at_s, ok, border, row FROM scrape WHERE source = ? AND at_s >= ?"
        rows = self._database.execute(query + " ORDER BY at_s, rowid", (source, since_s))
        for at_s, ok, border, blob in rows:
            row = array("d")
            row.frombytes(zlib.decompress(blob))
            pairs = zip(series, row, strict=False)
            values = {each: value for each, value in pairs if not math.isnan(value)}
            yield Scrape(source, at_s, bool(ok), values, border)

    def series(self, source: str) -> tuple[Series, ...]:
        """Return every series that *source* ever had, in the order of its rows."""
        query = "SELECT name, labels FROM series WHERE source = ? ORDER BY position"
        return tuple(
            Series(name, _LABELS.validate_json(labels))
            for name, labels in self._database.execute(query, (source,))
        )

    def told(self, source: str, since_s: float = 0.0) -> Told:
        """Return what *source* told from *since_s* on, as it lies: for who reads all of it."""
        return Told(self.series(source), self.rows(source, since_s))

    def rows(self, source: str, since_s: float = 0.0) -> Iterator[Page]:
        """Yield each scrape of *source* as it lies: when, whether it answered, and its values.

        They stand in the order of ``series``; NaN is what was absent, and what comes beyond the end
        of a row was not known yet. By time; for those who read one series after the other.
        """
        query = "SELECT at_s, ok, row FROM scrape WHERE source = ? AND at_s >= ?"
        rows = self._database.execute(query + " ORDER BY at_s, rowid", (source, since_s))
        for at_s, ok, blob in rows:
            row = array("d")
            row.frombytes(zlib.decompress(blob))
            yield Page(at_s, bool(ok), row)

    def scraped_until_s(self) -> float:
        """Return until when every source of the target was asked; infinity if there is none."""
        query = "SELECT max(at_s) FROM scrape WHERE source != ? GROUP BY source"
        return min((row[0] for row in self._database.execute(query, (OWN,))), default=math.inf)

    def sources(self) -> tuple[str, ...]:
        """Return the names of all sources of the target that were scraped."""
        query = "SELECT DISTINCT source FROM scrape WHERE source != ? ORDER BY source"
        rows = self._database.execute(query, (OWN,))
        return tuple(row[0] for row in rows)
