"""The province has an appliance begin anew: in order, once, and never into an emergency."""

from datetime import timedelta

from contract.documents import Command, Restart, Sha256
from edge.core import orders
from edge.core.events import AnnouncementAccepted, CommandAccepted
from tests.edge.core.world import DEVICE, NOON, World, alert, slot, started

RESTART = CommandAccepted(
    command=Command(
        device=DEVICE,
        counter=4,
        issued=NOON,
        expires=NOON + timedelta(minutes=5),
        action=Restart(),
    ),
    sha256=Sha256("ab" * 32),
)


def given(world: World) -> list[type]:
    """Return what was ordered of what is told and of the restart, in order, since the command."""
    kinds = (orders.Tell, orders.Restart)
    return [type(order) for _, order in world.orders if isinstance(order, kinds)]


def test_a_restart_is_told_and_done_once() -> None:
    """The receipt goes out with the same turn, before the program ends; it is not ordered again."""
    world = World()
    world.happen(started(slot()))
    world.run(5)
    before = len(given(world))
    world.happen(RESTART)
    world.run(120)
    assert given(world)[before : before + 2] == [orders.Tell, orders.Restart]
    assert given(world).count(orders.Restart) == 1


def test_a_restart_waits_for_an_emergency_that_sounds() -> None:
    """While a warning is on air the program goes on; in its first gap it begins anew."""
    world = World()
    world.happen(started(slot()))
    world.happen(AnnouncementAccepted(announcement=alert(), door="push"))
    world.run(5)
    assert world.current is not None
    world.happen(RESTART)
    world.run(600)
    begun_anew_s = next(at for at, order in world.orders if isinstance(order, orders.Restart))
    assert not any(
        play.start_s <= begun_anew_s < (play.end_s or begun_anew_s + 1) for play in world.plays
    )
