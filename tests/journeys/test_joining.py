"""A worker and a run let each other in by a shared token, or not at all."""

import pytest

from scenarios.joining import Door, Guest, Unwelcome, difference, sealed, unsealed, versions

TOKEN = "a token that both sides have"
OURS = {"harness": "1.0", "harness code": "abc", "faker": "30.1"}


def door(token: str = TOKEN, shards: int = 2) -> Door:
    """Return the door of a run for two workers."""
    return Door(token, shards=shards, ours=OURS)


def guest(node: str = "hill_1", *, token: str = TOKEN, name: str = "", **other: str) -> Guest:
    """Return a worker on ``hill``, of the same versions unless told *other*."""
    return Guest(token, node, {"name": name, "host": "hill", "versions": OURS | other})


def join(at: Door, who: Guest, node: str = "hill_1") -> dict[str, object]:
    """Carry the messages between both; return the words of admission."""
    challenge = at.challenge(node, who.knock())
    return at.let_in(node, who.prove(challenge))


def test_who_knows_the_token_is_let_in_and_both_have_one_key():
    """The key seals what must not be read on the way: credentials of the target."""
    at, who = door(), guest()
    who.enter(join(at, who))

    admitted = at.admitted["hill_1"]
    assert (admitted.index, admitted.name, admitted.host) == (0, "worker 1", "hill")
    assert unsealed(who.key, sealed(admitted.key, "secret")) == "secret"


def test_the_token_is_never_said():
    """Whoever listens must not be able to join next time."""
    at, who = door(), guest()
    knock = who.knock()
    challenge = at.challenge("hill_1", knock)
    proof = who.prove(challenge)
    said = f"{knock} {challenge} {proof} {at.let_in('hill_1', proof)}"

    assert TOKEN not in said
    assert at.admitted["hill_1"].key.hex() not in said


@pytest.mark.parametrize(
    ("worker", "why"),
    [
        (guest(token="another token altogether"), "its token is not that of this run"),
        (guest(harness="0.9"), "another version: harness 0.9 instead of 1.0"),
        (guest(**{"harness code": "abd"}), "harness code abd instead of abc"),
        (guest(faker="29.0"), "faker 29.0 instead of 30.1"),
    ],
)
def test_who_is_not_one_of_us_is_told_why(worker: Guest, why: str):
    """Other code or another Faker would play other customers under the same names."""
    with pytest.raises(Unwelcome, match=why):
        join(door(), worker)


def test_who_comes_late_is_refused_whatever_became_of_the_others():
    """A worker that replaced a lost one would hide the loss, and know nothing of the phase."""
    at = door(shards=1)
    join(at, guest())

    with pytest.raises(Unwelcome, match="too late: all 1 workers"):
        join(at, guest("hill_2"), "hill_2")


def test_a_worker_does_not_work_for_whoever_merely_answers():
    """Else anybody at that address could have it send load wherever they like."""
    who = guest()
    at = door(token="not the token")
    challenge = at.challenge("hill_1", who.knock())
    who.prove(challenge)

    with pytest.raises(Unwelcome, match="does not know the token"):
        who.enter({"proof": "0" * 64, "name": "worker 1"})


def test_a_proof_cannot_be_used_again():
    """What was recorded on the network opens nothing the next time."""
    at = door()
    who = guest()
    proof = who.prove(at.challenge("hill_1", who.knock()))
    at.let_in("hill_1", proof)
    at.challenge("hill_2", who.knock())

    with pytest.raises(Unwelcome, match="token"):
        at.let_in("hill_2", proof)
    with pytest.raises(Unwelcome, match="knock first"):
        at.let_in("hill_3", proof)


def test_the_masters_proof_is_not_the_workers_own_sent_back():
    """A mirror knows no token."""
    at, who = door(), guest()
    proof = who.prove(at.challenge("hill_1", who.knock()))

    with pytest.raises(Unwelcome):
        who.enter(proof | {"name": "worker 1"})


def test_what_was_sealed_cannot_be_changed():
    """Another address of the target, say."""
    key = bytes(32)
    box = bytearray(sealed(key, "edge: http://127.0.0.1"))
    box[-1] ^= 1

    with pytest.raises(Unwelcome, match="not sealed with our key"):
        unsealed(key, bytes(box))


def test_versions_are_of_everything_that_shapes_the_schedule():
    """The version number alone would let a patched checkout in."""
    found = versions()

    assert {"harness", "harness code", "python", "faker", "locust"} <= set(found)
    assert difference(found, found) == ""
    assert difference({}, {"faker": "30"}) == "faker unknown instead of 30"
