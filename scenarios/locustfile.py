"""The Locust side of a run: Locust carries the processes and messages, the shards the customers.

``harness run`` starts this file, as one process or as a master with workers, and steers it over the
control pipe (standard input; what we say goes to the file descriptor in ``HARNESS_REPORT_FD``). One
process holds one shard of the schedule; Locust's own users do nothing, because contacts are not
users. When the pipe closes, the harness is gone: we leave politely and end.

Started by hand (``locust -f scenarios/locustfile.py``) it plays a scenario without a verdict; see
``scenarios.sides.alone``.
"""

import os
import sys
from typing import Any

import gevent
from locust import User, constant, events, task
from locust.runners import MasterRunner, WorkerRunner

from scenarios.joining import TOKEN
from scenarios.sides import alone
from scenarios.sides.master_side import MasterSide
from scenarios.sides.probing import leave_signals_to_the_harness
from scenarios.sides.shard_side import ShardSide, WorkerSide
from scenarios.sides.told import REPORT_FD, Told
from scenarios.sides.trimming import keep_short, mind_no_clock


class Customers(User):
    """The one user of this process: all the customers of its shard."""

    wait_time = constant(1)
    fixed_count = 1

    @task
    def attend(self) -> None:
        """Nothing: the shard's own greenlets do the work, and Locust must not count them."""


@events.init_command_line_parser.add_listener  # type: ignore[untyped-decorator]
def take_arguments(parser: Any, **_: object) -> None:
    """Offer the options of a run without a verdict; the harness itself uses none of them."""
    if REPORT_FD not in os.environ:
        alone.add_arguments(parser)


@events.init.add_listener  # type: ignore[untyped-decorator]
def take_sides(environment: Any, **_: object) -> None:
    """Be master, worker or both, once the runner is there; or stand alone."""
    runner = environment.runner
    if isinstance(runner, WorkerRunner):
        if TOKEN not in os.environ:
            sys.exit("A worker is started by `harness worker --join HOST:PORT`.")
        leave_signals_to_the_harness()
        mind_no_clock()
        gevent.spawn(keep_short, environment)
        worker = WorkerSide(environment, Told())
        gevent.spawn(worker.end_with_the_parent)
        gevent.spawn(worker.watch_the_master)
        worker.join()
    elif REPORT_FD in os.environ:
        leave_signals_to_the_harness()
        gevent.spawn(keep_short, environment)
        if isinstance(runner, MasterRunner):
            # Locust would start users of its own on whoever connects, and end when one leaves.
            environment.parsed_options.headless = False
        else:
            ShardSide(environment)
        gevent.spawn(MasterSide(environment, Told()).obey)
    elif isinstance(runner, MasterRunner):
        sys.exit("Several processes are started by `harness run --workers N`.")
    else:
        alone.stand(environment)
