"""Idempotency keys: the same key and body get the stored answer, and nothing twice.

For any resource whose writes live as long as the edge; tickets keep their keys in the store.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


class KeyConflictError(Exception):
    """The key was used before, with another body."""


@dataclass(slots=True)
class _Answer(Generic[T]):
    fingerprint: str
    value: "asyncio.Future[T]"


class Once(Generic[T]):
    """Remembers the latest *size* successful answers by key. Failures free their key."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._answers: OrderedDict[str, _Answer[T]] = OrderedDict()

    async def do(
        self, key: str, fingerprint: str, work: Callable[[], Awaitable[T]]
    ) -> tuple[T, bool]:
        """Return the answer of *work*, and whether it is an earlier one.

        Whoever comes with the same key while the first is still at work waits for its answer.

        Raises:
            KeyConflictError: *fingerprint* is not the one the key was first used with.
        """
        earlier = self._answers.get(key)
        if earlier is not None:
            if earlier.fingerprint != fingerprint:
                raise KeyConflictError(key)
            return await asyncio.shield(earlier.value), True
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._answers[key] = _Answer(fingerprint, future)
        try:
            answer = await work()
        except BaseException as error:
            self._answers.pop(key, None)
            if isinstance(error, Exception):
                future.set_exception(error)
                future.exception()  # nobody may be waiting, and that is fine
            else:
                future.cancel()
            raise
        future.set_result(answer)
        while len(self._answers) > self._size:
            self._answers.popitem(last=False)
        return answer, False
