"""``harness calibrate``: from a company's own CSV to a shape file, and what else it tells.

Reads one file, writes one file; what it found it says with the number it rests on. The arithmetic
is ``harness.traffic.calibrate``.
"""

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from harness.errors import Problem, UsageError
from harness.files.log import Log, read_log
from harness.files.problems import Problems
from harness.model.arrivals import DAY_S, HALF_HOUR_S, Days
from harness.model.target import WEEKDAYS
from harness.model.units import format_duration
from harness.traffic import calibrate
from harness.traffic.calibrate import Patience, Volume

_QUARTER_S = 900.0
_LONGEST_S = 3600.0
_IN_A_ROW = 8
_FEW_DAYS = 10
_SAFE = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Calibrated:
    """What a log tells; None is what it is too short for."""

    log: Log
    volume: Volume
    days: Days | None
    mix: Mapping[str, float]
    patience: Patience | None

    @property
    def name(self) -> str:
        """The name of the shape: that of the log, in letters that are safe in a path."""
        return _SAFE.sub("_", self.log.path.stem.lower()).strip("_") or "shape"


def calibrated(path: Path) -> Calibrated:
    """Return what the log in the CSV at *path* tells.

    Raises:
        UsageError: it cannot be read, or has not one contact; carries every problem.
    """
    problems = Problems()
    log = read_log(path, problems, named_by=("queue", "line", "priority"))
    problems.raise_if_any()
    assert log is not None  # or there was a problem
    if not any(row.count for row in log.rows):
        raise UsageError([Problem(str(path), "counts that are all 0", "contacts to count")])
    counted_s = log.interval_s
    fits = counted_s in (0.0, _QUARTER_S, _LONGEST_S) or not HALF_HOUR_S % counted_s
    if not fits:
        found = f"intervals of {format_duration(counted_s)}"
        raise UsageError([Problem(str(path), found, "intervals of 15, 30 or 60 minutes")])
    interval_s = _QUARTER_S if counted_s == _QUARTER_S else HALF_HOUR_S
    volume = calibrate.volume(log.rows, interval_s=interval_s, counted_s=counted_s)
    return Calibrated(
        log,
        volume,
        calibrate.variation(log.rows, volume, counted_s=counted_s),
        calibrate.mix(log.rows),
        calibrate.patience(log.rows),
    )


def write_shape(folder: Path, found: Calibrated) -> Path:
    """Write the shape of *found* into *folder*, which is made if need be, and return its path.

    Raises:
        UsageError: there is such a file already, or it cannot be written.
    """
    path = folder / f"{found.name}.yaml"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(shape_text(found))
    except FileExistsError:
        taken = path if path.exists() else folder
        want = "another directory: nothing that stands there is overwritten"
        raise UsageError([Problem(str(taken), "something that is there already", want)]) from None
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise UsageError([Problem(str(path), reason, "a directory to write to")]) from None
    return path


def shape_text(found: Calibrated) -> str:
    """Return the shape file: where it comes from, and the mean contacts of each interval."""
    volume = found.volume
    weekly = "a week" if volume.weekdays else "a day"
    contacts = f"{volume.contacts:,} contacts on {volume.days} days"
    lines = [
        f"# Measured: {weekly} of {found.log.path.name}, {contacts}",
        f"# from {volume.first} to {volume.last}. Each weight is the mean of its interval.",
        f"interval: {format_duration(volume.interval_s)}",
        "day:",
        *_day_lines(volume),
    ]
    if volume.weekdays:
        factors = zip(WEEKDAYS, volume.weekdays, strict=True)
        lines.append(f"weekdays: {{{', '.join(f'{day}: {_plain(f)}' for day, f in factors)}}}")
    return "\n".join(lines) + "\n"


def _day_lines(volume: Volume) -> Iterator[str]:
    """Yield a line for each span of a few hours, from the first interval with contacts on."""
    busy = [number for number, weight in enumerate(volume.weights) if weight]
    end = busy[-1] + 1
    for first in range(busy[0], end, _IN_A_ROW):
        weights = volume.weights[first : min(first + _IN_A_ROW, end)]
        span = f"{_clock(volume, first)}-{_clock(volume, first + len(weights))}"
        yield f"  {span}: [{', '.join(map(_plain, weights))}]"


def _clock(volume: Volume, number: int) -> str:
    minutes = round(number * volume.interval_s / 60)
    assert minutes * 60 <= DAY_S
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def told(found: Calibrated, path: Path) -> Iterator[str]:
    """Yield what to copy into a scenario, and what it rests on, line by line."""
    volume = found.volume
    stream = "tickets" if found.log.named == "priority" else "calls"
    yield (
        f"{found.log.path}: {volume.contacts:,} contacts on {volume.days} days,"
        f" {volume.first} to {volume.last}"
    )
    yield f"{path}: the shape of {'a week' if volume.weekdays else 'a day'}"
    yield ""
    yield "To copy into a scenario (a path in it is relative to where it stands):"
    yield ""
    yield "traffic:"
    if found.days is not None:
        days = found.days
        yield "  # Days as different from each other as these; leave it out for an average day."
        yield (
            f"  days: {{day: {days.day:.2f}, interval: {days.interval:.2f},"
            f" correlation: {days.correlation:.2f}}}"
        )
    yield f"  {stream}:"
    yield (
        f"    per_hour: {_plain(volume.per_hour)}  # in the busiest interval of all;"
        f" give or take {_plain(volume.error, 2)}"
    )
    yield f"    shape: {path}"
    if found.mix:
        key = "priorities" if stream == "tickets" else "mix"
        shares = ", ".join(f"{name}: {share}%" for name, share in _percentages(found.mix).items())
        yield f"    {key}: {{{shares}}}  # by {found.log.named}"
    if found.patience is not None:
        yield f"    patience: {_patience_written(found.patience)}"
    yield ""
    yield from _doubts(found)
    if found.patience is not None:
        yield from _patience_lines(found.patience)


def _doubts(found: Calibrated) -> Iterator[str]:
    volume = found.volume
    if volume.weekdays is None:
        yield "Less than a week: days of the week are not told apart."
    if volume.days < _FEW_DAYS:
        yield f"{volume.days} days are few: the busiest interval looks busier than it is by chance."
    if found.days is None:
        yield "Too few days to say how much days differ."
    if found.patience is None:
        yield "Too few abandons with a wait to say how patient callers are (30 at the least)."


def _patience_written(found: Patience) -> str:
    """Return *found* as a scenario writes it: the form that fits, or else the mean."""
    if found.weibull:
        return f"{{weibull: {{shape: {found.form:.2f}, scale: {found.scale_s:.0f}s}}}}"
    return format_duration(round(found.mean_s))


def _patience_lines(found: Patience) -> Iterator[str]:
    error = format_duration(round(found.error_s))
    yield (
        f"Patience: {found.abandons:,} abandons in {found.waits:,} waits; a mean of"
        f" {format_duration(round(found.mean_s))}, give or take {error} (all waiting / abandons)."
    )
    weibull = f"A Weibull distribution of shape {found.form:.2f} and scale {found.scale_s:.0f}s"
    if found.weibull:
        yield f"{weibull} fits better than chance explains; instead of the mean, write:"
        yield (
            f"    patience: {{weibull: {{shape: {found.form:.2f}, scale: {found.scale_s:.0f}s}}}}"
        )
    else:
        yield f"{weibull} does not fit better than chance explains."
    yield "Of callers whom nobody answers, still there:"
    yield "  after   counted   exponential   Weibull"
    for each in found.survival:
        yield (
            f"  {format_duration(each.wait_s):>5}   {each.counted:7.1%}   {each.exponential:11.1%}"
            f"   {each.weibull:7.1%}"
        )


def _percentages(shares: Mapping[str, float]) -> dict[str, str]:
    """Return *shares* in tenths of a per cent that add up to 100."""
    tenths = {name: math.floor(share * 1000) for name, share in shares.items()}
    by_rest = sorted(shares, key=lambda name: tenths[name] - shares[name] * 1000)
    for name in by_rest[: 1000 - sum(tenths.values())]:
        tenths[name] += 1
    return {name: f"{each / 10:g}" for name, each in tenths.items()}


def _plain(value: float, most: int = 4) -> str:
    """Return *value* in about *most* digits, and no exponent: as a scenario takes numbers."""
    digits = max(0, most - 1 - math.floor(math.log10(value))) if value else 0
    text = f"{value:.{min(digits, 6)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
