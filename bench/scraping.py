"""Reading a metrics page of 2,000 samples."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from bench.ratio import Ratio, compare
from harness.scrape.exposition import Exposition


def measure() -> Iterator[Ratio]:
    """Measure our parser against the official one, on the same page."""
    registry = CollectorRegistry()
    waits = Histogram("cc_wait_seconds", "Waits.", ["queue"], registry=registry)
    for queue in range(110):
        waits.labels(f"queue-{queue}").observe(queue)
    page = generate_latest(registry).decode()
    parser = Exposition()
    samples = len(parser.parse(page))

    ours, official = compare(
        lambda: parser.parse(page), lambda: list(text_string_to_metric_families(page))
    )
    yield Ratio(
        "parsing a metrics page",
        "`prometheus_client.parser`",
        ours / official,
        0.1,
        f"{ours * 1000:.2f} ms for {samples} samples",
    )
