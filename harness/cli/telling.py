"""Telling a webhook what is news: after everything else is kept, and whatever becomes of it."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import HarnessError, UsageError

if TYPE_CHECKING:
    from harness.model.news import News
    from harness.model.notify import Delivery, Notify
    from harness.model.target import Target
    from harness.record.history import History
    from harness.record.run_record import RunRecord


def tell_of(record: "RunRecord", history: "History", *, first: Callable[[], object]) -> None:
    """Tell whom the scenario of *record* names what is news of that run, if anything is.

    *first* is done before: the telling may take a minute, and may be cut off. What became of it is
    kept in the record and said; it changes no answer, and nothing is raised.
    """
    try:
        notify = record.scenario.notify
        if notify is None or (news := news_of_run(record, history)) is None:
            return
        if not is_told(news, notify):
            return
        first()
        delivery = told(news, notify, record.target, record.scenario.path.parent)
        record.add_delivery(delivery)
        say(delivery)
    except Exception as error:  # noqa: BLE001  whatever breaks here, the run has its answer
        print(f"warning: nobody could be told: {type(error).__name__}", file=sys.stderr)


def news_of_run(record: "RunRecord", history: "History") -> "News | None":
    """Return what is news of the run of *record*; None if it judged nothing."""
    from harness.record.news import news_of

    owner = record.scenario.owner
    return news_of(record.facts.run, history.runs(), history.findings(), owner=owner)


def is_told(news: "News", notify: "Notify") -> bool:
    """Return whether *notify* wants to hear of *news*."""
    from harness.model.notify import When

    return bool(news) or notify.when is When.ALWAYS


def told(news: "News", notify: "Notify", target: "Target", folder: Path) -> "Delivery":
    """Tell *news* and return what became of it; *folder* is the scenario's."""
    import asyncio

    from harness.clock import wall_now
    from harness.model.notify import Delivery
    from harness.notify import Outcome, send, webhook
    from reports.news import job_url, message

    now = wall_now()
    body, key = message(news, ci_url=job_url(os.environ), now=now)
    try:
        to = webhook(notify)
        if to is None:
            outcome = Outcome(0, "nothing stands there")
        else:
            sending = send(to, body.encode("ascii"), key=key, target=target, folder=folder)
            outcome = asyncio.run(sending)
    except UsageError as error:
        outcome = Outcome(0, "; ".join(problem.found for problem in error.problems))
    except KeyboardInterrupt:
        outcome = Outcome(1, "it was interrupted")
    except (HarnessError, OSError, ValueError, RuntimeError) as error:
        outcome = Outcome(1, f"it could not be sent ({type(error).__name__})")
    return Delivery(now, str(notify.url), key, news.count, outcome.tries, outcome.why)


def say(delivery: "Delivery") -> None:
    """Say what became of a telling."""
    mark = "" if delivery.delivered else "warning: "
    print(f"{mark}{delivery}", file=sys.stderr)
