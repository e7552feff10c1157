"""The edge's pure parts: limits, signatures, what a webhook still has to send, who is remembered."""

import asyncio
import json
import ssl
import stat
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_centre import orders
from prometheus_client import CollectorRegistry, Gauge

from mock_center.config import parse_centre
from mock_center.edge.api.bodies import check_json
from mock_center.edge.consumers import Consumers
from mock_center.edge.features import defects, features
from mock_center.edge.outbox import Delivery, Outbox
from mock_center.edge.rate_limit import RateLimit
from mock_center.edge.signing import new_secret, signature
from mock_center.edge.tokens import Tokens
from mock_center.edge.webhooks import UrlNotAllowedError, allowed_url
from mock_center.metrics import MetricsPage
from mock_center.supervisor.certificates import make_certificates


class TestRateLimit:
    def test_a_burst_is_let_through_and_then_one_at_a_time(self):
        """A client that fills up on tokens may use them at once; after that the rate holds."""
        limit = RateLimit(per_minute=60, burst=3)
        at_once = [limit.take("c", 0.0) for _ in range(5)]
        later = [limit.take("c", 1.0).granted, limit.take("c", 1.0).granted]

        assert [each.granted for each in at_once] == [True, True, True, False, False]
        assert [each.remaining for each in at_once] == [2, 1, 0, 0, 0]
        assert at_once[-1].retry_after_s == pytest.approx(1.0)
        assert later == [True, False]

    def test_headers_are_whole_seconds_rounded_up(self):
        """A client that obeys them to the letter must never come too early."""
        limit = RateLimit(per_minute=40, burst=2)
        headers = limit.take("c", 0.0).headers()

        assert headers == {
            "RateLimit-Limit": "2",
            "RateLimit-Remaining": "1",
            "RateLimit-Reset": "2",
        }

    def test_clients_do_not_share_a_bucket(self):
        """One client's storm is not another's refusal."""
        limit = RateLimit(per_minute=1, burst=1)

        assert limit.take("a", 0.0).granted
        assert limit.take("b", 0.0).granted
        assert not limit.take("a", 0.0).granted

    @given(
        st.floats(0.5, 6000),
        st.integers(1, 50),
        st.lists(st.floats(0, 5), min_size=1, max_size=200),
    )
    def test_no_window_ever_holds_more_than_burst_and_rate_allow(self, per_minute, burst, gaps):
        """The promise of the bucket, whatever the pattern of requests."""
        limit, now_s, granted = RateLimit(per_minute, burst), 0.0, []
        for gap in gaps:
            now_s += gap
            if limit.take("c", now_s).granted:
                granted.append(now_s)

        for first, start_s in enumerate(granted):
            for count, end_s in enumerate(granted[first:], 1):
                assert count <= burst + (end_s - start_s) * per_minute / 60 + 1e-6

    @given(st.floats(0.5, 6000), st.integers(1, 20))
    def test_who_waits_as_told_is_let_through(self, per_minute, burst):
        """``Retry-After`` that is too short by a rounding error would be a loop."""
        limit = RateLimit(per_minute, burst)
        for _ in range(burst):
            limit.take("c", 0.0)
        refused = limit.take("c", 0.0)

        assert not refused.granted
        assert limit.take("c", refused.retry_after_s).granted


class TestSigning:
    def test_the_published_example_of_standard_webhooks_comes_out_the_same(self):
        """Receivers verify with libraries that are not ours."""
        found = signature(
            ["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
            message="msg_p5jXN8AQM9LWM0D4loKWxJek",
            timestamp=1614265330,
            body=b'{"test": 2432232314}',
        )

        assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    def test_during_a_rotation_both_secrets_sign(self):
        """A receiver changes its secret when it pleases, and refuses nothing meanwhile."""
        new, old = new_secret(), new_secret()
        both = signature([new, old], message="m", timestamp=1, body=b"{}")
        each = [signature([s], message="m", timestamp=1, body=b"{}") for s in (new, old)]

        assert both.split(" ") == each


def a_delivery(name: str, made_s: float = 0.0) -> Delivery:
    return Delivery(f"msg_{name}", b"{}", made_s)


class TestOutbox:
    def test_a_failed_delivery_waits_its_pause_and_up_to_a_quarter_more(self):
        """Receivers that were down together must not be called back in the same moment."""
        outbox = Outbox((10.0, 100.0), Random(1))
        outbox.add(a_delivery("a"))
        dues = []
        for now_s in (0.0, 50.0):
            delivery = outbox.take(now_s)
            assert delivery
            assert outbox.again(delivery, now_s)
            dues.append(outbox.due_s())

        assert 10 <= dues[0] <= 12.5
        assert 150 <= dues[1] <= 175
        assert outbox.take(dues[1] - 0.1) is None

    def test_after_the_last_pause_it_is_given_up(self):
        """A receiver that never answers must not hold its events for ever."""
        outbox = Outbox((1.0,), Random(1))
        outbox.add(a_delivery("a"))
        tries = 0
        while (delivery := outbox.take(1000.0 + tries)) is not None:
            tries += 1
            outbox.again(delivery, 0.0)

        assert tries == 2
        assert outbox.held == 0

    def test_the_same_seed_gives_the_same_pauses(self):
        """Two runs of one scenario differ by the target, not by our dice."""

        def pauses(seed: int) -> list[float]:
            outbox = Outbox((1.0,), Random(seed))
            for n in range(5):
                outbox.add(a_delivery(str(n)))
                outbox.again(outbox.take(0.0), 0.0)
            return [(outbox.take(9.0) and outbox.due_s()) or 0.0 for _ in range(5)]

        assert pauses(1) == pauses(1) != pauses(2)

    def test_what_has_no_room_is_dropped_and_it_lags_until_all_is_delivered(self):
        """Memory is bounded, and the loss is told; those under way count as held."""
        outbox = Outbox((), Random(1), most=2)
        kept = [outbox.add(a_delivery(name)) for name in "abc"]
        first = outbox.take(0.0)
        full = outbox.add(a_delivery("d"))
        lagged = outbox.lagging
        outbox.done()
        still = outbox.lagging
        outbox.take(0.0)
        outbox.done()

        assert first.message == "msg_a"
        assert kept == [True, True, False]
        assert not full
        assert (lagged, still, outbox.lagging) == (True, True, False)


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "http://example.com/",
        "http://10.0.0.1/",
        "http://169.254.169.254/latest",
        "http://127.0.0.1.example.com/",
        "http://localhost.example.com/",
        "http://user:secret@127.0.0.1/",
        "http://0.0.0.0/",
        "http://2130706433/",
        "http://[fe80::1]/",
        "http://[::ffff:10.0.0.1]/",
        "ftp://127.0.0.1/",
        "file:///etc/passwd",
        "//127.0.0.1/",
        "127.0.0.1",
        "http://",
        "http://127.0.0.1:99999/",
        "",
        "\x00",
    ],
)
def test_a_webhook_never_leaves_the_machine(url):
    """A mock that can be told to post anywhere is a weapon."""
    with pytest.raises(UrlNotAllowedError):
        allowed_url(url)


def test_localhost_is_an_address_here_and_no_name_to_be_looked_up():
    """Whoever controls a resolver must not control where events go."""
    assert str(allowed_url("http://localhost:80/x?y=1")) == "http://127.0.0.1/x?y=1"
    assert allowed_url("http://127.8.9.1:5/").port == 5
    assert allowed_url("http://[::1]:5/").host == "::1"


class TestConsumers:
    def test_readers_and_followed_ones_are_kept_however_many_names_are_made_up(self):
        """Hundreds of live streams are a load test; a thousand names are an accident."""
        followed = {"hooked"}
        consumers = Consumers(followed=followed.__contains__)
        readers = []
        for n in range(200):
            readers.append(consumers.feed(f"reader-{n}"))
            readers[-1]._reader = object()
        consumers.publish("hooked", {"type": "x"})
        consumers.publish("idle", {"type": "x"})
        for n in range(1200):
            consumers.publish(f"made-up-{n}", {"type": "x"})

        assert [consumers.feed(f"reader-{n}") for n in range(200)] == readers
        assert consumers.feed("hooked").last == 1
        assert consumers.feed("made-up-1199").last == 1
        assert consumers.feed("idle").last == 0, "the longest unused made room"
        assert len(consumers._feeds) <= 200 + 1 + 1025

    def test_all_feeds_together_hold_no_more_than_they_may(self):
        """The longest ring pays, for it is the one whose reader is furthest behind."""
        consumers = Consumers(most_held=100)
        for n in range(90):
            consumers.publish("long", {"type": "x", "n": n})
        for n in range(20):
            consumers.publish("short", {"type": "x", "n": n})

        held = [consumers.feed(name).held for name in ("long", "short")]
        assert sum(held) == consumers._held <= 100
        assert held[1] == 20
        assert consumers.feed("long").after(89)

    def test_a_webhook_is_told_the_event_with_the_number_that_the_stream_has(self):
        """Both readers must be able to speak of the same event."""
        told = []
        consumers = Consumers(
            followed=lambda name: name == "a", told=lambda name, event: told.append(event["seq"])
        )
        for name in ("a", "b", "a"):
            consumers.publish(name, {"type": "x"})

        assert told == [1, 2]


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a": NaN}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 2}',
        b'{"x": {"a": 1, "a": 1}}',
        b'{"a": "\xff"}',
        b"\xef\xbb\xbf{}",
        json.dumps({"a": 1}).encode("utf-16"),
        b"9" * 5000,
        b"",
    ],
)
def test_json_that_readers_would_read_differently_is_refused(raw):
    """What the edge stores and what a site stores must never be two things."""
    with pytest.raises(ValueError):
        check_json(raw)


def test_a_token_says_whose_it_is():
    """Limits are per client, and the token is all that a request shows."""
    tokens = Tokens("harness: ü", "secret", life_s=60)

    assert tokens.check(tokens.issue()) == "harness: ü"


def test_an_honest_plain_centre_lists_no_defect_and_few_features(tmp_path: Path):
    """The page must not cry wolf."""
    centre = parse_centre(orders(tmp_path))

    assert defects(centre) == []
    assert [feature.name for feature in features(centre)] == ["Ticket replication"]


def test_every_feature_and_defect_that_is_on_is_listed_in_words(tmp_path: Path):
    """Whoever looks at a strange result must see at once what was switched on."""
    centre = parse_centre(
        orders(
            tmp_path,
            ivr={"mean": "30s", "contained": "40%", "ports": "60"},
            callbacks={"within": "30m"},
            support_requests="5%",
            on_site_loss="requeue",
            queues={"billing": {"longest_wait": "10m"}},
            api={"rate_limit": "300", "tls": "yes"},
            trunks={"carrier-a": "250", "carrier-b": "150"},
            split={"north": "60%", "south": "40%"},
            media={"codec": "g729", "loss": "0.5%"},
            backup={"heads": {"billing": "5"}, "provisioned": "no"},
            defects={
                "freezes_metrics_after": "10m",
                "hangs_up": "5%",
                "resets_wait": "yes",
                "leaks_per_call_bytes": "100",
                "misroutes": {"+441632960101": "support"},
            },
        )
        | {"holidays": ["2026-12-25"]}
    )
    shown = dict(features(centre)) | dict(defects(centre))

    assert shown["Voice menu"] == "40% stay in it, 60 ports"
    assert shown["Support requests"] == "after 5% of solved tickets"
    assert shown["Backup pool"] == "billing 5; there after 10 min, without access"
    assert shown["Queue billing"] == "disconnects after 10 min"
    assert shown["Holidays"] == "2026-12-25"
    assert shown["Trunks"] == "carrier-a 250, carrier-b 150"
    assert shown["Split at the start"] == "60% north, 40% south"
    assert shown["Media"] == "g729, 60 ms, jitter 5 ms, loss 0.5%"
    assert shown["Rate limit"] == "300 requests a minute, 100 at once"
    assert shown["Freezes metrics after"] == "10 min"
    assert shown["Hangs up"] == "5%"
    assert shown["Leaks per call"] == "100 bytes"
    assert shown["Misroutes"] == "+441632960101 to support"
    assert {"TLS", "Callbacks", "Site loss", "Resets wait"} <= shown.keys()


def test_lines_and_sites_that_are_alike_are_told_once(tmp_path: Path):
    """A hundred lines with the same shares would bury what is different."""
    trunks = {"north": {"a": "10", "b": "20"}, "south": {"a": "30"}}
    split = {"+441632960101": {"north": "70%", "south": "30%"}}
    shown = dict(features(parse_centre(orders(tmp_path, trunks=trunks, split=split))))

    assert shown["Trunks, north"] == "a 10, b 20"
    assert shown["Split at the start, +441632960101"] == "70% north, 30% south"
    assert "Trunks, south" not in shown
    assert "Split at the start, +441632960201" not in shown, "the other line is shared evenly"


async def test_a_frozen_page_shows_the_moment_of_its_freezing_for_ever():
    """As it was then, not as it was when somebody first looked."""
    registry = CollectorRegistry()
    gauge = Gauge("x", "x", registry=registry)

    async def measure() -> None:
        gauge.inc()

    page = MetricsPage(registry, measure)
    first = (await page.response()).body
    await page.freeze(asyncio.get_running_loop().time() - 1)
    gauge.set(99)
    later = [(await page.response()).body for _ in range(2)]

    assert b"x 1.0" in first
    assert b"x 2.0" in later[0]
    assert later[0] == later[1]


def test_the_private_certificate_is_for_loopback_and_its_key_is_its_owners_alone(tmp_path: Path):
    """A key that others can read vouches for nothing."""
    (tmp_path / "edge.key").write_text("old, and open to all")
    files = make_certificates(tmp_path)
    context = ssl.create_default_context(cafile=str(files.ca))
    ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
        files.certificate, files.key
    )

    assert stat.S_IMODE(files.key.stat().st_mode) == 0o600
    assert len(context.get_ca_certs()) == 1
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "ca.pem",
        "edge-expired.pem",
        "edge.key",
        "edge.pem",
    ]
