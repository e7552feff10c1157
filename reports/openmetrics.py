"""Everything that a run scraped, and its own figures, as OpenMetrics text.

It is what ``promtool tsdb create-blocks-from openmetrics`` takes: families together, each series
by time, seconds with three digits. A record keeps rows by time, so it is read once for every two
million values: a week's soak takes no more memory than an hour's.
"""

import math
from array import array
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from harness.model.own_metrics import BY_NAME, UP, Kind, labelled
from harness.model.sample import OWN, Series
from harness.record.run_record import RunRecord

_AT_ONCE = 2_000_000
"""Values that are held in memory: 16 MB."""
_HISTOGRAM = ("_bucket", "_sum", "_count")
_UNKNOWN = "unknown"
_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n"})


@dataclass(frozen=True, slots=True)
class _Source:
    """One source: its name in the record, the times of its readings, and which answered."""

    name: str
    run: str
    series: tuple[Series, ...]
    stamps: list[str]
    answered: list[bool]


@dataclass(slots=True)
class _Family:
    """A metric with all its series: each a source's number and a position in its rows."""

    name: str
    kind: str
    members: list[tuple[int, int]] = field(default_factory=list)


def openmetrics(record: RunRecord) -> Iterator[str]:
    """Yield the text of *record*, a piece at a time; the last line is ``# EOF``.

    Each sample is labelled with ``job``, ``instance`` (the source), ``run`` and ``rehearsal``; a
    label of the source's own by one of these names becomes ``exported_...``, as Prometheus has it.
    """
    sources = [_source(record, name) for name in (*record.sources(), OWN)]
    sources = [each for each in sources if each.stamps]
    yield from _ups(sources)
    for families in _pieces(_families(sources), sources):
        yield from _written(record, families, sources)
    yield "# EOF\n"


def _source(record: RunRecord, name: str) -> _Source:
    stamps, answered = [], []
    for at_s, ok, _ in record.rows(name):
        stamps.append(f"{record.wall(at_s):.3f}")
        answered.append(ok)
    return _Source(name, record.facts.run, record.series(name), stamps, answered)


def _ups(sources: Sequence[_Source]) -> Iterator[str]:
    """Yield what Prometheus itself would say of each source: whether it answered."""
    yield f"# TYPE {UP} gauge\n"
    for source in sources:
        key = _key(Series(UP), source)
        yield _samples([key], [array("d", map(float, source.answered))], source.stamps)


def _families(sources: Sequence[_Source]) -> list[_Family]:
    names = {series.name for source in sources for series in source.series}
    found: dict[str, _Family] = {}
    for number, source in enumerate(sources):
        for position, series in enumerate(source.series):
            name, kind = _family_of(series.name, names)
            found.setdefault(name, _Family(name, kind)).members.append((number, position))
    return [found[name] for name in sorted(found)]


def _family_of(series: str, names: set[str]) -> tuple[str, str]:
    """Return the family that *series* belongs to and its type, told by what *names* there are.

    No two families may have one name: beside a series ``x``, or a histogram of that name, what
    would be of family ``x`` as well is a family of its own, of no known type.
    """
    if series in BY_NAME:
        return series.removesuffix("_total"), BY_NAME[series].kind.value
    counted = series.removesuffix("_total")
    if counted != series:
        taken = counted in names or f"{counted}_bucket" in names
        return (series, _UNKNOWN) if taken else (counted, Kind.COUNTER.value)
    for part in _HISTOGRAM:
        base = series.removesuffix(part)
        if base != series and f"{base}_bucket" in names:
            return (series, _UNKNOWN) if base in names else (base, Kind.HISTOGRAM.value)
    return series, Kind.GAUGE.value


def _pieces(families: Sequence[_Family], sources: Sequence[_Source]) -> Iterator[list[_Family]]:
    """Yield *families* in portions that fit into memory; one that alone does not is one."""
    portion: list[_Family] = []
    held = 0
    for family in families:
        size = sum(len(sources[number].stamps) for number, _ in family.members)
        if portion and held + size > _AT_ONCE:
            yield portion
            portion, held = [], 0
        portion.append(family)
        held += size
    if portion:
        yield portion


def _written(
    record: RunRecord, families: Sequence[_Family], sources: Sequence[_Source]
) -> Iterator[str]:
    wanted: dict[int, list[int]] = defaultdict(list)
    for family in families:
        for number, position in family.members:
            wanted[number].append(position)
    columns = {
        number: _columns(record, sources[number].name, positions)
        for number, positions in wanted.items()
    }
    for family in families:
        yield f"# TYPE {family.name} {family.kind}\n"
        for number, positions in _groups(family, sources):
            source, values = sources[number], columns[number]
            keys = [_key(source.series[position], source) for position in positions]
            yield _samples(keys, [values[position] for position in positions], source.stamps)


def _groups(family: _Family, sources: Sequence[_Source]) -> Iterator[tuple[int, list[int]]]:
    """Yield the number of a source and the positions that have to be written moment by moment.

    Of a histogram the buckets, sum and count with the same labels; else each series by itself.
    """
    if family.kind != Kind.HISTOGRAM.value:
        yield from ((number, [position]) for number, position in family.members)
        return
    found: dict[tuple[int, tuple[tuple[str, str], ...]], list[int]] = defaultdict(list)
    for number, position in family.members:
        labels = sources[number].series[position].labels
        rest = tuple(each for each in labels if each[0] != "le")
        found[number, rest].append(position)
    for (number, _), positions in found.items():
        yield number, positions


def _columns(record: RunRecord, source: str, positions: list[int]) -> dict[int, "array[float]"]:
    columns = {position: array("d") for position in positions}
    pairs = [(position, column.append) for position, column in columns.items()]
    for _, _, row in record.rows(source):
        known = len(row)
        for position, append in pairs:
            append(row[position] if position < known else math.nan)
    return columns


def _samples(keys: Sequence[str], columns: Sequence[Sequence[float]], stamps: Sequence[str]) -> str:
    """Return the lines of the series *keys*, moment by moment.

    Of two readings in one millisecond the later one's.
    """
    last = len(stamps) - 1
    rows = zip(*columns, strict=True)
    return "".join(
        f"{key} {value!r} {stamp}\n"
        for number, (stamp, values) in enumerate(zip(stamps, rows, strict=True))
        if number == last or stamps[number + 1] != stamp
        for key, value in zip(keys, values, strict=True)
        if value == value  # noqa: PLR0124  NaN is what was absent
    )


def _key(series: Series, source: _Source) -> str:
    labels = labelled(series, source.name, source.run)
    inside = ",".join(f'{label}="{value.translate(_ESCAPES)}"' for label, value in labels)
    return f"{series.name}{{{inside}}}"
