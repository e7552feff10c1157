"""``report.html``: one file that a stranger can read offline, on screen and on paper.

Everything that came from a target, a scenario or an SLA is hostile text: the template escapes it,
``visible`` spells out what would reorder it, and the script gets it as JSON with ``<`` escaped.
Should markup get in all the same, no script of it runs: the page names its own by their hashes.
"""

import base64
import hashlib
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.model.finding import Severity
from harness.model.units import format_duration, format_share
from harness.model.verdict import Verdict
from harness.record.run_record import RunRecord
from harness.verdict.self_check import limits
from harness.verdict.sentence import finding
from harness.verdict.words import alarm_text, in_both_times
from reports import words
from reports.baseline import standards
from reports.callers import WORDS, calls_by_phase, causes
from reports.capacity import knee_of
from reports.charts import charts_of, picture
from reports.issue_log import findings_of_run, none_found
from reports.review import drawing, phrases
from reports.sections import (
    concerns,
    concerns_text,
    definitions,
    ending_text,
    fault_stories,
    gravity,
    inventory,
    ladder,
    load_text,
    not_run,
    not_tested,
    rejudged_text,
    results_by_phase,
    staffed_by_text,
    who_was_hurt,
)
from reports.standing import OPEN_MEANS, is_open, tallies

_FOOTER = 90
"""So many characters fit at the foot of a page, beside its number."""
_TEMPLATES = Path(__file__).parent / "templates"
MOST_IDS = 500
"""So many ids of one kind stand in the page; all of them are in result.json."""

MOST_ON_PAPER = 60
"""So many of them are printed."""

MOST_FINDINGS = 200
"""So many findings stand in the page; all of them are in findings.csv."""


MOST_RESULTS = 1000
"""So many results of one phase stand in the page, the worst; all of them are in result.json."""

MOST_SAID = 20
"""So many doubts, and so many notes, stand above everything else."""


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return the report as one HTML document; the same record and verdict give the same bytes."""
    charts, phases, faults = charts_of(record, verdict.sla), record.phases(), record.faults()
    stories = fault_stories(record, verdict)
    scripts = _scripts(charts=bool(charts))
    library = _library() if charts else None
    template = environment().get_template("report.html.j2")
    return template.render(
        verdict=verdict,
        knee=knee_of(verdict.capacity),
        facts=record.facts,
        scenario=record.scenario,
        sla=verdict.sla,
        target=record.target,
        ending=record.ending,
        ending_text=ending_text(record),
        not_run=not_run(record),
        own_sla=record.sla,
        rejudged=rejudged_text(record, verdict),
        health=record.health,
        staffed_by=staffed_by_text(record),
        staff=record.staff(),
        calls=(calls := calls_by_phase(record)),
        causes=causes(calls),
        cause_words=WORDS,
        deliveries=record.deliveries(),
        wall=record.wall,
        limit=limits(record.scenario.generator, verdict.sla),
        events=record.events(),
        phases=phases,
        groups=(groups := results_by_phase(record, verdict)),
        concerns=(rows := concerns(groups, most_rows=MOST_RESULTS)),
        concerns_text=concerns_text(rows),
        finding=finding,
        kpis=definitions(verdict),
        tally=words.tallied(tallies(verdict)),
        open_means=OPEN_MEANS,
        any_open=any(map(is_open, verdict.results)),
        is_open=is_open,
        gravity=gravity,
        stories=stories,
        alarm_text=alarm_text,
        findings=findings_of_run(record, verdict),
        none_found=none_found(record, verdict),
        most_findings=MOST_FINDINGS,
        most_results=MOST_RESULTS,
        most_said=MOST_SAID,
        severities=list(Severity),
        signers=_signers(record, verdict),
        hurt=who_was_hurt(record, stories),
        lines=inventory(record),
        standards=standards(record, verdict),
        phrases=phrases,
        drawing=drawing.drawing,
        trend_width=drawing.WIDTH,
        trend_height=drawing.HEIGHT,
        rungs=ladder(record),
        gaps=not_tested(record, verdict),
        charts=charts,
        picture=_script_json(picture(charts, phases, faults)),
        footer=_css_text(f"{verdict.text} · {record.facts.run}"),
        scripts=scripts,
        library=library,
        policy=_policy([*scripts, library] if library else scripts),
        words=words,
        most_ids=MOST_IDS,
        most_on_paper=MOST_ON_PAPER,
    )


@cache
def environment() -> Environment:
    """Return what renders: made once, for it compiles every template."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_spelled_out,
    )
    environment.filters.update(
        both=in_both_times,
        duration=words.duration,
        length=len,
        load=load_text,
        plain_duration=format_duration,
        share=format_share,
        unbroken=_unbroken,
    )
    return environment


def _unbroken(text: str) -> str:
    """Return *text* with its percentages kept on one line."""
    return text.replace(" %", "\u00a0%")


def _spelled_out(value: Any) -> Any:
    """Return strings with control characters shown; markup of our own stays as it is."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return words.visible(value)
    return value


def _script_json(value: object) -> Markup:
    """Return *value* as JSON that can stand between script tags: no ``<``, ``>`` or ``&``."""
    text = json.dumps(value, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    # S704: not a character is left that HTML would obey.
    return Markup(text)  # noqa: S704


def _css_text(text: str) -> Markup:
    """Return *text* as it can stand between quotes in a style sheet; a long one is cut."""
    text = words.cut(words.visible(text), _FOOTER)
    escaped = (c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in text)
    # S704: letters, digits, backslashes and blanks end neither a string nor a style sheet.
    return Markup("".join(escaped))  # noqa: S704


@cache
def _scripts(*, charts: bool) -> tuple[Markup, ...]:
    """Return the page's scripts in the order in which they run; with those of *charts*."""
    names = ("folds.js", "tables.js", *(("timeline.js",) if charts else ()))
    # S704: our own text and the library's, nothing from outside.
    return tuple(
        Markup((_TEMPLATES / name).read_text(encoding="utf-8"))  # noqa: S704
        for name in names
    )


@cache
def _library() -> Markup:
    """Return what draws the charts: text that the page runs once the first of them comes near."""
    # Imported here: it takes longer than all the rest of this package together.
    from plotly.offline import get_plotlyjs

    return Markup(get_plotlyjs())  # noqa: S704


def _policy(scripts: Sequence[str]) -> Markup:
    """Return the content-security policy: *scripts* run and no others, nothing is fetched."""
    digests = [hashlib.sha256(script.encode()).digest() for script in scripts]
    hashes = " ".join(f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    # S704: our own text and base64.
    return Markup(  # noqa: S704
        f"default-src 'none'; style-src 'unsafe-inline'; script-src {hashes}; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _signers(record: RunRecord, verdict: Verdict) -> list[str]:
    """Return the roles that are asked to sign: who rehearsed, and each owner of an objective."""
    roles = [record.scenario.owner.name, *(each.owner.name for each in verdict.sla.objectives)]
    return list(dict.fromkeys(roles))
