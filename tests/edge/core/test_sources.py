"""Everything that can sound besides files: streams, the line input, spoken words, recordings, a live voice."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from contract.documents import Approval, InputKind, LineIn, Outcome, Sha256, StreamRelay
from edge.core.events import (
    Happening,
    InputChanged,
    StaffHushed,
    StaffLeftLive,
    StaffPlayed,
    StaffRecorded,
    StaffSpoke,
    StaffUndid,
    StaffWentLive,
)
from edge.core.orders import ProbeStream, Remember, Speak, Tell
from tests.edge.core.world import NOON, World, approval, sha, slot, started

STREAM = StreamRelay(url="http://dai.example/vov1.mp3")


def approved(name: Sha256) -> Approval:
    """Return an approver's word for a live source."""
    return Approval(
        sha256=name,
        title="VOV1",
        area="dt",
        issued=NOON - timedelta(days=1),
        not_after=NOON + timedelta(days=30),
    )


def relaying(**changes: Any) -> World:  # noqa: ANN401  any field of a slot
    """Return a world whose slot relays the stream for 200 s from 12:00:10, with two items instead."""
    fields: dict[str, Any] = {"items": (sha(1), sha(2)), "live": STREAM, "window_s": 200}
    words = [approval(n) for n in (1, 2, 3, 4)]
    world = World()
    plan = slot(**(fields | changes))
    named = plan.live.approved_as if plan.live else sha(9)
    world.happen(started(plan, approvals=(*words, approved(named))))
    return world


def plays(world: World) -> list[str]:
    """Return the last part of each play's key."""
    return [p.key.rpartition("/")[2] for p in world.plays]


@pytest.mark.refusal_twin(49)
def test_a_stream_is_relayed_for_the_whole_window() -> None:
    """It sounds from the window's opening to its close, and no item instead of it."""
    world = relaying()
    world.run(230)
    (play,) = world.plays
    assert (play.start_s, play.end_s) == pytest.approx((10.0, 210.3), abs=0.2)


@pytest.mark.refusal(49)
def test_a_stream_without_an_approval_does_not_sound_and_says_so() -> None:
    """A server taken over can name a stream; without an approver's word for its address it stays silent."""
    world = World()
    world.happen(started(slot(live=STREAM, items=(), window_s=60)))
    world.run(30)
    assert world.plays == []
    told = [r for _, o in world.orders if isinstance(o, Tell) for r in o.refusals]
    assert [r.code for r in told] == ["unapproved"]


def test_when_a_stream_gives_nothing_the_items_sound_in_turn() -> None:
    """A failed stream is followed at once by the first item, then the second, over and over."""
    world = relaying()
    world.dead_streams.add(STREAM.url)
    world.run(20)
    world.fail(why="nguồn tiếp sóng đứng lại")
    world.run(25)
    assert plays(world) == ["live-0", "instead-0", "instead-1", "instead-2"]
    assert world.plays[1].start_s == pytest.approx(20.0, abs=0.2)


def test_a_stream_that_is_back_takes_its_slot_again() -> None:
    """While it is down it is tried ever more rarely without a sound; once it gives something it goes on air."""
    world = relaying()
    world.dead_streams.add(STREAM.url)
    world.run(20)
    world.fail()
    world.run(60)
    tried = [at for at, order in world.orders if isinstance(order, ProbeStream)]
    gaps = [b - a for a, b in pairwise(tried)]
    assert tried[0] == pytest.approx(22.0, abs=0.2)
    assert gaps == sorted(gaps)
    assert world.current is not None
    assert "instead" in world.current.key
    world.dead_streams.clear()
    world.run(40)
    assert world.current is not None
    assert "/live-" in world.current.key
    assert world.current.key != world.plays[0].key, "each attempt has a record of its own"


def test_a_slot_that_only_relays_is_silent_while_its_source_is_down() -> None:
    """Without items there is silence, with the reason on the page and told once."""
    world = relaying(items=())
    world.dead_streams.add(STREAM.url)
    world.run(20)
    world.fail(why="nguồn tiếp sóng đứng lại")
    world.run(10)
    assert world.current is None
    air = world.decisions[-1].air
    assert [r.code for r in air.refused] == ["source-down"]
    told = [r for _, o in world.orders if isinstance(o, Tell) for r in o.refusals]
    assert [(r.code, r.why) for r in told] == [("source-down", "nguồn tiếp sóng đứng lại")]


def test_the_line_input_is_relayed_and_tried_again_without_a_probe() -> None:
    """A line that fell silent is simply played again after a while."""
    world = relaying(live=LineIn(), items=())
    world.run(20)
    world.fail()
    world.run(5)
    assert plays(world) == ["live-0", f"live-{1020}"]
    assert not [o for _, o in world.orders if isinstance(o, ProbeStream)]


def test_a_stream_record_says_how_long_it_was_asked_and_why_it_fell_short() -> None:
    """The proof of a broken relay names its address, the window's length, and the player's reason."""
    world = relaying(items=())
    world.dead_streams.add(STREAM.url)
    world.run(60)
    world.fail(why="nguồn tiếp sóng đã ngừng")
    world.run(5)
    (play,) = [p for _, o in world.orders if isinstance(o, Tell) for p in o.plays]
    assert play.source == f"stream:{STREAM.url}"
    assert play.asked_ms == pytest.approx(200_000, abs=100)
    assert play.outcome is Outcome.PARTLY
    assert play.why == "nguồn tiếp sóng đã ngừng"


# --- staff ----------------------------------------------------------------------------------------


def spoke(world: World, **changes: object) -> StaffSpoke:
    """Return a typed notice."""
    fields: dict[str, object] = {
        "ref": "tb-1",
        "text": "Ngày mai cắt điện.",
        "voice": "south",
        "rounds": 2,
        "zones": (),
        "until": world.wall + timedelta(minutes=5),
        "by": "Lan",
    }
    return StaffSpoke(**(fields | changes))  # type: ignore[arg-type]


def silent_world() -> World:
    """Return a world with nothing planned."""
    world = World()
    world.happen(started())
    world.run(1)
    return world


def test_typed_words_sound_between_chime_and_end_tone() -> None:
    """Chime, the words as often as asked, end tone; then staff's decision is over by itself."""
    world = silent_world()
    world.happen(spoke(world))
    world.run(30)
    orders = [o for _, o in world.orders if isinstance(o, Speak)]
    assert [(o.ref, o.voice, o.text) for o in orders] == [("tb-1", "south", "Ngày mai cắt điện.")]
    assert [p.key.rpartition("/")[2] for p in world.plays] == ["0", "1", "2", "3"]
    assert world.desk.local.override is None


def test_a_recording_sounds_once_between_chime_and_end_tone() -> None:
    """What staff recorded is played at the rank of an override."""
    world = silent_world()
    until = world.wall + timedelta(minutes=5)
    world.happen(
        StaffRecorded(
            ref="ghi-1", title="Họp dân", length_ms=6_000, zones=(), until=until, by="Lan"
        )
    )
    world.run(30)
    assert len(world.plays) == 3
    told = [p for _, o in world.orders if isinstance(o, Tell) for p in o.plays]
    assert [p.source for p in told] == ["tone:chime", "recording:ghi-1", "tone:end"]


def test_an_approved_item_sounds_without_a_chime_unless_asked() -> None:
    """A plain play is the item alone."""
    world = silent_world()
    until = world.wall + timedelta(minutes=5)
    world.happen(StaffPlayed(content=sha(1), zones=(), until=until, by="Lan"))
    world.run(30)
    assert len(world.plays) == 1


@pytest.mark.parametrize("ref", ["phien-1", ""])
def test_a_live_voice_is_above_staff_and_below_an_emergency(ref: str) -> None:
    """It takes the air from a hush or an item, sounds until it is left, and gives the air back."""
    world = World()
    world.happen(started(slot(window_s=300, items=(sha(1), sha(2), sha(3)))))
    world.run(12)
    until = world.wall + timedelta(minutes=10)
    world.happen(StaffWentLive(ref=ref, zones=(), until=until, by="Lan"))
    world.run(10)
    assert world.current is not None
    assert world.current.key.startswith("staff/")
    world.happen(StaffLeftLive(by="Lan"))
    world.run(2)
    assert world.current is not None
    assert world.current.key.startswith("slot/")


def test_stop_ends_a_live_talk() -> None:
    """The one big button silences whoever talks."""
    world = silent_world()
    until = world.wall + timedelta(minutes=10)
    world.happen(StaffWentLive(ref="p", zones=(), until=until, by="Lan"))
    world.run(8)
    world.happen(StaffHushed(until=until, by="Hoa"))
    world.run(1)
    assert world.current is None
    assert world.desk.local.live is None


def test_a_phone_that_falls_silent_ends_its_talk() -> None:
    """When the player gets nothing more from the phone, the programme comes back."""
    world = silent_world()
    until = world.wall + timedelta(minutes=10)
    world.happen(StaffWentLive(ref="p", zones=(), until=until, by="Lan"))
    world.run(8)
    world.fail()
    assert world.desk.local.live is None


def pressed(kind: InputKind, *, active: bool) -> Happening:
    """Return a button changing."""
    return InputChanged(name=kind.value, kind=kind, active=active)


def test_push_to_talk_sounds_chime_and_line_while_held() -> None:
    """Held: chime, then the microphone at the line input; let go: silence."""
    world = silent_world()
    world.happen(pressed(InputKind.TALK, active=False))
    world.happen(pressed(InputKind.TALK, active=True))
    world.run(8)
    assert len(world.plays) == 2
    assert world.current is not None
    world.happen(pressed(InputKind.TALK, active=False))
    world.run(1)
    assert world.current is None


def test_a_talk_button_that_was_held_at_the_start_does_nothing() -> None:
    """A jammed button must not open the microphone when the power comes back."""
    world = silent_world()
    world.happen(pressed(InputKind.TALK, active=True))
    world.run(5)
    assert world.plays == []


def test_the_address_button_speaks_the_address() -> None:
    """An installer hears the address digit by digit, twice."""
    world = silent_world()
    world.happen(pressed(InputKind.ADDRESS, active=False))
    world.happen(pressed(InputKind.ADDRESS, active=True))
    world.run(20)
    (order,) = [o for _, o in world.orders if isinstance(o, Speak)]
    assert order.text == "Thiết bị chưa có địa chỉ mạng."
    assert len(world.plays) == 4


# --- undo -----------------------------------------------------------------------------------------


def test_the_last_decision_can_be_taken_back_for_ten_seconds() -> None:
    """Undo brings back what stood before; after its time it changes nothing."""
    world = silent_world()
    until = world.wall + timedelta(minutes=15)
    world.happen(StaffHushed(until=until, by="Lan"))
    world.run(9)
    world.happen(StaffUndid(by="Lan"))
    assert world.desk.local.hush is None
    world.happen(StaffHushed(until=until, by="Lan"))
    world.run(11)
    world.happen(StaffUndid(by="Lan"))
    assert world.desk.local.hush is not None


def test_a_talk_is_not_remembered_over_a_restart() -> None:
    """Nobody's microphone opens by itself after a power cut."""
    world = silent_world()
    until = world.wall + timedelta(minutes=10)
    world.happen(StaffWentLive(ref="p", zones=(), until=until, by="Lan"))
    world.run(3)
    remembered = [o for _, o in world.orders if isinstance(o, Remember)]
    assert all(o.override is None for o in remembered)
