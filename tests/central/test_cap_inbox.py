"""Warnings of others wait in an inbox for a person; nothing of them ever sounds by itself."""

import base64
import hashlib
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from central.db.broadcast import AnnouncementRow, OutboxRow
from central.db.cap import CapMessageRow
from central.db.care import DeviceHealthRow
from central.db.people import AreaRow
from central.domain.cap_places import Placed, find_places, is_near, is_within
from central.domain.cap_proposal import REMARK_WORDS, RemarkKind, spoken
from central.domain.cap_reading import read_cap
from central.domain.cap_states import CapOrigin, CapPhase, CapProposed, CapTaken
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole
from central.services import cap_inbox, take_announcement
from central.services.areas import list_areas
from central.services.cap_codes import CapCodeAsked, drop_code, list_codes, set_code
from central.services.cap_files import keep_file
from central.services.cap_inbox import (
    CapOffer,
    cap_named,
    count_waiting,
    dismiss_cap,
    list_cap,
    take_cap,
    tidy_cap,
    tie_cap,
)
from central.services.cap_proposals import proposal_of
from contract.documents import Status
from tests.central.capping import AREA, NS, REFERENCE, alert, info
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province


@dataclass
class Inbox:
    """The inbox of the province, and who works at it."""

    province: Province
    duty: Person
    admin: Person

    def take(
        self, data: bytes, *, who: Person | None = None, area: str = "dt", name: str = "tep.xml"
    ) -> CapTaken:
        """Hand in a file."""
        offer = CapOffer(area=area, origin=CapOrigin.FILE, origin_name=name)
        with self.province.house.writing() as unit:
            return take_cap(unit, data, offer, who=who or self.duty, now=self.province.now)

    def proposed(self, data: bytes, *, who: Person | None = None) -> CapProposed:
        """Return what a file would be."""
        number = self.take(data).message.number
        return self.proposal(number, who=who)

    def proposal(self, number: int, *, who: Person | None = None) -> CapProposed:
        """Return what a message would be."""
        with self.province.house.reading() as unit:
            return proposal_of(unit, number, who=who or self.duty, now=self.province.now)

    def phase(self, number: int) -> CapPhase:
        """Return what became of a message."""
        with self.province.house.reading() as unit:
            return cap_named(unit, number, who=self.duty).phase

    def place(self, latitude_deg: float, longitude_deg: float, area: str = HAMLET) -> None:
        """Stand one more appliance on the map."""
        _, device = self.province.appliance(area=area)
        with self.province.house.writing() as unit:
            unit.session.execute(
                update(DeviceHealthRow)
                .where(DeviceHealthRow.device == device)
                .values(latitude_deg=latitude_deg, longitude_deg=longitude_deg)
            )


@pytest.fixture
def inbox(province: Province) -> Inbox:
    """An inbox in which nothing is yet."""
    return Inbox(
        province,
        province.person("truc", PersonRole.EMERGENCY),
        province.person("lan", PersonRole.ADMINISTRATOR),
    )


def kinds(found: CapProposed) -> set[RemarkKind]:
    """Return what is said about a message."""
    return {remark.kind for remark in found.proposal.remarks}


@pytest.mark.refusal(59)
def test_what_comes_in_waits_and_sounds_nowhere(inbox: Inbox) -> None:
    """A message is kept byte for byte; no announcement comes of it and nothing is pushed."""
    taken = inbox.take(alert())
    assert taken.new
    state = taken.message
    assert (state.phase, state.word) == (CapPhase.WAITING, "chờ xem")
    assert (state.event, state.headline, state.severity) == ("Lũ", "Lũ trên sông Tiền", "Extreme")
    assert (state.origin_name, state.received_by) == ("tep.xml", "truc")
    with inbox.province.house.reading() as unit:
        assert count_waiting(unit, who=inbox.duty) == 1
        assert count_waiting(unit, who=inbox.admin) == 0
        row = unit.session.get_one(CapMessageRow, state.number)
        assert row.body == alert()
        assert unit.session.scalar(select(func.count()).select_from(AnnouncementRow)) == 0
        pushed = select(OutboxRow.kind).where(OutboxRow.kind == "announcement")
        assert unit.session.scalars(pushed).all() == []


def test_the_same_bytes_come_once(inbox: Inbox) -> None:
    """Handing in again answers with the first; another inbox has its own."""
    first = inbox.take(alert())
    again = inbox.take(alert())
    assert (again.new, again.message.number) == (False, first.message.number)
    assert inbox.take(alert(), area=COMMUNE).new


def test_a_twin_with_other_words_is_told(inbox: Inbox) -> None:
    """Whoever claims a name that was used already does not replace what came first: both stand, and it is said."""
    inbox.take(alert())
    found = inbox.proposed(alert(info(headline="Không có gì")))
    assert RemarkKind.TWIN in kinds(found)


@pytest.mark.parametrize(
    ("status", "message"),
    [("System", "Alert"), ("Draft", "Alert"), ("Actual", "Ack"), ("Actual", "Error")],
)
def test_what_is_between_machines_is_refused_by_name(
    inbox: Inbox, status: str, message: str
) -> None:
    """Heartbeats, drafts, receipts and errors are nothing that anybody should hear."""
    data = alert(status=status, message=message, references=[REFERENCE])
    with pytest.raises(Unacceptable) as caught:
        inbox.take(data)
    assert caught.value.code == "cap-not-for-people"
    assert f"{message}/{status}" in caught.value.why


def test_who_hands_in_and_who_decides(inbox: Inbox) -> None:
    """To hand in one needs a hand in the area; to decide, the right to raise an alarm there; others do not see it."""
    viewer = inbox.province.person("xem", PersonRole.VIEWER)
    stranger = inbox.province.person("la", PersonRole.EMERGENCY, area=OTHER)
    with pytest.raises(Forbidden):
        inbox.take(alert(), who=viewer)
    with pytest.raises(Forbidden):
        inbox.take(alert(), who=stranger, area=COMMUNE)
    number = inbox.take(alert(), who=inbox.admin, area=COMMUNE).message.number
    with inbox.province.house.writing() as unit:
        now = inbox.province.now
        with pytest.raises(Forbidden):
            dismiss_cap(unit, number, "không cần", who=inbox.admin, now=now)
        for deed in (cap_named, proposal_of):
            with pytest.raises(NotFound):
                deed(unit, number, who=stranger, **({"now": now} if deed is proposal_of else {}))
        with pytest.raises(NotFound):
            dismiss_cap(unit, number, "không cần", who=stranger, now=now)
        with pytest.raises(NotFound):
            tie_cap(unit, number, "dt:1:1", who=stranger, now=now)
        assert list_cap(unit, who=stranger) == ()
        assert [m.number for m in list_cap(unit, who=viewer)] == [number]
        state = dismiss_cap(unit, number, "tin cũ", who=inbox.duty, now=now)
        assert (state.phase, state.why, state.decided_by) == (
            CapPhase.DISMISSED,
            "tin cũ",
            "truc",
        )
        with pytest.raises(Conflict):
            dismiss_cap(unit, number, "lần nữa", who=inbox.duty, now=now)


def test_dismissing_wants_a_reason(inbox: Inbox) -> None:
    """Nobody puts a warning aside without saying why."""
    number = inbox.take(alert()).message.number
    with inbox.province.house.writing() as unit, pytest.raises(Unacceptable):
        dismiss_cap(unit, number, "  ", who=inbox.duty, now=inbox.province.now)


def test_a_flood_of_messages_fills_no_disk(inbox: Inbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """An inbox that is full says so, and keeps what is in it."""
    monkeypatch.setattr(cap_inbox, "MOST_WAITING", 2)
    for number in range(2):
        inbox.take(alert(identifier=f"a{number}"))
    with pytest.raises(Conflict) as caught:
        inbox.take(alert(identifier="a9"))
    assert caught.value.code == "cap-inbox-full"
    assert not inbox.take(alert(identifier="a0")).new


def test_what_was_decided_a_year_ago_is_forgotten(inbox: Inbox) -> None:
    """What waits stays, however long."""
    kept, gone = (inbox.take(alert(identifier=name)).message.number for name in ("a", "b"))
    now = inbox.province.now
    with inbox.province.house.writing() as unit:
        dismiss_cap(unit, gone, "tin cũ", who=inbox.duty, now=now)
    tidy_cap(inbox.province.house, now=now + timedelta(days=364))
    assert inbox.phase(gone) is CapPhase.DISMISSED
    tidy_cap(inbox.province.house, now=now + timedelta(days=366))
    assert inbox.phase(kept) is CapPhase.WAITING
    with pytest.raises(NotFound):
        inbox.phase(gone)


def test_a_source_gone_wild_is_stopped_for_the_day(
    inbox: Inbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also one whose messages replace each other; the next day is another."""
    monkeypatch.setattr(cap_inbox, "MOST_PER_DAY", 2)
    for number in range(2):
        inbox.take(alert(identifier=f"a{number}"))
    with pytest.raises(Conflict):
        inbox.take(alert(identifier="a9"))
    inbox.province.clock.pass_by(timedelta(days=1, seconds=1))
    assert inbox.take(alert(identifier="a9")).new


# --- the proposal ---------------------------------------------------------------------------------


def test_the_proposal_fills_the_desk(inbox: Inbox) -> None:
    """Words of each language, area, severity and life stand ready; what to do comes after what happens."""
    english = info(language="en-US", event="Flood", headline="River flood", description="Go...now")
    inbox.province.clock.now = read_cap(alert()).sent
    found = inbox.proposed(alert(english, info())).proposal
    assert (found.status, found.event, found.severity) == (Status.ACTUAL, "Lũ", "Extreme")
    assert [w.language for w in found.words] == ["vi", "en"]
    assert found.words[0].headline == "Lũ trên sông Tiền"
    assert found.words[0].text == "Nước lên nhanh. Bà con rời bờ sông.\nĐến điểm tập trung của ấp."
    assert found.words[1].text.startswith("Go, now")
    assert found.areas == (COMMUNE,)
    assert found.life_h == 3
    assert found.remarks == ()


def test_a_drill_of_others_stays_a_drill(inbox: Inbox) -> None:
    """Exercise and Test open the headline as our own do."""
    for status, opening in (("Exercise", "Diễn tập: "), ("Test", "Kiểm tra: ")):
        found = inbox.proposed(alert(status=status)).proposal
        assert found.words[0].headline.startswith(opening)
        assert found.status is not None
        assert found.status.value == status


def test_what_one_should_know_is_said(inbox: Inbox) -> None:
    """Ends, languages, codes, scope and signature: each that is unusual is a remark with a sentence."""
    far = "2030-01-01T00:00:00+07:00"
    codes = AREA.replace("tienglang:area", "SAME").replace("dt/my-phong", "006109")
    mark = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"/>'
    data = alert(
        info(language="en", expires=far, areas=codes, description="x" * 5_000),
        info(language="en-GB", areas=""),
        after=mark,
    ).replace(b"<scope>Public</scope>", b"<scope>Restricted</scope><restriction>r</restriction>")
    found = inbox.proposed(data)
    assert kinds(found) == {
        RemarkKind.LONG,
        RemarkKind.NO_VIETNAMESE,
        RemarkKind.NO_PLACE,
        RemarkKind.UNKNOWN_CODES,
        RemarkKind.SIGNED,
        RemarkKind.NOT_PUBLIC,
        RemarkKind.SEVERAL,
        RemarkKind.CUT,
    }
    assert found.proposal.life_h == 24
    assert all(remark.word for remark in found.proposal.remarks)
    assert set(REMARK_WORDS) == set(RemarkKind)
    inbox.province.clock.now = read_cap(alert()).sent + timedelta(days=2)
    assert RemarkKind.EXPIRED in kinds(inbox.proposed(alert(identifier="old")))
    assert RemarkKind.NO_WORDS in kinds(inbox.proposed(alert("<!-- none -->", identifier="none")))


def test_words_are_made_fit_to_be_read_aloud() -> None:
    """Marks of omission and brackets would be blanks to the desk; what they hold is kept."""
    assert spoken("...HEAVY RAIN...MOVE [NOW] ___ {soon}\n\n  Go…") == (
        "HEAVY RAIN, MOVE (NOW) (soon)\nGo"
    )


# --- where ----------------------------------------------------------------------------------------


def test_codes_lead_to_areas_by_names_that_are_known(inbox: Inbox) -> None:
    """Our own path, the official number and the operator's table count; the same digits under another name do not."""
    province = inbox.province
    with province.house.writing() as unit:
        unit.session.get_one(AreaRow, OTHER).code = "29869"
        asked = CapCodeAsked(name="KTTV", value="Vùng 3", area=HAMLET)
        made = set_code(unit, asked, who=inbox.admin, now=province.now)
        assert set_code(unit, asked, who=inbox.admin, now=province.now).number == made.number
        areas, codes = list_areas(unit, "dt"), list_codes(unit, who=inbox.admin)
    cases = {
        ("tienglang:area", "dt/my-phong"): (COMMUNE,),
        ("tienglang:area", "dt/khong-co"): (),
        ("VN-MDVHC", "29869"): (OTHER,),
        ("maĐvhc".replace("Đ", "d"), "29869"): (OTHER,),
        ("SAME", "29869"): (),
        ("kttv", "vùng 3"): (HAMLET,),
        ("KTTV", "Vùng 4"): (),
    }
    for (name, value), wanted in cases.items():
        block = (
            read_cap(
                alert(
                    info(
                        areas=AREA.replace("tienglang:area", name).replace("dt/my-phong", value),
                    )
                )
            )
            .infos[0]
            .areas[0]
        )
        found = find_places([block], areas, codes, [])
        assert found.areas == wanted, (name, value)
        assert bool(found.unknown) != bool(wanted)
    commune = province.person("xa", PersonRole.ADMINISTRATOR, area=OTHER)
    with province.house.writing() as unit:
        with pytest.raises(Forbidden):
            drop_code(unit, made.number, who=commune, now=province.now)
        with pytest.raises(Forbidden):
            set_code(unit, asked, who=commune, now=province.now)
        drop_code(unit, made.number, who=inbox.admin, now=province.now)
        assert list_codes(unit, who=inbox.admin) == ()


SHAPE = "<area><areaDesc>Ven sông</areaDesc>{}</area>"
SQUARE = SHAPE.format("<polygon>10.0,105.0 10.0,106.0 11.0,106.0 11.0,105.0 10.0,105.0</polygon>")


def test_a_polygon_leads_to_the_appliances_inside_it(inbox: Inbox) -> None:
    """Areas of the appliances inside are named; who stands there outside of it or nowhere on the map is counted."""
    inbox.place(10.5, 105.5)
    inbox.place(12.5, 105.5)
    inbox.place(12.5, 105.5, OTHER)
    inbox.province.appliance(area=HAMLET)
    found = inbox.proposed(alert(info(areas=SQUARE)))
    assert found.proposal.areas == (HAMLET,)
    assert [(r.kind, r.n) for r in found.proposal.remarks if r.n] == [
        (RemarkKind.BESIDE, 1),
        (RemarkKind.UNPLACED, 1),
    ]
    assert found.drawing.inside == ((10.5, 105.5),)
    assert len(found.drawing.outside) == 2
    circle = SHAPE.format("<circle>12.5,105.5 1.5</circle>")
    found = inbox.proposed(alert(info(areas=circle)))
    assert found.proposal.areas == (HAMLET, OTHER)


def test_codes_count_before_shapes() -> None:
    """A block whose code is known means that area; its shape counts only where the codes lead nowhere."""
    block = read_cap(alert(info(areas=SQUARE))).infos[0].areas[0]
    assert find_places([block], (), [], [Placed("dt/x", (10.5, 105.5))]).areas == ("dt/x",)
    assert is_within((10.5, 105.5), block.polygons[0])
    for outside in ((9.5, 105.5), (11.5, 105.5), (10.5, 104.5), (10.5, 106.5)):
        assert not is_within(outside, block.polygons[0])
    circle = read_cap(alert(info(areas=SHAPE.format("<circle>0,0 112</circle>")))).infos[0]
    assert is_near((0, 1.0), circle.areas[0].circles[0])
    assert not is_near((0, 1.02), circle.areas[0].circles[0])


def test_more_areas_than_an_announcement_holds_are_gathered() -> None:
    """Three hundred hamlets of three communes become the communes."""
    block = read_cap(alert(info(areas=SQUARE))).infos[0].areas[0]
    crowd = [Placed(f"dt/x{n % 3}/a{n}", (10.5, 105.5)) for n in range(300)]
    found = find_places([block], (), [], [*crowd, Placed("dt/y/b", (20.0, 105.5))])
    assert found.areas == ("dt/x0", "dt/x1", "dt/x2")
    assert (found.inside, found.beside) == (300, 0)


def test_what_lies_outside_of_ones_rights_is_not_chosen(inbox: Inbox) -> None:
    """A commune's operator is offered their own areas only, and told of the rest."""
    own = inbox.province.person("xa", PersonRole.EMERGENCY, area=COMMUNE)
    both = AREA + AREA.replace("dt/my-phong", OTHER)
    number = inbox.take(alert(info(areas=both)), area=COMMUNE).message.number
    found = inbox.proposal(number, who=own)
    assert found.proposal.areas == (COMMUNE,)
    assert RemarkKind.NOT_YOURS in kinds(found)
    assert inbox.proposal(number).proposal.areas == (COMMUNE, OTHER)


# --- chains ---------------------------------------------------------------------------------------


def raised(inbox: Inbox, number: int) -> str:
    """Have the person on duty raise an alarm of a message; return its id."""
    province = inbox.province
    paper = province.authority.announce([COMMUNE], sent=province.now)
    with province.house.writing() as unit:
        state = take_announcement(unit, paper, who=None, now=province.now)
        tie_cap(unit, number, state.id, who=inbox.duty, now=province.now)
    return state.id


def test_a_message_is_used_when_its_announcement_is_in_force(inbox: Inbox) -> None:
    """Preparing is not enough: until people have signed, it goes on waiting."""
    province = inbox.province
    number = inbox.take(alert()).message.number
    paper = province.authority.announce([COMMUNE], id="dt:1:77", sent=province.now)
    with province.house.writing() as unit:
        tie_cap(unit, number, "dt:1:77", who=inbox.duty, now=province.now)
    assert inbox.phase(number) is CapPhase.WAITING
    with province.house.writing() as unit:
        take_announcement(unit, paper, who=None, now=province.now)
    assert inbox.phase(number) is CapPhase.USED


def test_an_update_of_others_is_offered_as_an_update_of_ours(inbox: Inbox) -> None:
    """What refers to a message that we used concerns our announcement, and shows what it would change."""
    number = inbox.take(alert()).message.number
    ours = raised(inbox, number)
    update = alert(
        info(headline="Lũ rút"), identifier="B", message="Update", references=[REFERENCE]
    )
    found = inbox.proposed(update)
    assert found.concerns == (ours,)
    changes = {(c.field, c.language): (c.before, c.after) for c in found.changes}
    assert changes["headline", "vi"] == ("Cảnh báo lũ", "Lũ rút")
    assert changes["severity", ""] == ("Severe", "Extreme")
    assert ("areas", "") not in changes


def test_a_cancel_of_others_is_settled_by_our_cancel(inbox: Inbox) -> None:
    """It names our announcement; when that is ended, the message has been dealt with."""
    province = inbox.province
    ours = raised(inbox, inbox.take(alert()).message.number)
    cancel = alert(identifier="C", message="Cancel", references=[REFERENCE])
    found = inbox.proposed(cancel)
    assert found.concerns == (ours,)
    number = found.message.number
    with province.house.writing() as unit:
        tie_cap(unit, number, ours, who=inbox.duty, now=province.now)
    province.clock.pass_by(timedelta(minutes=1))
    with province.house.writing() as unit:
        paper = province.authority.cancel(ours, areas=[COMMUNE], sent=province.now)
        take_announcement(unit, paper, who=None, now=province.now)
    assert inbox.phase(number) is CapPhase.USED
    assert inbox.proposal(number).concerns == ()


def test_what_waits_is_put_aside_by_its_own_successor_only(inbox: Inbox) -> None:
    """The same sender by the same way replaces what waits; somebody else who names it does not."""
    first = inbox.take(alert()).message.number
    forged = alert(identifier="F", sender="ke-gian@x", message="Cancel", references=[REFERENCE])
    inbox.take(forged)
    assert inbox.phase(first) is CapPhase.WAITING
    other_way = alert(identifier="G", message="Cancel", references=[REFERENCE])
    inbox.take(other_way, name="khac.xml")
    assert inbox.phase(first) is CapPhase.WAITING
    inbox.take(alert(identifier="H", message="Update", references=[REFERENCE]))
    assert inbox.phase(first) is CapPhase.SUPERSEDED


def test_a_reference_that_leads_nowhere_is_told(inbox: Inbox) -> None:
    """Whoever decides knows that an earlier message never came."""
    found = inbox.proposed(
        alert(message="Update", references=["x@y,Z-1,2026-11-22T09:00:00+07:00"])
    )
    assert found.concerns == ()
    assert RemarkKind.UNKNOWN_REFERENCE in kinds(found)


# --- sounds ---------------------------------------------------------------------------------------


def resource(data: bytes, *, digest: str = "", parameter: str = "") -> str:
    """Return a sound inside a message."""
    named = (
        f"<parameter><valueName>tienglang:sha256</valueName><value>{parameter}</value></parameter>"
        if parameter
        else ""
    )
    return (
        f"{named}<resource><resourceDesc>Lời ghi</resourceDesc><mimeType>audio/mpeg</mimeType>"
        f"<derefUri>{base64.b64encode(data).decode()}</derefUri>"
        f"{f'<digest>{digest}</digest>' if digest else ''}</resource>"
    )


def test_a_sound_comes_into_the_library_as_a_draft(inbox: Inbox, tone: Path) -> None:
    """By its SHA-256, and SHA-1 where the standard has it; approved by nobody."""
    data = tone.read_bytes()
    sha1 = hashlib.sha1(data, usedforsecurity=False).hexdigest()
    sha256 = hashlib.sha256(data).hexdigest()
    sound = resource(data, digest=sha1, parameter=sha256)
    found = inbox.proposed(alert(info(extra=sound)))
    (one,) = found.proposal.files
    assert (one.at, one.sha256, one.comes_along) == ("0.0", sha256, True)
    number, now = found.message.number, inbox.province.now
    with pytest.raises(Forbidden):
        keep_file(inbox.province.house, number, one.at, who=inbox.duty, now=now)
    kept = keep_file(inbox.province.house, number, one.at, who=inbox.admin, now=now)
    assert (kept.sha256, kept.approvals) == (sha256, ())


@pytest.mark.refusal(59)
def test_a_sound_that_is_not_the_one_is_refused(inbox: Inbox, tone: Path) -> None:
    """Neither a wrong SHA-1 nor a wrong SHA-256 lets anything in, nor does a place that is none."""
    data, now = tone.read_bytes(), inbox.province.now
    for n, sound in enumerate(
        (resource(data, digest="0" * 40), resource(data, parameter="0" * 64))
    ):
        number = inbox.take(alert(info(extra=sound), identifier=f"S{n}")).message.number
        with pytest.raises(Unacceptable) as caught:
            keep_file(inbox.province.house, number, "0.0", who=inbox.admin, now=now)
        assert caught.value.code == "cap-digest"
        for at in ("", "0", "1.0", "0.7", "x.y", "-1.0", "0.0.0"):
            with pytest.raises(NotFound):
                keep_file(inbox.province.house, number, at, who=inbox.admin, now=now)
    assert NS in alert().decode()
