"""A newer keyring while it runs: what a revoked key signed loses its force at once, and nothing else does."""

import pytest

from contract.documents import Announcement, Rank
from edge.core.events import AnnouncementAccepted, KeyringRenewed, StaffWarned
from edge.core.view import view_of
from tests.edge.core.world import (
    NOON,
    World,
    alert,
    approval,
    assignment,
    programme,
    slot,
    started,
)

HALF_HOUR = slot(window_s=1800, loop=True)


def renewed(**changes: object) -> KeyringRenewed:
    """Return the renewal under which everything stands, changed as said."""
    fields: dict[str, object] = {
        "epoch": 2,
        "assignment": assignment(),
        "programme": programme(HALF_HOUR),
        "approvals": tuple(approval(n) for n in (1, 2, 3, 4)),
    }
    return KeyringRenewed(**(fields | changes))  # type: ignore[arg-type]


def at_work(*warnings: Announcement) -> World:
    """Return an appliance in the midst of its programme, or of these warnings."""
    world = World()
    world.happen(started(HALF_HOUR))
    world.run(15)
    for warning in warnings:
        world.happen(AnnouncementAccepted(announcement=warning, door="push"))
        world.run(2)
    assert world.current is not None
    return world


def rank(world: World) -> Rank:
    """Return who has the air."""
    return world.decisions[-1].air.claim.rank


def test_a_warning_by_a_revoked_key_stops_sounding() -> None:
    """In the midst of its words the warning is cut, never comes again, and the programme has the air back."""
    world = at_work(alert())
    assert rank(world) is Rank.EMERGENCY_COMMUNE
    warned = world.current
    world.happen(renewed(dropped=1))
    world.run(3)
    assert warned is not None
    assert warned.end_s is not None
    world.run(600)
    after = [play.key for play in world.plays if play.start_s > warned.end_s]
    assert after
    assert not [key for key in after if key.startswith("alert/")]


def test_a_warning_whose_key_stands_sounds_on() -> None:
    """The twin: a renewal that revokes somebody else does not cut a warning, nor begin it anew."""
    world = at_work(alert())
    warned = world.current
    world.happen(renewed(announcements=(alert(),)))
    world.run(0.5)
    assert world.current is warned
    world.run(120)
    rounds = [play.key for play in world.plays if play.key.startswith("alert/")]
    assert len(rounds) == len(set(rounds))


def test_a_warning_of_staff_here_is_no_affair_of_the_keyring() -> None:
    """What staff sound with their PIN was signed by no key and goes on."""
    world = World()
    world.happen(started())
    warned = StaffWarned(
        headline="Cháy", text="Cháy chợ", zones=(), until=NOON.replace(hour=7), by="Lan"
    )
    world.happen(warned)
    world.run(2)
    world.happen(renewed(programme=None))
    world.run(1)
    assert world.desk.alarms


def test_the_programme_goes_on_without_a_seam() -> None:
    """A renewal under which everything stands is not heard."""
    world = at_work()
    playing, orders = world.current, len(world.orders)
    world.happen(renewed())
    world.run(0.5)
    assert world.current is playing
    assert len(world.orders) == orders


@pytest.mark.parametrize(
    ("lost", "why"),
    [
        ({"programme": None}, "Chưa nhận được lịch phát."),
        ({"assignment": None, "programme": None, "approvals": ()}, "chưa được giao nhiệm vụ"),
    ],
)
def test_papers_by_a_revoked_key_are_obeyed_no_longer(lost: dict[str, object], why: str) -> None:
    """Without its programme, or without its assignment, the appliance falls silent and says why; relays go off."""
    world = at_work()
    world.happen(renewed(dropped=1, **lost))
    world.run(5)
    assert world.current is None
    assert why in world.decisions[-1].air.claim.why
    assert world.relays[-1][1] == frozenset()
    log = view_of(world.desk, world.decisions[-1].air, world.now).log
    assert log[0].text.startswith("Vòng khóa của tỉnh sang đợt 2. 1 giấy tờ")


def test_content_whose_approver_was_revoked_stops() -> None:
    """What is on air falls silent when its approver's key is gone, and the reason is reported."""
    world = at_work()
    world.happen(renewed(approvals=(approval(2),), dropped=3))
    world.run(3)
    assert world.current is None
    assert any(no.code == "unapproved" for no in world.decisions[-1].air.refused)


def test_a_renewal_equals_a_restart() -> None:
    """Whatever stands: the air after a renewal is the air of an appliance that starts with those papers."""
    for lost in ({}, {"programme": None}, {"approvals": ()}, {"assignment": None}):
        event = renewed(**lost)
        world = at_work(alert())
        world.happen(event)
        world.run(60)
        fresh = World()
        fresh.happen(
            started(
                assignment=event.assignment, programme=event.programme, approvals=event.approvals
            )
        )
        fresh.run(77)
        assert world.decisions[-1].air.claim.rank == fresh.decisions[-1].air.claim.rank
        assert world.decisions[-1].air.claim.key == fresh.decisions[-1].air.claim.key
