"""What Locust keeps of a run and never lets go, kept short: a soak may last for days.

Measured: 7 MB a day for each kind of request, and the same again for failures, because it counts
both by the second; 15 MB a day of history for a chart that nobody draws of our runs.
"""

import time
from typing import Any

import gevent
import locust.runners

EVERY_S = 30.0
SECONDS_KEPT = 30
"""Locust's own rates look back on twelve."""
HISTORY_KEPT = 20
ERRORS_KEPT = 100


def keep_short(environment: Any) -> None:
    """Let Locust's memory of *environment* grow no more. Run it in a greenlet."""
    while True:
        gevent.sleep(EVERY_S)
        trim(environment.stats, now=time.time())


def trim(stats: Any, *, now: float) -> None:
    """Take out of Locust's *stats* what is older than it looks back, at *now* (epoch seconds).

    Also what lies in the future: a clock that was set back would keep it for as long.
    """
    for entry in (stats.total, *stats.entries.values()):
        for counts in (entry.num_reqs_per_sec, entry.num_fail_per_sec):
            for second in [each for each in counts if abs(now - each) > SECONDS_KEPT]:
                del counts[second]
    del stats.history[:-HISTORY_KEPT]
    for key in list(stats.errors)[:-ERRORS_KEPT]:
        del stats.errors[key]


def mind_no_clock() -> None:
    """Have Locust's worker not end itself when the machine's clock is set forward.

    It takes a minute by that clock for a minute of silence. ``WorkerSide.watch_the_master`` ends
    the worker sooner, and by a clock that nobody sets.
    """
    locust.runners.MASTER_HEARTBEAT_TIMEOUT = 10**9
