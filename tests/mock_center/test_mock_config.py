"""The supervisor's first line: every problem at once, each with what would be right."""

import copy
import json
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest
from every_feature import all_keys, at, every_feature, generic, known_keys, sections, shown_keys
from hypothesis import given
from hypothesis import strategies as st
from live_centre import BILLING, orders

from mock_center.chance import HandleTime
from mock_center.config import ConfigError, parse_centre
from mock_center.config.centre import OnSiteLoss, Opening, Overflow, Shift, TicketClock, Widening
from tests.effort import examples


@pytest.fixture
def document(tmp_path):
    return orders(tmp_path)


def problems(document) -> dict[str, str]:
    """Return what is wanted, by where."""
    with pytest.raises(ConfigError) as raised:
        parse_centre(document)
    return {problem.where: problem.want for problem in raised.value.problems}


def test_an_empty_mock_section_gives_the_documented_defaults(document):
    """A profile that says nothing about the mock must get a sound centre."""
    centre = parse_centre(document)

    assert centre.lag_s is None
    assert centre.trunks == {"north": {"carrier": 400}, "south": {"carrier": 400}}
    assert centre.split[BILLING] == {"north": 0.5, "south": 0.5}
    handling = (centre.calls.talk, centre.calls.wrap_up, centre.tickets.work)
    assert [time.mean_s for time in handling] == [150, 30, 150]
    assert (centre.health_check.every_s, centre.health_check.fall) == (2.0, 2)


def test_values_are_read_as_the_strings_they_are_in_yaml(document):
    """YAML is loaded as strings only: "60%" and "2s" are the forms that arrive."""
    document["mock"] = {
        "replication": "asynchronous",
        "replication_lag": "1m30s",
        "split": {"north": "60%", "south": "40%"},
        "agents_present": "50%",
        "health_check": {"every": "500ms", "fall": "3"},
    }
    centre = parse_centre(document)

    assert centre.lag_s == 90
    assert centre.split[BILLING] == {"north": 0.6, "south": 0.4}
    heads = {
        skill: sum(s.heads for s in shifts) for skill, shifts in centre.staffing["north"].items()
    }
    assert heads == {"billing": 2, "support": 1, "tickets": 2}
    assert (centre.health_check.every_s, centre.health_check.fall) == (0.5, 3)


def test_every_problem_is_reported_at_once_with_its_place(document):
    """Whoever mends a file wants one list, not one message per start."""
    document["speed"] = "fast"
    document["staffing"]["north"]["billing"] = "-3"
    document["mock"] = {
        "replication": "sync",
        "chanels": "200",
        "split": {"north": "60%", "east": "40%"},
        "talk": {"mean": "150", "variation": "wide"},
        "wrap_up": "30s",
    }

    found = problems(document)

    assert found.pop("mock.chanels").endswith("did you mean 'channels'?")
    assert found == {
        "speed": "a number from 0.01 to 1000",
        "staffing.north.billing": "a whole number from 0 to 10000",
        "mock.replication": "synchronous or asynchronous",
        "mock.split.east": "one of north, south",
        "mock.talk.mean": "a duration with its unit, such as 20s, 10m or 400ms",
        "mock.talk.variation": "a number from 0 to 10",
        "mock.wrap_up": "a mapping of names to values; {} takes every default",
    }


@pytest.mark.parametrize(
    ("where", "value"),
    [
        ("speed", 0),
        ("speed", True),
        ("speed", "1e400"),
        ("speed", "nan"),
        ("lines", []),
        ("lines", {"billing": "+441632960101"}),
        ("lines", {}),
        ("staffing", {}),
        ("staffing", {"../north": {"billing": 1}}),
        ("client", {"id": "x"}),
        ("client", None),
        ("mock", "yes"),
        ("mock", {"channels": "0"}),
        ("mock", {"channels": "2.5"}),
        ("mock", {"channels": ["2"]}),
        ("mock", {"agents_present": "150%"}),
        ("mock", {"talk": {"mean": "0s"}}),
        ("mock", {"split": {"north": "60%"}}),
        ("mock", {"replication_lag": "20s"}),
        ("extra", 1),
    ],
)
def test_a_wrong_value_is_a_problem_and_never_a_traceback(document, where, value):
    """The harness prints our problems; a traceback would be all it could print instead."""
    broken = copy.deepcopy(document)
    broken[where] = value

    assert any(place.startswith(where) for place in problems(broken))


@pytest.mark.parametrize("nonsense", [None, 1, "text", [], [{}]])
def test_a_first_line_that_is_no_mapping_is_refused_as_such(nonsense):
    """Nothing can be said about keys then, but it has to be said where and what."""
    assert "the first line" in problems(nonsense)


# Every key


def test_the_profile_with_every_feature_is_read_and_leaves_no_key_out():
    """It is what people copy from.

    Left out are ``channels``, the short form of its ``trunks``, and three defects that have no value
    which means off.
    """
    parse_centre(every_feature())

    assert all_keys() - shown_keys() == {
        "mock.channels",
        "mock.defects.misroutes.LINE",
        "mock.defects.freezes_metrics_after",
        "mock.defects.sets_clock_after",
    }


SHARES = ["60", "101%", "-1%", "nan%", "", ["1%"], {"a": "1%"}]
PAUSES = ["20", "-1s", "1y", "", "9999999d", "9" * 400 + "s", ["1s"], {}, "1e3s"]
DURATIONS = [*PAUSES, "0s"]
NUMBERS = ["", "many", "nan", "inf", "-inf", "1e400", "-1", ["1"], {}, "1,5"]
WHOLES = [*NUMBERS, "2.5", "99999999"]
CHOICES = ["", "YES", "true", "1", ["yes"], {}]
MAPPINGS = ["", "x", "1", [], ["x"]]
GOOD_AND_BAD = [
    # where, a value as it stands in YAML, what the centre makes of it, what it refuses there
    ("speed", "20", lambda c: c.speed == 20, [*NUMBERS, "0", "1001"]),
    ("seed", "x", lambda c: c.seed == "x", ["", " ", [], {}, "a\nb"]),
    ("folder", "/tmp/x", lambda c: c.folder == "/tmp/x", ["", [], {}, "a\0b"]),
    ("lines.billing", ["+441632960109"], lambda c: c.lines["billing"] == ("+441632960109",), ["+441632960101", [], [""], [[]], ["call me"], {}, ["+441632960101"] * 2, ["+441632960201"]]),
    ("client.id", "me", lambda c: c.client_id == "me", ["", [], {}]),
    ("client.secret", "s", lambda c: c.client_secret == "s", ["", [], {}]),
    ("time_zone", "UTC", lambda c: c.hours.starts_at.tzinfo == ZoneInfo("UTC"), ["", "London", "..", "/etc/passwd", "Europe", "a\0", [], {}]),
    ("opening_hours.billing", "Mon 09:00-24:00", lambda c: c.hours.opening["billing"] == (Opening(frozenset({0}), time(9), time(0)),), ["", "Mon-Fri", "08:00-18:00", "Mon 18:00-08:00", "Mo 08:00-09:00", "Mon 8:00-18:00", "Mon 08:00-25:00", "Mon 24:00-24:00", "Mon 08:00-18:00,", [], {}]),
    ("holidays", ["2026-05-04"], lambda c: c.hours.holidays == {date(2026, 5, 4)}, ["2026-05-04", ["2026-02-30"], ["20260504"], ["2026-W01-1"], ["1926-05-04"], [[]], [{}], {}, ""]),
    ("shrinkage", "50%", lambda c: c.staffing["north"]["billing"] == (Shift(28),), SHARES),
    ("staffing.north.billing", "10", lambda c: c.staffing["north"]["billing"] == (Shift(9),), [*WHOLES, "10001"]),
    ("staffing.north.support", {"22:00-06:00": "10"}, lambda c: c.staffing["north"]["support"] == (Shift(9, time(22), time(6)),), [{"22-06": "1"}, {"22:00-06:00": "x"}, {"22:00-25:00": "1"}, {"": "1"}, {}]),
    ("mock.starts_at", "2026-12-24T18:00", lambda c: c.hours.starts_at == datetime(2026, 12, 24, 18, tzinfo=UTC), ["", "2026-12-24", "18:00", "2026-12-24T18", "2026-12-24T18:00Z", "1826-12-24T18:00", "2026-03-29T01:30", [], {}]),
    ("mock.agents_present", "50%", lambda c: c.staffing["north"]["billing"] == (Shift(25),), SHARES),
    ("mock.experience.weeks", {"south": "0"}, lambda c: c.experience.weeks == {"south": 0}, [*MAPPINGS, {"east": "1"}, {"north": "-1"}]),
    ("mock.experience.slower", "30%", lambda c: c.experience.slower == 0.3, SHARES),
    ("mock.experience.transfers", "30%", lambda c: c.experience.transfers == 0.3, SHARES),
    ("mock.experience.unresolved", "30%", lambda c: c.experience.unresolved == 0.3, SHARES),
    ("mock.experience.half_life_weeks", "2", lambda c: c.experience.half_life_weeks == 2, [*NUMBERS, "0"]),
    ("mock.backup.heads", {"billing": "3"}, lambda c: c.backup.heads == {"billing": 3}, [*MAPPINGS, {}, {"tickets": "3"}, {"billing": "x"}]),
    ("mock.backup.delay", "0s", lambda c: c.backup.delay_s == 0, PAUSES),
    ("mock.backup.pace", "1", lambda c: c.backup.pace == 1, [*NUMBERS, "0"]),
    ("mock.backup.provisioned", "no", lambda c: c.backup.provisioned is False, CHOICES),
    ("mock.backup.below", "80%", lambda c: c.backup.below == 0.8, SHARES),
    ("mock.backup.within", "30s", lambda c: c.backup.threshold_s == 30, DURATIONS),
    ("mock.backup.interval", "30m", lambda c: c.backup.interval_s == 1800, DURATIONS),
    ("mock.backup.intervals", "1", lambda c: c.backup.intervals == 1, [*WHOLES, "0"]),
    ("mock.breaks", [], lambda c: c.breaks == (), ["", {}, ["x"], [[]], [{}]]),
    ("mock.breaks[0].reason", "training", lambda c: c.breaks[0].reason == "training", ["", "lunch", [], {}]),
    ("mock.breaks[0].every", "1h", lambda c: c.breaks[0].every_s == 3600, [*DURATIONS, "15m"]),
    ("mock.breaks[0].mean", "10m", lambda c: c.breaks[0].lasts.mean_s == 600, [*DURATIONS, "2h", "3h"]),
    ("mock.breaks[0].variation", "1", lambda c: c.breaks[0].lasts.variation == 1, [*NUMBERS, "11"]),
    ("mock.talk", {"mean": "9s"}, lambda c: c.calls.talk == HandleTime(9, 1), MAPPINGS),
    ("mock.talk.mean", "9s", lambda c: c.calls.talk.mean_s == 9, DURATIONS),
    ("mock.talk.variation", "0", lambda c: c.calls.talk.variation == 0, NUMBERS),
    ("mock.wrap_up.mean", "9s", lambda c: c.calls.wrap_up.mean_s == 9, DURATIONS),
    ("mock.wrap_up.variation", "0.5", lambda c: c.calls.wrap_up.variation == 0.5, NUMBERS),
    ("mock.hold.share", "25%", lambda c: c.calls.held == 0.25, SHARES),
    ("mock.hold.mean", "9s", lambda c: c.calls.hold.mean_s == 9, DURATIONS),
    ("mock.hold.variation", "0.5", lambda c: c.calls.hold.variation == 0.5, NUMBERS),
    ("mock.transfer.share", "25%", lambda c: c.calls.transferred == 0.25, SHARES),
    ("mock.transfer.mean", "9s", lambda c: c.calls.second_talk.mean_s == 9, DURATIONS),
    ("mock.transfer.variation", "0.5", lambda c: c.calls.second_talk.variation == 0.5, NUMBERS),
    ("mock.transfer.to", {"billing": "support"}, lambda c: c.queues["billing"].transfer_to == "support", [*MAPPINGS, {"billing": "sales"}, {"sales": "billing"}, {"billing": ["support"]}, {"billing": "tickets"}]),
    ("mock.resolved", "70%", lambda c: c.calls.resolved == 0.7, SHARES),
    ("mock.ringing", {"missed": "1%"}, lambda c: c.ringing.pick_up is None, MAPPINGS),
    ("mock.ringing.mean", "4s", lambda c: c.ringing.pick_up.mean_s == 4, DURATIONS),
    ("mock.ringing.variation", "1", lambda c: c.ringing.pick_up.variation == 1, NUMBERS),
    ("mock.ringing.missed", "1%", lambda c: c.ringing.missed == 0.01, SHARES),
    ("mock.ringing.timeout", "9s", lambda c: c.ringing.timeout_s == 9, DURATIONS),
    ("mock.ringing.away", "9s", lambda c: c.ringing.away_s == 9, DURATIONS),
    ("mock.ivr", {}, lambda c: c.ivr.ports == 1000, MAPPINGS),
    ("mock.ivr.mean", "9s", lambda c: c.ivr.takes.mean_s == 9, DURATIONS),
    ("mock.ivr.variation", "0", lambda c: c.ivr.takes.variation == 0, NUMBERS),
    ("mock.ivr.contained", "25%", lambda c: c.ivr.contained == 0.25, SHARES),
    ("mock.ivr.ports", "2", lambda c: c.ivr.ports == 2, [*WHOLES, "0"]),
    ("mock.callbacks", {}, lambda c: c.callbacks.within_s == 1800, MAPPINGS),
    ("mock.callbacks.within", "1h", lambda c: c.callbacks.within_s == 3600, DURATIONS),
    ("mock.callbacks.offered_at", "0s", lambda c: c.callbacks.offered_at_s == 0, PAUSES),
    ("mock.callbacks.reached", "25%", lambda c: c.callbacks.reached == 0.25, SHARES),
    ("mock.callbacks.ring", "9s", lambda c: c.callbacks.ring_s == 9, DURATIONS),
    ("mock.callbacks.attempts", "1", lambda c: c.callbacks.attempts == 1, [*WHOLES, "0"]),
    ("mock.callbacks.retry", "9s", lambda c: c.callbacks.retry_s == 9, DURATIONS),
    ("mock.queues.billing", {}, lambda c: c.queues["billing"].head_start_s == 0, MAPPINGS),
    ("mock.queues.billing.head_start", "0s", lambda c: c.queues["billing"].head_start_s == 0, PAUSES),
    ("mock.queues.billing.widening", [{"after": "9s", "to": "support"}], lambda c: c.queues["billing"].widening == (Widening(9, ("support",)),), ["", {}, ["x"], [{}], [{"after": "9s", "to": []}], [{"after": "9s", "to": "billing"}], [{"after": "9s", "to": ["support", "support"]}], [{"after": "9s", "to": "tickets"}], [{"after": "0s", "to": "support"}], [{"to": "support"}], [{"after": "9s", "to": {}}]]),
    ("mock.queues.billing.longest_wait", "9m", lambda c: c.queues["billing"].longest_s == 540, DURATIONS),
    ("mock.queues.support.overflow", {"after": "9s", "to": "billing"}, lambda c: c.queues["support"].overflow == Overflow(9, "billing"), [*MAPPINGS, {}, {"after": "9s", "to": "support"}, {"after": "9s", "to": "sales"}, {"after": "9s"}, {"to": "billing"}]),
    ("mock.media.codec", "g729", lambda c: c.media.codec == "g729", ["", "opus", [], {}]),
    ("mock.media.delay", "80ms", lambda c: c.media.delay_ms == pytest.approx(80), PAUSES),
    ("mock.media.jitter", "0s", lambda c: c.media.jitter_ms == 0, PAUSES),
    ("mock.media.loss", "1%", lambda c: c.media.loss == 0.01, SHARES),
    ("mock.media.varies", "0%", lambda c: c.media.varies == 0, SHARES),
    ("mock.trunks", {"north": {"a": "1"}, "south": {"b": "2"}}, lambda c: c.trunks == {"north": {"a": 1}, "south": {"b": 2}}, [*MAPPINGS, {"a": "0"}, {"a b": "1"}, {"north": {"a": "1"}}, {"north": {}, "south": {}}, {"north": {"a": "1"}, "b": "1"}, {str(n): "1" for n in range(5)}]),
    ("mock.split", {"+441632960101": {"north": "100%"}}, lambda c: c.split["+441632960101"] == {"north": 1, "south": 0}, [*MAPPINGS, {"north": "99%"}, {"east": "100%"}, {"north": "50%", "south": "50.1%"}, {"+441632960101": {}}, {"+4416": {"north": "100%"}}]),
    ("mock.on_site_loss", "drop", lambda c: c.on_site_loss is OnSiteLoss.DROP, ["", "keep", [], {}]),
    ("mock.health_check.every", "1s", lambda c: c.health_check.every_s == 1, DURATIONS),
    ("mock.health_check.fall", "3", lambda c: c.health_check.fall == 3, [*WHOLES, "0"]),
    ("mock.health_check.rise", "3", lambda c: c.health_check.rise == 3, [*WHOLES, "0"]),
    ("mock.ticket_work.mean", "9s", lambda c: c.tickets.work.mean_s == 9, DURATIONS),
    ("mock.ticket_work.variation", "0", lambda c: c.tickets.work.variation == 0, NUMBERS),
    ("mock.tickets.pending", "10%", lambda c: c.tickets.pending == 0.1, [*SHARES, "90%"]),
    ("mock.tickets.on_hold", "10%", lambda c: c.tickets.on_hold == 0.1, SHARES),
    ("mock.tickets.third_party.mean", "1h", lambda c: c.tickets.third_party.mean_s == 3600, DURATIONS),
    ("mock.tickets.third_party.variation", "0", lambda c: c.tickets.third_party.variation == 0, NUMBERS),
    ("mock.tickets.escalated", "5%", lambda c: c.tickets.escalated == 0.05, SHARES),
    ("mock.tickets.silent", "1d", lambda c: c.tickets.silent_s == 86400, DURATIONS),
    ("mock.tickets.closes", "1d", lambda c: c.tickets.closes_s == 86400, DURATIONS),
    ("mock.tickets.clocks", {"P1": {}}, lambda c: c.tickets.clocks == {"P1": TicketClock()}, [*MAPPINGS, {"P5": {}}, {"P1": ""}]),
    ("mock.tickets.clocks.P1.first_reply", "1m", lambda c: c.tickets.clocks["P1"].first_reply_s == 60, DURATIONS),
    ("mock.tickets.clocks.P1.next_reply", "1m", lambda c: c.tickets.clocks["P1"].next_reply_s == 60, DURATIONS),
    ("mock.tickets.clocks.P1.resolution", "1m", lambda c: c.tickets.clocks["P1"].resolution_s == 60, DURATIONS),
    ("mock.tickets.clocks.P1.business", "yes", lambda c: c.tickets.clocks["P1"].business is True, CHOICES),
    ("mock.replication", "asynchronous", lambda c: c.lag_s == 20, ["", "async", "synchronous", [], {}]),
    ("mock.replication_lag", "0s", lambda c: c.lag_s == 0, PAUSES),
    ("mock.support_requests", "2%", lambda c: c.support_requests == 0.02, SHARES),
    ("mock.api.token_life", "1m", lambda c: c.api.token_life_wall_s == 60, DURATIONS),
    ("mock.api.rate_limit", "60", lambda c: c.api.per_minute == 60, [*NUMBERS, "0"]),
    ("mock.api.burst", "1", lambda c: c.api.burst == 1, [*WHOLES, "0"]),
    ("mock.api.tls", "yes", lambda c: c.api.tls is True, CHOICES),
    ("mock.api.webhook_retries", [], lambda c: c.api.retries_wall_s == (), ["", "1s", {}, ["1"], [[]], ["0s"]]),
    ("mock.defects.flatters_service_level", "1%", lambda c: c.defects.flatters_service_level == 0.01, SHARES),
    ("mock.defects.hangs_up", "1%", lambda c: c.defects.hangs_up == 0.01, SHARES),
    ("mock.defects.skips_agents", "1%", lambda c: c.defects.skips_agents == 0.01, SHARES),
    ("mock.defects.slows_down_per_hour", "1%", lambda c: c.defects.slows_down_per_hour == 0.01, SHARES),
    ("mock.defects.leaks_per_call_bytes", "1", lambda c: c.defects.leaks_per_call_bytes == 1, WHOLES),
    ("mock.defects.resets_wait", "yes", lambda c: c.defects.resets_wait is True, CHOICES),
    ("mock.defects.freezes_metrics_after", "1m", lambda c: c.defects.freezes_metrics_after_s == 60, PAUSES),
    ("mock.defects.sets_clock_after", "2h", lambda c: c.defects.sets_clock_after_s == 7200, PAUSES),
    ("mock.defects.sets_clock_by", {"north": "-30"}, lambda c: c.defects.sets_clock_by == {"north": -30.0}, [*MAPPINGS, {"east": "1"}, {"north": "30s"}, {"north": []}, {"north": "86401"}]),
    ("mock.defects.misroutes", {"+441632960102": "support"}, lambda c: c.defects.misroutes == {"+441632960102": "support"}, [*MAPPINGS, {"+441632960102": "billing"}, {"+441632960102": "sales"}, {"+4416": "support"}, {"+441632960102": []}]),
    ("mock.defects.forgets_tickets", "1%", lambda c: c.defects.forgets_tickets == 0.01, SHARES),
    ("mock.defects.garbles_tickets", "1%", lambda c: c.defects.garbles_tickets == 0.01, SHARES),
    ("mock.defects.loses_tickets_on_failover", "1%", lambda c: c.defects.loses_tickets_on_failover == 0.01, SHARES),
    ("mock.defects.duplicates_tickets_on_failover", "1%", lambda c: c.defects.duplicates_tickets_on_failover == 0.01, SHARES),
]  # fmt: skip
ROWS_OF_THEIR_OWN = ("mock.queues.QUEUE.widening", "mock.queues.QUEUE.overflow", "staffing.SITE")
PLACES = [row[0] for row in GOOD_AND_BAD]


def changed(where: str, value: object) -> dict:
    """Return the document with every feature, and *value* at *where*."""
    document = every_feature()
    parent, _, key = where.rpartition(".")
    at(document, parent)[key] = value
    return document


@pytest.mark.parametrize(("where", "good", "holds", "_bad"), GOOD_AND_BAD, ids=PLACES)
def test_a_key_changes_what_it_says(where, good, holds, _bad):
    """A key that is read but ends up nowhere, or elsewhere, would lie in every rehearsal."""
    assert holds(parse_centre(changed(where, good)))


@pytest.mark.parametrize(("where", "_good", "_holds", "bad"), GOOD_AND_BAD, ids=PLACES)
def test_a_wrong_value_is_refused_where_it_stands(where, _good, _holds, bad):
    """The problem names the place, what was found there, and what would be right."""
    first = where.split("[")[0].rpartition(".")[0]
    for value in [*bad, None, True]:
        with pytest.raises(ConfigError) as raised:
            parse_centre(changed(where, value))
        for problem in raised.value.problems:
            assert problem.where.startswith((where, first)), (value, problem)
            assert problem.found and problem.want
            assert "object" not in problem.want and "argument" not in problem.want, problem


def test_every_key_has_its_row_of_good_and_bad_values():
    """A new key without one would be tested by nobody."""
    tested = {generic(where) for where in PLACES}
    whole = {"staffing"} | {key.rpartition(".")[0] for key in tested}  # tested by their keys
    named = {f"{key}.{name}" for key in tested for name in ("QUEUE", "SITE", "GROUP", "LINE")}
    elsewhere = {"mock.channels", "mock.queues.QUEUE.widening[].after"}

    left = all_keys() - tested - whole - named - elsewhere
    assert not {key for key in left if not key.startswith(ROWS_OF_THEIR_OWN)}


def test_callbacks_leave_room_for_a_queue_less():
    """Each queue needs series of its own for them, and a page has room for so many only."""
    five = {f"queue{n}": [f"+44163296020{n}"] for n in range(5)}
    document = {**every_feature(), "lines": five, "opening_hours": {}}
    document["staffing"] = {"north": {"queue0": "1"}}
    document["mock"] = {"callbacks": {}}

    assert problems(document) == {"mock.callbacks": "at most 4 where callers are called back"}
    document["mock"] = {}
    assert len(parse_centre(document).lines) == 5


@pytest.mark.parametrize("path", [path for path in sections(every_feature()) if known_keys(path)])
def test_a_mistyped_key_is_named_with_the_likely_one(path):
    """A key with a slip would otherwise be a feature that silently stays off."""
    key = min(known_keys(path))
    document = every_feature()
    at(document, path)[key + "x"] = "1"

    found = problems(document)

    assert f"did you mean {key!r}?" in found[f"{path}.{key}x".lstrip(".")]


@pytest.mark.parametrize(
    ("where", "value", "want"),
    [
        ("time_zone", "Europe/Lodnon", "a time zone such as Europe/London; did you mean 'Europe/London'?"),
        ("mock.starts_at", "2026-03-29T01:30", "a time that exists in Europe/London; its clocks leap over this one"),
        ("mock.ivr", "", "a mapping of names to values; {} takes every default"),
        ("staffing.edge", {}, "another name: that is a process of us"),
        ("lines.billing", ["+441632960101", "+441632960201"], "each line once; +441632960201 also leads to billing"),
        ("mock.channels", "400", "either channels or trunks, not both"),
        ("mock.queues.support.overflow.to", "support", "billing"),
        ("mock.breaks[0].mean", "2h", "a break shorter than the time until the next"),
        ("mock.split", {"north": "99.99%"}, "shares that add up to 100%"),
    ],
)  # fmt: skip
def test_a_contradiction_is_explained(where, value, want):
    """Each value alone may be right; the message must say why they do not fit together."""
    assert want in problems(changed(where, value)).values()


def test_queues_may_overflow_to_each_other():
    """Two small teams that help each other out; a caller overflows only once."""
    centre = parse_centre(changed("mock.queues.billing.overflow", {"after": "5m", "to": "support"}))

    assert centre.queues["billing"].overflow == Overflow(300, "support")


def test_a_problem_of_a_section_read_twice_is_named_once():
    """``transfer`` is asked for its times and, elsewhere, for its targets."""
    with pytest.raises(ConfigError) as raised:
        parse_centre(changed("mock.transfer", "yes"))

    assert [problem.where for problem in raised.value.problems] == ["mock.transfer"]


def test_overlapping_shifts_add_up():
    """Two shifts that meet at lunch are how a peak is staffed, not a mistake."""
    shifts = {"08:00-14:00": "10", "12:00-18:00": "10"}
    centre = parse_centre(changed("staffing.north.billing", shifts))

    assert [shift.heads for shift in centre.staffing["north"]["billing"]] == [9, 9]


def test_a_feature_that_is_left_out_is_off(document):
    """Today's rehearsals say nothing of the new features, and must stay as they are."""
    centre = parse_centre(document)

    assert (centre.ivr, centre.callbacks, centre.backup, centre.breaks) == (None, None, None, ())
    assert centre.ringing.pick_up is None
    assert centre.api.per_minute is None
    assert not centre.hours.opening
    assert all(rule.overflow is None and not rule.widening for rule in centre.queues.values())
    assert (centre.calls.held, centre.calls.transferred, centre.calls.resolved) == (0, 0, 1)


# Fuzz

TEXTS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["billing", "north", "tickets", "yes", "50%", "20s", "1e9", "nan", "-0", "08:00-18:00",
         "Mon-Fri 08:00-18:00", "2026-03-02T09:00", "Europe/London", "0001-01-01T00:00", "\0", "٣s"]
    ),
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS | st.just(10**1000),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=5,
)
EVERYWHERE = sorted(
    path
    for section in sections(every_feature())
    for path in [section, *(f"{section}.{key}".lstrip(".") for key in at(every_feature(), section))]
    if path
)


def judged(document: object) -> None:
    """Parse *document*: a centre, or problems that can be printed and sent; never a traceback."""
    try:
        parse_centre(document)
    except ConfigError as error:
        assert error.problems
        assert json.dumps([problem.to_wire() for problem in error.problems])
        for problem in error.problems:
            assert problem.where and problem.found and problem.want
            assert "\n" not in problem.where + problem.found + problem.want
            assert len(problem.found) < 200


@examples(60)
@given(JSON)
def test_no_document_at_all_brings_a_traceback(document):
    """Whatever a profile says, the harness has problems to print."""
    judged(document)


def test_a_problem_that_lists_the_files_own_names_stays_on_one_line():
    """A queue may be called a line break; the message that offers it must not become two."""
    document = every_feature()
    document["lines"] = {"\n": ["+441632960101"]}
    judged(document)


@examples(160)
@given(st.lists(st.tuples(st.sampled_from(EVERYWHERE), JSON), min_size=1, max_size=3))
def test_no_value_at_any_place_brings_a_traceback(changes):
    """One wrong thing inside a sound profile goes further than pure nonsense does."""
    document = every_feature()
    for where, value in changes:
        parent, _, key = where.rpartition(".")
        try:
            at(document, parent)[key] = value
        except (KeyError, IndexError, TypeError, ValueError):  # an earlier change removed it
            continue
    judged(document)


@examples(60)
@given(st.sampled_from([path for path in sections(every_feature()) if path]), TEXTS, JSON)
def test_no_additional_key_brings_a_traceback(path, key, value):
    """Names of sites, queues and trunk groups are the user's, so any text may stand there."""
    document = every_feature()
    at(document, path)[key] = value
    judged(document)
