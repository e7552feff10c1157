"""A whole rehearsal on a guarded target, and the halts that end one: nothing leaves after them."""

import asyncio
import contextlib
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from aiohttp import web

from harness.conductor import rehearse
from harness.generator import Crew
from harness.model.event import Ending
from harness.model.verdict import Decision, Verdict
from harness.record.run_record import RunRecord
from harness.watching import Watcher
from tests.guarding.uat import EDGE, Uat, uat

pytestmark = pytest.mark.e2e
IN_FLIGHT = 8
"""So many requests may be under way in one process when the run is halted."""


async def rehearsed(
    env: Uat, *, workers: int = 1, word_every_s: float = 0.4
) -> tuple[Verdict, Path]:
    """Return the verdict on *env*, and the run's folder."""
    folder = env.folder / "run"
    (folder / "logs").mkdir(parents=True)
    plan = await env.plan()
    verdict = await rehearse(
        plan,
        folder,
        crew=Crew(workers),
        explore=False,
        watcher=Watcher(),
        armed=env.arm(plan),
        ground=replace(env.ground(), now=time.time, word_every_s=word_every_s),
    )
    return verdict, folder


def in_time(env: Uat) -> None:
    """Have the attestation be of today: a whole run keeps the real time."""
    from harness.guard.rules_attest import stamp

    now = time.time()
    env.payload |= {"not_before": stamp(now - 60), "not_after": stamp(now + 3600)}


@pytest.mark.nightly
async def test_a_target_that_has_proven_itself_gets_a_verdict_without_a_reserve(tmp_path: Path):
    """By name and TLS, through pinned addresses, with a marker in every answer."""
    async with uat(tmp_path) as env:
        in_time(env)

        async def processes() -> list[str]:
            await env.busy.wait()
            family = psutil.Process().children(recursive=True)
            return [word for each in family for word in each.cmdline()]

        looking = asyncio.create_task(processes())
        verdict, folder = await rehearsed(env)
        words = await asyncio.wait_for(looking, 10)

    assert verdict.decision in (Decision.GO, Decision.INCONCLUSIVE), verdict
    assert "signed by its provider to be acme-uat" in verdict.subject
    with RunRecord.open(folder) as record:
        assert record.facts.about == ""
        assert record.facts.level == "signed"
        told = {event.name: dict(event.fields) for event in record.events()}
        tickets = [each for each in record.tickets() if each.outcome == "acknowledged"]
    assert EDGE in str(told["guard_admitted"]["addresses"])
    assert len(tickets) > 10
    secret = b"secret-of-the-desk"
    assert words, "the generator was looked at while it worked"
    assert not [word for word in words if secret.decode() in word]
    assert not [
        each for each in folder.rglob("*") if each.is_file() and secret in each.read_bytes()
    ]


@pytest.mark.parametrize("workers", [pytest.param(1, marks=pytest.mark.nightly), 2])
async def test_nothing_leaves_after_an_answer_without_the_mark(workers: int, tmp_path: Path):
    """Whoever answers now is not whom we were let through to: not one more customer may go there."""
    async with uat(tmp_path) as env:
        in_time(env)

        async def turn() -> None:
            await env.busy.wait()
            env.marks = "acme-prod"
            env.requests.clear()

        turning = asyncio.create_task(turn())
        verdict, folder = await rehearsed(env, workers=workers, word_every_s=30.0)
        turning.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await turning
        after = list(env.requests)

    assert verdict.decision is Decision.INCONCLUSIVE, verdict.sentence
    assert len(after) <= IN_FLIGHT * workers + IN_FLIGHT, after
    with RunRecord.open(folder) as record:
        assert record.ending is Ending.HALTED
        assert record.halted_by.startswith("HALT_ENV_MARKER: ")


@pytest.mark.nightly
async def test_nothing_leaves_after_its_word_is_taken_back(tmp_path: Path):
    """Attestation lost: load stops, whatever the load is doing."""
    async with uat(tmp_path) as env:
        in_time(env)
        halted_at: list[int] = []

        async def turn() -> None:
            await env.busy.wait()
            env.word = lambda _: web.Response(status=404)
            await asyncio.sleep(3.0)  # the word is asked for every 0.4 s
            halted_at.append(len(env.requests))

        turning = asyncio.create_task(turn())
        verdict, folder = await rehearsed(env)
        await asyncio.wait_for(turning, 10)
        later = len(env.requests)

    assert verdict.decision is Decision.INCONCLUSIVE, verdict.sentence
    assert later == halted_at[0], "three seconds later nothing is sent any more"
    with RunRecord.open(folder) as record:
        assert record.halted_by.startswith("HALT_ATTEST: ")
