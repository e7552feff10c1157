"""Fixtures for the tests of ``reports``: made-up runs, and verdicts that fit them."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from harness.record.run_record import RunRecord
from tests.chromium import Chromium, needed, started
from tests.once import made_once, shared_folder
from tests.reports.browser import leaving
from tests.reports.made_up_run import fill, fill_empty, fill_hostile, fill_twice_broken
from tests.reports.made_up_verdicts import Run, go, hostile, inconclusive, no_go, nothing_measured

MakeRecord = Callable[[Callable[[RunRecord], None]], RunRecord]
KeptRun = Callable[[str], Run]


@pytest.fixture
def make_record(tmp_path: Path) -> Iterator[MakeRecord]:
    """Return a maker of records, each closed when the test ends."""
    records: list[RunRecord] = []

    def make(filled_by: Callable[[RunRecord], None]) -> RunRecord:
        folder = tmp_path / f"run{len(records)}"
        folder.mkdir()
        record = RunRecord.create(folder)
        records.append(record)
        filled_by(record)
        return record

    yield make
    for record in records:
        record.close()


@pytest.fixture(scope="session")
def kept_record(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeRecord]:
    """Return a maker of records that are filled once for all tests, and can only be read.

    By a function of a module: its name is that of the record.
    """
    records: dict[str, RunRecord] = {}

    def make(filled_by: Callable[[RunRecord], None]) -> RunRecord:
        def filled(folder: Path) -> None:
            folder.mkdir()
            with RunRecord.create(folder) as record:
                filled_by(record)

        name = f"{filled_by.__module__}.{filled_by.__qualname__}"
        if name not in records:
            folder = made_once(shared_folder(tmp_path_factory) / name, filled)
            records[name] = RunRecord.open(folder)
        return records[name]

    yield make
    for record in records.values():
        record.close()


@pytest.fixture(scope="session")
def kept_run(kept_record: MakeRecord) -> KeptRun:
    """Return what tells a run by the name of its sort, the same one each time."""
    return cache(partial(a_run, kept_record=kept_record))


@pytest.fixture(params=["no_go", "go", "inconclusive", "hostile", "empty"])
def run(request: pytest.FixtureRequest, kept_run: KeptRun) -> Run:
    """Return a run of each sort in turn."""
    return kept_run(request.param)


@pytest.fixture(
    params=[
        "no_go",
        "hostile",
        *(
            pytest.param(each, marks=pytest.mark.nightly)
            for each in ("go", "inconclusive", "empty")
        ),
    ]
)
def shown_run(request: pytest.FixtureRequest, kept_run: KeptRun) -> Run:
    """Return a run of each sort in turn, where a look takes long: by day the worst two."""
    return kept_run(request.param)


@pytest.fixture
def no_go_run(kept_run: KeptRun) -> Run:
    """Return a run that failed, with a result of every status."""
    return kept_run("no_go")


@pytest.fixture
def go_run(kept_run: KeptRun) -> Run:
    """Return a run of which everything was met, but for what its pilot left open."""
    return kept_run("go")


@pytest.fixture
def undrawn_run(kept_record: MakeRecord) -> Run:
    """Return what was judged of a run that failed, without what charts are drawn of.

    Its page opens in a tenth of the time, for whoever looks at its tables alone.
    """
    return Run(kept_record(fill_empty), no_go())


@pytest.fixture
def undrawn_go_run(kept_record: MakeRecord) -> Run:
    """Return the like of a run of which everything was met."""
    return Run(kept_record(fill_empty), go())


@pytest.fixture
def two_faults_run(kept_record: MakeRecord) -> Run:
    """Return a run that failed, with two faults: one that customers felt, one never proven."""
    return Run(kept_record(fill_twice_broken), no_go())


@pytest.fixture
def hostile_run(kept_run: KeptRun) -> Run:
    """Return a run whose every text means us harm."""
    return kept_run("hostile")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Chromium]:
    """Return Debian's chromium; without it, skip loudly, or fail where CI has to have it."""
    needed("report")
    with started() as chromium:
        yield chromium


@pytest.fixture
def browser(chromium: Chromium) -> Iterator[Browser]:
    """Return the browser of all tests, whose every page is one test's."""
    with chromium.at_work() as browser:
        yield browser


@pytest.fixture
def noise() -> list[str]:
    """Return the list that collects whatever a page complains about or asks for."""
    return []


@pytest.fixture
def page(browser: Browser, noise: list[str]) -> Iterator[Page]:
    """Return an empty page that reports errors, warnings, and requests that leave the file."""
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("console", lambda message: noise.append(f"console: {message.text}"))
    page.on("pageerror", lambda error: noise.append(f"error: {error}"))
    page.on("request", lambda request: noise.extend(leaving(request.url)))
    yield page
    page.close()


def a_run(sort: str, kept_record: MakeRecord) -> Run:
    """Return the run that is called *sort*."""
    if sort == "hostile":
        return Run(kept_record(fill_hostile), hostile())
    if sort == "empty":
        return Run(kept_record(fill_empty), nothing_measured())
    verdicts = {"no_go": no_go, "go": go, "inconclusive": inconclusive}
    return Run(kept_record(fill), verdicts[sort]())
