"""From known parameters to a log and back: what is calibrated is what made the log."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from random import Random
from statistics import fmean

import pytest
from scipy import stats

from harness.model.arrivals import DAY_S, HALF_HOUR_S, Days, Observed, Shape
from harness.model.contact import Stream
from harness.traffic import calibrate
from harness.traffic.days import factors_of_day
from harness.traffic.rate import pieces
from tests.traffic.days_of_arrivals import MORNING, calls, day_long, placed

MONDAY = datetime.fromisoformat("2026-03-02T00:00")
WEEK = Shape(
    "week", 1800.0, tuple(f * r for f in (1.0, 0.9, 0.9, 0.8, 0.7, 0.3, 0.0) for r in MORNING.rates)
)


def log(shape: Shape, weeks: int, per_hour: float, days: Days | None = None) -> list[Observed]:
    """Return the contacts of so many *weeks*, drawn by the schedule itself."""
    phase = day_long(days, length_s=weeks * 7 * DAY_S)
    plan = calls(phase, shape=shape, per_hour=per_hour, starts_at_s=0.0)
    return [
        Observed(MONDAY + timedelta(seconds=each.due_s), 1, each.queue)
        for each in placed(plan, phase)
    ]


@pytest.fixture(scope="module")
def plain() -> list[Observed]:
    """Return eight weeks of a log, of which nothing is unknown."""
    return log(WEEK, 8, 300.0)


def test_the_shape_of_the_day_comes_back(plain: list[Observed]):
    """Each interval's weight, within what its own count allows."""
    found = calibrate.volume(plain)
    most = max(found.weights)

    for number, rate in enumerate(MORNING.rates):
        counted = found.weights[number] * found.days
        allowed = 4 / counted**0.5 * rate if counted else 0.0
        assert found.weights[number] / most == pytest.approx(rate, abs=allowed + 0.05 * rate)


def test_the_days_of_the_week_come_back(plain: list[Observed]):
    """A Sunday on which nobody ever came is a day off: factor 0."""
    found = calibrate.volume(plain)

    assert found.weekdays is not None
    ratios = [factor / found.weekdays[0] for factor in found.weekdays]
    assert ratios == pytest.approx([1.0, 0.9, 0.9, 0.8, 0.7, 0.3, 0.0], abs=0.07)
    assert (found.days, found.first, found.last) == (48, date(2026, 3, 2), date(2026, 4, 25))


def test_the_volume_comes_back_within_its_error(plain: list[Observed]):
    """`per_hour` is the busiest interval of the busiest day, with a standard error that holds."""
    found = calibrate.volume(plain)

    assert abs(found.per_hour - 300.0) < 3 * found.error
    assert found.error < 20


def test_counts_give_what_stamps_give(plain: list[Observed]):
    """The same contacts, counted by half hour: the same shape and volume."""
    stamped = calibrate.volume(plain)
    half_hours: dict[datetime, int] = {}
    for row in plain:
        start = row.at - timedelta(minutes=row.at.minute % 30, seconds=row.at.second)
        start = start.replace(microsecond=0)
        half_hours[start] = half_hours.get(start, 0) + 1
    counted = calibrate.volume([Observed(*each) for each in half_hours.items()], counted_s=1800.0)

    assert counted.weights == pytest.approx(stamped.weights)
    assert counted.per_hour == pytest.approx(stamped.per_hour)


def test_an_hour_is_spread_over_its_halves():
    """Who counts by the hour gets the same weight for both halves of it."""
    found = calibrate.volume([Observed(MONDAY.replace(hour=9), 60)], counted_s=3600.0)

    assert found.weights[18:20] == (30.0, 30.0)
    assert found.per_hour == pytest.approx(60.0)


def test_less_than_a_week_tells_no_days_apart(plain: list[Observed]):
    """Five working days say nothing of a Saturday."""
    week = [row for row in plain if row.at < MONDAY + timedelta(days=5)]

    assert calibrate.volume(week).weekdays is None


def test_days_without_variation_show_none(plain: list[Observed]):
    """What is chance alone must not be sold as busy days."""
    found = calibrate.variation(plain, calibrate.volume(plain))

    assert found is not None
    assert found.day < 0.06
    assert found.interval < 0.06


def test_variation_comes_back():
    """Day factor, half hours and their correlation, from half a year of days."""
    asked = Days(day=0.15, interval=0.2, correlation=0.5)
    rows = log(WEEK, 20, 300.0, asked)
    found = calibrate.variation(rows, calibrate.volume(rows))

    assert found is not None
    assert found.day == pytest.approx(0.15, abs=0.04)
    assert found.interval == pytest.approx(0.2, abs=0.03)
    assert found.correlation == pytest.approx(0.5, abs=0.15)


def two_weeks(seed: int) -> list[Observed]:
    """Return ten working days of ten hours, counted by half hours of 60 contacts in the mean."""
    asked = Days(day=0.15, interval=0.2, correlation=0.5)
    rows = []
    for number in (0, 1, 2, 3, 4, 7, 8, 9, 10, 11):
        means = [60 * factor for factor in factors_of_day(asked, f"log-{seed}", number)[16:36]]
        counts = stats.poisson.rvs(means, random_state=100 * seed + number)
        opens = MONDAY + timedelta(days=number, hours=8)
        rows += [
            Observed(opens + timedelta(seconds=HALF_HOUR_S * each), int(count))
            for each, count in enumerate(counts)
        ]
    return rows


def test_variation_comes_back_from_two_weeks():
    """A company with a short log would rehearse half hours that are wilder than its own."""
    found = [
        calibrate.variation(rows, calibrate.volume(rows)) for rows in map(two_weeks, range(40))
    ]

    assert fmean(each.interval for each in found if each) == pytest.approx(0.2, abs=0.02)
    assert fmean(each.correlation for each in found if each) == pytest.approx(0.5, abs=0.05)


def test_a_few_days_say_nothing_of_their_spread(plain: list[Observed]):
    """Four numbers make no distribution."""
    few = [row for row in plain if row.at < MONDAY + timedelta(days=4)]

    assert calibrate.variation(few, calibrate.volume(few)) is None


def test_the_mix_comes_back(plain: list[Observed]):
    """The largest share first; an unnamed log has none."""
    found = calibrate.mix(plain)

    assert list(found) == ["billing", "support"]
    assert found["billing"] == pytest.approx(0.6, abs=0.02)
    assert calibrate.mix([Observed(MONDAY)]) == {}


def waits(form: float, scale_s: float, count: int = 20_000) -> Iterator[Observed]:
    """Yield callers of Weibull patience in a queue whose waits are exponential, a third of none."""
    rng = Random("patience")
    for _ in range(count):
        wait_s = rng.expovariate(1 / 90) if rng.random() < 2 / 3 else 0.0
        patience_s = rng.weibullvariate(scale_s, form)
        yield Observed(MONDAY, 1, "", min(wait_s, patience_s), patience_s < wait_s)


def test_exponential_patience_comes_back_and_needs_no_other_model():
    """All waiting over all abandons, within its standard error; a Weibull is not called better."""
    found = calibrate.patience(waits(1.0, 180.0))

    assert found is not None
    assert abs(found.mean_s - 180.0) < 3 * found.error_s
    assert found.form == pytest.approx(1.0, abs=0.05)
    assert not found.weibull


def test_weibull_patience_comes_back_and_is_called_better():
    """Impatient at first, then resigned: the exponential model would be wrong at both ends."""
    found = calibrate.patience(waits(0.7, 300.0))

    assert found is not None
    assert found.weibull
    assert found.form == pytest.approx(0.7, abs=0.04)
    assert found.scale_s == pytest.approx(300.0, rel=0.1)


def test_the_weibull_fit_and_the_survival_are_those_of_another_judge():
    """scipy fits and counts the same censored waits."""
    rows = list(waits(0.8, 240.0, 3000))
    found = calibrate.patience(rows)
    data = stats.CensoredData(
        uncensored=[row.wait_s for row in rows if row.abandoned],
        right=[row.wait_s for row in rows if not row.abandoned and row.wait_s],
    )
    form, _, scale_s = stats.weibull_min.fit(data, floc=0)
    counted = stats.ecdf(data).sf

    assert found is not None
    assert found.form == pytest.approx(form, rel=1e-3)
    assert found.scale_s == pytest.approx(scale_s, rel=1e-3)
    for each in found.survival:
        assert each.counted == pytest.approx(counted.evaluate(each.wait_s), abs=1e-9)


def test_too_few_abandons_tell_no_patience():
    """A mean of ten abandons would look like knowledge."""
    assert calibrate.patience(list(waits(1.0, 180.0))[:60]) is None


def test_a_log_without_contacts_has_no_volume():
    """Nothing can be divided by nobody."""
    with pytest.raises(ValueError, match="no contacts"):
        calibrate.volume([Observed(MONDAY, 0)])


def test_what_is_calibrated_is_drawn_again(plain: list[Observed]):
    """The circle closes: the shape from the log plans as many contacts as the log has."""
    found = calibrate.volume(plain)
    assert found.weekdays is not None
    weights = [weight * factor for factor in found.weekdays for weight in found.weights]
    again = Shape("again", 1800.0, tuple(weight / max(weights) for weight in weights))
    week = day_long(length_s=7 * DAY_S)
    plan = calls(week, shape=again, per_hour=found.per_hour, starts_at_s=0.0)

    planned = sum(piece.expected for piece in pieces(plan, week, Stream.CALLS))
    assert planned == pytest.approx(len(plain) / 8, rel=0.01)
