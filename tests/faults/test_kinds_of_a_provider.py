"""The kinds for a provider's real test environment: they bite, are shown, heal; what is refused."""

import asyncio
import json
import os
import socket
import stat
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio

from harness.errors import NotInjected, TargetError
from harness.faults import leases
from harness.faults.contract import Means
from harness.faults.ctk_worker import refusal
from harness.faults.guarded import Guardianship
from harness.faults.kinds import KINDS
from harness.faults.probe import Probe
from harness.files.faults import Around
from harness.model.fault import Value, Written
from harness.model.scenario import FaultPlan
from harness.model.target import Endpoints
from tests.faults.stand_ins import Provider, ToxicProxy, provider, toxic_proxy
from tests.kpi.judges import free_port


class Announced:
    """Hears what people are asked to do; ``came`` is set then."""

    def __init__(self) -> None:
        self.came = asyncio.Event()

    def __call__(self, _: str) -> None:
        self.came.set()


@pytest_asyncio.fixture(loop_scope="module")
async def far() -> AsyncIterator[Provider]:
    async with provider() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="module")
async def proxy() -> AsyncIterator[ToxicProxy]:
    async with toxic_proxy() as running:
        running.add("tickets")
        yield running


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the run whose guardian all tests here share."""
    folder = tmp_path_factory.mktemp("of-a-provider") / "a-run"
    (folder / "logs").mkdir(parents=True)
    return folder


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def guardianship(run: Path) -> AsyncIterator[Guardianship]:
    """One guardian for all: to start it takes longer than any test."""
    async with Guardianship(run) as held:
        yield held


@pytest.fixture
def means(guardianship: Guardianship, run: Path) -> Iterator[Means]:
    """Return the means of a run; what a test leaves broken nobody has to heal, for it is gone."""
    yield Means(None, guardianship, Announced())
    for path in leases.open_in(run):
        leases.close(path)


def plan(kind: str, **asked: object) -> FaultPlan:
    """Return a plan as the reader of scenarios makes it: defaults filled in, nested values JSON."""
    values: dict[str, Value] = {
        each.name: each.default for each in KINDS[kind].parameters if each.default is not None
    }
    for name, value in asked.items():
        nested = isinstance(value, dict | list)
        values[name.rstrip("_")] = json.dumps(value) if nested else value  # type: ignore[assignment]
    values.setdefault("where", "north")
    return FaultPlan(kind, "", 0.0, 60.0, None, values, KINDS[kind].place(values))


def wrong(found: FaultPlan) -> str:
    """Return all that *found*'s kind has to say against it."""
    names = Around(Path(), {}, frozenset({"north", "south"}), {})
    return "\n".join(map(str, KINDS[found.kind].wrong(found.asked, names)))  # type: ignore[attr-defined]


def probe(far: Provider) -> Probe:
    return Probe(Endpoints(edge=far.url, sites={"north": far.url}), lambda _: {})


def over_http(far: Provider) -> FaultPlan:
    return plan(
        "http",
        inject={"url": f"{far.url}/break/north", "expect": "202"},
        heal={"url": f"{far.url}/break/north", "method": "DELETE", "expect": ["204", "404"]},
        proof={"get": f"{far.url}/healthz", "status": "503"},
    )


@pytest.mark.asyncio(loop_scope="module")
async def test_http_bites_is_proven_and_heals(far: Provider, means: Means):
    """The provider's own API does it, and the scenario's own sign shows it."""
    fault, kind = over_http(far), KINDS["http"]
    way = kind.way(means)
    async with probe(far) as looking:
        before = await kind.proof(fault, looking), await kind.heal_proof(fault, looking)
        await way.inject(fault, lease_wall_s=30.0)
        during = await kind.proof(fault, looking), await kind.heal_proof(fault, looking)
        await way.heal(fault)
        await way.heal(fault)
        after = await kind.proof(fault, looking), await kind.heal_proof(fault, looking)

    assert not wrong(fault)
    assert before == (None, "every site answers its health check")
    assert during == (f"{far.url}/healthz answers 503", None)
    assert after == before


@pytest.mark.asyncio(loop_scope="module")
async def test_without_a_sign_nothing_is_proven(far: Provider, means: Means):
    """The order's own "202 Accepted" proves nothing: such a run cannot be a GO."""
    fault, kind = over_http(far), KINDS["http"]
    asked = {name: value for name, value in fault.asked.items() if name != "proof"}
    unsigned = FaultPlan("http", "", 0.0, 60.0, None, asked, "north")
    way = kind.way(means)
    async with probe(far) as looking:
        await way.inject(unsigned, lease_wall_s=30.0)
        proof = await kind.proof(unsigned, looking)
        await way.heal(unsigned)

    assert proof is None


@pytest.mark.asyncio(loop_scope="module")
async def test_a_process_bites_and_heals(means: Means, tmp_path: Path):
    """A command, and its undo."""
    mark = tmp_path / "broken"
    fault = plan("process", run=["touch", str(mark)], undo=["rm", "-f", str(mark)])
    way = KINDS["process"].way(means)
    await way.inject(fault, lease_wall_s=30.0)
    broken = os.path.exists(mark)  # noqa: ASYNC240, PTH110
    await way.heal(fault)

    assert not wrong(fault)
    assert broken
    assert not os.path.exists(mark)  # noqa: ASYNC240, PTH110


@pytest.mark.asyncio(loop_scope="module")
async def test_a_toxic_is_added_and_removed(proxy: ToxicProxy, means: Means):
    """As the server's documentation has it: numbers as numbers, a name of its own."""
    fault = plan(
        "toxiproxy",
        server=proxy.url,
        proxy="tickets",
        toxic="latency",
        toxicity=0.5,
        attributes={"latency": "1000"},
    )
    way = KINDS["toxiproxy"].way(means)
    await way.inject(fault, lease_wall_s=30.0)
    added = dict(proxy.toxics["tickets"])
    await way.heal(fault)
    await way.heal(fault)

    assert not wrong(fault)
    [(name, toxic)] = added.items()
    assert name.startswith("a-run-")
    assert toxic["attributes"] == {"latency": 1000}
    assert toxic["toxicity"] == 0.5
    assert proxy.toxics["tickets"] == {}


@pytest.mark.asyncio(loop_scope="module")
async def test_a_proxy_is_switched_off_and_on(proxy: ToxicProxy, means: Means):
    """A link that is cut."""
    fault = plan("toxiproxy", server=proxy.url, proxy="tickets", toxic="down")
    way = KINDS["toxiproxy"].way(means)
    await way.inject(fault, lease_wall_s=30.0)
    during = proxy.proxies["tickets"]["enabled"]
    await way.heal(fault)

    assert during is False
    assert proxy.proxies["tickets"]["enabled"] is True


@pytest.mark.asyncio(loop_scope="module")
async def test_a_server_on_another_machine_is_asked_where_the_guard_found_it(
    proxy: ToxicProxy, means: Means
):
    """Asked by a name that nobody may look up, it would never be answered: no toxic, ever."""
    server = proxy.url.replace("127.0.0.1", "toxics.provider.test")
    there = replace(means, pins={"toxics.provider.test": ("127.0.0.1",)})
    fault = plan("toxiproxy", server=server, proxy="tickets", toxic="down")
    way = KINDS["toxiproxy"].way(there)
    await way.inject(fault, lease_wall_s=30.0)
    during = proxy.proxies["tickets"]["enabled"]
    await way.heal(fault)

    assert during is False
    assert proxy.proxies["tickets"]["enabled"] is True


@pytest.mark.parametrize("name", ["off", "nowhere"])
@pytest.mark.asyncio(loop_scope="module")
async def test_a_toxic_that_could_never_bite_is_not_injected(
    proxy: ToxicProxy, means: Means, name: str
):
    """The server takes a toxic on a proxy that is off: an outage would be told that never was."""
    proxy.add("off", enabled=False)
    fault = plan("toxiproxy", server=proxy.url, proxy=name, toxic="latency")
    with pytest.raises(NotInjected):
        await KINDS["toxiproxy"].way(means).inject(fault, lease_wall_s=30.0)

    assert proxy.toxics.get(name, {}) == {}


# ---------------------------------------------------------------------- chaostoolkit

CHAOSLIB = {
    "__init__.py": "",
    "configuration.py": "def load_configuration(found): return found\n",
    "secret.py": "def load_secrets(found, configuration): return found\n",
    "activity.py": (
        "import importlib\n"
        "def ensure_activity_is_valid(activity): pass\n"
        "def run_activity(activity, configuration, secrets):\n"
        "    provider = activity['provider']\n"
        "    if provider['type'] == 'process':\n"
        "        return {'status': 1, 'stderr': 'no such gateway'}\n"
        "    module = importlib.import_module(provider['module'])\n"
        "    return getattr(module, provider['func'])(**provider.get('arguments', {}))\n"
    ),
}


@pytest.fixture
def python(tmp_path: Path) -> str:
    """Return an interpreter that has a chaoslib, as far as its two functions go."""
    package = tmp_path / "site" / "chaoslib"
    package.mkdir(parents=True)
    for name, text in CHAOSLIB.items():
        (package / name).write_text(text)
    wrapper = tmp_path / "python"
    wrapper.write_text(f'#!/bin/sh\nPYTHONPATH={tmp_path}/site exec {sys.executable} "$@"\n')
    wrapper.chmod(wrapper.stat().st_mode | stat.S_IXUSR)
    return str(wrapper)


def experiment(folder: Path, **changes: object) -> str:
    """Return an experiment as the reader of scenarios keeps it: what stands in its file."""
    mark = str(folder / "broken")
    action = {"type": "python", "module": "os", "func": "mkdir", "arguments": {"path": mark}}
    undo = {"type": "python", "module": "os", "func": "rmdir", "arguments": {"path": mark}}
    found = {
        "title": "Lose the gateway",
        "method": [{"type": "action", "name": "lose", "provider": action}],
        "rollbacks": [{"type": "action", "name": "find", "provider": undo}],
    }
    return json.dumps(found | changes)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_chaos_experiment_bites_and_is_rolled_back(
    means: Means, tmp_path: Path, python: str
):
    """Its own tool would leave the rollback out on Ctrl-C; here the guardian holds it."""
    fault = plan("chaostoolkit", experiment=experiment(tmp_path), python=python)
    complaints = wrong(fault)
    way = KINDS["chaostoolkit"].way(means)
    await way.inject(fault, lease_wall_s=30.0)
    broken = os.path.isdir(tmp_path / "broken")  # noqa: ASYNC240, PTH112
    await way.heal(fault)

    assert not complaints
    assert broken
    assert not os.path.isdir(tmp_path / "broken")  # noqa: ASYNC240, PTH112


@pytest.mark.asyncio(loop_scope="module")
async def test_a_failed_activity_is_not_taken_for_a_fault(
    means: Means, tmp_path: Path, python: str
):
    """The toolkit says "completed" of a process that exits with 1: a false green."""
    action = {"name": "lose", "provider": {"type": "process", "path": "false"}}
    text = experiment(tmp_path, method=[action], rollbacks=[action])
    fault = plan("chaostoolkit", experiment=text, python=python)
    with pytest.raises(NotInjected, match="exit code 1 no such gateway"):
        await KINDS["chaostoolkit"].way(means).inject(fault, lease_wall_s=30.0)


@pytest.mark.parametrize(
    ("provider_", "answer", "refused"),
    [
        ("process", {"status": 0}, False),
        ("process", {"status": 1}, True),
        ("http", {"status": 204}, False),
        ("http", {"status": 503}, True),
        ("python", None, False),
    ],
)
def test_the_rule_for_success_is_stricter(provider_: str, answer: object, *, refused: bool):
    """A 503 is no success, whatever the toolkit says."""
    assert bool(refusal(provider_, answer)) is refused


def test_a_missing_package_is_named_before_the_start(tmp_path: Path):
    """Not half-way into a rehearsal with the provider on the phone."""
    bare = tmp_path / "bare"
    bare.write_text(f'#!/bin/sh\nexec {sys.executable} -S "$@"\n')
    bare.chmod(0o700)
    fault = plan("chaostoolkit", experiment=experiment(tmp_path), python=str(bare))

    assert "the package chaoslib is missing" in wrong(fault)


def test_a_missing_extension_is_named_before_the_start(tmp_path: Path, python: str):
    """The library alone is not enough."""
    action = {"name": "lose", "provider": {"type": "python", "module": "chaosaws.ec2", "func": "x"}}
    text = experiment(tmp_path, method=[action])

    assert "chaosaws" in wrong(plan("chaostoolkit", experiment=text, python=python))


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"rollbacks": []}, "no rollbacks"),
        ({"steady-state-hypothesis": {}}, "steady-state-hypothesis"),
        ({"method": [{"type": "probe", "name": "p", "provider": {}}]}, "a probe"),
        ({"method": ["lose"]}, "an activity with a provider"),
        *(
            ({"method": [{"name": "lose", "provider": {"type": "process"}, key: value}]}, repr(key))
            for key, value in (
                ("pauses", {"after": 15}),
                ("controls", [{"name": "tracing"}]),
                ("background", True),
            )
        ),
    ],
)
def test_what_an_experiment_holds_beyond_actions_is_refused(
    tmp_path: Path, changes: Mapping[str, object], named: str
):
    """What is ignored in silence is believed to work."""
    fault = plan("chaostoolkit", experiment=experiment(tmp_path, **changes))

    assert named in wrong(fault)


def test_an_experiment_that_json_cannot_say_is_refused(tmp_path: Path):
    """YAML reads an unquoted date as a date, and an activity gets its arguments as JSON."""
    text = experiment(tmp_path).replace('"Lose the gateway"', "2026-01-01")

    assert "dates and times in quotes" in wrong(plan("chaostoolkit", experiment=text))


@pytest.mark.parametrize(
    ("secrets", "named"),
    [
        ({"aws": {"token": "s3cret"}}, "'token' written out"),
        ({"token": "s3cret"}, "'token' written out"),
        ({"aws": {"token": {"type": "env", "key": "T", "default": "s3cret"}}}, "'default' written"),
        ({"aws": ["s3cret"]}, "'aws' written out"),
        ("s3cret", "'secrets' written out"),
    ],
)
def test_a_secret_that_is_written_out_is_refused(tmp_path: Path, secrets: object, named: str):
    """It would stand in the lease and in the record, and runs are handed around."""
    said = wrong(plan("chaostoolkit", experiment=experiment(tmp_path, secrets=secrets)))

    assert named in said
    assert "s3cret" not in said


def test_secrets_that_say_where_they_are_do(tmp_path: Path, python: str):
    """They are looked up in the process that needs them."""
    secrets = {
        "aws": {"token": {"type": "env", "key": "AWS_TOKEN"}},
        "vault": {"type": "vault", "path": "secret/gateway", "key": "token"},
    }
    text = experiment(tmp_path, secrets=secrets)

    assert wrong(plan("chaostoolkit", experiment=text, python=python)) == ""


# ---------------------------------------------------------------------- external


def by_person(**asked: object) -> FaultPlan:
    what = {"break_": "switch the trunks off", "mend": "switch them on", "within": 5.0}
    return plan("external", **(what | asked))


@pytest.mark.asyncio(loop_scope="module")
async def test_a_person_confirms_with_a_file(means: Means, run: Path, tmp_path: Path):
    """One of an earlier run does not count."""
    word = tmp_path / "trunks"
    fault = by_person(confirm="file", file=str(word))
    (tmp_path / "trunks.healed").write_text("of yesterday")
    os.utime(tmp_path / "trunks.healed", (1, 1))
    way, announced = KINDS["external"].way(means), means.announce
    assert isinstance(announced, Announced)
    async with asyncio.TaskGroup() as group:
        breaking = group.create_task(way.inject(fault, lease_wall_s=30.0))
        await announced.came.wait()
        await asyncio.sleep(0.01)
        early = breaking.done()
        announced.came.clear()
        (tmp_path / "trunks.injected").touch()
    async with asyncio.TaskGroup() as group:
        group.create_task(way.heal(fault))
        await announced.came.wait()
        await asyncio.sleep(0.01)
        held = list(leases.open_in(run))
        (tmp_path / "trunks.healed").touch()

    assert not early
    assert len(held) == 1
    assert list(leases.open_in(run)) == []


@pytest.mark.asyncio(loop_scope="module")
async def test_a_provider_confirms_with_a_request(means: Means):
    """Its own change tool can call back."""
    port = free_port()
    fault = by_person(confirm="request", port=float(port))
    way = KINDS["external"].way(means)
    async with aiohttp.ClientSession() as session, asyncio.TaskGroup() as group:
        breaking = group.create_task(way.inject(fault, lease_wall_s=30.0))
        status = None
        while status is None:
            try:
                url = f"http://127.0.0.1:{port}/injected"
                async with session.post(url) as answer:
                    status = answer.status
            except aiohttp.ClientError:
                await asyncio.sleep(0.01)
        await breaking

    assert status == 200


@pytest.mark.asyncio(loop_scope="module")
async def test_a_person_confirms_with_a_key(means: Means, monkeypatch: pytest.MonkeyPatch):
    """Whoever sits at the terminal of the rehearsal."""
    here, there = os.pipe()
    with os.fdopen(here) as terminal, os.fdopen(there, "wb", buffering=0) as keys:
        monkeypatch.setattr("sys.stdin", terminal)
        way = KINDS["external"].way(means)
        async with asyncio.TaskGroup() as group:
            breaking = group.create_task(way.inject(by_person(confirm="key"), lease_wall_s=30.0))
            await asyncio.sleep(0.05)
            early = breaking.done()
            keys.write(b"\n")

    assert not early


@pytest.mark.asyncio(loop_scope="module")
async def test_without_the_word_it_was_not_injected(means: Means, run: Path, tmp_path: Path):
    """And the lease stays open: somebody may have acted and not said so."""
    fault = by_person(confirm="file", file=str(tmp_path / "trunks"), within=0.05)
    way = KINDS["external"].way(means)
    with pytest.raises(NotInjected, match="nobody confirmed"):
        await way.inject(fault, lease_wall_s=30.0)
    with pytest.raises(TargetError, match="switch them on"):
        await way.heal(fault)

    [path] = leases.open_in(run)
    assert leases.read(path).commands == ("switch them on",)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_port_that_is_taken_is_named_as_the_cause(means: Means):
    """Nobody could have confirmed it: to say that nobody did sends people to look in vain."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        fault = by_person(confirm="request", port=float(port))
        way = KINDS["external"].way(means)
        with pytest.raises(NotInjected, match=f"port {port}: "):
            await way.inject(fault, lease_wall_s=30.0)
        with pytest.raises(TargetError, match=f"port {port}: .*switch them on"):
            await way.heal(fault)


@pytest.mark.asyncio(loop_scope="module")
async def test_one_key_does_not_confirm_two_faults(means: Means, monkeypatch: pytest.MonkeyPatch):
    """The second would take the terminal from the first, whose word could never come."""
    here, there = os.pipe()
    with os.fdopen(here) as terminal, os.fdopen(there, "wb", buffering=0) as keys:
        monkeypatch.setattr("sys.stdin", terminal)
        first, second = KINDS["external"].way(means), KINDS["external"].way(means)
        async with asyncio.TaskGroup() as group:
            group.create_task(first.inject(by_person(confirm="key"), lease_wall_s=30.0))
            await asyncio.sleep(0.05)
            with pytest.raises(NotInjected, match="awaited for another fault"):
                await second.inject(by_person(confirm="key"), lease_wall_s=30.0)
            keys.write(b"\n")


# ---------------------------------------------------------------------- what is refused


URL = "http://127.0.0.1:1/x"
GOOD = {"url": URL}


@pytest.mark.parametrize(
    ("fault", "named"),
    [
        (plan("http", inject={"method": "POST"}, heal=GOOD), "no 'url' in inject"),
        (plan("http", inject={"url": URL, "verb": "x"}, heal=GOOD), "unknown key 'verb'"),
        (plan("http", inject={"url": URL, "method": "BREW"}, heal=GOOD), "method: BREW"),
        (plan("http", inject={"url": URL, "expect": "ok"}, heal=GOOD), "expect: ok"),
        (plan("http", inject={"url": URL, "headers": "x"}, heal=GOOD), "headers"),
        (plan("http", inject={"url": URL + "/${NOT_SET_HERE}"}, heal=GOOD), "NOT_SET_HERE"),
        (plan("http", inject={"url": "http://127.0.0.1:8${X}"}, heal=GOOD), "in the path alone"),
        (plan("http", inject=GOOD, heal=GOOD, timeout=600.0), "timeout: 600s"),
        (plan("http", inject=GOOD, heal=GOOD, proof={"site": "north", "is": "ill"}), "refused"),
        (plan("http", inject=GOOD, heal=GOOD, proof={"smell": "bad"}), "smell"),
        (plan("process", run=["no-such-command"], undo=["true"]), "no-such-command"),
        (plan("toxiproxy", server=URL, proxy="p", toxic="latency", attributes={"latency": "1s"}),
         "latency: 1s"),
        (by_person(confirm="request"), "no 'port'"),
        (by_person(confirm="file"), "no 'file'"),
        (by_person(confirm="file", file="/no/such/folder/x"), "/no/such/folder"),
    ],
)  # fmt: skip
def test_bad_input_is_named_before_the_start(fault: FaultPlan, named: str):
    """Each of these would otherwise be found out with the provider waiting."""
    assert named in wrong(fault)


@pytest.mark.parametrize("name", ["HARNESS_TOKEN", "LOCUST_TOKEN", "failover_proxy"])
def test_a_variable_that_the_guardian_would_not_get_is_named_before_the_start(
    name: str, monkeypatch: pytest.MonkeyPatch
):
    """It would break with it, and could never be mended: only the guardian mends."""
    monkeypatch.setenv(name, "s3cret")
    undo = {"url": URL, "headers": {"Authorization": f"Bearer ${{{name}}}"}}
    said = wrong(plan("http", inject=GOOD, heal=undo))

    assert f"${{{name}}}, which the guardian would not get" in said
    assert "begin with HARNESS_ or LOCUST_, or end in _proxy" in said


@pytest.mark.parametrize("kind", ["http", "process", "toxiproxy", "chaostoolkit", "external"])
def test_nested_parameters_are_tables_and_lists(kind: str):
    """Their examples begin as the reader wants them."""
    for each in KINDS[kind].parameters:
        opening = {Written.TABLE: "{", Written.LIST: "["}.get(each.written, "")
        assert each.example.startswith(f"{each.name}: {opening}")
