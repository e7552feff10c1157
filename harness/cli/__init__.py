"""The command line: commands, messages, exit codes. Nothing else prints or exits.

One command a file; ``order`` says where each stands in ``--help``. Progress goes to standard error,
the result to standard output; its last line is verdict, reason and path. What a command needs is
imported inside it, so that ``--help`` starts in a blink.
"""

# isort: off
from harness.cli import init, check, plan, run, report, decide, findings, runs, mock, worker
from harness.cli import notify, compare, review, export, view, observe, attest, recover, cleanup
from harness.cli import capacity, calibrate
from harness.cli import doctor
from harness.cli.app import app
from harness.cli.entry import main

__all__ = [
    "app",
    "attest",
    "calibrate",
    "capacity",
    "check",
    "cleanup",
    "compare",
    "decide",
    "doctor",
    "export",
    "findings",
    "init",
    "main",
    "mock",
    "notify",
    "observe",
    "plan",
    "recover",
    "report",
    "review",
    "run",
    "runs",
    "view",
    "worker",
]
