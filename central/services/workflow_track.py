"""The way of one notice, as its page and the API show it.

Law of the room: reads only; of what a person may not see there is nothing to be found.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from central.db.broadcast import ContentRow, PublicationRow
from central.db.workflow import NoticeStepRow
from central.domain.areas import lineage
from central.domain.errors import NotFound
from central.domain.people import Person, Right
from central.domain.states import State
from central.domain.workflow import DEED_WORDS, DeedKind, NoticeState, possible
from central.domain.workflow_track import Deeds, Reached, TrackStep, steps_of
from central.services import inbox
from central.services.library import may_see
from central.services.unit import Unit
from central.services.workflow import actor_of, standing_of
from central.services.workflow_offer_rows import OfferView, offers_of
from central.services.workflow_recall import Use, uses_of
from central.services.workflow_views import NoticeView, states_of

MOST_STEPS: Final = 100


class StepState(State, frozen=True, kw_only=True):
    """One deed that was done on a notice."""

    id: int
    at: datetime
    who: str
    deed: DeedKind
    state: NoticeState
    words: str

    @property
    def word(self) -> str:
        """Return the deed as people say it."""
        return DEED_WORDS[self.deed]


class Track(State, frozen=True, kw_only=True):
    """A notice with its way: where it is, the steps, what this person may do, where it is used and was sent to.

    `deeds` are possible now; to approve is done with the person's own key. `elsewhere` counts slots that the person
    may not see.
    """

    view: NoticeView
    steps: tuple[TrackStep, ...]
    deeds: tuple[DeedKind, ...]
    may_offer: bool
    uses: tuple[Use, ...]
    elsewhere: int
    offers: tuple[OfferView, ...]
    history: tuple[StepState, ...]
    approvers: tuple[str, ...]


def track(unit: Unit, person: Person, sha256: str, *, now: datetime) -> Track:
    """Return the way of one content as `person` may see it; raises `NotFound`."""
    seen = select(ContentRow.sha256).where(ContentRow.sha256 == sha256, may_see(person))
    if unit.session.scalar(seen) is None:
        raise NotFound("Không có nội dung này trong kho.", "no-content")
    view = states_of(unit, [sha256], now=now)[sha256]
    standing, _ = standing_of(unit, sha256)
    deeds = possible(standing, actor_of(unit, person, view.area))
    steps = history(unit, sha256)
    uses = uses_of(unit, sha256)
    shown = tuple(use for use in uses if person.may(Right.VIEW, use.area))
    sent_at, sent_by = _sent(unit, uses)
    plays = view.plays
    reached = Reached(
        state=view.state,
        uploaded=view.uploaded,
        maker=view.maker,
        planned_at=view.planned_at,
        planned_by=view.planned_by,
        sent_at=sent_at,
        sent_by=sent_by,
        targets=view.targets,
        received=view.received,
        newest_play=None if plays is None else plays.newest,
        sounded=0 if plays is None else plays.sounded,
        of=view.of or view.targets,
        next_at=view.opens,
    )
    last = {step.deed: (step.at, step.who, step.words) for step in reversed(steps)}
    offers_here = view.stored is NoticeState.APPROVED and person.may(Right.EDIT, view.area)
    return Track(
        view=view,
        steps=steps_of(reached, Deeds(last=last)),
        deeds=deeds,
        may_offer=offers_here,
        uses=shown,
        elsewhere=len(uses) - len(shown),
        offers=offers_of(unit, sha256, who=person, now=now),
        history=steps,
        approvers=_approvers(unit, view, deeds),
    )


def history(unit: Unit, sha256: str, *, limit: int = MOST_STEPS) -> tuple[StepState, ...]:
    """Return the deeds on a notice, newest first; `limit` from 1 to 100."""
    newest = select(NoticeStepRow).where(NoticeStepRow.sha256 == sha256)
    rows = unit.session.scalars(
        newest.order_by(NoticeStepRow.id.desc()).limit(min(max(limit, 1), MOST_STEPS))
    )
    return tuple(
        StepState(
            id=row.id,
            at=row.at,
            who=row.who,
            deed=DeedKind(row.deed),
            state=NoticeState(row.state),
            words=row.words,
        )
        for row in rows
    )


def _approvers(unit: Unit, view: NoticeView, deeds: tuple[DeedKind, ...]) -> tuple[str, ...]:
    """Return whom it could be given to, where this person may give it to somebody."""
    if not {DeedKind.SUBMIT, DeedKind.REASSIGN} & set(deeds):
        return ()
    return tuple(one.name for one in inbox.holders(unit, Right.APPROVE, view.area, nearest=False))


def _sent(unit: Unit, uses: tuple[Use, ...]) -> tuple[datetime | None, str]:
    """Return when the newest publication took one of these slots along, and who ordered it."""
    areas = {above for use in uses if use.published for above in lineage(use.area)}
    if not areas:
        return None, ""
    query = select(PublicationRow.asked, PublicationRow.asked_by)
    newest = unit.session.execute(
        query.where(PublicationRow.area.in_(areas)).order_by(PublicationRow.id.desc()).limit(1)
    ).first()
    return (None, "") if newest is None else (newest.asked, newest.asked_by)
