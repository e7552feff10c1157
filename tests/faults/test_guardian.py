"""What was broken at a provider's is undone, however we end: the guardian, its leases, recovery."""

import asyncio
import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.errors import NotInjected, Refused, TargetError
from harness.faults import leases
from harness.faults.guarded import Guarded, Guardianship
from harness.faults.guardian import Guardian, serve
from harness.faults.leases import Lease
from harness.faults.recovery import recovered
from harness.faults.steps import Command, Request
from tests.fakes import fault_plan
from tests.faults.stand_ins import Provider, provider


@pytest.fixture
async def far() -> AsyncIterator[Provider]:
    async with provider() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return the folder of a run."""
    (tmp_path / "a-run" / "logs").mkdir(parents=True)
    return tmp_path / "a-run"


def breaking(far: Provider, name: str = "north") -> Request:
    return Request(url=f"{far.url}/break/{name}", body='{"ttl_s": ${LEASE_S}}')


def mending(far: Provider, name: str = "north") -> Request:
    return Request(url=f"{far.url}/break/{name}", method="DELETE", expect=(204, 404))


def lease(far: Provider, name: str = "north", *, lasts_s: float = 60.0) -> Lease:
    until = time.time() + lasts_s
    return Lease(fault_id=name, title=f"http {name}", until=until, undo=(mending(far, name),))


# ---------------------------------------------------------------------- the guardian itself


async def test_when_the_harness_is_gone_all_is_healed_the_last_one_first(
    far: Provider, folder: Path
):
    """The end of its input is all that a guardian learns of a kill -9."""
    far.broken = ["north", "south"]
    lines = asyncio.StreamReader()
    for number, name in enumerate(("north", "south"), start=1):
        path = leases.write(folder, number, "http", lease(far, name))
        lines.feed_data(json.dumps({"hold": str(path)}).encode() + b"\n")
    lines.feed_eof()
    await serve(Guardian(), lines)

    assert [name for _, name, _ in far.heard] == ["south", "north"]
    assert list(leases.open_in(folder)) == []


async def test_one_that_cannot_be_asked_keeps_no_other_from_being_healed(
    far: Provider, folder: Path
):
    """A certificate that is gone is one fault's trouble: the guardian must live for the others."""
    far.broken = ["north"]
    lost = Request(url="https://127.0.0.1:9/", ca_file=str(folder / "gone.pem"))
    first = leases.write(folder, 1, "http", lease(far))
    last = leases.write(folder, 2, "http", replace(lease(far), undo=(lost,)))
    lines = asyncio.StreamReader()
    for path in (first, last):
        lines.feed_data(json.dumps({"hold": str(path)}).encode() + b"\n")
    lines.feed_eof()
    await serve(Guardian(pause_wall_s=0.001), lines)

    assert far.broken == []
    assert list(leases.open_in(folder)) == [last]


async def test_a_lease_that_runs_out_is_healed_without_being_asked(far: Provider, folder: Path):
    """A harness that hangs must not keep a provider's site down."""
    far.broken = ["north"]
    guardian = Guardian()
    path = leases.write(folder, 1, "http", lease(far, lasts_s=0.0))
    guardian.hold(path)
    async with asyncio.timeout(10):
        while leases.is_open(path):  # noqa: ASYNC110  nobody tells us, we look
            await asyncio.sleep(0.01)

    assert far.broken == []


async def test_what_will_not_heal_is_tried_again_and_stays_open(far: Provider, folder: Path):
    """A lease is closed by success alone."""
    far.broken, far.deaf = ["north"], True
    path = leases.write(folder, 1, "http", lease(far))
    why = await Guardian(pause_wall_s=0.001).heal(path)

    assert "503" in why
    assert len(far.heard) == 3
    assert leases.is_open(path)


async def test_healing_twice_is_no_mistake(far: Provider, folder: Path):
    """Timer and order may meet."""
    far.broken = ["north"]
    guardian, path = Guardian(), leases.write(folder, 1, "http", lease(far))

    assert await asyncio.gather(guardian.heal(path), guardian.heal(path)) == ["", ""]
    assert len(far.heard) == 1


@pytest.mark.parametrize("recovered_meanwhile", [False, True])
async def test_what_a_step_may_still_break_is_undone_again_when_its_time_is_over(
    far: Provider, folder: Path, monkeypatch: pytest.MonkeyPatch, *, recovered_meanwhile: bool
):
    """A command outlives the harness that was killed, and breaks what was undone at once.

    Even if somebody has had it recovered in between, and closed the lease.
    """
    monkeypatch.setattr("harness.faults.guardian.wall_now", lambda: 1000.0)
    mine = replace(lease(far), until=1060.0, injecting_until=1001.0)
    path = leases.write(folder, 1, "http", mine)
    lines = asyncio.StreamReader()
    lines.feed_data(json.dumps({"hold": str(path)}).encode() + b"\n")
    lines.feed_eof()
    serving = asyncio.create_task(serve(Guardian(), lines))
    async with asyncio.timeout(10):
        while not far.heard:  # noqa: ASYNC110  nobody tells us, we look
            await asyncio.sleep(0.01)
    open_meanwhile = leases.is_open(path)
    if recovered_meanwhile:
        leases.close(path)
    far.broken = ["north"]  # by the step that goes on without us
    await serving

    assert open_meanwhile
    assert far.broken == []
    assert list(leases.open_in(folder)) == []


async def test_what_no_step_breaks_any_more_is_undone_once(far: Provider, folder: Path):
    """The end of a run must not wait for the time that a step might have taken."""
    far.broken = ["north"]
    path = leases.write(folder, 1, "http", replace(lease(far), injecting_until=time.time() + 60))
    lines = asyncio.StreamReader()
    for order in ("hold", "injected"):
        lines.feed_data(json.dumps({order: str(path)}).encode() + b"\n")
    lines.feed_eof()
    async with asyncio.timeout(10):
        await serve(Guardian(), lines)

    assert len(far.heard) == 1
    assert list(leases.open_in(folder)) == []


# ---------------------------------------------------------------------- the harness and it


async def test_a_fault_is_held_then_done_then_undone(far: Provider, folder: Path):
    """One real guardian: the lease is on the disk when the provider is asked to break something."""
    async with Guardianship(folder) as guardianship:
        way = Guarded(guardianship, [breaking(far)], [mending(far)])
        await way.inject(fault_plan(kind="http"), lease_wall_s=8.2)
        held = [leases.read(path) for path in leases.open_in(folder)]
        broken = list(far.broken)
        await way.heal(fault_plan(kind="http"))

    assert broken == ["north"]
    assert far.heard[0] == ("POST", "north", '{"ttl_s": 9}')
    assert [each.fault_id for each in held] == ["a-run-1"]
    assert far.broken == []
    assert list(leases.open_in(folder)) == []


async def test_an_order_that_fails_is_undone_all_the_same(far: Provider, folder: Path):
    """It may have been half carried out, and nobody can tell from here."""
    failing = Command(run=("false",))
    async with Guardianship(folder) as guardianship:
        way = Guarded(guardianship, [breaking(far), failing], [mending(far)])
        with pytest.raises(NotInjected, match="exit code 1"):
            await way.inject(fault_plan(), lease_wall_s=60.0)
        await way.heal(fault_plan())

    assert far.broken == []


async def test_a_step_that_takes_longer_than_the_lease_is_undone_all_the_same(
    folder: Path, tmp_path: Path
):
    """The lease counts from the break: one that ran out before would undo nothing, and be closed."""
    mark = tmp_path / "broken"
    slow = Command(run=("sh", "-c", f"sleep 0.2; touch {mark}"))
    async with Guardianship(folder) as guardianship:
        way = Guarded(guardianship, [slow], [Command(run=("rm", "-f", str(mark)))])
        await way.inject(fault_plan(kind="process"), lease_wall_s=0.05)
        was_broken = mark.exists()
        await way.heal(fault_plan(kind="process"))

    assert was_broken
    assert not mark.exists()
    assert list(leases.open_in(folder)) == []


async def test_a_lease_that_was_closed_before_the_break_is_open_after_it(
    far: Provider, folder: Path
):
    """A clock that was set may end it too soon; then the target is broken, and must not be lost."""
    async with Guardianship(folder) as guardianship:
        way = Guarded(guardianship, [breaking(far)], [mending(far)])
        breaks = Request.do

        async def late(step: Request) -> str:
            for path in leases.open_in(folder):
                leases.close(path)
            return await breaks(step)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Request, "do", late)
            await way.inject(fault_plan(kind="http"), lease_wall_s=60.0)
        open_after = list(leases.open_in(folder))
        await way.heal(fault_plan(kind="http"))

    assert len(open_after) == 1
    assert far.broken == []


async def test_who_is_interrupted_before_the_break_waits_for_no_step(far: Provider, folder: Path):
    """Ctrl-C while the guardian starts: nothing is at work, and there is nothing to undo."""
    slow = replace(breaking(far), timeout_wall_s=60.0)
    async with asyncio.timeout(10), Guardianship(folder) as guardianship:
        way = Guarded(guardianship, [slow], [mending(far)])
        breaking_it = asyncio.create_task(way.inject(fault_plan(), lease_wall_s=60.0))
        while not list(leases.open_in(folder)):  # noqa: ASYNC110  nobody tells us, we look
            await asyncio.sleep(0)
        breaking_it.cancel()
        with pytest.raises(asyncio.CancelledError):
            await breaking_it

    assert far.heard == []
    assert list(leases.open_in(folder)) == []


async def test_without_a_lease_nothing_is_broken(far: Provider, folder: Path):
    """Write ahead: if the undo cannot be kept, there is nothing to undo."""
    (folder / "leases").write_text("a file where the folder should be")
    way = Guarded(Guardianship(folder), [breaking(far)], [mending(far)])
    with pytest.raises(TargetError):
        await way.inject(fault_plan(), lease_wall_s=60.0)

    assert far.heard == []


async def test_without_a_guardian_nothing_is_broken_and_nothing_is_left(
    far: Provider, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """A machine without room for one more process must not leave residue of what never was."""

    async def no_room(*_: object, **__: object) -> None:
        raise BlockingIOError(errno.EAGAIN, "Resource temporarily unavailable")

    monkeypatch.setattr(asyncio, "create_subprocess_exec", no_room)
    async with Guardianship(folder) as guardianship:
        way = Guarded(guardianship, [breaking(far)], [mending(far)])
        with pytest.raises(TargetError, match="no guardian could be started, so nothing is broken"):
            await way.inject(fault_plan(), lease_wall_s=60.0)
        await way.heal(fault_plan())

    assert far.heard == []
    assert list(leases.open_in(folder)) == []


async def test_a_killed_guardian_is_stood_in_for(far: Provider, folder: Path):
    """Then the harness, which is alive, undoes it itself."""
    async with Guardianship(folder) as guardianship:
        way = Guarded(guardianship, [breaking(far)], [mending(far)])
        await way.inject(fault_plan(), lease_wall_s=60.0)
        assert guardianship._child is not None
        guardianship._child.kill()
        await guardianship._child.wait()
        await way.heal(fault_plan())

    assert far.broken == []
    assert list(leases.open_in(folder)) == []


HARNESS = """
import asyncio, sys
from pathlib import Path
from harness.faults.guarded import Guarded, Guardianship
from harness.faults.steps import Command
from harness.model.scenario import FaultPlan

async def main(folder, mark):
    async with Guardianship(folder) as guardianship:
        way = Guarded(
            guardianship, [Command(run=("touch", mark))], [Command(run=("rm", "-f", mark))]
        )
        plan = FaultPlan("process", "", 0.0, 60.0, place="north")
        await way.inject(plan, lease_wall_s=60.0)
        print("broken", flush=True)
        await asyncio.sleep(600)

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, pytest.param(signal.SIGTERM, marks=pytest.mark.nightly)]
)
def test_a_harness_that_is_killed_leaves_nothing_broken(folder: Path, number: signal.Signals):
    """The promise itself, with real processes: kill -9 while a provider's system is broken."""
    mark = folder / "broken"
    with subprocess.Popen(
        [sys.executable, "-c", HARNESS, str(folder), str(mark)],
        stdout=subprocess.PIPE,
        start_new_session=True,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        was_broken = mark.exists()
        os.kill(child.pid, number)
    deadline = time.monotonic() + 20
    while list(leases.open_in(folder)) and time.monotonic() < deadline:
        time.sleep(0.02)

    assert was_broken
    assert not mark.exists()
    assert list(leases.open_in(folder)) == []


# ---------------------------------------------------------------------- after a power cut


async def test_recovery_heals_what_is_open_the_last_one_first(far: Provider, folder: Path):
    """Nobody is left but the files."""
    far.broken = ["north", "south"]
    for number, name in enumerate(("north", "south"), start=1):
        leases.write(folder, number, "http", lease(far, name))
    found = await recovered(folder.parent, by_hand=False)

    assert [each.title for each in found] == ["http south", "http north"]
    assert far.broken == []
    assert await recovered(folder.parent, by_hand=False) == []


async def test_what_cannot_be_recovered_is_named_with_commands(far: Provider, folder: Path):
    """Somebody will stand there at night with nothing but this output."""
    far.deaf, far.broken = True, ["north"]
    leases.write(folder, 1, "http", lease(far))
    [left] = await recovered(folder.parent, folder, by_hand=False)

    assert f"curl -fsS -X DELETE {far.url}/break/north" in str(left)
    assert "NOT HEALED" in str(left)
    assert len(list(leases.open_in(folder))) == 1


@pytest.mark.parametrize("by_hand", [True, False])
async def test_a_lease_that_cannot_be_closed_keeps_no_other_fault_broken(
    far: Provider, folder: Path, monkeypatch: pytest.MonkeyPatch, *, by_hand: bool
):
    """The folder may have become read-only; what else is open has to be healed all the same."""
    close = leases.close

    def closing(path: Path) -> None:
        if path.name.startswith("002"):
            raise PermissionError(13, "Permission denied")
        close(path)

    monkeypatch.setattr(leases, "close", closing)
    far.broken = ["north", "south"]
    leases.write(folder, 1, "http", lease(far))
    leases.write(folder, 2, "http", lease(far, "south"))
    first, second = await recovered(folder.parent, by_hand=by_hand)

    assert "could not be closed (Permission denied)" in first.why
    assert not second.why
    assert far.broken == (["north", "south"] if by_hand else [])


async def test_a_command_that_cannot_be_one_is_told_like_any_that_failed():
    """No program takes a NUL in an argument; whoever heals goes on with the next step."""
    with pytest.raises(TargetError, match="true: embedded null byte"):
        await Command(run=("true", "a\0b")).do()


async def test_a_person_can_say_that_it_is_healed(far: Provider, folder: Path):
    """Else no run could ever begin again."""
    leases.write(folder, 1, "http", lease(far))
    await recovered(folder.parent, by_hand=True)

    leases.refuse_residue(folder.parent)
    assert far.heard == []


def test_no_run_begins_on_residue(folder: Path):
    """It would measure the leftovers of another one."""
    until = time.time() + 60
    path = leases.write(folder, 1, "process", Lease(fault_id="x", title="t", until=until))
    with pytest.raises(Refused, match="harness recover") as refused:
        leases.refuse_residue(folder.parent)

    assert str(path) in str(refused.value)


async def test_no_secret_is_kept_in_a_lease(
    far: Provider, folder: Path, monkeypatch: pytest.MonkeyPatch
):
    """Runs are handed around; a token of the provider's is not."""
    monkeypatch.setenv("PROVIDER_TOKEN", "s3cret")
    headers = {"Authorization": "Bearer ${PROVIDER_TOKEN}"}
    undo = Request(url=f"{far.url}/break/north", method="DELETE", headers=headers, expect=(404,))
    kept = Lease(fault_id="x", title="t", until=0.0, undo=(undo,))
    path = leases.write(folder, 1, "http", kept)
    written = path.read_text()
    await leases.read(path).undo[0].do()

    assert "s3cret" not in written
    assert far.tokens == ["Bearer s3cret"]
    assert '-H "Authorization: Bearer ${PROVIDER_TOKEN}"' in undo.by_hand


@pytest.mark.parametrize("headers", [{}, {"content-type": "application/vnd.acme+json"}])
@pytest.mark.parametrize("body", ['{"on": true}', '@{"a": "${PROVIDER_TOKEN} $HOME `x`"}', ""])
async def test_what_is_to_be_done_by_hand_does_the_same(
    far: Provider, monkeypatch: pytest.MonkeyPatch, body: str, headers: dict[str, str]
):
    """Somebody pastes it at night: a provider who refuses it stays broken."""
    monkeypatch.setenv("PROVIDER_TOKEN", "s3cret")
    step = Request(url=f"{far.url}/break/north", body=body, headers=headers)
    await step.do()
    by_hand = await asyncio.create_subprocess_exec("sh", "-c", step.by_hand)
    async with asyncio.timeout(20):
        code = await by_hand.wait()

    assert code == 0
    assert far.heard[0] == far.heard[1]
    if body:  # whoever sends none may say what they like of it
        assert far.content_types[0] == far.content_types[1]


def test_what_is_to_be_done_by_hand_trusts_whom_we_trust():
    """Without it curl refuses a private authority."""
    step = Request(url="https://uat.acme.example/x", ca_file="/etc/our own/ca.pem")

    assert "--cacert '/etc/our own/ca.pem'" in step.by_hand


async def test_a_command_is_done_when_it_ends_not_when_what_it_started_does():
    """An `undo` that starts a service again has done all it has to; the service goes on."""
    step = Command(run=("sh", "-c", "sleep 60 & echo $!; exit 0"), timeout_wall_s=20.0)
    async with asyncio.timeout(10):
        pid = int(await step.do())
    alive = _alive(pid)
    os.kill(pid, signal.SIGKILL)

    assert alive


@pytest.mark.parametrize("before", ["", "head -c 1100000 /dev/zero | tr '\\0' x; "])
async def test_what_a_failed_command_said_is_told(before: str):
    """Whoever has to mend it begins there: with the last of it, however much there was before."""
    with pytest.raises(TargetError, match=r"exit code 3 .*no such gateway: a$"):
        await Command(
            run=("sh", "-c", f"{before}read x; echo no such gateway: $x >&2; exit 3"), stdin="a"
        ).do()


@pytest.mark.parametrize("call", [1, 2, 3])
def test_a_lease_that_could_not_be_kept_is_no_residue(
    folder: Path, monkeypatch: pytest.MonkeyPatch, call: int
):
    """Nothing was broken under it, and no run could begin for a file that says nothing."""
    calls = iter(range(1, 9))

    def full(_: int) -> None:
        if next(calls) == call:
            raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        leases.write(folder, 1, "http", Lease(fault_id="x", title="t", until=0.0))

    assert list(leases.open_in(folder)) == []


def test_no_lease_takes_the_place_of_another(folder: Path):
    """Nor away: it is all that says how to undo its fault."""
    lease = Lease(fault_id="x", title="t", until=0.0)
    path = leases.write(folder, 1, "http", lease)
    with pytest.raises(FileExistsError):
        leases.write(folder, 1, "http", replace(lease, title="another"))

    assert leases.read(path) == lease


async def test_a_command_that_hangs_is_killed_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Its deadline is part of the promise to heal in time."""
    begin = asyncio.create_subprocess_exec
    pid_file = tmp_path / "pid"

    async def begun(*run: str, **options: Any) -> asyncio.subprocess.Process:
        """Begin a command, and return once it has come to its wait: its deadline counts from there."""
        child = await begin(*run, **options)
        async with asyncio.timeout(20):
            while not pid_file.exists():  # noqa: ASYNC110  nobody tells us, we look
                await asyncio.sleep(0.01)
        return child

    monkeypatch.setattr(asyncio, "create_subprocess_exec", begun)
    script = "sleep 300 & echo $! > new; mv new pid; wait"
    step = Command(run=("sh", "-c", f"cd {tmp_path}; {script}"), timeout_wall_s=0.1)
    with pytest.raises(TargetError, match="not done within"):
        await step.do()
    pid = int(pid_file.read_text())

    async with asyncio.timeout(5):
        while _alive(pid):  # noqa: ASYNC110  nobody tells us, we look
            await asyncio.sleep(0.01)


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"
