"""Contacts as columns: arrays of plain figures instead of objects, in order of due time.

A call takes about seventy bytes here and six hundred as an object. Rows come in batches and are
transposed, so that a million of them is a matter of C loops; whoever is asked about, a queue, a
line, a site, is picked out once and kept.
"""

from array import array
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields, replace
from itertools import compress, repeat
from operator import floordiv
from typing import Any, NamedTuple, TypeVar, Union

from harness.kpi.figures import (
    Attempt,
    CallFigures,
    Fate,
    TalkFigures,
    TicketFigures,
    TurnFigures,
)

_T = TypeVar("_T")
_OF_REQUESTS = ("requests", "api")
_ROW = "row"
_BYTES = array("d").itemsize


class Scope(NamedTuple):
    """Whose contacts are meant; None: all."""

    queue: str | None = None
    line: str | None = None
    site: str | None = None
    priority: str | None = None


ALL = Scope()


class _Codes(dict[str, int]):
    """Words by a number: the first new word gets 0, the next 1."""

    def __missing__(self, word: str) -> int:
        return self.setdefault(word, len(self))


@dataclass(slots=True)
class Words:
    """A column of words of which there are few: the number of its word in each row."""

    numbers: "array[int]" = field(default_factory=lambda: array("I"))
    codes: _Codes = field(default_factory=_Codes)

    def extend(self, words: Iterable[str]) -> None:
        """Append *words*."""
        self.numbers.fromlist(list(map(self.codes.__getitem__, words)))

    def where(self, word: str) -> bytes:
        """Return 1 for every row that holds *word*, and 0 for every other."""
        code = dict.get(self.codes, word)
        return bytes(len(self)) if code is None else bytes(map(code.__eq__, self.numbers))

    def picked(self, mask: Iterable[int]) -> "Words":
        """Return the rows of *mask*."""
        return Words(array("I", compress(self.numbers, mask)), self.codes)

    def __len__(self) -> int:
        return len(self.numbers)

    def __getitem__(self, rows: slice) -> "Words":
        return Words(self.numbers[rows], self.codes)

    def __iter__(self) -> Iterator[str]:
        names = list(self.codes)
        return (names[code] for code in self.numbers)


_Column = Union[Words, bytearray, "array[float]", list[str]]


def _doubles() -> "array[float]":
    return array("d")


def _picked(column: _Column, mask: bytes | bytearray) -> _Column:
    """Return the rows of *mask* in one column of any kind."""
    if isinstance(column, Words):
        return column.picked(mask)
    if isinstance(column, bytearray):
        return bytearray(compress(column, mask))
    if isinstance(column, list):
        return list(compress(column, mask))
    return array("d", compress(column, mask))


@dataclass(slots=True)
class CallColumns:
    """Attempts, by due time; what each column holds: ``CallFigures``.

    ``row`` is empty in all columns that are not ``numbered``. ``api`` are the wall seconds of all
    their requests, one after another: ``requests`` of each.
    """

    queue: Words = field(default_factory=Words)
    line: Words = field(default_factory=Words)
    site: Words = field(default_factory=Words)
    due_s: "array[float]" = field(default_factory=_doubles)
    lag_s: "array[float]" = field(default_factory=_doubles)
    fate: bytearray = field(default_factory=bytearray)
    wait_s: "array[float]" = field(default_factory=_doubles)
    site_wait_s: "array[float]" = field(default_factory=_doubles)
    setup_s: "array[float]" = field(default_factory=_doubles)
    ivr_s: "array[float]" = field(default_factory=_doubles)
    row: "array[float]" = field(default_factory=_doubles)
    requests: bytearray = field(default_factory=bytearray)
    api: "array[float]" = field(default_factory=_doubles)
    _of: dict[Scope, "CallColumns"] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.fate)

    @classmethod
    def of(cls, batches: Iterable[Sequence[CallFigures]]) -> "CallColumns":
        """Return the columns of rows that come in *batches*, in order."""
        return _filled(cls(), batches)

    def within(self, scope: Scope) -> "CallColumns":
        """Return the attempts of *scope*, picked out once; their ``api`` is left empty."""
        if scope == ALL:
            return self
        if scope not in self._of:
            mask = _mask(self, scope)
            self._of[scope] = _columns(self, lambda column: _picked(column, mask))
        return self._of[scope]

    def between(self, start_s: float, end_s: float) -> "CallColumns":
        """Return the attempts due in [start_s, end_s)."""
        return _stretch(self, self.due_s, start_s, end_s)


@dataclass(slots=True)
class AttemptColumns:
    """Attempts, by due time, as far as they tell whether service was back: ``Attempt``."""

    id: list[str] = field(default_factory=list)
    due_s: "array[float]" = field(default_factory=_doubles)
    lag_s: "array[float]" = field(default_factory=_doubles)
    fate: bytearray = field(default_factory=bytearray)
    wait_s: "array[float]" = field(default_factory=_doubles)
    site_wait_s: "array[float]" = field(default_factory=_doubles)
    ivr_s: "array[float]" = field(default_factory=_doubles)

    def __len__(self) -> int:
        return len(self.fate)

    @classmethod
    def of(cls, batches: Iterable[Sequence[Attempt]]) -> "AttemptColumns":
        """Return the columns of rows that come in *batches*, in order."""
        return _filled(cls(), batches)

    def by_stamps(self) -> "AttemptColumns":
        """Return the same attempts; who was answered waited as long as the site's stamps say."""
        rows = zip(self.fate, self.wait_s, self.site_wait_s, strict=True)
        answered = Fate.ANSWERED.value
        waits_s = (site_s if fate == answered else wait_s for fate, wait_s, site_s in rows)
        return replace(self, wait_s=array("d", waits_s))

    def met(self, fates: Collection[int]) -> "AttemptColumns":
        """Return the attempts that met one of *fates*."""
        return where(self, self.fate.translate(bytes(each in fates for each in range(256))))

    def between(self, start_s: float, end_s: float) -> "AttemptColumns":
        """Return the attempts due in [start_s, end_s)."""
        return _stretch(self, self.due_s, start_s, end_s)


@dataclass(slots=True)
class TalkColumns:
    """Talks that ended, by their end."""

    ended_s: "array[float]" = field(default_factory=_doubles)
    queue: Words = field(default_factory=Words)
    line: Words = field(default_factory=Words)
    site: Words = field(default_factory=Words)
    end: bytearray = field(default_factory=bytearray)
    talk_s: "array[float]" = field(default_factory=_doubles)
    row: "array[float]" = field(default_factory=_doubles)
    _of: dict[Scope, "TalkColumns"] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.end)

    @classmethod
    def of(cls, batches: Iterable[Sequence[TalkFigures]]) -> "TalkColumns":
        """Return the columns of rows that come in *batches*, in order."""
        return _filled(cls(), batches)

    def within(self, scope: Scope) -> "TalkColumns":
        """Return the talks of *scope*, picked out once."""
        if scope == ALL:
            return self
        if scope not in self._of:
            mask = _mask(self, scope)
            self._of[scope] = _columns(self, lambda column: _picked(column, mask))
        return self._of[scope]

    def between(self, start_s: float, end_s: float) -> "TalkColumns":
        """Return the talks that ended in [start_s, end_s)."""
        return _stretch(self, self.ended_s, start_s, end_s)


@dataclass(slots=True)
class TicketColumns:
    """Tickets, by due time."""

    priority: Words = field(default_factory=Words)
    due_s: "array[float]" = field(default_factory=_doubles)
    lag_s: "array[float]" = field(default_factory=_doubles)
    first_reply_s: "array[float]" = field(default_factory=_doubles)
    resolution_s: "array[float]" = field(default_factory=_doubles)
    row: "array[float]" = field(default_factory=_doubles)
    requests: bytearray = field(default_factory=bytearray)
    api: "array[float]" = field(default_factory=_doubles)

    def __len__(self) -> int:
        return len(self.due_s)

    @classmethod
    def of(cls, batches: Iterable[Sequence[TicketFigures]]) -> "TicketColumns":
        """Return the columns of rows that come in *batches*, in order."""
        return _filled(cls(), batches)

    def within(self, scope: Scope) -> "TicketColumns":
        """Return the tickets of *scope*; their ``api`` is left empty."""
        if scope.priority is None:
            return self
        mask = self.priority.where(scope.priority)
        return _columns(self, lambda column: _picked(column, mask))

    def between(self, start_s: float, end_s: float) -> "TicketColumns":
        """Return the tickets due in [start_s, end_s)."""
        return _stretch(self, self.due_s, start_s, end_s)


@dataclass(slots=True)
class TurnColumns:
    """Turns in the lives of tickets, by when they happened."""

    at_s: "array[float]" = field(default_factory=_doubles)
    priority: Words = field(default_factory=Words)
    turn: bytearray = field(default_factory=bytearray)
    until_s: "array[float]" = field(default_factory=_doubles)
    row: "array[float]" = field(default_factory=_doubles)

    def __len__(self) -> int:
        return len(self.turn)

    @classmethod
    def of(cls, batches: Iterable[Sequence[TurnFigures]]) -> "TurnColumns":
        """Return the columns of rows that come in *batches*, in order."""
        return _filled(cls(), batches)

    def within(self, scope: Scope) -> "TurnColumns":
        """Return the turns of the tickets of *scope*."""
        if scope.priority is None:
            return self
        mask = self.priority.where(scope.priority)
        return _columns(self, lambda column: _picked(column, mask))

    def between(self, start_s: float, end_s: float) -> "TurnColumns":
        """Return the turns that happened in [start_s, end_s)."""
        return _stretch(self, self.at_s, start_s, end_s)


def numbered(columns: _T) -> _T:
    """Return *columns*, with the number of each row: what is picked of them still tells which."""
    of: Any = columns
    made: Any = _columns(columns, lambda column: column)
    for name in _OF_REQUESTS:
        if hasattr(of, name):
            setattr(made, name, getattr(of, name))
    made.row = array("d", range(len(of)))
    return made  # type: ignore[no-any-return]


def where(columns: _T, mask: bytes | bytearray) -> _T:
    """Return the rows of *mask* (a byte each, 0 or 1) of *columns*, their requests too."""
    of: Any = columns
    picked: Any = _columns(columns, lambda column: _picked(column, mask))
    if hasattr(of, "requests"):
        picked.requests = bytearray(compress(of.requests, mask))
        kept = (taken for count, taken in zip(of.requests, mask, strict=True) for _ in range(count))
        picked.api = array("d", compress(of.api, kept))
    return picked  # type: ignore[no-any-return]


def _stretch(columns: _T, times_s: "array[float]", start_s: float, end_s: float) -> _T:
    """Return the rows of *columns* whose times, which rise, lie in [start_s, end_s)."""
    low, high = bisect_left(times_s, start_s), bisect_left(times_s, end_s)
    of: Any = columns
    cut: Any = _columns(columns, lambda column: _part(column, low, high))
    if hasattr(of, "requests"):
        start = sum(of.requests[:low])
        cut.requests = _part(of.requests, low, high)
        cut.api = _part(of.api, start, start + sum(cut.requests))
    return cut  # type: ignore[no-any-return]


def _part(column: Any, low: int, high: int) -> Any:
    """Return *column* from *low* to *high*; itself if that is all: a million are no small copy."""
    return column if high - low == len(column) else column[low:high]


def _filled(columns: _T, batches: Iterable[Sequence[Any]]) -> _T:
    """Return *columns*, new ones, with the rows that come in *batches*.

    The columns stand in the order of a row's figures; what its requests took comes last in it.
    """
    into: Any = columns
    plain = [getattr(into, name) for name in _plain(into) if name != _ROW]
    for rows in batches:
        figures = list(zip(*rows, strict=True))
        for column, values in zip(plain, figures, strict=False):
            if isinstance(column, array):
                column.fromlist(list(values))  # a third of the time that ``extend`` takes
            else:
                column.extend(values)
        for api in figures[len(plain) :]:
            into.requests.extend(_requests(api))
            into.api.frombytes(b"".join(api))
    return columns


def _columns(columns: _T, made: Callable[[Any], Any]) -> _T:
    """Return *columns* with each column as *made* of it; those of the requests stay empty."""
    new = type(columns)()
    for name in _plain(columns):
        setattr(new, name, made(getattr(columns, name)))
    return new


def _plain(columns: object) -> list[str]:
    """Return the names of *columns* that hold one figure a row: all but those of the requests."""
    names = [each.name for each in fields(columns)]  # type: ignore[arg-type]
    return [name for name in names if name not in _OF_REQUESTS and name != "_of"]


def _requests(api: Iterable[bytes]) -> Iterator[int]:
    """Yield how many requests each *api* holds: 255 at most, so that a byte counts them."""
    return map(floordiv, map(len, api), repeat(_BYTES))


def _mask(columns: CallColumns | TalkColumns, scope: Scope) -> bytes:
    """Return 1 for every row of *scope*, and 0 for every other."""
    mask = b"\1" * len(columns)
    for words, word in (
        (columns.queue, scope.queue),
        (columns.line, scope.line),
        (columns.site, scope.site),
    ):
        if word is not None:
            mask = bytes(map(int.__and__, mask, words.where(word)))
    return mask
