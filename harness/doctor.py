"""Whether this machine is fit for a rehearsal, and for looking at one; and what to do about it.

Starts nothing but programs that tell their version, and opens no port for longer than a look.
"""

import os
import platform
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from harness.disk import KEEP_FREE_BYTES, free_bytes
from harness.model.own_metrics import METRICS_PORT, VIEW_PORT
from harness.model.units import format_size
from harness.prometheus import OLDEST

FEWEST_FILES = 4096
"""Each caller who waits holds no file, but each request on its way does."""
_KEPT = format_size(KEEP_FREE_BYTES)
_PYTHON = (3, 11)
_OURS = "cutover-rehearsal"
_REINSTALL = "make setup in a checkout, else install the wheel again, with what it depends on"
_PATIENCE_S = 10.0
_CHROMIUM = "chromium"


class Severity(StrEnum):
    """How much it matters."""

    GOOD = "good"
    HINT = "hint"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was found, and what to do if it is not good."""

    what: str
    found: str
    severity: Severity = Severity.GOOD
    remedy: str = ""


def examined(runs: Path) -> Iterator[Check]:
    """Yield everything that was looked at. *runs* is where runs are to be kept."""
    yield python(sys.version_info[:2])
    yield libraries(_required(), _installed)
    yield cores(os.cpu_count() or 1, os.getloadavg()[0])
    yield open_files(_open_files())
    yield disk(runs)
    yield clock(_said)
    for port, use in ((METRICS_PORT, "harness run --metrics-port"), (VIEW_PORT, "harness view")):
        yield port_free(port, use)
    for name, use in (("prometheus", "harness view"), ("promtool", "harness view")):
        yield program(name, use, _said, oldest=OLDEST)
    yield program("grafana", "deploy/watch.sh", _said, install="grafana.com/grafana/download")
    yield program(_CHROMIUM, "the tests that look at reports", _said)


def python(version: tuple[int, ...]) -> Check:
    """Return whether Python is one that the harness runs on."""
    told = ".".join(map(str, version))
    if version >= _PYTHON:
        return Check("Python", told)
    want = ".".join(map(str, _PYTHON))
    return Check("Python", told, Severity.BAD, f"install Python {want} or newer")


def libraries(required: Sequence[str], installed: Callable[[str], str | None]) -> Check:
    """Return whether everything that the harness stands on is there, and new enough.

    *required* is as its own metadata has it, ``locust>=2.47``; empty if it was never installed.
    """
    short = []
    for each in required:
        name, _, least = each.partition(">=")
        found = installed(name)
        if found is None:
            short.append(f"{name} is missing")
        elif _numbers(found) < _numbers(least):
            short.append(f"{name} {found} is older than {least}")
    if short:
        return Check("libraries", ", ".join(short), Severity.BAD, _REINSTALL)
    told = f"all {len(required)} are there" if required else "not looked at: run from its sources"
    return Check("libraries", told)


def _required() -> list[str]:
    """Return what our own metadata asks for, extras left out."""
    try:
        return [each for each in metadata.requires(_OURS) or [] if "extra" not in each]
    except metadata.PackageNotFoundError:
        return []


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _numbers(version: str) -> tuple[int, ...]:
    """Return the numbers that *version* begins with: 2.47.1rc2 is 2, 47, 1."""
    found = re.match(r"\d+(\.\d+)*", version)
    return tuple(map(int, found[0].split("."))) if found else ()


def cores(count: int, load: float) -> Check:
    """Return whether a generator and a mock centre find room: a late generator decides nothing."""
    told = f"{count}, load average {load:.1f}"
    if count < 2:
        return Check("cores", told, Severity.HINT, "at speed 20 a rehearsal wants two")
    if load > count / 2:
        remedy = "others are busy here: the generator may be late, and then a run is INCONCLUSIVE"
        return Check("cores", told, Severity.HINT, remedy)
    return Check("cores", told)


def open_files(limit: int | None) -> Check:
    """Return whether enough connections may be open at once; None: the system does not say."""
    if limit is None or limit >= FEWEST_FILES:
        return Check("open files", "no limit told" if limit is None else f"{limit}")
    remedy = f"ulimit -n {FEWEST_FILES}, for more than some hundred requests at once"
    return Check("open files", f"{limit}", Severity.HINT, remedy)


def disk(runs: Path) -> Check:
    """Return whether runs can be kept at *runs*: a million calls take about a gigabyte."""
    there = next(each for each in (runs, *runs.absolute().parents) if each.exists())
    free = free_bytes(runs)
    told = f"{format_size(free)} free for {runs}, of which a run leaves {_KEPT}"
    if not os.access(there, os.W_OK):
        return Check("disk", f"{there} cannot be written to", Severity.BAD, "another --runs")
    if free < KEEP_FREE_BYTES:
        remedy = "no run begins here: harness runs prune, another --runs, or a smaller --keep-free"
        return Check("disk", told, Severity.BAD, remedy)
    if free < 2 * KEEP_FREE_BYTES:
        remedy = "harness plan SCENARIO says how much a run takes; harness runs prune makes room"
        return Check("disk", told, Severity.HINT, remedy)
    return Check("disk", told)


def clock(said: Callable[..., str | None]) -> Check:
    """Return whether the clock is kept right: workers on other machines must agree with ours."""
    told = said("timedatectl", "show", "--property=NTPSynchronized", "--value")
    if told is None or told.strip() not in ("yes", "no"):
        return Check("clock", "nobody here tells whether it is kept right")
    if told.strip() == "yes":
        return Check("clock", "kept right by a time server")
    remedy = "matters with workers on other machines: timedatectl set-ntp true"
    return Check("clock", "not set by a time server", Severity.HINT, remedy)


def port_free(port: int, use: str) -> Check:
    """Return whether *port* on loopback can be had for *use*."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            remedy = f"another number for {use}"
            return Check(f"port {port}", f"{error.strerror}", Severity.HINT, remedy)
    return Check(f"port {port}", f"free, for {use}")


def program(
    name: str,
    use: str,
    said: Callable[..., str | None],
    *,
    oldest: tuple[int, int] | None = None,
    install: str = "",
) -> Check:
    """Return whether the program *name* is there for *use*, and not too old for it.

    *install* is how to come by it; by default its Debian package.
    """
    told = said(name, "--version")
    if told is None:
        package = "prometheus" if oldest else name
        remedy = f"only for {use}: {install or f'apt install {package}'}"
        return Check(name, "not installed", Severity.HINT, remedy)
    version = re.search(r"(\d+)\.(\d+)\S*", told)
    if version is None:
        return Check(name, "does not tell its version", Severity.HINT, f"a newer one for {use}")
    if oldest is not None and (int(version[1]), int(version[2])) < oldest:
        want = ".".join(map(str, oldest))
        return Check(name, version[0], Severity.HINT, f"{want} or later for {use}")
    return Check(name, version[0])


def _said(*command: str) -> str | None:
    """Return what *command* says; None if it is not there, or says nothing in time."""
    path = shutil.which(command[0])
    if path is None:
        return None
    try:
        done = subprocess.run(
            [path, *command[1:]],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout + done.stderr


def _open_files() -> int | None:
    if platform.system() == "Windows":
        return None
    import resource  # there is none on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return None if soft == resource.RLIM_INFINITY else soft
