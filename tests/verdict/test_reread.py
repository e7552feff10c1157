"""What a ticket says is read again: every planted mistake is found, and a sample is a sample."""

from dataclasses import replace

import pytest

from harness.kpi.figures import TicketWrite, content_of
from harness.model.contact import WriteOutcome
from harness.model.event import Content, Reread, StoredTicket
from harness.model.scenario import TicketTraffic
from harness.model.sla import Sla
from harness.model.verdict import Decision, Status, TicketAudit
from harness.verdict.audit import audit
from harness.verdict.judge import judge
from harness.verdict.reread import drawn, share_of
from tests.fakes import FakeEvidence, objective, phase, phase_run, scenario, sla, stored, ticket

SITES = ("north", "south")
WRITTEN = [
    ticket(f"t{number}", due_s=float(number), subject=f"Refund {number}") for number in range(20)
]


def everywhere(**wrong: Content) -> list[StoredTicket]:
    """Return what both sites hold of all that was written; *wrong* tickets say something else."""
    return [
        replace(stored(site, each.id), content=wrong.get(each.id, content_of(each)))
        for each in WRITTEN
        for site in SITES
    ]


def found(stores: list[StoredTicket], rereads: list[Reread] = [], **asked) -> TicketAudit:  # noqa: B006
    writes = [TicketWrite(t.id, t.outcome, content=content_of(t)) for t in WRITTEN]
    return audit(writes, stores, sites=SITES, sites_read=SITES, rereads=rereads, **asked)


def silent() -> list[StoredTicket]:
    """Return stores whose listings do not tell what tickets say."""
    return [stored(site, each.id) for each in WRITTEN for site in SITES]


def test_what_was_kept_as_it_was_written_is_not_wrong():
    """All of them were compared, and nothing was asked for it."""
    result = found(everywhere())

    assert (result.compared, result.sampled, result.wrong) == (20, None, ())


def test_fields_that_are_wrong_are_counted_in_the_order_of_the_alphabet():
    """Whichever ticket was read first."""
    first, second = map(content_of, WRITTEN[:2])
    result = found(
        everywhere(t0=replace(first, subject="Lost"), t1=replace(second, customer="somebody else"))
    )

    assert result.wrong_in == (("customer", 1), ("subject", 1))


def test_all_were_sampled_unless_somebody_says_how_many():
    """A share that is not told is not taken for a part."""
    every = [Reread(each.id, content_of(each)) for each in WRITTEN]

    assert found(silent(), every).sampled == 1.0


@pytest.mark.parametrize(
    ("field", "content"),
    [
        ("customer", replace(content_of(WRITTEN[3]), customer="somebody else")),
        ("priority", replace(content_of(WRITTEN[3]), priority="P4")),
        ("subject", replace(content_of(WRITTEN[3]), subject="Refund 3\N{REPLACEMENT CHARACTER}")),
        ("attachments", replace(content_of(WRITTEN[3]), attachments=7)),
    ],
)
def test_each_planted_mistake_is_found_with_its_field(field: str, content: Content):
    """A ticket under the wrong customer is there, counted, and worthless."""
    result = found(everywhere(t3=content))

    assert (result.wrong, result.wrong_in) == (("t3",), ((field, 1),))
    assert result.lost == ()


def test_one_copy_that_is_wrong_is_enough():
    """The next failover would make it the only one."""
    stores = [
        replace(each, content=replace(content_of(WRITTEN[5]), priority="P4"))
        if (each.reference, each.site) == ("t5", "south")
        else each
        for each in everywhere()
    ]

    assert found(stores).wrong == ("t5",)


def test_what_a_listing_does_not_tell_is_not_held_against_it():
    """An adapter says what it knows: a subject that is right is right."""
    part = Content(subject="Refund 3")

    assert found(everywhere(t3=part)).wrong == ()
    assert found(everywhere(t3=Content(subject="Refund"))).wrong_in == (("subject", 1),)


def test_what_was_never_promised_is_not_compared():
    """A refused ticket that is there all the same is a finding of its own."""
    refused = replace(WRITTEN[0], outcome=WriteOutcome.REFUSED)
    writes = [TicketWrite(refused.id, refused.outcome, content=content_of(refused))]
    stores = [replace(stored("north", "t0"), content=Content(subject="x"))]
    result = audit(writes, stores, sites=("north",), sites_read=("north",))

    assert (result.compared, result.wrong, result.resurrected) == (0, (), ("t0",))


def test_a_sample_finds_what_is_in_it_and_says_how_large_it_was():
    """Of a fifth, one wrong and one that nobody could read."""
    rereads = [
        Reread("t1", content_of(WRITTEN[1])),
        Reread("t4", Content(customer="somebody else")),
        Reread("t7", None),
        Reread("t9", content_of(WRITTEN[9])),
    ]
    result = found(silent(), rereads, reread_share=0.2)

    assert (result.compared, result.sampled, result.unreadable) == (3, 0.2, 1)
    assert (result.wrong, result.wrong_in) == (("t4",), (("customer", 1),))


IDS = tuple(f"peak/tickets/{number}" for number in range(101))


def test_a_sample_is_the_seeds_and_nobody_elses():
    """Whoever ran it cannot choose, and whoever runs it again checks the same."""
    one = drawn(IDS, share=0.2, seed="2026")

    assert len(one) == 21
    assert one == drawn(IDS, share=0.2, seed="2026")
    assert one != drawn(IDS, share=0.2, seed="2027")
    assert set(one) == set(drawn(IDS[::-1], share=0.2, seed="2026"))
    assert list(one) == sorted(one, key=IDS.index)


@pytest.mark.parametrize(("share", "count"), [(0.0, 0), (0.001, 1), (0.5, 51), (1.0, 101)])
def test_a_share_is_rounded_up(share: float, count: int):
    """Of nine tickets a fifth is two, not one."""
    assert len(drawn(IDS, share=share, seed="1")) == count


def test_every_ticket_is_as_likely_to_be_drawn():
    """A sample of the first fifth would say nothing of the site loss at the end."""
    times = [0] * len(IDS)
    for seed in range(400):
        for id_ in drawn(IDS, share=0.2, seed=str(seed)):
            times[IDS.index(id_)] += 1

    assert 45 < min(times) <= max(times) < 130


def test_all_on_the_mock_a_fifth_elsewhere_and_what_the_scenario_says():
    """Nobody counts the mock's requests; a provider does."""
    run = evidence(everywhere())
    elsewhere = replace(run.target, mock=None)
    assert run.scenario.tickets is not None
    told = replace(run.scenario, tickets=replace(run.scenario.tickets, reread=0.5))

    assert share_of(run.scenario, replace(run.target, mock={})) == 1.0
    assert share_of(run.scenario, elsewhere) == 0.2
    assert share_of(told, elsewhere) == share_of(told, replace(run.target, mock={})) == 0.5


CONTRACT: Sla = sla(objective("wrong_tickets", 0.0, 0.0))


def evidence(stores: list[StoredTicket], **more) -> FakeEvidence:
    return FakeEvidence(
        scenario=scenario(phase(), tickets=TicketTraffic(600.0, {"P3": 1.0})),
        phase_runs=[phase_run()],
        contacts=WRITTEN,
        stores=stores,
        stores_read=SITES,
        **more,
    )


def verdict(run: FakeEvidence):
    told = judge(run, CONTRACT, about="")
    (result,) = (each for each in told.results if each.kpi == "wrong_tickets")
    return told, result


def test_a_wrong_ticket_fails_the_objective_and_the_run():
    """With its id, so that the provider can look it up."""
    told, result = verdict(evidence(everywhere(t3=Content(subject="Rebate 3"))))

    assert (result.status, result.value, result.n, result.ids) == (Status.FAIL, 1.0, 20, ("t3",))
    assert told.decision is Decision.NO_GO


def test_none_wrong_passes_with_how_many_were_read():
    """All twenty."""
    _, result = verdict(evidence(everywhere()))

    assert (result.status, result.value, result.n) == (Status.PASS, 0.0, 20)


def test_where_nothing_tells_what_a_ticket_says_nothing_is_decided():
    """No data is never a pass."""
    _, result = verdict(evidence(silent()))

    assert (result.status, result.value) == (Status.INCONCLUSIVE, None)
    assert "could be read again" in result.note


@pytest.mark.parametrize(
    ("first", "status"),
    [
        (content_of(WRITTEN[0]), Status.INCONCLUSIVE),
        (Content(subject="Rebate 0"), Status.FAIL),
    ],
)
def test_a_sample_that_could_not_be_read_proves_nothing_right(first: Content, status: Status):
    """One of twenty was read: what is wrong in it is wrong, what is right says nothing of others.

    Whoever hides a damaged store behind errors must not pass by what is left.
    """
    rereads = [Reread("t0", first), *(Reread(each.id, None) for each in WRITTEN[1:])]
    _, result = verdict(evidence(silent(), read_again=rereads))

    assert (result.status, result.n) == (status, 1)
    assert ("19 of the sample" in result.note) is (status is Status.INCONCLUSIVE)


def test_a_sample_decides_too():
    """It was asked for, and its size stands beside it."""
    told, result = verdict(evidence(silent(), read_again=[Reread("t1", content_of(WRITTEN[1]))]))

    assert (result.status, result.n) == (Status.PASS, 1)
    assert told.audit is not None
    assert told.audit.sampled is not None
