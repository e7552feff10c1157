"""The interface check beside the lines: each probe can fail, and says why."""

import base64
import hmac
import json

from harness.adapter.reference import ReferenceAdapter
from harness.interfaces import Hooks, check_metrics
from harness.model.sample import Scrape, Series
from harness.model.target import Endpoints

SECRET = "whsec_" + base64.b64encode(b"a key of both").decode()
BODY = json.dumps({"type": "call.ended", "seq": 3}).encode()


def signature(key: bytes, body: bytes) -> str:
    digest = hmac.digest(key, b"msg-1.1700000000." + body, "sha256")
    return "v1," + base64.b64encode(digest).decode()


def posted(signed: str, body: bytes = BODY) -> str | None:
    headers = {
        "webhook-id": "msg-1",
        "webhook-timestamp": "1700000000",
        "webhook-signature": signed,
    }
    return ReferenceAdapter(Endpoints("http://127.0.0.1:1", {})).posted(SECRET, headers, body)


def test_a_post_counts_only_with_the_provider_s_signature():
    """Anybody on the network could say that a webhook works; also after a secret was rotated."""
    right = signature(b"a key of both", BODY)

    assert posted(right) == "call.ended"
    assert posted(f"{signature(b'an older key', BODY)} {right}") == "call.ended"
    assert posted(signature(b"another key", BODY)) is None
    assert posted(right, BODY + b" ") is None
    assert posted("") is None


async def test_a_webhook_that_was_posted_is_right_and_one_by_a_stranger_is_not(monkeypatch):
    """A forged post is told, since it explains why nothing came."""
    monkeypatch.setattr("harness.interfaces.WITHIN_WALL_S", 0.01)
    hooks = Hooks()
    hooks.take("call.ended")
    hooks.take(None)

    came, missing = await hooks.checks(("call.ended", "call.queued"))

    assert came.ok
    assert not missing.ok
    assert "1 posts were not signed as agreed" in missing.note


def test_a_source_has_to_answer_with_metrics_that_mean_something():
    """A page that answers 200 and tells nothing of ours would leave every provider's view empty."""
    latest = {
        "good": Scrape("good", 1.0, True, {Series("cc_speed"): 1.0}),
        "empty": Scrape("empty", 1.0, True, {}),
        "silent": Scrape("silent", 1.0, False, {}),
    }

    found = {
        each.line: each.ok for each in check_metrics(("good", "empty", "silent", "new"), latest)
    }

    assert found == {"good": True, "empty": False, "silent": False, "new": False}
