"""Live sources: planned by address, approved by its hash, sent only where somebody signed."""

from datetime import date, time
from pathlib import Path

import msgspec
import pytest

from central.domain.errors import Forbidden, NotFound, Unacceptable
from central.domain.lives import approval_title, check_live, fault_of
from central.domain.people import PersonRole
from central.services import (
    change_slot,
    list_lives,
    live_named,
    prepare_approval,
    preview,
    publish,
    take_approval,
)
from contract import codec, seal
from contract.documents import (
    AfterBreak,
    Approval,
    Daily,
    Kind,
    LineIn,
    Live,
    Programme,
    Sha256,
    Slot,
    StreamRelay,
)
from tests.central.serving import Served
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province
from tests.central.test_programmes import told

VOV = StreamRelay(url="https://phat.vi-du.vn/vov1.mp3")


def live_slot(live: Live = VOV, *items: str, slot_id: str = "tiep-song") -> Slot:
    """Return a slot that relays for an hour, with these contents standing by."""
    return Slot(
        id=slot_id,
        title="Tiếp sóng buổi sáng",
        recurrence=Daily(),
        start=time(6, 0),
        window_s=3_600,
        items=tuple(Sha256(item) for item in items),
        live=live,
        after_break=AfterBreak.RESUME,
    )


def approve(province: Province, live: Live, area: str = "dt") -> None:
    """Hand in an approver's signature for a live source."""
    paper = province.authority.approve(live.approved_as, area)
    with province.house.writing() as unit:
        take_approval(unit, paper, who=None, now=province.now)


@pytest.mark.parametrize("live", [VOV, LineIn()])
def test_a_live_source_is_sent_only_once_somebody_signed_for_it(
    province: Province, tone: Path, live: Live
) -> None:
    """Unapproved, the slot is kept out and the reason names the source; approved, it goes with what stands by."""
    content = province.sound(tone)
    _, device = province.appliance()
    province.slot(live_slot(live, content.sha256))
    done = publish(province.house, COMMUNE, who=None, now=province.now)
    assert told(province, device).slots == ()
    (warning,) = done.warnings
    assert "chưa được duyệt" in warning
    assert (VOV.url if live is VOV else "Đường vào") in warning
    approve(province, live)
    assert publish(province.house, COMMUNE, who=None, now=province.now).warnings == ()
    programme = told(province, device)
    assert [(s.live, s.after_break) for s in programme.slots] == [(live, AfterBreak.RESUME)]
    assert [c.sha256 for c in programme.contents] == [content.sha256]


def test_an_approval_for_one_commune_is_none_for_its_neighbour(province: Province) -> None:
    """The province plans one relay; it reaches the commune whose approver signed, and no other."""
    _, here = province.appliance("here", HAMLET)
    _, there = province.appliance("there", OTHER)
    province.slot(live_slot(), "dt")
    approve(province, VOV, COMMUNE)
    publish(province.house, "dt", who=None, now=province.now)
    assert [len(told(province, device).slots) for device in (here, there)] == [1, 0]


def test_a_relay_with_nothing_standing_by_is_warned_of(province: Province) -> None:
    """It is sent, for it can sound, and the planner hears that a lost source means silence."""
    _, device = province.appliance()
    province.slot(live_slot())
    approve(province, VOV)
    done = publish(province.house, COMMUNE, who=None, now=province.now)
    assert len(told(province, device).slots) == 1
    assert ["im lặng" in w and "dự phòng" in w for w in done.warnings] == [True]


def test_unapproved_contents_standing_by_are_left_out_of_the_relay(
    province: Province, tone: Path
) -> None:
    """The relay itself goes; what nobody approved does not stand by for it, and is named."""
    content = province.sound(tone, approved_for=None, title="Chưa duyệt")
    _, device = province.appliance()
    province.slot(live_slot(VOV, content.sha256))
    approve(province, VOV)
    done = publish(province.house, COMMUNE, who=None, now=province.now)
    programme = told(province, device)
    assert [s.items for s in programme.slots] == [()]
    assert programme.contents == ()
    assert any("Chưa duyệt" in w for w in done.warnings)


def test_the_approval_says_whose_hash_it_signs(province: Province) -> None:
    """An approver prepares it as for content: the name is the hash of the address, the title shows the address."""
    lan = province.person("lan", PersonRole.APPROVER)
    province.slot(live_slot())
    with province.house.reading() as unit:
        prepared = prepare_approval(unit, VOV.approved_as, COMMUNE, who=lan, now=province.now)
    approval = codec.decode(Kind.APPROVAL, prepared.payload)
    assert isinstance(approval, Approval)
    assert (approval.sha256, approval.title) == (VOV.approved_as, f"Tiếp sóng {VOV.url}")
    approve(province, VOV)
    with province.house.reading() as unit:
        state = live_named(unit, VOV.approved_as, now=province.now)
    assert (state.url, state.word) == (VOV.url, "đã duyệt")


def test_what_no_slot_names_cannot_be_approved(province: Province) -> None:
    """A hash that is neither content nor planned source is refused, prepared or signed; once planned it is not."""
    lan = province.person("lan", PersonRole.APPROVER)
    with province.house.reading() as unit, pytest.raises(NotFound):
        prepare_approval(unit, VOV.approved_as, COMMUNE, who=lan, now=province.now)
    with pytest.raises(NotFound):
        approve(province, VOV)
    province.slot(live_slot())
    approve(province, VOV)


def test_approving_a_source_needs_the_right(province: Province) -> None:
    """An editor plans the relay and may not sign for it."""
    binh = province.person("binh", PersonRole.EDITOR)
    province.slot(live_slot())
    with province.house.reading() as unit, pytest.raises(Forbidden):
        prepare_approval(unit, VOV.approved_as, COMMUNE, who=binh, now=province.now)


def test_a_source_is_listed_once_and_what_waits_stands_first(province: Province) -> None:
    """Two slots of one address are one source; a changed slot brings its new one."""
    province.slot(live_slot(slot_id="a"))
    province.slot(live_slot(slot_id="b"))
    approve(province, VOV)
    with province.house.writing() as unit:
        change_slot(unit, live_slot(LineIn(), slot_id="b"), who=None, now=province.now)
    with province.house.reading() as unit:
        found = [(live.url, live.word) for live in list_lives(unit, now=province.now)]
    assert found == [(None, "chờ duyệt"), (VOV.url, "đã duyệt")]


def test_the_preview_shows_a_relay_as_one_piece(province: Province) -> None:
    """The whole window is one piece that sounds, though no content fills it."""
    province.slot(live_slot())
    approve(province, VOV)
    with province.house.reading() as unit:
        (piece,) = preview(unit, date(2026, 11, 23), area=COMMUNE, now=province.now).planned
    assert (piece.end - piece.start).total_seconds() == 3_600
    assert piece.sounds


@pytest.mark.parametrize(
    "url",
    [
        "https:///vov1",
        "http://may:99999/x",
        "http://may:0/x",
        "https://lan:matkhau@phat.vi-du.vn/vov1",
        "http://[::1/x",
    ],
)
def test_an_address_that_nothing_can_be_relayed_from_is_refused(
    province: Province, url: str
) -> None:
    """The contract lets it pass as text; here it is refused with a sentence, and no slot is kept."""
    with pytest.raises(Unacceptable) as caught:
        province.slot(live_slot(StreamRelay(url=url)))
    assert caught.value.code == "bad-live"
    with province.house.reading() as unit:
        assert list_lives(unit, now=province.now) == ()


@pytest.mark.parametrize(
    "url", ["https://phat.vi-du.vn/vov1", "http://10.0.0.5:8000/live.ogg?a=b", "https://x.vn:443/"]
)
def test_an_address_that_can_be_relayed_passes(url: str) -> None:
    """Host, port and path as people have them."""
    assert fault_of(url) == ""
    check_live(StreamRelay(url=url))


@pytest.mark.parametrize(
    "url", ["ftp://x/y", "https://đài.vn/", "https://a b.vn/", "https://", "x" * 500, ""]
)
def test_what_the_contract_would_not_take_has_a_sentence_too(url: str) -> None:
    """The form says in words what the contract would refuse by its pattern."""
    assert fault_of(url)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"live": "stream", "url": url}, Live)


def test_a_very_long_address_still_has_an_approval() -> None:
    """The title is cut to what the contract holds; what is signed is the hash of the whole."""
    assert len(approval_title("https://x.vn/" + "a" * 460)) == 200


def test_a_relay_goes_through_the_interfaces(served: Served) -> None:
    """A system plans it, lists it, hands in the signature; the appliance fetches programme and approval."""
    live = StreamRelay(url="https://phat.vi-du.vn/qua-giao-dien.mp3")
    slot = msgspec.to_builtins(live_slot(live, slot_id="qua-giao-dien"))
    key = served.assign(OTHER)
    with served.person() as lan:
        bad = {**slot, "live": {"live": "stream", "url": "https:///x"}}
        refused = lan.post("/slots", json={"area": OTHER, "slot": bad})
        assert (refused.status_code, refused.json()["error"]) == (422, "bad-live")
        assert lan.post("/slots", json={"area": OTHER, "slot": slot}).status_code == 201
        listed = {one["url"]: one for one in lan.get("/live-sources").json()}
        assert listed[live.url]["word"] == "chờ duyệt"
        asked = {"sha256": listed[live.url]["sha256"], "area": OTHER}
        assert lan.post("/approvals/prepare", json=asked).status_code == 200
        paper = served.authority.approve(live.approved_as, OTHER)
        assert lan.post("/approvals", content=paper).status_code == 201
        assert lan.post("/publish", json={"area": OTHER}).status_code == 200
    with served.appliance(key) as loa:
        sealed = seal.read_envelope(loa.get("/programme").content)
        programme = codec.decode(Kind.PROGRAMME, sealed.payload)
        assert isinstance(programme, Programme)
        assert [s.live for s in programme.slots if s.id == "qua-giao-dien"] == [live]
        assert loa.get(f"/approvals/{live.approved_as}").content == paper
