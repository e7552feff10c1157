"""Runbooks that somebody should have looked at again before the run: what they say may be old."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath

from harness.verdict.evidence import Evidence


def overdue_notes(run: Evidence) -> Iterator[str]:
    """Yield a remark for each runbook that was overdue on the day of *run*."""
    day = datetime.fromtimestamp(run.facts.started_wall, UTC).date()
    for book in run.scenario.runbooks:
        if book.is_overdue(day) and book.review_by is not None:
            due = book.review_by.isoformat()
            yield f"{PurePath(book.path).name} was to be reviewed by {due}"
