"""One write to the ticket store: the keys that make it happen once, and the rows it leaves."""

from dataclasses import replace

from mock_center.tickets import life
from mock_center.tickets.desk import Step
from mock_center.tickets.rows import Table
from mock_center.tickets.ticket import (
    Author,
    Comment,
    RequestState,
    State,
    SupportRequest,
    Ticket,
)
from mock_center.tickets.writes import (
    Create,
    Outcome,
    Patch,
    Progress,
    Refusal,
    Remark,
    Resolve,
    Wake,
    Write,
)

MOST_COMMENTS = 500
"""How many comments a ticket takes from outside."""


class Writing:
    """Writes to the three tables, for the site called *site*, within a transaction of the store."""

    def __init__(
        self,
        site: str,
        tickets: Table[Ticket],
        comments: Table[Comment],
        requests: Table[SupportRequest],
    ) -> None:
        self._site = site
        self._tickets = tickets
        self._comments = comments
        self._requests = requests

    def write(self, write: Write, epoch: int, seq: int) -> Outcome:
        """Write at the place *seq*; return what came of it."""
        match write:
            case Create():
                return self._create(write, epoch, seq)
            case Remark():
                return self._remark(write, epoch, seq)
            case Resolve():
                return self._resolve(write, seq)
            case Progress():
                return self._progress(write, epoch, seq)
            case Patch():
                return self._patch(write, seq)
            case Wake():
                before = self._tickets.one("id", write.ticket)
                return self._settle(before, before and life.woken(before, write), seq)

    def _create(self, write: Create, epoch: int, seq: int) -> Outcome:
        existing = self._tickets.one("key", write.key)
        if existing is not None:
            return _again(Outcome(existing), existing.fingerprint == write.fingerprint)
        # The epoch is part of the id: a deposed leader may have used the same number.
        ticket = life.born(write, number=seq, name=f"t-{epoch}-{seq}", site=self._site)
        self._tickets.put([ticket])
        return Outcome(ticket, changed=True)

    def _remark(self, write: Remark, epoch: int, seq: int) -> Outcome:
        before = self._tickets.one("id", write.ticket)
        existing = self._comments.one("key", write.key)
        if existing is not None:
            found = Outcome(before, comment=existing)
            return _again(found, existing.fingerprint == write.fingerprint)
        if before is None:
            return Outcome(None, refusal=Refusal.MISSING)
        if before.state == State.CLOSED:
            return Outcome(before, refusal=Refusal.CLOSED)
        if self._comments.count("WHERE ticket = ? AND key IS NOT NULL", before.id) >= MOST_COMMENTS:
            return Outcome(before, refusal=Refusal.FULL)
        after = life.remarked(before, write)
        comment = Comment(
            id=f"c-{epoch}-{seq}",
            ticket=before.id,
            author=write.author,
            text=write.text,
            public=int(write.public),
            at=after.updated_at,
            key=write.key,
            fingerprint=write.fingerprint,
            seq=seq,
            attachments=write.attachments,
        )
        return self._settle(before, after, seq, comment=comment)

    def _progress(self, write: Progress, epoch: int, seq: int) -> Outcome:
        before = self._tickets.one("id", write.ticket)
        after = before and life.progressed(before, write)
        if before is None or after is None:
            return Outcome(before, before=before)
        comment = request = None
        if write.step is not Step.SOLVED:
            comment = Comment(
                id=f"c-{epoch}-{seq}",
                ticket=before.id,
                author=Author.AGENT,
                text=write.text,
                public=1,
                at=after.updated_at,
                key=None,
                fingerprint="",
                seq=seq,
            )
        elif write.support is not None and before.first_solved_at is None:
            request = SupportRequest(
                number=seq,
                id=f"s-{epoch}-{seq}",
                ticket=before.id,
                reference=before.reference,
                consumer=before.consumer,
                subject=write.support,
                state=RequestState.OPEN,
                site=self._site,
                opened_at=after.updated_at,
                resolved_at=None,
                note=None,
                key=None,
                fingerprint=None,
                seq=seq,
            )
        return self._settle(before, after, seq, comment=comment, request=request)

    def _patch(self, write: Patch, seq: int) -> Outcome:
        before = self._tickets.one("id", write.ticket)
        if before is None:
            return Outcome(None, refusal=Refusal.MISSING)
        if write.matches is not None and before.etag not in write.matches:
            return Outcome(before, refusal=Refusal.STALE)
        if before.state == State.CLOSED:
            return Outcome(before, refusal=Refusal.CLOSED)
        return self._settle(before, life.patched(before, write), seq)

    def _resolve(self, write: Resolve, seq: int) -> Outcome:
        existing = self._requests.one("key", write.key)
        if existing is not None:
            found = Outcome(None, request=existing)
            return _again(found, existing.fingerprint == write.fingerprint)
        request = self._requests.one("id", write.request)
        if request is None:
            return Outcome(None, refusal=Refusal.MISSING)
        if request.state == RequestState.RESOLVED:
            return Outcome(None, request=request, refusal=Refusal.RESOLVED)
        resolved = replace(
            request,
            state=RequestState.RESOLVED,
            resolved_at=write.at,
            note=write.note,
            key=write.key,
            fingerprint=write.fingerprint,
            seq=seq,
        )
        self._requests.put([resolved])
        return Outcome(None, request=resolved, changed=True)

    def _settle(
        self,
        before: Ticket | None,
        after: Ticket | None,
        seq: int,
        *,
        comment: Comment | None = None,
        request: SupportRequest | None = None,
    ) -> Outcome:
        """Write the ticket as it stands now, and what came with it; None: nothing has changed."""
        if after is None:
            return Outcome(before, before=before)
        after = replace(after, seq=seq)
        self._tickets.put([after])
        if comment is not None:
            self._comments.put([comment])
        if request is not None:
            self._requests.put([request])
        return Outcome(after, before, comment, request, changed=True)


def _again(found: Outcome, same: bool) -> Outcome:  # noqa: FBT001 - it is the finding itself
    """Return the answer to a key that was used before."""
    if same:
        return replace(found, replayed=True)
    return replace(found, refusal=Refusal.KEY_CONFLICT)
