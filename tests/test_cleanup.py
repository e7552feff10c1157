"""Cleaning up: only what this run left is touched, and what stays is named."""

import errno
import fcntl
import os
from contextlib import asynccontextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner

from harness.cleanup import Cleared, clean_up
from harness.cli import app
from harness.errors import ExitCode, UsageError
from harness.model.contact import Stream
from harness.model.target import Login, Remote, SignIn, SignInKind, Target
from harness.record.run_record import RunRecord
from harness.record.store import refuse_written
from reports import REPORT
from reports.left_behind import LEFT_FILE, write_left
from scenarios.examples.ticket_desk.server import Server
from tests.fakes import FakeEvidence, scenario, sla
from tests.reports.made_up_run import fill

DESK = "scenarios.examples.ticket_desk.adapter:TicketDesk"


class NoBroom:
    """An adapter that cannot take tickets away."""

    def __init__(self, endpoints) -> None:
        from scenarios.examples.ticket_desk.adapter import TicketDesk

        self._desk = TicketDesk(endpoints)
        self.read_tickets = self._desk.read_tickets

    def open_ticket(self, ticket):
        return self._desk.open_ticket(ticket)


@asynccontextmanager
async def left_behind(folder: Path, adapter: str = DESK):
    """Yield the record of a run that left two tickets at a desk, where a stranger has a third."""
    server = Server(user="us", password="", speed=1.0)
    desk = server._desk
    who = desk.requester("customer-1")
    for reference in ("run-1/a", "run-1/b", "run-10/c"):
        desk.open(who, "low", {360001: reference}, 0.0, "The bill")
    async with TestServer(server.app(), host="127.0.0.1") as live:
        url = str(live.make_url("/")).rstrip("/")
        remote = Remote(
            url, {"desk": url}, Login(SignIn(SignInKind.BASIC), "us"), offers=(Stream.TICKETS,)
        )
        target = Target("desk", adapter, False, {}, None, remote=remote)
        facts = replace(FakeEvidence().facts, run="run-1", reference_prefix="run-1/")
        folder.mkdir()  # noqa: ASYNC240  once, and empty
        with RunRecord.create(folder) as record:
            record.put_plan(scenario(), sla(), target, facts)
            yield record, desk


async def test_only_the_tickets_of_this_run_are_taken_away(tmp_path: Path):
    """Another run's, whose name begins alike, may be somebody's evidence."""
    async with left_behind(tmp_path / "run") as (record, desk):
        cleared = [each async for each in clean_up(record)]
        again = [each async for each in clean_up(record)]

    assert sorted(each.reference for each in cleared) == ["run-1/a", "run-1/b"]
    assert not any(each.why for each in cleared)
    assert [case.fields[360001] for case in desk.cases.values()] == ["run-10/c"]
    assert again == []


async def test_what_cannot_be_taken_away_is_listed(tmp_path: Path):
    """Somebody will have to do it by hand, and needs the provider's own numbers."""
    async with left_behind(tmp_path / "run", f"{__name__}:NoBroom") as (record, _):
        cleared = [each async for each in clean_up(record)]
        rows = [(each.where, each.provider_id, each.reference, each.why) for each in cleared]
        path = write_left(record.folder, rows)

    assert all("no remove_ticket" in each.why for each in cleared)
    assert path.read_text().count("run-1/") == 2
    assert cleared[0].provider_id in path.read_text()


def test_what_a_provider_says_is_no_formula_in_the_list(tmp_path: Path):
    """The list is opened by a spreadsheet, and names and reasons are a stranger's."""
    path = write_left(tmp_path, [("desk", '=HYPERLINK("http://x")', "run-1/a", "\x1b[2J")])

    assert "'=HYPERLINK" in path.read_text()
    assert "\x1b" not in path.read_text()


def test_what_is_left_is_named_where_no_list_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Somebody has to close those tickets, and a full disk does not make them fewer."""

    async def cleared(record):
        yield Cleared("desk", "4711", "run-1/a", "refused: 403")

    monkeypatch.setattr("harness.cleanup.clean_up", cleared)
    run = tmp_path / "run"
    (run / LEFT_FILE).mkdir(parents=True)
    with RunRecord.create(run) as record:
        facts = replace(FakeEvidence().facts, run="run-1")
        record.put_plan(scenario(), sla(), Target("desk", DESK, False, {}, None), facts)

    answer = CliRunner().invoke(app, ["cleanup", str(run)])

    assert answer.exit_code == ExitCode.RESIDUE, answer.output
    assert "left: desk 4711 run-1/a refused: 403" in answer.output
    assert "could not be written" in answer.output


def test_where_nobody_can_tell_whether_a_run_goes_on_its_report_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """A network's disk may know no holds; then every run would seem to go on for ever."""

    def unknown(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", unknown)

    refuse_written(tmp_path, want="its end")


@pytest.mark.parametrize(("hold", "refused"), [(fcntl.LOCK_SH, False), (fcntl.LOCK_EX, True)])
def test_who_looks_whether_a_run_goes_on_is_in_nobodys_way(
    tmp_path: Path, hold: int, refused: bool
):
    """Jobs of one pipeline export and compare the same run at the same moment."""
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, hold)
    try:
        with pytest.raises(UsageError) if refused else nullcontext():
            refuse_written(tmp_path, want="its end")
    finally:
        os.close(other)


@pytest.mark.parametrize("words", [["report"], ["report", "--sla", "any.yaml"], ["cleanup"]])
def test_a_run_that_still_goes_on_is_left_alone(tmp_path: Path, words: list[str]):
    """Half a run would be in the history for good, and its own tickets are not done with."""
    run = tmp_path / "runs" / "run-1"
    run.mkdir(parents=True)
    with RunRecord.create(run) as record:
        fill(record)

        answer = CliRunner().invoke(app, [words[0], str(run), *words[1:]])

    assert answer.exit_code == ExitCode.USAGE, answer.output
    assert "a run that still goes on" in answer.output
    assert [path.name for path in run.parent.iterdir()] == ["run-1"], "no history"
    assert not (run / REPORT).exists()
