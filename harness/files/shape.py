"""From a shape file to a ``Shape``: how contacts spread over a day, and over the days of a week."""

from collections.abc import Iterator
from datetime import time
from itertools import pairwise
from pathlib import Path

from harness.files import hours, values
from harness.files.document import Entry, read_document
from harness.files.fields import Fields, Key, Keys, fields_of, items_of, parsed
from harness.files.goals import INTERVALS_S
from harness.files.problems import Place, Problems
from harness.model.arrivals import DAY_S, Shape
from harness.model.target import WEEKDAYS
from harness.model.units import format_duration

SHIPPED = Path(__file__).parents[2] / "scenarios" / "shapes"
_INTERVALS_S = {format_duration(each): each for each in INTERVALS_S}
_MOST = 1e9
_WEEK = "weekdays: {Mon: 1.05, Tue: 1, Wed: 1, Thu: 0.95, Fri: 1, Sat: 0.3, Sun: 0}"
_DAY = "09:00-11:00: [4.1, 4.4, 4.3, 3.9]"


def _interval(written: str) -> float:
    if written not in _INTERVALS_S:
        raise ValueError(f"{' or '.join(_INTERVALS_S)}, the intervals of the field")
    return _INTERVALS_S[written]


SHAPE: Keys = {
    "interval": Key("interval: 30m", "How long each interval is.", _interval),
    "day": Key(
        f"day: the weight of each interval, as in '{_DAY}'",
        "How busy each interval is, in any unit.",
        "a table: times of day, then a list of weights",
    ),
    "weekdays": Key(
        _WEEK,
        "How busy each day of the week is; every one is named.",
        "a table: day, then a weight",
        default="all alike",
    ),
}


def shipped_shapes() -> frozenset[str]:
    """Return the names of the shapes that ship with the harness."""
    return frozenset(path.stem for path in SHIPPED.glob("*.yaml"))


def read_shape(path: Path, problems: Problems) -> Shape | None:
    """Return the shape in the file at *path*; None, and problems, if it has none."""
    document = read_document(path, problems)
    if document is None:
        return None
    fields = fields_of(document.root, of="the shape", keys=SHAPE, problems=problems)
    if fields is None:
        return None
    if not document.header:
        problems.add(
            Place(str(path), 1),
            found="no comment at the top of the file",
            want="'# Measured in ...': where these weights come from, in one sentence",
        )
    interval_s = fields.value("interval", _interval)
    if interval_s is None:
        return None
    day = _day(fields, interval_s)
    factors = _weekdays(fields) if "weekdays" in fields else (1.0,)
    if day is None or factors is None:
        return None
    weights = [weight * factor for factor in factors for weight in day]
    most = max(weights)
    if not most:
        fields.problem("day", found="weights that are all 0", want="one above 0 at the least")
        return None
    return Shape(path.stem, interval_s, tuple(weight / most for weight in weights))


def _weight(written: str) -> float:
    try:
        return values.number(0, _MOST)(written)
    except ValueError:
        raise ValueError("a weight of 0 or more, as a plain number") from None


def _weekdays(fields: Fields) -> tuple[float, ...] | None:
    """Return the factor of each day, Monday first. Each is named: a day forgotten is no day off."""
    entries = fields.table("weekdays")
    for name, entry in entries.items():
        if name not in WEEKDAYS:
            want = f"one of {', '.join(WEEKDAYS)}"
            fields.problems.add(entry.key.place, found=f"the unknown day {name!r}", want=want)
    missing = [day for day in WEEKDAYS if day not in entries]
    if entries and missing:
        found = f"no {' and no '.join(missing)} in weekdays"
        fields.problem("weekdays", found=found, want=f"all seven days, 0 for a day off: {_WEEK}")
    factors = [
        parsed(entries[day].value, _weight, fields.problems, key=day)
        for day in WEEKDAYS
        if day in entries
    ]
    known = tuple(factor for factor in factors if factor is not None)
    if len(known) == len(WEEKDAYS) and not any(known):
        fields.problem("weekdays", found="factors that are all 0", want="one above 0 at the least")
        return None
    return known if len(known) == len(WEEKDAYS) else None


def _day(fields: Fields, interval_s: float) -> list[float] | None:
    """Return the weight of each interval of a day; 0 before the first span and after the last."""
    weights = [0.0] * round(DAY_S / interval_s)
    problems, spans = fields.problems, []
    complete = in_place = True
    for entry in fields.table("day").values():
        span = parsed(entry.key, hours.span, problems)
        start_s, end_s = _seconds(*span) if span else (0.0, 0.0)
        written = [parsed(item, _weight, problems) for item in items_of(entry, _DAY, problems)]
        good = [weight for weight in written if weight is not None]
        wrong = _misplaced(start_s, end_s, interval_s) if span else None
        if span is None or wrong:
            in_place = False
        else:
            spans.append((start_s, end_s, entry))
            if good and len(good) == len(written):
                wrong = _miscounted(start_s, end_s, len(good), interval_s)
        if wrong:
            problems.add(entry.key.place, found=f"{entry.key.text}: {wrong[0]}", want=wrong[1])
        if span is None or wrong or not good or len(good) < len(written):
            complete = False
        else:
            first = round(start_s / interval_s)
            weights[first : first + len(good)] = good
    if in_place:  # else a gap would be told where there is only a mistake in a time
        for place, found, want in _apart(spans):
            problems.add(place, found=found, want=want)
            complete = False
    return weights if complete and spans else None


def _seconds(start: time, end: time) -> tuple[float, float]:
    start_s, end_s = ((each.hour * 60 + each.minute) * 60.0 for each in (start, end))
    return start_s, end_s or DAY_S


def _misplaced(start_s: float, end_s: float, interval_s: float) -> tuple[str, str] | None:
    """Return what is wrong with a span's times and what would be right; None if nothing is."""
    if end_s <= start_s:
        return "a span that ends before it begins", "a night in two spans, 00:00-... and ...-24:00"
    if start_s % interval_s or end_s % interval_s:
        every = format_duration(interval_s)
        return f"borders beside the intervals of {every}", f"times at every {every} from midnight"
    return None


def _miscounted(
    start_s: float, end_s: float, count: int, interval_s: float
) -> tuple[str, str] | None:
    """Return how many weights a span has and should have; None if they are the same."""
    needed = round((end_s - start_s) / interval_s)
    if count == needed:
        return None
    weights = f"{count} weight{'s' if count > 1 else ''}"
    return weights, f"{needed}, one for each {format_duration(interval_s)}"


def _apart(spans: list[tuple[float, float, Entry]]) -> Iterator[tuple[Place, str, str]]:
    """Yield where a span does not begin where the one before it ended."""
    for (_, earlier_s, before), (start_s, _, entry) in pairwise(spans):
        if start_s < earlier_s:
            found = f"{entry.key.text}, which overlaps {before.key.text} or stands below it"
            yield entry.key.place, found, "each interval once, in the order of the day"
        elif start_s > earlier_s:
            gap = f"{_clock(earlier_s)}-{_clock(start_s)}"
            want = f"a span for it, with 0 where nobody comes: '{gap}: [0, ...]'"
            yield entry.key.place, f"a gap: nothing is said of {gap}", want


def _clock(of_day_s: float) -> str:
    minutes = round(of_day_s / 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
