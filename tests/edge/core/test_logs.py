"""The province asks for the program's log: it is noted, told, and posted once."""

from datetime import timedelta

from contract.documents import Action, Command, Reload, SendLogs, Sha256
from edge.core import orders
from edge.core.events import CommandAccepted
from tests.edge.core.world import DEVICE, NOON, World, slot, started


def commanded(action: Action, counter: int) -> CommandAccepted:
    """Return a command that was admitted."""
    command = Command(
        device=DEVICE,
        counter=counter,
        issued=NOON,
        expires=NOON + timedelta(minutes=5),
        action=action,
    )
    return CommandAccepted(command=command, sha256=Sha256("ab" * 32))


def given(world: World) -> list[orders.Ask]:
    """Return what was ordered of what is told and of logs, in order."""
    return [order for _, order in world.orders if isinstance(order, orders.Tell | orders.SendLogs)]


def asked(world: World) -> list[int]:
    """Return the counters under which logs were to be sent."""
    return [order.counter for order in given(world) if isinstance(order, orders.SendLogs)]


def test_logs_are_asked_for_once_and_told_first() -> None:
    """The receipt goes out in the same turn, before the log; nothing more is ordered by time passing."""
    world = World()
    world.happen(started(slot()))
    world.run(5)
    before = len(given(world))
    world.happen(commanded(SendLogs(), 7))
    world.run(120)
    told, sent = given(world)[before : before + 2]
    assert isinstance(told, orders.Tell)
    assert [(r.id, r.state) for r in told.receipts] == [("7", "verified")]
    assert sent == orders.SendLogs(counter=7)
    assert asked(world) == [7]
    assert world.desk.log[-1].text == "Tỉnh lấy nhật ký của máy."


def test_each_asking_is_its_own() -> None:
    """A second command asks again under its own counter; a command of another kind asks for nothing."""
    world = World()
    world.happen(started(slot()))
    world.happen(commanded(SendLogs(), 7))
    world.happen(commanded(Reload(), 8))
    world.happen(commanded(SendLogs(), 9))
    world.run(5)
    assert asked(world) == [7, 9]


def test_what_sounds_goes_on() -> None:
    """The programme is heard as if nobody had asked."""
    heard = []
    for asks in (False, True):
        world = World()
        world.happen(started(slot()))
        world.run(15)
        if asks:
            world.happen(commanded(SendLogs(), 7))
        world.run(100)
        heard.append([(p.key, p.start_s, p.end_s) for p in world.plays if p.end_s])
    assert heard[0] == heard[1]
    assert heard[0]
