"""Imports point down. Each rule says what to do instead of breaking it.

The rules are those of the design, section 4; ``ast`` reads the tree, so nothing is imported here.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("harness", "scenarios", "mock_center", "reports")
LAYERS = (
    ("errors", "clock", "model", "children", "shielding", "http", "segments"),
    ("files", "adapter", "guard", "traffic", "faults", "scrape", "kpi", "target", "generator"),
    ("verdict",),
    ("record",),
    (
        "known",
        "feasibility",
        "preflight",
        "by_hand",
        "calibration",
        "layout",
        "guarding",
        "inventory",
        "adapter_check",
        "handover",
        "interfaces",
        "rereading",
        "cleanup",
        "disk",
        "memory",
        "notify",
        "watching",
        "stage",
        "seeking",
        "resuming",
        "conductor",
        "live",
        "exporter",
        "prometheus",
        "observe",
        "doctor",
    ),
    ("cli",),
    ("__main__",),
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
SIBLINGS_APART = LAYERS[1]
GEVENT = ("locust", "gevent", "geventhttpclient")
PURE = (
    "harness.model", "harness.kpi", "harness.verdict", "harness.traffic", "harness.guard.rules",
    "harness.guard.codes", "harness.guard.rules_attest", "harness.guard.rules_caps",
    "harness.guard.rules_hosts", "harness.guard.signed", "harness.guard.synthetic",
    "harness.guard.wire", "harness.faults.timeline", "harness.scrape.exposition", "harness.adapter.protocol",
    "harness.exporter.picture", "harness.exporter.tally", "harness.exporter.wire",
    "harness.adapter.reference", "harness.adapter.reference_agents", "scenarios.journeys.agent",
    "scenarios.journeys.call", "scenarios.journeys.ticket",
    "scenarios.journeys.story",
)  # fmt: skip
SIDE_EFFECTS = ("asyncio", "aiohttp", "socket", "sqlite3", "subprocess", "time", "os", "requests")


@dataclass(frozen=True)
class Import:
    """One import: the module it stands in, the module it names, and where."""

    inside: str
    of: str
    where: str


@cache
def sources() -> dict[str, tuple[Path, ast.Module]]:
    """Return every module of ours by its dotted name."""
    return {
        name_of(path): (path, ast.parse(path.read_text(encoding="utf-8")))
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
    }


def name_of(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def imports() -> tuple[Import, ...]:
    """Return every import of the tree, those inside functions and for type checking too."""
    return tuple(
        Import(module, of, f"{path.relative_to(ROOT)}:{node.lineno}")
        for module, (path, tree) in sources().items()
        for node in ast.walk(tree)
        for of in named_by(node, module, is_package=path.name == "__init__.py")
    )


def named_by(node: ast.AST, module: str, *, is_package: bool) -> Iterator[str]:
    """Yield the modules that an import names; ``from a import b`` names ``a.b`` if that is one."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        base = node.module or ""
        if node.level:
            parts = module.split(".")
            kept = len(parts) - node.level + (1 if is_package else 0)
            base = ".".join([*parts[:kept], *([base] if base else [])])
        for alias in node.names:
            whole = f"{base}.{alias.name}"
            yield whole if whole in sources() else base


def within(module: str, *packages: str) -> bool:
    return any(module == each or module.startswith(f"{each}.") for each in packages)


def part(module: str) -> str:
    """Return the part of harness that *module* belongs to; empty for the package itself."""
    return module.removeprefix("harness").lstrip(".").split(".")[0]


def harness_imports() -> Iterator[tuple[Import, str, str]]:
    """Yield imports from one part of harness to another, with both parts."""
    for each in imports():
        inside, of = part(each.inside), part(each.of)
        ours = within(each.inside, "harness") and within(each.of, "harness")
        if ours and inside and of and inside != of:
            yield each, inside, of


def offences(found: list[Import], instead: str) -> str:
    """Return what is wrong, and where, and what to do instead; empty if nothing is."""
    lines = [f"{each.where}: {each.inside} imports {each.of}" for each in found]
    return "\n".join([*lines, f"Instead: {instead}"]) if lines else ""


def test_the_rules_see_the_tree():
    """A rule over no files would always hold."""
    assert len(sources()) > 80
    assert any(each.of == "harness.model.contact" for each in imports())


def test_every_part_of_harness_has_its_layer():
    """A new part must be given a place before anything can be said of its imports."""
    parts = {part(module) for module in sources() if within(module, "harness")} - {""}
    homeless = sorted(parts - LEVEL.keys())

    assert not homeless, f"{homeless} are in no layer: add them to LAYERS here and to the design"


def test_imports_point_down():
    """Whoever computes must not know who asks."""
    upward = [each for each, inside, of in harness_imports() if LEVEL[of] > LEVEL[inside]]

    assert not (
        wrong := offences(
            upward,
            "take the value as an argument, or move the shared type down to harness.model.",
        )
    ), wrong


def test_siblings_do_not_import_each_other():
    """The conductor hands them what they need; so each can be read, and tested, alone."""
    sideways = [
        each
        for each, inside, of in harness_imports()
        if inside in SIBLINGS_APART and of in SIBLINGS_APART
    ]

    assert not (
        wrong := offences(
            sideways,
            "let conductor, stage or preflight pass it in, or declare a Protocol where it is used.",
        )
    ), wrong


def test_harness_and_mock_never_import_each_other():
    """They meet at HTTP and at metric names: that keeps the mock an honest stand-in."""
    across = [
        each
        for each in imports()
        if (
            within(each.inside, "harness", "scenarios", "reports")
            and within(each.of, "mock_center")
        )
        or (
            within(each.inside, "mock_center")
            and within(each.of, "harness", "scenarios", "reports")
        )
    ]

    assert not (wrong := offences(across, "write it twice, or say it over HTTP.")), wrong


def test_reports_read_the_record_and_nothing_else():
    """A report is a function of the record and the verdict: no clock, no chance, no target."""
    allowed = (
        "harness.model", "harness.kpi", "harness.verdict", "harness.record", "harness.clock",
        "harness.errors",
    )  # fmt: skip
    found = [
        each
        for each in imports()
        if within(each.inside, "reports")
        and within(each.of, "harness", "scenarios")
        and not within(each.of, *allowed)
    ]

    assert not (wrong := offences(found, "put the value into the run record.")), wrong


def test_scenarios_import_only_what_both_sides_share():
    """The generator runs beside gevent: it may know pure modules and the adapter."""
    allowed = (
        "harness.model", "harness.adapter", "harness.traffic", "harness.clock",
        "harness.guard.rules", "harness.guard.rules_hosts", "harness.guard.codes",
        "harness.guard.synthetic", "harness.guard.wire", "harness.segments",
    )  # fmt: skip
    found = [
        each
        for each in imports()
        if within(each.inside, "scenarios")
        and within(each.of, "harness", "reports")
        and not within(each.of, *allowed)
        and each.of != "harness"  # the package itself holds its version and nothing else
    ]

    assert not (wrong := offences(found, "pass it over the control pipe.")), wrong


def test_harness_does_not_import_what_comes_after_it():
    """Only the command line knows the reports; the Locust side is a child process."""
    found = [
        each
        for each in imports()
        if within(each.inside, "harness")
        and (
            within(each.of, "scenarios")
            or (within(each.of, "reports") and not within(each.inside, "harness.cli"))
        )
    ]

    assert not (wrong := offences(found, "let harness.cli call it, or the child process.")), wrong


def test_only_scenarios_import_locust_and_gevent():
    """`import locust` patches the standard library: asyncio and it never share a process."""
    found = [
        each
        for each in imports()
        if within(each.of, *GEVENT) and not within(each.inside, "scenarios")
    ]

    assert not (wrong := offences(found, "talk to the child process over its pipe.")), wrong


def test_the_core_is_pure():
    """Time, chance and sockets are arguments there, so that no test of it has to wait."""
    found = [
        each for each in imports() if within(each.inside, *PURE) and within(each.of, *SIDE_EFFECTS)
    ]

    assert not (wrong := offences(found, "take what it returns as an argument.")), wrong


@pytest.mark.parametrize("call", ["print", "sys.exit"])
def test_only_the_command_line_prints_and_exits(call: str):
    """Everything else logs events and raises: decided at the edge."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for module, (path, tree) in sources().items()
        if within(module, "harness", "reports") and not within(module, "harness.cli")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == call
    ]

    assert not found, f"{call}( in {found}. Instead: log an event, or raise a HarnessError."


def test_every_module_says_what_it_is():
    """Which step of the pipeline, and what it refuses to know."""
    silent = [
        str(path.relative_to(ROOT))
        for path, tree in sources().values()
        if ast.get_docstring(tree) is None
    ]

    assert not silent, f"{silent} have no docstring. Instead: say in one line what the module is."


def test_whole_rehearsals_stand_where_the_makefile_looks_for_them():
    """One of another folder would be left out by day, and nobody would miss it."""
    mark = "mark." + "e2e"
    elsewhere = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests").rglob("*.py"))
        if "e2e" not in path.parts
        and (text := path.read_text(encoding="utf-8")).count(mark)
        > text.count(f"{mark}\n@pytest.mark.nightly\n")
    ]

    assert not elsewhere, f"{elsewhere}. Instead: tests/e2e, or mark it nightly in the next line."


def test_whole_rehearsals_are_marked_as_such():
    """Played beside all the others, one is late, and says so instead of GO."""
    mark = "mark." + "e2e"
    unmarked = [
        str(path.relative_to(ROOT))
        for path in sorted((ROOT / "tests" / "e2e").glob("test_*.py"))
        if re.search(r"(?<!\.)\b(run|started)\(", text := path.read_text(encoding="utf-8"))
        and mark not in text
    ]

    assert not unmarked, f"{unmarked}. Instead: pytestmark = pytest.{mark}."


def test_no_test_of_the_core_imports_gevent():
    """It would patch the process in which all other tests run."""
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path in (ROOT / "tests").rglob("*.py")
        if any(
            each in (text := path.read_text(encoding="utf-8")) for each in (*GEVENT, "scenarios")
        )
        for node in ast.walk(ast.parse(text))
        for of in named_by(node, name_of(path), is_package=False)
        if within(of, *GEVENT, "scenarios.locustfile", "scenarios.shard", "scenarios.sides")
        or within(of, "scenarios.staff")
        or within(of, "scenarios.journeys.driver", "scenarios.journeys.stream")
    ]

    assert not found, f"{found}. Instead: start a child process, as tests/e2e does."
