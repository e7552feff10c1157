"""The asyncio driver: carries an adapter's requests for the probes and the audit.

The generator has a driver of its own in gevent (``scenarios/journeys/driver.py``); both only carry.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import aiohttp

from harness.adapter.protocol import (
    Adapter,
    Listening,
    Notice,
    Polling,
    Request,
    Response,
    Steps,
    marks,
)
from harness.errors import TargetError
from harness.http import Gate, HttpBlock, let_out
from harness.model.target import Endpoints

_T = TypeVar("_T")
TIMEOUT_S = 10.0
"""Wall seconds until a probe gives a request up."""


class Driver(HttpBlock):
    """Carries one request at a time to the target's edge. Use it as an async block.

    Never follows a redirect and ignores proxy variables: requests go where the profile says.
    """

    def __init__(self, adapter: Adapter, endpoints: Endpoints, *, gate: Gate | None = None) -> None:
        super().__init__(
            endpoints.edge,
            ca_file=endpoints.ca_file,
            pins=None if endpoints.watch is None else endpoints.pins,
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
        )
        self.adapter = adapter
        self._gate = gate
        self._common = {} if endpoints.watch is None else marks(endpoints.watch.run)

    async def carry(self, steps: Steps[_T]) -> _T:
        """Return what *steps* come to, having carried each of their requests."""
        try:
            request = next(steps)
            while True:
                request = steps.send(await self._exchange(request))
        except StopIteration as done:
            result: _T = done.value
            return result

    @asynccontextmanager
    async def hearing(self, consumer: str) -> AsyncIterator[AsyncIterator[Notice]]:
        """Yield, for the block, the news of *consumer* as they come: from a stream, or by polls.

        Raises:
            TargetError: the target does not tell them; from the news themselves: no more.
        """
        if isinstance(self.adapter, Polling) and not isinstance(self.adapter, Listening):
            yield self._polled(self.adapter, await self._first_poll(self.adapter))
            return
        stream = await self.open_stream(consumer)
        try:
            if stream.status != 200:
                raise TargetError(f"the target's event stream answered {stream.status}")
            yield self._streamed(stream)
        finally:
            stream.close()

    async def open_stream(self, consumer: str, since: int = 0) -> aiohttp.ClientResponse:
        """Return the open event stream of *consumer*; the caller closes it.

        It has to open in time, and may then say nothing for as long as nothing is new: who waits
        for news has a deadline, and not every provider sends a line to say that it is there.

        Raises:
            TargetError: nothing answered, or nobody that the guard believes.
        """
        request = await self.carry(self.adapter.listen(consumer, since))
        if not await self._let_out(request):
            raise TargetError("the target's event stream: the guard has halted the run")
        try:
            async with asyncio.timeout(TIMEOUT_S):
                stream = await self._session.get(
                    request.path,
                    headers={**self._common, **request.headers},
                    allow_redirects=False,
                    timeout=aiohttp.ClientTimeout(total=None),
                )
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TargetError(f"the target's event stream: {type(error).__name__}") from None
        finally:
            self._is_over()
        if self._gate is not None and not self._gate.back(stream.status, stream.headers, b""):
            stream.close()
            raise TargetError(f"the target's event stream: {self._gate.tripped}")
        return stream

    async def _streamed(self, stream: aiohttp.ClientResponse) -> AsyncIterator[Notice]:
        try:
            async for line in stream.content:
                notice = self.adapter.parse_notice(line)
                if notice is not None:
                    yield notice
        except (aiohttp.ClientError, TimeoutError) as error:
            why = type(error).__name__
            raise TargetError(f"the target's event stream was cut: {why}") from None

    async def _first_poll(self, adapter: Polling) -> str:
        """Return where the news of now begin: what was before is of no interest."""
        news = await self.carry(adapter.poll(""))
        if news is None:
            raise TargetError("the target does not tell what is new")
        return news.cursor

    async def _polled(self, adapter: Polling, cursor: str) -> AsyncIterator[Notice]:
        while True:
            await asyncio.sleep(adapter.poll_every_wall_s)
            news = await self.carry(adapter.poll(cursor))
            if news is not None:
                cursor = news.cursor
                for notice in news.notices:
                    yield notice

    async def _let_out(self, request: Request) -> bool:
        """Return whether *request* may be sent now, having waited until the caps allow it."""
        gate = self._gate
        return gate is None or await let_out(gate, request.method, request.path, request.body)

    def _is_over(self) -> None:
        if self._gate is not None:
            self._gate.done()

    async def _exchange(self, request: Request) -> Response:
        if not await self._let_out(request):
            assert self._gate is not None
            return Response(None, error=self._gate.tripped, sent=False)
        try:
            response = await self._sent(request)
        finally:
            self._is_over()
        if self._gate is not None and not self._gate.back(
            response.status, response.headers, response.body
        ):
            return Response(None, error=self._gate.tripped)
        return response

    async def _sent(self, request: Request) -> Response:
        try:
            async with self._session.request(
                request.method,
                request.path,
                headers={**self._common, **request.headers},
                data=request.body or None,
                allow_redirects=False,
            ) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status, headers, await answer.read())
        except aiohttp.ClientConnectorError as error:
            return Response(None, error=str(error), sent=False)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Response(None, error=f"{type(error).__name__}: {error}")
