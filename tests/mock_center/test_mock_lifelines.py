"""Nothing of a centre outlives whoever started it, however that one ended."""

import asyncio
import os
import signal
from pathlib import Path

import pytest
from live_centre import all_gone, end, family, orders, running, said, send, spawn


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.parametrize("fault", [pytest.param(None, marks=pytest.mark.nightly), "site_hang"])
async def test_a_killed_supervisor_leaves_no_process_not_even_a_frozen_one(
    tmp_path: Path, fault: str | None
):
    """``kill -9`` gives it no chance to clean up: the children have to notice by themselves."""
    async with running(orders(tmp_path)) as centre:
        pids = [*family(centre.process.pid), centre.process.pid]
        if fault:
            await centre.inject(fault, "north")
        centre.process.kill()
        await centre.process.wait()
        gone = await all_gone(pids)

        assert len(pids) == 5, "supervisor, nursery, edge, two sites"
        assert gone


@pytest.mark.parametrize(
    "how",
    [
        "stdin closes",
        pytest.param("stop", marks=pytest.mark.nightly),
        "SIGTERM to all",
        pytest.param("SIGTERM", marks=pytest.mark.nightly),
        pytest.param("SIGINT", marks=pytest.mark.nightly),
    ],
)
async def test_each_orderly_end_heals_and_leaves_no_process(tmp_path: Path, how: str):
    """A frozen and a killed site do not keep the centre from ending, with exit code 0."""
    async with running(orders(tmp_path)) as centre:
        await centre.inject("site_hang", "north")
        pids = [*family(centre.process.pid), centre.process.pid]
        if how == "stdin closes":
            await end(centre.process)
        elif how == "stop":
            await send(centre.process, {"command": "stop"})
        elif how == "SIGTERM to all":  # as a service is ended, and what runs in a terminal
            for pid in pids:
                os.kill(pid, signal.SIGTERM)
        else:
            centre.process.send_signal(getattr(signal, how))
        async with asyncio.timeout(5):
            code = await centre.process.wait()

        assert code == 0
        assert await all_gone(pids)


async def test_an_edge_that_dies_ends_the_centre_with_an_error(tmp_path: Path):
    """A centre without its front door would look like a total outage that nobody injected."""
    async with running(orders(tmp_path)) as centre:
        pids = family(centre.process.pid)
        edge = next(pid for pid, name in pids.items() if name == "mock edge")
        os.kill(edge, signal.SIGKILL)
        async with asyncio.timeout(5):
            code = await centre.process.wait()

        assert code == 1
        assert await all_gone(list(pids))


async def test_a_nursery_that_dies_ends_the_centre_with_an_error(tmp_path: Path):
    """What began there dies with it: a supervisor that went on would be one of nothing."""
    async with running(orders(tmp_path)) as centre:
        pids = family(centre.process.pid)
        nursery = next(pid for pid, name in pids.items() if name == "mock nursery")
        os.kill(nursery, signal.SIGKILL)
        async with asyncio.timeout(5):
            code = await centre.process.wait()

        assert code == 1
        assert await all_gone(list(pids))


async def test_bad_orders_are_refused_with_every_problem_and_nothing_is_started(tmp_path: Path):
    """The harness shows these to a person; exit code 2 says that it is the file's fault."""
    process = await spawn()
    await send(process, orders(tmp_path / "new", replication="sync", chanels="3"))
    refused = await said(process)
    code = await process.wait()

    assert code == 2
    assert refused["event"] == "refused"
    assert {problem["where"] for problem in refused["problems"]} == {
        "mock.replication",
        "mock.chanels",
    }
    assert files_in(tmp_path) == []


@pytest.mark.parametrize(("mock", "problems"), [({}, 0), ({"talk": "150s"}, 1)])
async def test_check_reads_the_orders_and_starts_nothing(tmp_path: Path, mock, problems: int):
    """``harness check`` asks the mock about its section before any run."""
    process = await spawn("--check")
    await send(process, orders(tmp_path, **mock))
    checked = await said(process)
    code = await process.wait()

    assert code == 0
    assert checked["event"] == "checked"
    assert len(checked["problems"]) == problems
    assert files_in(tmp_path) == []


async def test_a_control_pipe_that_closes_before_the_first_line_is_refused(tmp_path: Path):
    """A parent that died at once must not leave a supervisor waiting for ever."""
    process = await spawn()
    assert process.stdin is not None
    process.stdin.close()
    refused = await said(process)

    assert refused["event"] == "refused"
    assert await process.wait() == 2
