"""The release decision for a terminal, for the meeting and for programs: nothing is left out of it."""

import json
from dataclasses import replace
from datetime import date

from harness.model.cutover import Answer, Milestone, NamedScenario, Proof, Release, Standing
from harness.model.scenario import Owner
from reports import release
from tests.record.test_decision import ALL, CUTOVER, TRANSITION, but, decided, required
from tests.reports.made_up_run import HOSTILE

FOLDER = tuple(NamedScenario(f"failover/f{n}.yaml", f"f{n}", "a" * 64) for n in range(1, 6))


def lacking() -> Release:
    """Return the decision on a cutover of which a folder was never run, and a soak is too old."""
    asked = [
        required(proof, scenarios=FOLDER) if proof is Proof.FAILOVERS else required(proof)
        for proof in Proof
    ]
    runs = but("soak", started_wall=1.0)
    late = Milestone("lines ported", date(2027, 2, 20), TRANSITION)
    return decided(runs, cutover=replace(CUTOVER, required=tuple(asked), milestones=(late,)))


def test_on_a_terminal_each_proof_has_a_line_and_what_was_never_run_stands_together():
    """Eighteen lines that say the same hide the one that does not."""
    lines = release.as_text(lacking()).splitlines()
    proofs = lines[: lines.index("")]

    assert len(proofs) == len(Proof)
    assert "✗ failovers: missing: no run of f1, f2, f3 and 2 more" in proofs
    assert "✓ lines by pre-cutover: there (run-of-pre-cutover)" in proofs
    assert any(line.startswith("✗ soak by soak: stale (run-of-soak): ") for line in proofs)
    assert lines[-1].startswith("NO-GO billing-cutover, go-live 2027-03-01: failovers is missing")
    assert lines[-1].endswith("; and 1 more")


def test_the_answer_says_why_also_if_there_is_but_one_reason_or_none():
    """The last line is what is read aloud."""
    one = release.last_line(decided([each for each in ALL if each.scenario != "soak"]))

    assert one == "NO-GO billing-cutover, go-live 2027-03-01: soak is missing: no run of soak"
    assert release.last_line(decided()) == (
        "GO billing-cutover, go-live 2027-03-01: every proof is there"
    )


def test_the_page_for_the_meeting_has_every_proof_every_reason_and_room_to_sign():
    """What is signed has to stand on it."""
    found = lacking()
    page = release.as_markdown(found)
    rows = [line for line in page.splitlines() if line.startswith(("| ✓", "| ✗", "| –"))]

    assert len(rows) == len(found.evidence) == len(Proof) - 1 + len(FOLDER)
    assert page.startswith("# ✗ NO-GO: billing-cutover")
    assert all(f"- {reason}" in page for reason in found.reasons)
    assert "| lines ported | 2027-02-20 | **late** | Service Transition |" in page
    assert "| Service Transition | | | |" in page
    assert "| For the provider | | | |" in page


def test_no_name_of_a_cutover_becomes_markup():
    """The page is pasted into a wiki; a bar in a name would move what stands in the next column."""
    owner = Owner(HOSTILE, HOSTILE)
    asked = required(Proof.ROLLBACK, scenarios=(), waived_by=owner, why=HOSTILE)
    kept = [each for each in CUTOVER.required if each.proof is not Proof.ROLLBACK]
    cutover = replace(
        CUTOVER,
        name=HOSTILE,
        owner=owner,
        sla_name=HOSTILE,
        required=(*kept, asked),
        milestones=(Milestone(HOSTILE, date(2027, 2, 20), owner),),
    )
    found = decided(cutover=cutover)
    page = release.as_markdown(found)
    rows = [line for line in page.splitlines() if line.startswith("|")]

    assert found.answer is Answer.WITH_CONDITIONS
    assert {line.replace(r"\|", "").count("|") for line in rows} == {6, 5}
    assert page.count("<") == page.count(r"\<")
    assert not {"\u202e", "\x00"} & set(page + release.as_text(found))
    assert json.loads(release.as_json(found))["cutover"] == HOSTILE


def test_programs_are_told_all_that_people_are():
    """Each proof with what hinders it, what to do about it and whose it is."""
    found = lacking()
    told = json.loads(release.as_json(found))

    assert told["answer"] == "NO-GO"
    assert told["reasons"] == list(found.reasons)
    assert told["next_steps"] == list(found.next_steps)
    assert [each["standing"] for each in told["evidence"] if each["hinders"]] == [
        *[Standing.MISSING] * len(FOLDER),
        Standing.STALE,
    ]
    assert all(each["owner"]["contact"] for each in told["evidence"])
    assert all(each["remedy"] for each in told["evidence"] if each["hinders"])
