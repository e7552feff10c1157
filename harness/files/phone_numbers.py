"""The phone numbers of each queue, as scenarios and profiles list them."""

from collections.abc import Mapping

from harness.files import values
from harness.files.document import Entry
from harness.files.fields import items_of, parsed
from harness.files.problems import Place, Problems


def numbers_by_queue(queues: Mapping[str, Entry], problems: Problems) -> dict[str, tuple[str, ...]]:
    """Return the numbers of each of *queues*; one that stands there twice is a problem."""
    seen: dict[str, Place] = {}
    return {queue: tuple(_numbers(entry, seen, problems)) for queue, entry in queues.items()}


def _numbers(queue: Entry, seen: dict[str, Place], problems: Problems) -> list[str]:
    numbers: list[str] = []
    for node in items_of(queue, 'a list of numbers, as in ["+441632960101"]', problems):
        number = parsed(node, values.phone_number, problems)
        if number in seen:
            found = f"the number {number} again; it is in line {seen[number].line} already"
            problems.add(node.place, found=found, want="each number once")
        elif number:
            seen[number] = node.place
            numbers.append(number)
    return numbers
