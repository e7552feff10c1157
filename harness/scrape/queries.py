"""Asks a Prometheus server. It can do nothing else: one method, one kind of request, one path.

What it is used for looks at a centre with real customers in it, so that nothing can be sent there
by mistake is a matter of how this is built, not of how it is used.
"""

import aiohttp

from harness.errors import Problem, UsageError
from harness.http import HttpBlock

_PATH = "/api/v1/query"
_TIMEOUT_S = 60.0
_TOLD_CHARACTERS = 200


class Queries(HttpBlock):
    """Instant queries to the server at *url*. Use it as an async block."""

    def __init__(self, url: str, *, authorization: str = "", ca_file: str = "") -> None:
        headers = {"Authorization": authorization} if authorization else {}
        timeout = aiohttp.ClientTimeout(total=_TIMEOUT_S)
        super().__init__(timeout=timeout, headers=headers, ca_file=ca_file)
        self._url = url.rstrip("/")

    async def ask(self, query: str, at: float) -> object:
        """Return what the server answers to *query* as of *at* (epoch seconds).

        Raises:
            UsageError: it does not answer, or not to this.
        """
        want = "a Prometheus that answers GET /api/v1/query"
        asked = {"query": query, "time": f"{at:.3f}"}
        try:
            async with self._session.get(
                f"{self._url}{_PATH}", params=asked, allow_redirects=False
            ) as answer:
                if answer.status == 200:
                    found: object = await answer.json(content_type=None)
                    return found
                said = (await answer.text(errors="replace")).strip()[:_TOLD_CHARACTERS]
                told = f"HTTP {answer.status} {said}".strip()
        except (aiohttp.ClientError, TimeoutError, ValueError, OSError) as error:
            told = f"no answer ({error or type(error).__name__})"
        raise UsageError([Problem(f"--prometheus {self._url}", told, want)])
