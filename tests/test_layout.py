"""``harness init``: what it lays out is what ships, runs as it is, and takes nobody's file."""

import asyncio
import re
import shlex
import subprocess
from pathlib import Path

import pytest
import typer.main
import yaml
from typer.testing import CliRunner

from harness import layout, preflight
from harness.cli import app
from harness.errors import UsageError
from harness.files.load import load_target

ROOT = Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
WORKFLOWS = [each for each in layout.pieces() if each.path.endswith(".yml")]


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with everything that can be laid out."""
    folder = tmp_path_factory.mktemp("mine") / "rehearsal"
    layout.write(folder, list(layout.pieces(everything=True)))
    return folder


def scenarios(folder: Path) -> tuple[Path, ...]:
    return preflight.scenarios_in(folder)


def test_every_scenario_of_a_first_layout_has_no_problem(tmp_path: Path):
    """Whoever begins with a mistake of ours will not find their own."""
    layout.write(tmp_path / "mine", list(layout.pieces()))
    files = scenarios(tmp_path / "mine")
    plans = asyncio.run(preflight.check_all(files))

    assert [path.name for path in files] == ["pre_cutover.yaml", "smoke.yaml", "soak.yaml"]
    assert {plan.target.remote for plan in plans} == {None}, "on the mock: it can be run at once"


@pytest.mark.parametrize("every", [6, pytest.param(1, marks=pytest.mark.nightly)])
def test_with_all_it_lays_out_every_scenario_that_ships_and_none_has_a_problem(
    laid_out: Path, every: int
):
    """A file that one of them names and the layout lacks would be found by its user.

    By day all have to be there, and each sixth is checked.
    """
    shipped = [*scenarios(ROOT / "scenarios"), *scenarios(ROOT / "scenarios" / "failover")]
    files = [*scenarios(laid_out), *scenarios(laid_out / "failover")]
    asyncio.run(preflight.check_all(files[::every]))

    assert [path.name for path in files] == [path.name for path in shipped]
    assert (laid_out / "cutover.yaml").is_file()
    assert (laid_out / "grafana" / "dashboards" / "rehearsal.json").is_file()
    assert (laid_out / "prometheus" / "kpis.rules.yml").is_file()


def test_nothing_is_said_twice(laid_out: Path):
    """A copy that was edited on its own is stale from that day on."""
    copied = [path for path in laid_out.rglob("*") if path.suffix in (".yaml", ".json", ".md")]
    own = {laid_out / "README.md"}
    assert len(copied) > 40
    for path in set(copied) - own:
        place = path.relative_to(laid_out)
        shipped = ROOT / ("reports" if place.parts[0] == "grafana" else "scenarios") / place

        assert path.read_bytes() == shipped.read_bytes()


def test_the_shape_that_is_laid_out_can_be_named_as_the_scenario_says(tmp_path: Path):
    """The comment in the scenario is an instruction."""
    layout.write(tmp_path, list(layout.pieces()))
    scenario = tmp_path / "pre_cutover.yaml"
    text = scenario.read_text()
    assert "shape: flat " in text
    changed = text.replace("shape: flat ", "shape: shapes/bank_day.yaml ").replace(
        "traffic:", 'traffic:\n  starts_at: "09:30"\n#', 1
    )
    scenario.write_text(changed)
    (plan,) = asyncio.run(preflight.check_all([scenario]))

    assert plan.scenario.calls is not None
    assert plan.scenario.calls.arrivals.shape.name == "bank_day"


def test_everything_that_is_left_to_say_of_the_provider_is_named_at_once(tmp_path: Path):
    """A form whose blanks are found one a day takes a fortnight."""
    layout.write(tmp_path, list(layout.pieces()))
    profile = tmp_path / "targets" / "provider.yaml"
    lines = profile.read_text().splitlines()
    blanks = {
        number
        for number, line in enumerate(lines, 1)
        if re.search(r"<.*>", line) and not line.startswith("#")
    }
    with pytest.raises(UsageError) as refused:
        load_target(profile)
    named = {int(each.where.rsplit(":", 1)[1]): each for each in refused.value.problems}

    assert len(blanks) > 9
    assert set(named) == blanks
    for number, problem in named.items():
        assert "still to be filled in" in problem.found
        assert problem.want.split(",")[0] in lines[number - 1], "it says what belongs there"


def test_the_form_once_filled_in_is_a_profile(tmp_path: Path):
    """The blanks are all that is missing."""
    layout.write(tmp_path, list(layout.pieces()))
    profile = tmp_path / "targets" / "provider.yaml"
    text = profile.read_text()
    for blank, filled in (
        (r"<desk\.py[^>]*>", "harness.adapter.reference:ReferenceAdapter"),
        (r"<a number as (\+\d+)>", r"\1"),
        (r"<its public key[^>]*>", "A" * 43 + "="),
        (r"<a network as ([^ ,>]+)[^>]*>", r"\1"),
        (r"<the id[^>]*>", "acme-uat"),
        (r"<who we are[^>]*>", "rehearsal"),
        (r"<https://[^>]*>", "https://uat.acme.example"),
    ):
        text, filled_in = re.subn(blank, filled, text)
        assert filled_in, blank
    profile.write_text(text)
    target = load_target(profile)

    assert target.remote is not None
    assert target.remote.guard is not None
    assert target.remote.guard.networks == ("203.0.113.0/28",)


def test_if_a_file_is_there_it_is_named_and_nothing_is_written(tmp_path: Path):
    """Half a layout over somebody's own files is worse than none."""
    (tmp_path / "sla").mkdir()
    (tmp_path / "sla" / "smoke.yaml").write_text("mine")
    (tmp_path / "README.md").symlink_to("nowhere")
    with pytest.raises(UsageError) as refused:
        layout.write(tmp_path, list(layout.pieces()))

    assert "README.md, sla/smoke.yaml" in refused.value.problems[0].found
    assert refused.value.exit_code == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["README.md", "sla"]
    assert (tmp_path / "sla" / "smoke.yaml").read_text() == "mine"


def test_the_commands_that_are_printed_can_be_typed_as_they_stand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Whoever names a folder with a space in it pastes the next line all the same."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, ["init", "my rehearsal"])
    (cd,) = (line for line in done.stdout.splitlines() if line.strip().startswith("cd "))
    there = subprocess.run(["sh", "-ec", f"{cd}; pwd"], capture_output=True, text=True)

    assert there.stdout.strip() == str((tmp_path / "my rehearsal").resolve())


def test_a_folder_that_cannot_be_one_is_told(tmp_path: Path):
    """No traceback for a slip of the hand."""
    (tmp_path / "sla").write_text("a file")

    with pytest.raises(UsageError, match=r"not a directory|file exists"):
        layout.write(tmp_path, list(layout.pieces()))
    with pytest.raises(UsageError, match=r"not a directory|file exists"):
        layout.write(tmp_path / "sla", list(layout.pieces()))


def test_what_cannot_be_laid_out_whole_leaves_nothing(tmp_path: Path):
    """The first files of it would stand in the way of the next try."""
    (tmp_path / "targets").write_text("a file")
    half = [layout.Piece("new/deep/a.yaml", "a"), layout.Piece("new/b.yaml", "half: \ud800")]
    with pytest.raises(UsageError):
        layout.write(tmp_path, list(layout.pieces()))
    with pytest.raises(UsageError, match="nothing was written"):
        layout.write(tmp_path, [*half[:1], layout.Piece("targets/c.yaml", "c")])
    with pytest.raises(UnicodeEncodeError):
        layout.write(tmp_path / "other", half)

    assert [path.name for path in tmp_path.iterdir()] == ["targets"]
    assert (tmp_path / "targets").read_text() == "a file"


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda each: each.path)
def test_a_workflow_is_that_of_the_repository_but_for_where_things_are(workflow: layout.Piece):
    """What our own nights run is what theirs run: any other difference is a mistake of one."""
    (source,) = (
        path
        for path in (ROOT / workflow.path, ROOT / "ci" / workflow.path.lstrip("."))
        if path.is_file()
    )
    ours, theirs = source.read_text().splitlines(), workflow.text.splitlines()
    differ = [(a, b) for a, b in zip(ours, theirs, strict=True) if a != b]

    assert differ
    for a, b in differ:
        assert b in (a.replace("make setup", layout.INSTALL), a.replace("scenarios/", ""))
    assert not re.search(r"\bscenarios/|\bmake setup", workflow.text)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda each: each.path)
def test_a_workflow_of_the_layout_can_be_read_and_names_what_is_there(
    workflow: layout.Piece, laid_out: Path
):
    """Its commands exist with their options, its scripts are ones that a shell can read."""
    whole = yaml.safe_load(workflow.text)
    jobs = whole.get("jobs") or {
        name: job for name, job in whole.items() if isinstance(job, dict) and "stage" in job
    }
    scripts = [
        step["run"] for job in jobs.values() for step in job.get("steps", ()) if "run" in step
    ]
    scripts += ["\n".join(job["script"]) for job in jobs.values() if "script" in job]
    ours = [
        line.strip()
        for script in scripts
        for line in script.splitlines()
        if line.strip().startswith(".venv/bin/harness ")
    ]

    assert ours
    for script in scripts:
        assert subprocess.run(["sh", "-n"], input=script, text=True).returncode == 0
    for line in ours:
        _, *words = shlex.split(line)
        command = typer.main.get_command(app)
        while words and words[0] in getattr(command, "commands", {}):
            command = command.commands[words.pop(0)]  # type: ignore[attr-defined]
        options = {option for each in command.params for option in each.opts}
        assert {word for word in words if word.startswith("--")} <= options
        for scenario in re.findall(r"\b[\w/]+\.yaml", line):
            assert (laid_out / scenario).is_file()


def test_the_readme_of_the_layout_names_files_and_commands_that_are_there(tmp_path: Path):
    """It is the first page that is read, and nobody goes on after the second wrong one."""
    layout.write(tmp_path, list(layout.pieces()))
    text = (tmp_path / "README.md").read_text()
    root = typer.main.get_command(app)
    for path in re.findall(r"`([\w./]+/|[\w./-]+\.(?:yaml|json|md|yml))`", text):
        found = tmp_path / path
        assert found.exists() or path in ("cutover.yaml", "wheels/"), path
    for line in re.findall(r"(?:^|`)harness (\w+)", text, re.MULTILINE):
        assert line in root.commands, line  # type: ignore[attr-defined]
    for page in tmp_path.rglob("*.md"):
        for link in LINK.findall(page.read_text()):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"
