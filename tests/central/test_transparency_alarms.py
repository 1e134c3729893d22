"""Alarms of the log: what appliances did that nobody signed here is told, and what is honest is not."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import delete, select

from central.db.broadcast import ProgrammeRow
from central.db.fleet import DeviceRow
from central.db.ledger import LogBodyRow, LogRow
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.domain.signed_log import LogAlarmState
from central.services import (
    create_slot,
    delete_slot,
    publish,
    send_command,
    take_announcement,
    take_approval,
)
from central.services.cross_check import MANY, MOST_OPEN
from central.services.log_alarms import (
    acknowledge_log_alarms,
    count_standing,
    list_log_alarms,
)
from central.services.reports import Acknowledged, take_reports
from contract import codec, seal
from contract.documents import (
    DeviceId,
    Kind,
    LineIn,
    Live,
    Outcome,
    Play,
    Rank,
    Receipt,
    Reload,
    Report,
    Sha256,
    StreamRelay,
)
from contract.testing import Authority
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot

STRANGE = "ab" * 32
STREAM = StreamRelay(url="https://phat-song.vi-du.vn/vov1/truc-tiep.mp3")


class Told:
    """An appliance that tells what it admitted and played."""

    def __init__(self, province: Province, area: str = HAMLET) -> None:
        self.province = province
        self.key, self.device = province.appliance("Cụm loa chợ", area)
        self.counter = 0
        self.previous = Sha256("0" * 64)

    def tell(self, *, receipts: Sequence[Receipt] = (), plays: Sequence[Play] = ()) -> None:
        """Hand in the next report; it is acknowledged whatever it says."""
        self.counter += 1
        report = Report(
            device=self.device,
            counter=self.counter,
            previous_sha256=self.previous,
            issued=self.province.now,
            receipts=tuple(receipts),
            plays=tuple(plays),
        )
        envelope = seal.seal(Kind.REPORT, codec.encode(report), [self.key])
        self.previous = seal.read_envelope(envelope).payload_sha256
        now = self.province.now
        answers = take_reports(self.province.house, [(self.device, envelope)], now=now)
        assert answers == [Acknowledged(self.counter)]

    def receipt(self, kind: Kind, subject: str, envelope: bytes | None) -> Receipt:
        """Return the receipt of a paper; without an envelope one that does not name its payload."""
        return Receipt(
            at=self.province.now,
            kind=kind,
            id=subject,
            state="verified",
            sha256=None if envelope is None else seal.read_envelope(envelope).payload_sha256,
        )

    def play(self, key: str, source: str, started: datetime | None = None) -> Play:
        """Return the record of a play, begun now unless told."""
        return Play(
            key=key,
            source=source,
            title="Bản tin",
            rank=Rank.NORMAL,
            zones=("san",),
            started=self.province.now if started is None else started,
            asked_ms=1_000,
            sounded_ms=900,
            outcome=Outcome.SOUNDED,
        )

    def alarms(self) -> tuple[LogAlarmState, ...]:
        """Return the alarms about this appliance."""
        with self.province.house.reading() as unit:
            return list_log_alarms(unit, device=self.device)


@pytest.fixture
def told(province: Province) -> Told:
    """An appliance in a hamlet."""
    return Told(province)


def programme_of(told: Told) -> bytes:
    """Return the sealed programme that central keeps for an appliance."""
    with told.province.house.reading() as unit:
        found = unit.session.scalar(
            select(ProgrammeRow.envelope).where(ProgrammeRow.device == told.device)
        )
    assert found is not None
    return found


def published(told: Told, tone: Path) -> str:
    """Publish a programme with one approved item; return the item's hash."""
    content = told.province.sound(tone, approved_for="dt")
    slot = make_slot(content.sha256)
    told.province.slot(slot)
    publish(told.province.house, "dt", who=None, now=told.province.now)
    return content.sha256


def test_receipts_of_logged_papers_raise_nothing(told: Told, tone: Path) -> None:
    """Every kind that appliances tell of, signed here, is found in the log."""
    province, authority = told.province, told.province.authority
    content = province.sound(tone, approved_for=None)
    approval = authority.approve(Sha256(content.sha256), "dt")
    warning = authority.announce([HAMLET])
    with province.house.writing() as unit:
        take_approval(unit, approval, who=None, now=province.now)
        take_announcement(unit, warning, who=None, now=province.now)
        send_command(unit, told.device, Reload(), who=None, now=province.now)
        assignment = unit.session.scalar(select(DeviceRow.assignment))
        command = unit.session.scalar(select(LogRow.kept).where(LogRow.kind == "command"))
    province.slot(make_slot(content.sha256))
    publish(province.house, "dt", who=None, now=province.now)
    told.tell(
        receipts=[
            told.receipt(Kind.ASSIGNMENT, "1", assignment),
            told.receipt(Kind.PROGRAMME, "1", programme_of(told)),
            told.receipt(Kind.APPROVAL, content.sha256, approval),
            told.receipt(Kind.ANNOUNCEMENT, "x", warning),
            told.receipt(Kind.COMMAND, "1", command),
        ]
    )
    assert told.alarms() == ()


def off_the_log(authority: Authority, device: str) -> dict[Kind, bytes]:
    """Return papers with good seals that nobody handed to central."""
    key = seal.SigningKey.generate()
    return {
        Kind.ASSIGNMENT: authority.assign(key.public, OTHER),
        Kind.PROGRAMME: authority.programme(DeviceId(device), version=9),
        Kind.APPROVAL: authority.approve(Sha256(STRANGE)),
        Kind.ANNOUNCEMENT: authority.announce([HAMLET]),
        Kind.COMMAND: authority.command(DeviceId(device), Reload()),
    }


def test_a_receipt_of_a_paper_that_nobody_logged_raises_an_alarm(told: Told) -> None:
    """Whatever kind was signed behind the log's back, the appliance that admitted it gives it away."""
    papers = off_the_log(told.province.authority, told.device)
    for kind, envelope in papers.items():
        told.tell(receipts=[told.receipt(kind, "9", envelope)])
    found = told.alarms()
    wanted = {
        f"{kind.value} {seal.read_envelope(envelope).payload_sha256}"
        for kind, envelope in papers.items()
    }
    assert {alarm.what for alarm in found} == wanted
    assert {alarm.word for alarm in found} == {"chưa ai xem"}
    assert {alarm.device_name for alarm in found} == {"Cụm loa chợ"}


def test_a_receipt_that_does_not_name_its_payload_is_not_judged(told: Told) -> None:
    """Appliances of the release before, and what waited in their spools for ninety days, raise nothing."""
    told.tell(receipts=[told.receipt(Kind.PROGRAMME, "7", None)])
    assert told.alarms() == ()


def test_a_logged_paper_under_another_kind_is_no_cover(told: Told) -> None:
    """The hash of an assignment does not cover what an appliance calls a command."""
    with told.province.house.reading() as unit:
        assignment = unit.session.scalar(select(DeviceRow.assignment))
    told.tell(receipts=[told.receipt(Kind.COMMAND, "1", assignment)])
    assert [alarm.title for alarm in told.alarms()] == ["lệnh 1"]


def test_honest_plays_raise_nothing(told: Told, tone: Path) -> None:
    """Slots, their live sources, announcements, what staff choose or say themselves, and self-tests are covered."""
    content = published(told, tone)
    province = told.province
    warning = province.authority.announce([HAMLET])
    with province.house.writing() as unit:
        state = take_announcement(unit, warning, who=None, now=province.now)
    told.tell(
        plays=[
            told.play("slot/sang/20261122T230000Z/0", content),
            told.play("slot/sang/20261122T230000Z/0/instead-3", content),
            told.play(f"alert/{state.id}/0/0", "tone:attention"),
            told.play(f"alert/{state.id}/0/1", f"voice:{state.id.replace(':', '-')}-vi"),
            told.play(f"alert/local-{told.device}:0:1/0/0", "tone:attention"),
            told.play(f"alert/local-{told.device}:0:1/0/1", "voice:local-1-vi"),
            told.play("staff/abcdef/20261122T100000/0", "tone:chime"),
            told.play("staff/abcdef/20261122T100000/1", content),
            told.play("staff/ghi-am/20261122T100000/1", "recording:ghi-am"),
            told.play("staff/doc/20261122T100000/1", "voice:doc"),
            told.play("staff/may/20261122T100000/1", "phone:may"),
            told.play("staff/line-in/20261122T100000/1", "line-in"),
            told.play("test/20261122T100000/0", "tone:check"),
        ]
    )
    assert told.alarms() == ()


def test_live_sources_are_covered_by_programme_or_approval(told: Told) -> None:
    """A relayed stream and the line input sound by a logged programme that names them, or by an approval."""
    province = told.province
    approved = [STREAM.approved_as, LineIn().approved_as]
    lives: tuple[Live, ...] = (STREAM, LineIn())
    for number, live in enumerate(lives):
        slot = msgspec.structs.replace(
            make_slot("0" * 64, f"truc-tiep-{number}"), items=(), live=live
        )
        with province.house.writing() as unit:
            create_slot(unit, COMMUNE, slot, who=None, now=province.now)
    with province.house.writing() as unit:
        for name in approved:
            take_approval(unit, province.authority.approve(name), who=None, now=province.now)
    publish(province.house, "dt", who=None, now=province.now)
    told.tell(
        plays=[
            told.play("slot/truc-tiep-0/20261122T230000Z/0/live-1", f"stream:{STREAM.url}"),
            told.play("slot/truc-tiep-1/20261122T230000Z/0/live-1", "line-in"),
            told.play("slot/khac/20261122T230000Z/0/live-1", f"stream:{STREAM.url}"),
        ]
    )
    assert told.alarms() == ()
    told.tell(plays=[told.play("slot/truc-tiep-0/x/0/live-1", "stream:http://la.vi-du.vn/x")])
    assert len(told.alarms()) == 1


@pytest.mark.parametrize(
    ("key", "source"),
    [
        ("slot/sang/20261122T230000Z/0", STRANGE),
        ("slot/la/20261122T230000Z/0", STRANGE),
        ("slot/sang/20261122T230000Z/0/live-1", "stream:http://la.vi-du.vn/x.mp3"),
        ("slot/sang/20261122T230000Z/0/live-1", "line-in"),
        ("filler/3", STRANGE),
        ("alert/dt:1:99/0/0", "tone:attention"),
        ("alert/dt:1:99/0/1", "voice:dt-1-99-vi"),
        ("alert/local-abc:0:1/0/1", STRANGE),
        ("alert/local-abc:0:1/0/1", "stream:http://la.vi-du.vn/x.mp3"),
        ("staff/abcdef/20261122T100000/1", STRANGE),
        ("staff/abcdef/20261122T100000/1", "stream:http://la.vi-du.vn/x.mp3"),
        ("test/20261122T100000/0", STRANGE),
        ("silence", STRANGE),
        ("x", "y"),
    ],
)
def test_a_play_that_no_paper_covers_raises_an_alarm(
    told: Told, tone: Path, key: str, source: str
) -> None:
    """Whatever sounds without a logged programme, announcement or approval, and is not staff's own, is told."""
    published(told, tone)
    told.tell(plays=[told.play(key, source)])
    found = told.alarms()
    assert len(found) == 1
    assert found[0].kind.value == "play"
    assert found[0].why.endswith(".")


def test_another_appliance_s_programme_is_no_cover(province: Province, tone: Path) -> None:
    """A slot that only a neighbour was given, with content nobody approved, is told by who played it."""
    content = province.sound(tone, approved_for="dt")
    one, other = Told(province), Told(province, OTHER)
    province.slot(make_slot(content.sha256), HAMLET)
    publish(province.house, "dt", who=None, now=province.now)
    with province.house.writing() as unit:
        unit.session.execute(delete(LogRow).where(LogRow.kind == "approval"))
    key = "slot/sang/20261122T230000Z/0"
    one.tell(plays=[one.play(key, content.sha256)])
    other.tell(plays=[other.play(key, content.sha256)])
    assert one.alarms() == ()
    assert len(other.alarms()) == 1


def test_a_slot_covers_its_own_sources_only(told: Told, tone: Path) -> None:
    """Content that nobody approved sounds by the slot that lists it and by no other of the same programme."""
    content = published(told, tone)
    with told.province.house.writing() as unit:
        unit.session.execute(delete(LogRow).where(LogRow.kind == "approval"))
    told.tell(plays=[told.play("slot/sang/20261122T230000Z/0", content)])
    assert told.alarms() == ()
    told.tell(plays=[told.play("slot/khac/20261122T230000Z/0", content)])
    assert [alarm.what for alarm in told.alarms()] == [f"slot khac {content}"]


def test_a_programme_of_long_ago_still_covers_what_was_played_by_it(told: Told, tone: Path) -> None:
    """An appliance that was away for ninety days plays by an old programme: replaced since, but in the log."""
    content = published(told, tone)
    then = told.province.now
    told.province.clock.pass_by(timedelta(days=89))
    with told.province.house.writing() as unit:
        delete_slot(unit, "sang", who=None, now=told.province.now)
        unit.session.execute(delete(LogRow).where(LogRow.kind == "approval"))
    publish(told.province.house, "dt", who=None, now=told.province.now)
    told.tell(plays=[told.play("slot/sang/20261122T230000Z/0", content, then)])
    assert told.alarms() == ()


def test_plays_from_before_the_log_began_are_not_judged(told: Told) -> None:
    """A province that has just gone over to the log does not hear of what its appliances kept for it till then."""
    with told.province.house.reading() as unit:
        begun = unit.session.scalar(select(LogRow.at).where(LogRow.number == 1))
    assert begun is not None
    told.province.clock.pass_by(timedelta(days=1))
    key = "slot/cu/20261101T230000Z/0"
    told.tell(plays=[told.play(key, STRANGE, begun - timedelta(seconds=1))])
    assert told.alarms() == ()
    told.tell(plays=[told.play(key, STRANGE, begun)])
    assert len(told.alarms()) == 1


def test_papers_from_before_the_log_are_in_it(told: Told, tone: Path) -> None:
    """What central served before the log began is entered when it begins, and covers receipts and plays after."""
    content = published(told, tone)
    with told.province.house.writing() as unit:
        unit.session.execute(delete(LogRow))
        unit.session.execute(delete(LogBodyRow))
    with told.province.house.writing() as unit:
        send_command(unit, told.device, Reload(), who=None, now=told.province.now)
    told.tell(
        receipts=[told.receipt(Kind.PROGRAMME, "1", programme_of(told))],
        plays=[told.play("slot/sang/20261122T230000Z/0", content)],
    )
    assert told.alarms() == ()


def test_the_same_again_counts_up_and_stays_one_alarm(told: Told) -> None:
    """A slot that plays every day is one alarm with its first and last time, not hundreds."""
    first = told.province.now
    for day in range(3):
        key = f"slot/la/2026112{day}T230000Z/0"
        told.tell(plays=[told.play(key, STRANGE)])
        told.province.clock.pass_by(timedelta(days=1))
    (alarm,) = told.alarms()
    assert alarm.times == 3
    assert (alarm.first_at, alarm.last_at) == (first, first + timedelta(days=2))
    assert (alarm.first_seen, alarm.last_seen) == (first, first + timedelta(days=2))


def test_a_mad_appliance_does_not_fill_the_disk(told: Told) -> None:
    """Past a hundred open alarms of one appliance the rest goes under one."""
    plays = [told.play(f"slot/s-{n}/x/0", STRANGE) for n in range(MOST_OPEN + 20)]
    told.tell(plays=plays)
    found = told.alarms()
    assert len(found) == MOST_OPEN + 1
    assert [alarm.what for alarm in found].count(MANY) == 1


def chief(province: Province, name: str = "lan", area: str = "dt") -> Person:
    """Return an administrator."""
    return province.person(name, PersonRole.ADMINISTRATOR, area=area)


def test_an_alarm_is_acknowledged_with_words_and_stays(told: Told) -> None:
    """Who looked at it and what they found stands beside the alarm; it is counted no more, and not deleted."""
    province, lan = told.province, chief(told.province)
    told.tell(plays=[told.play("slot/la/x/0", STRANGE)])
    with province.house.reading() as unit:
        assert count_standing(unit, ["dt"]) == 1
        assert count_standing(unit, [OTHER]) == 0
    now = province.clock.pass_by(timedelta(hours=1))
    with province.house.writing() as unit:
        done = acknowledge_log_alarms(
            unit, [told.alarms()[0].id], " khóa  lịch đã thu hồi ", who=lan, now=now
        )
    assert done == 1
    (alarm,) = told.alarms()
    assert (alarm.acknowledged, alarm.acknowledged_by) == (now, "lan")
    assert (alarm.words, alarm.word) == ("khóa lịch đã thu hồi", "đã ghi nhận")
    with province.house.reading() as unit:
        assert count_standing(unit, ["dt"]) == 0
        assert list_log_alarms(unit, standing=True) == ()


def test_an_alarm_is_not_acknowledged_by_just_anybody_or_without_words(told: Told) -> None:
    """Few letters, no right, an unknown alarm and a second word are refused; the alarm stands."""
    province = told.province
    lan, viewer = chief(province), province.person("binh", PersonRole.VIEWER)
    elsewhere = chief(province, "cuc", OTHER)
    told.tell(plays=[told.play("slot/la/x/0", STRANGE)])
    number = told.alarms()[0].id
    for who, alarms, words, fault in (
        (lan, [number], "ok", Unacceptable),
        (lan, [number], "x" * 501, Unacceptable),
        (lan, [], "đã xem kỹ", Unacceptable),
        (lan, [number + 1], "đã xem kỹ", NotFound),
        (viewer, [number], "đã xem kỹ", Forbidden),
        (elsewhere, [number], "đã xem kỹ", Forbidden),
    ):
        with pytest.raises(fault), province.house.writing() as unit:
            acknowledge_log_alarms(unit, alarms, words, who=who, now=province.now)
    assert told.alarms()[0].acknowledged is None
    with province.house.writing() as unit:
        acknowledge_log_alarms(unit, [number], "đã xem kỹ", who=lan, now=province.now)
    with pytest.raises(Conflict), province.house.writing() as unit:
        acknowledge_log_alarms(unit, [number], "lần nữa", who=lan, now=province.now)


def test_what_is_told_again_after_a_restart_opens_nothing_and_what_is_new_does(told: Told) -> None:
    """The last plays are told twice after a restart; one that was played since the word is a new alarm."""
    province, lan = told.province, chief(told.province)
    play = told.play("slot/la/x/0", STRANGE)
    told.tell(plays=[play])
    with province.house.writing() as unit:
        acknowledge_log_alarms(
            unit, [told.alarms()[0].id], "đã thu hồi khóa", who=lan, now=province.now
        )
    told.tell(plays=[play])
    assert [alarm.word for alarm in told.alarms()] == ["đã ghi nhận"]
    province.clock.pass_by(timedelta(days=1))
    told.tell(plays=[told.play("slot/la/y/0", STRANGE)])
    assert [alarm.word for alarm in told.alarms()] == ["chưa ai xem", "đã ghi nhận"]
