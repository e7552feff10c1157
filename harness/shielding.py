"""What must not be stopped half-way: healing what we broke, ending what we started."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

_T = TypeVar("_T")


async def to_the_end(work: Coroutine[Any, Any, _T]) -> _T:
    """Return the result of *work*, which runs to its end however often we are cancelled meanwhile.

    ``asyncio.shield`` alone would leave at the first cancellation, with the work still going on and
    what it needs being taken down around it. A cancellation is passed on once the work is done.
    """
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            if task.cancelled():
                raise
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()
