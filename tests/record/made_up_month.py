"""A made-up month of nightly soaks and weekly rehearsals, as a history keeps it."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from random import Random

from harness.model.finding import Happening, RootCause, Severity, Sighting, State, What
from harness.model.history import JudgedObjective, RehearsedFault, RunSummary
from harness.model.review import Period
from harness.model.scenario import Owner, PhaseKind
from harness.model.sla import Direction, Progression, Unit
from harness.model.verdict import Status
from tests.record.test_decision import run

NOVEMBER = Period(date(2026, 11, 1), date(2026, 11, 30))
OPERATIONS = Owner("Operations", "operations@client.example")
PROGRESSION = Progression("in-house", dip=0.05, dip_months=6, yearly=0.05, months=3)
SILENT = (date(2026, 11, 8), date(2026, 11, 21))
"""Nights on which nothing was run."""


def at(day: date, hour: int = 2) -> float:
    """Return the epoch seconds of *hour* o'clock on *day*, in UTC."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=UTC).timestamp()


def judged(name: str = "service_level[billing]", **changes) -> JudgedObjective:
    """Return an objective that passed at 90 % of a goal of 80 %."""
    kpi, _, scope = name.removesuffix("]").partition("[")
    found = JudgedObjective(
        name, kpi, scope, "callers", "night", PhaseKind.SOAK, Status.PASS, 0.9, 0.88, 0.92, 4000,
        0.8, Unit.SHARE, Direction.MORE, OPERATIONS.name, must_pass=True, decisive=True,
    )  # fmt: skip
    return replace(found, **changes)


def night(day: date, *, value: float = 0.9, **changes) -> RunSummary:
    """Return a soak of the night of *day* whose service level was *value*."""
    status = Status.PASS if value >= 0.8 else Status.FAIL
    own = judged(value=value, low=value - 0.02, high=value + 0.02, status=status)
    objectives = (
        own,
        replace(own, view="provider", value=value + 0.01),
        replace(own, name=f"{own.name} against baseline", goal=0.855),
        replace(own, name=f"{own.name} intervals met", value=0.75, n=24, goal=0.9),
        judged("asa", value=12.0, low=11.0, high=13.0, goal=28.0, unit=Unit.SECONDS,
               direction=Direction.LESS),
    )  # fmt: skip
    found = run(
        "soak",
        run=f"{day:%Y%m%d}T020000Z-soak",
        started_wall=at(day),
        speed=20.0,
        about="mock only",
        decision="GO" if status is Status.PASS else "NO-GO",
        objectives=objectives,
        faults=(RehearsedFault("site_down", "north", proven=True, healed=True, recovered_s=40.0,
                               error_s=2.0),),
        progression=PROGRESSION,
    )  # fmt: skip
    return replace(found, **changes)


def a_month(*, falling: float = 0.0, seed: int = 7) -> list[RunSummary]:
    """Return a soak for each night but the silent ones; each is worse by *falling* than the last.

    And three weekly rehearsals in October, of which one broke a trunk.
    """
    chance = Random(seed)
    days = [NOVEMBER.first + timedelta(days=n) for n in range(NOVEMBER.days)]
    nights = [
        night(day, value=round(0.92 - number * falling + chance.gauss(0, 0.004), 4))
        for number, day in enumerate(days)
        if day not in SILENT
    ]
    return [*weeks(), *nights]


def weeks() -> list[RunSummary]:
    """Return three rehearsals of October."""
    found = [
        run(
            "pre-cutover",
            run=f"{day:%Y%m%d}T080000Z-pre-cutover",
            started_wall=at(day, 8),
            objectives=(judged(phase="peak", kind=PhaseKind.STEADY),),
        )
        for day in (date(2026, 10, 5), date(2026, 10, 12), date(2026, 10, 19))
    ]
    trunks = RehearsedFault("trunk_loss", "south", proven=True, healed=True, recovered_s=90.0)
    return [*found[:2], replace(found[2], faults=(trunks,), decision="INCONCLUSIVE")]


def seen(title: str, day: date, **changes) -> Happening:
    """Return that a soak of *day* saw the finding *title*."""
    sighting = Sighting("soak", title, Severity.CRITICAL, f"{title} failed", OPERATIONS)
    sighting = replace(sighting, **changes)
    return Happening(sighting.id, What.SEEN, at(day), run=f"{day:%Y%m%d}-soak", sighting=sighting)


def mended(finding: str, day: date) -> Happening:
    """Return that somebody explained *finding* and called it fixed on *day*."""
    cause = RootCause("trunks sized for one site", "200 channels each", "soak")
    return Happening(finding, What.SET, at(day, 9), by="Operations", state=State.FIXED, cause=cause)


def passed(finding: str, day: date) -> Happening:
    """Return that a soak of *day* passed *finding*."""
    return Happening(finding, What.PASSED, at(day), run=f"{day:%Y%m%d}-soak")


def what_happened() -> list[Happening]:
    """Return an issue log: one closed in November, one open since October, one that came back."""
    closed = seen("blocked in night", date(2026, 11, 3))
    old = seen("asa in night", date(2026, 10, 20), severity=Severity.MAJOR)
    back = seen("dropped in night", date(2026, 10, 10))
    return [
        closed, mended(closed.finding, date(2026, 11, 4)), passed(closed.finding, date(2026, 11, 5)),
        old,
        back, mended(back.finding, date(2026, 10, 11)), passed(back.finding, date(2026, 10, 12)),
        seen("dropped in night", date(2026, 11, 10)),
        seen("after the month in night", date(2026, 12, 2)),
    ]  # fmt: skip
