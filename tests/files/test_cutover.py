"""What a cutover.yaml must say, and how each mistake in it is named."""

from datetime import date
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.files.cutover import load_cutover
from harness.known import KNOWN
from harness.model.cutover import Cutover, Proof
from harness.model.guard import Level

ROOT = Path(__file__).parents[2]
TODAY = date(2027, 2, 1)
WAIVED = "{waived_by: {name: Head of Service, contact: head@client.example}, why: no second site}"
GOOD = f"""
name: billing-cutover
owner: {{name: Service Transition, contact: transition@client.example}}
go_live: 2027-03-01
sla: {ROOT}/scenarios/sla/outsourced_care.yaml
attested: signed
milestones:
  - {{name: lines ported, due: 2027-02-20, owner: {{name: Carrier, contact: c@client.example}}}}
  - {{name: signed, due: 2027-01-10, done: 2027-01-09, owner: {{name: Vendor, contact: v@x.test}}}}
evidence:
  lines: {{scenario: pre.yaml, not_older_than: 3d}}
  load_now: {{scenario: pre.yaml}}
  load_future: {{scenario: pre.yaml, load: 130%}}
  failovers: {{scenario: failover}}
  failover_in_real_time: {{scenario: failover/one.yaml}}
  soak: {{scenario: pre.yaml, for: 12h}}
  rollback: {WAIVED}
  backup_staff: {WAIVED}
"""


def read(folder: Path, text: str) -> Cutover:
    (folder / "pre.yaml").write_text("# A GO shows that it works.\nname: pre-cutover\n")
    (folder / "failover").mkdir()
    for name in ("one", "two"):
        (folder / "failover" / f"{name}.yaml").write_text(f"name: {name}\n")
    path = folder / "cutover.yaml"
    path.write_text(text)
    return load_cutover(path, kpis=KNOWN.kpis, today=TODAY)


def test_a_cutover_is_read_with_the_hashes_of_what_it_names(tmp_path: Path):
    """A folder stands for every scenario in it; an age and a volume have their defaults."""
    found = read(tmp_path, GOOD)
    by_proof = {each.proof: each for each in found.required}

    assert (found.name, found.go_live, found.attested) == (
        "billing-cutover",
        date(2027, 3, 1),
        Level.SIGNED,
    )
    assert [each.name for each in by_proof[Proof.FAILOVERS].scenarios] == ["one", "two"]
    assert by_proof[Proof.LINES].max_age_days == 3
    assert by_proof[Proof.LOAD_NOW].max_age_days == 7
    assert by_proof[Proof.LOAD_FUTURE].load == 1.3
    assert by_proof[Proof.SOAK].for_s == 12 * 3600
    assert by_proof[Proof.ROLLBACK].why == "no second site"
    assert len(by_proof[Proof.LINES].scenarios[0].sha256) == 64
    assert [each.is_late(date(2027, 2, 21)) for each in found.milestones] == [True, False]


def test_a_milestone_is_not_done_on_a_day_that_is_yet_to_come(tmp_path: Path):
    """A slip of a year in ``done`` would else be the proof of something that nobody did."""
    (milestone,) = (
        each
        for each in read(tmp_path, GOOD.replace("done: 2027-01-09", "done: 2028-01-09")).milestones
        if each.name == "signed"
    )

    assert milestone.is_late(date(2027, 1, 11))
    assert not milestone.is_late(date(2028, 1, 9))


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("go_live: 2027-03-01", "go_live: soon", "a day, written as 2026-12-31"),
        ("go_live: 2027-03-01", "go_live: 9999-12-31", "a day from 2000 to 2999"),
        ("attested: signed", "attested: probably", "one of loopback"),
        ("  lines: {scenario: pre.yaml, not_older_than: 3d}\n", "", "no lines in evidence"),
        (
            "scenario: pre.yaml, not_older_than",
            "scenario: gone.yaml, not_older_than",
            "an existing",
        ),
        ("failover}", "empty}", "an existing scenario, or a folder"),
        ("failover}", f"{'x' * 300}}}", "an existing scenario, or a folder"),
        ("load: 130%", "load: 90%", "expected in future"),
        (", load: 130%", "", "the volume that is expected in future"),
        (", for: 12h", "", "no 'for' in soak"),
        ("load_now: {scenario: pre.yaml}", "load_now: {scenario: pre.yaml, for: 1h}", "soak alone"),
        ("now: {scenario: pre.yaml", "now: {load: 50%, scenario: pre.yaml", "at least 100%"),
        (f"rollback: {WAIVED}", f"rollback: {WAIVED[:-1]}, scenario: pre.yaml}}", "or a waiver"),
        (", why: no second site", "", "no 'why' in rollback"),
        ("name: signed", "name: lines ported", "no other milestone has"),
        ("go_live", "golive", "did you mean 'go_live'"),
        ("soak: {", "soaks: {", "did you mean 'soak'"),
    ],
)
def test_each_mistake_has_its_own_message(tmp_path: Path, old: str, new: str, message: str):
    """With the line, what was found, and what would be right."""
    assert old in GOOD

    with pytest.raises(UsageError) as refused:
        read(tmp_path, GOOD.replace(old, new, 1))
    assert message in " ".join(str(refused.value).split())
    assert "cutover.yaml:" in str(refused.value)


def test_every_mistake_is_named_at_once(tmp_path: Path):
    """Nobody mends a file one message at a time."""
    wrong = GOOD.replace("2027-03-01", "soon").replace("130%", "90%").replace("pre.yaml, n", "x, n")

    with pytest.raises(UsageError) as refused:
        read(tmp_path, wrong)
    assert len(refused.value.problems) == 3
