"""The parent of the Locust processes hears what they say, and notices when they do not."""

import asyncio
import json
import sys
from dataclasses import asdict, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from harness.errors import TargetError, UsageError
from harness.generator import Address, Crew, Generator, processes
from harness.model.control import Start
from harness.model.guard import Watch
from harness.model.staffing import ShiftTally
from harness.model.target import Endpoints
from tests.fakes import scenario

START = Start(scenario(), Endpoints("http://127.0.0.1:1", {}), "a.b:C", 0.0, 20.0, "run", "")


class Pipe:
    """A control pipe that somebody reads."""

    def __init__(self) -> None:
        self.said: list[dict[str, Any]] = []

    def write(self, line: bytes) -> None:
        self.said.append(json.loads(line))

    async def drain(self) -> None:
        """Nothing waits."""


class Heard:
    """A generator whose processes say what the test has them say."""

    def __init__(self, tmp_path: Path, crew: Crew | None = None, *, gone: str = "") -> None:
        self.pipe, self.up = Pipe(), asyncio.StreamReader()
        self.told: list[str] = []
        family: Any = SimpleNamespace(first=SimpleNamespace(stdin=self.pipe), gone=gone)
        self.generator = Generator(
            family,
            self.up,
            tmp_path / "contacts.ndjson",
            crew or Crew(2),
            lambda name, level, fields: self.told.append(
                f"{name} {level} {' '.join(fields.values())}"
            ),
        )

    def say(self, event: str, **fields: object) -> None:
        """Have the master say something."""
        self.up.feed_data(json.dumps({"event": event, **fields}).encode() + b"\n")


async def test_a_lost_worker_is_told_at_once(tmp_path: Path):
    """Whoever watches a run of hours can stop it instead of waiting for INCONCLUSIVE."""
    heard = Heard(tmp_path)
    heard.say("progress", started=5, workers=2)
    heard.say("lost", name="worker 1", host="hill")
    heard.say("progress", started=7, workers=1, workers_lost=1)
    heard.say("done", started=9, workers=1, workers_lost=1)
    await heard.generator.listen()

    assert heard.told == ["worker_lost error worker 1 on hill no word of it for three seconds"]
    assert (heard.generator.progress.started, heard.generator.progress.workers_lost) == (9, 1)


async def test_without_any_worker_left_the_run_breaks_off(tmp_path: Path):
    """An hour without a single caller proves nothing, and would take an hour."""
    heard = Heard(tmp_path)
    heard.say("progress", workers=0, workers_lost=2)

    with pytest.raises(TargetError, match="every worker was lost"):
        await heard.generator.listen()


async def test_a_process_that_ends_before_the_load_is_named_with_its_log(tmp_path: Path):
    """To wait for it for half a minute would only hide which one it was."""
    heard = Heard(tmp_path, gone="locust-worker-2")

    with pytest.raises(TargetError, match=r"locust-worker-2 ended .* see .*locust-worker-2\.log"):
        await heard.generator.start(START)


async def test_a_shard_that_may_not_begin_says_why(tmp_path: Path):
    """A worker asks the guard's rules by itself."""
    heard = Heard(tmp_path)
    heard.say("failed", why="E_NOT_LOOPBACK: edge is elsewhere")
    heard.up.feed_eof()
    with pytest.raises(TargetError):
        await heard.generator.listen()

    with pytest.raises(TargetError, match="could not begin"):
        await heard.generator.start(START)


async def test_workers_that_came_are_counted_and_those_refused_are_not(tmp_path: Path):
    """Two of three joined; the third was of another version, and the wait is over."""
    crew = Crew(3, Address("127.0.0.1", 25557), join_within_s=0.05)
    heard = Heard(tmp_path, crew)
    heard.say("joined", name="worker 1", host="hill", count=1, of=3)
    heard.say("refused", host="dale", why="it is of another version: faker 29 instead of 30")
    heard.say("joined", name="worker 2", host="dale", count=2, of=3)
    with pytest.raises(UsageError) as wrong:
        await heard.generator.gather()

    assert "2 of them joined at 127.0.0.1:25557" in str(wrong.value)
    assert [told.split()[0] for told in heard.told] == [
        "waiting_for_workers", "worker_joined", "worker_refused", "worker_joined",
    ]  # fmt: skip
    assert heard.pipe.said == [], "nobody was told to begin"


@pytest.mark.parametrize(
    ("watch", "drain_wall_s"),
    [(None, 3.0), (Watch(), 3.0), (Watch(requests_per_s=50.0), pytest.approx(3.0 + 270 / 45))],
)
async def test_who_is_there_at_the_end_has_as_long_as_a_cap_of_the_rate_lets_them_take(
    tmp_path: Path, watch: Watch | None, drain_wall_s: float
):
    """Whoever had not had their turn would be left standing, an agent on the provider's floor."""
    heard = Heard(tmp_path)
    heard.say("ready")
    heard.say("progress", playing=250)
    heard.say("staff", rows=[asdict(ShiftTally(site="north", skill="billing", heads=20))])
    heard.say("done", playing=250)
    await heard.generator.listen()
    await heard.generator.start(replace(START, endpoints=replace(START.endpoints, watch=watch)))
    await heard.generator.stop(0.0, drain_wall_s=3.0)

    assert heard.pipe.said[-1] == {"command": "stop", "at_s": 0.0, "drain_wall_s": drain_wall_s}


async def test_a_line_may_tell_of_many_workers_and_their_agents(tmp_path: Path):
    """Sixteen workers with agents at three sites say more at once than asyncio reads by default."""
    script = (
        "import json, os\n"
        "rows = [{'site': 'north', 'first_error': 'x' * 300}] * 500\n"
        "with open(int(os.environ['HARNESS_REPORT_FD']), 'w') as up:\n"
        "    print(json.dumps({'event': 'staff', 'rows': rows}), file=up)\n"
    )
    family = processes.Family(tmp_path)
    try:
        up = await family.start_reporting("talker", [sys.executable, "-c", script])
        said = json.loads(await up.readline())
    finally:
        await family.end()

    assert len(said["rows"]) == 500
