"""The schedule: one seed, one named random stream per purpose, customers who do not exist."""

import re
from collections import Counter
from dataclasses import replace
from itertools import islice, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter
from scipy import stats

from harness.model.arrivals import Days, Process, Recording
from harness.model.contact import Stream
from harness.model.scenario import Load, Phase, PhaseKind, Scenario
from harness.traffic.people import POOL_SIZE, make_people
from harness.traffic.schedule import (
    Planned,
    PlannedCall,
    expected_contacts,
    planned,
    rate_per_s,
)
from tests.fakes import TICKETS, fault_plan, phase, scenario
from tests.traffic.days_of_arrivals import MORNING, calls, stamps

RAMP = phase("ramp", PhaseKind.RAMP, load=Load(0.1, 1.0))
PLAN = scenario(RAMP, phase(), tickets=TICKETS)


def of_phase(plan: Scenario, one: Phase, stream: Stream = Stream.CALLS) -> list[Planned]:
    """Return what is planned for the phase itself, without its hold."""
    return list(takewhile(lambda each: not each.held, planned(plan, one, stream)))


@pytest.mark.parametrize("stream", Stream)
def test_the_same_seed_plans_the_same_customers(stream: Stream):
    """Two runs of one scenario differ in nothing but the target."""
    assert of_phase(PLAN, RAMP, stream) == of_phase(PLAN, RAMP, stream)


def test_another_seed_plans_other_customers():
    """A seed that changes nothing would make every run the same experiment."""
    other = replace(PLAN, seed="2027")

    assert of_phase(other, RAMP) != of_phase(PLAN, RAMP)


@given(shards=st.integers(1, 16))
def test_stripes_of_any_number_of_shards_make_up_the_schedule(shards: int):
    """More workers place the same contacts at the same due times."""
    whole = of_phase(PLAN, RAMP)
    stripes = [[each for each in whole if each.number % shards == i] for i in range(shards)]

    assert sorted((each for stripe in stripes for each in stripe), key=lambda e: e.due_s) == whole


KINDS = {
    "a shape": calls(RAMP, shape=MORNING, per_hour=3600.0),
    "days that vary": calls(replace(RAMP, days=Days()), shape=MORNING, per_hour=3600.0),
    "even spacing": calls(RAMP, process=Process.UNIFORM),
    "stamps": calls(RAMP, recording=stamps(200, 600.0)),
    "counts by queue": calls(
        RAMP,
        recording=Recording(
            "past.csv", (0.0, 0.0), 1800.0, (200, 90), 1800.0, ("billing", "support")
        ),
    ),
}


@pytest.mark.parametrize("kind", KINDS)
def test_any_kind_of_arrivals_is_the_same_in_every_process(kind: str):
    """Each worker gets the scenario as JSON and draws the whole schedule: they must all agree."""
    scenarios = TypeAdapter(Scenario)
    plan = KINDS[kind]
    told = scenarios.validate_json(scenarios.dump_json(plan))
    whole = of_phase(plan, plan.phases[0])
    stripes = [
        [each for each in of_phase(told, told.phases[0]) if each.number % 3 == i] for i in range(3)
    ]

    assert len(whole) > 30
    assert sorted((e for stripe in stripes for e in stripe), key=lambda e: e.number) == whole
    assert [each.number for each in whole] == list(range(len(whole)))


@pytest.mark.parametrize("kind", KINDS)
def test_due_times_rise_for_any_kind(kind: str):
    """The shard waits for one contact after the other: one out of order would be late."""
    plan = KINDS[kind]
    due_s = [each.due_s for each in islice(planned(plan, plan.phases[0], Stream.CALLS), 800)]

    assert due_s == sorted(due_s)


def test_contacts_are_numbered_from_zero_without_gaps():
    """The stripe of a worker is its numbers: a gap would be a customer nobody places."""
    assert [each.number for each in of_phase(PLAN, RAMP)] == list(range(len(of_phase(PLAN, RAMP))))


def test_a_fault_moves_no_customer():
    """A run with a fault and one without share their customers, so the two can be compared."""
    broken = replace(RAMP, faults=(fault_plan(),))

    assert of_phase(PLAN, broken) == of_phase(PLAN, RAMP)


def test_a_phase_put_in_before_moves_no_customer_of_the_others():
    """Random streams are named by phase, not drawn from one tap."""
    longer = scenario(phase("pilot"), RAMP, phase(), tickets=TICKETS)

    assert of_phase(longer, RAMP) == of_phase(PLAN, RAMP)


def test_tickets_do_not_move_calls():
    """Taking the tickets out of a scenario leaves its calls as they were."""
    assert of_phase(replace(PLAN, tickets=None), RAMP) == of_phase(PLAN, RAMP)


def test_the_hold_goes_on_where_the_phase_ended_at_its_last_load():
    """While a gate is decided the load stays up, and those contacts are marked."""
    own = of_phase(PLAN, RAMP)
    held = list(islice(planned(PLAN, RAMP, Stream.CALLS), len(own), len(own) + 400))

    assert all(each.held and each.due_s > RAMP.duration_s for each in held)
    assert (held[-1].due_s - RAMP.duration_s) / 400 == pytest.approx(3600 / 1440, rel=0.2)


def test_no_two_contacts_share_a_name():
    """The id is the key under which stores are audited, the hold's included."""
    ids = [
        each.id
        for one in PLAN.phases
        for stream in Stream
        for each in islice(planned(PLAN, one, stream), 500)
    ]

    assert len(set(ids)) == len(ids)


def test_the_plan_keeps_to_the_scenarios_mix():
    """60 % billing means 60 % billing, on that queue's own lines."""
    calls = list(islice(planned(PLAN, phase(), Stream.CALLS), 4000))
    queues = Counter(each.queue for each in calls if isinstance(each, PlannedCall))

    assert queues["billing"] / 4000 == pytest.approx(0.6, abs=0.03)
    assert all(each.line in PLAN.lines[each.queue] for each in calls)


def test_patience_has_the_mean_that_was_asked_for():
    """Exponential patience of mean 180 s, or abandonment is not the scenario's."""
    calls = list(islice(planned(PLAN, phase(), Stream.CALLS), 4000))

    assert sum(each.patience_s for each in calls) / 4000 == pytest.approx(180, rel=0.07)


def test_a_stream_that_is_not_in_the_scenario_is_empty():
    """No tickets in the file, no tickets on the wire."""
    assert list(planned(scenario(), phase(), Stream.TICKETS)) == []


def test_the_expectation_is_the_area_under_the_load():
    """What `check` promises is what the schedule draws, on average."""
    assert expected_contacts(PLAN, RAMP, Stream.CALLS) == pytest.approx(0.55 * 0.4 * 600)
    assert rate_per_s(PLAN, RAMP, Stream.CALLS, 0.5) == pytest.approx(0.55 * 0.4)


def test_the_rate_of_a_hold_is_that_of_its_phases_end():
    """A live view that is past the phase's end shows no load beyond the plan."""
    assert rate_per_s(PLAN, RAMP, Stream.CALLS, 1.5) == pytest.approx(0.4)


PEOPLE = make_people("2026", 300)


def test_every_number_lies_in_the_range_kept_free_for_drama():
    """07700 900xxx and 020 7946 0xxx: no call of ours can ring at a real person's."""
    reserved = re.compile(r"\+44(7700900|2079460|207946)\d{3,4}")

    assert all(reserved.fullmatch(person.phone) for person in PEOPLE)


def test_every_address_is_under_test():
    """RFC 6761: no mail of ours can arrive anywhere."""
    assert all(person.email.endswith(".test") for person in PEOPLE)


def test_the_same_seed_makes_the_same_people():
    """Each worker makes its own pool, and they must be the same people."""
    assert make_people("2026", 300) == PEOPLE


def test_every_planned_person_is_in_the_pool():
    """The schedule draws a place in a pool that it never sees."""
    people = [each.person for each in islice(planned(PLAN, phase(), Stream.CALLS), 4000)]

    assert 0 <= min(people) <= max(people) < POOL_SIZE


def test_customers_speak_the_languages_of_the_scenario():
    """In its shares; without any the provider is told of none."""
    people = make_people("2026", POOL_SIZE, languages={"en": 0.9, "cy": 0.1})
    welsh = sum(person.language == "cy" for person in people)

    assert stats.binomtest(welsh, POOL_SIZE, 0.1).pvalue > 0.01
    assert {person.language for person in PEOPLE} == {""}


def test_languages_change_nobodys_name_or_number():
    """One draw more must not make other people of the same customers."""
    people = make_people("2026", 300, languages={"en": 0.9, "cy": 0.1})

    assert [(p.id, p.name, p.phone) for p in people] == [(p.id, p.name, p.phone) for p in PEOPLE]
