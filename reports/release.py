"""The release decision as people and programs read it: text, Markdown for the meeting, JSON."""

import json
from collections.abc import Iterator
from dataclasses import asdict

from harness.model.cutover import PROOFS, Answer, Evidence, Proof, Release, Standing
from harness.verdict.words import listed
from reports import markdown
from reports.words import visible

_MARKS = {Standing.THERE: "✓", Standing.WAIVED: "–"}
_ANSWERS = {Answer.GO: "✓", Answer.WITH_CONDITIONS: "!", Answer.NO_GO: "✗"}


def as_text(release: Release) -> str:
    """Return the decision for a terminal, a line for each thing; the last is the answer and why."""
    lines: list[str] = []
    for proof in Proof:
        never = [each.scenario for each in release.of(proof) if each.never_run]
        if never:
            lines.append(f"✗ {proof}: {Standing.MISSING}: no run of {listed(never)}")
        lines += [
            f"{_mark(each)} {_name(each)}: {_how(each)}"
            for each in release.of(proof)
            if not each.never_run
        ]
    for heading, items in _parts(release):
        lines += ["", heading, *(f"  {item}" for item in items)]
    lines += ["", last_line(release)]
    return "\n".join(map(visible, lines))


def last_line(release: Release) -> str:
    """Return the answer in one line: ``NO-GO billing, go-live 2027-03-01: soak is stale``."""
    cutover = release.cutover
    why = release.reasons or release.conditions
    more = f"; and {len(why) - 1} more" if len(why) > 1 else ""
    because = f": {why[0]}{more}" if why else ": every proof is there"
    return f"{release.answer} {cutover.name}, go-live {cutover.go_live}{because}"


def as_markdown(release: Release) -> str:
    """Return the decision as a page for the meeting: answer, proofs, conditions, signatures."""
    cutover = release.cutover
    lines = [
        f"# {_ANSWERS[release.answer]} {release.answer}: {markdown.cell(cutover.name)}",
        "",
        (
            f"Go-live {cutover.go_live} · decided on {release.day} · contract"
            f" {markdown.cell(cutover.sla_name)} · targets at least {cutover.attested}"
            f" · owner {markdown.cell(cutover.owner.name)}"
        ),
        "",
        "| | proof | shows that | run | owner |",
        "|---|---|---|---|---|",
        *(_row(each) for proof in Proof for each in release.of(proof)),
    ]
    for heading, items in _parts(release):
        lines += ["", f"## {heading}", "", *(f"- {markdown.cell(item)}" for item in items)]
    if cutover.milestones:
        lines += [
            "",
            "## Milestones",
            "",
            "| milestone | due | done | owner |",
            "|---|---|---|---|",
        ]
        for each in cutover.milestones:
            late = "**late**" if each.is_late(release.day) else ""
            done = each.done if each.is_done(release.day) else late
            cells = (markdown.cell(each.name), each.due, done, markdown.cell(each.owner.name))
            lines.append(f"| {' | '.join(map(str, cells))} |")
    lines += [
        "",
        "## Signatures",
        "",
        "| role | name | date | signature |",
        "|---|---|---|---|",
        f"| {markdown.cell(cutover.owner.name)} | | | |",
        "| For the provider | | | |",
        "",
    ]
    return "\n".join(lines)


def as_json(release: Release) -> str:
    """Return the decision as JSON: what the text says, as values."""
    whole = {
        "version": 1,
        "answer": release.answer.value,
        "cutover": release.cutover.name,
        "go_live": release.cutover.go_live.isoformat(),
        "day": release.day.isoformat(),
        "contract": {"name": release.cutover.sla_name, "sha256": release.cutover.sla_sha256},
        "attested": release.cutover.attested.value,
        "evidence": [{**asdict(each), "hinders": each.hinders} for each in release.evidence],
        "reasons": release.reasons,
        "conditions": release.conditions,
        "next_steps": release.next_steps,
    }
    return json.dumps(whole, indent=1, ensure_ascii=False)


def _parts(release: Release) -> Iterator[tuple[str, tuple[str, ...]]]:
    if release.reasons:
        yield "What speaks against it", release.reasons
    if release.conditions:
        yield "Conditions", release.conditions
    if release.next_steps:
        yield "What may be done next", release.next_steps


def _mark(evidence: Evidence) -> str:
    return _MARKS.get(evidence.standing, "✗")


def _name(evidence: Evidence) -> str:
    return f"{evidence.proof} by {evidence.scenario}" if evidence.scenario else evidence.proof.value


def _how(evidence: Evidence) -> str:
    if evidence.standing is Standing.WAIVED:
        return evidence.what
    run = f" ({evidence.run})" if evidence.run else ""
    if evidence.standing is Standing.THERE:
        return f"there{run}"
    return f"{evidence.standing}{run}: {evidence.what}"


def _row(evidence: Evidence) -> str:
    by = f" by {markdown.cell(evidence.scenario)}" if evidence.scenario else ""
    what = (
        f"**{markdown.cell(evidence.what)}**" if evidence.hinders else markdown.cell(evidence.what)
    )
    cells = (
        f"{_mark(evidence)} {evidence.standing}",
        markdown.code(evidence.proof) + by,
        f"{PROOFS[evidence.proof]}; {what}" if evidence.what else PROOFS[evidence.proof],
        markdown.code(evidence.run) if evidence.run else "",
        markdown.cell(evidence.owner.name),
    )
    return f"| {' | '.join(cells)} |"
