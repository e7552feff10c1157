"""One generator process: what a request, a journey and a call in progress cost it."""

import time
from collections.abc import Iterator
from statistics import median

from bench.ratio import ROUNDS, Ratio
from bench.sides import Side, generator, provider
from harness.traffic.people import POOL_SIZE, make_people

REQUESTS = 4000
PER_S, SECONDS = 800.0, 2.0
FAST_PER_S, FAST_SECONDS = 1500.0, 5.0
IMPATIENT_S = 0.1
HELD, EVENTS = 50_000, 50_000
_POOL_S = 0.13


def measure() -> Iterator[Ratio]:
    """Measure a generator against a stub that answers at once and tells of every call."""
    with provider() as stub:
        port = stub.answer()
        with generator(port) as side:
            yield from _transport(side)
            yield from _whole(side)
            yield from _fast(side)
            yield from _events(side)
        with generator(port) as side:
            size = side.do("held", calls=HELD)["bytes"]
    yield Ratio(
        f"memory of a call in progress, {HELD:,} of them", "2 kB", size / 2000, 1,
        f"{size:.0f} bytes",
    )  # fmt: skip
    took_s = _pool_s()
    yield Ratio(
        f"making {POOL_SIZE:,} people, once a run", "0.13 s", took_s / _POOL_S, 1.5,
        f"{took_s:.2f} s of CPU",
    )  # fmt: skip


def _transport(side: Side) -> Iterator[Ratio]:
    """Compare what sends requests one after another, as fast as it can."""
    costs: dict[str, list[float]] = {"raw": [], "ours": [], "fast": []}
    for _ in range(ROUNDS):
        for by, kept in costs.items():
            kept.append(_cost(side.do("one_after_another", by=by, requests=REQUESTS)))
    raw, ours, fast = map(median, costs.values())
    yield Ratio(
        "CPU of a request by our transport, counted for Locust too",
        "geventhttpclient alone", ours / raw, 1.3,
        f"{ours * 1e6:.0f} µs against {raw * 1e6:.0f}; Locust's FastHttpUser {fast / raw:.1f} x",
    )  # fmt: skip


def _whole(side: Side) -> Iterator[Ratio]:
    """Compare whole journeys with bare requests, both when they are due, as many a second."""
    orders: dict[str, dict[str, object]] = {
        "raw": {"do": "on_time", "by": "raw", "per_s": PER_S},
        "fast": {"do": "on_time", "by": "fast", "per_s": PER_S},
        # Who gives up has placed a call and hung up: two requests.
        "impatient": {"do": "journeys", "per_s": PER_S / 2, "patience_s": IMPATIENT_S},
        "answered": {"do": "journeys", "per_s": PER_S},
        "untold": {"do": "journeys", "per_s": PER_S, "told_by": "timer"},
    }
    costs: dict[str, list[float]] = {name: [] for name in orders}
    for _ in range(ROUNDS):
        for name, order in orders.items():
            costs[name].append(_cost(side.do(**order, seconds=SECONDS)))  # type: ignore[arg-type]
    raw, fast, impatient, answered, untold = map(median, costs.values())
    rate = f"at {PER_S:g} requests/s"
    yield Ratio(
        f"CPU of a whole journey per request, {rate}: dialled, queued, given up",
        "geventhttpclient alone, each request when it is due", impatient / 2 / raw, 1.8,
        f"{impatient / 2 * 1e6:.0f} µs against {raw * 1e6:.0f}; FastHttpUser, the request alone,"
        f" {fast / raw:.1f} x",
    )  # fmt: skip
    yield Ratio(
        f"the same, {rate}: dialled, queued, answered, ended by the agent",
        "the same; all of it falls on one request", answered / raw, 1.8,
        f"{answered * 1e6:.0f} µs a journey",
    )  # fmt: skip
    yield Ratio(
        "CPU of a journey that follows its call by the shared event stream",
        "the same journey told the same by a timer", answered / untold, 1.3,
        f"{answered * 1e6:.0f} µs against {untold * 1e6:.0f}",
    )  # fmt: skip


def _fast(side: Side) -> Iterator[Ratio]:
    """Measure one process on one core at a rate that it is to carry."""
    told = [side.do("journeys", per_s=FAST_PER_S, seconds=FAST_SECONDS) for _ in range(3)]
    cost, late_s = median(map(_cost, told)), min(each["lag_p99_s"] for each in told)
    yield Ratio(
        f"share of one core that {FAST_PER_S:,.0f} call journeys a second take",
        "one core", cost * FAST_PER_S, 0.8,
        f"{cost * 1e6:.0f} µs a journey; {sum(each['dropped'] for each in told):g} dropped,"
        f" {median(each['log_bytes'] for each in told):.0f} bytes of contact log each",
    )  # fmt: skip
    yield Ratio(
        f"p99 of how late they start at {FAST_PER_S:,.0f}/s, the best of three rounds",
        "10 ms", late_s / 0.010, 1, f"{late_s * 1000:.1f} ms",
    )  # fmt: skip


def _events(side: Side) -> Iterator[Ratio]:
    told = side.do("heard", events=EVENTS)
    each_s = told["cpu_s"] / EVENTS
    yield Ratio(
        "CPU of an event, from its line to its journey",
        "`json.loads` of the line", told["cpu_s"] / told["parsed_cpu_s"], 3,
        f"{each_s * 1e6:.1f} µs: 10,000 a second take {each_s * 1e4:.0%} of a core",
    )  # fmt: skip


def _cost(told: dict[str, float]) -> float:
    """Return CPU seconds for each thing done."""
    return told["cpu_s"] / told["done"]


def _pool_s() -> float:
    make_people("warm up", size=1)
    times = []
    for number in range(ROUNDS):
        began = time.process_time()
        make_people(f"seed {number}")
        times.append(time.process_time() - began)
    return median(times)
