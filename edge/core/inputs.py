"""Wired inputs: what a button or a contact means.

Law of the room: pure. A complaint (mains, door, battery, amplifier) is a fact for page, log and health; a
button is a decision of staff made by hand.
"""

from datetime import timedelta
from typing import Final

import msgspec

from contract.documents import Input, InputKind
from edge.core import decisions, greeting, hushing, trials
from edge.core.desk import Desk, noted
from edge.core.events import (
    InputChanged,
    StaffHushedWarnings,
    StaffLeftLive,
    StaffSpoke,
    StaffWentLive,
)
from edge.core.moment import Moment
from edge.core.page import NoteKind
from edge.core.spelling import spelt

TALK_LIMIT: Final = timedelta(minutes=15)
ADDRESS: Final = timedelta(minutes=1)
BY_TALK: Final = "Nút nói"
BY_HUSH: Final = "Nút tắt tiếng"
BY_ADDRESS: Final = "Nút hỏi địa chỉ"

replace = msgspec.structs.replace


def changed(desk: Desk, event: InputChanged, now: Moment) -> Desk:
    """Return the desk after an input changed; its first word only says how it stands."""
    before = desk.rig.inputs.get(event.name)
    inputs = {**desk.rig.inputs, event.name: event.active}
    desk = replace(desk, rig=replace(desk.rig, inputs=inputs))
    if event.kind in (InputKind.TALK, InputKind.ADDRESS) and trials.watches(desk, event.name):
        return desk  # it was pressed to see whether it is wired, and says nothing now
    if event.kind is InputKind.TALK:
        return _talk(desk, event, before, now)
    if before is None and not event.active:
        return desk
    if before is not None and event.active and event.kind is InputKind.HUSH:
        return hushing.hushed(desk, StaffHushedWarnings(by=BY_HUSH), now)
    if before is not None and event.kind is InputKind.ADDRESS:
        desk = greeting.button(desk, event, now)
    assigned = desk.word.assignment is not None
    if assigned and before is not None and event.active and event.kind is InputKind.ADDRESS:
        return decisions.decided(desk, _spoken_address(desk, now), now)
    wired = wired_as(desk, event.name)
    if wired is None or wired.kind in (InputKind.SENSE, InputKind.HUSH, InputKind.ADDRESS):
        return desk
    state = "báo" if is_complaint(event.kind, active=event.active) else "đã hết báo"
    return noted(desk, now.wall, NoteKind.MACHINE, f"{wired.title}: {state}.")


def _talk(desk: Desk, event: InputChanged, before: bool | None, now: Moment) -> Desk:  # noqa: FBT001
    if event.active and before is False:
        talk = StaffWentLive(ref="", zones=(), until=now.wall + TALK_LIMIT, by=BY_TALK)
        return decisions.decided(desk, talk, now)
    live = desk.local.live
    if not event.active and live is not None and live.by == BY_TALK:
        return decisions.decided(desk, StaffLeftLive(by=BY_TALK), now)
    return desk


def _spoken_address(desk: Desk, now: Moment) -> StaffSpoke:
    addresses = [a for a in desk.machine.addresses if "." in a][:2]
    text = "Thiết bị chưa có địa chỉ mạng."
    if addresses:
        text = "Địa chỉ của thiết bị: " + "; hoặc ".join(spelt(a) for a in addresses) + "."
    ref = f"address-{now.wall:%Y%m%dT%H%M%S}"
    until = now.wall + ADDRESS
    return StaffSpoke(ref=ref, text=text, voice="", rounds=2, zones=(), until=until, by=BY_ADDRESS)


def wired_as(desk: Desk, name: str) -> Input | None:
    """Return the wiring of the input of this name."""
    inputs = desk.word.assignment.inputs if desk.word.assignment else ()
    return next((i for i in inputs if i.name == name), None)


def is_complaint(kind: InputKind, *, active: bool) -> bool:
    """Return whether an input in this state is something to be mended."""
    if kind is InputKind.MAINS:
        return not active
    return active and kind in (
        InputKind.AMPLIFIER_FAULT,
        InputKind.BATTERY_LOW,
        InputKind.DOOR,
    )


def complaints(desk: Desk) -> tuple[str, ...]:
    """Return the titles of the inputs that complain now."""
    inputs = desk.word.assignment.inputs if desk.word.assignment else ()
    states = ((i, desk.rig.inputs.get(i.name)) for i in inputs)
    return tuple(
        i.title
        for i, active in states
        if active is not None and is_complaint(i.kind, active=active)
    )
