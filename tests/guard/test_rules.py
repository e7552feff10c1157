"""Never test in production: which addresses are on this machine, and what counts as a word."""

import pytest

from harness.guard.rules import attestation_refusal, is_loopback, refusals
from harness.model.target import Endpoints

HERE = Endpoints("http://127.0.0.1:8080", {"north": "http://[::1]:8081"}, "http://127.0.0.2:1")


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("http://127.0.0.1:8080", "the usual one"),
        ("https://127.0.0.1", "TLS on loopback is loopback"),
        ("http://[::1]:8080", "the usual one of IPv6"),
        ("http://127.8.9.10", "all of 127/8 is this machine"),
        ("HTTP://127.0.0.1", "a scheme has no case"),
    ],
)
def test_an_address_of_this_machine_is_let_through(url: str, because: str):
    """The mock centre, and nothing else, in this version."""
    assert is_loopback(url), because


@pytest.mark.parametrize(
    ("url", "because"),
    [
        ("http://localhost:8080", "a name means what some resolver says, and that can change"),
        ("http://127.0.0.1.example.com", "a name that begins like an address"),
        ("http://127.0.0.1@example.com", "a user name that looks like an address"),
        ("http://127.0.0.1:80@example.com", "and one with a password"),
        ("http://example.com#127.0.0.1", "a fragment"),
        ("http://example.com/127.0.0.1", "a path"),
        ("http://0.0.0.0:8080", "every interface is not loopback"),
        ("http://10.0.0.1", "a private network is somebody's network"),
        ("http://169.254.169.254", "a cloud's metadata service"),
        ("http://[::]", "every interface of IPv6"),
        ("http://[::ffff:127.0.0.1]", "an address in disguise"),
        ("http://2130706433", "an address as one number"),
        ("http://127.1", "an address cut short"),
        ("http://0x7f.0.0.1", "an address in another base"),
        ("http://127.0.0.1\t.example.com", "parsers drop the tab"),
        ("127.0.0.1:8080", "no scheme"),
        ("//127.0.0.1", "no scheme either"),
        ("file:///etc/passwd", "not the web"),
        ("ftp://127.0.0.1", "not the web either"),
        ("http://", "no host"),
        ("", "nothing"),
        ("http://[::1", "not even a URL"),
    ],
)
def test_any_other_address_is_refused(url: str, because: str):
    """Each row is a way in which a rehearsal has ended up, or could, at a real customer's centre."""
    assert not is_loopback(url), because


@pytest.mark.parametrize("url", [r"http://example.com\@127.0.0.1", "http://user@127.0.0.1"])
def test_an_address_that_two_parsers_read_differently_is_refused(url: str):
    """The guard's parser and the client's must not be able to disagree."""
    assert not is_loopback(url)


def test_a_target_on_this_machine_is_not_refused():
    """The mock, with both families of addresses."""
    assert list(refusals(HERE)) == []


@pytest.mark.parametrize(
    ("endpoints", "name"),
    [
        (Endpoints("http://10.0.0.1", {}), "edge"),
        (Endpoints("http://127.0.0.1", {"south": "http://10.0.0.1"}), "south"),
        (Endpoints("http://127.0.0.1", {}, "http://10.0.0.1"), "admin"),
    ],
)
def test_every_address_of_a_target_is_asked(endpoints: Endpoints, name: str):
    """One site elsewhere is one site too many."""
    (reason,) = refusals(endpoints)

    assert reason.startswith(f"E_NOT_LOOPBACK: {name} is at http://10.0.0.1")


def test_every_reason_is_given_at_once():
    """Not one a run."""
    assert len(list(refusals(Endpoints("http://a", {"north": "http://b"}, "http://c")))) == 3


@pytest.mark.parametrize(
    ("attestation", "admitted", "because"),
    [
        ({"production": False}, True, "it says so"),
        ({"production": False, "environment_id": "stg-2"}, True, "and which one it is"),
        ({}, False, "silence is not an attestation"),
        ({"production": True}, False, "it says the opposite"),
        ({"production": None}, False, "it does not say"),
        ({"production": "false"}, False, "a text, which is true in most languages"),
        ({"production": 0}, False, "a number that means no to some"),
        ([{"production": False}], False, "not an object"),
        (None, False, "nothing came"),
        ("false", False, "a word"),
    ],
)
def test_only_a_literal_false_is_a_word(attestation: object, admitted: bool, because: str):
    """Anything less can be an accident."""
    assert (attestation_refusal(attestation) is None) is admitted, because


def test_a_refusal_begins_with_its_code():
    """Scripts read codes, people the rest."""
    assert (attestation_refusal(None) or "").startswith("E_ATTEST_PROD: ")
