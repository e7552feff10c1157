"""What a wheel carries: every file that the product opens, and nothing of the checkout around it."""

import zipfile
from pathlib import Path

import pytest

from harness import layout
from tests.wheel import ROOT, built

PACKAGES = ("harness", "scenarios", "mock_center", "reports")


@pytest.fixture(scope="module")
def carried(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Return the files of a wheel by name."""
    with zipfile.ZipFile(built(tmp_path_factory.mktemp("dist"))) as wheel:
        return {name: wheel.read(name) for name in wheel.namelist()}


def test_a_wheel_carries_every_file_of_the_packages(carried: dict[str, bytes]):
    """A template or a contract that is left out is missed by the first who installs it."""
    ours = {
        path.relative_to(ROOT).as_posix(): path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    data = {Path(name).suffix for name in ours}

    assert {".yaml", ".md", ".json", ".j2", ".css", ".js", ".html"} <= data
    assert sorted(ours.keys() - carried.keys()) == []
    for name, path in ours.items():
        assert carried[name] == path.read_bytes(), name


def test_a_wheel_carries_the_workflows_that_init_writes(carried: dict[str, bytes]):
    """In a checkout they stand where CI looks for them, which is in no package."""
    workflows = {name for name in carried if name.startswith("scenarios/workflows/")}
    written = [each for each in layout.pieces() if each.path.endswith(".yml")]

    assert len(workflows) == len(written) == 4
    for each in written:
        source = carried[f"scenarios/workflows/{Path(each.path).name.lstrip('.')}"]
        assert each.text == layout.elsewhere(source.decode())


def test_a_wheel_has_nothing_beside_the_packages(carried: dict[str, bytes]):
    """A `tests` or `docs` at the top of site-packages would be everybody's."""
    tops = {name.split("/")[0] for name in carried}

    assert {top for top in tops if not top.endswith(".dist-info")} == set(PACKAGES)
