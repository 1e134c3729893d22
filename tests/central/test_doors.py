"""The doors of appliances, in this process: a challenge and a token have their time, and each fetches only its own."""

import hashlib
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from central.db.broadcast import ContentRow, ProgrammeRow
from central.domain.errors import NotFound, NotSignedIn
from central.domain.states import Step
from central.services import device_named, doors, publish, take_announcement
from central.services.doors import Visitor
from central.services.nonces import CHALLENGE_LIFE, Challenges
from central.services.unit import Unit
from contract import seal
from contract.documents import Content, Sha256
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot

A_MOMENT = timedelta(microseconds=1)
BELL, OTHER_BELL = Sha256("b" * 64), Sha256("c" * 64)


@pytest.fixture
def visitor(province: Province) -> Visitor:
    """An appliance of the hamlet that has signed in."""
    _, device = province.appliance()
    return Visitor(device, HAMLET)


def announce(province: Province, area: str = COMMUNE, content: Sha256 | None = None) -> str:
    """Put a signed announcement in force, playing `content`; return what it is fetched by."""
    sound = None
    if content is not None:
        sound = Content(sha256=content, size_bytes=1, duration_ms=1, mime="audio/mpeg", title="Còi")
    sealed = province.authority.announce([area], content=sound)
    with province.house.writing() as unit:
        take_announcement(unit, sealed, who=None, now=province.now)
    return seal.read_envelope(sealed).payload_sha256


def shelve(province: Province, *names: Sha256) -> None:
    """Enter contents into the library, without bytes."""
    with province.house.writing() as unit:
        for sha256 in names:
            row = ContentRow(
                sha256=sha256, title="Còi", file_name="coi.mp3", area="dt", codec="mp3"
            )
            row.size_bytes, row.duration_ms, row.mime = 1, 1, "audio/mpeg"
            row.loudness_lufs, row.peak_dbfs, row.gain_db = -16.0, -1.0, 0.0
            row.uploaded, row.uploaded_by = province.now, "lan"
            unit.session.add(row)


def mime(province: Province, visitor: Visitor, content: Sha256) -> str:
    """Return what the appliance is told of a content it asks for."""
    with province.house.reading() as unit:
        return doors.fetchable_mime(unit, visitor, content, now=province.now)


def test_a_challenge_is_good_once_and_for_a_minute(province: Province) -> None:
    """Answered a moment before its minute is over it counts, once; at the end, or never given, it does not."""
    challenges, now = Challenges(province.house), province.now
    ends = now + CHALLENGE_LIFE
    early, late = challenges.give("loa", now), challenges.give("loa", now)
    assert not challenges.redeem("loa khac", early, now)
    assert [challenges.redeem("loa", early, ends - A_MOMENT) for _ in range(2)] == [True, False]
    assert not challenges.redeem("loa", late, ends)
    assert not challenges.redeem("loa", "never given", now)


def test_a_token_is_good_for_half_an_hour(province: Province, visitor: Visitor) -> None:
    """It names its appliance until its time is over; when it was opened is when the appliance was last seen."""
    with province.house.writing() as unit:
        assert device_named(unit, visitor.device, now=province.now).last_seen is None
        token = doors.open_session(unit, visitor.device, now=province.now)
    with province.house.reading() as unit:
        assert device_named(unit, visitor.device, now=province.now).last_seen == province.now
        ends = province.now + doors.SESSION_LIFE
        found = doors.visitor_of(unit, token, now=ends - A_MOMENT)
        assert (found.device, found.area) == (visitor.device, visitor.area)
        for dead, at in ((token, ends), ("x", province.now)):
            with pytest.raises(NotSignedIn):
                doors.visitor_of(unit, dead, now=at)


@pytest.mark.parametrize(
    "ask",
    [
        doors.assignment_paper,
        doors.programme_paper,
        doors.active_set_paper,
        lambda unit, visitor: doors.announcement_paper(unit, visitor, BELL),
        lambda unit, visitor: doors.approval_paper(unit, visitor, BELL, now=unit.house.clock()),
    ],
)
def test_what_is_not_there_is_said_in_words(
    province: Province, ask: Callable[[Unit, Visitor], object]
) -> None:
    """Who asks for a paper that nobody made for it is told so."""
    with province.house.reading() as unit, pytest.raises(NotFound, match="cho cụm loa này"):
        ask(unit, Visitor("a" * 16, HAMLET))


def test_an_announcement_is_given_to_whom_it_speaks(province: Province, visitor: Visitor) -> None:
    """An appliance below its area fetches the sealed bytes; the neighbour is told there is none for it."""
    name = announce(province)
    with province.house.reading() as unit:
        paper = doors.announcement_paper(unit, visitor, name)
        assert seal.read_envelope(paper.envelope).payload_sha256 == name
        assert paper.etag == hashlib.sha256(paper.envelope).hexdigest()
        with pytest.raises(NotFound):
            doors.announcement_paper(unit, Visitor("a" * 16, OTHER), name)


def test_content_of_an_announcement_is_given_while_it_lasts(
    province: Province, visitor: Visitor
) -> None:
    """What it plays is fetched where it speaks, until it is over; other contents are not, nor elsewhere."""
    shelve(province, BELL, OTHER_BELL)
    announce(province, content=BELL)
    announce(province, OTHER, OTHER_BELL)
    province.clock.pass_by(timedelta(hours=6) - A_MOMENT)
    assert mime(province, visitor, BELL) == "audio/mpeg"
    assert mime(province, Visitor("a" * 16, OTHER), OTHER_BELL) == "audio/mpeg"
    for whose, content in ((visitor, OTHER_BELL), (Visitor("a" * 16, OTHER), BELL)):
        with pytest.raises(NotFound):
            mime(province, whose, content)
    province.clock.pass_by(A_MOMENT)
    with pytest.raises(NotFound):
        mime(province, visitor, BELL)


def test_content_that_the_library_lacks_is_not_there(province: Province, visitor: Visitor) -> None:
    """Announced by others and never uploaded here, it is answered as any other that is missing."""
    announce(province, content=BELL)
    with pytest.raises(NotFound):
        mime(province, visitor, BELL)
    shelve(province, BELL)
    assert mime(province, visitor, BELL) == "audio/mpeg"


def test_content_of_ones_own_programme_is_given(
    province: Province, visitor: Visitor, tone: Path
) -> None:
    """What its programme lists it may fetch, a neighbour may not; that it took the programme is remembered."""
    content = province.sound(tone)
    province.slot(make_slot(content.sha256), HAMLET)
    publish(province.house, HAMLET, who=None, now=province.now)
    assert mime(province, visitor, Sha256(content.sha256)) == "audio/mpeg"
    with pytest.raises(NotFound):
        mime(province, Visitor("a" * 16, OTHER), Sha256(content.sha256))
    with province.house.writing() as unit:
        doors.open_session(unit, visitor.device, now=province.now)
        before = device_named(unit, visitor.device, now=province.now)
        doors.note_fetched(unit, visitor)
    with province.house.reading() as unit:
        after = device_named(unit, visitor.device, now=province.now)
        version = unit.session.get_one(ProgrammeRow, visitor.device).version
    assert (before.step, after.step, after.version) == (Step.SENT, Step.RECEIVED, version)
