"""The JSON Schema for editors: the readers' own keys, and never out of date."""

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from harness.files.document import plain, read_document
from harness.files.problems import Problems
from harness.files.sla_schema import FILE_NAME, rendered
from harness.known import KNOWN

FOLDER = Path(__file__).parents[2] / "scenarios" / "sla"
SHIPPED = sorted(FOLDER.glob("*.yaml"))


def validator() -> Any:
    return jsonschema_rs.validator_for(json.loads((FOLDER / FILE_NAME).read_text("utf-8")))


def content(path: Path) -> Any:
    document = read_document(path, Problems())
    assert document is not None
    return plain(document.root)


def test_the_committed_schema_is_the_one_that_the_readers_make():
    """A key that the reader knows and the editor does not is underlined in red for no reason."""
    committed = (FOLDER / FILE_NAME).read_text("utf-8")

    assert committed == rendered(KNOWN.kpis), "run: make docs"


def test_a_contract_ships_for_whatever_a_run_can_decide():
    """A minute and a half, an hour's rehearsal, a night, days."""
    names = [path.stem for path in SHIPPED]
    contracts = [name for name in names if not name.startswith("failover_")]

    assert contracts == ["night_soak", "outsourced_care", "outsourced_care_soak", "smoke"]
    assert len(names) > len(contracts), "and what is asked of failovers"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_the_shipped_contracts_are_valid(path: Path):
    """As the example that everybody copies."""
    assert [str(error) for error in validator().iter_errors(content(path))] == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("confidense", "95%"),
        ("confidence", "95"),
        ("tolerance", "3%"),
        ("min_contacts", "0"),
        ("formula", "offred"),
        ("objectives", []),
        ("objectives", [{"kpi": "service_lvel", "goal": "80/20"}]),
        ("objectives", [{"kpi": "asa", "goal": "28s", "must_pass": "true"}]),
        ("waivers", [{"objective": "asa", "until": "2026-12-31", "why": "because"}]),
    ],
)
def test_an_editor_is_told_of_a_mistake(key: str, value: Any):
    """The plainest of them, while one types."""
    assert not validator().is_valid(content(SHIPPED[0]) | {key: value})
