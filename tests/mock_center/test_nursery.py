"""Where the centre's processes begin: each is one of its own, and none is left behind."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from live_centre import ROOT

SAYS_WHO_IT_IS = """
import json, os, random, sys, threading, time
from mock_center.clock import wall_now
def main():
    print(json.dumps({
        "pid": os.getpid(), "chance": random.random(), "threads": threading.active_count(),
        "files": sorted(int(each) for each in os.listdir("/proc/self/fd")), "now": wall_now(),
        "heard": sys.stdin.readline(),
    }), flush=True)
    sys.stderr.write("this goes into the log\\n")  # in one piece: two share the log
    return 7
"""
BEGINS_TWO = """
import asyncio, json, os, sys
from mock_center import clock
from mock_center.supervisor.nursery import Nursery, NurseryGoneError
clock._ANCHOR_S = 5000.0  # as if the machine's clock had been set since

async def one(nursery, log):
    process = await nursery.begin("who", log)
    process.told.write(b"orders\\n")
    told = json.loads(await process.said.readline())
    await process.wait()
    process.signal(9)  # of one that has ended: nobody else may get it
    return told | {"told_pid": process.pid, "running": process.running}

async def work(nursery):
    with open("log", "wb") as log:
        found = await asyncio.gather(*(one(nursery, log) for _ in range(2)))
        os.kill(nursery._pid, 9)
        gone = []
        for _ in range(2):
            try:
                await nursery.begin("who", log)
            except NurseryGoneError as error:
                gone.append(str(error))
        print(json.dumps({"found": found, "now": clock.wall_now(), "gone": gone}))

with Nursery() as nursery:
    asyncio.run(work(nursery))
"""


def played(folder: Path) -> dict[str, Any]:
    """Return what is told by a process that has two begin in a nursery, and then kills that."""
    (folder / "who.py").write_text(SAYS_WHO_IT_IS)
    done = subprocess.run(
        [sys.executable, "-c", BEGINS_TWO], cwd=folder, text=True, capture_output=True, timeout=60,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{folder}"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_what_begins_in_a_nursery_is_a_process_of_its_own(tmp_path: Path):
    """Sites that drew the same chances, or held each other's pipes, would not be apart."""
    told = played(tmp_path)
    one, other = told["found"]

    assert one["pid"] == one["told_pid"] != other["pid"]
    assert one["chance"] != other["chance"]
    assert one["heard"] == other["heard"] == "orders\n"
    assert one["threads"] == 1
    assert one["files"][:3] == [0, 1, 2]
    assert len(one["files"]) == 4, "and the one with which it looked"
    assert not one["running"]
    assert (tmp_path / "log").read_text() == "this goes into the log\n" * 2


def test_what_begins_in_a_nursery_goes_by_the_clock_of_its_supervisor(tmp_path: Path):
    """One that is started after a step would live in another hour of the day than the rest."""
    told = played(tmp_path)

    assert abs(told["now"] - told["found"][0]["now"]) < 30.0


def test_a_nursery_that_is_gone_says_so(tmp_path: Path):
    """To wait for a birth that never comes would be a start without an end."""
    told = played(tmp_path)

    assert len(told["gone"]) == 2
