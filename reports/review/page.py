"""``review.html``: the review as one page that needs nothing else, for screen and paper.

It has no script at all; everything that came from a run, a contract or a person is escaped.
"""

from harness.model.review import Review
from harness.model.units import format_share
from harness.verdict import progression
from reports import release, words
from reports.html import environment
from reports.review import phrases
from reports.review.drawing import HEIGHT, WIDTH, drawing

MOST_DRAWN = 60
"""So many trends are drawn; all of them stand in the table."""


def render(review: Review) -> str:
    """Return the page; the same review gives the same bytes."""
    drawn = [each for each in review.trends if len(each.points) > 1]
    drawn.sort(key=lambda each: not each.failed)  # those that failed somewhere first
    return (
        environment()
        .get_template("review.html.j2")
        .render(
            review=review,
            period=review.period,
            phrases=phrases,
            words=words,
            headline=phrases.headline(review),
            drawings={each: drawing(each, review.period) for each in drawn[:MOST_DRAWN]},
            not_drawn=len(drawn[MOST_DRAWN:]),
            trend_width=WIDTH,
            trend_height=HEIGHT,
            decided=release.last_line(review.release) if review.release else "",
            step_of=progression.step_of,
            next_steps=progression.next_steps,
            format_share=format_share,
        )
    )
