"""Whether a write was really kept: what an answer promised is looked for where it should be. Pure.

Ticket systems answer 200 or 204 to changes that they refuse: a workflow forbids the new state, a
field is read-only, a rule undoes it at once. So an adapter of such a system reads back.
"""

from collections.abc import Callable
from dataclasses import replace

from harness.adapter.protocol import Steps, Written
from harness.model.contact import WriteOutcome

Look = Callable[[], Steps[bool | None]]
"""Looks once: True if the write is there, False if it is not, None if nobody could tell."""
TRIES = 3
"""So often it is looked for: a listing may lag behind a write by a request or two."""


def read_back(written: Written, look: Look, *, tries: int = TRIES) -> Steps[Written]:
    """Return what *written* comes to once somebody has looked.

    Only a write that was acknowledged is looked for. Seen, it stays acknowledged; not seen, it was
    refused, whatever the answer said; and if nobody could look, nobody knows.
    """
    if written.outcome is not WriteOutcome.ACKNOWLEDGED:
        return written
    seen: bool | None = None
    for _ in range(tries):
        seen = yield from look()
        if seen:
            return written
    if seen is None:
        return replace(
            written, outcome=WriteOutcome.UNKNOWN, error="answered as done, and could not be read"
        )
    return replace(
        written, outcome=WriteOutcome.REFUSED, error="answered as done, and was not kept"
    )
