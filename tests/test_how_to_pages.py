"""The pages on writing a fault and a KPI: what they say is done here, word by word, on a copy."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.pages import ROOT, blocks, change

COPIED = ("harness", "mock_center", "scenarios", "reports", "tests")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a copy of the tree that can be changed."""
    for name in COPIED:
        ignore = shutil.ignore_patterns("*.pyc.*")  # what is being written just now
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def do(page: str, checkout: Path) -> list[str]:
    """Write and change the files as *page* says, and return its blocks of YAML."""
    found = list(blocks(page))
    for block in found:
        if block.language == "python":
            path = checkout / block.file
            assert not path.exists(), "a new file"
            path.write_text(block.text, encoding="utf-8")
        elif block.language == "diff":
            change(block, checkout)
    return [block.text for block in found if block.language == "yaml"]


def run(checkout: Path, *words: str) -> str:
    """Run Python with *words* in *checkout* and return what it said; it has to end well."""
    done = subprocess.run(
        [sys.executable, *words], cwd=checkout, env={**os.environ, "PYTHONPATH": str(checkout)},
        capture_output=True, text=True, timeout=150,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_fault_of_the_page_bites_is_proven_and_heals(checkout: Path):
    """By the very test that the page names; and a scenario may have it."""
    (in_a_phase,) = do("how_to_write_a_fault.md", checkout)
    kept = run(
        checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header",
        "tests/faults/test_kinds_live.py", "-k", "api_sign_in_page",
    )  # fmt: skip
    assert "2 passed" in kept

    smoke = checkout / "scenarios" / "smoke.yaml"
    own = re.search(r"^    faults:\n.*?\n(?=\Z)", smoke.read_text(), re.MULTILINE | re.DOTALL)
    assert own
    changed(smoke, own[0], in_a_phase)
    assert "no problems" in run(checkout, "-m", "harness", "check", str(smoke))


def test_the_kpi_of_the_page_is_one_of_the_catalogue_and_can_be_asked(checkout: Path):
    """Counted by hand in both views; and a contract may ask it."""
    (objective,) = do("how_to_write_a_kpi.md", checkout)
    run(
        checkout, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--no-header",
        "tests/kpi/test_catalogue.py",
    )  # fmt: skip
    assert run(checkout, "-c", COUNTED).split() == ["0.5", "4", "None", "0.75"]

    contract = checkout / "scenarios" / "sla" / "smoke.yaml"
    changed(contract, "objectives:\n", f"objectives:\n{objective}")
    told = run(checkout, "-m", "harness", "check", "scenarios/smoke.yaml", "--explain")
    assert "no problems" in told
    assert re.search(r"reached.*90 ?%", told, re.DOTALL)


COUNTED = """\
from harness.kpi.catalogue import CATALOGUE, Question
from harness.kpi.increase import Increase
from tests.fakes import abandoned, answered, phase_evidence, series

calls = [answered("a", wait_s=5.0), answered("b", wait_s=500.0), abandoned("c", wait_s=30.0)]
kpi, asked = CATALOGUE["reached"], Question()
seen = kpi.callers(phase_evidence(*calls, abandoned("d", wait_s=1.0)), asked)
print(seen.value, seen.n, kpi.callers(phase_evidence(), asked).value)
told = {series("cc_wait_seconds_count", outcome="answered"): 3.0,
        series("cc_call_attempts_total", result="accepted"): 4.0}
print(kpi.provider(phase_evidence(increase=Increase(told)), asked).value)
"""
