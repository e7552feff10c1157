"""What a resource of the API offers: method, path, handler."""

from mock_center.problems import Handler

Route = tuple[str, str, Handler]

ID = "{id:(?!export$)[^{}/]+}"
"""An id in a path: ``/v1/tickets/export`` is no ticket, and takes no PATCH."""

MOST = 10**18 - 1
"""The largest number that a cursor or an event may have."""


def idempotent_replayed(replayed: bool) -> dict[str, str]:  # noqa: FBT001 - it is the value itself
    """Return the header that marks a stored answer."""
    return {"Idempotent_Replayed": "true"} if replayed else {}
