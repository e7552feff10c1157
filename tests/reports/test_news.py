"""What a webhook is told: a schema that holds, a text that a chat shows, nothing that is no business."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema_rs
import pytest

import reports
from harness.model.finding import Severity
from harness.model.news import Item, Kind, News, Remark, Standing
from harness.model.scenario import Owner
from harness.model.verdict import Status
from reports.news import job_url, message, text
from tests.record.test_news import FAIL, OPEN, OWNER, PASS, night, told
from tests.reports.made_up_run import HOSTILE
from tests.reports.test_report_files import strict

SCHEMA = json.loads((Path(reports.__file__).parent / "news.schema.json").read_text())
NOW = 1_795_000_000.0
GITHUB = {
    "GITHUB_SERVER_URL": "https://github.example",
    "GITHUB_REPOSITORY": "acme/rehearsal",
    "GITHUB_RUN_ID": "42",
}


def sent(news: News | None, *, now: float = NOW, ci_url: str = "") -> dict[str, object]:
    """Return the message of *news*, held against its schema, with no field that it does not name."""
    assert news is not None
    body, key = message(news, ci_url=ci_url, now=now)
    whole: dict[str, object] = json.loads(body)
    jsonschema_rs.validate(strict(SCHEMA), whole)
    assert whole["id"] == key
    assert body.isascii()
    return whole


ABSENT = News("soak", OWNER, None, remarks=(Remark(Kind.NOT_RUN, "soak has never been run"),))


@pytest.mark.parametrize(
    "news",
    [
        told([night(1, FAIL)]),
        told([night(1, FAIL), night(2, FAIL)]),
        told([night(1, FAIL), night(2, PASS)]),
        told([night(1, FAIL), night(2, OPEN)]),
        told([night(1, FAIL), night(2, ending="broken", decision="INCONCLUSIVE")]),
        told([night(number, OPEN) for number in range(3)]),
        told([night(1, PASS)]),
        ABSENT,
    ],
)
def test_every_message_is_as_its_schema_says(news: News | None):
    """A program reads it: within a version nothing changes its name or its meaning."""
    whole = sent(news)

    assert str(whole["text"]).splitlines()


def test_the_text_says_who_what_and_since_when():
    """It is all that a chat shows."""
    news = told([night(number, FAIL) for number in range(1, 4)])
    assert news is not None
    other = replace(news.items[0], owner=OWNER, title="abandonment in days", standing=Standing.NEW)

    assert text(replace(news, items=(*news.items, other)), ci_url="https://ci.example/7") == (
        "NO-GO: soak · night-3\n"
        "Service Transition:\n"
        "- new: abandonment in days: 40.0 s, goal at most 28.0 s\n"
        "Provider Lead:\n"
        "- still, 3 times in a row: asa in days: 40.0 s, goal at most 28.0 s;"
        " first seen 1970-01-02\n"
        "https://ci.example/7"
    )


def test_a_night_that_did_not_come_has_its_own_head_and_another_key_each_day():
    """Two days without a run are news twice; asked twice on one day it is the same."""
    first, again = sent(ABSENT), sent(ABSENT, now=NOW + 60)
    next_day = sent(ABSENT, now=NOW + 86_400)

    assert str(first["text"]).startswith("DID NOT RUN: soak\n")
    assert first["id"] == again["id"] != next_day["id"]


def test_the_same_run_has_the_same_key_and_no_other_run_has():
    """So that a message that is sent again is told from a new one."""
    news = told([night(1, FAIL)])
    other = told([night(2, FAIL)])

    assert sent(news)["id"] == sent(news, now=NOW + 86_400)["id"] != sent(other)["id"]


def test_nothing_of_a_contact_or_of_what_a_target_said_gets_out():
    """Ids stand in a failure's sentence, and a target's own words may be anything."""
    by_ids = "lost_tickets 3 > 0 in days (t000017, t000018)"
    said = "no answer from +441632960101 (jo.bloggs@customer.example, https://x.example/?token=a)"
    red = sent(told([replace(night(1, FAIL), sentence=by_ids)]))
    open_ = sent(told([replace(night(number, OPEN), sentence=said) for number in range(3)]))

    told_of = json.dumps([red, open_])
    leaks = ("t000017", "+4416", "bloggs", "token")
    assert [word for word in leaks if word in told_of] == []
    assert "no answer from" in told_of


def test_nothing_in_it_is_obeyed_by_a_chat():
    """Neither a mention of everybody nor a link that leads elsewhere, whatever a name holds."""
    mean = f"<!channel> @all [here](https://evil.example) {HOSTILE}"
    owner = Owner(mean, mean)
    item = Item("0" * 8, mean, Standing.NEW, 1, Severity.MAJOR, owner, "r", 0.0, None)
    run = replace(night(1, FAIL), run=mean, target=mean, scenario=mean)
    news = News(mean, owner, run, (item,), (Remark(Kind.ENDED_EARLY, mean),))
    shown = text(news)

    assert [each for each in ("<", "@", "](", "`", "*", "\x1b", "\u202e") if each in shown] == []
    assert len(shown.splitlines()) == 4


def test_a_text_of_any_number_of_findings_stays_one_that_a_chat_takes():
    """What is left out is counted, and all of it is in the JSON."""
    news = told([night(1, FAIL)])
    assert news is not None
    (item,) = news.items
    many = replace(news, items=tuple(replace(item, title=f"{n} " * 400) for n in range(200)))
    whole = sent(many)

    assert len(str(whole["text"])) < 12_000
    assert "lines more" in str(whole["text"])
    assert len(whole["owners"][0]["items"]) == 200  # type: ignore[index]


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, ""),
        (GITHUB, "https://github.example/acme/rehearsal/actions/runs/42"),
        (
            {"CI_JOB_URL": "https://gitlab.example/a/b/-/jobs/7"},
            "https://gitlab.example/a/b/-/jobs/7",
        ),
        ({**GITHUB, "GITHUB_RUN_ID": ""}, ""),
        ({"CI_JOB_URL": "javascript:alert(1)"}, ""),
        ({"CI_JOB_URL": "https://x.example/\n@all"}, ""),
    ],
)
def test_the_ci_job_is_linked_where_there_is_one(environment: dict[str, str], url: str):
    """The log of the night is one click away; what is no address is left out."""
    assert job_url(environment) == url


def test_a_warning_is_fixed_too():
    """What passed with a warning is no failure any more."""
    news = told([night(1, FAIL), night(2, Status.WARN)])

    assert news is not None
    assert [each.standing for each in news.items] == [Standing.FIXED]
    assert "fixed, after 1 time: asa in days" in text(news)
