"""The measured process of ``bench/generator.py``: one generator, told on standard input what to do.

A process of its own, because gevent and asyncio never meet in one. Each line of orders is a JSON
object ``{"do": name, ...}``; each is answered by one line: the CPU seconds (user and system) that
this process took, and how much was done for it.
"""

import gc
import heapq
import json
import math
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator
from itertools import count, islice
from pathlib import Path
from random import Random
from statistics import quantiles

import gevent
import psutil
from geventhttpclient import HTTPClient
from locust import FastHttpUser, constant_throughput, task
from locust.env import Environment

from harness.adapter.protocol import Notice, NoticeKind, Request, Response
from harness.adapter.reference import ReferenceAdapter
from harness.clock import RunClock, wall_now
from harness.model.contact import Stream
from harness.model.control import Begin, Start, Stop
from harness.model.patience import exponential
from harness.model.scenario import (
    CallTraffic,
    Load,
    OnGateFailure,
    Owner,
    Phase,
    PhaseKind,
    Scenario,
)
from harness.model.target import Endpoints
from harness.traffic.schedule import planned
from scenarios.journeys.driver import Journeys
from scenarios.journeys.story import Journey, Scene, Wait
from scenarios.journeys.stream import EventStream
from scenarios.shard import Shard
from scenarios.vitals import Vitals

ADAPTER = "harness.adapter.reference:ReferenceAdapter"
SLOW_S = 1.0
"""An answer that takes longer is slow, to whoever waits for it."""
AT_ONCE = 20
"""Requests on the way at a time where one follows the other, as in Locust's own loop of users."""
_LONGER_S = 86_400.0
"""The phase, which nobody waits out."""
_HEADERS = {
    "Content-Type": "application/json",
    "Idempotency-Key": "bench-peak/calls/12345",
    "Authorization": "Bearer synthetic",
}
_BODY = json.dumps(
    {
        "reference": "bench-peak/calls/12345",
        "consumer": "nobody",
        "line": "+441632960101",
        "caller": "+447700900123",
        "customer": "customer-00001",
        "reason": "a question about a bill",
    },
    separators=(",", ":"),
).encode()


def main() -> None:
    """Obey until standard input ends."""
    edge = sys.argv[1]
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    print(json.dumps("ready"), flush=True)
    work = {
        "closed": _closed,
        "one_after_another": _one_after_another,
        "on_time": _on_time,
        "journeys": _journeys,
        "held": _held,
        "heard": _heard,
    }
    for line in sys.stdin:
        order = json.loads(line)
        told = work[order.pop("do")](edge, **order)
        print(json.dumps(told), flush=True)


def _cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _sender(edge: str, by: str) -> Callable[[], object]:
    """Return what sends the same request once: bare, by our driver, or by Locust's fast user."""
    environment = Environment()
    environment.create_local_runner()
    if by == "raw":
        client = HTTPClient.from_url(edge, concurrency=100, network_timeout=5.0)
        return lambda: client.request("POST", "/v1/calls", body=_BODY, headers=_HEADERS).read()
    if by == "ours":
        journeys = Journeys(
            Endpoints(edge, {}), RunClock(wall_now(), 1.0), environment.events.request.fire
        )
        request = Request("place_call", "POST", "/v1/calls", _HEADERS, _BODY)
        return lambda: journeys.carry(request)
    fast = type("Fast", (FastHttpUser,), {"host": edge, "concurrency": 100})(environment)
    return lambda: fast.client.post("/v1/calls", data=_BODY, headers=_HEADERS, name="place_call")


def _one_after_another(edge: str, *, by: str, requests: int) -> dict[str, float]:
    """Send *requests*, ``AT_ONCE`` at a time, each as soon as one before it is answered."""
    send = _sender(edge, by)
    for _ in range(AT_ONCE):
        send()

    def keep_sending() -> None:
        for _ in range(requests // AT_ONCE):
            send()

    before_s = _cpu_s()
    gevent.joinall([gevent.spawn(keep_sending) for _ in range(AT_ONCE)])
    return {"cpu_s": _cpu_s() - before_s, "done": requests}


def _on_time(edge: str, *, by: str, per_s: float, seconds: float) -> dict[str, float]:
    """Send requests when they are due, at random times, each in a greenlet of its own."""
    send = _sender(edge, by)
    send()
    rng, began, due_s, done = Random(7), wall_now(), 0.0, 0
    before_s = _cpu_s()
    sent = []
    while (due_s := due_s + rng.expovariate(per_s)) < seconds:
        if (wait_s := began + due_s - wall_now()) > 0:
            gevent.sleep(wait_s)
        sent.append(gevent.spawn(send))
        done += 1
    gevent.joinall(sent)
    return {"cpu_s": _cpu_s() - before_s, "done": done}


def _closed(edge: str, *, per_s: float, seconds: float, users: int = 5) -> dict[str, float]:
    """Send requests as Locust's own users do: each waits for its answer before it goes on."""
    body = {
        "host": edge,
        "wait_time": constant_throughput(per_s / users),
        "call": task(
            lambda user: user.client.post("/v1/calls", data=_BODY, headers=_HEADERS, name="call")
        ),
    }
    environment = Environment(user_classes=[type("Closed", (FastHttpUser,), body)])
    runner = environment.create_local_runner()
    times_ms: list[float] = []
    environment.events.request.add_listener(
        lambda response_time, **_: times_ms.append(response_time)
    )
    runner.start(users, spawn_rate=users)
    gevent.sleep(seconds)
    runner.quit()
    return {
        "done": len(times_ms),
        "slow": sum(time_ms > SLOW_S * 1000 for time_ms in times_ms) / len(times_ms),
        "p95_s": environment.stats.total.get_response_time_percentile(0.95) / 1000,
    }


def _journeys(
    edge: str,
    *,
    per_s: float,
    seconds: float,
    patience_s: float = 1e6,
    told_by: str = "stream",
    answered_after_s: float = 0.3,
    ended_after_s: float = 0.3,
) -> dict[str, float]:
    """Play call journeys by the schedule, as a whole generator process does.

    *told_by* a timer, the same callers hear the same news without anybody telling us: what is
    left out is the event stream.
    """
    environment = Environment()
    environment.create_local_runner()
    lags: dict[str, float] = {}
    waits: dict[str, float | None] = {}
    with tempfile.TemporaryDirectory() as folder:
        log = (Path(folder) / "contacts.ndjson").open("a", buffering=1, encoding="utf-8")

        def report(kind: str, data: dict[str, object]) -> None:
            if kind == "contacts":
                lines = data["lines"]
                assert isinstance(lines, list)
                log.write("\n".join(lines) + "\n")

        start = Start(
            _scenario(per_s, patience_s), Endpoints(edge, {}), ADAPTER, wall_now(), 1.0,
            f"bench{os.getpid()}-{next(_runs)}", "bench-",
        )  # fmt: skip
        shard = Shard(
            start,
            index=0,
            shards=1,
            fire=environment.events.request.fire,
            report=report,
            vitals=Vitals("bench", "here"),
        )
        assert shard.wait_until_ready(), "the stub's event stream did not open"
        if told_by == "timer":
            _tell_by_timer(shard, answered_after_s, ended_after_s)
        at_s = wall_now() - start.epoch + 0.2
        shard.begin(Begin("peak", at_s))
        gevent.sleep(0.1)
        before_s = _cpu_s()
        gevent.sleep(0.1 + seconds)
        cpu_s, started = _cpu_s() - before_s, shard.progress().started
        playing = shard.progress().playing
        shard.stop(Stop(0.0, 3.0))
        log.close()
        for line in (Path(folder) / "contacts.ndjson").open(encoding="utf-8"):
            told = json.loads(line)
            lags[told["id"]] = told["started_s"] - told["due_s"]
            answered_s = told.get("answered_s")
            waits[told["id"]] = None if answered_s is None else answered_s - told["due_s"]
        size = (Path(folder) / "contacts.ndjson").stat().st_size
    progress = shard.progress()
    assert progress.broken == 0, "a journey broke"
    cuts = quantiles(lags.values(), n=100)
    return {
        "cpu_s": cpu_s,
        "done": started,
        "playing": playing,
        "dropped": progress.dropped,
        "gaps": progress.stream_gaps,
        "slow": sum(wait_s is None or wait_s > SLOW_S for wait_s in waits.values()) / len(waits),
        "lag_p50_s": cuts[49],
        "lag_p99_s": cuts[98],
        "lag_max_s": max(lags.values()),
        "log_bytes": size / max(1, progress.started),
    }


_runs = count()


def _held(edge: str, *, calls: int) -> dict[str, float]:
    """Let *calls* be placed and queue, and return what each takes while it waits.

    No request leaves: the answers are handed over as they would come.
    """
    start = Start(
        _scenario(1.0, 1e6), Endpoints(edge, {}), ADAPTER, wall_now(), 1.0, "held", "bench-"
    )
    shard = Shard(
        start,
        index=0,
        shards=1,
        fire=lambda **_: None,
        report=lambda *_: None,
        vitals=Vitals("bench", "here"),
    )
    assert shard.wait_until_ready(), "the stub's event stream did not open"
    journeys = shard._journeys
    numbers = count()

    def exchange(_: Request) -> Response:
        body = f'{{"id":"c-{next(numbers):032x}","site":"north","queue":"billing"}}'.encode()
        return Response(201, body=body)

    journeys._transport.exchange = exchange
    scenario = start.scenario
    plans = planned(scenario, scenario.phases[0], Stream.CALLS)

    def queue_up(so_many: int) -> None:
        for plan in islice(plans, so_many):
            shard._play(plan, plan.due_s)
            if plan.number % 500 == 0:
                gevent.sleep(0)
        gevent.sleep(0.1)

    queue_up(calls // 10)  # what the first ones take once for all is no matter of each
    gc.collect()
    before = psutil.Process().memory_info().rss
    first = len(journeys)
    queue_up(calls)
    for reference in list(journeys._playing)[first:]:
        queued = (
            f'{{"type":"call.queued","reference":"{reference}","site":"north","queued_at":1e9}}'
        )
        notice = shard._adapter.parse_notice(queued.encode())
        assert notice is not None
        journeys.hear(notice)
    assert len(journeys) == first + calls
    shard._flush()
    gc.collect()
    return {"bytes": (psutil.Process().memory_info().rss - before) / calls}


def _scene(start: Start, reference: str) -> Scene:
    """Return where a journey plays of which nobody asks anything but its name."""
    return Scene(
        ReferenceAdapter(start.endpoints),
        RunClock(start.epoch, 1.0),
        "nobody",
        reference,
        lambda _: None,
        start.scenario,
        lambda _: None,
    )


def _heard(edge: str, *, events: int, calls: int = 1000) -> dict[str, float]:
    """Read *events* lines about *calls* calls as the event stream does; they change nothing."""
    start = Start(
        _scenario(1.0, 1e6), Endpoints(edge, {}), ADAPTER, wall_now(), 1.0, "heard", "bench-"
    )
    journeys = Journeys(start.endpoints, RunClock(wall_now(), 1.0), lambda **_: None)

    def wait() -> Iterator[Wait]:
        while True:
            yield Wait(math.inf)

    for number in range(calls):
        journeys.start(_scene(start, f"bench-peak/calls/{number}"), wait())
    stream = EventStream(start.endpoints, ReferenceAdapter(start.endpoints), "heard", journeys)
    lines = [
        f'{{"seq":{seq},"type":"call.queued","reference":"bench-peak/calls/{seq % calls}",'
        f'"site":"north","queue":"billing","queued_at":1795494195.123456}}\n'.encode()
        for seq in range(1, events + 1)
    ]
    before_s = _cpu_s()
    for line in lines:
        stream._hear(line)
    cpu_s = _cpu_s() - before_s
    before_s = _cpu_s()
    for line in lines:
        json.loads(line)
    return {"cpu_s": cpu_s, "parsed_cpu_s": _cpu_s() - before_s, "done": events}


def _tell_by_timer(shard: Shard, answered_after_s: float, ended_after_s: float) -> None:
    """Let every call hear at the right time what the stream would have told."""
    journeys = shard._journeys
    numbers = count()
    due: list[tuple[float, int, Notice]] = []
    begin = journeys.start

    def start(scene: Scene, journey: Journey) -> None:
        begin(scene, journey)
        now = wall_now()
        for after_s, kind in (
            (0.002, NoticeKind.QUEUED),
            (answered_after_s, NoticeKind.ANSWERED),
            (answered_after_s + ended_after_s, NoticeKind.ENDED),
        ):
            notice = Notice(kind, reference=scene.reference, site="north", queued_at=now)
            heapq.heappush(due, (now + after_s, next(numbers), notice))

    def tell() -> None:
        while True:
            while due and due[0][0] <= wall_now():
                journeys.hear(heapq.heappop(due)[2])
            gevent.sleep(max(0.001, due[0][0] - wall_now()) if due else 0.01)

    journeys.start = start
    gevent.spawn(tell)


def _scenario(per_s: float, patience_s: float) -> Scenario:
    phase = Phase("peak", PhaseKind.STEADY, Load(1.0, 1.0), _LONGER_S)
    lines = {"billing": ("+441632960101", "+441632960102"), "support": ("+441632960201",)}
    calls = CallTraffic(
        per_s * 3600, {"billing": 0.6, "support": 0.4}, exponential(patience_s, "bench")
    )
    return Scenario(
        name="bench", proves="", owner=Owner("", ""), seed="2026", speed=1.0, lines=lines,
        calls=calls, tickets=None, phases=(phase,), on_gate_failure=OnGateFailure.STOP,
        path=Path(),
    )  # fmt: skip


main()
