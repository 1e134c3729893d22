"""The operator's voice: a piece is believed by signature, number and what it follows; by nothing else."""

import hashlib
from datetime import timedelta
from typing import Final

import pytest

from contract import voice
from contract.documents import Announcement, AnnouncementInfo, MessageType, Status
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey
from contract.testing import NOW, device_key
from contract.voice import Heard

NAME: Final = "dt-pctt:1:7"
OWN: Final = device_key("operator's voice")
OTHER: Final = device_key("somebody else's voice")
PACKET: Final = bytes([0x48]) + b"opus"  # SILK, 20 ms, one frame


def spoken(
    count: int = 4,
    key: SigningKey = OWN,
    name: str = NAME,
    packet: bytes = PACKET,
) -> list[bytes]:
    """Return a voice of so many pieces of 40 ms, the last of which ends it."""
    pieces: list[bytes] = []
    for number in range(count):
        before = hashlib.sha256(pieces[-1]).digest() if pieces else None
        last = number == count - 1
        packets = (packet, packet)
        pieces.append(voice.write_piece(key, name, number, before, packets, last=last))
    return pieces


def fresh(key: SigningKey = OWN) -> Heard:
    """Return the voice of which nothing was heard yet."""
    return Heard(announcement=NAME, key=key.public)


def after(*pieces: bytes) -> Heard:
    """Return what is believed after these pieces."""
    heard = fresh()
    for piece in pieces:
        heard, _ = voice.follow(heard, piece)
    return heard


def refusal(heard: Heard, piece: bytes) -> RefusalCode:
    """Return why a piece is not believed."""
    with pytest.raises(Refused) as caught:
        voice.follow(heard, piece)
    return caught.value.code


def test_a_voice_is_believed_piece_by_piece_to_its_end() -> None:
    """Four pieces of 40 ms in their order are 160 ms of voice, over with the last."""
    heard = after(*spoken())
    assert (heard.next_number, heard.duration_ms, heard.over) == (4, 160, True)
    assert not after(*spoken()[:3]).over, "and not before"


def test_no_byte_of_a_piece_can_be_changed() -> None:
    """Whichever byte is damaged, in whichever bit, the piece is refused."""
    first, second, *_ = spoken()
    heard = after(first)
    for at in range(len(second)):
        for bit in (0x01, 0x80):
            damaged = bytearray(second)
            damaged[at] ^= bit
            with pytest.raises(Refused):
                voice.follow(heard, bytes(damaged))


def test_a_piece_of_another_voice_is_not_believed() -> None:
    """Only the key that the announcement names counts."""
    first, second, *_ = spoken()
    _, forged, *_ = spoken(key=OTHER)
    assert refusal(after(first), forged) is RefusalCode.BAD_SIGNATURE
    assert after(first, second).next_number == 2


def test_a_piece_of_another_announcement_is_not_believed() -> None:
    """What the same key said in another warning is not said in this one."""
    _, foreign, *_ = spoken(name="dt-pctt:1:8")
    assert refusal(after(spoken()[0]), foreign) is RefusalCode.WRONG_AUDIENCE


def test_pieces_are_heard_in_their_order_and_once() -> None:
    """One that comes too early waits for the one before it; one that was heard is not heard again."""
    first, second, third, _ = spoken()
    assert refusal(after(first), third) is RefusalCode.NOT_YET
    assert refusal(after(first, second), second) is RefusalCode.REPLAYED
    assert refusal(after(first, second), first) is RefusalCode.REPLAYED
    assert after(first, second, third).next_number == 3


def test_two_takes_of_one_number_cannot_be_mixed() -> None:
    """A piece follows from the very piece before it, though both were signed by the same key."""
    first, _, third, _ = spoken()
    other = voice.write_piece(
        OWN, NAME, 1, hashlib.sha256(first).digest(), (PACKET[:-1] + b"!",), last=False
    )
    assert refusal(after(first, other), third) is RefusalCode.WRONG_EPOCH


def test_nothing_is_heard_after_the_last() -> None:
    """A voice that was ended is over, also for the key that spoke it."""
    pieces = spoken(2)
    more = voice.write_piece(
        OWN, NAME, 2, hashlib.sha256(pieces[-1]).digest(), (PACKET,), last=False
    )
    assert refusal(after(*pieces), more) is RefusalCode.REPLAYED


def test_a_first_piece_follows_nothing() -> None:
    """A voice cannot begin with a piece that claims another before it."""
    begun = voice.write_piece(OWN, NAME, 0, hashlib.sha256(b"?").digest(), (PACKET,), last=False)
    assert refusal(fresh(), begun) is RefusalCode.WRONG_EPOCH


def test_an_end_may_say_nothing_but_nothing_else_may() -> None:
    """The last piece may be empty; an empty one before it would only cost."""
    first = spoken()[0]
    before = hashlib.sha256(first).digest()
    assert voice.follow(after(first), voice.write_piece(OWN, NAME, 1, before, (), last=True))[
        0
    ].over
    empty = voice.write_piece(OWN, NAME, 1, before, (), last=False)
    assert refusal(after(first), empty) is RefusalCode.MALFORMED


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", RefusalCode.MALFORMED),
        (b"x" * 70, RefusalCode.MALFORMED),
        (spoken()[0][:-1], RefusalCode.MALFORMED),
        (spoken()[0][:-64] + b"\0" + spoken()[0][-64:], RefusalCode.MALFORMED),
        (bytes(voice.MAX_PIECE_BYTES + 1), RefusalCode.TOO_LARGE),
        (spoken(name="Not An Id")[0], RefusalCode.MALFORMED),
        (spoken(packet=b"")[0], RefusalCode.MALFORMED),
        (spoken(packet=bytes([0x4B]))[0], RefusalCode.MALFORMED),
        (spoken(packet=bytes([0x4B, 60]))[0], RefusalCode.MALFORMED),
    ],
    ids=["empty", "junk", "cut", "longer", "huge", "id", "packet", "frames", "long"],
)
def test_what_is_no_piece_is_refused_by_name(data: bytes, code: RefusalCode) -> None:
    """Too large, cut off, with something behind it, with a packet that is none: each has its code."""
    assert refusal(fresh(), data) is code


def test_unknown_flags_are_refused() -> None:
    """A meaning that we do not know is not guessed."""
    piece = bytearray(spoken()[0])
    piece[4 + 1 + len(NAME) + 4] = 2
    assert refusal(fresh(), bytes(piece)) is RefusalCode.MALFORMED


def test_a_voice_lasts_three_minutes_at_most() -> None:
    """What goes on for longer is refused, so that no appliance is filled and no village talked dead."""
    heard = Heard(announcement=NAME, key=OWN.public, duration_ms=voice.MAX_VOICE_MS - 40)
    assert voice.follow(heard, spoken()[0])[0].duration_ms == voice.MAX_VOICE_MS
    longer = Heard(announcement=NAME, key=OWN.public, duration_ms=voice.MAX_VOICE_MS - 39)
    assert refusal(longer, spoken()[0]) is RefusalCode.TOO_LARGE
    heavier = Heard(announcement=NAME, key=OWN.public, size_bytes=voice.MAX_VOICE_BYTES)
    assert refusal(heavier, spoken()[0]) is RefusalCode.TOO_LARGE


def test_a_voice_has_so_many_pieces_and_a_piece_so_many_packets() -> None:
    """Crumbs are refused too: a voice of tiny pieces, a piece of tiny packets."""
    before = hashlib.sha256(b"the one before").digest()
    for number, taken in ((voice.MAX_PIECES - 1, True), (voice.MAX_PIECES, False)):
        heard = Heard(announcement=NAME, key=OWN.public, next_number=number, newest=before)
        crumb = voice.write_piece(OWN, NAME, number, before, (PACKET,), last=False)
        if taken:
            assert voice.follow(heard, crumb)[0].next_number == number + 1
        else:
            assert refusal(heard, crumb) is RefusalCode.TOO_LARGE
    short = bytes([0x80, 1])  # CELT, 2.5 ms
    for count, taken in ((voice.MAX_PACKETS, True), (voice.MAX_PACKETS + 1, False)):
        piece = voice.write_piece(OWN, NAME, 0, None, (short,) * count, last=False)
        if taken:
            assert len(voice.follow(fresh(), piece)[1].packets) == count
        else:
            assert refusal(fresh(), piece) is RefusalCode.MALFORMED


@pytest.mark.parametrize(
    ("head", "duration_us"),
    [
        (bytes([0 << 3]), 10_000),
        (bytes([3 << 3]), 60_000),
        (bytes([13 << 3]), 20_000),
        (bytes([16 << 3]), 2_500),
        (bytes([31 << 3]), 20_000),
        (bytes([(31 << 3) | 1]), 40_000),
        (bytes([(31 << 3) | 2]), 40_000),
        (bytes([(31 << 3) | 3, 5]), 100_000),
    ],
)
def test_how_long_a_packet_sounds_stands_in_its_head(head: bytes, duration_us: int) -> None:
    """RFC 6716, section 3.1."""
    assert voice.packet_us(head) == duration_us


def test_a_parcel_holds_the_pieces_it_was_made_of() -> None:
    """Pieces go into a parcel and come out alike; a parcel that is cut off is refused."""
    pieces = tuple(spoken())
    parcel = voice.write_pieces(pieces)
    assert voice.read_pieces(parcel) == pieces
    with pytest.raises(Refused):
        voice.read_pieces(parcel[:-1])


def test_one_language_of_a_warning_is_spoken_by_its_operator() -> None:
    """With a text beside it for boards; two voices, or none that can be read, are refused."""

    def said(*infos: AnnouncementInfo) -> Announcement:
        return Announcement(
            id=NAME,
            message=MessageType.ALERT,
            status=Status.ACTUAL,
            sent=NOW,
            expires=NOW + timedelta(hours=1),
            areas=("dt",),
            event="Lũ",
            infos=infos,
        )

    info = AnnouncementInfo(language="vi", headline="Lũ", text="Nghe đây.", voice=OWN.public)
    plain = AnnouncementInfo(language="en", headline="Flood", text="Listen.")
    assert said(info, plain).infos[0].voice == OWN.public
    for wrong in (
        (info, info),
        (AnnouncementInfo(language="vi", headline="Lũ", text="", voice=OWN.public),),
    ):
        with pytest.raises(ValueError, match="one language"):
            said(*wrong)
