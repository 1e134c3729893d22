"""Finding content, who sees and edits what, sharing, archive, playlists; over the verbs."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.library import ContentKind, Priority, Sheet
from central.domain.people import Person, PersonRole
from central.services import take_approval
from central.services.choices import content_choices
from central.services.library import (
    archive,
    change_sheet,
    share,
    sheet_of,
    unarchive,
    unshare,
    unusable,
)
from central.services.library_entering import TextAsked, write_text
from central.services.library_playlists import (
    PlaylistSaid,
    archive_playlist,
    change_playlist,
    create_playlist,
    list_playlists,
    playlist_named,
)
from central.services.library_search import Wanted, search
from central.services.library_usages import usages_of
from contract.documents import Sha256
from tests.central.library import entered
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province, make_slot


def text(
    province: Province, title: str, area: str = COMMUNE, who: Person | None = None, **said: object
) -> str:
    """Keep a text with this sheet and return its hash."""
    sheet = Sheet(title=title, **said)  # type: ignore[arg-type]
    asked = TextAsked(text=f"{title}. Kính thưa bà con.", area=area, sheet=sheet)
    kept = write_text(province.house, asked, who=who, now=province.now)
    province.clock.pass_by(timedelta(seconds=1))
    return kept.content.sha256


def titles(
    province: Province, words: str = "", who: Person | None = None, **wanted: object
) -> list[str]:
    """Return the titles that are found."""
    asked = Wanted(words=words, **wanted)  # type: ignore[arg-type]
    with province.house.reading() as unit:
        return [item.title for item in search(unit, asked, who=who, now=province.now).items]


def test_words_are_found_without_diacritics(province: Province) -> None:
    """Every term must begin some word of title, author, tags, summary or text, in any order and spelling."""
    text(province, "Lịch tiêm chủng tháng Mười", author="Trần Thị Đào", tags=("y tế",))
    text(province, "Thông báo cúp điện", summary="Đường dây 22 kV bảo trì")
    assert titles(province, "tiem chung") == ["Lịch tiêm chủng tháng Mười"]
    assert titles(province, "CHỦNG lịch") == ["Lịch tiêm chủng tháng Mười"]
    assert titles(province, "dao y te") == ["Lịch tiêm chủng tháng Mười"]
    assert titles(province, "bao tri duong") == ["Thông báo cúp điện"]
    assert titles(province, "ba con") == ["Thông báo cúp điện", "Lịch tiêm chủng tháng Mười"]
    assert titles(province, "tiem dien") == []
    assert titles(province, "iem") == []
    assert titles(province, "%") == []
    assert len(titles(province, "")) == 2


def test_filters_narrow(province: Province, tone: Path) -> None:
    """Kind, field, priority, topic, area, day of validity and archive each leave out the rest."""
    text(province, "Luật đất đai", field=3, topics=("law",), priority=Priority.URGENT)
    text(province, "Hết hạn", area=OTHER, valid_until=date(2026, 11, 1))
    entered(province, tone, sheet=Sheet(title="Nhạc hiệu"))
    assert titles(province, field=3) == ["Luật đất đai"]
    assert titles(province, topic="law") == ["Luật đất đai"]
    assert titles(province, priority=Priority.URGENT) == ["Luật đất đai"]
    assert titles(province, kinds=(ContentKind.AUDIO,)) == ["Nhạc hiệu"]
    assert titles(province, area=OTHER) == ["Hết hạn"]
    assert titles(province, valid_on=date(2026, 11, 22)) == ["Nhạc hiệu", "Luật đất đai"]
    assert titles(province, usable_at=HAMLET) == ["Nhạc hiệu", "Luật đất đai"]
    for wrong in ({"state": "x"}, {"after": "x"}, {"limit": 0}):
        with pytest.raises(Unacceptable):
            titles(province, **wrong)


def test_state_follows_the_approvals(province: Province, tone: Path) -> None:
    """What an approver's key has signed is approved, until the approval runs out."""
    sha256 = province.sound(tone, title="Bản tin", approved_for=None).sha256
    assert titles(province, state="waiting") == ["Bản tin"]
    with province.house.writing() as unit:
        paper = province.authority.approve(Sha256(sha256), "dt")
        take_approval(unit, paper, who=None, now=province.now)
    assert titles(province, state="approved") == ["Bản tin"]
    assert titles(province, state="waiting") == []
    province.clock.pass_by(timedelta(days=800))
    assert titles(province, state="approved") == []


def test_pages_lead_on_to_the_end(province: Province) -> None:
    """Each page goes on where the last one ended, newest first, and shows nothing twice."""
    for number in range(7):
        text(province, f"Tin {number}")
    found: list[str] = []
    after = ""
    with province.house.reading() as unit:
        for _ in range(4):
            page = search(unit, Wanted(limit=2, after=after), who=None, now=province.now)
            found += [item.title for item in page.items]
            after = page.next or ""
    assert found == [f"Tin {number}" for number in reversed(range(7))]
    assert after == ""


def test_content_is_usable_at_and_below_its_area(province: Province) -> None:
    """A commune sees what is its own, its hamlets' and the province's; never another commune's."""
    whole, own, below, other = (
        text(province, f"Của {area}", area=area) for area in ("dt", COMMUNE, HAMLET, OTHER)
    )
    editor = province.person("lan", PersonRole.EDITOR, area=COMMUNE)
    assert titles(province, who=editor) == [f"Của {a}" for a in (HAMLET, COMMUNE, "dt")]
    assert titles(province, who=province.person("moi")) == []
    with province.house.reading() as unit:
        with pytest.raises(NotFound):
            sheet_of(unit, other, who=editor, now=province.now)
        assert unusable(unit, [whole, own, below, other], COMMUNE) == tuple(sorted((below, other)))
        assert unusable(unit, [whole, own], HAMLET) == ()


def test_sharing_reaches_one_more_area_until_it_is_taken_back(province: Province) -> None:
    """Whoever edits where the content belongs shares it; the other area may use but not edit it."""
    sha256 = text(province, "Chung")
    lan = province.person("lan", PersonRole.EDITOR, area=COMMUNE)
    binh = province.person("binh", PersonRole.EDITOR, area=OTHER)
    with province.house.writing() as unit:
        with pytest.raises(NotFound):
            share(unit, sha256, OTHER, who=binh, now=province.now)
        share(unit, sha256, OTHER, who=lan, now=province.now)
        share(unit, sha256, OTHER, who=lan, now=province.now)
        with pytest.raises(Unacceptable, match="đã dùng được"):
            share(unit, sha256, HAMLET, who=lan, now=province.now)
    assert titles(province, who=binh) == ["Chung"]
    with province.house.reading() as unit:
        state = sheet_of(unit, sha256, who=binh, now=province.now)
        assert (state.may_edit, state.may_share, len(state.shares)) == (False, False, 1)
        assert unusable(unit, [sha256], OTHER) == ()
    with province.house.writing() as unit:
        with pytest.raises(Forbidden):
            unshare(unit, sha256, OTHER, who=binh, now=province.now)
        unshare(unit, sha256, OTHER, who=lan, now=province.now)
    assert titles(province, who=binh) == []


def change(
    province: Province, sha256: str, version: int, who: Person | None = None, **said: object
) -> int:
    """Replace the sheet and return its new version."""
    with province.house.writing() as unit:
        sheet = Sheet(**said)  # type: ignore[arg-type]
        state = change_sheet(unit, sha256, sheet, version, who=who, now=province.now)
    return state.version


def test_two_editors_are_told_of_each_other(province: Province) -> None:
    """The second to save is told who was first; nothing of either is lost in silence."""
    sha256 = text(province, "Một")
    lan = province.person("lan", PersonRole.EDITOR, area=COMMUNE)
    assert change(province, sha256, 1, lan, title="Hai", summary="Tóm tắt mới") == 2
    with pytest.raises(Conflict, match="lan vừa sửa") as caught:
        change(province, sha256, 1, title="Ba")
    assert caught.value.expected == 2
    assert titles(province, "tom tat moi") == ["Hai"]
    assert titles(province, "mot hai") == ["Hai"]  # the text itself still says Một


def test_a_signed_title_stays(province: Province, tone: Path) -> None:
    """While an approval stands the title is what the approver signed; all else may be said anew."""
    sha256 = province.sound(tone, title="Bản tin").sha256
    with pytest.raises(Conflict, match="ký duyệt"):
        change(province, sha256, 1, title="Khác")
    assert change(province, sha256, 1, title="Bản tin", field=2) == 2
    assert change(province, sha256, 2, field=4) == 3
    assert titles(province, field=4) == ["Bản tin"]


def test_a_contributor_edits_own_drafts_only(province: Province, tone: Path) -> None:
    """Own and not yet approved: yes. Somebody else's, or approved: no, with a word of what to do."""
    lan = province.person("lan", PersonRole.CONTRIBUTOR, area=COMMUNE)
    own = text(province, "Của tôi", who=lan)
    other = text(province, "Của người khác")
    assert change(province, own, 1, lan, title="Của tôi, sửa") == 2
    with pytest.raises(Forbidden, match="bản nháp của chính mình"):
        change(province, other, 1, lan, title="Cướp")
    with pytest.raises(Forbidden):
        text(province, "Nơi khác", area=OTHER, who=lan)
    with province.house.writing() as unit:
        paper = province.authority.approve(Sha256(own), "dt")
        take_approval(unit, paper, who=None, now=province.now)
    with pytest.raises(Forbidden, match="biên tập viên"):
        change(province, own, 2, lan, summary="Sau khi duyệt")
    with province.house.writing() as unit, pytest.raises(Forbidden):
        share(unit, own, OTHER, who=lan, now=province.now)
    with pytest.raises(Forbidden, match="không có quyền"):
        change(province, other, 1, province.person("xem", PersonRole.VIEWER), title="x")


def test_the_archive_hides_and_gives_back(province: Province, tone: Path) -> None:
    """Archived content is found only when asked for and cannot be planned; nothing of it is deleted."""
    sha256 = province.sound(tone, title="Cũ").sha256
    with province.house.writing() as unit:
        archive(unit, sha256, who=None, now=province.now)
    assert (titles(province), titles(province, archived=True)) == ([], ["Cũ"])
    with province.house.reading() as unit:
        assert unusable(unit, [sha256], "dt") == (sha256,)
        assert content_choices(unit, "dt", now=province.now) == ()
    with province.house.writing() as unit:
        unarchive(unit, sha256, who=None, now=province.now)
    assert titles(province) == ["Cũ"]


def test_only_what_sounds_is_offered_to_planners(province: Province, tone: Path) -> None:
    """Texts and pictures are for boards: the list that slots are filled from leaves them out."""
    text(province, "Chữ")
    sha256 = province.sound(tone).sha256
    with province.house.reading() as unit:
        assert [state.sha256 for state in content_choices(unit, "dt", now=province.now)] == [sha256]


@pytest.fixture
def sounds(province: Province, tone: Path) -> list[str]:
    """A sound of the province's and a text of the commune's."""
    return [province.sound(tone, title="Nhạc hiệu").sha256, text(province, "Chữ")]


def test_a_playlist_keeps_its_order(province: Province, sounds: list[str]) -> None:
    """Items stand as they were put, may repeat, and say why they would not sound."""
    said = PlaylistSaid(title=" Buổi  sáng ", items=(sounds[0], sounds[1], sounds[0]))
    lan = province.person("lan", PersonRole.EDITOR, area=COMMUNE)
    with province.house.writing() as unit:
        made = create_playlist(unit, COMMUNE, said, who=lan, now=province.now)
    assert (made.title, [entry.sha256 for entry in made.entries]) == (
        "Buổi sáng",
        [sounds[0], sounds[1], sounds[0]],
    )
    assert [bool(entry.missing) for entry in made.entries] == [False, True, False]
    with province.house.writing() as unit:
        turned = PlaylistSaid(title="Buổi sáng", items=(sounds[0],))
        change_playlist(unit, made.id, turned, made.version, who=lan, now=province.now)
        with pytest.raises(Conflict, match="lan vừa sửa"):
            change_playlist(unit, made.id, turned, made.version, who=lan, now=province.now)
        assert archive_playlist(unit, made.id, archived=True, who=lan, now=province.now).archived
    with province.house.reading() as unit:
        assert list_playlists(unit, who=lan).items == ()
        assert len(list_playlists(unit, who=lan, archived=True).items) == 1


def test_playlists_keep_to_their_areas(province: Province, sounds: list[str]) -> None:
    """Another commune neither sees, edits nor fills them with what it may not use."""
    said = PlaylistSaid(title="Của tỉnh", items=(sounds[0],))
    binh = province.person("binh", PersonRole.EDITOR, area=OTHER)
    with province.house.writing() as unit:
        whole = create_playlist(unit, "dt", said, who=None, now=province.now)
        own = create_playlist(unit, COMMUNE, said, who=None, now=province.now)
        with pytest.raises(Forbidden):
            create_playlist(unit, COMMUNE, said, who=binh, now=province.now)
        with pytest.raises(Forbidden):
            change_playlist(unit, whole.id, said, 1, who=binh, now=province.now)
        with pytest.raises(NotFound):
            playlist_named(unit, own.id, who=binh)
        wrong = PlaylistSaid(title="x", items=(sounds[1],))
        with pytest.raises(Unacceptable, match="không dùng được"):
            create_playlist(unit, OTHER, wrong, who=binh, now=province.now)
        for bad in (PlaylistSaid(title="", items=(sounds[0],)), PlaylistSaid(title="x", items=())):
            with pytest.raises(Unacceptable):
                create_playlist(unit, "dt", bad, who=None, now=province.now)
        assert [found.title for found in list_playlists(unit, who=binh).items] == ["Của tỉnh"]
        assert len(list_playlists(unit, who=None, usable_at=HAMLET).items) == 2


def test_usages_are_told_where_they_may_be_seen(province: Province, sounds: list[str]) -> None:
    """Slots and playlists that name a content are listed, without those of areas that are not one's own."""
    province.slot(make_slot(sounds[0]))
    with province.house.writing() as unit:
        said = PlaylistSaid(title="Sáng", items=(sounds[0],))
        create_playlist(unit, COMMUNE, said, who=None, now=province.now)
    with province.house.reading() as unit:
        assert [(found.kind, found.title) for found in usages_of(unit, sounds[0], who=None)] == [
            ("slot", "Bản tin sáng"),
            ("playlist", "Sáng"),
        ]
        assert usages_of(unit, sounds[1], who=None) == ()
        binh = province.person("binh", PersonRole.EDITOR, area=OTHER)
        assert usages_of(unit, sounds[0], who=binh) == ()
