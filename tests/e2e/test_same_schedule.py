"""One seed, one schedule: run after run, and on any number of Locust workers."""

from pathlib import Path

import pytest

from tests.e2e.small_rehearsal import Outcome, Rehearsal, run

pytestmark = pytest.mark.e2e

SHORT = Rehearsal(("{name: peak, kind: steady, load: 100%, for: 2m}",))

Placed = tuple[str, float, str, str]


def placed(outcome: Outcome) -> list[Placed]:
    """Return who was to come when (in seconds of the phase) in a finished run."""
    with outcome.record() as record:
        start_s = record.phases()[-1].start_s
        calls = [
            (call.id, call.due_s - start_s, call.customer, call.line)
            for call in record.calls()
            if not call.held
        ]
        tickets = [
            (ticket.id, ticket.due_s - start_s, ticket.customer, ticket.priority)
            for ticket in record.tickets()
            if not ticket.held
        ]
    return calls + tickets


def same(some: list[Placed], others: list[Placed]) -> bool:
    """Return whether both hold the same contacts, due to a thousandth of a centre second."""
    return [(i, *rest) for i, _, *rest in some] == [(i, *rest) for i, _, *rest in others] and all(
        abs(one[1] - other[1]) < 0.002 for one, other in zip(some, others, strict=True)
    )


def folder(parent: Path, name: str) -> Path:
    """Return a new folder called *name*."""
    path = parent / name
    path.mkdir()
    return path


def test_two_runs_of_one_worker_and_of_two_place_the_same_contacts_at_the_same_times(
    tmp_path: Path,
):
    """Without that, a run with a fault could not be compared with one without."""
    first = placed(run(SHORT, folder(tmp_path, "first")))
    shared = placed(run(SHORT, folder(tmp_path, "shared"), "--workers", "2"))

    assert len(first) > 40
    assert same(shared, first)


@pytest.mark.nightly
def test_a_second_run_places_what_the_first_did(tmp_path: Path):
    """And with as many workers."""
    first = placed(run(SHORT, folder(tmp_path, "first")))

    assert same(placed(run(SHORT, folder(tmp_path, "again"))), first)


@pytest.mark.nightly
def test_another_seed_is_another_day(tmp_path: Path):
    """A seed that changes nothing would make the test above pass for the wrong reason."""
    first = placed(run(SHORT, folder(tmp_path, "first")))
    other = Rehearsal(SHORT.phases, seed=7)

    assert not same(placed(run(other, folder(tmp_path, "other"))), first)
