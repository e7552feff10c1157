"""One answer to several scenarios: never better than any of them."""

import pytest

from harness.errors import ExitCode
from harness.model.suite import Part, Suite
from harness.model.verdict import Decision

_TEXTS = {ExitCode.GO: "GO", ExitCode.NO_GO: "NO-GO", ExitCode.INCONCLUSIVE: "INCONCLUSIVE"}


def part(code: ExitCode | None, text: str | None = None) -> Part:
    told = _TEXTS.get(code, "") if text is None and code is not None else text or ""
    return Part("one", "It proves.", code, told, "because")


def suite(*codes: ExitCode | None) -> Suite:
    return Suite("failover", tuple(part(code) for code in codes), "mock only")


@pytest.mark.parametrize(
    ("codes", "decision", "code"),
    [
        ((ExitCode.GO, ExitCode.GO), Decision.GO, ExitCode.GO),
        ((ExitCode.GO, ExitCode.NO_GO), Decision.NO_GO, ExitCode.NO_GO),
        ((ExitCode.NO_GO, ExitCode.INCONCLUSIVE), Decision.NO_GO, ExitCode.NO_GO),
        ((ExitCode.GO, ExitCode.INCONCLUSIVE), Decision.INCONCLUSIVE, ExitCode.INCONCLUSIVE),
        ((ExitCode.GO, None), Decision.INCONCLUSIVE, ExitCode.INCONCLUSIVE),
        ((ExitCode.NO_GO, ExitCode.INTERRUPTED, None), Decision.NO_GO, ExitCode.INTERRUPTED),
        ((ExitCode.GO, ExitCode.BROKEN), Decision.INCONCLUSIVE, ExitCode.BROKEN),
        ((ExitCode.GO, ExitCode.RESIDUE, None), Decision.INCONCLUSIVE, ExitCode.RESIDUE),
        ((ExitCode.GO, ExitCode.REFUSED), Decision.INCONCLUSIVE, ExitCode.REFUSED),
        ((ExitCode.GO, ExitCode.USAGE), Decision.INCONCLUSIVE, ExitCode.USAGE),
        ((None, None), Decision.INCONCLUSIVE, ExitCode.INCONCLUSIVE),
    ],
)
def test_the_whole_is_no_better_than_its_worst_part(
    codes: tuple[ExitCode | None, ...], decision: Decision, code: ExitCode
):
    """Seventeen GOs and one scenario that nobody ran are no GO."""
    found = suite(*codes)

    assert (found.decision, found.code) == (decision, code)
    assert found.text == f"{decision} (mock only)"


def test_a_no_go_that_was_then_halted_is_a_no_go_still():
    """Its exit code is another: what was proven against the provider stays proven."""
    found = Suite("failover", (part(ExitCode.HALTED, "NO-GO (mock only)"),))

    assert found.decision is Decision.NO_GO
    assert found.code is ExitCode.HALTED


def test_the_tally_counts_each_kind_of_answer():
    """Who reads one line has to see how much of it is missing."""
    found = suite(ExitCode.GO, ExitCode.GO, ExitCode.BROKEN, None)

    assert found.tally == "2 GO, 1 broken, 1 not run of 4 scenarios"


def test_what_was_only_explored_decides_nothing():
    """A GO by looking around is no GO."""
    looked = Part("one", "It proves.", ExitCode.GO, "EXPLORED", explored=True)

    assert Suite("failover", (looked, looked), "mock only").text == "EXPLORED"
