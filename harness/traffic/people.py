"""Who the customers are: people that do not exist, made before the run.

Names come from Faker; numbers lie in the range that the United Kingdom's regulator keeps free for
drama (07700 900000 to 900999), addresses under ``.test`` (RFC 6761). Nothing of a real person can
leave the harness. A pool is built once, because Faker takes 30 µs a name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

POOL_SIZE = 2000


@dataclass(frozen=True, slots=True)
class Person:
    """A customer who does not exist."""

    id: str
    name: str
    phone: str
    email: str


def make_people(seed: str, size: int = POOL_SIZE) -> Sequence[Person]:
    """Return *size* people, the same ones for the same *seed* in every process."""
    from faker import Faker  # 90 ms: only the generator needs it

    faker = Faker("en_GB")
    faker.seed_instance(f"{seed}:people")
    rng = Random(f"{seed}:phones")
    return tuple(
        Person(
            id=f"customer-{number:05d}",
            name=f"{faker.first_name()} {faker.last_name()}",
            phone=f"+447700900{rng.randrange(1000):03d}",
            email=f"customer-{number:05d}@customers.test",
        )
        for number in range(size)
    )
