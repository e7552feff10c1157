"""The timer that tells whether a process keeps up, and the signals that it leaves to its parent."""

import itertools
import signal
import time

import gevent
import psutil

from harness.clock import wall_now
from scenarios.vitals import PROBE_EVERY_S, Vitals

_AFTER_LOCUST_S = 1.0
_MEMORY_EVERY = round(1 / PROBE_EVERY_S)


def probe(vitals: Vitals) -> None:
    """Tell *vitals* twenty times a second how late this timer fired. Run it in a greenlet.

    And once a second how much memory the process holds.
    """
    own = psutil.Process()
    for turn in itertools.count():
        if turn % _MEMORY_EVERY == 0:
            vitals.holds(own.memory_info().rss)
        due = wall_now() + PROBE_EVERY_S
        gevent.sleep(PROBE_EVERY_S)
        vitals.probed(due=due, now=wall_now(), cpu_s=time.process_time())


def leave_signals_to_the_harness() -> None:
    """Ignore Ctrl-C and SIGTERM: the end of the pipe is what ends us, with everything drained.

    A service manager that ends all processes of a run at once would otherwise have the load fall
    to nothing before the harness has healed its faults. Locust sets its own handler after its
    ``init`` event, so ours comes a second later.
    """

    def ignore() -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)

    gevent.spawn_later(_AFTER_LOCUST_S, ignore)
