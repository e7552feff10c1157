"""What breaks or mends a provider's test environment, as data: a request, or a command.

As data, because whoever mends may be another process than the one that broke, or another day.
``${NAME}`` in an address, a header or a body stands for that variable of the environment and is
filled in only when it is sent: no secret of a provider is ever written to a file of ours.
"""

import asyncio
import contextlib
import os
import re
import shlex
import signal
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import IO

import aiohttp
from pydantic import TypeAdapter

from harness.children import child_environment
from harness.errors import TargetError
from harness.http import connector_to

LONGEST_STEP_WALL_S = 120.0
FAULT_ID = "FAULT_ID"
"""The name that this fault alone has: for a provider who wants to be told one."""
LEASE_S = "LEASE_S"
"""Whole wall seconds after which the provider may heal by itself."""
_NAMED = r"\{([A-Za-z_][A-Za-z0-9_]*)\}"
_NAME = re.compile(rf"\${_NAMED}")
_OF_THE_SHELL = re.compile(rf'[\\"`]|\$(?!{_NAMED})')
"""What a shell reads between double quotes, but for the names that it has to fill in."""
_CONTENT_TYPE = "Content-Type"
_TOLD = 200
_MOST_SAID = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, and the statuses that mean it was done; empty: any of 200 to 299.

    Redirects are not followed: requests go where the scenario says and nowhere else. *pins* are the
    addresses that the guard found for each host: no other name is reached. *ca_file* vouches for
    them, if no public authority does.
    """

    url: str
    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str = ""
    expect: tuple[int, ...] = ()
    timeout_wall_s: float = 10.0
    pins: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ca_file: str = ""

    @property
    def variables(self) -> frozenset[str]:
        """The variables of the environment that it needs."""
        texts = (self.url, self.body, *self.headers.values())
        return frozenset(name for text in texts for name in _NAME.findall(text))

    def filled(self, values: Mapping[str, str]) -> "Request":
        """Return it with each ``${NAME}`` of *values* replaced; other names stay as they are."""
        return replace(
            self,
            url=_filled(self.url, values),
            body=_filled(self.body, values),
            headers={name: _filled(text, values) for name, text in self.headers.items()},
        )

    @property
    def sent_headers(self) -> Mapping[str, str]:
        """Its headers; a body is JSON unless they say what it is."""
        if not self.body or any(name.lower() == _CONTENT_TYPE.lower() for name in self.headers):
            return self.headers
        return {_CONTENT_TYPE: "application/json", **self.headers}

    @property
    def by_hand(self) -> str:
        """The command that does the same at a shell, whose variables must be set."""
        parts = ["curl", "-fsS", "-X", self.method]
        if self.ca_file:
            parts += ["--cacert", shlex.quote(self.ca_file)]
        for name, text in self.sent_headers.items():
            parts += ["-H", _quoted(f"{name}: {text}")]
        if self.body:
            parts += ["--data-raw", _quoted(self.body)]
        return " ".join([*parts, _quoted(self.url)])

    async def do(self) -> str:
        """Send it; return the body of the answer.

        Raises:
            TargetError: it was not done, as far as can be told.
        """
        if missing := sorted(self.variables - os.environ.keys()):
            raise TargetError(f"{self.method} {self.url}: {missing[0]} is not in the environment")
        sent = self.filled(os.environ)
        what = f"{self.method} {self.url}"  # as written: what is filled in may be a secret
        timeout = aiohttp.ClientTimeout(total=self.timeout_wall_s)
        try:
            async with (
                aiohttp.ClientSession(
                    connector=connector_to(self.pins, ca_file=self.ca_file, fresh=True),
                    timeout=timeout,
                    trust_env=False,
                ) as session,
                session.request(
                    sent.method,
                    sent.url,
                    headers=sent.sent_headers,
                    data=sent.body.encode() if sent.body else None,
                    allow_redirects=False,
                ) as answer,
            ):
                page = (await answer.read()).decode(errors="replace")
                done = answer.status in self.expect if self.expect else 200 <= answer.status < 300
        except TimeoutError:
            raise TargetError(f"{what}: no answer within {self.timeout_wall_s:g} s") from None
        except (aiohttp.ClientError, OSError, ValueError) as error:  # OSError: no ca_file any more
            raise TargetError(f"{what}: {type(error).__name__}") from None
        if not done:
            raise TargetError(f"{what}: {answer.status} {page[:_TOLD]}".rstrip())
        return page


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command as a list of arguments, which no shell reads, and what it gets as its input.

    It is done once it exits with 0, whatever it leaves running, such as a service that it started
    again. If it has not ended in time it is killed with all that it started.
    """

    run: tuple[str, ...]
    stdin: str = ""
    timeout_wall_s: float = 30.0

    def filled(self, values: Mapping[str, str]) -> "Command":
        """Return it with each ``${NAME}`` of *values* replaced; other names stay as they are."""
        return replace(self, run=tuple(_filled(text, values) for text in self.run))

    @property
    def by_hand(self) -> str:
        """The command that does the same at a shell."""
        command = shlex.join(self.run)
        return f"printf %s {shlex.quote(self.stdin)} | {command}" if self.stdin else command

    async def do(self) -> str:
        """Run it; return what it said.

        Raises:
            TargetError: it could not be run, failed, or took too long.
        """
        # Not a pipe: it has no end before the last of what a command started has ended.
        with _unnamed() as output:
            return await self._done(output)

    async def _done(self, output: IO[bytes]) -> str:
        what = self.run[0]
        try:
            child = await asyncio.create_subprocess_exec(
                *self.run,
                stdin=asyncio.subprocess.PIPE,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                env=child_environment(),
                start_new_session=True,
            )
        except OSError as error:
            raise TargetError(f"{what}: {error.strerror}") from None
        except ValueError as error:  # a NUL in an argument
            raise TargetError(f"{what}: {error}") from None
        try:
            async with asyncio.timeout(self.timeout_wall_s):
                await child.communicate(self.stdin.encode())
        except TimeoutError:
            raise TargetError(f"{what}: not done within {self.timeout_wall_s:g} s") from None
        finally:
            # What it left running in the background is part of it only while it runs itself.
            if child.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)
                await child.wait()
        # By its place: what it left running may go on writing where it stands itself.
        written = os.fstat(output.fileno()).st_size
        last = os.pread(output.fileno(), _MOST_SAID, max(0, written - _MOST_SAID))
        said = last.decode(errors="replace").strip()
        if child.returncode != 0:
            raise TargetError(f"{what}: exit code {child.returncode} {said[-_TOLD:]}".rstrip())
        return said


Step = Request | Command
STEPS: TypeAdapter[tuple[Step, ...]] = TypeAdapter(tuple[Step, ...])
"""Reads and writes steps as JSON."""


async def do_all(steps: Iterable[Step]) -> None:
    """Do *steps* one after the other; one that fails does not keep the others from being done.

    Raises:
        TargetError: some could not be done; it tells of each.
    """
    failed = []
    for step in steps:
        try:
            await step.do()
        except TargetError as error:
            failed.append(str(error))
    if failed:
        raise TargetError("; ".join(failed))


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _NAME.sub(lambda found: values.get(found[1], found[0]), text)


def _unnamed() -> IO[bytes]:
    """Return a file without a name, in memory if it can be: a full disk must stop no heal."""
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("output"), "w+b")
    return tempfile.TemporaryFile()


def _quoted(text: str) -> str:
    """Return *text* quoted for a shell that still fills in its variables, if it has any."""
    if not _NAME.search(text):
        return shlex.quote(text)
    return '"' + _OF_THE_SHELL.sub(r"\\\g<0>", text) + '"'
