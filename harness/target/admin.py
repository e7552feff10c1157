"""The admin port of a target we started: where its faults are ordered and their end is agreed."""

from types import TracebackType
from typing import Any, Self

import aiohttp

from harness.errors import TargetError
from harness.model.target import Endpoints

_TIMEOUT_S = 10.0


class Admin:
    """A client of the admin port. Use it as an async block."""

    def __init__(self, endpoints: Endpoints) -> None:
        if endpoints.admin is None:
            raise TargetError("this target has no admin port: its faults are not ours to inject")
        self._url = endpoints.admin
        self._headers = {"Authorization": f"Bearer {endpoints.admin_token}"}
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(
            self._url,
            headers=self._headers,
            timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
            trust_env=False,
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

    async def order_fault(self, kind: str, site: str, *, lease_wall_s: float) -> str:
        """Have *kind* done to *site* for at most *lease_wall_s*; return the fault's id.

        Raises:
            TargetError: the target would not.
        """
        body = {"kind": kind, "site": site, "lease_s": lease_wall_s}
        answer = await self._ask("POST", "/faults", body)
        return str(answer["id"])

    async def heal_fault(self, fault_id: str) -> None:
        """Have the fault undone; doing so twice is no mistake.

        Raises:
            TargetError: the target could not.
        """
        await self._ask("DELETE", f"/faults/{fault_id}")

    async def active_faults(self, site: str) -> list[str]:
        """Return the ids of the faults in force at *site*.

        Raises:
            TargetError: the target would not say.
        """
        answer = await self._ask("GET", "/faults")
        return [str(fault["id"]) for fault in answer if fault["site"] == site]

    async def _ask(self, method: str, path: str, body: object | None = None) -> Any:
        assert self._session is not None
        try:
            async with self._session.request(
                method, path, json=body, allow_redirects=False
            ) as response:
                answer = await response.json(content_type=None)
                if response.status >= 400:
                    detail = answer.get("detail") or answer.get("title")
                    raise TargetError(f"{method} {path}: {response.status} {detail}")
                return answer
        except (aiohttp.ClientError, TimeoutError) as error:
            raise TargetError(f"{method} {path}: {type(error).__name__}: {error}") from None
