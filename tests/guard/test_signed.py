"""Signed documents: one reading, one signature, and nothing in them can be changed."""

import base64
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from harness.guard.signed import (
    Unsigned,
    canonical,
    key_bytes,
    opened,
    sign,
    signed_bytes,
    written_key,
)

KEY, OTHER = (Ed25519PrivateKey.from_private_bytes(bytes([each]) * 32) for each in (1, 2))
KEYS = {"acme": written_key(KEY.public_key()), "other": written_key(OTHER.public_key())}
SCHEMA = "cutover-rehearsal/attestation/1"
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=9),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text("abcXYZ_", max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)
payloads = st.dictionaries(st.text("abc_", min_size=1, max_size=6), values, max_size=5).map(
    lambda found: {**found, "schema": SCHEMA}
)


@given(payload=payloads)
def test_what_was_signed_is_what_is_read(payload):
    """However it is written down: with blanks, in any order."""
    document = sign(payload, KEY, name="acme")
    for written in (json.dumps(document), json.dumps(document, indent=3, sort_keys=True)):
        found, name = opened(written.encode(), KEYS, schema=SCHEMA)

        assert (found, name) == (payload, "acme")


@given(payload=payloads, other=payloads)
def test_no_other_payload_passes_under_the_same_signature(payload, other):
    """That is what a signature is for."""
    document = sign(payload, KEY, name="acme")
    document["payload"] = other
    if canonical(other) == canonical(payload):
        return
    with pytest.raises(Unsigned) as refused:
        opened(json.dumps(document).encode(), KEYS, schema=SCHEMA)

    assert refused.value.forged


@pytest.mark.parametrize(
    ("text", "because"),
    [
        (b"", "nothing"),
        (b"[]", "no object"),
        (b'{"payload": {}}', "no signature"),
        (b'{"payload": {}, "signature": {}}', "an empty one"),
        (b'{"payload": {"a": 1, "a": 2}, "signature": {"key": "acme", "ed25519": ""}}', "twice"),
        (b'{"payload": {"a": NaN}, "signature": {"key": "acme", "ed25519": ""}}', "no number"),
        (b'{"payload": {}, "signature": {"key": "acme", "ed25519": "?"}}', "no base64"),
        (b'{"payload": {}, "signature": {"key": "acme", "ed25519": ""}, "more": 1}', "more"),
        (b"[" * 60_000, "nested too deeply"),
        (b"\xff\xfe", "no text"),
        (b'{"payload": "' + b"x" * 70_000, "too long"),
    ],
)
def test_what_is_no_signed_document_is_refused(text: bytes, because: str):
    """Never with a traceback: it came from somebody else."""
    with pytest.raises(Unsigned):
        opened(text, KEYS, schema=SCHEMA)
        pytest.fail(because)


def test_a_signature_is_of_one_key_and_one_kind_of_document():
    """Else an approval would attest, and one provider for another."""
    document = sign({"schema": SCHEMA}, KEY, name="acme")
    renamed = {**document, "signature": {**document["signature"], "key": "other"}}

    for changed, schema in ((renamed, SCHEMA), (document, "cutover-rehearsal/approval/1")):
        with pytest.raises(Unsigned):
            opened(json.dumps(changed).encode(), KEYS, schema=schema)
    with pytest.raises(Unsigned, match="no key that is known"):
        opened(json.dumps(document).encode(), {}, schema=SCHEMA)


@pytest.mark.parametrize("value", [1.5, 2**53, float("nan"), {"é": 1}, b"x", "\ud800"])
def test_what_could_be_written_in_two_ways_is_not_signed(value: object):
    """Two programs have to come to the same bytes."""
    with pytest.raises(ValueError, match=r".+"):
        canonical({"value": value})


def test_canonical_is_what_the_standard_says():
    """RFC 8785, section 3.2: sorted keys, no blanks, and only what must be is escaped."""
    payload = {"peach": "\u00e9\n", "apple": [1, True, None, {}], "\u0031": "/"}

    assert canonical(payload) == '{"1":"/","apple":[1,true,null,{}],"peach":"é\\n"}'.encode()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed")
def test_openssl_comes_to_the_same_answer(tmp_path: Path):
    """An independent judge: a provider may sign and check without our tool, as docs/guard.md says."""
    payload = {"schema": SCHEMA, "production": False, "hosts": ["uat.acme.example"]}
    document = sign(payload, KEY, name="acme")
    public = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "key.pem").write_bytes(public)
    (tmp_path / "signature").write_bytes(base64.b64decode(document["signature"]["ed25519"]))

    def verified(text: bytes) -> bool:
        (tmp_path / "text").write_bytes(text)
        done = subprocess.run(
            ["openssl", "pkeyutl", "-verify", "-pubin", "-inkey", "key.pem", "-rawin",
             "-in", "text", "-sigfile", "signature"],
            cwd=tmp_path, capture_output=True, timeout=30,
        )  # fmt: skip
        return done.returncode == 0

    assert verified(signed_bytes(payload))
    assert not verified(signed_bytes({**payload, "production": True}))


@pytest.mark.parametrize("written", ["", "x", "AAAA", "é"])
def test_what_is_no_key_is_said_to_be_none(written: str):
    """A profile with a key that was cut short has to be refused, not to fail later."""
    with pytest.raises(ValueError, match="32 bytes"):
        key_bytes(written)
