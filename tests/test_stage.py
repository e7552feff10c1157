"""What the steps of a run make of a source that is silent, and of a halt that comes late."""

import asyncio
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness import stage as module
from harness.clock import RunClock, wall_now
from harness.conductor import _play
from harness.model.control import Progress
from harness.model.event import Ending
from harness.model.sample import Scrape, Series
from harness.model.scenario import PhaseKind
from harness.model.sla import StopRule
from harness.stage import Stage
from tests.fakes import phase, scenario, sla

GUARD = "HALT_ENV_MARKER: response 71 carried no X-Environment-Id, not 'acme-uat'"
RULE = "blocked > 20% for 5m"
STOP = StopRule("blocked", 0.2, 300.0, RULE, frozenset({PhaseKind.STEADY}))


def waiting(south: float | None, north: float | None) -> dict[str, Scrape]:
    """Return what each site last told of its queue; None if it did not answer."""
    told = {"south": south, "north": north}
    return {
        site: Scrape(site, 1.0, callers is not None, {} if callers is None else queue(callers))
        for site, callers in told.items()
    }


def queue(callers: float) -> dict[Series, float]:
    return {Series("cc_calls_in_queue", (("queue", "billing"),)): callers}


class Pages:
    """A scraper that has these pages, one look after the other; the last stays."""

    def __init__(self, pages: Sequence[dict[str, Scrape]]) -> None:
        self.pages = list(pages)
        self.hushed = False

    @property
    def latest(self) -> dict[str, Scrape]:
        return self.pages[0]

    async def turn(self, *_: object) -> None:
        """Let some time pass."""
        await asyncio.sleep(0)
        if len(self.pages) > 1:
            self.pages.pop(0)


async def nothing(*_: object, **__: object) -> None:
    """Do nothing, and take no time."""


def a_stage(folder: Path, *pages: dict[str, Scrape]) -> Stage:
    """Return a stage whose target tells *pages*, one look after the other."""
    record: Any = SimpleNamespace(
        facts=SimpleNamespace(explored=False, reference_prefix=""),
        folder=folder,
        staff=tuple,
        log=lambda _: None,
        put_phase=lambda _: None,
    )
    generator: Any = SimpleNamespace(
        contact_log=folder / "contacts.ndjson",
        staff=(),
        tripped="",
        progress=Progress(),
        begin=nothing,
        halt=nothing,
    )
    plan: Any = SimpleNamespace(scenario=scenario(), sla=replace(sla(), stop_early=(STOP,)))
    unused: Any = SimpleNamespace()
    return Stage(
        plan,
        record,
        RunClock(wall_now(), 20.0),
        generator,
        Pages(pages or ({},)),  # type: ignore[arg-type]
        unused,
        unused,
        unused,
        SimpleNamespace(event=lambda _: None),  # type: ignore[arg-type]
        unused,
    )


# ---------------------------------------------------------------------- who waits still


@pytest.mark.parametrize(
    ("page", "told"),
    [(waiting(2, 3), 5.0), (waiting(2, None), None), (waiting(None, None), None), ({}, None)],
)
def test_a_site_that_is_silent_is_not_taken_for_an_empty_one(
    page: dict[str, Scrape], told: float | None, tmp_path: Path
):
    """The sum of those that answer is not that of all."""
    assert a_stage(tmp_path, page).told("cc_calls_in_queue") == told


async def drained(stage: Stage, monkeypatch: pytest.MonkeyPatch, *, lasting_s: float) -> str:
    pages: Any = stage._scraper
    monkeypatch.setattr(module, "LEAD_WALL_S", 0.0)
    monkeypatch.setattr(stage, "_until_or_halt", pages.turn)
    drain = phase("drain-1", duration_s=lasting_s)
    return await stage.drain(drain, at_least_s=0.0, usual=None)


async def test_queues_are_not_empty_while_one_site_does_not_answer(tmp_path: Path, monkeypatch):
    """Its callers are still there, and would fail the next load, which did nothing."""
    stage = a_stage(tmp_path, waiting(4, 9), waiting(0, None), waiting(0, 5), waiting(0, 0))

    assert await drained(stage, monkeypatch, lasting_s=600.0) == ""
    assert stage._scraper.latest == waiting(0, 0), "it was over before the last of them had gone"


async def test_a_site_that_never_answers_leaves_it_open_who_waits(tmp_path: Path, monkeypatch):
    """A failure of the next load is then not believed, as with callers who are seen to wait."""
    stage = a_stage(tmp_path, waiting(0, None))

    assert (await drained(stage, monkeypatch, lasting_s=0.2)).endswith("no word of north")


# ---------------------------------------------------------------------- halts that come late


async def test_a_halt_of_the_guard_s_is_not_overwritten_by_a_stop_rule(tmp_path: Path, monkeypatch):
    """A search goes on after a rule; after the guard has halted nothing may."""
    stage, looked, go = a_stage(tmp_path), threading.Event(), threading.Event()

    def look(*_: object) -> str:
        looked.set()
        assert go.wait(5)
        return RULE

    monkeypatch.setattr(stage, "_stop_reason_apart", look)
    stage._begin(phase(), 0.0)
    async with asyncio.TaskGroup() as group:
        group.create_task(stage._look_for_a_halt())
        await asyncio.to_thread(looked.wait, 5)
        await stage.halt(GUARD)
        go.set()

    assert stage.halted_by == GUARD
    assert not stage.stopped_by_rule


async def test_a_halt_of_the_guard_s_goes_before_a_stop_rule(tmp_path: Path, monkeypatch):
    """The record says the graver one."""
    stage = a_stage(tmp_path)
    monkeypatch.setattr(stage, "_stop_reason_apart", lambda *_: RULE)
    stage._begin(phase(), 0.0)
    await stage._look_for_a_halt()
    assert stage.stopped_by_rule
    await stage.halt(GUARD)

    assert stage.halted_by == GUARD
    assert not stage.stopped_by_rule


@dataclass
class Played:
    """A stage on which every phase goes well, until the *late* step is halted by *why*."""

    late: str
    why: str = GUARD
    stopped_by_rule: bool = False
    halted_by: str = ""
    explore: bool = False
    plan: Any = field(default_factory=lambda: SimpleNamespace(scenario=scenario()))

    def __getattr__(self, step: str) -> Any:
        async def done(*_: object) -> bool:
            if step == self.late:
                self.halted_by = self.why
            return True

        return done


@pytest.mark.parametrize("late", ["end_of_load", "read_stores", "look_at_the_wires"])
def test_a_halt_in_the_last_seconds_is_one(late: str):
    """Who answered there was not who it should be: no run ends well on that."""
    assert asyncio.run(_play(Played(late), [phase()])) is Ending.HALTED  # type: ignore[arg-type]


def test_a_stop_rule_whose_load_is_over_ends_nothing():
    """There is nobody left whom it could have spared."""
    stage: Any = Played("end_of_load", RULE, stopped_by_rule=True)

    assert asyncio.run(_play(stage, [phase()])) is Ending.COMPLETE
