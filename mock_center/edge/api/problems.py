"""Problems that more than one resource of the API answers with."""

from mock_center.problems import ProblemError


def unauthorised(slug: str, title: str) -> ProblemError:
    """Return the 401 of the type *slug*."""
    return ProblemError(401, slug, title, headers={"WWW-Authenticate": "Bearer"})


def key_conflict() -> ProblemError:
    """Return the 422 for an idempotency key that was used with another body."""
    return ProblemError(
        422, "idempotency-conflict", "The Idempotency-Key was used before, with another body"
    )


def store_unavailable(error: Exception) -> ProblemError:
    """Return the 503 for a ticket store that did not answer."""
    return ProblemError(
        503,
        "store-unavailable",
        "The ticket store is not available",
        str(error),
        headers={"Retry-After": "1"},
    )
