"""The audit log: who did what where, before and after, for the administrators of that area."""

from datetime import timedelta

import pytest

from central.domain.audit import VERBS, changes
from central.domain.errors import Forbidden
from central.domain.people import Person, PersonRole
from central.services import add_area, sign_in
from central.services.audit import Asked, export_audit, search_audit
from central.services.tree_changes import rename_area
from tests.central.setting import COMMUNE, HAMLET, OTHER, PASSWORD, Province


@pytest.fixture
def boss(province: Province) -> Person:
    """The province's administrator, who has renamed two communes."""
    who = province.person("boss", PersonRole.ADMINISTRATOR)
    for path, name in ((COMMUNE, "Phường Mỹ Phong"), (OTHER, "Phường Tân Hội")):
        with province.house.writing() as unit:
            rename_area(unit, path, name=name, code="", since=None, who=who, now=province.now)
        province.clock.pass_by(timedelta(days=1))
    return who


def lines(province: Province, who: Person, **asked: object) -> list[tuple[str, str]]:
    """Return verb and area of what is found."""
    with province.house.reading() as unit:
        page = search_audit(unit, Asked(**asked), who=who)  # type: ignore[arg-type]
    return [(line.verb, line.area) for line in page.lines]


def test_a_deed_keeps_what_was_before_and_after(province: Province, boss: Person) -> None:
    """Only the fields that changed are shown, each with both sides."""
    with province.house.reading() as unit:
        page = search_audit(unit, Asked(verb="rename-area"), who=boss)
    newest = page.lines[0]
    assert (newest.who, newest.subject, newest.area) == ("boss", OTHER, OTHER)
    assert [(c.field, c.before, c.after) for c in newest.changes] == [
        ("name", "Xã Tân Hội", "Phường Tân Hội")
    ]


def test_an_administrator_reads_only_their_own_areas(province: Province, boss: Person) -> None:
    """A commune reads its own lines; lines without an area are the province's; a viewer reads none."""
    mayor = province.person("mayor", PersonRole.ADMINISTRATOR, area=COMMUNE)
    viewer = province.person("xem", PersonRole.VIEWER)
    with province.house.writing() as unit:
        sign_in(unit, "boss", PASSWORD, now=province.now)
    assert {area for _, area in lines(province, mayor)} == {COMMUNE, HAMLET}
    assert ("sign-in", "") in lines(province, boss)
    assert ("sign-in", "") not in lines(province, mayor)
    for who, area in ((mayor, OTHER), (mayor, "dt"), (viewer, None)):
        with pytest.raises(Forbidden):
            lines(province, who, area=area)
    with pytest.raises(Forbidden):
        list(export_audit(province.house, Asked(), who=viewer))


def test_lines_are_found_by_words_person_verb_place_and_day(
    province: Province, boss: Person
) -> None:
    """Each filter narrows, together they narrow more; nothing found is an empty page."""
    renamed = ("rename-area", COMMUNE)
    assert lines(province, boss, verb="rename-area", area=COMMUNE) == [renamed]
    assert lines(province, boss, text="MY-PHONG Phường", verb="rename-area") == [renamed]
    day = province.now - timedelta(days=2)
    assert lines(province, boss, verb="rename-area", since=day, until=day + timedelta(hours=1)) == [
        renamed
    ]
    assert lines(province, boss, person="ai-do") == []
    assert lines(province, boss, text="100%_") == []


def test_pages_follow_one_another_without_gap(province: Province, boss: Person) -> None:
    """The line to go on below is told; together the pages hold every line once."""
    with province.house.writing() as unit:
        for n in range(7):
            add_area(unit, f"{HAMLET}/to-{n}", f"Tổ {n}", who=boss, now=province.now)
    with province.house.reading() as unit:
        whole = [line.id for line in search_audit(unit, Asked(), who=boss, limit=200).lines]
        paged: list[int] = []
        before = None
        while True:
            page = search_audit(unit, Asked(), who=boss, before=before, limit=3)
            paged += [line.id for line in page.lines]
            before = page.next_before
            if before is None:
                break
    assert paged == whole
    assert whole == sorted(whole, reverse=True)


def test_the_export_is_a_table_that_runs_nothing(province: Province, boss: Person) -> None:
    """Every line stands in it with its Vietnamese verb; a name that begins like a formula is harmless."""
    with province.house.writing() as unit:
        unit.note(boss, "rename-area", "=cmd|' /c calc'!A0", now=province.now, area=COMMUNE)
    text = b"".join(export_audit(province.house, Asked(), who=boss)).decode("utf-8-sig")
    assert text.splitlines()[0] == "id,at,who,verb,what,area,subject,before,after"
    assert VERBS["rename-area"] in text
    assert ",'=cmd" in text


def test_what_is_too_long_is_named_and_not_kept(province: Province, boss: Person) -> None:
    """A change of a megabyte does not fill the log; a short one is kept as it is."""
    with province.house.writing() as unit:
        unit.note(boss, "x", "dài", now=province.now, area=COMMUNE, after={"text": "a" * 99_999})
    with province.house.reading() as unit:
        (line,) = search_audit(unit, Asked(verb="x"), who=boss).lines
    assert [c.field for c in line.changes] == ["…"]


def test_changes_are_read_from_both_sides() -> None:
    """A field that came, went or changed is told; one that stayed is not; nothing told is no change."""
    found = changes('{"a":1,"b":"x","c":null}', '{"b":"y","c":null,"d":[1,{"x":2}]}')
    assert [(c.field, c.before, c.after) for c in found] == [
        ("a", "1", None),
        ("b", "x", "y"),
        ("d", None, "1, x → 2"),
    ]
    assert changes("", "") == ()
    assert changes("không phải JSON", "")[0].before == "không phải JSON"
