"""Local warnings as pages show them: who sounded what where, since when, and whether it was heard to sound.

Law of the room: reads only; what is judged is judged by `central.domain` and the verbs.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select

from central.db.fleet import DeviceRow, PlayRow
from central.domain.people import Person, Right
from central.domain.states import State, WarningPhase, WarningState
from central.services.areas import list_areas
from central.services.console_views.tree import place_of
from central.services.devices import assignment_of
from central.services.findings import LONGEST, list_warnings
from central.services.unit import Unit

OVER_SHOWN: Final = timedelta(hours=12)
"""How long a warning that is over stays in sight."""


class WarningView(State, frozen=True, kw_only=True):
    """A local warning, its place in words, the titles of its zones (none: all), and how often it sounded."""

    warning: WarningState
    place: str
    zones: tuple[str, ...]
    rounds: int
    last_round: datetime | None

    @property
    def stands(self) -> bool:
        """Return whether it is in force."""
        return self.warning.phase is WarningPhase.STANDING


def warning_views(unit: Unit, who: Person, *, now: datetime) -> tuple[WarningView, ...]:
    """Return the local warnings in the areas that `who` may view, in force or over in the last half day."""
    found = [
        warning
        for area in who.areas(Right.VIEW)
        for warning in list_warnings(unit, area=area, since=now - LONGEST, now=now)
        if warning.ended is None or now - warning.ended < OVER_SHOWN
    ]
    if not found:
        return ()
    names = {area.path: area.name for area in list_areas(unit)}
    plays = _plays(unit, found)
    views = [_view(unit, w, place_of(w.area, names), plays) for w in found]
    return tuple(sorted(views, key=lambda v: (not v.stands, -v.warning.told.timestamp())))


def _view(unit: Unit, warning: WarningState, place: str, plays: Sequence[PlayRow]) -> WarningView:
    paper = assignment_of(unit.session.get_one(DeviceRow, warning.device))
    titles = {zone.name: zone.title for zone in paper.zones}
    own = [
        play
        for play in plays
        if play.device == warning.device and play.key.startswith(f"alert/{warning.id}/")
    ]
    return WarningView(
        warning=warning,
        place=place,
        zones=tuple(titles.get(name, name) for name in warning.zones),
        rounds=len({play.key.rsplit("/", 1)[0] for play in own}),
        last_round=max((play.started for play in own), default=None),
    )


def _plays(unit: Unit, warnings: Sequence[WarningState]) -> Sequence[PlayRow]:
    """Return the plays of these warnings that sounded."""
    own = (PlayRow.key.startswith(f"alert/{w.id}/", autoescape=True) for w in warnings)
    query = select(PlayRow).where(
        PlayRow.device.in_({w.device for w in warnings}), PlayRow.sounded_ms > 0, or_(*own)
    )
    return unit.session.scalars(query).all()
