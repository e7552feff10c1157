"""Debian's Prometheus and VictoriaMetrics, holding a history's samples, as judges of our arithmetic.

Both run on loopback in a folder of the test's own. Where they are not installed, tests are skipped
and say so; where ``CI`` is set, they fail.
"""

import json
import math
import os
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from harness.kpi.increase import Increase
from harness.model.sample import Series
from tests.kpi.histories import History, Phase

BASE_S = 1_767_225_600
"""Epoch second of a history's second 0."""
_DEADLINE_S = 60.0
_COUNTERS = ("_total", "_count", "_sum", "_bucket")
_SILENT = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def needs(*programs: str) -> None:
    """Skip the test where one of *programs* is missing; fail it in CI."""
    missing = [program for program in programs if shutil.which(program) is None]
    if missing and os.environ.get("CI"):
        pytest.fail(f"CI must have {' and '.join(missing)}: .ci/run installs them")
    if missing:
        pytest.skip(f"NOT JUDGED: {' and '.join(missing)} not installed (apt install them)")


@dataclass(frozen=True)
class Judge:
    """A server that answers PromQL."""

    url: str

    def settle(self) -> None:
        """Wait until what was written can be asked for; Prometheus needs no waiting."""
        with suppress(HTTPError):
            urlopen(f"{self.url}/internal/force_flush", timeout=20).close()

    def at(self, query: str, at: float) -> list[dict[str, Any]]:
        """Return what *query* has at one moment (epoch seconds).

        Not as a range of no length: VictoriaMetrics answers none within a second of now.
        """
        arguments = urlencode({"query": query, "time": f"{at:.3f}"})
        with urlopen(f"{self.url}/api/v1/query?{arguments}", timeout=20) as answer:
            return json.load(answer)["data"]["result"]

    def ask(self, query: str, phase: Phase, history: History) -> float | None:
        """Return the answer at the end of *phase*; None if there is none, or it is no number."""
        _, end_s = history.span_s(phase)
        result = self.at(query, BASE_S + end_s)
        assert len(result) <= 1, f"{query} has {len(result)} answers"
        value = float(result[0]["value"][1]) if result else math.nan
        return value if math.isfinite(value) else None


def window_of(phase: Phase, history: History) -> str:
    """Return the range of *phase*, from its first border's last reading to its second's."""
    start_s, end_s = history.span_s(phase)
    return f"{round((end_s - start_s) * 1000)}ms"


@contextmanager
def prometheus(history: History, folder: Path) -> Iterator[Judge]:
    """Run Debian's Prometheus for the block, on blocks made of *history*'s samples."""
    lines = [f"{key} {value!r} {at_ms / 1000:.3f}" for key, value, at_ms in _samples(history)]
    exported = folder / "run.om"
    exported.write_text("\n".join([*lines, "# EOF", ""]))
    make_blocks(exported, folder / "data")
    with served_prometheus("global: {}\n", folder) as judge:
        yield judge


def make_blocks(exported: Path, data: Path, *, timeout_s: float = _DEADLINE_S) -> None:
    """Have promtool make blocks in *data* of the OpenMetrics in *exported*, and refuse nothing."""
    make = ["promtool", "tsdb", "create-blocks-from", "openmetrics", exported, data]
    told = subprocess.run(make, capture_output=True, text=True, timeout=timeout_s)
    assert told.returncode == 0, told.stdout + told.stderr


@contextmanager
def served_prometheus(
    config: str, folder: Path, *options: str, look_back_s: float = 300.0
) -> Iterator[Judge]:
    """Run Debian's Prometheus for the block by *config*, on what is in *folder*'s ``data``."""
    path = folder / "prometheus.yml"
    path.write_text(config)
    port = free_port()
    with _served(
        [
            "prometheus",
            f"--config.file={path}",
            f"--storage.tsdb.path={folder / 'data'}",
            "--storage.tsdb.retention.time=100y",
            f"--web.listen-address=127.0.0.1:{port}",
            f"--query.lookback-delta={look_back_s:g}s",
            "--log.level=error",
            *options,
        ],
        f"http://127.0.0.1:{port}",
        "/-/ready",
    ) as judge:
        yield judge


@contextmanager
def victoria_metrics(history: History, folder: Path) -> Iterator[Judge]:
    """Run Debian's VictoriaMetrics for the block, with *history*'s samples in it."""
    with served_victoria_metrics(folder) as judge:
        page = "\n".join(f"{key} {value!r} {at_ms}" for key, value, at_ms in _samples(history))
        urlopen(f"{judge.url}/api/v1/import/prometheus", page.encode(), timeout=20).close()
        judge.settle()
        yield judge


@contextmanager
def served_victoria_metrics(folder: Path) -> Iterator[Judge]:
    """Run Debian's VictoriaMetrics for the block, on what is in *folder*."""
    port = free_port()
    with _served(
        [
            "victoria-metrics",
            f"-storageDataPath={folder}",
            "-retentionPeriod=100y",
            f"-httpListenAddr=127.0.0.1:{port}",
            "-search.latencyOffset=0s",
            "-loggerLevel=ERROR",
        ],
        f"http://127.0.0.1:{port}",
        "/health",
    ) as judge:
        yield judge


def extrapolated(history: History, phase: Phase) -> Increase:
    """Return what Prometheus' ``increase()`` makes of *phase*, by its documented extrapolation.

    As of 2.42, ``extrapolatedRate`` in ``promql/functions.go``: the rise between the first and the
    last sample of the window, resets added, is stretched towards the window's ends; by half a
    sample's distance where the end is further away than 1.1 of them, and never below zero.
    """
    start_s, end_s = history.span_s(phase)
    start_ms, end_ms = round((BASE_S + start_s) * 1000), round((BASE_S + end_s) * 1000)
    points: dict[tuple[str, Series], list[tuple[int, float]]] = {}
    for source, scrapes in history.sources.items():
        for scrape in scrapes:
            at_ms = round((BASE_S + scrape.at_s) * 1000)
            if start_ms <= at_ms <= end_ms and scrape.ok:
                for series, value in scrape.values.items():
                    points.setdefault((source, series), []).append((at_ms, value))
    rises: dict[Series, float] = {}
    for (_, series), found in points.items():
        if series.name.endswith(_COUNTERS) and len(found) > 1:
            rises[series] = rises.get(series, 0.0) + _stretched(found, start_ms, end_ms)
    peaks: dict[Series, float] = {}
    lasts: dict[Series, float] = {}
    for (_, series), found in points.items():
        if not series.name.endswith(_COUNTERS):
            peak = max(value for _, value in found)
            peaks[series] = max(peak, peaks.get(series, peak))
            lasts[series] = lasts.get(series, 0.0) + found[-1][1]
    return Increase(rises, peaks, lasts)


def _stretched(points: list[tuple[int, float]], start_ms: int, end_ms: int) -> float:
    rise = points[-1][1] - points[0][1]
    rise += sum(before for (_, before), (_, after) in pairwise(points) if after < before)
    to_start, to_end = (points[0][0] - start_ms) / 1000, (end_ms - points[-1][0]) / 1000
    sampled = (points[-1][0] - points[0][0]) / 1000
    apart = sampled / (len(points) - 1)
    if rise > 0 and points[0][1] >= 0:
        to_start = min(to_start, sampled * (points[0][1] / rise))
    covered = sampled
    for gap in (to_start, to_end):
        covered += gap if gap < apart * 1.1 else apart / 2
    return rise * (covered / sampled)


def _samples(history: History) -> Iterator[tuple[str, float, int]]:
    """Yield every sample: the series as a page writes it, its value, its epoch milliseconds.

    By series, then by time, as OpenMetrics wants it.
    """
    found: dict[tuple[str, str], list[tuple[float, int]]] = {}
    for source, scrapes in history.sources.items():
        for scrape in scrapes:
            for series, value in scrape.values.items():
                at_ms = round((BASE_S + scrape.at_s) * 1000)
                labels = (*series.labels, ("instance", source))
                inside = ",".join(f'{name}="{text}"' for name, text in labels)
                key = (series.name, f"{series.name}{{{inside}}}")
                found.setdefault(key, []).append((value, at_ms))
    for (_, key), values in sorted(found.items()):
        for value, at_ms in values:
            yield key, value, at_ms


@contextmanager
def _served(command: list[str], url: str, ready: str) -> Iterator[Judge]:
    process = subprocess.Popen(command, start_new_session=True, **_SILENT)
    try:
        deadline = time.monotonic() + _DEADLINE_S
        while not _answers(url + ready):
            assert process.poll() is None, f"{command[0]} ended with {process.returncode}"
            assert time.monotonic() < deadline, f"{command[0]} was not ready in {_DEADLINE_S:g} s"
            time.sleep(0.05)
        yield Judge(url)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _answers(url: str) -> bool:
    try:
        with urlopen(url, timeout=2):
            return True
    except (URLError, OSError):
        return False


def free_port() -> int:
    """Return a port below those that the system hands out by itself: nobody takes it meanwhile.

    Drawn by chance: two processes of one test run that look at the same moment must not agree.
    """
    for _ in range(100):
        port = secrets.choice(range(19_000, 32_768))
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port below 32768")
