"""What is news of a night: what failed anew, fails still, is mended; and nights that say nothing."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.model.event import Ending
from harness.model.finding import Happening, Severity, Sighting, What, finding_id, findings_of
from harness.model.history import EXPLORED, JudgedObjective, RehearsedFault, RunSummary
from harness.model.news import Kind, News, Standing
from harness.model.scenario import Owner, PhaseKind
from harness.model.sla import Direction, Unit
from harness.model.verdict import Status
from harness.record.news import news_of
from tests.record.test_decision import run

OWNER = Owner("Service Transition", "transition@client.example")
TITLE = "asa in days"
DAY_S = 86_400.0
FAIL, PASS, OPEN, WAIVED = Status.FAIL, Status.PASS, Status.INCONCLUSIVE, Status.WAIVED


def asa(status: Status, view: str = "callers") -> JudgedObjective:
    """Return the speed of answer in the soak, judged so."""
    return JudgedObjective(
        "asa", "asa", "", view, "days", PhaseKind.SOAK, status, 40.0, 38.0, 42.0, 900, 28.0,
        Unit.SECONDS, Direction.LESS, "Provider Lead", must_pass=True, decisive=True,
    )  # fmt: skip


def night(number: int, *statuses: Status, **changes: object) -> RunSummary:
    """Return the soak of one night, of which the speed of answer was judged by these views."""
    views = zip(statuses, ("callers", "provider"), strict=False)
    decision = {FAIL: "NO-GO", OPEN: "INCONCLUSIVE"}.get(next(iter(statuses), PASS), "GO")
    found = replace(
        run("soak"),
        run=f"night-{number}",
        started_wall=number * DAY_S,
        decision=decision,
        objectives=tuple(asa(status, view) for status, view in views),
    )
    return replace(found, **changes)


def told(nights: Sequence[RunSummary], findings: Sequence[Happening] = ()) -> News | None:
    """Return what is news of the last of *nights*."""
    return news_of(nights[-1].run, nights, findings_of(findings), owner=OWNER)


@pytest.mark.parametrize(
    ("statuses", "standing", "times"),
    [
        ([FAIL], Standing.NEW, 1),
        ([PASS, FAIL], Standing.NEW, 1),
        ([FAIL, FAIL, FAIL], Standing.STILL, 3),
        ([FAIL, OPEN, FAIL], Standing.STILL, 2),
        ([FAIL, PASS, FAIL], Standing.BACK, 1),
        ([FAIL, FAIL, PASS], Standing.FIXED, 2),
        ([FAIL, OPEN, PASS], Standing.FIXED, 1),
        ([FAIL, OPEN], Standing.UNDECIDED, 1),
        ([FAIL, FAIL, OPEN, OPEN], Standing.UNDECIDED, 2),
        ([FAIL, WAIVED, FAIL], Standing.STILL, 2),
    ],
)
def test_an_objective_stands_as_the_nights_before_have_it(
    statuses: list[Status], standing: Standing, times: int
):
    """New, back, still, fixed: and a night that could not decide neither mends nor breaks."""
    news = told([night(number, status) for number, status in enumerate(statuses)])

    assert news is not None
    assert [(each.title, each.standing, each.times) for each in news.items] == [
        (TITLE, standing, times)
    ]


@pytest.mark.parametrize(
    "statuses",
    [
        [PASS],
        [OPEN],
        [PASS, OPEN],
        [FAIL, PASS, PASS],
        [FAIL, PASS, OPEN],
        [FAIL, WAIVED],
        [WAIVED],
    ],
)
def test_what_is_well_or_was_told_already_is_no_news(statuses: list[Status]):
    """A channel that says something every night is muted."""
    news = told([night(number, status) for number, status in enumerate(statuses)])

    assert news is not None
    assert not news


def test_an_objective_that_fails_by_one_view_fails():
    """The provider's own figure does not mend what callers went through."""
    news = told([night(1, FAIL, PASS), night(2, PASS, FAIL), night(3, PASS, OPEN)])

    assert news is not None
    assert [(each.standing, each.times) for each in news.items] == [(Standing.UNDECIDED, 2)]


def test_what_a_run_did_not_get_to_is_not_mended():
    """A soak that broke off in its first hour says nothing of the last."""
    nights = [night(1, FAIL), night(2, ending=Ending.BROKEN, decision="INCONCLUSIVE")]
    whole = [night(1, FAIL), night(2, decision="GO")]
    news = told(nights)

    assert news is not None
    assert [(each.standing, each.judged) for each in news.items] == [(Standing.UNDECIDED, None)]
    assert [each.kind for each in news.remarks] == [Kind.ENDED_EARLY]
    assert not told(whole), "what the contract no longer asks for is not told for ever"


def test_who_owns_it_and_since_when_is_the_issue_logs_word():
    """Somebody may have handed it on; the first sighting may be older than these summaries."""
    sighting = Sighting("soak", TITLE, Severity.CRITICAL, "asa 40 s > 28 s", OWNER)
    handed_on = Owner("Voice Platform Lead", "voice@client.example")
    log = [
        Happening(sighting.id, What.SEEN, 1.0, run="long-ago", sighting=sighting),
        Happening(sighting.id, What.SET, 2.0, by="x", owner=handed_on),
    ]
    news, without = told([night(1, FAIL)], log), told([night(1, FAIL)])

    assert news is not None
    assert without is not None
    (item,), (other,) = news.items, without.items
    assert (item.owner, item.first_run, item.first_at) == (handed_on, "long-ago", 1.0)
    assert (other.owner, other.first_run) == (Owner("Provider Lead", ""), "night-1")
    assert item.finding == finding_id("soak", TITLE) == sighting.id


@pytest.mark.parametrize(
    ("decisions", "kinds"),
    [
        ("GO I I", []),
        ("GO I I I", [Kind.UNDECIDED]),
        ("I I I I", [Kind.UNDECIDED]),
        ("I I I GO", [Kind.DECIDED_AGAIN]),
        ("I I GO", []),
        ("I GO I I", []),
    ],
)
def test_three_nights_that_decide_nothing_are_news_and_so_is_the_end_of_it(
    decisions: str, kinds: list[Kind]
):
    """One may be a busy machine; the third means that nobody knows how the service is."""
    words = {"I": "INCONCLUSIVE"}
    nights = [
        night(number, PASS, decision=words.get(word, word))
        for number, word in enumerate(decisions.split())
    ]
    news = told(nights)

    assert news is not None
    assert [each.kind for each in news.remarks] == kinds
    if kinds == [Kind.UNDECIDED]:
        assert f"{decisions.count('I')} times in a row" in news.remarks[0].text


def test_a_fault_that_was_left_and_a_run_that_was_cut_off_are_told_at_once():
    """Somebody has to mend what we could not."""
    left = RehearsedFault("site_down", "north", proven=True, healed=False)
    news = told([night(1, PASS, faults=(left,), ending=Ending.INTERRUPTED)])

    assert news is not None
    assert [each.kind for each in news.remarks] == [Kind.ENDED_EARLY, Kind.NOT_HEALED]
    assert "site_down north" in news.remarks[1].text


def test_other_scenarios_control_runs_and_exploring_neither_tell_nor_count():
    """They say nothing of the service of this scenario."""
    other = night(2, PASS, scenario="smoke")
    control = night(3, PASS, control=True)
    explored = night(4, PASS, decision=EXPLORED)
    news = told([night(1, FAIL), other, control, explored, night(5, FAIL)])

    assert news is not None
    assert [(each.standing, each.times) for each in news.items] == [(Standing.STILL, 2)]
    assert told([night(1, FAIL), control]) is None
    assert told([explored]) is None
    assert news_of("unknown", [night(1, FAIL)], {}, owner=OWNER) is None


@given(st.lists(st.sampled_from([FAIL, PASS, OPEN]), min_size=1, max_size=8))
def test_a_failure_is_told_every_night_until_it_is_told_that_it_is_fixed(statuses: list[Status]):
    """So that silence always means that all is well, as far as anybody knows."""
    nights = [night(number, status) for number, status in enumerate(statuses)]
    pending = False
    for number, status in enumerate(statuses, 1):
        news = told(nights[:number])
        assert news is not None
        standing = [each.standing for each in news.items]

        assert bool(standing) == (pending or status is FAIL)
        assert (Standing.FIXED in standing) == (pending and status is PASS)
        pending = status is FAIL or (pending and status is OPEN)
