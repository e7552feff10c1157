"""Who the customers are: people that do not exist, made before the run.

Names and streets come from Faker; everything by which a person could be reached is reserved for
people who do not exist: phone numbers of the ranges that the United Kingdom's regulator keeps free
for drama, mail addresses under ``.test`` (RFC 6761), postcodes of the area ZZ, which is nowhere.
Nothing of a real person can leave the harness. A pool is built once, because Faker takes 30 µs a
name.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import Random

POOL_SIZE = 2000
PHONE_RANGES = ("+447700900", "+442079460")
"""Mobile, and London; three digits follow. Scenarios take their lines from other ranges."""
_STREETS = 200
_POSTCODE_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"


@dataclass(frozen=True, slots=True)
class Person:
    """A customer who does not exist. *language* is empty if the scenario does not say any."""

    id: str
    name: str
    phone: str
    email: str
    address: str = ""
    language: str = ""


def make_people(
    seed: str, size: int = POOL_SIZE, *, languages: Mapping[str, float] | None = None
) -> Sequence[Person]:
    """Return *size* people, the same ones for the same *seed* in every process.

    No two of the first two thousand share a phone number. *languages* are shares (0..1).
    """
    from faker import Faker  # 90 ms: only the generator needs it

    faker = Faker("en_GB")
    faker.seed_instance(f"{seed}:people")
    numbers = [f"{area}{number:03d}" for area in PHONE_RANGES for number in range(1000)]
    names = [f"{faker.first_name()} {faker.last_name()}" for _ in range(size)]
    streets = [faker.street_name() for _ in range(_STREETS)]
    Random(f"{seed}:phones").shuffle(numbers)
    places, tongues = Random(f"{seed}:places"), Random(f"{seed}:languages")
    return tuple(
        Person(
            id=f"customer-{number:05d}",
            name=name,
            phone=numbers[number % len(numbers)],
            email=f"customer-{number:05d}@customers.test",
            address=f"{places.randrange(1, 200)} {places.choice(streets)}, {_postcode(places)}",
            language=_language(languages, tongues),
        )
        for number, name in enumerate(names)
    )


def _postcode(rng: Random) -> str:
    letters = "".join(rng.choices(_POSTCODE_LETTERS, k=2))
    return f"ZZ{rng.randrange(10, 100)} {rng.randrange(10)}{letters}"


def _language(languages: Mapping[str, float] | None, rng: Random) -> str:
    if not languages:
        return ""
    return rng.choices(list(languages), list(languages.values()))[0]
