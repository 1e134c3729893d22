"""The loop: one door in, one turn at a time, failures as events."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

from edge.core.events import CentralReached, HandFailed, Happening, StaffReleased, Ticked
from edge.core.moment import Moment
from edge.core.orders import Ask, SwitchZones
from edge.journal import Journal, replay
from edge.reactor import Lane, Reactor
from tests.edge.core.world import NOON, slot, started


class Clocks:
    """Two clocks that a test moves."""

    def __init__(self) -> None:
        self.mono_s = 100.0

    def __call__(self) -> Moment:
        return Moment(NOON, self.mono_s)


def nobody(_order: Ask) -> None:
    """Obey nothing."""


async def lived(reactor: Reactor, deed: Callable[[], object], turns: int) -> None:
    """Run the reactor until it has taken so many turns."""
    task = asyncio.create_task(reactor.run())
    await asyncio.sleep(0)
    deed()
    for _ in range(400):
        if reactor.turns >= turns:
            break
        await asyncio.sleep(0.005)
    task.cancel()
    reactor.close()
    await asyncio.gather(task, return_exceptions=True)


def test_what_was_posted_early_is_taken_first_and_in_order() -> None:
    """Events posted before the loop runs wait for it; the store's word comes before any hand's."""
    reactor = Reactor(nobody, Journal(None), Clocks())
    reactor.post(started(slot()))
    reactor.post(CentralReached())
    asyncio.run(lived(reactor, lambda: None, 2))
    assert reactor.desk.word.assignment is not None
    assert reactor.desk.machine.central


def test_any_thread_may_post() -> None:
    """A post from another thread becomes a turn of the loop."""
    reactor = Reactor(nobody, Journal(None), Clocks())

    def elsewhere() -> None:
        thread = threading.Thread(target=reactor.post, args=(CentralReached(),))
        thread.start()
        thread.join()

    asyncio.run(lived(reactor, elsewhere, 1))
    assert reactor.desk.machine.central


def test_a_coroutine_gets_the_decision_on_its_event() -> None:
    """What the page submits is decided like everything else, and the answer comes back."""

    async def page() -> None:
        reactor = Reactor(nobody, Journal(None), Clocks())
        task = asyncio.create_task(reactor.run())
        with reactor.watched() as bell:
            decision = await reactor.submit(StaffReleased(by="Lan"))
            assert bell.is_set()
        assert decision.desk is reactor.desk
        task.cancel()
        reactor.close()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(page())


def test_orders_are_handed_out_and_the_turns_journalled(tmp_path: Path) -> None:
    """Each order of a turn reaches the hands, and the journal replays to the same decisions."""
    given: list[Ask] = []
    reactor = Reactor(given.append, Journal(tmp_path), Clocks())
    reactor.post(started(slot()))
    asyncio.run(lived(reactor, lambda: reactor.post(Ticked()), 2))
    assert any(isinstance(order, SwitchZones) for order in given)
    (file,) = tmp_path.glob("*.jsonl")
    turns = list(replay(file))
    assert len(turns) == reactor.turns
    assert all(turn.same for turn in turns)


def test_a_journal_that_cannot_be_written_does_not_stop_the_loop(tmp_path: Path) -> None:
    """A directory that is a file costs the evidence, never the broadcast."""
    (tmp_path / "journal").write_text("in the way")
    reactor = Reactor(nobody, Journal(tmp_path / "journal"), Clocks())
    reactor.post(CentralReached())
    asyncio.run(lived(reactor, lambda: None, 1))
    assert reactor.desk.machine.central


def test_a_raise_on_a_lane_is_an_event_and_the_lane_goes_on() -> None:
    """A hand that raises is reported with its words; the next job runs; a closed lane ends its thread."""
    heard: list[Happening] = []
    done = threading.Event()
    lane = Lane("voice", heard.append)

    def broken() -> None:
        raise RuntimeError("no voice today")

    lane.put(broken)
    lane.put(done.set)
    assert done.wait(5)
    assert lane.close(5)
    [failed] = heard
    assert isinstance(failed, HandFailed)
    assert (failed.hand, failed.why) == ("voice", "RuntimeError: no voice today")
