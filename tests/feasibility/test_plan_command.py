"""``harness plan``: the same verdict on a scenario as ``check``, for people and for machines."""

import json
from pathlib import Path

from typer.testing import CliRunner

from harness.cli import app

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = ROOT / "scenarios/pre_cutover.yaml"


def harness(*arguments: str | Path) -> tuple[int, str, str]:
    """Return exit code, standard output and standard error of the command."""
    done = CliRunner().invoke(app, [str(each) for each in arguments])
    return done.exit_code, done.stdout, done.stderr


def test_what_can_be_run_exits_with_0_and_plain_text():
    """Piped into a file it has no colours, and no line is wider than a terminal."""
    code, said, complaints = harness("plan", SHIPPED)

    assert (code, complaints) == (0, "")
    assert "\x1b" not in said
    assert said.rstrip().splitlines()[-1].startswith(f"{SHIPPED}: can be run")
    assert all(
        len(line) <= 80 for line in said.splitlines()[:-1] if not line.startswith("runbook for")
    )


def test_what_cannot_be_run_is_shown_all_the_same_and_exits_with_2(tmp_path: Path):
    """The plan shows why: half of the heads cannot carry the loss of a site."""
    scenario = understaffed(tmp_path)
    code, said, complaints = harness("plan", scenario)
    plain_code, _, plain_complaints = harness("check", scenario)

    assert "Expected of the staffing declared" in said
    assert "cannot be run" in said.splitlines()[-1]
    assert "service_level[billing] in site-loss" in complaints
    assert (code, complaints) == (plain_code, plain_complaints) == (2, complaints)


def test_machines_get_the_problems_too(tmp_path: Path):
    """A CI job that reads the plan must not have to parse complaints for people."""
    code, said, _ = harness("plan", understaffed(tmp_path), "--json")
    found = json.loads(said)

    assert (code, found["can_be_run"]) == (2, False)
    assert any("heads in all" in each["want"] for each in found["problems"])
    assert found["phases"]


def test_machines_are_told_of_files_that_cannot_be_read(tmp_path: Path):
    """There is no plan then, and still one JSON object."""
    code, said, complaints = harness("plan", tmp_path / "missing.yaml", "--json")
    found = json.loads(said)

    assert (code, found["can_be_run"]) == (2, False)
    assert found["problems"][0]["found"] in " ".join(complaints.split())


def understaffed(folder: Path) -> Path:
    """Return a copy of the shipped scenario whose target declares half of the heads."""
    for source in (ROOT / "scenarios").rglob("*.*"):
        if source.suffix in (".yaml", ".md"):
            copy = folder / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            text = source.read_text(encoding="utf-8")
            if source.name == "mock.yaml":
                text = text.replace("{billing: 50, support: 34,", "{billing: 25, support: 17,")
            copy.write_text(text, encoding="utf-8")
    return folder / "scenarios/pre_cutover.yaml"
