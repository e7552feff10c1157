"""The service review as people and programs read it."""

import json
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from playwright.sync_api import Page as Shown

from harness.cli.folding import folded
from harness.model.finding import findings_of
from harness.model.history import RehearsedFault, RunSummary
from harness.model.review import Review
from harness.model.verdict import Status
from harness.record.review import review
from reports.review import as_json, drawing, files, mail, page, text
from tests.record.made_up_month import NOVEMBER, OPERATIONS, a_month, night, seen, what_happened
from tests.record.test_decision import decided
from tests.reports.made_up_run import HOSTILE
from tests.reports.test_report_accessible import unfold, violations
from tests.reports.test_report_html import Page


@pytest.fixture
def month() -> Review:
    """Return a November that got worse, with an issue log and a decision."""
    return review(
        a_month(falling=0.005),
        findings_of(what_happened()),
        NOVEMBER,
        nightly=("soak",),
        release=decided(),
    )


@pytest.fixture
def hostile() -> Review:
    """Return a review whose every text means us harm."""
    fault = RehearsedFault(HOSTILE, HOSTILE, proven=True, healed=True, recovered_s=1.0)
    owned = replace(OPERATIONS, name=HOSTILE)
    runs = [
        replace(
            each,
            run=f"{HOSTILE}{number}",
            scenario=HOSTILE,
            faults=(fault,),
            objectives=tuple(
                replace(o, name=f"{HOSTILE}{o.name}", phase=HOSTILE, owner=HOSTILE)
                for o in each.objectives
            ),
        )
        for number, each in enumerate(a_month()[3:])
    ]
    title = HOSTILE.encode("utf-8", "backslashreplace").decode()  # as a run's verdict tells it
    finding = seen(title, NOVEMBER.first, scenario=title, evidence=title, owner=owned)
    return review(runs, findings_of([finding]), NOVEMBER, nightly=(HOSTILE,))


def test_the_terminal_says_it_a_line_for_each_and_ends_with_the_headline(month: Review):
    """What got worse stands there, what was well is a number."""
    told = text.render(month)

    assert max(map(len, folded(told, 80).splitlines())) <= 80
    assert "✗ service_level[billing] in night of soak" in told
    assert "asked by now ≥ 85.5 %" in told
    assert "trunk_loss south: not in this period; last on 2026-10-19" in told
    assert "critical: dropped in night of soak, 51 days old" in told
    assert "28 runs with a verdict: 23 GO, 5 NO-GO, 0 INCONCLUSIVE." in told.splitlines()[-1]
    assert "soak was not run on 2 of 30 days (2026-11-08, 2026-11-21)." in told.splitlines()[-1]


def test_few_runs_are_said_to_be_few(month: Review):
    """Three figures in a row are no trend, and nobody may read one into them."""
    few = review([night(NOVEMBER.first)], {}, NOVEMBER)

    assert "too few for a trend" in text.render(few)
    assert "TOO FEW RUNS" in page.render(few)
    assert "1 alike, a trend needs 8" in mail.render(few)
    assert "too few" not in text.render(month)


@pytest.mark.parametrize(("met", "waived"), [(0, 12), (9, 3)])
def test_what_was_waived_is_not_hidden_among_what_was_met(met: int, waived: int):
    """Somebody answers for those nights, and whoever meets once a month asks until when."""
    days = [NOVEMBER.first + timedelta(days=n) for n in range(met + waived)]
    nights = [
        night(day, value=0.9) if n < met else with_waiver(night(day, value=0.6))
        for n, day in enumerate(days)
    ]
    found = review(nights, {}, NOVEMBER)

    kept = f"{met} of {met + waived}, {waived} waived"
    assert f"runs that met it: {kept};" in text.render(found)
    assert f" {kept} " in mail.render(found)
    assert f">{kept}<" in page.render(found).replace("<strong>", "").replace("</strong>", "")
    assert "1 more: met in every run" in text.render(found)


def test_a_night_that_had_to_decide_and_did_not_is_no_night_that_met_it():
    """Nine passes beside three that were undecided read "met in every run that had to decide"."""
    nights = [night(NOVEMBER.first + timedelta(days=n)) for n in range(12)]
    undecided = [
        replace(
            each,
            decision="INCONCLUSIVE",
            objectives=tuple(replace(o, status=Status.INCONCLUSIVE) for o in each.objectives[:1]),
        )
        for each in nights[9:]
    ]
    found = review([*nights[:9], *undecided], {}, NOVEMBER)

    assert "runs that met it: 9 of 12, 3 undecided;" in text.render(found)


def with_waiver(failed: RunSummary) -> RunSummary:
    """Return the run *failed* with what failed in it waived."""
    objectives = tuple(
        replace(each, status=Status.WAIVED) if each.status is Status.FAIL else each
        for each in failed.objectives
    )
    return replace(failed, decision="GO", objectives=objectives, waived=1)


def test_a_month_in_which_nothing_ran_says_so():
    """And shows no figure of another month as one of this."""
    from datetime import date

    from harness.model.review import Period

    empty = review(a_month(), {}, Period(date(2027, 1, 1), date(2027, 1, 31)))

    assert "Nothing was run in this period." in text.render(empty)
    assert "Nothing was measured in this period." in page.render(empty)
    assert json.loads(as_json.render(empty))["trends"] == []


def test_the_page_is_whole_and_asks_for_nothing(month: Review):
    """It has no script: a mail program shows it, and a printer."""
    found = page.render(month)
    read = Page(found)

    assert "script" not in read.tags
    assert "default-src 'none'" in found
    assert {link for link in read.links if not link.startswith("#")} == {"data:,"}
    assert {link[1:] for link in read.links if link.startswith("#")} <= set(read.ids)
    assert len(read.ids) == len(set(read.ids))


def test_every_drawing_has_its_table_and_one_mark_a_run(month: Review):
    """What cannot be seen can be read."""
    found = page.render(month)
    figures = re.findall(r"<figure.*?</figure>", found, re.DOTALL)

    assert len(figures) == 2
    for figure in figures:
        drawn = ET.fromstring(re.search(r"<svg.*?</svg>", figure, re.DOTALL)[0])
        marks = [each for each in drawn if each.tag == "g"]
        rows = figure.count('<tr><th scope="row">')
        assert len(marks) == rows == 28


def test_marks_stand_where_their_values_are(month: Review):
    """A worse run is drawn lower, a later one further right, and all within the frame."""
    trend = month.trends[0]
    drawn = drawing.drawing(trend, month.period)
    by_value = sorted(zip(trend.points, drawn.dots, strict=True), key=lambda pair: pair[0].value)

    assert [dot.x for dot in drawn.dots] == sorted(dot.x for dot in drawn.dots)
    assert [dot.y for _, dot in by_value] == sorted((dot.y for _, dot in by_value), reverse=True)
    assert all(drawn.top <= dot.y <= drawn.floor for dot in drawn.dots)
    assert all(drawn.left <= dot.x <= drawn.right for dot in drawn.dots)
    assert 3 <= len(drawn.heights) <= 6


def test_a_figure_that_never_moved_can_be_drawn():
    """A goal of none lost, kept every night: value and goal are both zero."""
    nights = [night(NOVEMBER.first)] * 2
    flat = [
        replace(
            each,
            run=str(n),
            started_wall=each.started_wall + n,
            objectives=tuple(
                replace(o, value=0.0, goal=0.0, low=None, high=None) for o in each.objectives[:1]
            ),
        )
        for n, each in enumerate(nights)
    ]
    (trend,) = review(flat, {}, NOVEMBER).trends

    assert len(drawing.drawing(trend, NOVEMBER).heights) >= 2


def test_json_says_what_was_measured_and_null_where_nothing_was(month: Review):
    """For whoever makes a page of their own."""
    told = json.loads(as_json.render(month))
    level = next(each for each in told["trends"] if each["name"] == "service_level[billing]")

    assert told["version"] == 1
    assert told["period"] == {"first": "2026-11-01", "last": "2026-11-30"}
    assert (level["moved"], level["before"], len(level["points"])) == ("worse", None, 28)
    assert told["decision"]["answer"] == "GO"
    assert told["findings"]["still_open"][0]["age_days"] == 51
    documented = as_json.__doc__ or ""
    assert all(re.search(rf"\b{name}\b", documented) for name in told)
    parts = [told[part][0] for part in ("counted", "nights", "trends", "intervals", "rehearsed")]
    parts += [level["points"][0], told["aged"][0], told["stands"][0]]
    for name in {name for part in parts for name in part}:
        assert re.search(rf"\b{name}\b", documented), name


def test_hostile_names_break_no_format(hostile: Review):
    """The service review goes to senior management, and so does its script tag."""
    found = page.render(hostile)

    assert "script" not in Page(found).tags
    assert "\u202e" not in found + mail.render(hostile) + text.render(hostile)
    assert "</script>" not in found
    assert "\n# x" not in mail.render(hostile)
    assert json.loads(as_json.render(hostile))


def test_a_mail_stays_small_whatever_the_month_was():
    """GitHub drops a step summary of more than a megabyte as a whole."""
    objectives = tuple(
        replace(night(NOVEMBER.first).objectives[0], name=f"service_level[q{n}]", scope=f"q{n}")
        for n in range(2000)
    )
    runs = [replace(each, objectives=objectives) for each in a_month()[-3:]]
    found = review(runs, {}, NOVEMBER)

    shown = page.render(found)

    assert len(mail.render(found)) < 100_000
    assert shown.count("<figure") == page.MOST_DRAWN
    assert "1940 more are in the table" in shown


def test_the_same_review_gives_the_same_bytes(month: Review, tmp_path: Path):
    """It can be made again, and compared."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    files.write(month, tmp_path / "a")
    files.write(month, tmp_path / "b")
    names = sorted(each.name for each in (tmp_path / "a").iterdir())

    assert names == ["review.html", "review.json", "review.md"]
    for name in names:
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, pytest.param(400, marks=pytest.mark.nightly)])
def test_axe_finds_nothing_serious_in_light_or_dark(
    page: Shown, noise: list[str], month: Review, width: int, tmp_path: Path
):
    """Senior management reads with a screen reader, too, and at night."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(files.write(month, tmp_path).as_uri())
    unfold(page)

    assert violations(page) == []
    page.emulate_media(color_scheme="dark")
    assert violations(page, "color-contrast") == []
    assert noise == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [pytest.param(1280, marks=pytest.mark.nightly), 400])
@pytest.mark.parametrize("which", ["month", "hostile"])
def test_it_opens_in_silence_and_is_no_wider_than_its_window(
    page: Shown,
    noise: list[str],
    which: str,
    width: int,
    request: pytest.FixtureRequest,
    tmp_path: Path,
):
    """No console error, no request, nothing to scroll sideways for."""
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(files.write(request.getfixturevalue(which), tmp_path).as_uri())

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert noise == []
