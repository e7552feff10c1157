"""The door of this package: a scenario with the SLA and the target it names, or every problem.

Nothing is started, and nothing is opened but these and the files that they name.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from shlex import quote

from harness.files.document import Document, Table, places, read_document
from harness.files.fields import Fields
from harness.files.fit import check_fit
from harness.files.known import Known
from harness.files.problems import Place, Problems
from harness.files.scenario import read_scenario, scenario_fields
from harness.files.sla import read_sla
from harness.files.target import TargetRead, read_target
from harness.model.event import FileRead
from harness.model.scenario import Scenario
from harness.model.sla import Sla
from harness.model.staffing import manned
from harness.model.target import Target


@dataclass(frozen=True, slots=True)
class Loaded:
    """Everything a run is made of, the hash of the scenario, and the three files as read.

    ``profile`` is the path of the target's.
    """

    scenario: Scenario
    sla: Sla
    target: Target
    scenario_sha256: str
    profile: Path
    files: tuple[FileRead, ...] = ()


def load(
    scenario_path: Path,
    *,
    known: Known,
    sla_path: Path | None = None,
    target_path: Path | None = None,
    today: date | None = None,
) -> Loaded:
    """Return the scenario at *scenario_path* with the target and the SLA that it names.

    Waivers must not have ended before *today*.

    An *sla_path* takes the place of the SLA named in the scenario, which is then not opened; a
    *target_path* that of the target.

    Raises:
        UsageError: there are problems; it carries those of all three files.
    """
    problems = Problems()
    document = read_document(scenario_path, problems)
    if document:
        _refuse_another_kind(document, problems)
    fields = scenario_fields(document, problems) if document else None
    if target_path:
        target_document = read_document(target_path, problems)
    else:
        target_document = _named_file(fields, "target", scenario_path) if fields else None
    if sla_path:
        sla_document = read_document(sla_path, problems)
    else:
        sla_document = _named_file(fields, "sla", scenario_path) if fields else None

    read = read_target(target_document, problems) if target_document else TargetRead()
    sla = read_sla(sla_document, known.kpis, problems, today=today) if sla_document else None
    scenario = None
    if document and fields:
        scenario = read_scenario(document, fields, target=read, faults=known.faults)

    problems.raise_if_any()
    assert document  # or there was a problem
    assert scenario
    assert sla
    assert read.target
    target = manned(read.target, scenario.staffed_by)
    check_fit(sla, scenario, target, problems)
    problems.raise_if_any()
    assert sla_document
    assert target_document
    files = (
        FileRead("scenario.yaml", document.text),
        FileRead("sla.yaml", sla_document.text),
        FileRead("target.yaml", target_document.text),
    )
    return Loaded(scenario, sla, target, document.sha256, target_document.path, files)


def load_sla(
    path: Path,
    *,
    known: Known,
    today: date | None = None,
    of: tuple[Scenario, Target] | None = None,
) -> Sla:
    """Return the SLA at *path*, to judge a run against that was made *today*.

    It has to fit the scenario and the target *of* that run.

    Raises:
        UsageError: there are problems; it carries all of them.
    """
    problems = Problems()
    document = read_document(path, problems)
    sla = read_sla(document, known.kpis, problems, today=today) if document else None
    if sla is not None and of is not None and not problems:
        check_fit(sla, *of, problems)
    problems.raise_if_any()
    assert sla is not None  # or there was a problem
    return sla


def load_target(path: Path) -> Target:
    """Return the target whose profile is at *path*.

    Raises:
        UsageError: there are problems; it carries all of them.
    """
    problems = Problems()
    document = read_document(path, problems)
    read = read_target(document, problems) if document else TargetRead()
    problems.raise_if_any()
    assert read.target is not None  # or there was a problem
    return read.target


def place_of(part: str, profile: Path) -> str:
    """Return where *part* of the file *profile* stands, for what somebody else finds wrong there.

    Or whatever it is in, if it stands nowhere itself, as a key that is missing; empty if that does
    not either.
    """
    document = read_document(profile, Problems())
    found = dict(places(document.root)) if document else {}
    inner = part
    while inner and inner not in found:
        inner = inner[: max(inner.rfind("."), inner.rfind("["), 0)]
    return f"{found[inner]}: {part}" if inner else ""


def _refuse_another_kind(document: Document, problems: Problems) -> None:
    """Raise with one problem if *document* is plainly no scenario, but a file that goes with one.

    Taken for a scenario it would have a dozen problems, none of which says so.
    """
    keys = document.root.entries.keys() if isinstance(document.root, Table) else set()
    if keys & {"traffic", "phases", "interfaces"}:
        return
    path = document.path
    for telling, found, want in (
        ("evidence", "a cutover file, and no scenario", f"harness decide {quote(str(path))}"),
        ("objectives", "a contract, and no scenario", f"a scenario that has 'sla: {path.name}'"),
        (
            "adapter",
            "a target's profile, and no scenario",
            f"a scenario that has 'target: {path.name}'",
        ),
    ):
        if telling in keys:
            problems.add(Place(str(path)), found=found, want=want)
            problems.raise_if_any()


def _named_file(fields: Fields, key: str, naming: Path) -> Document | None:
    """Return the file that *key* names, its path relative to the file *naming* it."""
    path = fields.file(key, naming.parent)
    return read_document(path, fields.problems) if path else None
