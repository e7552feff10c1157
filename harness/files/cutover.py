"""What a ``cutover.yaml`` says: the day, the milestones, the proofs that are required before it."""

import os.path
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from harness.files import values
from harness.files.document import Document, Table, Text, read_document
from harness.files.fields import (
    A_FILE,
    A_LIST,
    A_TABLE,
    Fields,
    Key,
    Keys,
    fields_of,
    read_owner,
    read_person,
)
from harness.files.known import KpiRule
from harness.files.problems import Place, Problems, is_file
from harness.files.sla import read_sla
from harness.model.cutover import PROOFS, Cutover, Milestone, NamedScenario, Proof, Required
from harness.model.guard import Level
from harness.model.sla import Sla

CUTOVER: Keys = {
    "name": Key("name: billing-cutover", "What the decision calls it.", values.name),
    "owner": Key(
        "owner: {name: Service Transition, contact: transition@client.example}",
        "Who answers for the go-live.",
        A_TABLE,
    ),
    "go_live": Key("go_live: 2027-03-01", "The day.", values.day),
    "sla": Key("sla: sla/outsourced_care.yaml", "The contract that proofs are judged by.", A_FILE),
    "attested": Key(
        "attested: signed",
        "How the target of a proof has to have shown that it is no production system.",
        values.member(Level),
    ),
    "milestones": Key(
        "milestones: [{name: contract signed, due: 2026-12-15}]",
        "What has to be done by when.",
        A_LIST,
        default="",
    ),
    "evidence": Key(
        "evidence: {lines: {scenario: pre_cutover.yaml, not_older_than: 7d}, ...}",
        "Every proof, or who waives it.",
        A_TABLE,
    ),
}
MILESTONE: Keys = {
    "name": Key("name: contract signed", "What it is.", values.text),
    "due": Key("due: 2026-12-15", "By which day.", values.day),
    "done": Key("done: 2026-12-10", "On which day it was.", values.day, default="not yet"),
    "owner": Key(
        "owner: {name: Provider Management, contact: providers@client.example}",
        "Who answers for it.",
        A_TABLE,
    ),
}
EVIDENCE: Keys = {
    proof.value: Key(
        f"{proof}: {{scenario: ...}}, which shows that {what}", f"Shows that {what}.", A_TABLE
    )
    for proof, what in PROOFS.items()
}


def _volume(written: str) -> float:
    return values.load(written).peak


REQUIRED: Keys = {
    "scenario": Key(
        "scenario: pre_cutover.yaml, or a folder of scenarios",
        "Whose run shows it; all of a folder.",
        "a file or a folder",
        default="needed without `waived_by`",
    ),
    "not_older_than": Key(
        "not_older_than: 7d", "How old that run may be.", values.duration, default="7d"
    ),
    "load": Key(
        "load: 100%",
        "The share of today's volume it has to have seen.",
        _volume,
        default="100% for load, else any",
    ),
    "for": Key(
        "for: 12h",
        "How long it has to have lasted; of soak alone.",
        values.duration,
        default="needed of soak",
    ),
    "owner": Key(
        "owner: {name: Service Transition, contact: transition@client.example}",
        "Who answers for it.",
        A_TABLE,
        default="the cutover's",
    ),
    "waived_by": Key(
        "waived_by: {name: Head of Service, contact: head@client.example}",
        "Who answers for its not being shown.",
        A_TABLE,
        default="",
    ),
    "why": Key(
        "why: the provider has no second site",
        "The reason for the waiver.",
        values.text,
        default="needed with `waived_by`",
    ),
}
_DAY_S = 86_400.0
_FULL = 1.0
DEFAULT_DAYS = 7.0
"""How old a proof may be unless the file says otherwise: feedback within a week."""


@dataclass(frozen=True, slots=True)
class _Around:
    """What the readers of parts need to know of the whole."""

    folder: Path
    problems: Problems


def is_cutover(path: Path) -> bool:
    """Whether the file at *path* says when to go live, as every cutover does and no scenario."""
    try:
        return any(line.startswith("go_live:") for line in path.read_text("utf-8").splitlines())
    except (OSError, UnicodeDecodeError):
        return False  # whoever reads it will say why


def load_cutover(path: Path, *, kpis: Mapping[str, KpiRule], today: date) -> Cutover:
    """Return the cutover at *path*, with the hashes of the scenarios and the contract as they are.

    Raises:
        UsageError: there are problems; it carries all of them.
    """
    problems = Problems()
    document = read_document(path, problems)
    found = _read(document, kpis, problems, today) if document else None
    problems.raise_if_any()
    assert found is not None  # or there was a problem
    return found


def _read(
    document: Document, kpis: Mapping[str, KpiRule], problems: Problems, today: date
) -> Cutover | None:
    fields = fields_of(document.root, of="the cutover", keys=CUTOVER, problems=problems)
    if fields is None:
        return None
    around = _Around(document.path.parent, problems)
    name = fields.value("name", values.name)
    owner = read_owner(fields)
    go_live = fields.value("go_live", values.day)
    sla = _contract(fields, around, kpis, today)
    attested = fields.value("attested", values.member(Level))
    milestones = _milestones(fields)
    required = _evidence(fields, around)
    if None in (name, owner, go_live, sla, attested):
        return None
    assert name and owner and go_live and sla and attested
    return Cutover(name, owner, go_live, sla.name, sla.sha256, attested, required, milestones)


def _contract(
    fields: Fields, around: _Around, kpis: Mapping[str, KpiRule], today: date
) -> Sla | None:
    path = fields.file("sla", around.folder)
    document = read_document(path, around.problems) if path else None
    return read_sla(document, kpis, around.problems, today=today) if document else None


def _milestones(fields: Fields) -> tuple[Milestone, ...]:
    if "milestones" not in fields:
        return ()
    found: list[Milestone] = []
    for node in fields.listing("milestones"):
        own = fields_of(node, of="a milestone", keys=MILESTONE, problems=fields.problems)
        if own is None:
            continue
        name, due = own.value("name", values.text), own.value("due", values.day)
        done = own.value_or("done", values.day, default=None)
        owner = read_owner(own)
        if name and any(each.name == name for each in found):
            own.problem("name", want="a name that no other milestone has")
        if name and due and owner:
            found.append(Milestone(name, due, owner, done))
    return tuple(found)


def _evidence(fields: Fields, around: _Around) -> tuple[Required, ...]:
    """Return every proof: what is not to be shown has to be waived by somebody, not left out."""
    inner = fields.inner("evidence", EVIDENCE)
    if inner is None:
        return ()
    found: list[Required] = []
    for proof in Proof:
        if proof.value not in inner:
            want = (
                f"{proof}: the scenario that shows that {PROOFS[proof]}; or 'waived_by' and 'why'"
            )
            inner.problem(proof.value, found=f"no {proof.value} in evidence", want=want)
            continue
        own = inner.inner(proof.value, REQUIRED)
        required = _required(proof, own, around) if own else None
        if required:
            found.append(required)
    return tuple(found)


def _required(proof: Proof, own: Fields, around: _Around) -> Required | None:
    owner = read_owner(own) if "owner" in own else None
    if "waived_by" in own:
        waived_by, why = read_person(own, "waived_by"), own.value("why", values.text)
        if "scenario" in own:
            own.problem("waived_by", want="either a scenario that shows it, or a waiver")
        if waived_by is None or why is None:
            return None
        return Required(proof, owner=owner, waived_by=waived_by, why=why)
    scenarios = _scenarios(own, around)
    age_s = own.value_or("not_older_than", values.duration, default=DEFAULT_DAYS * _DAY_S)
    load = own.value_or("load", _volume, default=_least_load(proof))
    for_s = 0.0
    if proof is Proof.SOAK:
        for_s = own.value("for", values.duration) or 0.0
    elif "for" in own:
        own.problem("for", want="'for' under soak alone: how long it has to last")
    if proof is Proof.LOAD_FUTURE and load is not None and load <= _FULL:
        found = "" if "load" in own else "no 'load'"
        own.problem("load", found=found, want="load: 130%, the volume that is expected in future")
    elif load is not None and load < _least_load(proof):
        own.problem("load", want=f"at least {_least_load(proof):.0%} of today's volume")
    if not scenarios or age_s is None or load is None:
        return None
    return Required(proof, scenarios, age_s / _DAY_S, load, for_s, owner)


def _least_load(proof: Proof) -> float:
    """Return the share of the volume below which a run cannot show *proof*."""
    return _FULL if proof in (Proof.LOAD_NOW, Proof.LOAD_FUTURE) else 0.0


def _scenarios(own: Fields, around: _Around) -> tuple[NamedScenario, ...]:
    """Return the scenarios that ``scenario`` names: one file, or every one of a folder."""
    written = own.value("scenario", values.text)
    if written is None:
        return ()
    path = around.folder / written
    paths = [path]
    if os.path.isdir(path):  # noqa: PTH112  Path.is_dir raises if a name is too long
        paths = [each for each in sorted(path.glob("*.yaml")) if not is_cutover(each)]
    if not paths or not all(map(is_file, paths)):
        want = f"an existing scenario, or a folder of scenarios, relative to {around.folder}/"
        own.problem("scenario", want=want)
        return ()
    named = (_named(each, around.problems) for each in paths)
    return tuple(each for each in named if each is not None)


def _named(path: Path, problems: Problems) -> NamedScenario | None:
    """Return the scenario at *path* by its name and its hash; the rest is for ``check`` to read."""
    document = read_document(path, problems)
    if document is None:
        return None
    entry = document.root.entries.get("name") if isinstance(document.root, Table) else None
    if entry is None or not isinstance(entry.value, Text):
        found = "no name in it"
        problems.add(Place(str(path), 1), found=found, want="a scenario, with its name")
        return None
    return NamedScenario(str(path), entry.value.text, document.sha256)
