"""The operator's voice at central: taken as it was signed, relayed to its audience, given again to who missed some."""

import base64
import hashlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import msgspec
import pytest
from sqlalchemy import select

from central.db.broadcast import OutboxRow
from central.db.voices import VoicePieceRow, VoiceRow
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.domain.states import AnnouncementPhase, VoiceState
from central.push.held import MOST_VOICE_BYTES, Crowd
from central.services import take_announcement
from central.services.doors import Visitor
from central.services.housekeeping import sweep
from central.services.voices import pieces_for, take_pieces, voice_state
from contract import codec, seal, voice
from contract.documents import Announcement, Kind, Role, Threshold
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey
from contract.testing import device_key
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province
from tests.central.test_push_arrivals import Line
from tests.contract.test_voice import PACKET, spoken

OWN: Final = device_key("operator's voice")
NAME: Final = "dt:1:1"


def raised(province: Province, *, voice_key: SigningKey | None = OWN, area: str = COMMUNE) -> str:
    """Return the id of a warning in force that its operator speaks himself."""
    plain = codec.decode(
        Kind.ANNOUNCEMENT, seal.read_envelope(province.authority.announce([area])).payload
    )
    assert isinstance(plain, Announcement)
    key = msgspec.UNSET if voice_key is None else voice_key.public
    info = msgspec.structs.replace(plain.infos[0], voice=key)
    envelope = province.authority.seal(
        Kind.ANNOUNCEMENT, msgspec.structs.replace(plain, infos=(info,))
    )
    with province.house.writing() as unit:
        return take_announcement(unit, envelope, who=None, now=province.now).id


def speak(province: Province, name: str, pieces: Sequence[bytes], who: Person) -> VoiceState:
    """Hand pieces in."""
    with province.house.writing() as unit:
        return take_pieces(unit, name, voice.write_pieces(pieces), who=who, now=province.now)


def relayed(province: Province) -> list[tuple[bytes, tuple[str, ...]]]:
    """Return the pieces that wait to be pushed, and to whom."""
    query = select(OutboxRow).where(OutboxRow.kind == "voice").order_by(OutboxRow.id)
    with province.house.reading() as unit:
        return [
            (base64.b64decode(row.data, validate=True), tuple(row.areas))
            for row in unit.session.scalars(query)
        ]


@pytest.fixture
def operator(province: Province) -> Person:
    """Somebody who may warn the whole province."""
    return province.person("trực ban", PersonRole.EMERGENCY)


def test_pieces_are_relayed_as_they_were_signed(province: Province, operator: Person) -> None:
    """Each goes to the announcement's areas at once, byte for byte; the state says how far he came."""
    name = raised(province)
    pieces = spoken(name=name)
    state = speak(province, name, pieces[:2], operator)
    assert (state.next_number, state.duration_ms, state.over) == (2, 80, False)
    assert relayed(province) == [(piece, (COMMUNE,)) for piece in pieces[:2]]
    state = speak(province, name, pieces[2:], operator)
    assert (state.next_number, state.over) == (4, True)
    assert len(relayed(province)) == 4


def test_the_same_pieces_again_change_nothing(province: Province, operator: Person) -> None:
    """A browser whose line broke sends again what it does not know to have arrived."""
    name = raised(province)
    pieces = spoken(name=name)
    speak(province, name, pieces[:2], operator)
    state = speak(province, name, pieces[:3], operator)
    assert state.next_number == 3
    assert len(relayed(province)) == 3


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("forged", RefusalCode.BAD_SIGNATURE),
        ("foreign", RefusalCode.WRONG_AUDIENCE),
        ("early", RefusalCode.NOT_YET),
        ("other", RefusalCode.REPLAYED),
        ("cut", RefusalCode.MALFORMED),
        ("none", RefusalCode.MALFORMED),
        ("flood", RefusalCode.TOO_LARGE),
    ],
)
def test_what_the_operator_did_not_say_is_neither_kept_nor_relayed(
    province: Province, operator: Person, fault: str, code: RefusalCode
) -> None:
    """Forged, of another warning, out of order, another take of what was said, or no piece at all."""
    name = raised(province)
    pieces = spoken(name=name)
    speak(province, name, pieces[:1], operator)
    another = voice.write_piece(OWN, name, 0, None, (PACKET + b"!",), last=False)
    parcel = {
        "forged": voice.write_pieces(spoken(name=name, key=device_key("thief"))[1:2]),
        "foreign": voice.write_pieces(spoken(name="dt:1:999")[1:2]),
        "early": voice.write_pieces(pieces[2:3]),
        "other": voice.write_pieces([another]),
        "cut": voice.write_pieces(pieces[1:2])[:-1],
        "none": b"",
        "flood": bytes(250_001),
    }[fault]
    with province.house.writing() as unit, pytest.raises(Refused) as caught:
        take_pieces(unit, name, parcel, who=operator, now=province.now)
    assert caught.value.code is code
    assert len(relayed(province)) == 1
    assert speak(province, name, pieces[1:], operator).over, "and the honest ones are taken"


def test_nothing_is_taken_after_the_last_piece(province: Province, operator: Person) -> None:
    """Whoever gets hold of the voice's key later adds nothing to what was ended."""
    name = raised(province)
    pieces = spoken(name=name)
    assert speak(province, name, pieces, operator).over
    before = hashlib.sha256(pieces[-1]).digest()
    more = voice.write_piece(OWN, name, len(pieces), before, (PACKET,), last=False)
    with pytest.raises(Refused) as caught:
        speak(province, name, [more], operator)
    assert caught.value.code is RefusalCode.REPLAYED


def test_a_bad_piece_takes_those_before_it_back(province: Province, operator: Person) -> None:
    """What comes together is taken together, or not at all."""
    name = raised(province)
    first, second, *_ = spoken(name=name)
    damaged = bytearray(second)
    damaged[-70] ^= 1  # in its last packet
    with pytest.raises(Refused):
        speak(province, name, [first, bytes(damaged)], operator)
    assert relayed(province) == []


def test_only_who_may_warn_there_is_relayed(province: Province, operator: Person) -> None:
    """The right to warn is asked for every area; the signature alone is not enough to use our line."""
    name = raised(province)
    pieces = spoken(name=name)
    clerk = province.person("văn thư", PersonRole.EMERGENCY, area=OTHER)
    with pytest.raises(Forbidden):
        speak(province, name, pieces, clerk)
    assert speak(province, name, pieces, operator).over


def test_nobody_speaks_before_the_second_signature_or_after_the_end(
    province: Province, operator: Person
) -> None:
    """A warning that waits, is over, or that nobody is to speak takes no voice."""
    with pytest.raises(NotFound):
        speak(province, "dt:1:99999", spoken(), operator)
    silent = raised(province, voice_key=None)
    with pytest.raises(Unacceptable):
        speak(province, silent, spoken(name=silent), operator)
    name = raised(province)
    province.clock.pass_by(timedelta(hours=7))
    with pytest.raises(Conflict, match="kết thúc"):
        speak(province, name, spoken(name=name), operator)


def test_a_warning_that_waits_for_a_signature_takes_no_voice(
    province: Province, operator: Person
) -> None:
    """With two people asked for, the operator is on air when the second has signed."""
    province.authority.add_key(Role.EMERGENCY, "dt")
    ring = province.authority.keyring
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    province.authority.keyring = msgspec.structs.replace(
        ring, epoch=ring.epoch + 1, thresholds=(rule,)
    )
    province.keep_keyring()
    name = raised(province, area="dt")
    with pytest.raises(Conflict, match="chữ ký"):
        speak(province, name, spoken(name=name), operator)
    with province.house.reading() as unit:
        waiting = voice_state(unit, name, who=operator, now=province.now)
    assert waiting.phase is AnnouncementPhase.WAITING


def test_who_missed_some_gets_the_rest(province: Province, operator: Person) -> None:
    """An appliance of the audience gets the pieces from any number on; a neighbour's gets none."""
    name = raised(province)
    pieces = spoken(name=name)
    speak(province, name, pieces, operator)
    key, device = province.appliance(area=HAMLET)
    here = Visitor(device=device, area=HAMLET, key=key.public, session="")
    with province.house.reading() as unit:
        parcel = pieces_for(unit, here, name, 2, now=province.now)
        assert voice.read_pieces(parcel) == tuple(pieces[2:])
        there = msgspec.structs.replace(here, area=OTHER)
        with pytest.raises(NotFound):
            pieces_for(unit, there, name, 0, now=province.now)
        with pytest.raises(NotFound):
            pieces_for(unit, here, name, 0, now=province.now + timedelta(hours=7))


def test_a_voice_outlives_a_restart_of_central(province: Province, operator: Person) -> None:
    """The operator speaks on where he was; every piece is on disk before it is acknowledged."""
    name = raised(province)
    pieces = spoken(name=name)
    speak(province, name, pieces[:2], operator)
    province.reopen()
    assert speak(province, name, pieces[2:], operator).over
    with province.house.reading() as unit:
        kept = unit.session.scalars(select(VoicePieceRow.data).order_by(VoicePieceRow.number))
        assert list(kept) == pieces


def test_a_voice_is_forgotten_after_four_hundred_days(province: Province, operator: Person) -> None:
    """Its sound goes, as warnings of communes do; that somebody spoke, when and how long, stays."""
    name = raised(province)
    speak(province, name, spoken(name=name), operator)
    for days, left in ((399, 4), (2, 0)):
        sweep(province.house, now=province.clock.pass_by(timedelta(days=days)))
        with province.house.reading() as unit:
            assert len(unit.session.scalars(select(VoicePieceRow.number)).all()) == left
            assert unit.session.get_one(VoiceRow, name).duration_ms == 160


def test_a_line_that_is_slow_goes_without_a_piece_and_stays() -> None:
    """A warning cuts a stalled reader off so that it comes back; a piece of voice it can fetch later."""
    crowd = Crowd()
    free, slow, gone = Line(MOST_VOICE_BYTES), Line(MOST_VOICE_BYTES + 1), Line()
    for number, line in enumerate((free, slow, gone)):
        crowd.join(f"loa{number}", HAMLET, 0).take(line, set())
    gone.close()
    given = {held.device: crowd.offer(held, b"x") for held in crowd.audience((HAMLET,), None)}
    assert given == {"loa0": True, "loa1": False, "loa2": False}
    assert (free.written, slow.written, slow.ended) == ([b"x"], [], "")
    assert (len(crowd), crowd.dropped) == (3, 0)
