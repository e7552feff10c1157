"""From the end of a run to the webhook: told once, said if it was not, and never in the way."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from harness.cli import app
from harness.cli.finishing import ended
from harness.cli.rehearsing import Manner, _keep
from harness.errors import ExitCode
from harness.exporter.outlets import Outlets
from harness.generator import Crew
from harness.guarding.ground import NOT_ARMED
from harness.model.event import Ending, FaultRun
from harness.model.notify import Notify
from harness.model.target import Secret
from harness.model.verdict import Status, Verdict
from harness.record import evidence
from harness.record.evidence import MANIFEST
from harness.record.history import History
from harness.record.run_record import RunRecord
from reports import REPORT
from tests.reports.made_up_run import FACTS, FAULT, PROVIDER, SCENARIO, SLA, TARGET, fill
from tests.reports.made_up_verdicts import go, inconclusive, no_go
from tests.webhook import Webhook
from tests.webhook import webhook as receiving

URL, SECRET = "HARNESS_NOTIFY_URL", "HARNESS_NOTIFY_SECRET"
NOTIFY = Notify(Secret(variable=URL), Secret(variable=SECRET))
SIGNED_WITH = "a-secret-that-is-nowhere-else"
DAY_S = 86_400.0
ROOT = Path(__file__).parents[1]


@pytest.fixture
def hook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    """Return a webhook that the environment names."""
    monkeypatch.setenv(SECRET, SIGNED_WITH)
    for name in ("GITHUB_RUN_ID", "CI_JOB_URL"):
        monkeypatch.delenv(name, raising=False)
    with receiving() as up:
        monkeypatch.setenv(URL, up.url)
        yield up


class Nights:
    """Runs of one scenario, one after the other, each kept as ``harness run`` keeps it."""

    def __init__(self, folder: Path) -> None:
        self.runs = folder / "runs"
        self.history = History.of(self.runs)
        self.last = self.runs
        self._manner = Manner(
            crew=Crew(1),
            history=self.history,
            explore=False,
            quiet=True,
            armed=NOT_ARMED,
            outlets=Outlets(),
            keep_free_bytes=0,
        )
        self._count = 0

    def pass_with(
        self,
        judged: Callable[[], Verdict],
        notify: Notify | None = NOTIFY,
        *,
        fault: FaultRun = FAULT,
        **facts: object,
    ) -> ExitCode:
        """Let a night pass that ends with that verdict; return its exit code."""
        self._count += 1
        run = f"2026112{self._count}T021700Z-pre-cutover"
        self.last = self.runs / run
        self.last.mkdir(parents=True)
        with RunRecord.create(self.last) as record:
            fill(record, ending=Ending.COMPLETE, fault=fault)
            about = replace(
                FACTS, run=run, started_wall=FACTS.started_wall + self._count * DAY_S, **facts
            )
            record.put_plan(replace(SCENARIO, notify=notify), SLA, TARGET, about)
        with RunRecord.open(self.last) as record:
            return _keep(record, judged(), self.last, self._manner)

    def report(self, name: str) -> str:
        """Return a report of the last night."""
        return (self.last / name).read_text(encoding="utf-8")


@pytest.fixture
def nights(tmp_path: Path) -> Nights:
    return Nights(tmp_path)


def test_a_record_that_was_held_as_the_run_ended_is_told_and_is_no_go(
    nights: Nights, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    """Whoever has to show it later must hear of it now."""
    monkeypatch.setattr(evidence, "_beside", lambda _: ["run.sqlite-wal"])
    code = nights.pass_with(go)

    assert code is ExitCode.INCONCLUSIVE
    assert "the evidence could not be sealed: somebody read the record" in capsys.readouterr().err
    assert (nights.last / REPORT).exists()
    assert not (nights.last / MANIFEST).exists()


def mended() -> Verdict:
    """Return the verdict of the red night, with what failed put right."""
    results = tuple(
        replace(each, status=Status.PASS) if each.status is Status.FAIL else each
        for each in no_go().results
    )
    return replace(go(), results=results)


def standings(message: dict[str, object]) -> dict[str, tuple[str, int]]:
    """Return how each objective stands in *message*, and for how many times."""
    return {
        item["title"]: (item["standing"], item["times"])
        for owner in message["owners"]  # type: ignore[attr-defined]
        for item in owner["items"]
    }


def test_a_red_night_is_told_at_once_then_as_still_red_then_as_fixed(nights: Nights, hook: Webhook):
    """With who owns it, since when and how often; a good night after a good one says nothing."""
    codes = [nights.pass_with(each) for each in (no_go, no_go, mended, mended)]
    red, again, fixed = hook.messages
    (title,) = standings(red)
    (owner,) = fixed["owners"]
    (item,) = owner["items"]

    assert codes == [ExitCode.NO_GO, ExitCode.NO_GO, ExitCode.GO, ExitCode.GO]
    assert standings(red) == {title: ("new", 1)}
    assert standings(again) == {title: ("still", 2)}
    assert standings(fixed) == {title: ("fixed", 2)}
    assert item["first_seen"]["run"] == "20261121T021700Z-pre-cutover"
    assert (owner["name"], owner["contact"]) == (PROVIDER.name, PROVIDER.contact)
    assert red["run"]["decision"] == "NO-GO"
    assert red["text"].startswith("NO-GO (mock only): pre-cutover")


def test_the_third_night_that_decides_nothing_is_told(nights: Nights, hook: Webhook):
    """Not the first: a machine may have been busy."""
    for _ in range(3):
        assert nights.pass_with(inconclusive) is ExitCode.INCONCLUSIVE

    (message,) = hook.messages
    assert [each["kind"] for each in message["remarks"]] == ["undecided"]
    assert "3 times in a row" in message["text"]


def test_what_was_told_and_what_could_not_be_is_in_the_reports(
    nights: Nights, hook: Webhook, capsys: pytest.CaptureFixture[str]
):
    """A failed delivery changes neither answer nor exit code, and nobody has to guess."""
    hook.answers[:] = [404]
    code = nights.pass_with(no_go)
    said = capsys.readouterr()

    assert code is ExitCode.NO_GO
    assert "could not be told to the webhook in the environment variable" in said.err
    assert "it answered 404" in said.err
    assert said.out.splitlines()[-1].startswith("NO-GO")
    for name in ("summary.md", "report.html", "result.json"):
        assert "it answered 404" in nights.report(name), name
    nights.pass_with(no_go)

    assert "told to the webhook" in nights.report("summary.md")
    assert "Not told." not in nights.report("report.html")


def test_no_address_and_no_secret_is_in_anything_that_a_run_leaves(
    nights: Nights, hook: Webhook, capsys: pytest.CaptureFixture[str]
):
    """Whoever has the address can write there, and whoever has the record may be anybody."""
    hook.answers[:] = [200, 403]
    for _ in range(2):
        nights.pass_with(no_go)
    said = capsys.readouterr()
    left = [path for path in nights.runs.rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in left)
    port = re.findall(r":(\d+)/", hook.url)[0]

    assert len(hook.bodies) == 2
    assert len(left) > 8
    for word in ("T0PSECRET", "h1dd3n", SIGNED_WITH, f"127.0.0.1:{port}"):
        assert word.encode() not in kept, word
        assert word not in said.out + said.err, word
        assert not any(word.encode() in body for body in hook.bodies), word


def test_without_an_address_nothing_happens_but_a_word(
    nights: Nights, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    """At a desk there is none; in CI it may have been taken away, and a red night says so."""
    monkeypatch.delenv(URL, raising=False)
    code = nights.pass_with(no_go)

    assert code is ExitCode.NO_GO
    assert f"{URL}: nothing stands there" in capsys.readouterr().err
    assert "nothing stands there" in nights.report("summary.md")


def test_a_scenario_that_names_nobody_tells_nobody(nights: Nights, hook: Webhook):
    """Whatever the environment holds; nor does a run that only explored, or a control run."""
    nights.pass_with(no_go, None)
    nights.pass_with(no_go, control=True)
    nights.pass_with(lambda: replace(no_go(), explored=True), explored=True)

    assert hook.bodies == []


def test_whatever_breaks_in_the_telling_the_run_has_its_answer(
    nights: Nights, hook: Webhook, monkeypatch: pytest.MonkeyPatch
):
    """Reports and exit code as if nobody had been to be told."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("T0PSECRET")

    monkeypatch.setattr("reports.news.message", broken)
    code = nights.pass_with(no_go)

    assert code is ExitCode.NO_GO
    assert "T0PSECRET" not in nights.report("report.html")


def run(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_a_message_can_be_shown_and_told_again_by_hand(nights: Nights, hook: Webhook):
    """Under the same key, and without a trace in the record, which may be sealed by then."""
    nights.pass_with(no_go)
    before = (nights.last / "run.sqlite").read_bytes()
    shown, again = run("notify", nights.last, "--show"), run("notify", nights.last)
    hook.answers[:] = [410]
    refused = run("notify", nights.last)

    assert shown.exit_code == again.exit_code == 0
    assert shown.stdout.rstrip("\n").encode() == hook.bodies[0] == hook.bodies[1]
    assert hook.headers[0]["idempotency-key"] == hook.headers[1]["idempotency-key"]
    assert refused.exit_code == 1
    assert "it answered 410" in refused.stderr
    assert (nights.last / "run.sqlite").read_bytes() == before


def test_what_cannot_be_told_by_hand_is_named(nights: Nights, hook: Webhook, tmp_path: Path):
    """A scenario without a webhook, and a history that does not know the run."""
    nights.pass_with(no_go, None)
    nobody = run("notify", nights.last)
    nights.pass_with(no_go)
    unknown = run("notify", nights.last, "--history", tmp_path / "other")

    assert (nobody.exit_code, unknown.exit_code) == (2, 2)
    assert "tells nobody" in nobody.stderr
    assert "history" in unknown.stderr


def test_a_night_that_did_not_come_is_told_by_who_looks_for_it(tmp_path: Path, hook: Webhook):
    """Of the scenario's file, which names the webhook; its name alone tells nobody."""
    asked = ("--history", tmp_path / "history", "--within", "26h")
    by_name = run("runs", "expect", "soak", *asked)
    by_file = run("runs", "expect", ROOT / "scenarios" / "soak.yaml", *asked)

    assert (by_name.exit_code, by_file.exit_code) == (1, 1)
    assert by_name.stdout == by_file.stdout
    (message,) = hook.messages
    assert message["text"].startswith("DID NOT RUN: soak")
    assert message["run"] is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [(FAULT, ExitCode.NO_GO), (replace(FAULT, heal_proven_s=None), ExitCode.RESIDUE)],
    ids=["a verdict", "residue"],
)
def test_a_history_that_was_damaged_meanwhile_costs_no_run_its_answer(
    nights: Nights, fault: FaultRun, code: ExitCode, capsys: pytest.CaptureFixture[str]
):
    """Hours after its check somebody copies a history, or merges one: the run is over all the same.

    Its customers were sent; what it left broken has to be said most of all.
    """
    torn = nights.history.folder / "findings" / "F-1" / "torn.json"
    torn.parent.mkdir(parents=True)
    torn.write_text("<<<<<<< HEAD\n")

    ended_with = ended(lambda: nights.pass_with(no_go, notify=None, fault=fault))
    said = capsys.readouterr()
    assert ended_with is code
    assert (nights.last / REPORT).exists()
    assert (nights.last / MANIFEST).exists()
    assert "no customer" not in said.err
    assert "torn.json" in said.err
    assert ("residue" in said.err) == (code is ExitCode.RESIDUE)
