"""Alarms: signed by people, counted by people, ended by those who may."""

from datetime import date, timedelta

import msgspec
import pytest
from sqlalchemy import select

from central.db.broadcast import ActiveSetRow, OutboxRow
from central.domain.errors import Conflict, Forbidden, Unacceptable
from central.domain.people import PersonRole
from central.domain.states import AnnouncementPhase, AnnouncementState
from central.services import (
    AlarmDraft,
    announcement_named,
    list_announcements,
    prepare_announcement,
    prepare_cancel,
    sign_active_sets,
    take_announcement,
    waiting_envelope,
)
from central.services.doors import Visitor, announcement_paper
from central.services.tree_changes import Target, merge_areas
from contract import codec, seal
from contract.codec import encode_keyring
from contract.documents import ActiveSet, Announcement, Kind, MessageType, Role, Threshold
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province

DRAFT = AlarmDraft(areas=(COMMUNE,), event="Lũ", headline="Cảnh báo lũ", text="Nước lên nhanh.")


def take(province: Province, envelope: bytes) -> AnnouncementState:
    """Take a sealed announcement in a unit of its own."""
    with province.house.writing() as unit:
        return take_announcement(unit, envelope, who=None, now=province.now)


def in_force(province: Province) -> tuple[int, set[str]]:
    """Return the version of the province's active set and the ids it lists."""
    with province.house.reading() as unit:
        row = unit.session.get_one(ActiveSetRow, "dt")
    document = codec.decode(Kind.ACTIVE_SET, seal.read_envelope(row.envelope).payload)
    assert isinstance(document, ActiveSet)
    return document.version, {entry.id for entry in document.active}


def outbox(province: Province) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return what waits to be pushed, in order."""
    with province.house.reading() as unit:
        rows = unit.session.scalars(select(OutboxRow).order_by(OutboxRow.id))
        return [(row.kind, row.event, tuple(row.areas)) for row in rows]


def scoped(province: Province, scope: str) -> SigningKey:
    """Return a new emergency key of `scope`, in a newer keyring on disk."""
    key = province.authority.add_key(Role.EMERGENCY, scope)
    keep_keyring(province)
    return key


def keep_keyring(province: Province) -> None:
    """Write the authority's keyring where the house reads it."""
    (province.house.settings.repository / "keyring.json").write_bytes(
        encode_keyring(province.authority.keyring)
    )


def with_threshold(province: Province, count: int) -> None:
    """Have the province's alarms ask for `count` people."""
    ring = province.authority.keyring
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=count)
    province.authority.keyring = msgspec.structs.replace(
        ring, epoch=ring.epoch + 1, thresholds=(rule,)
    )
    keep_keyring(province)


def test_an_alarm_is_in_force_pushed_and_listed_in_one_step(province: Province) -> None:
    """The announcement goes out before the new active set that lists it."""
    state = take(province, province.authority.announce([COMMUNE]))
    assert state.phase is AnnouncementPhase.ACTIVE
    assert in_force(province) == (1, {state.id})
    assert outbox(province) == [
        ("announcement", "sealed", (COMMUNE,)),
        ("activeset", "sealed", ("dt",)),
    ]


def test_the_same_alarm_again_changes_nothing(province: Province) -> None:
    """Two doors may bring one announcement; its id may never carry other words."""
    envelope = province.authority.announce([COMMUNE], id="dt:1:77")
    first = take(province, envelope)
    before = outbox(province)
    assert take(province, envelope) == first
    assert outbox(province) == before
    with pytest.raises(Conflict, match="đã dùng"):
        take(province, province.authority.announce([COMMUNE], "lời khác", id="dt:1:77"))


@pytest.mark.parametrize("fault", ["key", "scope", "time", "future"])
def test_an_alarm_that_does_not_hold_is_refused(province: Province, fault: str) -> None:
    """A stranger's key, a scope that is too small, and times that cannot be are named."""
    authority = province.authority
    codes = {
        "key": RefusalCode.UNKNOWN_KEY,
        "scope": RefusalCode.OUT_OF_SCOPE,
        "time": RefusalCode.EXPIRED,
        "future": RefusalCode.FROM_FUTURE,
    }
    envelope = {
        "key": lambda: authority.announce([COMMUNE], by=[Role.SCHEDULE]),
        "scope": lambda: authority.announce(["dt"], by=[scoped(province, COMMUNE)]),
        "time": lambda: authority.announce([COMMUNE], sent=province.now - timedelta(hours=7)),
        "future": lambda: authority.announce([COMMUNE], sent=province.now + timedelta(hours=1)),
    }[fault]()
    with pytest.raises(Refused) as caught:
        take(province, envelope)
    assert caught.value.code is codes[fault]
    assert outbox(province) == []


def test_the_second_person_completes_the_alarm(province: Province) -> None:
    """Where two must sign, one signature waits, silent; two different people bring it into force."""
    with_threshold(province, 2)
    second = scoped(province, "dt")
    first = take(province, province.authority.announce(["dt"], id="dt:3:1"))
    assert (first.phase, len(first.signed_by)) == (AnnouncementPhase.WAITING, 1)
    assert outbox(province) == []
    with province.house.reading() as unit:
        waiting = waiting_envelope(unit, "dt:3:1")
    done = take(province, seal.attach(waiting, second))
    assert (done.phase, len(done.signed_by)) == (AnnouncementPhase.ACTIVE, 2)
    assert in_force(province)[1] == {"dt:3:1"}


def test_the_second_person_may_sign_without_having_seen_the_first_signature(
    province: Province,
) -> None:
    """Two envelopes over the same payload are one announcement with two signatures."""
    with_threshold(province, 2)
    second = scoped(province, "dt")
    one = province.authority.announce(["dt"], id="dt:3:1")
    two = seal.seal(Kind.ANNOUNCEMENT, seal.read_envelope(one).payload, [second])
    assert take(province, one).phase is AnnouncementPhase.WAITING
    assert take(province, one).phase is AnnouncementPhase.WAITING
    assert take(province, two).phase is AnnouncementPhase.ACTIVE


def test_the_next_active_set_lists_the_cancel_instead(province: Province) -> None:
    """What is cancelled leaves it and its cancel enters, for who missed it, until that runs out."""
    alarm = take(province, province.authority.announce([COMMUNE]))
    cancel = province.authority.cancel(alarm.id, areas=[COMMUNE])
    assert take(province, cancel).phase is AnnouncementPhase.OVER
    told = seal.read_envelope(cancel).payload_sha256
    assert in_force(province) == (2, {announcement_id(cancel)})
    with province.house.reading() as unit:
        ended = announcement_named(unit, alarm.id, now=province.now)
        visitor = Visitor(device="a" * 16, area=COMMUNE)
        assert announcement_paper(unit, visitor, told).envelope == cancel
    assert (ended.phase, ended.why) == (AnnouncementPhase.OVER, "đã hủy")
    province.clock.now += timedelta(hours=25)
    with province.house.writing() as unit:
        sign_active_sets(unit, now=province.now)
    assert in_force(province) == (3, set())


def announcement_id(envelope: bytes) -> str:
    """Return the id of a sealed announcement."""
    document = codec.decode(Kind.ANNOUNCEMENT, seal.read_envelope(envelope).payload)
    assert isinstance(document, Announcement)
    return document.id


def test_a_cancel_lasts_as_long_as_what_it_ends(province: Province) -> None:
    """One that ran out before the alert did could not be made good any more: it is not taken, a longer one is."""
    alarm = take(province, province.authority.announce([COMMUNE]))
    soon = province.now + timedelta(minutes=5)
    with pytest.raises(Unacceptable, match="hạn"):
        take(
            province,
            province.authority.announce(
                [COMMUNE], message=MessageType.CANCEL, references=[alarm.id], expires=soon
            ),
        )
    assert in_force(province)[1] == {alarm.id}
    long = take(province, province.authority.cancel(alarm.id, areas=[COMMUNE]))
    assert long.phase is AnnouncementPhase.OVER
    assert in_force(province)[1] == {long.id}


@pytest.mark.refusal(42)
def test_a_commune_cannot_end_what_the_province_said(province: Province) -> None:
    """A cancel by a smaller scope is refused here as on every appliance, and the alarm stands."""
    alarm = take(province, province.authority.announce([COMMUNE]))
    commune = scoped(province, COMMUNE)
    with pytest.raises(Refused) as caught:
        take(province, province.authority.cancel(alarm.id, areas=[COMMUNE], by=[commune]))
    assert caught.value.code is RefusalCode.WRONG_ISSUER
    assert in_force(province)[1] == {alarm.id}


def test_an_update_replaces_what_it_names(province: Province) -> None:
    """After an update only the newer words are in force."""
    alarm = take(province, province.authority.announce([COMMUNE]))
    update = province.authority.announce(
        [COMMUNE], "Nước đang rút.", message=MessageType.UPDATE, references=[alarm.id]
    )
    newer = take(province, update)
    assert in_force(province)[1] == {newer.id}


def test_what_runs_out_leaves_the_active_set_by_itself(province: Province) -> None:
    """The minute's chore ends an expired alarm; nobody has to remember it."""
    take(province, province.authority.announce([COMMUNE]))
    province.clock.pass_by(timedelta(hours=7))
    with province.house.writing() as unit:
        sign_active_sets(unit, now=province.now)
    assert in_force(province) == (2, set())
    with province.house.reading() as unit:
        assert [a.why for a in list_announcements(unit, now=province.now)] == ["hết hạn"]


def test_what_is_prepared_and_signed_is_taken(province: Province) -> None:
    """The payload a person gets is exactly what their key signs; so is that of the cancel."""
    hoa = province.person("hoa", PersonRole.EMERGENCY)
    with province.house.reading() as unit:
        prepared = prepare_announcement(unit, DRAFT, who=hoa, now=province.now)
    key = province.authority.keys[Role.EMERGENCY]
    alarm = take(province, seal.seal(Kind.ANNOUNCEMENT, prepared.payload, [key]))
    assert (alarm.id, alarm.headline) == (prepared.id, "Cảnh báo lũ")
    with province.house.reading() as unit:
        cancel = prepare_cancel(unit, alarm.id, who=hoa, now=province.now)
    take(province, seal.seal(Kind.ANNOUNCEMENT, cancel.payload, [key]))
    assert in_force(province)[1] == {cancel.id}


def test_only_those_with_the_right_prepare_an_alarm(province: Province) -> None:
    """An editor may not; an emergency officer may, for their own area."""
    editor = province.person("lan", PersonRole.EDITOR)
    officer = province.person("hoa", PersonRole.EMERGENCY, area=OTHER)
    with province.house.reading() as unit:
        for person in (editor, officer):
            with pytest.raises(Forbidden):
                prepare_announcement(unit, DRAFT, who=person, now=province.now)
        draft = AlarmDraft(areas=(OTHER,), event="Lũ", headline="Lũ", text="Nước lên.")
        assert prepare_announcement(unit, draft, who=officer, now=province.now).payload


def test_a_list_for_an_area_shows_what_concerns_it(province: Province) -> None:
    """A hamlet sees what was said to its commune; the neighbour does not."""
    take(province, province.authority.announce([COMMUNE]))
    with province.house.reading() as unit:
        assert len(list_announcements(unit, area=HAMLET, now=province.now)) == 1
        assert list_announcements(unit, area=OTHER, now=province.now) == ()


def test_an_alarm_names_the_closed_areas_where_appliances_still_stand(province: Province) -> None:
    """After a merge it reaches those who were not assigned anew, as far as every key that may sign it reaches."""
    province.appliance("Cụm loa chợ", HAMLET)
    boss = province.person("boss", PersonRole.ADMINISTRATOR)
    officer = province.person("hoa", PersonRole.EMERGENCY)
    with province.house.writing() as unit:
        new = Target(path="dt/my-tan", name="Xã Mỹ Tân")
        merge_areas(
            unit, [COMMUNE, OTHER], new, day=date(2026, 12, 1), why="", who=boss, now=province.now
        )
    draft = msgspec.structs.replace(DRAFT, areas=(new.path,))

    def named() -> tuple[str, ...]:
        with province.house.reading() as unit:
            payload = prepare_announcement(unit, draft, who=officer, now=province.now).payload
        document = codec.decode(Kind.ANNOUNCEMENT, payload)
        assert isinstance(document, Announcement)
        return tuple(document.areas)

    assert named() == (new.path, COMMUNE)  # nothing stands in OTHER
    scoped(province, new.path)
    assert named() == (new.path,)
