"""The ticket audit finds each planted defect by name, and nothing on a clean run."""

from collections.abc import Sequence

import pytest

from harness.kpi.figures import TicketWrite, updates_of
from harness.model.contact import StepKind, Ticket, TicketStep, WriteOutcome
from harness.model.event import FaultRun, StoredTicket
from harness.model.verdict import TicketAudit
from harness.verdict.audit import audit
from tests.fakes import fault_run, stored, ticket

SITES = ("north", "south")
WRITTEN = [ticket(f"t{i}", due_s=float(i)) for i in range(6)]


def everywhere(written: list[Ticket]) -> list[StoredTicket]:
    return [stored(site, each.id) for each in written for site in SITES]


def found(
    written: list[Ticket], stores: list[StoredTicket], read: tuple[str, ...] = SITES
) -> TicketAudit:
    writes = [TicketWrite(each.id, each.outcome, updates_of(each.steps)) for each in written]
    return audit(writes, stores, sites=SITES, sites_read=read)


def defects(result: TicketAudit) -> tuple[tuple[str, ...], ...]:
    return (result.lost, result.duplicated, result.phantom, result.divergent, result.recovered)


NONE = ((), (), (), (), ())
NO_LIFE = ((), (), ())


def odd(result: TicketAudit) -> tuple[tuple[str, ...], ...]:
    return (result.resurrected, result.stale, result.never_read)


def test_a_clean_run_has_no_defects():
    """An audit that cries wolf is switched off."""
    result = found(WRITTEN, everywhere(WRITTEN))

    assert defects(result) == NONE
    assert odd(result) == NO_LIFE
    assert (result.attempted, result.acknowledged, result.unknown) == (6, 6, 0)
    assert result.complete


def test_a_lost_ticket_is_found():
    """Acknowledged, and in no store: the promise that was broken."""
    stores = [each for each in everywhere(WRITTEN) if each.reference != "t2"]

    assert defects(found(WRITTEN, stores)) == (("t2",), (), (), (), ())


def test_a_duplicated_ticket_is_found():
    """A retry that was executed twice stands under two numbers."""
    stores = everywhere(WRITTEN) + [stored(site, "t3", "T-again") for site in SITES]

    assert defects(found(WRITTEN, stores)) == ((), ("t3",), (), (), ())


def test_a_phantom_is_found():
    """Nobody sent it: another tester is on this target, or the store made it up."""
    stores = [*everywhere(WRITTEN), stored("north", "stranger")]

    assert defects(found(WRITTEN, stores)) == ((), (), ("stranger",), (), ())


def test_a_divergent_ticket_is_found():
    """On one site only: the next failover would lose it."""
    stores = [each for each in everywhere(WRITTEN) if each != stored("south", "t4")]

    assert defects(found(WRITTEN, stores)) == ((), (), (), ("t4",), ())


def test_what_was_not_acknowledged_may_be_there():
    """An unknown write that was stored after all harms nobody; it is told apart."""
    written = [*WRITTEN, ticket("t9", due_s=9.0, outcome=WriteOutcome.UNKNOWN)]

    assert defects(found(written, everywhere(written))) == ((), (), (), (), ("t9",))


def test_what_was_not_acknowledged_cannot_be_lost():
    """A time-out promised nothing."""
    written = [*WRITTEN, ticket("t9", due_s=9.0, outcome=WriteOutcome.UNKNOWN)]
    result = found(written, everywhere(WRITTEN))

    assert defects(result) == NONE
    assert result.unknown == 1


def test_each_planted_defect_is_found_beside_the_others():
    """One of each at once: none of them hides another."""
    gone = {stored(site, "t0") for site in SITES} | {stored("south", "t4")}
    stores = [each for each in everywhere(WRITTEN) if each not in gone]
    stores += [stored("north", "t3", "T-again"), stored("north", "stranger")]

    assert defects(found(WRITTEN, stores)) == (("t0",), ("t3",), ("stranger",), ("t4",), ())


def test_nothing_is_called_lost_while_a_store_is_unread():
    """What we could not read may hold it."""
    stores = [stored("north", each.id) for each in WRITTEN[1:]]
    result = found(WRITTEN, stores, read=("north",))

    assert result.lost == ()
    assert result.never_read == ("t0",)
    assert not result.complete
    assert result.sites_unread == ("south",)


def test_nothing_read_is_not_a_complete_audit():
    """No sites at all would otherwise be all of them."""
    assert not audit([], [], sites=(), sites_read=()).complete


def test_findings_come_in_order_of_their_due_times():
    """So that the list reads along the timeline of the fault."""
    assert found(WRITTEN, []).lost == tuple(each.id for each in WRITTEN)


def step(kind: StepKind, outcome: WriteOutcome | None = WriteOutcome.ACKNOWLEDGED) -> TicketStep:
    return TicketStep(kind, 5.0, outcome)


WROTE, REOPENED = step(StepKind.WROTE), step(StepKind.REOPENED)
APPEALED = step(StepKind.APPEALED)
UNSURE, UNTOLD = step(StepKind.WROTE, WriteOutcome.UNKNOWN), step(StepKind.WROTE, None)
REFUSED = step(StepKind.WROTE, WriteOutcome.REFUSED)


def counts(comments: int | None, reopened: int | None = 0, *, escalated: bool | None = False):
    return {"comments": comments, "reopened": reopened, "escalated": escalated}


@pytest.mark.parametrize(
    ("steps", "north", "south", "lost", "doubled", "because"),
    [
        ([WROTE], counts(1), counts(1), False, False, "all is there"),
        ([], counts(0, 3), counts(0, 3), False, False, "others may open a ticket again too"),
        ([WROTE, WROTE], counts(1), counts(1), True, False, "one was promised and is nowhere"),
        ([WROTE], counts(1), counts(0), False, False, "one copy has it"),
        ([WROTE], counts(2), counts(2), False, True, "one was sent"),
        ([WROTE], counts(1), counts(2), False, True, "one copy holds it twice"),
        ([WROTE, UNSURE], counts(1), counts(1), False, False, "nobody promised the second"),
        ([WROTE, UNSURE], counts(2), counts(2), False, False, "and it may be there"),
        ([WROTE, UNTOLD], counts(2), counts(2), False, False, "its answer never came"),
        ([REFUSED], counts(1), counts(1), False, True, "it was refused and kept"),
        ([REOPENED, WROTE], counts(1, 0), counts(1, 0), True, False, "it is as if it stayed solved"),
        ([APPEALED], counts(0), counts(0), True, False, "nobody looks into it"),
        ([APPEALED], counts(0, escalated=True), counts(0, escalated=True), False, False, "it is"),
        ([WROTE], counts(None, None, escalated=None), counts(None, None, escalated=None), False,
         False, "a listing that does not count is not blamed"),
    ],
)  # fmt: skip
def test_what_customers_wrote_later_is_audited_by_its_counts(
    steps: list[TicketStep], north: dict, south: dict, lost: bool, doubled: bool, because: str
):
    """An outage can lose the answer and keep the question: acknowledged is acknowledged."""
    written = [ticket("t1", steps=tuple(steps))]
    stores = [
        StoredTicket("north", "t1", "T-t1", **north),
        StoredTicket("south", "t1", "T-t1", **south),
    ]
    result = found(written, stores)

    assert bool(result.lost_updates) == lost, because
    assert bool(result.duplicated_updates) == doubled, because
    assert bool(result.divergent) == (north != south), because


def test_updates_are_counted_or_said_to_be_unknown():
    """An objective on updates decides nothing where the listing does not count them."""
    written = [ticket("t1", steps=(WROTE, REOPENED, APPEALED, REFUSED))]
    known = [StoredTicket(site, "t1", "T-t1", 1, 1, True) for site in SITES]
    unknown = [StoredTicket(site, "t1", "T-t1") for site in SITES]

    assert found(written, known).updates == 3
    assert found(written, unknown).updates is None


def test_an_update_of_a_lost_ticket_is_not_lost_once_more():
    """One loss, one finding."""
    result = found([ticket("t1", steps=(WROTE,))], [])

    assert (result.lost, result.lost_updates) == (("t1",), ())


def test_no_update_is_called_lost_while_a_store_is_unread():
    """The copy that was not read may have it."""
    written = [ticket("t1", steps=(WROTE,))]
    result = found(written, [StoredTicket("north", "t1", "T-t1", 0, 0, False)], ("north",))

    assert result.lost_updates == ()


def test_every_planted_defect_is_found_once_and_no_other():
    """One lost, one duplicated, one phantom, one divergent, one come back to life: each by name."""
    refused = ticket("t8", due_s=8.0, outcome=WriteOutcome.REFUSED)
    written = [*WRITTEN, refused, ticket("t9", due_s=9.0, outcome=WriteOutcome.UNKNOWN)]
    stores = [each for each in everywhere(written) if each.reference != "t0"]
    stores += [stored(site, "t1", "T-again") for site in SITES]
    stores += [stored(site, "stranger") for site in SITES]
    stores.remove(stored("south", "t2"))
    result = found(written, stores)

    assert (result.lost, result.duplicated) == (("t0",), ("t1",))
    assert (result.phantom, result.divergent) == (("stranger",), ("t2",))
    assert odd(result) == (("t8",), (), ())
    assert result.recovered == ("t9",)


@pytest.mark.parametrize("outcome", [WriteOutcome.REFUSED, WriteOutcome.FAILED])
def test_a_ticket_that_was_refused_and_is_there_has_come_back_to_life(outcome: WriteOutcome):
    """Its customer was told no and wrote again: somebody will answer both."""
    written = [*WRITTEN, ticket("t9", due_s=9.0, outcome=outcome)]
    result = found(written, everywhere(written))

    assert (result.resurrected, result.recovered) == (("t9",), ())
    assert odd(found(written, everywhere(WRITTEN))) == NO_LIFE, "refused and not there is right"


def test_a_ticket_that_a_store_returned_only_later_is_stale_and_not_lost():
    """Whoever looked in between would have told its customer that it does not exist."""
    writes = [TicketWrite(each.id, each.outcome, updates_of(each.steps)) for each in WRITTEN]
    late = {"t3", "not-ours"}
    result = audit(writes, everywhere(WRITTEN), sites=SITES, sites_read=SITES, seen_late=late)

    assert odd(result) == ((), ("t3",), ())
    assert defects(result) == NONE


def after_a_fault(lost: set[str], *faults: FaultRun) -> TicketAudit:
    """Return the audit of a ticket every ten seconds until 400 s."""
    written = [ticket(f"t{at}", due_s=float(at)) for at in range(0, 400, 10)]
    kept = [each for each in everywhere(written) if each.reference not in lost]
    writes = [TicketWrite(t.id, t.outcome, acknowledged_s=t.acknowledged_s) for t in written]
    return audit(writes, kept, sites=SITES, sites_read=SITES, faults=faults)


def test_the_recovery_point_reaches_back_to_the_oldest_loss():
    """Acknowledged at 70 s, struck at 100 s: thirty seconds of promises were not kept."""
    result = after_a_fault({"t70", "t90", "t120"}, fault_run())

    assert (result.recovery_point_s, len(result.lost)) == (30.0, 3)


def test_the_recovery_point_is_to_the_fault_that_came_next():
    """A ticket of 250 s was not lost to the fault of 100 s."""
    later = fault_run(injected_from_s=260.0, injected_s=261.0, heal_proven_s=300.0)

    assert after_a_fault({"t250"}, fault_run(), later).recovery_point_s == 10.0


def test_nothing_lost_has_no_recovery_point():
    """None, not zero: zero would say that a loss was seen."""
    assert after_a_fault(set(), fault_run()).recovery_point_s is None


def test_the_recovery_point_is_to_the_fault_right_after_and_to_none_before():
    """Of what was lost a moment before each fault, and while one was in force."""
    later = fault_run(injected_from_s=260.0, injected_s=261.0, heal_proven_s=300.0)
    points = [
        after_a_fault({lost}, fault_run(), later).recovery_point_s
        for lost in ("t50", "t100", "t120", "t300")
    ]

    assert points == [50.0, 0.0, 0.0, 0.0]
    assert after_a_fault({"t50"}).recovery_point_s is None, "nothing struck"


def test_what_no_fault_explains_is_lost_and_has_no_recovery_point():
    """Acknowledged after the last was healed: zero would blame a fault, and lost it is all the same."""
    alone = after_a_fault({"t300"}, fault_run())
    beside = after_a_fault({"t70", "t300"}, fault_run())

    assert (alone.lost, alone.recovery_point_s) == (("t300",), None)
    assert (beside.lost, beside.recovery_point_s) == (("t70", "t300"), 30.0)


def at_risk(*kept_s: float | None, faults: Sequence[FaultRun]) -> int | None:
    """Return how many of the tickets that were acknowledged at *kept_s* were at risk."""
    writes = [
        TicketWrite(f"t{number}", WriteOutcome.ACKNOWLEDGED, acknowledged_s=at_s)
        for number, at_s in enumerate(kept_s)
    ]
    return audit(writes, [], sites=SITES, sites_read=SITES, faults=faults).at_risk


def test_a_ticket_is_at_risk_from_a_minute_before_a_fault_until_it_is_healed():
    """The fault of 100 s was healed at 230 s; one that nobody saw healed lasts to the end."""
    never = fault_run(heal_proven_s=None)

    assert at_risk(39.9, 40.0, 100.0, 230.0, 230.1, faults=[fault_run()]) == 3
    assert at_risk(39.9, 40.0, 100.0, 230.0, 230.1, faults=[never]) == 4


def test_it_takes_one_fault_to_put_a_ticket_at_risk():
    """Each of two has its own; one that was never ordered has none."""
    later = fault_run(injected_from_s=500.0, injected_s=501.0, heal_proven_s=600.0)
    unordered = fault_run(injected_from_s=None, injected_s=None)

    assert at_risk(100.0, 300.0, 550.0, faults=[fault_run(), unordered, later]) == 2
    assert at_risk(100.0, faults=[unordered]) is None


def test_a_ticket_of_which_nobody_knows_when_it_was_acknowledged_is_at_no_known_risk():
    """It is lost all the same; how far back that reaches is not made up."""
    writes = [TicketWrite("t1", WriteOutcome.ACKNOWLEDGED)]
    result = audit(writes, [], sites=SITES, sites_read=SITES, faults=[fault_run()])

    assert (result.lost, result.at_risk, result.recovery_point_s) == (("t1",), 0, None)


def test_strangers_are_named_in_order():
    """The same record gives the same report, byte for byte."""
    strangers = [stored(site, f"s{number}") for number in range(9) for site in SITES]

    assert found([], strangers).phantom == tuple(f"s{number}" for number in range(9))


def test_updates_are_unknown_if_one_copy_does_not_count_them():
    """Half a count is none."""
    counted = StoredTicket("north", "t1", "T-t1", 1, 0, False)

    assert found([ticket("t1", steps=(WROTE,))], [counted, stored("south", "t1")]).updates is None


def test_the_bound_of_what_may_be_lost_is_of_those_at_risk():
    """From a minute before the fault at 100 s until it was healed at 230 s: 20 of the 40."""
    assert after_a_fault(set(), fault_run()).could_be_lost == 20
    assert after_a_fault(set()).could_be_lost == 40
