"""What GitHub shows beside a job: an ``::error`` or ``::warning`` line for each thing to look at.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Iterator

from harness.model.verdict import Decision, Status, Verdict
from harness.verdict.sentence import account
from reports.words import visible

MOST = 10
"""GitHub shows no more of a step."""


def annotations(verdict: Verdict) -> Iterator[str]:
    """Yield a line for each failed objective, or for what kept *verdict* open; none of a GO."""
    if verdict.explored or verdict.decision is Decision.GO:
        return
    if verdict.decision is Decision.INCONCLUSIVE:
        yield _line("warning", verdict.text, verdict.sentence)
        return
    failed = [each for each in verdict.results if each.status is Status.FAIL]
    for result in failed[: MOST - 1 if len(failed) > MOST else MOST]:
        where = result.phase if result.kind is not None else "the whole run"
        yield _line("error", f"{verdict.text}: {result.name} in {where}", account(result))
    if len(failed) > MOST:
        yield _line("error", verdict.text, f"and {len(failed) - MOST + 1} more objectives failed")


def _line(kind: str, title: str, message: str) -> str:
    told = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{kind} title={told}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return visible(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
