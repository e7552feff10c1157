"""The asyncio driver: carries an adapter's requests for the probes and the audit.

The generator has a driver of its own in gevent (``scenarios/journeys/driver.py``); both only carry.
"""

import importlib
from types import TracebackType
from typing import Self, TypeVar

import aiohttp

from harness.adapter.protocol import Adapter, Request, Response, Steps
from harness.errors import Problem, UsageError
from harness.model.target import Endpoints

_T = TypeVar("_T")
TIMEOUT_S = 10.0
"""Wall seconds until a probe gives a request up."""


def load_adapter(path: str, endpoints: Endpoints) -> Adapter:
    """Return an instance of the adapter class at the import *path* ``package.module:Class``.

    Raises:
        UsageError: there is no such class.
    """
    module, _, name = path.partition(":")
    try:
        adapter: Adapter = getattr(importlib.import_module(module), name)(endpoints)
    except (ImportError, AttributeError, ValueError) as error:
        want = "an import path such as harness.adapter.reference:ReferenceAdapter"
        raise UsageError([Problem("target: adapter", f"{path!r} ({error})", want)]) from None
    return adapter


class Driver:
    """Carries one request at a time to the target's edge. Use it as an async block.

    Never follows a redirect and ignores proxy variables: requests go where the profile says.
    """

    def __init__(self, adapter: Adapter, endpoints: Endpoints) -> None:
        self.adapter = adapter
        self._edge = endpoints.edge
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            self._edge, timeout=aiohttp.ClientTimeout(total=TIMEOUT_S), trust_env=False
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._session is not None
        await self._session.close()

    async def carry(self, steps: Steps[_T]) -> _T:
        """Return what *steps* come to, having carried each of their requests."""
        try:
            request = next(steps)
            while True:
                request = steps.send(await self._exchange(request))
        except StopIteration as done:
            result: _T = done.value
            return result

    async def open_stream(self, consumer: str, since: int = 0) -> aiohttp.ClientResponse:
        """Return the open event stream of *consumer*; the caller closes it."""
        assert self._session is not None
        request = await self.carry(self.adapter.listen(consumer, since))
        return await self._session.get(
            request.path,
            headers=request.headers,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None, sock_read=TIMEOUT_S),
        )

    async def _exchange(self, request: Request) -> Response:
        assert self._session is not None
        try:
            async with self._session.request(
                request.method,
                request.path,
                headers=request.headers,
                data=request.body or None,
                allow_redirects=False,
            ) as answer:
                headers = {name.lower(): value for name, value in answer.headers.items()}
                return Response(answer.status, headers, await answer.read())
        except aiohttp.ClientConnectorError as error:
            return Response(None, error=str(error), sent=False)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Response(None, error=f"{type(error).__name__}: {error}")
