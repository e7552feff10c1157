"""``report.html`` as text: what stands in it, in which order, and what cannot."""

import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from markupsafe import escape

from harness.model.alarm import AlarmRun
from harness.model.event import Ending, PhaseRun
from harness.model.scenario import Load, PhaseKind
from harness.model.verdict import Status, Verdict
from harness.record.run_record import RunRecord
from reports import html
from reports.issue_log import findings_of_run
from reports.words import clock
from tests.reports.conftest import MakeRecord
from tests.reports.made_up_run import (
    FACTS,
    FAULT,
    PHASES,
    SCENARIO,
    SLA,
    TARGET,
    fill,
    fill_empty,
)
from tests.reports.made_up_verdicts import Run, go, inconclusive, left_open, no_go, objective

NOTHING_WRONG = "None: nothing failed, nothing had to be left open, nothing was in doubt."


class Page(HTMLParser):
    """The tags, ids and visible text of a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag, its id, and what it would load."""
        self.tags.append(tag)
        for name, value in attrs:
            if name == "id" and value:
                self.ids.append(value)
            if name in ("src", "href") and value:
                self.links.append(value)


@cache
def page(run: Run) -> str:
    """Return a run's report without the charts' library, which is 4.8 MB of it."""
    text = html.render(run.record, run.verdict)
    return re.sub(r"<script>/\*\*\s+\* plotly.js.*?</script>", "", text, flags=re.DOTALL)


def objectives(text: str) -> str:
    """Return the section of the objectives of a page."""
    return text[text.index('<section id="objectives"') : text.index('<section id="timeline"')]


def folds(run: Run) -> dict[str, str]:
    """Return how the objectives of each phase stand when the page opens."""
    heads = r'data-fold="(\w+)">\s*<tr class="group">.*?<bdi>([\w-]+)</bdi>'
    return {phase: fold for fold, phase in re.findall(heads, page(run))}


def test_the_verdict_comes_first_and_the_sections_in_their_order(no_go_run: Run) -> None:
    """Whoever reads one line has read the answer."""
    text = page(no_go_run)
    parts = [
        '<h1 class="verdict no-go">',
        "service_level[billing] 41.3 % (37–46) &lt; 60 % in site-loss",
        "The run stopped at a gate",
        'id="objectives"',
        'id="timeline"',
        'id="faults"',
        'id="inventory"',
        'id="ladder"',
        'id="generator"',
        'id="not-tested"',
        'id="log"',
        'id="provenance"',
    ]
    places = [text.index(part) for part in parts]

    assert places == sorted(places)


def test_nothing_from_outside_becomes_markup(hostile_run: Run) -> None:
    """A scenario's name, a site, an id: one unescaped is a script in the go/no-go meeting."""
    tags = Page(html.render(hostile_run.record, hostile_run.verdict)).tags

    # Our own <b> is the verdict's mark; every hostile name would bring another.
    assert tags.count("b") == 1
    assert tags.count("script") == 5  # the picture's numbers, the library, and three of our own


def test_no_control_character_and_no_direction_mark_is_left(hostile_run: Run) -> None:
    """A right-to-left mark can make a failed row read as passed."""
    assert not set(page(hostile_run)) & set("\x00\x1b\u202e\u2066\ud800")


def test_the_page_asks_for_nothing_but_itself(run: Run) -> None:
    """It is read offline, from a mail's attachment, behind a firewall."""
    links = Page(page(run)).links

    assert all(link.startswith("#") or link == "data:," for link in links)
    assert "default-src 'none'" in page(run)


def test_links_within_the_page_lead_somewhere(run: Run) -> None:
    """The way by keyboard is the skip link and the list of sections."""
    found = Page(page(run))

    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    assert len(found.ids) == len(set(found.ids))


def test_the_charts_library_is_in_the_page_once_or_not_at_all(no_go_run: Run, run: Run) -> None:
    """Twice would be ten megabytes; and a run without charts needs none."""
    text = html.render(run.record, run.verdict)

    assert html.render(no_go_run.record, no_go_run.verdict).count("* plotly.js v") == 1
    assert text.count("* plotly.js v") == ('id="timeline"' in text)


def test_none_lost_is_printed_with_its_upper_bound(no_go_run: Run) -> None:
    """ "None lost" is a statement about 447 tickets, and not about the next million."""
    assert "fewer than 0.67 % are lost" in page(no_go_run)


def test_what_an_audit_could_not_see_is_a_dash_and_no_zero(no_go_run: Run) -> None:
    """The listing counts no updates and nothing was read again: the verdict leaves that open."""
    told = page(no_go_run)
    audit = no_go_run.verdict.audit
    assert audit is not None
    counted = Run(
        no_go_run.record,
        replace(
            no_go_run.verdict,
            audit=replace(audit, updates=3, compared=9, lost_updates=("t000009",)),
        ),
    )

    def shown(text: str) -> list[str]:
        rows = ("Lost updates", "Wrong", "Duplicated updates", "Divergent")
        cell = '<tr><th scope="row">{}</th><td class="number">(.+?)</td>'
        return [re.findall(cell.format(row), text)[0] for row in rows]

    assert shown(told) == ["–", "–", "–", "0"]
    assert shown(page(counted)) == ["1", "0", "0", "0"]


def test_how_sure_a_clock_is_has_the_unit_of_the_clock(no_go_run: Run) -> None:
    """Wall seconds behind a centre figure were a twentieth of the truth, and looked within limits."""
    assert "-240 ms (-12 ms of the clock) ± 20 ms (1 ms of the clock)" in page(no_go_run)


def test_an_unread_store_says_nothing_of_losses(run: Run) -> None:
    """Zero found in half of the stores is not zero lost."""
    text = page(run)
    unread = run.verdict.audit is not None and not run.verdict.audit.complete

    assert ("Nothing can be said of losses" in text) == unread


def test_a_mock_is_called_one_and_speed_is_called_scaled(no_go_run: Run) -> None:
    """A GO on the stand-in must not be taken for one on the provider."""
    text = page(no_go_run)

    assert "(mock only)" in text
    assert "the stand-in that ships with the harness" in text
    assert "20 centre seconds per wall second (scaled)" in text
    assert "No audio" in text
    assert "sped up 20 times" in text


def test_what_a_pilot_leaves_open_asks_for_nothing(go_run: Run) -> None:
    """Undecided where it need not be decided: no alarm, and no hours of waiting to be planned."""
    text = page(go_run)

    assert "INCONCLUSIVE" not in objectives(text)
    assert "needs 110 more" not in text.lower()
    assert text.count("it is decided where the load is highest") == 1


def test_the_objectives_begin_with_how_many_were_decided_and_where(go_run: Run) -> None:
    """One sentence, and an objective that two views tell of counts once in it."""
    text = objectives(page(go_run))

    assert (
        "5 objectives decided: 1 in pilot, 2 in peak, 1 in site-loss, 1 in the whole run; "
        "1 left open in pilot, where nothing has to be decided." in text
    )


def test_a_phase_that_decides_nothing_is_folded_unless_something_is_to_be_looked_at(
    go_run: Run,
) -> None:
    """What is folded away must never hide why the run is a NO-GO, nor a warning or a waiver."""
    assert folds(go_run) == {"pilot": "folded", "peak": "open", "site-loss": "open"}
    for status in (Status.FAIL, Status.WARN, Status.WAIVED):
        concern = left_open(status=status, value=0.4, low=0.2)
        verdict = replace(go_run.verdict, results=(*go_run.verdict.results, concern))

        assert folds(Run(go_run.record, verdict))["pilot"] == "open"


def test_what_has_to_be_looked_at_comes_before_the_table_the_gravest_first(no_go_run: Run) -> None:
    """The first phases pass, mostly: whoever has ten minutes must not have to find what did not."""
    text = objectives(page(no_go_run))
    ahead = text[: text.index("<table")]
    listed = re.findall(r'</span>(\w+)</span><span><a href="#(objective-\d+-\d+)">', ahead)

    assert "<strong>1 failed, 1 undecided, 1 warned, 1 waived;</strong>" in ahead
    assert [word for word, _ in listed] == ["FAIL", "INCONCLUSIVE", "WARN", "WAIVED"]
    assert "service_level[billing] 41.3\u00a0% (37–46) &lt; 60\u00a0% in site-loss" in ahead
    assert "needs 310 more" in ahead
    for word, id_ in listed:
        row = text[text.index(f'<tr id="{id_}"') :]

        assert f"</span>{word}</span>" in row[: row.index("</td>")]


def test_a_waiver_stands_in_the_words_of_its_contract(go_run: Run) -> None:
    """Who signs the page signs them: "PCI-DSS" in small letters is not what was approved."""
    why = "PCI-DSS audit of ACME's north site (CR-118) is due in January"
    text = f"waived by Quality Board until 2026-12-31: {why}"
    run = Run(
        go_run.record,
        replace(go_run.verdict, results=(objective(status=Status.WAIVED, waiver=text),)),
    )

    assert f"<strong>Waived by Quality Board until 2026-12-31: {escape(why)}.</strong>" in page(run)


def test_where_nothing_has_to_be_looked_at_nothing_stands_before_the_table(go_run: Run) -> None:
    """What a pilot leaves open hinders nobody, and an empty list would raise a question."""
    passed = tuple(r for r in go_run.verdict.results if r.status is not Status.WARN)
    run = Run(go_run.record, replace(go_run.verdict, results=passed))

    assert 'class="concerns"' in page(go_run)
    assert 'class="concerns"' not in page(run)
    assert "OPEN" in objectives(page(run))


def test_what_is_listed_first_is_bounded_and_the_rest_is_counted(no_go_run: Run) -> None:
    """Two hundred failures before the table would be a table of their own."""
    failed = tuple(objective(scope=f"q{n}", status=Status.FAIL, value=0.1) for n in range(200))
    run = Run(no_go_run.record, replace(no_go_run.verdict, results=failed))
    text = objectives(page(run))

    assert text[: text.index("<table")].count("<li>") == html.MOST_SAID
    assert "and 180 more in the table" in text


def test_phases_stay_in_the_order_of_the_run(go_run: Run) -> None:
    """Folding is enough: whoever follows the run finds the pilot first."""
    text = objectives(page(go_run))
    places = [text.index(f"<bdi>{phase}</bdi>") for phase in ("pilot", "peak", "site-loss")]

    assert places == sorted(places)


def test_the_warn_limit_stands_beside_the_goal_with_what_pass_means(go_run: Run) -> None:
    """0 % (0.0–1.9) against 1 % passes by the warn limit: invisible, it would look like a slip."""
    text = objectives(page(go_run))

    assert re.sub("<.*?>", "", text).count("≥ 80\u00a0%, warn to 78\u00a0%") == 4
    assert "its interval stays on the good side of the warn limit" in text


def test_a_gate_says_that_it_was_undecided_then(make_record: MakeRecord) -> None:
    """Its rows may all have passed since: tickets go on being answered after the border."""

    def fill_undecided(record: RunRecord) -> None:
        fill(record)
        record.put_phase(replace(PHASES[3], gate=Status.INCONCLUSIVE, gate_note="first_reply"))

    record = make_record(fill_undecided)

    assert "undecided when the gate had to decide: first_reply" in page(Run(record, go()))


def test_a_last_gate_that_stayed_shut_kept_no_phase_from_its_load(make_record: MakeRecord) -> None:
    """Only where later phases were really not run may the report say so."""

    def fill_to_the_end(record: RunRecord) -> None:
        fill(record)
        record.put_phase(
            PhaseRun("settle", PhaseKind.RECOVERY, Load(1, 1), 3870, 4470, 4490, Status.FAIL, "x")
        )

    text = page(Run(make_record(fill_to_the_end), no_go()))

    assert "All phases were run; the last gate stayed shut." in text
    assert "Not complete." not in text
    assert "saw no load" not in text


def test_who_was_hurt_is_named_with_queue_and_moment(no_go_run: Run) -> None:
    """A bare id helps nobody who wants to find the call in the provider's own log."""
    call = next(call for call in no_go_run.record.calls() if call.id == "c000723")
    at_s = call.due_s if call.ended_s is None else call.ended_s
    entry = f"<code>c000723</code> <bdi>{call.queue}</bdi> {clock(at_s)}</li>"

    assert entry in page(no_go_run)


@pytest.mark.parametrize(
    ("alarm", "said"),
    [
        ({"fired_wall_s": 12.4}, "CAME</span> SiteDown fired after 12.4 s"),
        ({"fired_wall_s": 40.0}, "CAME TOO LATE</span> SiteDown fired after 40.0 s"),
        ({}, "DID NOT COME</span> SiteDown did not fire"),
        ({"doubt": "it was firing before"}, "NOT KNOWN</span> SiteDown: it was firing before"),
    ],
)
def test_an_alarm_that_was_late_or_in_doubt_is_not_one_that_did_not_come(
    make_record: MakeRecord, alarm: dict[str, Any], said: str
) -> None:
    """Whoever reads that nobody was alerted looks for a fault in the rule, and there is none."""

    def filled(record: RunRecord) -> None:
        fill_empty(record)
        record.put_fault(FAULT)
        record.put_alarm(
            AlarmRun(FAULT.id, FAULT.phase, "site_down north", "SiteDown", 20.0, **alarm)
        )

    assert said in page(Run(make_record(filled), no_go()))


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("site_down", "after 48s of wall time the target, or our guardian, heals it"),
        ("external", "after 48s of wall time nobody but a person mends it"),
    ],
)
def test_no_lease_is_said_to_heal_what_only_a_person_can(
    make_record: MakeRecord, kind: str, said: str
) -> None:
    """Whoever waits for the end of the lease finds the trunks off still; the log says the same."""
    fault = replace(FAULT, kind=kind)

    def filled(record: RunRecord) -> None:
        fill_empty(record)
        record.put_fault(fault)

    at_first = replace(fault, proven_s=None, healed_from_s=None, heal_proven_s=None).told(1.0)

    assert f"<dd>{said}</dd>" in page(Run(make_record(filled), no_go()))
    assert dict(at_first.fields)["lease"] == said.replace("48s", "48 s")


@pytest.mark.parametrize(("kind", "told"), [(PhaseKind.STEADY, True), (PhaseKind.SOAK, False)])
def test_a_soak_is_asked_for_only_where_there_was_none(
    make_record: MakeRecord, kind: PhaseKind, told: bool
) -> None:
    """After twelve hours at full load it would say that nothing had been learned."""

    def filled(record: RunRecord) -> None:
        fill_empty(record)
        record.put_phase(PhaseRun("night", kind, Load(1, 1), 0.0, 43_200.0, 43_220.0))
        record.put_ending(Ending.COMPLETE)

    assert ("Nothing longer than 12h at a stretch" in page(Run(make_record(filled), go()))) == told


def test_importing_reports_does_not_import_the_charts_library() -> None:
    """The command line's ``--help`` must not wait for plotly."""
    code = "import reports, sys; sys.exit('plotly' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_each_finding_stands_in_the_report_with_its_owner_and_what_is_known(no_go_run: Run):
    """The meeting asks who looks into it, and since when it has been known."""
    whole = html.render(no_go_run.record, no_go_run.verdict)
    found = findings_of_run(no_go_run.record, no_go_run.verdict)

    assert found
    assert [each.seen.id for each in found if f"<code>{each.seen.id}</code>" not in whole] == []
    assert whole.count("<em>not said yet</em>") == len(found)


@pytest.mark.parametrize(
    ("control", "ending", "verdict", "why"),
    [
        (True, Ending.COMPLETE, no_go(), "A control run finds nothing"),
        (True, Ending.COMPLETE, go(), "A control run finds nothing"),
        (False, Ending.REFUSED, inconclusive(), "the guard did not let begin"),
        (
            False,
            Ending.INTERRUPTED,
            replace(inconclusive(), results=()),
            "no finding of an interrupted run",
        ),
        (False, Ending.COMPLETE, replace(no_go(), explored=True), "Exploring finds nothing"),
        (False, Ending.COMPLETE, go(), NOTHING_WRONG),
    ],
)
def test_that_nothing_was_wrong_is_said_only_where_nothing_was(
    make_record: MakeRecord, control: bool, ending: Ending, verdict: Verdict, why: str
):
    """A refused run, and a control that failed, said so between their failures and doubts."""

    def filled(record: RunRecord) -> None:
        record.put_plan(SCENARIO, SLA, TARGET, replace(FACTS, control=control))
        record.put_ending(ending)

    told = page(Run(make_record(filled), verdict))

    assert why in told
    assert (NOTHING_WRONG in told) == (why == NOTHING_WRONG)


def test_everybody_who_answers_for_something_is_asked_to_sign(go_run: Run):
    """The scenario's owner first, each role once."""
    whole = html.render(go_run.record, go_run.verdict)
    block = whole[whole.index('id="signatures"') :]

    assert block.index(go_run.record.scenario.owner.name) > 0
    assert block.count('<th scope="row">') == len(
        {go_run.record.scenario.owner.name, *(o.owner.name for o in go_run.verdict.sla.objectives)}
    )
