"""``report.html``: one file that a stranger can read offline, on screen and on paper.

Everything that came from a target, a scenario or an SLA is hostile text: the template escapes it,
``visible`` spells out what would reorder it, and the script gets it as JSON with ``<`` escaped.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from harness.model.units import format_duration, format_share
from harness.model.verdict import Verdict
from harness.record.run_record import RunRecord
from harness.verdict.self_check import limits
from harness.verdict.words import alarm_text, in_both_times
from reports import words
from reports.callers import WORDS, calls_by_phase, causes
from reports.charts import charts_of, picture
from reports.issue_log import findings_of_run
from reports.sections import (
    definitions,
    ending_text,
    fault_stories,
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

_TEMPLATES = Path(__file__).parent / "templates"
MOST_IDS = 500
"""So many ids of one kind stand in the page; all of them are in result.json."""


MOST_FINDINGS = 200
"""So many findings stand in the page; all of them are in findings.csv."""


def render(record: RunRecord, verdict: Verdict) -> str:
    """Return the report as one HTML document; the same record and verdict give the same bytes."""
    charts, phases, faults = charts_of(record, verdict.sla), record.phases(), record.faults()
    stories = fault_stories(record, verdict)
    template = environment().get_template("report.html.j2")
    return template.render(
        verdict=verdict,
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
        epoch=record.epoch,
        limit=limits(record.scenario.generator, verdict.sla),
        events=record.events(),
        phases=phases,
        groups=results_by_phase(record, verdict),
        kpis=definitions(verdict),
        tally=words.tallied(tallies(verdict)),
        open_means=OPEN_MEANS,
        any_open=any(map(is_open, verdict.results)),
        is_open=is_open,
        stories=stories,
        alarm_text=alarm_text,
        findings=findings_of_run(record, verdict),
        most_findings=MOST_FINDINGS,
        signers=_signers(record, verdict),
        hurt=who_was_hurt(record, stories),
        lines=inventory(record),
        rungs=ladder(record),
        gaps=not_tested(record, verdict),
        charts=charts,
        picture=_script_json(picture(charts, phases, faults)),
        plotly=_plotly_js() if charts else "",
        words=words,
        most_ids=MOST_IDS,
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


def _plotly_js() -> Markup:
    # Imported here: it takes longer than all the rest of this package together.
    from plotly.offline import get_plotlyjs

    # S704: the library's own text, nothing from outside.
    return Markup(get_plotlyjs())  # noqa: S704


def _signers(record: RunRecord, verdict: Verdict) -> list[str]:
    """Return the roles that are asked to sign: who rehearsed, and each owner of an objective."""
    roles = [record.scenario.owner.name, *(each.owner.name for each in verdict.sla.objectives)]
    return list(dict.fromkeys(roles))
