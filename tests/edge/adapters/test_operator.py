"""The operator's hand: what it believes, fetches, keeps and tells, and the pace at which it feeds the engine."""

import os
import wave
from array import array
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, TypeVar

import pytest

from contract import voice
from contract.documents import PublicKey
from contract.seal import SigningKey
from contract.testing import device_key
from edge.adapters.link import LinkDown, Reply
from edge.adapters.operator import MOST_VOICES, READY_BYTES, Operator
from edge.adapters.operator_line import AGAIN_BYTES, CUT_S, PIPE_BYTES, OperatorLine, Stage
from edge.adapters.operator_voice import MOST_AHEAD, MOST_EMPTY
from edge.adapters.opus import BYTES_PER_S, Decoder, NotOpus
from edge.core.events import (
    DocumentRefused,
    Happening,
    OperatorFell,
    OperatorSpoke,
    OperatorWhole,
)
from edge.core.orders import HearOperator
from tests.edge.adapters.speaking import OWN, spoken

NAME: Final = "dt-pctt:1:7"
OTHER: Final = "dt-pctt:1:8"
T = TypeVar("T")
CALM_S: Final = 1e9  # so far ahead that nothing is asked for by itself


class Central:
    """What central would answer: the pieces it has from a number on."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.asked: list[str] = []
        self.down = False

    def get(self, path: str, *, max_bytes: int, etag: str | None = None) -> Reply:
        """Answer from what there is."""
        del max_bytes, etag
        self.asked.append(path)
        if self.down:
            raise LinkDown("no line")
        after = int(path.partition("from=")[2])
        return Reply(200, None, voice.write_pieces(self.pieces[after:]))


class Room:
    """The hand in a room: its jobs wait until they are done by `work`, its time stands until it is moved."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.central = Central()
        self.keys: dict[str, PublicKey] = {NAME: OWN.public}
        self.events: list[Happening] = []
        self.jobs: list[Callable[[], None]] = []
        self.now_s = 0.0
        self.hand = self.another()

    def another(self) -> Operator:
        """Return the hand as a start makes it."""
        return Operator(
            self.central,
            self.keys.get,
            self.root / "kept",
            self.root / "scratch",
            self.events.append,
            self.jobs.append,
            mono=lambda: CALM_S + self.now_s,
            spread=lambda: 1.0,
        )

    def work(self) -> None:
        """Do what waits on the lane."""
        while self.jobs:
            self.jobs.pop(0)()

    def of(self, kind: type[T]) -> list[T]:
        """Return what was told of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    def refused(self) -> list[str]:
        """Return the codes of what was refused."""
        return [event.code.value for event in self.of(DocumentRefused)]


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    """A hand that knows one announcement in force."""
    made = Room(tmp_path)
    yield made
    made.hand.close()


def loudness(path: Path) -> tuple[float, int]:
    """Return how many seconds a file has, and the RMS of its samples."""
    with wave.open(str(path)) as sound:
        samples = array("h", sound.readframes(sound.getnframes()))
        rms = (sum(s * s for s in samples) / len(samples)) ** 0.5
        return sound.getnframes() / sound.getframerate(), round(rms)


def test_a_voice_is_told_to_speak_as_soon_as_a_little_is_here(room: Room) -> None:
    """With 300 ms it may go on air; that is said once."""
    first, second, *_ = spoken(NAME)
    room.hand.hear(first)
    assert room.events == [OperatorSpoke(announcement=NAME)]
    room.hand.hear(second)
    assert room.events == [OperatorSpoke(announcement=NAME)]
    assert READY_BYTES < BYTES_PER_S * 0.3


@pytest.mark.refusal_twin(49)
def test_a_whole_voice_is_kept_as_sound_of_its_length(room: Room) -> None:
    """What was said is there to be repeated: 1.5 s of a note that can be heard."""
    for piece in spoken(NAME):
        room.hand.hear(piece)
    room.work()
    (whole,) = room.of(OperatorWhole)
    assert whole == OperatorWhole(announcement=NAME, duration_ms=1_500)
    length_s, rms = loudness(room.hand.path(NAME, live=False))
    assert length_s == pytest.approx(1.5, abs=0.01)
    assert rms > 4_000


@pytest.mark.refusal(49)
@pytest.mark.parametrize("fault", ["forged", "damaged", "foreign", "unnamed", "repeated", "after"])
def test_what_the_operator_did_not_say_here_is_not_heard(room: Room, fault: str) -> None:
    """Forged, damaged, from another warning, of a warning not in force, twice, after the end: not a sample of it."""
    pieces = spoken(NAME)
    for piece in pieces[:2]:
        room.hand.hear(piece)
    before = bytes(room.hand._voices[NAME].said)
    damaged = bytearray(pieces[2])
    damaged[len(damaged) // 2] ^= 1  # in a packet's middle
    thief = device_key("thief")
    bad = {
        "forged": spoken(NAME, key=thief)[2],
        "damaged": bytes(damaged),
        "foreign": spoken(OTHER)[2],
        "unnamed": spoken("dt-pctt:1:9", key=thief)[0],
        "repeated": pieces[1],
        "after": pieces[2],
    }[fault]
    if fault == "after":
        ended = spoken(NAME, 0.6)
        room.hand.close()
        room.hand = room.another()
        for piece in ended:
            room.hand.hear(piece)
        before = bytes(room.hand._voices[NAME].said)
    room.hand.hear(bad)
    assert bytes(room.hand._voices[NAME].said) == before
    assert set(room.hand._voices) == {NAME}
    if fault not in {"repeated", "after"}:
        room.hand.hear(pieces[2])
        assert len(room.hand._voices[NAME].said) > len(before), "and the honest one is taken"


def test_a_forgery_is_told_once(room: Room) -> None:
    """A flood of forgeries is one line in the report, and costs the honest voice nothing."""
    thief = spoken(NAME, 3.0, key=device_key("thief"))
    for _ in range(20):
        room.hand.hear(thief[0])
    assert room.refused() == ["bad-signature"]
    for piece in spoken(NAME):
        room.hand.hear(piece)
    assert room.hand._voices[NAME].whole


def test_pieces_that_overtook_each_other_are_heard_in_their_order(room: Room) -> None:
    """What came early waits; nothing is skipped, and central is asked for what is missing."""
    pieces = spoken(NAME)
    room.central.pieces = pieces[:2]
    room.hand.hear(pieces[0])
    for piece in (pieces[2], pieces[3], pieces[4]):
        room.hand.hear(piece)
    assert len(room.hand._voices[NAME].pieces) == 1
    room.work()
    assert room.central.asked[0] == f"/voices/{NAME}?from=1"
    assert room.hand._voices[NAME].whole
    assert room.of(OperatorWhole)


def test_what_is_far_ahead_is_not_kept(room: Room) -> None:
    """A server that sends numbers from the far end fills no memory."""
    room.hand.hear(spoken(NAME)[0])
    far = voice.write_piece(OWN, NAME, MOST_AHEAD + 2, bytes(32), (b"\x48a",), last=False)
    room.hand.hear(far)
    assert room.hand._voices[NAME].ahead == {}


def test_who_comes_late_gets_all_of_it(room: Room) -> None:
    """An appliance that hears of the warning when all was said fetches the whole."""
    room.central.pieces = spoken(NAME)
    room.hand.obey(HearOperator(announcements=(NAME,)))
    room.work()
    assert room.of(OperatorWhole) == [OperatorWhole(announcement=NAME, duration_ms=1_500)]


def test_a_voice_is_there_after_a_restart_without_central(room: Room) -> None:
    """The pieces were kept, are proved again, and sound in the next round; the warning's end takes them away."""
    for piece in spoken(NAME):
        room.hand.hear(piece)
    room.work()
    room.hand.close()
    room.central.down, room.events[:] = True, []
    room.hand = room.another()
    room.hand.obey(HearOperator(announcements=(NAME,)))
    room.work()
    assert room.of(OperatorWhole), "from the card alone"
    room.hand.obey(HearOperator(announcements=()))
    assert list((room.root / "kept").iterdir()) == []


def test_a_kept_voice_that_was_damaged_is_fetched_again(room: Room) -> None:
    """What lies on the card is believed no more than what comes over the line."""
    room.central.pieces = spoken(NAME)
    for piece in room.central.pieces:
        room.hand.hear(piece)
    room.work()
    room.hand.close()
    (kept,) = (room.root / "kept").iterdir()
    data = bytearray(kept.read_bytes())
    data[len(data) - 70] ^= 1  # in the last piece's last packet
    kept.write_bytes(data)
    room.events.clear()
    room.hand = room.another()
    room.hand.obey(HearOperator(announcements=(NAME,)))
    room.work()
    assert room.central.asked == [f"/voices/{NAME}?from=4"]
    assert room.of(OperatorWhole)


def asks_after(room: Room, *waits_s: float) -> None:
    """Check that the silent voice is asked after exactly these waits, one after the other."""
    held = room.hand._voices[NAME]
    for wait_s in waits_s:
        room.hand.tick(held.moved_s + wait_s - 0.1)
        assert room.jobs == [], wait_s
        room.hand.tick(held.moved_s + wait_s)
        assert len(room.jobs) == 1, wait_s
        room.work()


def test_a_voice_that_is_silent_is_asked_after_ever_more_seldom(room: Room) -> None:
    """Central is asked after six seconds without a word, then after twelve and so on, a minute at most."""
    room.hand.hear(spoken(NAME)[0])
    room.central.down = True
    asks_after(room, 6.0, 12.0, 24.0, 48.0, *[60.0] * 12)
    room.hand.hear(spoken(NAME)[1])
    asks_after(room, 6.0)


def test_nobody_asks_again_and_again_for_a_voice_that_does_not_come(room: Room) -> None:
    """Ten answers without a word are enough: what is said later comes by the stream; a word begins it anew."""
    room.hand.hear(spoken(NAME)[0])
    asks_after(room, 6.0, 12.0, 24.0, 48.0, *[60.0] * (MOST_EMPTY - 4))
    room.hand.tick(CALM_S * 2)
    assert room.jobs == []
    room.hand.hear(spoken(NAME)[1])
    asks_after(room, 6.0)


def test_ten_thousand_appliances_do_not_ask_at_the_moment_of_a_warning(room: Room) -> None:
    """Who has been running waits for the first word on the stream; only who has just started asks at once."""
    room.now_s = 100.0
    room.hand.obey(HearOperator(announcements=(NAME,)))
    room.work()
    assert room.central.asked == []
    asks_after(room, 12.0)


def test_no_more_than_a_few_voices_are_held(room: Room) -> None:
    """The newest warnings' operators are heard; an older one's pieces can be fetched again."""
    names = [f"dt-pctt:1:{number}" for number in range(MOST_VOICES + 2)]
    for name in names:
        room.keys[name] = OWN.public
        room.hand.hear(spoken(name)[0])
    assert set(room.hand._voices) == set(names[-MOST_VOICES:])


def test_what_is_no_opus_is_refused(room: Room) -> None:
    """A signed piece whose packet nobody can decode ends nothing and sounds nothing."""
    with pytest.raises(NotOpus):
        Decoder().decode(b"")
    junk = voice.write_piece(OWN, NAME, 0, None, (b"\x4a\x05\x05",), last=False)
    room.hand.hear(junk)
    assert room.hand._voices[NAME].pieces == []
    assert room.refused() == ["malformed"]


def test_a_live_voice_falls_when_it_was_told_to_its_end(room: Room) -> None:
    """The engine gets every sample in its time; then the line ends and the whole is said to have been heard."""
    for piece in spoken(NAME):
        room.hand.hear(piece)
    path = room.hand.path(NAME, live=True)
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    heard, now_s = b"", 100.0
    while not room.of(OperatorFell):
        assert now_s < 104.0
        room.hand.tick(now_s)
        heard += read(handle)
        now_s += 0.02
    os.close(handle)
    assert room.of(OperatorFell) == [OperatorFell(announcement=NAME)]
    with wave.open(str(finished(room))) as sound:
        said = sound.readframes(sound.getnframes())
    assert heard.startswith(said)
    assert now_s - 100.0 == pytest.approx(1.5 + 0.3 + 0.1, abs=0.15)
    assert room.of(OperatorWhole) == [
        OperatorWhole(announcement=NAME, duration_ms=1_500, heard=True)
    ]
    with pytest.raises(FileNotFoundError):
        room.hand.path(NAME, live=True)


def finished(room: Room) -> Path:
    """Return the whole voice's file once the lane has written it."""
    room.work()
    return room.hand.path(NAME, live=False)


def read(handle: int) -> bytes:
    """Return what lies in a pipe now."""
    try:
        return os.read(handle, 1 << 20)
    except BlockingIOError:
        return b""


@pytest.fixture
def line(tmp_path: Path) -> Iterator[OperatorLine]:
    """A line that nobody reads yet."""
    made = OperatorLine(tmp_path / "line.pcm")
    yield made
    made.close()


def test_nothing_is_lost_before_the_engine_reads(line: OperatorLine) -> None:
    """However long the amplifier takes to warm up, he is heard from his first word on."""
    said = bytearray(range(256)) * 500
    for at in range(50):
        assert line.tick(said, at * 0.02, over=False) is Stage.OPEN
    handle = os.open(line.path, os.O_RDONLY | os.O_NONBLOCK)
    heard = read(handle)
    for at in range(50, 100):
        line.tick(said, at * 0.02, over=False)
        heard += read(handle)
    os.close(handle)
    assert bytes(said).startswith(heard)
    assert len(heard) == pytest.approx(BYTES_PER_S, rel=0.15), "and no faster than it sounds"


def test_a_hole_is_silence_and_he_goes_on_where_he_was(line: OperatorLine) -> None:
    """Words that come late are heard late; nothing is skipped and nothing comes in shreds."""
    said = bytearray(b"\1\0" * (BYTES_PER_S // 4))  # half a second
    handle = os.open(line.path, os.O_RDONLY | os.O_NONBLOCK)
    heard, now_s = b"", 0.0

    def run(seconds: float) -> None:
        nonlocal heard, now_s
        end_s = now_s + seconds
        while now_s < end_s:
            assert line.tick(said, now_s, over=False) is Stage.OPEN
            heard += read(handle)
            now_s += 0.02

    run(1.5)
    gap = len(heard) - len(said)
    assert gap > BYTES_PER_S // 2, "silence kept the engine going"
    said += b"\2\0" * (AGAIN_BYTES // 2 - 10)
    run(0.4)
    assert b"\2" not in heard, "a shred is not worth beginning with"
    said += b"\2\0" * 20
    run(0.5)
    os.close(handle)
    words = heard.replace(b"\0", b"")
    assert words == bytes(said).replace(b"\0", b"")


def test_a_hole_of_six_seconds_ends_the_line(line: OperatorLine) -> None:
    """The village does not listen to nothing: the text or the next warning may sound."""
    said = bytearray(b"\1\0" * 4_000)
    handle = os.open(line.path, os.O_RDONLY | os.O_NONBLOCK)
    stage, now_s = Stage.OPEN, 0.0
    while stage is Stage.OPEN:
        stage = line.tick(said, now_s, over=False)
        read(handle)
        now_s += 0.02
    os.close(handle)
    assert stage is Stage.CUT
    assert now_s == pytest.approx(CUT_S + 0.25, abs=0.2)


def test_a_reader_that_stands_still_is_not_flooded(line: OperatorLine) -> None:
    """A line never holds more than its pipe, and after a stop goes on at its pace, without a word lost."""
    said = bytearray(number % 251 for number in range(BYTES_PER_S * 2))
    handle = os.open(line.path, os.O_RDONLY | os.O_NONBLOCK)
    line.tick(said, 0.0, over=False)
    heard = read(handle)
    for at in range(1, 200):
        line.tick(said, at * 0.02, over=False)
    rest = read(handle)
    assert len(rest) <= PIPE_BYTES
    heard += rest
    before = len(heard)
    for at in range(200, 250):
        line.tick(said, at * 0.02, over=False)
        heard += read(handle)
    os.close(handle)
    assert len(heard) - before <= BYTES_PER_S * 1.4
    assert bytes(said).startswith(heard)


def test_a_signer_is_who_the_announcement_names(room: Room) -> None:
    """The key comes from the announcement in force alone; without one nothing of it is kept."""
    stranger = SigningKey.generate()
    for piece in spoken(OTHER, key=stranger):
        room.hand.hear(piece)
    assert room.events == []
    room.keys[OTHER] = stranger.public
    for piece in spoken(OTHER, key=stranger):
        room.hand.hear(piece)
    assert room.of(OperatorSpoke) == [OperatorSpoke(announcement=OTHER)]
