"""``python -m mock_center [--check]``: orders in on stdin, JSON lines out on stdout."""

import json
import signal
from collections.abc import Sequence
from typing import Any

from mock_center import log
from mock_center.config import ConfigError, Problem, parse_centre
from mock_center.control import first_line, say
from mock_center.faults.kinds import wrong_orders

_OK, _REFUSED = 0, 2


def main(arguments: Sequence[str]) -> int:
    """Run the centre, or with ``--check`` only read its orders; return the exit code.

    To check, there may be ``faults`` with the other orders, as they are to come to the admin port.

    0: ended as told. 1: a process broke. 2: the orders have problems; nothing was started.
    """
    log.start_log("supervisor")
    if arguments not in ([], ["--check"]):
        log.error("usage", want="python -m mock_center [--check], orders on stdin")
        return _REFUSED
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # nothing runs yet that would have to be ended
    line, rest = first_line()
    problems: Sequence[Problem] = ()
    try:
        document = _read(line)
        faults = document.pop("faults", []) if arguments else []
        centre = parse_centre(document)
        problems = list(wrong_orders(faults, centre))
    except ConfigError as error:
        problems = error.problems
    if arguments:
        say("checked", problems=[problem.to_wire() for problem in problems])
        return _OK
    if problems:
        say("refused", problems=[problem.to_wire() for problem in problems])
        return _REFUSED
    # Here: neither a check nor a refusal needs what serves HTTP, which takes longest to load.
    from mock_center.supervisor.holding import hold

    return hold(centre, document, rest)


def _read(line: bytes) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        shown = repr(line[:60])
        raise ConfigError([Problem("the first line", shown, "one JSON object on one line")])
    return found
