"""A message is sent to who is to be told and to nobody else, and no trouble on its way is ours."""

import asyncio
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.guard.rules_hosts import Resolved
from harness.guarding import GROUND, Ground
from harness.model.guard import Denied, Never
from harness.model.notify import Notify
from harness.model.target import Login, Remote, Secret, Target
from harness.notify import Outcome, check, send, webhook
from mock_center.edge.signing import new_secret, signature
from tests.reports.made_up_run import TARGET
from tests.webhook import GONE, HUGE, REDIRECT, SLOW, Webhook
from tests.webhook import webhook as receiving

URL, KEY = "HOOK", "0123456789abcdef0123456789abcdef"
NOTIFY = Notify(Secret(variable=URL), Secret(variable="HOOK_SECRET"))
BODY = b'{"text": "NO-GO"}'
HIDDEN = ("T0PSECRET", "h1dd3n", "sign-with-this")


def mock() -> Target:
    return TARGET


def provider(edge: str = "https://uat.provider.example") -> Target:
    """Return a target that somebody else runs, at *edge*."""
    return replace(mock(), mock=None, remote=Remote(edge, {}, Login()))


def ground(
    where: Mapping[str, tuple[str, ...]] | None = None, never: Never | UsageError | None = None
) -> Ground:
    """Return a ground on which names mean what *where* says, and *never* is forbidden."""
    known = {"127.0.0.1": ("127.0.0.1",)} | dict(where or {})

    async def resolve(host: str) -> Resolved:
        return Resolved(known.get(host, ()))

    def forbidden(_: Path) -> Never:
        if isinstance(never, UsageError):
            raise never
        return never or Never()

    return replace(GROUND, resolve=resolve, never=forbidden, now=lambda: 1_795_000_000.9)


def sent(
    url: str,
    *,
    target: Target | None = None,
    on: Ground | None = None,
    secret: str = "",
    timeout_s: float = 10.0,
) -> tuple[Outcome, list[float]]:
    """Send a message to *url*; return what became of it, and the pauses that were made."""
    notify = NOTIFY if secret else replace(NOTIFY, secret=None)
    to = webhook(notify, environment={URL: url, "HOOK_SECRET": secret})
    assert to is not None
    pauses: list[float] = []

    async def pause(for_s: float) -> None:
        pauses.append(for_s)

    outcome = asyncio.run(
        send(
            to,
            BODY,
            key=KEY,
            target=target or mock(),
            folder=Path("/"),
            ground=on or ground(),
            pause=pause,
            timeout_s=timeout_s,
        )
    )
    assert not [word for word in HIDDEN if word in f"{outcome} {to}"]
    return outcome, pauses


@pytest.fixture
def nobody() -> Iterator[str]:
    """Return an address at which nobody listens."""
    with receiving() as gone:
        url = gone.url
    yield url


def test_a_message_comes_as_it_is_once_and_under_its_key():
    """What a receiver needs in order to drop what it has already."""
    with receiving() as hook:
        outcome, pauses = sent(hook.url)

    assert outcome == Outcome(1)
    assert pauses == []
    assert hook.bodies == [BODY]
    assert hook.paths == ["/hooks/T0PSECRET?token=h1dd3n"]
    (headers,) = hook.headers
    assert headers["idempotency-key"] == headers["webhook-id"] == KEY
    assert headers["content-type"] == "application/json"
    assert "webhook-signature" not in headers


@pytest.mark.parametrize("secret", ["whsec_", "sign-with-this"])
def test_a_signed_message_is_what_a_receiver_of_standard_webhooks_expects(secret: str):
    """Held against the signatures that the mock centre makes, which are nobody's of ours."""
    secret = new_secret() if secret == "whsec_" else secret
    with receiving() as hook:
        sent(hook.url, secret=secret)
    (headers,) = hook.headers
    shared = secret if secret.startswith("whsec_") else "whsec_c2lnbi13aXRoLXRoaXM="
    expected = signature([shared], message=KEY, timestamp=1_795_000_000, body=BODY)

    assert headers["webhook-timestamp"] == "1795000000"
    assert headers["webhook-signature"] == expected


@pytest.mark.parametrize(
    ("answers", "tries", "why"),
    [
        ([500], 2, ""),
        ([503, GONE], 3, ""),
        ([429, 429], 3, ""),
        ([500, 502, 503], 3, "it answered 503, 3 times"),
        ([404], 1, "it answered 404"),
        ([401], 1, "it answered 401"),
        ([REDIRECT], 1, "it answered with a redirect (307), which is not followed"),
        ([HUGE], 1, ""),
    ],
)
def test_it_is_tried_again_where_that_can_help(answers: list[int | str], tries: int, why: str):
    """Three times with a growing pause; a refusal and a redirect are final; no answer is read."""
    with receiving(*answers) as hook:
        outcome, pauses = sent(hook.url)

    assert outcome == Outcome(tries, why)
    assert pauses == [2.0, 8.0][: tries - 1]
    assert len(hook.bodies) == tries
    assert {path.partition("?")[0] for path in hook.paths} == {"/hooks/T0PSECRET"}
    assert hook.sent < 50_000_000, "an answer without end was read"


def test_a_receiver_that_is_down_or_never_answers_costs_three_tries(nobody: str):
    """And the night's answer stands as it is."""
    with receiving(SLOW, SLOW, SLOW) as slow:
        late, _ = sent(slow.url, timeout_s=0.1)
    down, _ = sent(nobody)

    assert late == Outcome(3, "no answer in time, 3 times")
    assert down.tries == 3
    assert "no answer (ClientConnectorError)" in down.why


def unreached(hook: Webhook, target: Target, on: Ground) -> str:
    """Return why nothing was sent to *hook*."""
    outcome, _ = sent(hook.url, target=target, on=on)
    assert hook.bodies == []
    assert outcome.tries == 0
    return outcome.why


def test_nothing_is_sent_to_the_target_by_name_or_by_address():
    """A message is no load, and still nothing that a target is to get."""
    with receiving() as hook:
        port = hook.url.split(":")[2].split("/")[0]
        itself = provider(f"http://127.0.0.1:{port}")

        assert "the target's edge" in unreached(hook, itself, ground())
    shared = ground({"chat.example": ("203.0.113.7",), "uat.provider.example": ("203.0.113.7",)})
    outcome, _ = sent("https://chat.example/x", target=provider(), on=shared)
    same, _ = sent("https://uat.provider.example:8443/x", target=provider(), on=shared)

    assert outcome == Outcome(0, "it is at an address of the target or of production")
    assert "the target's edge" in same.why


def test_another_port_of_this_machine_is_not_the_target():
    """Whoever rehearses on one machine is told on it as well."""
    with receiving() as hook:
        outcome, _ = sent(hook.url, target=provider("http://127.0.0.1:1"))

    assert outcome.why == ""


@pytest.mark.parametrize(
    "never",
    [
        Never(hosts=(Denied("Chat.Example.", "never.yaml:1"),)),
        Never(hosts=(Denied("*.example", "never.yaml:1"),)),
        Never(networks=(Denied("203.0.113.0/24", "never.yaml:1"),)),
        Never(known={"chat.example": ()}),
        Never(known={"api.acme.test": ("203.0.113.9",)}),
        Never(hosts=(Denied("api.acme.test", "never.yaml:1"),)),
    ],
)
def test_nothing_is_sent_to_what_a_deny_file_forbids(never: Never):
    """By its name, its domain, its network, or an address that is known or looked up."""
    where = {"chat.example": ("203.0.113.9",), "api.acme.test": ("203.0.113.9",)}
    outcome, _ = sent("https://chat.example/x", on=ground(where, never))

    assert outcome.tries == 0
    assert "never.yaml" in outcome.why or "production" in outcome.why


def test_a_lever_that_stops_rehearsals_stops_no_message():
    """Nothing may be rehearsed; that a night did not come may be told."""
    never = Never(
        hosts=(Denied("*.acme.test", "never.yaml:1"),),
        lever=Denied("a change is being made", "never.yaml:3"),
    )
    with receiving() as hook:
        outcome, _ = sent(hook.url, on=ground({}, never))

    assert outcome == Outcome(1)


def test_what_is_forbidden_and_cannot_be_read_is_not_guessed():
    """No message then: what is not known counts as wrong."""
    with receiving() as hook:
        why = unreached(hook, mock(), ground({}, UsageError([])))

    assert "never.yaml" in why


def test_a_name_without_an_address_and_one_that_leaves_this_machine_are_not_sent_to():
    """Without TLS a message stays here, whatever localhost is made to mean."""
    lost, _ = sent("https://nowhere.example/x")
    away, _ = sent("http://localhost:1/x", on=ground({"localhost": ("203.0.113.7",)}))

    assert lost == Outcome(0, "its host has no address")
    assert away == Outcome(0, "it has no TLS and is not on this machine")


@pytest.mark.parametrize(
    "url",
    [
        "http://chat.example/T0PSECRET",
        "https://user:T0PSECRET@chat.example/",
        "https://chat.example\\@uat.provider.example/T0PSECRET",
        "https://chat.example/T0PSECRET\nHost: x",
        "https://0x7f000001/T0PSECRET",
        "ftp://chat.example/T0PSECRET",
        "chat.example/T0PSECRET",
        "T0PSECRET",
    ],
)
def test_what_is_no_address_is_said_before_the_night_and_not_repeated(
    url: str, monkeypatch: pytest.MonkeyPatch
):
    """It may be the secret itself that stands in the wrong place."""
    monkeypatch.setenv(URL, url)
    with pytest.raises(UsageError) as refused:
        check(replace(NOTIFY, secret=None), mock())

    assert URL in str(refused.value)
    assert "T0PSECRET" not in str(refused.value)


def test_an_address_with_an_at_in_its_path_is_one():
    """As those of a chat that is used a lot are."""
    to = webhook(
        replace(NOTIFY, secret=None), environment={URL: "https://chat.example/hook/a@b/c?d=e%2Ff"}
    )

    assert to is not None
    assert to.origin.host == "chat.example"
    assert str(to.url) == "https://chat.example/hook/a@b/c?d=e%2Ff"


def test_the_targets_own_address_is_refused_before_the_night(monkeypatch: pytest.MonkeyPatch):
    """Not found out by a message that was not sent."""
    monkeypatch.setenv(URL, "https://uat.provider.example/hook")
    with pytest.raises(UsageError, match="HOOK the address of the target's"):
        check(replace(NOTIFY, secret=None), provider())


def test_a_secret_that_is_not_there_or_no_secret_is_refused(monkeypatch: pytest.MonkeyPatch):
    """A receiver that checks signatures would drop every message."""
    monkeypatch.setenv(URL, "https://chat.example/hook")
    monkeypatch.delenv("HOOK_SECRET", raising=False)
    with pytest.raises(UsageError, match="nothing in the environment variable HOOK_SECRET"):
        check(NOTIFY, mock())
    monkeypatch.setenv("HOOK_SECRET", "whsec_no base64!")
    with pytest.raises(UsageError) as refused:
        check(NOTIFY, mock())

    assert "base64!" not in str(refused.value)


@pytest.mark.parametrize("secret", ["whsec_", "whsec_\u00e9t\u00e9", "caf\udce9"])
def test_a_secret_that_signs_nothing_is_refused(monkeypatch: pytest.MonkeyPatch, secret: str):
    """Messages would go out unsigned without a word, or the night would end in an error of ours."""
    monkeypatch.setenv(URL, "https://chat.example/hook")
    monkeypatch.setenv("HOOK_SECRET", secret)
    with pytest.raises(UsageError, match=r"notify\.secret"):
        check(NOTIFY, mock())


def test_without_an_address_nobody_is_told(monkeypatch: pytest.MonkeyPatch):
    """Whoever runs the scenario at a desk has no such variable, and needs none."""
    monkeypatch.delenv(URL, raising=False)

    assert webhook(NOTIFY, environment={}) is None
    assert webhook(NOTIFY, environment={URL: "  "}) is None
    check(NOTIFY, mock())
    check(None, mock())


def test_an_address_may_stand_in_a_file(tmp_path: Path):
    """As secrets are mounted; with the line end that editors put behind it."""
    path = tmp_path / "hook"
    path.write_text("https://chat.example/hook\n")
    to = webhook(Notify(Secret(file=str(path))))

    assert to is not None
    assert str(to.url) == "https://chat.example/hook"
    with pytest.raises(UsageError, match="cannot be read"):
        webhook(Notify(Secret(file=str(tmp_path / "none"))))
