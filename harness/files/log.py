"""From a company's own CSV export to rows: stamps of contacts, or counts of intervals.

The first line names the columns. ``time`` is the one that must be there; ``count`` makes it a file
of counts. ``queue``, ``line`` or ``priority``, ``wait`` (seconds) and ``outcome`` or ``abandoned``
are read if they are there, any other column is left alone. Values are separated by commas,
semicolons or tabs.
"""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

from harness.files.problems import Place, Problems, did_you_mean, shortened
from harness.files.values import YEARS
from harness.model.arrivals import HALF_HOUR_S, Observed
from harness.model.units import format_duration

_COLUMNS = ("time", "count", "queue", "line", "priority", "wait", "outcome", "abandoned")
_STAMP = "a time such as 2026-03-02 09:00:12, with or without its offset (+01:00)"
_MOST_ROWS = 5_000_000
_MOST_PROBLEMS = 10
_MOST_COUNT = 1_000_000
_MOST_WAIT_S = 86_400.0
_YES_NO = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_FIELD_LIMIT = 10_000


@dataclass(frozen=True, slots=True)
class Log:
    """A CSV as read: its rows in order of time, and where each stands.

    ``positions_s`` are seconds since the first row, by the clock that never jumps where the stamps
    have their offset. ``interval_s`` is 0 for a file of stamps. ``named`` is the column that tells
    for whom the contacts were; empty if there is none.
    """

    path: Path
    rows: tuple[Observed, ...]
    lines: tuple[int, ...]
    positions_s: tuple[float, ...]
    interval_s: float
    named: str

    @property
    def from_time(self) -> datetime:
        """When the first interval, or the half hour of the first contact, began."""
        return _floor(self.rows[0].at, self.interval_s or HALF_HOUR_S)

    @property
    def until_time(self) -> datetime:
        """When the last interval, or the half hour of the last contact, ended."""
        step_s = self.interval_s or HALF_HOUR_S
        last = self.rows[0].at + timedelta(seconds=self.positions_s[-1])
        return _floor(last, step_s) + timedelta(seconds=step_s)


class _TooMany(Exception):
    """So many problems that the rest would only repeat them."""


def read_log(path: Path, problems: Problems, *, named_by: Sequence[str]) -> Log | None:
    """Return the rows of the CSV at *path*; None, and problems, if it cannot be read.

    The first of the columns *named_by* that it has tells for whom its contacts were.
    """
    problems.opening(str(path))
    if path.exists() and not path.is_file():  # a device may never end
        problems.add(Place(str(path)), found="something that is not a file", want="a CSV file")
        return None
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            return _Reader(path, problems, named_by).read(file)
    except _TooMany:
        return None
    except UnicodeDecodeError:
        found, want = "bytes that are not UTF-8", "a CSV saved as UTF-8"
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        found = (getattr(error, "strerror", None) or str(error)).lower()
        want = "a CSV file that we may read"
    except csv.Error as error:
        found, want = f"no CSV ({error})", "lines of values separated by commas"
    problems.add(Place(str(path)), found=found, want=want)
    return None


def _floor(at: datetime, step_s: float) -> datetime:
    midnight = at.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(seconds=(at - midnight).total_seconds() // step_s * step_s)


@dataclass(slots=True)
class _Reader:
    """Reads one file; stops where further problems would only repeat the first ones."""

    path: Path
    problems: Problems
    named_by: Sequence[str]
    found: int = 0
    rows: list[Observed] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    stamps: list[datetime] = field(default_factory=list)

    def read(self, file: Iterator[str]) -> Log | None:
        header = next(file, "").strip("\r\n")
        columns = self._columns(header)
        if columns is None:
            return None
        reader = csv.reader(file, delimiter=_delimiter(header), strict=True)
        for values in reader:
            if not any(value.strip() for value in values):
                continue
            line = reader.line_num + 1  # the header was read before
            if any(len(value) > _FIELD_LIMIT for value in values) or len(self.rows) >= _MOST_ROWS:
                want = f"at most {_MOST_ROWS:,} rows, one contact or interval a line"
                self._problem(line, "more than this can be", want)
                raise _TooMany
            self._row(line, {name: _value(values, index) for name, index in columns.items()})
        return self._log(columns)

    def _columns(self, header: str) -> dict[str, int] | None:
        names = [
            name.strip().strip('"').strip().lower() for name in header.split(_delimiter(header))
        ]
        if not any(names):
            self.problems.add(
                Place(str(self.path)), found="an empty file", want=f"a first line such as {_FIRST}"
            )
            return None
        columns = {name: names.index(name) for name in _COLUMNS if name in names}
        if "time" not in columns:
            found = f"no column 'time' among {shortened(', '.join(names))}"
            self._problem(1, found, f"a first line that names the columns, such as {_FIRST}")
            return None
        return columns

    def _row(self, line: int, values: Mapping[str, str]) -> None:
        stamp = self._stamp(line, values["time"])
        count = self._count(line, values)
        wait_s, abandoned = self._wait(line, values), self._abandoned(line, values)
        named = self._named(values)
        name = values.get(named, "")
        if named and not name:
            self._problem(line, f"no {named}", f"a {named} in every row, or no such column")
        if stamp is None or count is None:
            return
        at = stamp.replace(tzinfo=None)
        self.rows.append(Observed(at, count, name, wait_s, abandoned))
        self.lines.append(line)
        self.stamps.append(stamp)

    def _stamp(self, line: int, written: str) -> datetime | None:
        try:
            # A lone date is a midnight that nobody meant.
            stamp = datetime.fromisoformat(written if ":" in written else "")
        except ValueError:
            self._problem(line, shortened(written) if written else "no time", _STAMP)
            return None
        if stamp.year not in YEARS:
            self._problem(line, shortened(written), f"a time from {YEARS[0]} to {YEARS[-1]}")
            return None
        if not self.stamps:
            return stamp
        before = self.stamps[-1]
        if (stamp.tzinfo is None) != (before.tzinfo is None):
            now, then = ("with", "without") if stamp.tzinfo else ("without", "with")
            found = f"a time {now} an offset, after others {then} one"
            self._problem(line, found, "the same kind of time in every row")
            return None
        if stamp < before:
            found = f"{written}, which is before {before} in line {self.lines[-1]}"
            self._problem(line, found, "rows in the order of time")
            return None
        return stamp

    def _count(self, line: int, values: Mapping[str, str]) -> int | None:
        if "count" not in values:
            return 1
        written = values["count"]
        if written.isdecimal() and int(written) <= _MOST_COUNT:
            return int(written)
        if not written:
            found = "a time without a count, in a file of counts"
            self._problem(line, found, "counts of intervals or times of contacts, not both")
        else:
            want = f"a count from 0 to {_MOST_COUNT:,}"
            self._problem(line, f"the count {shortened(written)}", want)
        return None

    def _wait(self, line: int, values: Mapping[str, str]) -> float | None:
        written = values.get("wait", "")
        if not written:
            return None
        try:
            wait_s = float(written)
        except ValueError:
            wait_s = -1.0
        if 0 <= wait_s <= _MOST_WAIT_S:
            return wait_s
        self._problem(line, f"the wait {shortened(written)}", "seconds of one day at most, as 12.5")
        return None

    def _abandoned(self, line: int, values: Mapping[str, str]) -> bool | None:
        """Return whether the caller hung up; whatever else the outcome was ended the wait too."""
        if values.get("outcome"):
            return values["outcome"].lower() == "abandoned"
        written = values.get("abandoned", "").lower()
        if not written or written in _YES_NO:
            return _YES_NO.get(written)
        self._problem(line, f"abandoned: {shortened(written)}", "yes or no")
        return None

    def _log(self, columns: Mapping[str, int]) -> Log | None:
        if not self.rows and not self.found:
            self._problem(1, "no row below the names of the columns", "one contact a row, or more")
        interval_s = self._interval_s() if "count" in columns and not self.found else 0.0
        if self.found:
            return None
        first = self.stamps[0]
        return Log(
            self.path,
            tuple(self.rows),
            tuple(self.lines),
            tuple((stamp - first).total_seconds() for stamp in self.stamps),
            interval_s,
            self._named(columns),
        )

    def _named(self, columns: Mapping[str, object]) -> str:
        return next((column for column in self.named_by if column in columns), "")

    def _interval_s(self) -> float:
        """Return the length of the file's intervals: the smallest step from one to another."""
        steps = [
            (later - earlier).total_seconds()
            for earlier, later in pairwise(self.stamps)
            if later != earlier
        ]
        step_s = min(steps, default=0.0)
        if not steps or step_s < 60 or 3600 % step_s:
            found = f"intervals of {format_duration(step_s)}" if steps else "a single interval"
            self._problem(self.lines[-1], found, "at least two, of 1 to 60 minutes, such as 30")
            return 0.0
        seen: dict[tuple[datetime, str], int] = {}
        for row, stamp, line in zip(self.rows, self.stamps, self.lines, strict=True):
            if row.at != _floor(row.at, step_s):
                every = format_duration(step_s)
                found = f"an interval from {row.at:%H:%M:%S}, which overlaps its neighbour"
                self._problem(line, found, f"one at every {every} from midnight on, as the others")
            earlier = seen.setdefault((stamp, row.name), line)
            if earlier != line:
                found = f"the interval of {row.at:%Y-%m-%d %H:%M} again"
                self._problem(line, found, f"each once; it is in line {earlier} already")
        return step_s

    def _problem(self, line: int, found: str, want: str) -> None:
        self.problems.add(Place(str(self.path), line), found=found, want=want)
        self.found += 1
        if self.found >= _MOST_PROBLEMS:
            raise _TooMany


_FIRST = "'time,queue' or 'time,count'"


def _delimiter(header: str) -> str:
    return max(",;\t", key=header.count)


def _value(values: Sequence[str], index: int) -> str:
    return values[index].strip() if index < len(values) else ""


def check_names(log: Log, known: Mapping[str, object], noun: str, problems: Problems) -> None:
    """Add a problem for the first row of each name in *log* that is not *known*."""
    told: set[str] = set()
    for row, line in zip(log.rows, log.lines, strict=True):
        if row.name not in known and row.name not in told and len(told) < _MOST_PROBLEMS:
            told.add(row.name)
            found = f"the unknown {noun} {shortened(row.name)}"
            problems.add(
                Place(str(log.path), line), found=found, want=did_you_mean(row.name, known)
            )
