"""A run that was cut goes on: with what is left of it, and with all that it had measured."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import UsageError
from harness.model.contact import to_json
from harness.model.event import Ending, Event, FaultRun, PhaseRun, Reread
from harness.model.sample import Scrape, Series
from harness.model.scenario import Load, Phase, PhaseKind
from harness.model.search import Search
from harness.model.verdict import Status
from harness.preflight import Plan
from harness.record.run_record import RunRecord
from harness.resuming import Left, left_of, taken_up
from tests.fakes import (
    TICKETS,
    FakeEvidence,
    answered,
    fault_plan,
    fault_run,
    phase,
    phase_run,
    scenario,
    sla,
    stored,
    ticket,
)

HOUR_S = 3600.0
SOAK = phase(
    "soak",
    PhaseKind.SOAK,
    duration_s=4 * HOUR_S,
    faults=(
        fault_plan(at_s=1000.0, for_s=100.0),
        fault_plan(at_s=5000.0, for_s=200.0),
        fault_plan(at_s=9000.0, for_s=100.0),
    ),
)
LOSS = phase("loss", PhaseKind.FAULT, duration_s=900.0, faults=(fault_plan(at_s=100.0),))
LINES = phase("lines", PhaseKind.LINES, duration_s=0.0, load=Load(0.0, 0.0))
RAMP = phase("ramp", PhaseKind.RAMP, duration_s=900.0, load=Load(0.1, 1.0))
SETTLE = phase("settle", PhaseKind.RECOVERY, duration_s=600.0)
PLANNED = scenario(LINES, RAMP, SOAK, LOSS, SETTLE, tickets=TICKETS)
STARTS_S = {"lines": 0.0, "ramp": 100.0, "soak": 1100.0, "loss": 15_600.0, "settle": 16_600.0}


def played(until_s: float) -> list[PhaseRun]:
    """Return how far a run of ``PLANNED`` had come at *until_s*, phases with short gaps between."""
    found = []
    for each in PLANNED.phases:
        start_s, end_s = STARTS_S[each.name], STARTS_S[each.name] + each.duration_s
        if start_s > until_s:
            break
        gate = Status.PASS if end_s + 20 <= until_s else None
        found.append(
            PhaseRun(
                each.name, each.kind, each.load, start_s, end_s, min(until_s, end_s + 20), gate
            )
        )
    return found


def left(until_s: float, *, faults: tuple[FaultRun, ...] = (), more_s: float | None = None) -> Left:
    return left_of(PLANNED, played(until_s), faults, known_s=until_s, more_s=more_s)


def names(phases: tuple[Phase, ...]) -> list[str]:
    return [each.name for each in phases]


# ---------------------------------------------------------------------- what is left


def test_a_soak_goes_on_where_it_was_cut_after_the_lines_and_the_ramp():
    """No call is placed on lines that nobody tested, and no full load on an empty centre."""
    found = left(STARTS_S["soak"] + 6000.0)

    assert names(found.done) == ["lines", "ramp", "soak"]
    assert names(found.to_play) == ["lines-2", "ramp-2", "soak-2", "loss", "settle"]
    assert found.done[-1].duration_s == 6000.0
    assert found.to_play[2].duration_s == SOAK.duration_s - 6000.0
    assert found.to_play[2].planned_as == "soak"
    assert found.cut_in == "soak"


def test_the_faults_that_are_to_come_come_as_long_after_the_others_as_planned():
    """They are on a timeline: what was before the cut stays there, what was not comes later."""
    found = left(STARTS_S["soak"] + 6000.0)

    assert [each.at_s for each in found.done[-1].faults] == [1000.0, 5000.0]
    assert [each.at_s for each in found.to_play[2].faults] == [3000.0]


def test_a_soak_ends_before_a_fault_that_was_in_force_and_breaks_it_again():
    """Half a failover proves nothing, and its victims must not be held against anybody."""
    at_s = STARTS_S["soak"] + 5000.0
    hung = fault_run(
        phase="soak", injected_from_s=at_s, injected_s=at_s + 1, healed_s=None, heal_proven_s=None
    )
    found = left(at_s + 120.0, faults=(hung,))

    assert found.piece is not None
    assert found.piece.end_s == found.piece.held_until_s == at_s
    assert [each.at_s for each in found.done[-1].faults] == [1000.0]
    assert [each.at_s for each in found.to_play[2].faults] == [0.0, 4000.0]
    assert found.faults == (hung,)


@pytest.mark.parametrize("cut_in", ["ramp", "loss", "settle"])
def test_any_other_phase_begins_anew_and_what_there_was_of_it_is_left_out(cut_in: str):
    """Half a ramp is not half as good as a ramp."""
    found = left(STARTS_S[cut_in] + 200.0)

    assert [each.name for each in found.left_out] == [cut_in]
    assert cut_in not in names(found.done)
    assert f"{cut_in}-2" in names(found.to_play)
    assert next(p for p in found.to_play if p.planned_as == cut_in).duration_s == next(
        p.duration_s for p in PLANNED.phases if p.name == cut_in
    )


def test_a_soak_that_had_hardly_begun_begins_anew():
    """Half a minute of it would be a piece of which nothing can be decided."""
    found = left(STARTS_S["soak"] + 30.0)

    assert [each.name for each in found.left_out] == ["soak"]
    assert found.to_play[2].duration_s == SOAK.duration_s
    assert names(found.done) == ["lines", "ramp"]


def test_a_run_that_ended_has_nothing_left_unless_its_soak_is_to_last_longer():
    """A job that ends after six hours gives a verdict, and the next one goes on from it."""
    over_s = STARTS_S["settle"] + 1000.0

    assert not left(over_s).to_play
    longer = left(over_s, more_s=5 * HOUR_S)
    assert names(longer.done) == names(PLANNED.phases)
    assert names(longer.to_play) == ["lines-2", "ramp-2", "soak-2", "loss-2", "settle-2"]
    assert longer.to_play[2].duration_s == 5 * HOUR_S


@pytest.mark.parametrize("held_s", [0.0, 300.0])
def test_a_soak_that_was_cut_while_its_gate_was_decided_is_over(held_s: float):
    """What a gate holds on for may be longer than the plan: nothing of the soak is left to play.

    A second piece without any time would have no contacts, and leave the whole run undecided.
    """
    *before, soak = played(STARTS_S["soak"] + SOAK.duration_s + 5.0)
    end_s = soak.end_s + held_s
    soak = replace(soak, end_s=end_s, held_until_s=end_s + 5.0)
    found = left_of(PLANNED, [*before, soak], (), known_s=end_s + 5.0)

    assert soak.gate is None
    assert names(found.to_play) == ["lines-2", "ramp-2", "loss", "settle"]
    assert found.piece == replace(soak, held_until_s=end_s)


def test_how_much_longer_counts_in_the_middle_of_a_soak_too():
    """``--for`` says what this job has time for, whatever was left of the plan."""
    found = left(STARTS_S["soak"] + 6000.0, more_s=HOUR_S / 2)

    assert found.to_play[2].duration_s == HOUR_S / 2
    assert found.to_play[2].faults == (), "what does not fit in any more is not broken"


@given(st.floats(0.0, STARTS_S["settle"] + 1000.0), st.floats(0.0, 1.0))
def test_whenever_it_is_cut_and_cut_again_everything_planned_is_played_once(
    first_s: float, share: float
):
    """Nothing of a plan is lost by a cut, nothing of it is judged twice, no name is given twice."""
    found = left(first_s)
    whole = replace(PLANNED, phases=(*found.done, *found.to_play))
    if found.to_play:
        runs = [*(r for r in played(first_s) if r not in found.left_out)]
        at_s = first_s + 60.0
        until_s = at_s + share * sum(each.duration_s + 20.0 for each in found.to_play)
        for each in found.to_play:
            if at_s > until_s:
                break
            end_s = at_s + each.duration_s
            gate = Status.PASS if end_s + 10.0 <= until_s else None
            held_s = min(until_s, end_s + 10.0)
            runs.append(PhaseRun(each.name, each.kind, each.load, at_s, end_s, held_s, gate))
            at_s = end_s + 20.0
        if found.piece is not None:
            runs = [found.piece if run.name == found.piece.name else run for run in runs]
        again = left_of(whole, runs, (), known_s=until_s, pieces=[found.cut_in])
        whole = replace(whole, phases=(*again.done, *again.to_play))

    assert len({*names(whole.phases)}) == len(whole.phases)
    for each in (SOAK, LOSS, SETTLE):
        pieces = [p for p in whole.phases if p.planned_as == each.name]
        assert sum(p.duration_s for p in pieces) == pytest.approx(each.duration_s)
        assert sum(len(p.faults) for p in pieces) == len(each.faults)


# ---------------------------------------------------------------------- the record


@pytest.fixture
def plan() -> Plan:
    return Plan(PLANNED, sla(), FakeEvidence().target, "0" * 64)


@pytest.fixture
def cut_run(tmp_path: Path, plan: Plan) -> Path:
    """Return the folder of a run that was killed 6,000 s into its soak, in wall time 300 s."""
    folder = tmp_path / "first"
    (folder / "logs").mkdir(parents=True)
    for record in written(folder, plan):
        soak_s = STARTS_S["soak"]
        for each in played(soak_s + 6000.0):
            record.put_phase(each)
        record.put_contacts(
            [answered(f"soak/calls/{n}", due_s=soak_s + n, phase="soak") for n in range(10)]
        )
        record.put_contacts([ticket(f"soak/tickets/{n}", due_s=soak_s + n) for n in range(5)])
        for source in ("edge", "north", "south"):
            values = {Series("cc_speed"): 20.0}
            record.put_scrape(Scrape(source, soak_s + 5990.0, True, values))
    return folder


def written(folder: Path, plan: Plan) -> Iterator[RunRecord]:
    with RunRecord.create(folder) as record:
        facts = replace(FakeEvidence().facts, scenario_sha256=plan.scenario_sha256, speed=20.0)
        record.put_plan(plan.scenario, plan.sla, plan.target, facts)
        record.put_epoch(1_000_000.0)
        yield record


def test_the_new_record_begins_with_all_that_was_measured(
    cut_run: Path, plan: Plan, tmp_path: Path
):
    """What the generator had logged, and died before anybody had taken it in, is in it too."""
    last = answered("soak/calls/10", due_s=STARTS_S["soak"] + 10, phase="soak")
    (cut_run / "logs" / "contacts.ndjson").write_text(to_json(last) + "\n" + '{"torn": ')
    folder = tmp_path / "second"
    folder.mkdir()
    before = (cut_run / "run.sqlite").read_bytes()
    earlier = taken_up(cut_run, plan)

    with earlier.record_in(folder) as record:
        assert [call.id for call in record.calls()] == [f"soak/calls/{n}" for n in range(11)]
        assert [each.name for each in record.phases()] == ["lines", "ramp", "soak"]
        assert record.phases()[-1].end_s == STARTS_S["soak"] + 5990.0, "the last that is whole"
        assert record.ending is Ending.BROKEN, "it has not come to say how it ended"
        (cut,) = record.cuts()
        assert cut.at_s == STARTS_S["soak"] + 6000.0
        assert cut.phase == "soak"
        record.log(Event(cut.goes_on_s, "phase_began"))
        record.put_scrape(Scrape("edge", cut.goes_on_s, True, {Series("cc_speed"): 20.0}))
        assert [each.at_s for each in record.scrapes("edge")] == [7090.0, cut.goes_on_s]
    assert (cut_run / "run.sqlite").read_bytes() == before, "what was sealed stays as it was"


def test_the_clock_of_the_centre_stood_still_in_between(cut_run: Path, plan: Plan, tmp_path: Path):
    """Charts have no hole of a night, and exports show each half when it really was."""
    folder = tmp_path / "second"
    folder.mkdir()
    with taken_up(cut_run, plan).record_in(folder) as record:
        record.put_epoch(2_000_000.0, from_s=7160.0)

        assert record.wall(7100.0) == 1_000_000.0 + 7100.0 / 20
        assert record.wall(7160.0) == 2_000_000.0 + 7160.0 / 20


def test_tickets_whose_store_went_with_the_mock_are_not_audited(
    cut_run: Path, plan: Plan, tmp_path: Path
):
    """A killed run could not read its stores, and the next one's know nothing of those tickets."""
    folder = tmp_path / "second"
    folder.mkdir()
    with taken_up(cut_run, plan).record_in(folder) as record:
        record.put_contacts([ticket("soak-2/tickets/0", due_s=8000.0)])

        assert [each.id for each in record.ticket_writes()] == ["soak-2/tickets/0"]


def test_tickets_that_were_read_before_the_run_ended_are_audited_with_the_rest(
    tmp_path: Path, cut_run: Path, plan: Plan
):
    """Who stops a run in good order has had the stores read."""
    stopped = tmp_path / "stopped"
    (stopped / "logs").mkdir(parents=True)
    with RunRecord.open(cut_run) as record, record.copied_to(stopped) as halted:
        halted.put_stored_tickets(
            stored(s, f"soak/tickets/{n}") for n in range(5) for s in ("north", "south")
        )
        halted.put_stores_read(("north", "south"))
        halted.put_ending(Ending.HALTED, "the disk was full")
    folder = tmp_path / "second"
    folder.mkdir()
    with taken_up(stopped, plan).record_in(folder) as record:
        assert len([*record.ticket_writes()]) == 5
        assert len([*record.stored_tickets()]) == 10
        assert record.stores_read == (), "those that are written from now on are still to be read"


def test_what_a_provider_has_lost_since_the_first_run_is_not_taken_for_stored(
    tmp_path: Path, plan: Plan
):
    """Its stores live on and are read again; what was there then does not prove that it is now."""
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "logs").mkdir(parents=True)
    second.mkdir()
    elsewhere = replace(plan, target=replace(plan.target, mock=None))
    for record in written(first, elsewhere):
        record.put_stored_tickets([stored("north", "soak/tickets/0")])
        record.put_reread(Reread("soak/tickets/1", None))
    with RunRecord.open(first) as record, record.copied_to(second) as copy:
        assert [*copy.stored_tickets()] == []
        assert [*copy.rereads()] == []


def test_a_phase_that_begins_anew_leaves_its_contacts_in_the_record_and_out_of_the_verdict(
    tmp_path: Path, plan: Plan
):
    """What was measured is never thrown away, and half a failover is never judged."""
    first, second = tmp_path / "first", tmp_path / "second"
    (first / "logs").mkdir(parents=True)
    second.mkdir()
    at_s = STARTS_S["loss"]
    for record in written(first, plan):
        for each in played(at_s + 200.0):
            record.put_phase(each)
        record.put_fault(fault_run(phase="loss", injected_from_s=at_s + 100.0, heal_proven_s=None))
        record.put_contacts([answered("loss/calls/0", due_s=at_s + 10, phase="loss")])
        for source in ("edge", "north", "south"):
            record.put_scrape(Scrape(source, at_s + 199.0, True, {Series("cc_speed"): 20.0}))
    with taken_up(first, plan).record_in(second) as record:
        assert [each.name for each in record.phases()] == ["lines", "ramp", "soak"]
        assert record.faults() == ()
        assert [call.id for call in record.calls()] == ["loss/calls/0"]
        assert [each.name for each in record.cuts()[0].left_out] == ["loss"]
        assert len(record.cuts()[0].faults) == 1


# ---------------------------------------------------------------------- refusals


def refusal(folder: Path, plan: Plan, *, more_s: float | None = None) -> str:
    with pytest.raises(UsageError) as caught:
        taken_up(folder, plan, more_s=more_s)
    return " ".join(str(caught.value).split())


def test_another_plan_is_not_gone_on_with(cut_run: Path, plan: Plan):
    """Half of one plan and half of another are a run of neither."""
    assert "very same" in refusal(cut_run, replace(plan, scenario_sha256="1" * 64))
    assert "contract" in refusal(cut_run, replace(plan, sla=replace(plan.sla, sha256="1" * 64)))
    assert "without faults" in refusal(cut_run, replace(plan, control=True))


def test_a_search_for_the_highest_load_is_not_gone_on_with(cut_run: Path, plan: Plan):
    """Which load is next follows from those before, not from a list of phases."""
    search = Search(growth=1.3, resolution=0.1, most=3.0, trials=8)
    again = cut_run.parent / "search"
    again.mkdir()
    with RunRecord.open(cut_run) as record, record.copied_to(again) as copy:
        copy.put_scenario(replace(record.scenario, search=search))

    assert "harness capacity begins a search anew" in refusal(again, plan)


def test_a_run_that_goes_on_still_is_not_gone_on_with(tmp_path: Path, plan: Plan):
    """Two that place the same calls on one centre would both measure nonsense."""
    folder = tmp_path / "alive"
    folder.mkdir()
    for record in written(folder, plan):
        record.put_phase(phase_run("ramp", PhaseKind.RAMP))

        assert "still goes on" in refusal(folder, plan)


@pytest.mark.parametrize("ending", [Ending.GATE, Ending.REFUSED])
def test_what_was_decided_is_not_decided_again(cut_run: Path, plan: Plan, ending: Ending):
    """A gate that stayed shut would open for whoever tries often enough."""
    with RunRecord.open(cut_run) as record:
        again = cut_run.parent / "decided"
        again.mkdir()
        with record.copied_to(again) as copy:
            copy.put_ending(ending)

    assert "begin a new run" in refusal(again, plan)


def test_a_run_that_came_to_its_end_asks_how_much_longer(tmp_path: Path, plan: Plan):
    """Then there is something to go on with."""
    folder = tmp_path / "whole"
    folder.mkdir()
    for record in written(folder, plan):
        for each in played(STARTS_S["settle"] + 1000.0):
            record.put_phase(each)
        record.put_ending(Ending.COMPLETE)

    assert "--for" in refusal(folder, plan)
    assert taken_up(folder, plan, more_s=HOUR_S).to_play


def test_a_run_without_a_soak_cannot_last_longer(tmp_path: Path, plan: Plan):
    """``--for`` is refused as it is for a new run, and is not what the other message asks for."""
    short = replace(plan, scenario=replace(PLANNED, phases=(LINES, RAMP)))
    folder = tmp_path / "whole"
    folder.mkdir()
    for record in written(folder, short):
        for each in played(STARTS_S["soak"] - 1.0):
            record.put_phase(each)
        record.put_ending(Ending.COMPLETE)

    with pytest.raises(UsageError, match=r"--for: found .* without a soak"):
        taken_up(folder, short, more_s=HOUR_S)
    assert "--for" not in refusal(folder, short)


def test_a_run_in_pieces_that_came_to_its_end_asks_how_much_longer(
    cut_run: Path, plan: Plan, tmp_path: Path
):
    """The piece before the cut has no gate, and waits for none."""
    folder = tmp_path / "second"
    folder.mkdir()
    with taken_up(cut_run, plan).record_in(folder) as record:
        at_s = 8000.0
        record.put_plan(
            replace(plan.scenario, phases=taken_up(cut_run, plan).scenario.phases),
            plan.sla,
            plan.target,
            record.facts,
        )
        for each in record.scenario.phases[3:]:
            end_s = at_s + each.duration_s
            run = PhaseRun(each.name, each.kind, each.load, at_s, end_s, end_s, Status.PASS)
            record.put_phase(run)
            at_s = end_s + 10.0
        record.put_ending(Ending.COMPLETE)

    assert "--for" in refusal(folder, plan)


def test_a_folder_that_holds_no_run_says_so(tmp_path: Path, plan: Plan):
    """A mistyped path begins nothing."""
    assert "run.sqlite" in refusal(tmp_path, plan)
