"""Durations, shares and sizes: what people write is what code holds, and the other way round."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harness.clock import RunClock
from harness.errors import PRECEDENCE, ExitCode, Problem, UsageError, worst
from harness.model.scenario import Load
from harness.model.sla import Direction
from harness.model.target import Endpoints
from harness.model.units import (
    exact_share,
    format_duration,
    format_share,
    format_size,
    parse_duration,
    parse_share,
    parse_size,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("20s", 20.0),
        ("10m", 600.0),
        ("1h30m", 5400.0),
        ("400ms", 0.4),
        ("2.5s", 2.5),
        ("1d", 86400.0),
        ("1h 30m", 5400.0),
        ("0s", 0.0),
    ],
)
def test_a_duration_is_read_as_people_mean_it(text: str, seconds: float):
    """The forms that the scenarios and their manual use."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "20", "20 sec", "-5s", "1h30", "s", "1e3s", "12:30", "٣m x"])
def test_a_duration_without_a_unit_is_refused(text: str):
    """A bare 20 could be seconds or minutes: nobody guesses."""
    with pytest.raises(ValueError, match="with its unit"):
        parse_duration(text)


@given(st.integers(0, 10**9))
def test_a_printed_duration_reads_back_to_the_millisecond(ms: int):
    """What a message says can be put into the scenario."""
    assert parse_duration(format_duration(ms / 1000)) == pytest.approx(ms / 1000, abs=1e-9)


@given(st.integers(0, 10**9))
@example(9)
def test_a_printed_duration_reads_back_exactly(ms: int):
    """The module's docstring promises *x* itself for whole milliseconds."""
    assert parse_duration(format_duration(ms / 1000)) == ms / 1000


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (600, "10m"),
        (90, "1m30s"),
        (2.5, "2.5s"),
        (0.4, "400ms"),
        (0, "0s"),
        (3600, "1h"),
        (-90, "-1m30s"),
    ],
)
def test_a_duration_is_printed_as_people_write_it(seconds: float, text: str):
    """Reports and messages speak the scenario's language."""
    assert format_duration(seconds) == text


@given(st.integers(0, 100_000))
def test_a_printed_share_reads_back(tenths: int):
    """One decimal of a percentage survives printing and parsing."""
    share = tenths / 1000

    assert parse_share(format_share(share)) == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.8, "80 %"),
        (0.8149, "81.5 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (0.9997, "99.97 %"),
        (0.99996, "99.996 %"),
        (0.00004, "0.004 %"),
        (0.9999999, "100 %"),
    ],
)
def test_a_share_is_rounded_but_not_to_all_or_none(share: float, text: str):
    """An availability of 99.97 % that is printed as 100 % has no failures to look for."""
    assert format_share(share) == text


@given(st.integers(0, 10**8))
def test_a_share_that_somebody_wrote_is_printed_to_its_last_digit(millionths: int):
    """A contract that asks for 99.95 % does not ask for 100 %."""
    written = f"{millionths / 10**6:.6f}".rstrip("0").rstrip(".") + " %"

    assert exact_share(parse_share(written)) == written


@pytest.mark.parametrize("text", ["60", "0.6", "", "%", "-5%", "60 %%", "sixty%"])
def test_a_share_without_its_sign_is_refused(text: str):
    """0.6 could be six tenths or six tenths of a per cent."""
    with pytest.raises(ValueError, match="percentage"):
        parse_share(text)


@given(
    st.floats(0, 2e9),
    st.sampled_from([1.0, 7.5, 20.0, 60.0]),
    st.floats(0, 1e6),
)
def test_the_run_clock_translates_there_and_back(epoch: float, speed: float, centre_s: float):
    """Faults are scheduled in centre seconds and slept in wall seconds."""
    clock = RunClock(epoch, speed)

    assert clock.centre_s(clock.wall(centre_s)) == pytest.approx(centre_s, abs=1e-4)


def test_the_load_moves_in_a_straight_line():
    """A ramp's rate is the average of its ends half-way."""
    ramp = Load(0.1, 0.9)

    assert (ramp.at(0), ramp.at(0.5), ramp.at(1), ramp.peak) == (0.1, 0.5, 0.9, 0.9)


def test_better_is_higher_for_more_and_lower_for_less():
    """The one place that knows which way a KPI is better."""
    assert Direction.MORE.is_at_least(0.8, 0.8)
    assert not Direction.MORE.is_at_least(0.79, 0.8)
    assert Direction.LESS.is_at_least(28.0, 28.0)
    assert not Direction.LESS.is_at_least(28.1, 28.0)


def test_secrets_do_not_show_when_endpoints_are_printed():
    """Endpoints end up in logs and tracebacks."""
    endpoints = Endpoints("http://127.0.0.1:1", {}, admin_token="hush-1", client_secret="hush-2")

    assert "hush" not in repr(endpoints)


def test_every_exit_code_has_its_precedence():
    """A code without a rank would break the end of the run it stands for."""
    assert sorted(PRECEDENCE) == sorted(ExitCode)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((ExitCode.NO_GO, ExitCode.RESIDUE), ExitCode.RESIDUE),
        ((ExitCode.NO_GO, ExitCode.INTERRUPTED), ExitCode.INTERRUPTED),
        ((ExitCode.GO, ExitCode.INCONCLUSIVE), ExitCode.INCONCLUSIVE),
        ((ExitCode.RESIDUE, ExitCode.BROKEN), ExitCode.BROKEN),
    ],
)
def test_the_gravest_code_wins(codes: tuple[ExitCode, ...], expected: ExitCode):
    """A NO-GO must not hide that a fault is still in force."""
    assert worst(*codes) is expected


def test_a_usage_error_tells_every_problem():
    """All at once, not one a run."""
    error = UsageError([Problem("a.yaml:1", "x", "y"), Problem("a.yaml:2", "u", "v")])

    assert "a.yaml:1: found x" in str(error)
    assert "a.yaml:2: found u" in str(error)


@pytest.mark.parametrize(
    ("text", "size"),
    [("500MB", 500_000_000), ("1.5 GB", 1_500_000_000), ("2tb", 2 * 10**12), ("0", 0)],
)
def test_a_size_is_read_as_people_mean_it(text: str, size: int):
    """As disks are sold, and as ``harness runs prune --keep`` has it."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["500", "GB", "-1GB", "1GiB", "1 gigabyte", "9" * 400 + "GB"])
def test_what_is_no_size_is_refused(text: str):
    """A number without a unit is a thousand or a million times what was meant."""
    with pytest.raises(ValueError, match="such as 500MB"):
        parse_size(text)


@given(st.integers(min_value=1, max_value=10**15))
def test_a_size_is_told_to_a_tenth(size: int):
    """What is told can be read again, and is not far off."""
    told = format_size(size).replace(",", "")

    assert abs(parse_size(told) - size) <= 0.05 * (10**9 if size >= 10**9 else 10**6)
