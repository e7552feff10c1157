"""A live mock centre for tests: started on free ports, in a folder of its own, ended by pid."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).resolve().parents[2]
BILLING = "+441632960101"
SUPPORT = "+441632960201"
CLIENT = {"id": "harness", "secret": "synthetic"}
FAST_TICKETS = {"ticket_work": {"mean": "2s", "variation": "0.1"}}
SLOW_TICKETS = {"ticket_work": {"mean": "100000s", "variation": "0"}}
SHORT_CALLS = {
    "talk": {"mean": "4s", "variation": "0"},
    "wrap_up": {"mean": "1s", "variation": "0"},
}
LONG_CALLS = {
    "talk": {"mean": "100000s", "variation": "0"},
    "wrap_up": {"mean": "1s", "variation": "0"},
}
PATIENT = {"health_check": {"fall": "20"}}
"""For tests in which no site is lost: two answers in a row that a busy machine gives late would end
the calls of the site, as they should, and be no fault of what the test is about."""


def orders(
    folder: Path,
    *,
    agents: int = 5,
    speed: float = 20.0,
    sites: tuple[str, ...] = ("north", "south"),
    **mock: Any,
) -> dict[str, Any]:
    """Return the supervisor's first line as a mapping."""
    staffing = {"billing": agents, "support": 2, "tickets": 3}
    return {
        "speed": speed,
        "seed": "2026",
        "lines": {"billing": [BILLING], "support": [SUPPORT]},
        "staffing": {site: dict(staffing) for site in sites},
        "client": CLIENT,
        "folder": str(folder),
        "mock": mock,
    }


async def spawn(*arguments: str, **options: Any) -> asyncio.subprocess.Process:
    """Start the supervisor in a directory that is not the repository."""
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "mock_center",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        **options,
    )


class Centre:
    """A running centre and an authorised client of it."""

    def __init__(
        self,
        process: asyncio.subprocess.Process,
        ready: dict[str, Any],
        session: aiohttp.ClientSession,
        folder: Path = Path(),
    ) -> None:
        self.process = process
        self.folder = folder
        self.ready = ready
        self.edge: str = ready["edge"]
        self.admin: str = ready["admin"]
        self.sites: dict[str, str] = ready["sites"]
        self.session = session
        self.admin_headers = {"Authorization": f"Bearer {ready['admin_token']}"}
        self.headers: dict[str, str] = {}
        self._keys = 0

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        base: str = "",
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
        within_s: float = 8.0,
    ) -> tuple[int, Any, Any]:
        """Return status, parsed body (or text) and headers of one request."""
        data = raw if raw is not None else None if body is None else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} if data is not None else {}
        async with (
            asyncio.timeout(within_s),
            self.session.request(
                method,
                (base or self.edge) + path,
                data=data,
                headers={**sent, **(self.headers if headers is None else headers)},
                timeout=aiohttp.ClientTimeout(total=None),
            ) as response,
        ):
            text = await response.text()
            with contextlib.suppress(ValueError):
                return response.status, json.loads(text), response.headers
            return response.status, text, response.headers

    async def authorise(self) -> None:
        form = {
            "grant_type": "client_credentials",
            "client_id": CLIENT["id"],
            "client_secret": CLIENT["secret"],
        }
        async with self.session.post(f"{self.edge}/v1/oauth/token", data=form) as response:
            token = (await response.json())["access_token"]
        self.headers = {"Authorization": f"Bearer {token}"}

    async def call(
        self, reference: str, *, line: str = BILLING, consumer: str = "w1", key: str = ""
    ) -> tuple[int, Any, Any]:
        body = {
            "line": line,
            "caller": "+447700900001",
            "customer": f"customer of {reference}",
            "reason": "bill",
            "reference": reference,
            "consumer": consumer,
        }
        headers = {**self.headers, "Idempotency-Key": key or f"call-{reference}"}
        return await self.ask("POST", "/v1/calls", body, headers=headers)

    async def ticket(
        self,
        reference: str,
        *,
        key: str = "",
        subject: str = "s",
        consumer: str = "w1",
        **more: Any,
    ) -> tuple[int, Any, Any]:
        body = {
            "reference": reference,
            "consumer": consumer,
            "customer": "c",
            "priority": "P2",
            "subject": subject,
            "body": "b",
            **more,
        }
        headers = {**self.headers, "Idempotency-Key": key or f"ticket-{reference}"}
        return await self.ask("POST", "/v1/tickets", body, headers=headers)

    async def hang_up(self, call: str) -> tuple[int, Any, Any]:
        return await self.ask("POST", f"/v1/calls/{call}/hangup")

    async def references(self, site: str | None = None) -> list[str]:
        """Return the references of all tickets, page by page."""
        found: list[str] = []
        after = "0"
        while True:
            where = f"&site={site}" if site else ""
            status, page, _ = await self.ask("GET", f"/v1/tickets?after={after}&limit=50{where}")
            assert status == 200, page
            found += [ticket["reference"] for ticket in page["tickets"]]
            if page["next"] is None:
                return found
            after = page["next"]

    async def inject(self, kind: str, site: str, lease_s: float = 20.0) -> str:
        body = {"kind": kind, "site": site, "lease_s": lease_s}
        status, fault, _ = await self.ask(
            "POST", "/faults", body, base=self.admin, headers=self.admin_headers
        )
        assert status == 201, fault
        return str(fault["id"])

    async def heal(self, fault: str) -> None:
        status, answer, _ = await self.ask(
            "DELETE", f"/faults/{fault}", base=self.admin, headers=self.admin_headers
        )
        assert (status, answer["healed"]) == (200, True)

    async def work(self, path: str, body: Any = None, within_s: float = 30.0) -> tuple[int, Any]:
        """Ask for planned work on the admin port; return status and answer."""
        status, answer, _ = await self.ask(
            "POST", path, body, base=self.admin, headers=self.admin_headers, within_s=within_s
        )
        return status, answer

    async def site_states(self) -> dict[str, Any]:
        _, states, _ = await self.ask("GET", "/sites", base=self.admin, headers=self.admin_headers)
        return dict(states)

    async def health(self) -> dict[str, Any]:
        _, health, _ = await self.ask("GET", "/healthz")
        return dict(health)

    async def until(self, what: Callable[[dict[str, Any]], bool], within_s: float = 5.0) -> None:
        """Wait until the edge's health satisfies *what*."""
        async with asyncio.timeout(within_s):
            while not what(await self.health()):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.02)

    async def sample(self, base: str, name: str) -> float:
        """Return the value of one metric line, named with its labels as it is written."""
        _, page, _ = await self.ask("GET", "/metrics", base=base)
        values = [line.rpartition(" ")[2] for line in page.splitlines() if line.startswith(name)]
        assert len(values) == 1, (name, values)
        return float(values[0])

    async def until_sample(
        self, name: str, what: Callable[[float], bool], within_s: float = 5.0
    ) -> None:
        """Wait until the edge's value of the metric line *name* satisfies *what*."""
        async with asyncio.timeout(within_s):
            while not what(await self.sample(self.edge, name)):  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.05)

    @asynccontextmanager
    async def events(self, consumer: str = "w1", since: int = 0) -> AsyncIterator["Listener"]:
        async with self.session.get(
            f"{self.edge}/v1/events?consumer={consumer}&since={since}",
            headers=self.headers,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as response:
            assert response.status == 200
            yield Listener(response)


class Listener:
    """Reads an event stream; remembers everything it has seen."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self._response = response
        self.seen: list[dict[str, Any]] = []

    async def until(
        self, kind: str, reference: str | None = None, within_s: float = 5.0, since: int = 0
    ) -> dict[str, Any]:
        """Return the first event of that type (and reference), seen already or yet to come.

        The first *since* of those seen do not count.
        """

        def fits(event: dict[str, Any]) -> bool:
            return event["type"] == kind and reference in (None, event.get("reference"))

        for event in self.seen[since:]:
            if fits(event):
                return event
        async with asyncio.timeout(within_s):
            async for line in self._response.content:
                event = json.loads(line)
                self.seen.append(event)
                if fits(event):
                    return event
        raise AssertionError(f"the stream ended before {kind} {reference}")


@asynccontextmanager
async def running(first_line: dict[str, Any]) -> AsyncIterator[Centre]:
    """Hold a centre for the block; afterwards nothing of it runs."""
    process = await spawn(cwd="/")
    try:
        await send(process, first_line)
        async with asyncio.timeout(60):  # on a machine that has other work
            ready = await said(process)
        assert ready["event"] == "ready", ready
        timeout = aiohttp.ClientTimeout(total=10)
        async with aiohttp.ClientSession(timeout=timeout) as session:
            centre = Centre(process, ready, session, Path(first_line["folder"]))
            await centre.authorise()
            yield centre
    finally:
        await end(process)


async def send(process: asyncio.subprocess.Process, line: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(line).encode() + b"\n")
    await process.stdin.drain()


async def said(process: asyncio.subprocess.Process) -> dict[str, Any]:
    assert process.stdout is not None
    return dict(json.loads(await process.stdout.readline()))


async def end(process: asyncio.subprocess.Process) -> int:
    """Close the control pipe and wait; by force if that does not end it."""
    assert process.stdin is not None
    process.stdin.close()
    try:
        async with asyncio.timeout(8):
            return await process.wait()
    except TimeoutError:
        process.send_signal(signal.SIGKILL)
        await process.wait()
        raise


def alive(pid: int) -> bool:
    """Return whether *pid* is a process that still does anything."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def family(pid: int) -> dict[int, str]:
    """Return all that *pid* has started, and what that has started: pids, and what they are called."""
    parents: dict[int, int] = {}
    names: dict[int, str] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            stat, each = path.read_text(), int(path.parent.name)
            parents[each] = int(stat.rpartition(")")[2].split()[1])
            names[each] = stat.partition("(")[2].rpartition(")")[0]
    found: dict[int, str] = {}
    left = [pid]
    while left:
        mother = left.pop()
        born = [each for each, parent in parents.items() if parent == mother]
        found |= {each: names[each] for each in born}
        left += born
    return found


async def all_gone(pids: list[int], within_s: float = 5.0) -> bool:
    """Return whether none of *pids* is alive within the time."""
    try:
        async with asyncio.timeout(within_s):
            while any(alive(pid) for pid in pids):  # noqa: ASYNC110 - no child of ours
                await asyncio.sleep(0.02)
    except TimeoutError:
        return False
    return True
