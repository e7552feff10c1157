"""What is news of a run, as it is sent to a webhook: JSON for programs, and a text for a chat.

``news.schema.json`` is its JSON Schema. Fields may be added within a version; none is renamed or
given another meaning. Shares are 0..1, times centre seconds; moments are UTC in ISO 8601.

Nothing of a contact is in it: figures, names that stand in the scenario and the SLA, and sentences
of ours. Where one of them may repeat what a target said, addresses and long numbers are taken out;
what a chat would obey is taken out everywhere.
"""

import json
import re
from collections.abc import Iterator, Mapping
from hashlib import sha256
from itertools import groupby
from typing import Any

from harness.model.history import JudgedObjective, RunSummary
from harness.model.news import Item, Kind, News, Standing
from harness.model.scenario import Owner
from harness.model.sla import Direction
from harness.model.verdict import Status
from harness.verdict.words import as_asked, plural, quantity
from reports.words import cut, timestamp, visible

VERSION = 1
_MOST_LINES = 30
_MOST_LETTERS = 300
_ORDER = list(Standing)
# What chats make links, mentions and markup of.
_OBEYED = str.maketrans({"<": "‹", ">": "›", "`": "'", "*": "'", "|": "'", "@": "(at)"})
_NUMBERS = re.compile(r"\+?\d[\d ()/-]{6,}\d")
_ADDRESSES = re.compile(r"\S+@\S+|\w+://\S+")


def message(news: News, *, ci_url: str, now: float) -> tuple[str, str]:
    """Return the message that tells *news*, as JSON in ASCII, and the key of that telling.

    *ci_url* is where the CI job can be looked at, empty without one. The same news of the same run
    has the same key; what is asked every day (*now*, epoch seconds) has another each day.
    """
    key = _key(news, now)
    whole: dict[str, Any] = {
        "schema": "cutover-rehearsal/news",
        "version": VERSION,
        "id": key,
        "text": text(news, ci_url=ci_url),
        "scenario": news.scenario,
        "run": None if news.run is None else _run(news.run),
        "remarks": [{"kind": each.kind.value, "text": each.text} for each in news.remarks],
        "owners": [
            {"name": owner.name, "contact": owner.contact, "items": [_item(each) for each in items]}
            for owner, items in _by_owner(news)
        ],
        "ci_url": ci_url or None,
    }
    return json.dumps(whole, indent=1, allow_nan=False), key


def text(news: News, *, ci_url: str = "") -> str:
    """Return *news* for a chat: the answer, and under each owner what is theirs, a line each."""
    lines = [_head(news), *(_plain(each.text) for each in news.remarks), *_lines(news)]
    if len(lines) > _MOST_LINES:
        lines = [*lines[:_MOST_LINES], f"and {len(lines) - _MOST_LINES} lines more"]
    return "\n".join([*lines, *([ci_url] if ci_url else [])])


def job_url(environment: Mapping[str, str]) -> str:
    """Return where the CI job that this is can be looked at; empty if it is none."""
    names = ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")
    server, repository, run = (environment.get(each, "") for each in names)
    url = f"{server}/{repository}/actions/runs/{run}" if server and repository and run else ""
    url = url or environment.get("CI_JOB_URL", "")
    return url if re.fullmatch(r"https?://[\w.:/%~+=&?#-]+", url) else ""


def _key(news: News, now: float) -> str:
    absent = any(each.kind is Kind.NOT_RUN for each in news.remarks)
    run = news.run
    what = [news.scenario, run.run if run else "", run.scenario_sha256 if run else ""]
    if absent:
        what.append(timestamp(now).partition("T")[0])
    return sha256("\n".join(what).encode()).hexdigest()[:32]


def _head(news: News) -> str:
    if any(each.kind is Kind.NOT_RUN for each in news.remarks):
        return f"DID NOT RUN: {_plain(news.scenario)}"
    assert news.run is not None
    about = f" ({news.run.about})" if news.run.about else ""
    return _plain(f"{news.run.decision}{about}: {news.scenario} · {news.run.run}")


def _lines(news: News) -> Iterator[str]:
    for owner, items in _by_owner(news):
        yield f"{_plain(owner.name)}:"
        for each in items:
            yield f"- {_plain(told(each))}"


def _by_owner(news: News) -> list[tuple[Owner, list[Item]]]:
    """Return the items of each owner: those first who have the most pressing one."""
    ordered = sorted(news.items, key=lambda each: (each.owner.name, each.owner.contact))
    grouped = [
        (owner, sorted(items, key=_pressing))
        for owner, items in groupby(ordered, key=lambda each: each.owner)
    ]
    return sorted(grouped, key=lambda each: (_pressing(each[1][0]), each[0].name))


def _pressing(item: Item) -> tuple[int, str, str]:
    return (_ORDER.index(item.standing), item.severity.value, item.title)


def told(item: Item) -> str:
    """Return *item* in one line: ``still, 3 times in a row: asa in soak: 40.0 s, goal 28.0 s``."""
    since = timestamp(item.first_at).partition("T")[0]
    match item.standing:
        case Standing.NEW:
            return f"new: {item.title}: {_figures(item.judged)}"
        case Standing.BACK:
            return f"back: {item.title}: {_figures(item.judged)}; first seen {since}"
        case Standing.STILL:
            how = f"still, {item.times} times in a row"
            return f"{how}: {item.title}: {_figures(item.judged)}; first seen {since}"
        case Standing.UNDECIDED:
            how = f"not decided, and failed {plural(item.times, 'time')} before"
            return f"{how}: {item.title}; first seen {since}"
        case Standing.FIXED:
            how = f"fixed, after {plural(item.times, 'time')}"
            return f"{how}: {item.title}: {_figures(item.judged)}"


def _figures(judged: JudgedObjective | None) -> str:
    if judged is None or judged.value is None:
        return "not measured"
    sign = "at least" if judged.direction is Direction.MORE else "at most"
    value = quantity(judged.value, judged.unit, beside=judged.goal)
    return f"{value}, goal {sign} {as_asked(judged.goal, judged.unit)}"


def _run(run: RunSummary) -> dict[str, Any]:
    return {
        "id": run.run,
        "started": timestamp(run.started_wall),
        "decision": run.decision,
        "about": run.about or None,
        "ending": run.ending,
        "target": run.target,
        "sla": run.sla,
        "why": _why(run),
    }


def _why(run: RunSummary) -> str:
    """Return why the run's answer is what it is. What failed, by its contacts, is said by items."""
    failed = {(each.name, each.phase) for each in run.objectives if each.status is Status.FAIL}
    if failed:
        return f"{plural(len(failed), 'objective')} failed"
    scrubbed = _NUMBERS.sub("…", _ADDRESSES.sub("…", run.sentence))
    return _plain(scrubbed)


def _item(item: Item) -> dict[str, Any]:
    judged = item.judged
    return {
        "finding": item.finding,
        "title": item.title,
        "standing": item.standing.value,
        "times": item.times,
        "severity": item.severity.value,
        "first_seen": {"run": item.first_run, "at": timestamp(item.first_at)},
        "value": judged and judged.value,
        "low": judged and judged.low,
        "high": judged and judged.high,
        "goal": judged and judged.goal,
        "unit": judged and judged.unit.value,
        "better": judged and judged.direction.value,
        "view": judged and judged.view,
        "text": _plain(told(item)),
    }


def _plain(text: str) -> str:
    """Return *text* on one line, short, and with nothing in it that a chat would obey."""
    line = cut(" ".join(visible(text).split()), _MOST_LETTERS)
    return line.translate(_OBEYED).replace("](", "] (")
