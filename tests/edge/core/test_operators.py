"""The operator's own voice in a warning: when it goes on air, and what sounds where it does not come."""

from typing import Final

import pytest
from msgspec.structs import replace

from contract.documents import (
    Announcement,
    AnnouncementInfo,
    MessageType,
    Outcome,
    Repeat,
    Status,
)
from edge.core.events import (
    AnnouncementAccepted,
    Ending,
    OperatorFell,
    OperatorSpoke,
    OperatorWhole,
    PlayerEnded,
)
from edge.core.orders import HearOperator, StartPlay
from edge.core.sound import FromOperator, FromTone, FromVoice, Source
from tests.edge.core.world import NOON, World, alert, started

TONE_S: Final = 3.0  # of the world
WARM_S: Final = 0.9


def spoken(seq: int = 1, **changes: object) -> Announcement:
    """Return a warning that its operator speaks himself."""
    info = AnnouncementInfo(
        language="vi", headline="Nước lên", text="Bà con sơ tán.", voice="A" * 43 + "="
    )
    return replace(alert(seq), **({"infos": (info,)} | changes))


def warned(announcement: Announcement) -> World:
    """Return the world in which the tone of a warning has just been ordered."""
    world = World()
    world.happen(started())
    world.run(5)
    world.happen(AnnouncementAccepted(announcement=announcement, door="push"))
    return world


def sources(world: World) -> list[Source]:
    """Return what the player was asked for, in order."""
    return [order.source for _, order in world.orders if isinstance(order, StartPlay)]


def listened(world: World) -> list[tuple[str, ...]]:
    """Return whose voices the operator's hand was told to have."""
    return [o.announcements for _, o in world.orders if isinstance(o, HearOperator)]


def falls(world: World, name: str, *, cut: bool = False) -> None:
    """Have the live line end: the hand says so, then the engine sees the end of its pipe."""
    current = world.current
    assert current is not None
    world.happen(OperatorFell(announcement=name, cut=cut))
    world._forget(current.key)
    took_ms = round((world.since_s - current.start_s) * 1000)
    ended = PlayerEnded(key=current.key, ending=Ending.FAILED, played_ms=took_ms, why="hết")
    world.happen(ended)


def test_the_operator_is_on_air_while_he_speaks() -> None:
    """After the tone his voice sounds as it comes, and when he has ended the round is over."""
    one = spoken()
    world = warned(one)
    world.run(2)
    world.happen(OperatorSpoke(announcement=one.id))
    world.run(TONE_S + WARM_S)
    assert sources(world)[-1] == FromOperator(announcement=one.id, live=True)
    world.run(20)
    falls(world, one.id)
    world.happen(OperatorWhole(announcement=one.id, duration_ms=20_000, heard=True))
    world.run(20)
    assert sources(world) == [
        FromTone(tone=one.infos[0].tone),
        FromOperator(announcement=one.id, live=True),
    ], "he was heard once, and nothing was read over him"
    (_, play) = world.desk.recent_plays
    assert play.outcome is Outcome.SOUNDED
    assert play.why == "", "a line that was told to its end is no failure"
    world.run(15)
    assert sources(world)[2:] == [FromTone(tone=one.infos[0].tone), FromOperator(one.id)]


def test_a_round_waits_for_an_operator_and_then_reads_the_text() -> None:
    """Who raised a warning and says nothing within ten seconds is replaced by his own text."""
    world = warned(spoken())
    world.run(WARM_S + TONE_S + 9.5)
    assert not any(isinstance(source, FromVoice) for source in sources(world))
    world.run(1.5)
    assert isinstance(sources(world)[-1], FromVoice)


def test_later_rounds_wait_for_nobody() -> None:
    """Who did not speak in the first round is not waited for in the second: the text follows the tone."""
    world = warned(spoken())
    world.run(WARM_S + TONE_S + 10 + 4 + 30 + WARM_S + TONE_S + 1.5)
    assert [isinstance(s, FromVoice) for s in sources(world)] == [False, True, False, True]


def test_an_operator_who_begins_late_takes_the_air_from_the_text() -> None:
    """Nobody has to listen to a machine while a person speaks."""
    one = spoken()
    world = warned(one)
    world.run(WARM_S + TONE_S + 11)
    assert isinstance(sources(world)[-1], FromVoice)
    world.happen(OperatorSpoke(announcement=one.id))
    world.run(1)
    assert sources(world)[-1] == FromOperator(announcement=one.id, live=True)


def test_a_voice_that_came_whole_and_late_sounds_at_once_and_once() -> None:
    """Where the link was too slow, he is heard as soon as he is here, not at the next round."""
    one = spoken(repeat=Repeat(quick_rounds=2, quick_gap_s=300, slow_gap_s=None))
    world = warned(one)
    world.run(WARM_S + TONE_S + 10 + 6)
    assert world.current is None, "the text was read"
    world.happen(OperatorWhole(announcement=one.id, duration_ms=8_000))
    world.run(WARM_S + TONE_S + 9)
    assert sources(world)[-1] == FromOperator(one.id)
    count = len(sources(world))
    world.run(200)
    assert len(sources(world)) == count, "and not again before its time"


def test_a_voice_that_was_cut_is_heard_whole_as_soon_as_it_is_here() -> None:
    """A hole in the line ends the live voice; what was lost is made good."""
    one = spoken(repeat=Repeat(quick_rounds=2, quick_gap_s=300, slow_gap_s=None))
    world = warned(one)
    world.happen(OperatorSpoke(announcement=one.id))
    world.run(WARM_S + TONE_S + 5)
    falls(world, one.id, cut=True)
    world.run(2)
    assert world.current is None
    world.happen(OperatorWhole(announcement=one.id, duration_ms=8_000))
    world.run(WARM_S + TONE_S + 2)
    assert sources(world)[-1] == FromOperator(one.id)


def test_a_voice_that_came_whole_before_its_words_were_due_is_played_whole() -> None:
    """A recorded voice is here before the tone has ended: it sounds as any other words."""
    one = spoken()
    world = warned(one)
    world.happen(OperatorSpoke(announcement=one.id))
    world.happen(OperatorWhole(announcement=one.id, duration_ms=8_000))
    world.run(WARM_S + TONE_S + 9)
    assert sources(world) == [FromTone(tone=one.infos[0].tone), FromOperator(one.id)]


def test_a_warning_that_is_cancelled_ends_its_operator() -> None:
    """With the warning goes its voice, also in the middle of a word."""
    one = spoken()
    world = warned(one)
    world.happen(OperatorSpoke(announcement=one.id))
    world.run(WARM_S + TONE_S + 5)
    over = replace(alert(2), message=MessageType.CANCEL, references=(one.id,), infos=())
    world.happen(AnnouncementAccepted(announcement=over, door="push"))
    world.run(1)
    assert world.current is None
    assert listened(world) == [(one.id,), ()]


def test_the_player_that_breaks_under_a_live_voice_is_asked_again() -> None:
    """An engine that died is no end of the operator: he goes on in the next one."""
    one = spoken()
    world = warned(one)
    world.happen(OperatorSpoke(announcement=one.id))
    world.run(WARM_S + TONE_S + 5)
    world.fail(why="bộ phát tiếng dừng")
    world.run(2)
    live = FromOperator(announcement=one.id, live=True)
    assert sources(world)[1:] == [live, live]


def test_a_newer_warning_goes_before_a_live_voice_and_gives_it_back() -> None:
    """The newest is heard first; who was interrupted goes on where he was."""
    one = spoken(sent=NOON)
    world = warned(one)
    world.happen(OperatorSpoke(announcement=one.id))
    world.run(WARM_S + TONE_S + 2)
    newer = alert(2, sent=world.wall, repeat=Repeat(quick_rounds=1, slow_gap_s=None))
    world.happen(AnnouncementAccepted(announcement=newer, door="push"))
    world.run(1)
    assert isinstance(sources(world)[-1], FromTone)
    world.run(12)
    assert sources(world)[-1] == FromOperator(announcement=one.id, live=True)


def test_in_an_exercise_the_text_is_read_and_nobody_is_heard() -> None:
    """Nobody here can tell whether the operator says that it is a drill; the text between its words does."""
    one = replace(spoken(), status=Status.EXERCISE)
    world = warned(one)
    world.happen(OperatorSpoke(announcement=one.id))
    world.happen(OperatorWhole(announcement=one.id, duration_ms=8_000))
    world.run(30)
    assert [type(source) for source in sources(world)] == [FromTone, FromVoice]
    assert listened(world) == []


@pytest.mark.parametrize("cut", [True, False])
def test_a_voice_of_a_warning_that_is_over_changes_nothing(cut: bool) -> None:
    """Word of a voice whose warning no longer stands leaves the desk as it is."""
    world = World()
    world.happen(started())
    before = world.desk.rig.operators
    world.happen(OperatorFell(announcement="dt-pctt:1:99", cut=cut))
    world.happen(OperatorWhole(announcement="dt-pctt:1:99", duration_ms=5))
    assert world.desk.rig.operators == before
