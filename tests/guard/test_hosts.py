"""Hosts and addresses: every way in which one name can be written as another is closed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.guard.rules_hosts import (
    Origin,
    clashes,
    covers,
    denying_host,
    drift,
    lies_in,
    normal,
    origin_of,
)
from harness.model.guard import Denied, Never

NEVER = Never(
    hosts=(
        Denied("api.acme.example", "never.yaml:1"),
        Denied("*.live.acme.example", "never.yaml:2"),
    )
)


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://UAT.Acme.Example", Origin("https", "uat.acme.example", 443)),
        ("https://uat.acme.example.:8443", Origin("https", "uat.acme.example", 8443)),
        ("http://127.0.0.1", Origin("http", "127.0.0.1", 80)),
        ("https://[2001:DB8::0001]:444", Origin("https", "2001:db8::1", 444)),
    ],
)
def test_an_origin_has_one_form(url: str, origin: Origin):
    """What is compared has no case, no dot at its end, and the port it really has."""
    assert origin_of(url) == origin


@pytest.mark.parametrize(
    "url",
    [
        "https://uat.acme.example@api.acme.example",
        "https://api.acme.example\\@uat.acme.example",
        "https://uat.acme.example\t.evil.example",
        "https://uat.acme.example /x",
        "https://2130706433",
        "https://0x7f000001",
        "https://127.1",
        "https://[::ffff:198.51.100.7]",
        "https://[fe80::1%25eth0]",
        "https://*.acme.example",
        "https://ü.example",
        "https://-a.example",
        "https://a..example",
        "https://" + "a" * 64 + ".example",
        "https://a.example:99999",
        "ftp://a.example",
        "https://",
        "uat.acme.example",
    ],
)
def test_what_two_parsers_could_read_differently_is_refused(url: str):
    """Each has been a way around somebody's allow-list."""
    with pytest.raises(ValueError, match=r".+"):
        origin_of(url)


@pytest.mark.parametrize(
    ("host", "denied"),
    [
        ("api.acme.example", True),
        ("API.ACME.EXAMPLE.", True),
        ("eu.live.acme.example", True),
        ("a.b.live.acme.example", True),
        ("live.acme.example", False),
        ("api.acme.example.evil.example", False),
        ("notapi.acme.example", False),
    ],
)
def test_a_deny_rule_matches_its_host_however_it_is_written(host: str, denied: bool):
    """A star stands for at least one label."""
    assert bool(list(denying_host(normal(host), NEVER))) == denied


@pytest.mark.parametrize(
    ("name", "host", "good"),
    [
        ("api.acme.example", "api.acme.example", True),
        ("*.acme.example", "api.acme.example", True),
        ("*.acme.example", "a.b.acme.example", False),
        ("*.acme.example", "acme.example", False),
    ],
)
def test_a_certificate_covers_what_a_browser_would_say_it_does(name: str, host: str, good: bool):
    """RFC 6125: one star, one label."""
    assert covers(name, host) == good


@given(st.ip_addresses(v=4))
def test_an_address_in_the_clothes_of_ipv6_is_the_same_address(address):
    """Else a deny rule for 198.51.100.0/24 would be a rule for those who write it so."""
    for network in (f"{address}/32", "0.0.0.0/0"):
        assert lies_in(f"::ffff:{address}", (network,))


def test_one_shared_address_is_a_clash():
    """A second name of production leads to the same machine."""
    target = {"uat.acme.example": ("203.0.113.1", "203.0.113.7")}
    production = {"api.acme.example": ("203.0.113.7", "2001:db8::7")}

    (evidence,) = clashes(target, production)
    assert "203.0.113.7" in evidence
    assert "'api.acme.example'" in evidence


def test_fewer_addresses_are_no_drift():
    """A site that is taken out of the name for maintenance is where it was."""
    assert drift(("a", "b"), ("a",), ()) == ()
    assert drift(("a",), ("a", "b"), ("b",)) == ()
    assert drift(("a",), ("a", "b"), ()) == ("b",)


def test_production_in_other_clothes_is_production():
    """A resolver may write an IPv4 address as IPv6; a packet goes to the same machine."""
    target = {"uat.acme.example": ("::ffff:198.51.100.7",)}

    (evidence,) = clashes(target, {"api.acme.example": ("198.51.100.7",)})

    assert "api.acme.example" in evidence
