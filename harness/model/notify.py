"""Who is told of the news of a run, and whether they could be."""

from dataclasses import dataclass
from enum import StrEnum

from harness.model.target import Secret


class When(StrEnum):
    """After which runs somebody is told: those that bring news, or every one."""

    NEWS = "news"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Notify:
    """Who is told: a webhook, whose address is as secret as a password.

    ``secret`` signs what is sent; None: it is not signed.
    """

    url: Secret
    secret: Secret | None = None
    when: When = When.NEWS


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of the telling. ``at`` is epoch seconds, ``to`` says where the address stands.

    ``why`` is empty if it was delivered; no address and no secret is ever in it.
    """

    at: float
    to: str
    key: str
    news: int
    tries: int
    why: str = ""

    @property
    def delivered(self) -> bool:
        """Whether it was taken."""
        return not self.why

    def __str__(self) -> str:
        pieces = f"{self.news} piece{'' if self.news == 1 else 's'} of news"
        if self.delivered:
            return f"{pieces} told to the webhook in {self.to}"
        return f"{pieces} could not be told to the webhook in {self.to}: {self.why}"
