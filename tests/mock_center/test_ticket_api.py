"""Tickets over the wire: changes, comments, exports, the way back, and what a failover leaves."""

import asyncio
import json
from functools import partial

import pytest
import pytest_asyncio
from live_centre import FAST_TICKETS, SLOW_TICKETS, Centre, orders, running
from live_customers import until_acknowledged

SOON_CLOSED = {**SLOW_TICKETS, "tickets": {"closes": "2s"}}


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def centre(tmp_path_factory):
    async with running(orders(tmp_path_factory.mktemp("tickets"), **SOON_CLOSED)) as centre:
        yield centre


async def patch(centre: Centre, ticket: str, body, *, if_match: str | None = None):
    headers = centre.headers if if_match is None else {**centre.headers, "If-Match": if_match}
    return await centre.ask("PATCH", f"/v1/tickets/{ticket}", body, headers=headers)


async def comment(centre: Centre, ticket: str, key: str, **body):
    body = {"author": "customer", "text": "and?", **body}
    headers = {**centre.headers, "Idempotency-Key": key}
    return await centre.ask("POST", f"/v1/tickets/{ticket}/comments", body, headers=headers)


async def read(centre: Centre, ticket: str):
    status, found, headers = await centre.ask("GET", f"/v1/tickets/{ticket}")
    assert status == 200
    assert headers["ETag"] == f'"{found["etag"]}"'
    return found


@pytest.mark.asyncio(loop_scope="module")
async def test_a_ticket_says_all_that_its_document_promises(centre):
    """Yesterday's readers find what they knew, and today's the life of the ticket."""
    status, made, headers = await centre.ticket("whole")
    ticket = await read(centre, made["id"])

    assert (status, made["state"], set(made)) == (201, "new", {"id", "reference", "site", "state"})
    assert headers["ETag"] == f'"{ticket["etag"]}"'
    assert (ticket["state"], ticket["escalated"], ticket["reopened"]) == ("new", False, 0)
    assert ticket["updated_at"] == ticket["created_at"]
    assert (ticket["replied_at"], ticket["solved_at"], ticket["solved_by"]) == (None, None, None)
    assert ticket["comments"] == []
    assert ticket["clocks"]["business"] is None
    assert ticket["clocks"]["calendar"]["agent_work_s"] >= 0


@pytest.mark.asyncio(loop_scope="module")
async def test_a_change_is_made_once_to_the_version_that_was_read(centre):
    """Optimistic locking as clients have to live with it: 428, 412, then the new ETag."""
    name = (await centre.ticket("change"))[1]["id"]
    etag = f'"{(await read(centre, name))["etag"]}"'
    without = await patch(centre, name, {"priority": "P1"})
    done = await patch(centre, name, {"priority": "P1", "subject": "new"}, if_match=etag)
    stale = await patch(centre, name, {"priority": "P4"}, if_match=etag)
    weak = await patch(centre, name, {"priority": "P4"}, if_match=f"W/{done[2]['ETag']}")
    either = f'"x", {done[2]["ETag"]}'
    same = await patch(centre, name, {"priority": "P1"}, if_match=either)

    assert (without[0], without[1]["type"]) == (428, "if-match-required")
    assert (done[0], done[1]["priority"], done[1]["subject"]) == (200, "P1", "new")
    assert (stale[0], stale[1]["type"], weak[0]) == (412, "etag-mismatch", 412)
    assert (same[0], same[2]["ETag"]) == (200, done[2]["ETag"]), "what is so already is no change"


@pytest.mark.parametrize(
    ("body", "if_match", "status", "slug"),
    [
        ({}, "*", 422, "invalid-body"),
        ({"priority": "P5"}, "*", 422, "invalid-body"),
        ({"priority": None}, "*", 422, "invalid-body"),
        ({"escalated": False}, "*", 422, "invalid-body"),
        ({"state": "pending"}, "*", 422, "invalid-body"),
        ({"state": "closed"}, "*", 422, "invalid-body"),
        ({"customer": "x"}, "*", 422, "invalid-body"),
        ({"subject": 7}, "*", 422, "invalid-body"),
        ([], "*", 422, "invalid-body"),
        ({"subject": "s"}, "abc", 400, "invalid-if-match"),
        ({"subject": "s"}, "", 400, "invalid-if-match"),
        ({"subject": "s"}, '"0123456789abcdef"', 412, "etag-mismatch"),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_bad_change_gets_its_problem_and_changes_nothing(
    centre, body, if_match, status, slug
):
    """A client's mistake is never a 5xx, and never half a change."""
    made = await centre.ticket("bad change", key="bad-change")
    before = await read(centre, made[1]["id"])
    code, problem, headers = await patch(centre, made[1]["id"], body, if_match=if_match)

    assert (code, problem["status"], problem["type"]) == (status, status, slug)
    assert headers["Content-Type"] == "application/problem+json"
    assert (await read(centre, made[1]["id"]))["etag"] == before["etag"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_customer_can_ask_for_the_second_line(centre):
    """Once, and for good: the ticket says so, and a reply is due again."""
    name = (await centre.ticket("escalate"))[1]["id"]
    escalated = await patch(centre, name, {"escalated": True}, if_match="*")
    again = await patch(centre, name, {"escalated": True}, if_match=escalated[2]["ETag"])
    back = await patch(centre, name, {"escalated": False}, if_match="*")

    assert (escalated[0], escalated[1]["escalated"], escalated[1]["state"]) == (200, True, "new")
    assert (again[0], again[2]["ETag"]) == (200, escalated[2]["ETag"])
    assert back[0] == 422


FILE = {"file_name": "invoice.pdf", "size_bytes": 48200, "type": "application/pdf"}


@pytest.mark.asyncio(loop_scope="module")
async def test_of_a_file_its_name_size_and_type_are_kept_and_nothing_else(centre):
    """With the ticket and with a comment; every copy has them, and counts what was written."""
    _, made, _ = await centre.ticket("files", attachments=[FILE])
    name = made["id"]
    written = await comment(
        centre, name, "files", attachments=[FILE, {**FILE, "file_name": "2.pdf"}]
    )
    with_content = await comment(centre, name, "c", attachments=[{**FILE, "content": "aGVsbG8="}])
    ticket = await read(centre, name)
    _, page, _ = await centre.ask("GET", "/v1/tickets?site=south&limit=1000")
    copy = next(each for each in page["tickets"] if each["id"] == name)

    assert written[0] == 201
    assert with_content[0] == 422
    assert ticket["attachments"] == copy["attachments"] == [FILE]
    assert [each["file_name"] for each in ticket["comments"][0]["attachments"]] == [
        "invoice.pdf", "2.pdf",
    ]  # fmt: skip
    assert (ticket["customer_comments"], copy["customer_comments"]) == (1, 1)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"author": "customer", "text": ""}, 422),
        ({"attachments": [FILE] * 11}, 422),
        ({"attachments": [{**FILE, "size_bytes": 50_000_001}]}, 422),
        ({"attachments": [{**FILE, "size_bytes": 1.5}]}, 422),
        ({"attachments": [{**FILE, "type": "pdf"}]}, 422),
        ({"author": "robot"}, 422),
        ({"author": "customer", "public": False}, 422),
        ({"author": "agent", "public": "no"}, 422),
        ({"more": 1}, 422),
        ({"text": "x" * 20_001}, 422),
        ({"text": "x" * 70_000}, 413),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_bad_comment_gets_its_problem_and_is_not_written(centre, body, status):
    """Only agents write notes, and nobody writes nothing."""
    name = (await centre.ticket("bad comment", key="bad-comment"))[1]["id"]
    code, problem, _ = await comment(centre, name, "bad", **body)

    assert code == problem["status"] == status
    assert (await read(centre, name))["comments"] == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PATCH", "/v1/tickets/t-9-9", 404),
        ("PATCH", "/v1/tickets/..%2F..%2Fprobe", 404),
        ("POST", "/v1/tickets/t-9-9/comments", 404),
        ("POST", "/v1/support-requests/s-9-9/resolve", 404),
        ("GET", "/v1/tickets/export?since=x", 400),
        ("GET", "/v1/tickets/export?since=-1", 400),
        ("GET", "/v1/tickets/export?since=1-9999", 410),
        ("GET", "/v1/tickets/export?limit=0", 400),
        ("GET", "/v1/support-requests?state=done", 400),
        ("GET", "/v1/support-requests?after=x", 400),
        ("DELETE", "/v1/tickets/export", 405),
    ],
)
@pytest.mark.asyncio(loop_scope="module")
async def test_what_is_not_there_or_makes_no_sense_gets_its_problem(centre, method, path, status):
    """One form for every failure."""
    bodies = {"PATCH": {"subject": "s"}, "POST": {"author": "agent", "text": "t"}}
    body = {"note": "n"} if "support" in path else bodies.get(method)
    headers = {**centre.headers, "If-Match": "*", "Idempotency-Key": "none"}
    code, problem, _ = await centre.ask(
        method, path, body if method in bodies else None, headers=headers
    )

    assert code == problem["status"] == status


@pytest.mark.asyncio(loop_scope="module")
async def test_a_closed_ticket_takes_nothing_more(centre):
    """Closed is for good: whoever has more to say opens a new ticket."""
    async with centre.events("closer") as events:
        name = (await centre.ticket("closed", consumer="closer"))[1]["id"]
        first = await comment(centre, name, "before")
        solved = await patch(centre, name, {"state": "solved"}, if_match="*")
        told = await events.until("ticket.solved", "closed")
        await events.until("ticket.closed", "closed")
        late = await comment(centre, name, "late")
        again = await comment(centre, name, "before")
        changed = await patch(centre, name, {"subject": "s"}, if_match="*")

        assert (first[0], solved[1]["state"], solved[1]["solved_by"]) == (201, "solved", "customer")
        assert (told["solved_by"], told["id"]) == ("customer", name)
        assert (late[0], late[1]["type"]) == (409, "ticket-closed")
        assert (changed[0], changed[1]["type"]) == (409, "ticket-closed")
        assert (again[0], again[1]["id"]) == (201, first[1]["id"]), "a repeat is still answered"


@pytest.mark.asyncio(loop_scope="module")
async def test_an_agent_from_outside_replies_and_a_note_does_not_count(centre):
    """Virtual agents staff a test environment where nobody else answers."""
    async with centre.events("outside") as events:
        name = (await centre.ticket("outside", consumer="outside"))[1]["id"]
        await comment(centre, name, "note", author="agent", public=False)
        noted = await read(centre, name)
        status, reply, headers = await comment(centre, name, "reply", author="agent", text="Hello")
        told = await events.until("ticket.replied", "outside")
        await comment(centre, name, "question")
        await comment(centre, name, "answer", author="agent")
        ticket = await read(centre, name)

        assert noted["replied_at"] is None
        assert (status, reply["ticket"], reply["public"]) == (201, name, True)
        assert headers["ETag"] != f'"{noted["etag"]}"'
        assert (told["comment"], told["author"]) == (reply["id"], "agent")
        assert told["replied_at"] == ticket["replied_at"] == reply["commented_at"]
        assert ticket["state"] == "open"
        assert [each["author"] for each in ticket["comments"]] == [
            "agent", "agent", "customer", "agent",
        ]  # fmt: skip
        assert len(ticket["clocks"]["calendar"]["next_replies_s"]) == 1


@pytest.mark.asyncio(loop_scope="module")
async def test_the_same_key_writes_one_comment_and_another_body_is_a_conflict(centre):
    """As with tickets; but what is said of one ticket is nothing to the other."""
    name, other = [(await centre.ticket(f"once-{n}"))[1]["id"] for n in range(2)]
    answers = await asyncio.gather(*(comment(centre, name, "once") for _ in range(5)))
    conflict = await comment(centre, name, "once", text="else")
    elsewhere = await comment(centre, other, "once")
    keyless = await centre.ask(
        "POST", f"/v1/tickets/{name}/comments", {"author": "agent", "text": "t"}
    )

    assert {status for status, _, _ in answers} == {201}
    assert len({json.dumps(body) for _, body, _ in answers}) == 1
    assert sum("Idempotent-Replayed" in headers for _, _, headers in answers) == 4
    assert (conflict[0], conflict[1]["type"]) == (422, "idempotency-conflict")
    assert (elsewhere[0], elsewhere[1]["ticket"]) == (201, other)
    assert (keyless[0], keyless[1]["type"]) == (400, "invalid-idempotency-key")


async def everything(centre: Centre, since: str = "0", limit: int = 2):
    """Return what an export gives until there is no more, and where it ended."""
    found, more = [], True
    while more:
        status, page, _ = await centre.ask("GET", f"/v1/tickets/export?since={since}&limit={limit}")
        assert status == 200
        found += page["tickets"]
        since, more = page["next"], page["more"]
    return found, since


@pytest.mark.asyncio(loop_scope="module")
async def test_an_export_goes_on_where_it_ended(centre):
    """A client's own copy of all tickets, kept up by asking for what has changed."""
    _, began = await everything(centre)
    names = [(await centre.ticket(f"t{n}"))[1]["id"] for n in range(5)]
    first, position = await everything(centre, began)
    nothing, same = await everything(centre, position)
    await comment(centre, names[1], "k")
    changed, _ = await everything(centre, position)

    assert [ticket["reference"] for ticket in first] == [f"t{n}" for n in range(5)]
    assert (nothing, same) == ([], position)
    assert [ticket["reference"] for ticket in changed] == ["t1"]


async def test_a_question_to_the_customer_waits_for_the_customer(tmp_path):
    """The whole conversation as the client hears it, in order."""
    handling = {"pending": "100%"}
    async with (
        running(orders(tmp_path, **FAST_TICKETS, tickets=handling)) as centre,
        centre.events() as events,
    ):
        name = (await centre.ticket("t1"))[1]["id"]
        await events.until("ticket.pending", "t1")
        pending = await read(centre, name)
        await comment(centre, name, "answer")
        while [event["type"] for event in events.seen].count("ticket.pending") < 2:
            events.seen.append(await anything(events))
        told = [event for event in events.seen if event.get("reference") == "t1"]

        assert pending["state"] == "pending"
        assert [event["type"] for event in told] == [
            "ticket.replied", "ticket.pending",
            "ticket.commented", "ticket.commented", "ticket.pending",
        ]  # fmt: skip
        assert [event.get("author") for event in told[2:4]] == ["customer", "agent"]
        north = centre.sites["north"]
        next_reply = 'cc_ticket_next_reply_seconds_count{priority="P2",site="north"}'
        assert await centre.sample(north, next_reply) == 1
        pending_now = 'cc_ticket_backlog{site="north",state="pending"}'
        assert await centre.sample(north, pending_now) == 1


async def anything(events) -> dict:
    """Return the next event, whatever it is."""
    async with asyncio.timeout(5):
        return json.loads(await events._response.content.readline())


async def test_a_solved_ticket_is_opened_again_by_a_comment_and_solved_again(tmp_path):
    """Reopening is a quality of its own, and full resolution starts from the creation."""
    async with (
        running(orders(tmp_path, **FAST_TICKETS)) as centre,
        centre.events() as events,
    ):
        name = (await centre.ticket("t1"))[1]["id"]
        await events.until("ticket.solved", "t1")
        await comment(centre, name, "still-broken")
        await events.until("ticket.reopened", "t1")
        events.seen.clear()
        await events.until("ticket.solved", "t1")
        ticket = await read(centre, name)
        north = centre.sites["north"]
        site = 'priority="P2",site="north"'

        calendar = ticket["clocks"]["calendar"]
        assert (ticket["state"], ticket["reopened"], ticket["solved_by"]) == ("solved", 1, "agent")
        assert calendar["first_resolution_s"] < calendar["full_resolution_s"]
        assert await centre.sample(north, f"cc_ticket_reopened_total{{{site}}}") == 1
        assert await centre.sample(north, f"cc_ticket_solved_total{{{site}}}") == 2
        assert await centre.sample(north, f"cc_ticket_one_touch_total{{{site}}}") == 1
        assert await centre.sample(north, f"cc_ticket_resolution_seconds_count{{{site}}}") == 2


async def test_comments_and_timers_survive_the_loss_of_the_leader(tmp_path):
    """Repeats are recognised, silence goes on counting, and the ticket comes to its end."""
    handling = {"pending": "100%", "silent": "100s", "closes": "10s"}
    async with (
        running(orders(tmp_path, **FAST_TICKETS, tickets=handling)) as centre,
        centre.events() as events,
    ):
        name = (await centre.ticket("t1"))[1]["id"]
        await events.until("ticket.pending", "t1")
        write = partial(comment, centre, name, "k1", author="agent", text="Are you there?")
        first = await write()
        fault = await centre.inject("site_down", "north")
        again = await until_acknowledged(write)
        solved = await events.until("ticket.solved", "t1", within_s=20)
        closed = await events.until("ticket.closed", "t1", within_s=10)
        await centre.heal(fault)
        await centre.until(lambda health: health["sites"]["north"] == "up")
        copies = [
            (await centre.ask("GET", f"/v1/tickets?site={site}"))[1] for site in ("north", "south")
        ]

        assert (first[0], again[0], again[1]) == (201, 201, first[1])
        assert again[2]["Idempotent-Replayed"] == "true"
        assert (solved["solved_by"], solved["site"], closed["site"]) == (
            "silence",
            "south",
            "south",
        )
        assert copies[0] == copies[1]
        assert copies[0]["tickets"][0]["state"] == "closed"


async def test_the_provider_asks_the_clients_own_it_and_is_answered(tmp_path):
    """Half of an outsourced service runs the other way: who there answers the provider?"""
    async with (
        running(orders(tmp_path, **FAST_TICKETS, support_requests="100%")) as centre,
        centre.events() as events,
    ):
        name = (await centre.ticket("t1"))[1]["id"]
        opened = await events.until("support.opened", "t1")
        _, waiting, _ = await centre.ask("GET", "/v1/support-requests?state=open")
        path = f"/v1/support-requests/{opened['id']}/resolve"
        headers = {**centre.headers, "Idempotency-Key": "r1"}
        done = await centre.ask("POST", path, {"note": "mended"}, headers=headers)
        again = await centre.ask("POST", path, {"note": "mended"}, headers=headers)
        other = await centre.ask("POST", path, {"note": "else"}, headers=headers)
        headers = {**centre.headers, "Idempotency-Key": "r2"}
        late = await centre.ask("POST", path, {"note": "mended"}, headers=headers)
        resolved = await events.until("support.resolved", "t1")
        _, left, _ = await centre.ask("GET", "/v1/support-requests?state=open")

        assert opened["id"].startswith("s-")
        assert (opened["ticket"], opened["opened_at"]) == (
            name, waiting["support_requests"][0]["opened_at"],
        )  # fmt: skip
        assert (done[0], done[1]["state"], done[1]["note"]) == (200, "resolved", "mended")
        assert (again[1], again[2]["Idempotent-Replayed"]) == (done[1], "true")
        assert (other[0], late[0], late[1]["type"]) == (422, 409, "already-resolved")
        assert resolved["id"] == opened["id"]
        assert left == {"support_requests": [], "next": None}
        assert await centre.sample(centre.sites["north"], "cc_support_requests_total") == 1


async def test_promises_are_counted_met_or_breached(tmp_path):
    """The provider's own account of its SLA, to be held against what customers experienced."""
    handling = {"clocks": {"P2": {"first_reply": "1h", "resolution": "1s"}}}
    async with (
        running(orders(tmp_path, **FAST_TICKETS, tickets=handling)) as centre,
        centre.events() as events,
    ):
        await centre.ticket("t1")
        await events.until("ticket.solved", "t1")
        _, page, _ = await centre.ask("GET", "/metrics", base=centre.sites["north"])
        counted = {
            line.split("{")[1].split("}")[0]: float(line.rpartition(" ")[2])
            for line in page.splitlines()
            if line.startswith("cc_ticket_sla_total")
        }

        site = 'site="north"'
        assert counted[f'metric="first_reply",priority="P2",result="met",{site}'] == 1
        assert counted[f'metric="resolution",priority="P2",result="breached",{site}'] == 1
        assert sum(counted.values()) == 2
        assert len(counted) == 24, "each is there at zero"


async def test_ticket_metrics_are_there_at_zero_and_stay_within_their_budget(tmp_path):
    """A counter that appears with its first event hides that event from every difference."""
    async with running(orders(tmp_path, **SLOW_TICKETS)) as centre:
        _, north, _ = await centre.ask("GET", "/metrics", base=centre.sites["north"])
        _, south, _ = await centre.ask("GET", "/metrics", base=centre.sites["south"])

        series = [
            line for line in north.splitlines() if line.startswith(("cc_ticket", "cc_support"))
        ]
        for name in (
            'cc_ticket_resolution_seconds_count{priority="P4",site="north"} 0.0',
            'cc_ticket_next_reply_seconds_bucket{le="14400.0",priority="P4",site="north"} 0.0',
            'cc_ticket_requester_wait_seconds_count{site="north"} 0.0',
            'cc_ticket_agent_work_seconds_count{site="north"} 0.0',
            'cc_ticket_escalated_total{priority="P1",site="north"} 0.0',
            'cc_ticket_one_touch_total{priority="P1",site="north"} 0.0',
            'cc_ticket_backlog{site="north",state="on_hold"} 0.0',
            'cc_ticket_backlog_age_seconds{site="north"} 0.0',
            'cc_support_requests_total{site="north"} 0.0',
        ):
            assert name in series
        assert len(series) <= 380
        assert "cc_ticket_backlog{" not in south, "the copy would count everything twice"


async def test_a_forgetful_provider_acknowledges_what_it_does_not_keep(tmp_path):
    """The defect that only an audit by our own keys can find."""
    defects = {"forgets_tickets": "100%"}
    async with running(orders(tmp_path, **SLOW_TICKETS, defects=defects)) as centre:
        first, again = await centre.ticket("t1"), await centre.ticket("t1")

        assert (first[0], again[0]) == (201, 201)
        assert first[1] == again[1]
        assert await centre.references() == []


async def test_a_garbling_provider_keeps_half_of_what_was_written(tmp_path):
    """Answered as any other, under the same key, and wrong at every site: only reading it tells."""
    mock = orders(tmp_path, **SLOW_TICKETS, defects={"garbles_tickets": "100%"})
    async with running(mock) as centre:
        status, made, _ = await centre.ticket("t1", subject="Refund of an invoice")
        _, kept, _ = await centre.ask("GET", f"/v1/tickets/{made['id']}")

        assert status == 201
        assert kept["subject"] == "Refund of "
        assert await centre.references() == ["t1"]


@pytest.mark.parametrize(
    ("defect", "kept"),
    [
        ("loses_tickets_on_failover", []),
        pytest.param("duplicates_tickets_on_failover", ["t1", "t1"], marks=pytest.mark.nightly),
    ],
)
async def test_a_failover_that_spoils_tickets_does_so_at_every_site(tmp_path, defect, kept):
    """Both copies agree, and both are wrong: replication itself hides nothing here."""
    mock = orders(tmp_path, **SLOW_TICKETS, defects={defect: "100%"})
    async with running(mock) as centre:
        await centre.ticket("t1")
        fault = await centre.inject("site_down", "north")
        await centre.until(lambda health: health["ticket_primary"] == "south")
        await centre.heal(fault)
        await centre.until(lambda health: health["sites"]["north"] == "up")

        assert [await centre.references(site) for site in ("north", "south")] == [kept, kept]


@pytest.mark.nightly
async def test_through_kills_and_freezes_each_comment_is_written_once(tmp_path):
    """The promise of the key, under what it was made for: the leader lost in mid-write, twice."""
    handling = {
        "pending": "30%",
        "on_hold": "20%",
        "escalated": "20%",
        "third_party": {"mean": "5s"},
    }
    mock = orders(tmp_path, **FAST_TICKETS, tickets=handling, support_requests="50%")
    async with running(mock) as centre:
        names = [(await centre.ticket(f"t{n}"))[1]["id"] for n in range(6)]

        async def write_one(name: str, key: str) -> str:
            _, body, _ = await until_acknowledged(partial(comment, centre, name, key, text=key))
            return str(body["id"])

        async def write(batch: str) -> dict[str, str]:
            keys = [(name, f"{batch}-{name}-{n}") for name in names for n in range(4)]
            ids = await asyncio.gather(*(write_one(*each) for each in keys))
            return dict(zip((key for _, key in keys), ids, strict=True))

        wrote = await write("before")
        for kind, site in (("site_down", "north"), ("site_hang", "south")):
            fault = await centre.inject(kind, site)
            wrote |= await write(kind)
            await centre.heal(fault)
            await centre.until(lambda health, site=site: health["sites"][site] == "up", 10)
        comments = [each for name in names for each in (await read(centre, name))["comments"]]
        found = [each for each in comments if each["author"] == "customer"]
        primary = (await centre.health())["ticket_primary"]
        fault = await centre.inject("site_down", primary)
        await centre.until(lambda health: health["ticket_primary"] not in (primary, None))
        left = [await read(centre, name) for name in names]
        await centre.heal(fault)

        assert {each["text"]: each["id"] for each in found} == wrote
        assert len(found) == len(wrote) == 72
        assert sum(len(ticket["comments"]) for ticket in left) >= 72, "the copy has them too"
