"""The edge's connection to one site, which can be cut with everything that is under way on it."""

import asyncio
import json
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any

import aiohttp
from yarl import URL

from mock_center.edge.detour import Detour, Trouble
from mock_center.server import HOST
from mock_center.site.peers import ADMISSION_HEADER, STORE_HEADER, TOKEN_HEADER
from mock_center.tickets.copies import Copies

_LAST_ANSWERS_S = 3.0
"""A site that is well has answered by then what it was asked on a way that is given up."""
_SILENCE_S = 5.0  # the site's stream says "alive" every second


class UnreachableError(Exception):
    """No answer. *delivered* is False only if the request certainly never reached the site."""

    def __init__(self, message: str, *, delivered: bool) -> None:
        super().__init__(message)
        self.delivered = delivered


class RefusedError(Exception):
    """The site answered with a problem: its *status*, *type* and *detail*."""

    def __init__(self, status: int, type: str, detail: str) -> None:  # noqa: A002 - RFC 9457's word
        super().__init__(f"{status} {type}: {detail}")
        self.status = status
        self.type = type
        self.detail = detail


class _Way:
    """The connections on one way to the site, and how many questions are under way on it."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self.session = session
        self._asking = 0
        self._idle = asyncio.Event()
        self._idle.set()

    @contextmanager
    def asked(self) -> Iterator[aiohttp.ClientSession]:
        """Have one question more under way for the block."""
        self._asking += 1
        self._idle.clear()
        try:
            yield self.session
        finally:
            self._asking -= 1
            if not self._asking:
                self._idle.set()

    async def close(self, *, within_s: float = 0.0) -> None:
        """Close every connection, at once or when all that was asked is answered."""
        with suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await self._idle.wait()
        await self.session.close()


class SiteLink:
    """The way to the site *name* at *url*.

    *admission* numbers the joinings of the site; all but probes carry it. *joined* is set while
    the site has been let in and not been cut off since, *up* while it takes part. *draining*: it is
    to get no more calls. *contacts* is how many the site said it had at the last probe, None if it
    has not been asked since it began to drain. *incarnation* numbers its processes, 0 before the
    first answer.

    Args:
        on_copies: called with the site's name and what an answer says about the copies of the store
            it leads (``X-Store``): who has all of it, before anybody hears of the answer.
    """

    def __init__(
        self,
        name: str,
        url: str,
        token: str,
        *,
        on_copies: Callable[[str, Copies], None] = lambda _site, _copies: None,
    ) -> None:
        self.name = name
        self.url = url
        self.up = False
        self.admission = 0
        self.told_epoch = 0
        self.joined = asyncio.Event()
        self.out_of_step = False
        self.draining = False
        self.contacts: int | None = None
        self.incarnation = 0
        self._on_copies = on_copies
        self._token = token
        self._waits: set[asyncio.Timeout] = set()
        self._detour: Detour | None = None
        self._stream: aiohttp.ClientResponse | None = None
        self._way = self._connect()

    async def close(self) -> None:
        """Close every connection."""
        await self._way.close()
        if self._detour is not None:
            await self._detour.close()

    async def meet(self, trouble: Trouble | None, *, seed: str) -> None:
        """From now on meet *trouble* on the way to the site; None: the way is free again.

        What is under way has a moment to end as it began; the stream of events is opened again on
        the new way, and goes on where it was. *seed* draws what is lost.
        """
        former, self._detour = self._detour, None
        if trouble is not None:
            detour = Detour(URL(self.url).port or 0, trouble, seed=seed)
            await detour.open()
            self._detour = detour
        on_the_old_way, self._way = self._way, self._connect()
        if self._stream is not None:
            self._stream.close()
        await on_the_old_way.close(within_s=_LAST_ANSWERS_S)
        if former is not None:
            await former.close()

    async def cut(self) -> None:
        """Give the site up: whatever waits for it fails now; connections are closed."""
        self.up = False
        self.joined.clear()
        now = asyncio.get_running_loop().time()
        for wait in self._waits:
            if not wait.expired():  # one whose time ran out at this very moment fails by itself
                wait.reschedule(now)
        given_up, self._way = self._way, self._connect()
        await given_up.close()

    async def ask(
        self, method: str, path: str, body: object = None, *, timeout_s: float
    ) -> dict[str, Any]:
        """Return the site's answer.

        Raises:
            UnreachableError: refused, broken off, cut, or no answer within *timeout_s* wall
                seconds.
            RefusedError: the site answered with a problem.
        """
        data = None if body is None else json.dumps(body)
        headers = {ADMISSION_HEADER: str(self.admission)}
        try:
            with self._way.asked() as session:
                async with (
                    self._deadline(timeout_s),
                    session.request(
                        method, self._at + path, data=data, headers=headers
                    ) as response,
                ):
                    answer: dict[str, Any] = json.loads(await response.read())
                    if STORE_HEADER in response.headers:
                        self._on_copies(self.name, Copies.read(response.headers[STORE_HEADER]))
        except aiohttp.ClientConnectorError as error:
            raise UnreachableError(f"{self.name}: {error}", delivered=False) from error
        except (aiohttp.ClientError, ConnectionError, TimeoutError, ValueError) as error:
            why = f"{self.name}: {type(error).__name__}"
            raise UnreachableError(why, delivered=True) from error
        except RuntimeError as error:  # the session was closed under us: the site was just cut
            raise UnreachableError(f"{self.name}: cut", delivered=True) from error
        if response.status >= 400:
            raise RefusedError(
                response.status, str(answer.get("type")), str(answer.get("detail", ""))
            )
        return answer

    async def events(self, since: int) -> AsyncGenerator[dict[str, Any], None]:
        """Yield the site's events after number *since*, as they happen, until the stream breaks.

        Raises:
            UnreachableError: the stream broke or could not be had.
            RefusedError: the site does not hold these events, or has not joined.
        """
        request = self._way.session.get(
            f"{self._at}/internal/events?since={since}",
            headers={ADMISSION_HEADER: str(self.admission)},
        )
        response: aiohttp.ClientResponse | None = None
        try:
            async with self._deadline(_SILENCE_S):
                response = await request
            if response.status != 200:
                raise RefusedError(response.status, "no-events", "")
            self._stream = response
            while True:
                async with self._deadline(_SILENCE_S):
                    line = await response.content.readline()
                if not line:
                    raise UnreachableError(f"{self.name}: the stream ended", delivered=True)
                yield json.loads(line)
        except (aiohttp.ClientError, ConnectionError, TimeoutError, ValueError) as error:
            raise UnreachableError(f"{self.name}: {error}", delivered=True) from error
        except RuntimeError as error:
            raise UnreachableError(f"{self.name}: cut", delivered=True) from error
        finally:
            self._stream = None
            if response is not None:
                response.close()

    @asynccontextmanager
    async def _deadline(self, seconds: float) -> AsyncIterator[asyncio.Timeout]:
        """Let the block take *seconds* at most, and no longer than until the link is cut."""
        async with asyncio.timeout(seconds) as wait:
            self._waits.add(wait)
            try:
                yield wait
            finally:
                self._waits.discard(wait)

    @property
    def _at(self) -> str:
        return self.url if self._detour is None else f"http://{HOST}:{self._detour.port}"

    def _connect(self) -> _Way:
        keeps: dict[str, Any] = {"keepalive_timeout": 30}
        if self._detour is not None:
            keeps = {"force_close": True}  # a detour loses requests by their connections
        session = aiohttp.ClientSession(
            headers={TOKEN_HEADER: self._token, "Content-Type": "application/json"},
            timeout=aiohttp.ClientTimeout(total=None),
            connector=aiohttp.TCPConnector(limit=0, **keeps),
        )
        return _Way(session)
