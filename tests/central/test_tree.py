"""The area tree lives: renamed, merged, moved, split, imported, and nothing is lost by it."""

from datetime import date, time
from pathlib import Path

import pytest

from central.domain.areas import from_csv, lineage_through, relocated, to_csv
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import Person, PersonRole, Right
from central.domain.tree_states import ChangeKind
from central.services import (
    add_area,
    area_named,
    import_areas,
    list_areas,
    list_slots,
    person_of,
    sign_in,
)
from central.services.areas import lineage_of, plan_import, successors_of, with_predecessors
from central.services.library import share, unusable
from central.services.library_playlists import PlaylistSaid, create_playlist, playlist_named
from central.services.tree_changes import (
    Part,
    Target,
    close_area,
    merge_areas,
    rename_area,
    split_area,
)
from central.services.tree_reading import (
    area_history,
    find_areas,
    seen_areas,
    to_reassign,
    tree_at,
)
from contract.documents import Daily, LineIn, Slot
from tests.central.library import entered
from tests.central.setting import COMMUNE, HAMLET, OTHER, PASSWORD, Province, make_sound

DAY = date(2026, 12, 1)
NEW = Target(path="dt/my-tan", name="Xã Mỹ Tân", code="30001")


@pytest.fixture
def boss(province: Province) -> Person:
    """The province's administrator."""
    with province.house.writing() as unit:
        add_area(unit, f"{OTHER}/ap-1", "Ấp 1", who=None, now=province.now, code="9")
    return province.person("boss", PersonRole.ADMINISTRATOR)


def merge(province: Province, who: Person, *sources: str, into: Target = NEW) -> tuple[str, ...]:
    """Merge and return the paths that were closed."""
    with province.house.writing() as unit:
        done = merge_areas(
            unit, sources, into, day=DAY, why="Nghị quyết 1", who=who, now=province.now
        )
    return done.closed


def test_two_communes_become_one(province: Province, boss: Person) -> None:
    """Both are closed and name their successor; their hamlets live on below it under names that differ."""
    closed = merge(province, boss, COMMUNE, OTHER)
    assert set(closed) == {COMMUNE, HAMLET, OTHER, f"{OTHER}/ap-1"}
    with province.house.reading() as unit:
        live = {a.path: a.name for a in list_areas(unit, NEW.path, closed=False)}
        assert live == {
            "dt/my-tan": "Xã Mỹ Tân",
            "dt/my-tan/ap-1": "Ấp 1",
            "dt/my-tan/tan-hoi-ap-1": "Ấp 1 (Xã Tân Hội)",
        }
        old = area_named(unit, COMMUNE)
        assert (old.closed, old.until, old.successor) == (True, DAY, NEW.path)
        assert area_named(unit, HAMLET).successor == "dt/my-tan/ap-1"
        assert with_predecessors(unit, NEW.path) == (NEW.path, COMMUNE, OTHER)
        assert with_predecessors(unit, "dt/my-tan/ap-1") == ("dt/my-tan/ap-1", HAMLET)
        assert with_predecessors(unit, "dt") == ("dt",)
        history = area_history(unit, NEW.path, who=boss)
        assert [(h.kind, h.area, h.successors) for h in history] == [
            (ChangeKind.MERGE, OTHER, (NEW.path,)),
            (ChangeKind.MERGE, COMMUNE, (NEW.path,)),
        ]


def test_a_merge_keeps_appliances_plays_and_programmes(province: Province, boss: Person) -> None:
    """Appliances keep their path and their slots until they are assigned anew; they are listed for that."""
    _, device = province.appliance("Cụm loa chợ", HAMLET)
    province.slot(relay())
    with province.house.writing() as unit:
        plan = merge_areas(
            unit, [COMMUNE], NEW, day=DAY, why="", who=boss, now=province.now, dry_run=True
        )
        assert (plan.done, plan.appliances, plan.slots) == (False, 1, 1)
        assert area_named(unit, COMMUNE).successor is None
        with pytest.raises(NotFound):
            area_named(unit, NEW.path)
    merge(province, boss, COMMUNE)
    with province.house.reading() as unit:
        assert [s.area for s in list_slots(unit, COMMUNE)] == [COMMUNE]
        left = to_reassign(unit, who=boss)
        assert [(d.device, d.area, d.into, d.site) for d in left] == [
            (device, HAMLET, "dt/my-tan/ap-1", None)
        ]
        assert to_reassign(unit, who=boss, under=NEW.path) == left
        assert to_reassign(unit, who=boss, under=OTHER) == ()
        assert lineage_of(unit, HAMLET) == (
            *("dt", COMMUNE, HAMLET),
            *("dt/my-tan", "dt/my-tan/ap-1"),
        )


def relay() -> Slot:
    """Return a slot that relays the line input, so that no sound is needed."""
    return Slot(
        id="tiep-song",
        title="Tiếp sóng",
        recurrence=Daily(),
        start=time(18, 0),
        window_s=600,
        items=(),
        live=LineIn(),
    )


def test_an_appliance_between_two_papers_hears_both(province: Province, boss: Person) -> None:
    """Until it is assigned anew, slots of its old area and of the successor reach it; nothing is heard twice."""
    merge(province, boss, COMMUNE, OTHER)
    with province.house.reading() as unit:
        successors = successors_of(unit)
    assert lineage_through("dt/my-tan/ap-1", successors) == (
        *("dt", "dt/my-tan"),
        "dt/my-tan/ap-1",
    )
    assert lineage_through(HAMLET, successors)[:3] == ("dt", COMMUNE, HAMLET)
    round_about = {"a/x": "a/y", "a/y": "a/x"}
    assert lineage_through("a/x", round_about) == ("a", "a/x", "a/y")


def test_who_works_for_the_successor_works_for_what_it_took_over(
    province: Province, boss: Person
) -> None:
    """A role at the new commune reaches the appliances that keep the old path; other communes stay out of reach."""
    merge(province, boss, COMMUNE)
    province.person("moi", PersonRole.EDITOR, area=NEW.path)
    province.person("ke.ben", PersonRole.EDITOR, area=OTHER)
    with province.house.writing() as unit:
        token = sign_in(unit, "moi", PASSWORD, now=province.now).token  # type: ignore[union-attr]
        person = person_of(unit, token, now=province.now)
        assert person.areas(Right.EDIT) == (COMMUNE, NEW.path)
        assert person.may(Right.COMMAND, HAMLET)
        assert not person.may(Right.EDIT, OTHER)
        token = sign_in(unit, "ke.ben", PASSWORD, now=province.now).token  # type: ignore[union-attr]
        assert not person_of(unit, token, now=province.now).may(Right.VIEW, HAMLET)


def test_merges_follow_one_another(province: Province, boss: Person) -> None:
    """What was merged twice is found from the newest area, and an old path is never used again."""
    merge(province, boss, COMMUNE)
    second = Target(path="dt/lon", name="Phường Lớn")
    merge(province, boss, NEW.path, OTHER, into=second)
    with province.house.reading() as unit:
        assert with_predecessors(unit, "dt/lon") == ("dt/lon", COMMUNE, NEW.path, OTHER)
        assert lineage_of(unit, HAMLET)[-1] == "dt/lon/ap-1"
    with province.house.writing() as unit:
        with pytest.raises(Conflict, match="đã đóng"):
            merge_areas(
                unit, ["dt/lon"], Target(path=COMMUNE), day=DAY, why="", who=boss, now=province.now
            )
        with pytest.raises(Unacceptable, match="đã đóng"):
            add_area(unit, f"{COMMUNE}/ap-9", "Ấp 9", who=boss, now=province.now)


def test_a_commune_is_merged_into_its_neighbour(province: Province, boss: Person) -> None:
    """An area in force may take others over; its own hamlets keep their paths and names."""
    merge(province, boss, OTHER, into=Target(path=COMMUNE))
    with province.house.reading() as unit:
        live = {a.path: a.name for a in list_areas(unit, COMMUNE, closed=False)}
    assert live[HAMLET] == "Ấp 1"
    assert live[f"{COMMUNE}/tan-hoi-ap-1"] == "Ấp 1 (Xã Tân Hội)"


def test_a_hamlet_moves_to_another_commune(province: Province, boss: Person) -> None:
    """A move is a new path; who belongs there and planned sites go along."""
    target = Target(path=f"{OTHER}/ap-my-phong", name="Ấp Mỹ Phong")
    with province.house.writing() as unit:
        done = merge_areas(unit, [HAMLET], target, day=DAY, why="", who=boss, now=province.now)
        assert done.kind is ChangeKind.MOVE
        assert area_named(unit, HAMLET).successor == target.path


@pytest.mark.parametrize(
    ("sources", "into", "fault"),
    [
        ([], "dt/x", Unacceptable),
        (["dt"], "dt/x", Unacceptable),
        (["dt/khong-co"], "dt/x", NotFound),
        ([COMMUNE, HAMLET], "dt/x", Unacceptable),
        ([COMMUNE], f"{COMMUNE}/x", Unacceptable),
        ([HAMLET], COMMUNE, Unacceptable),
        ([COMMUNE], "kg", Unacceptable),
        ([COMMUNE], "kg/x", NotFound),
        ([COMMUNE], "dt/Xã Mới", Unacceptable),
    ],
)
def test_a_merge_that_makes_no_tree_is_refused(
    province: Province, boss: Person, sources: list[str], into: str, fault: type[Exception]
) -> None:
    """Roots, nested sources, targets within a source and unknown parents are refused, and nothing is changed."""
    with province.house.reading() as unit:
        before = list_areas(unit)
    with pytest.raises(fault), province.house.writing() as unit:
        merge_areas(
            unit,
            sources,
            Target(path=into, name="Xã X"),
            day=DAY,
            why="",
            who=boss,
            now=province.now,
        )
    with province.house.reading() as unit:
        assert list_areas(unit) == before


def test_a_merge_is_for_who_administers_above(province: Province, boss: Person) -> None:
    """A commune's administrator renames the commune but merges it with nobody."""
    mayor = province.person("mayor", PersonRole.ADMINISTRATOR, area=COMMUNE)
    with pytest.raises(Forbidden):
        merge(province, mayor, COMMUNE)
    with province.house.writing() as unit:
        named = rename_area(
            unit,
            COMMUNE,
            name="Phường Mỹ Phong",
            code="29869",
            since=None,
            who=mayor,
            now=province.now,
        )
        assert (named.name, named.code) == ("Phường Mỹ Phong", "29869")
        with pytest.raises(Forbidden):
            rename_area(unit, OTHER, name="X", code="", since=None, who=mayor, now=province.now)
        with pytest.raises(Unacceptable):
            rename_area(
                unit, COMMUNE, name="X", code="29 869", since=None, who=mayor, now=province.now
            )


def test_a_commune_is_split_with_every_hamlet_in_one_part(province: Province, boss: Person) -> None:
    """Each hamlet goes to exactly one part and keeps its own successor; a forgotten one is named."""
    with province.house.writing() as unit:
        add_area(unit, f"{COMMUNE}/ap-2", "Ấp 2", who=boss, now=province.now)
    north = Part(path="dt/my-bac", name="Xã Mỹ Bắc", children=(HAMLET,))
    south = Part(path="dt/my-nam", name="Xã Mỹ Nam", children=(f"{COMMUNE}/ap-2",))

    def split(*parts: Part) -> tuple[str, ...]:
        with province.house.writing() as unit:
            done = split_area(unit, COMMUNE, parts, day=DAY, why="", who=boss, now=province.now)
        return done.into

    lonely = Part(path="dt/my-nam", name="Xã Mỹ Nam")
    for bad in ((north,), (north, lonely), (north, north)):
        with pytest.raises(Unacceptable):
            split(*bad)
    assert split(north, south) == ("dt/my-bac", "dt/my-nam")
    with province.house.reading() as unit:
        assert area_named(unit, HAMLET).successor == "dt/my-bac/ap-1"
        assert area_named(unit, COMMUNE).closed
        assert area_named(unit, COMMUNE).successor is None
        assert with_predecessors(unit, "dt/my-nam") == ("dt/my-nam", f"{COMMUNE}/ap-2")
        assert area_history(unit, COMMUNE, who=boss)[0].successors == ("dt/my-bac", "dt/my-nam")


def test_only_an_empty_area_is_closed(province: Province, boss: Person) -> None:
    """A hamlet with an appliance is merged, not closed; an empty one goes."""
    province.appliance("loa", HAMLET)
    with province.house.writing() as unit:
        for path in (HAMLET, COMMUNE):
            with pytest.raises(Conflict, match="hãy sáp nhập"):
                close_area(unit, path, why="", who=boss, now=province.now)
        with pytest.raises(Unacceptable):
            close_area(unit, "dt", why="", who=boss, now=province.now)
        close_area(unit, f"{OTHER}/ap-1", why="nhập sai", who=boss, now=province.now)
        with pytest.raises(Conflict):
            close_area(unit, f"{OTHER}/ap-1", why="", who=boss, now=province.now)
        assert not [a for a in list_areas(unit, OTHER, closed=False) if a.path != OTHER]


def test_an_import_is_seen_before_it_is_done(province: Province, boss: Person) -> None:
    """The plan tells what is new, what changes and what is only in the tree; importing does just that."""
    table = (
        "path,name,code,since\ndt/my-phong,Phường Mỹ Phong,29869,2025-07-01\n"
        "dt/my-phong/ap-2,Ấp 2,,\ndt/tan-hoi,Xã Tân Hội,,\n"
    )
    areas = from_csv(table)
    with province.house.writing() as unit:
        plan = plan_import(unit, areas, who=boss)
        assert [a.path for a in plan.added] == ["dt/my-phong/ap-2"]
        assert [(a.name, b.name, b.since) for a, b in plan.changed] == [
            ("Xã Mỹ Phong", "Phường Mỹ Phong", date(2025, 7, 1))
        ]
        assert (plan.unchanged, [a.path for a in plan.absent]) == (1, [HAMLET, f"{OTHER}/ap-1"])
        assert import_areas(unit, areas, who=boss, now=province.now) == (1, 1)
        again = plan_import(unit, areas, who=boss)
        assert (again.added, again.changed, again.unchanged) == ((), (), 3)


def test_an_export_reads_back(province: Province, boss: Person) -> None:
    """What was exported changes nothing when it is imported; formulas in names are made harmless and come back."""
    with province.house.writing() as unit:
        rename_area(unit, OTHER, name="=1+1", code="x.1", since=DAY, who=boss, now=province.now)
    merge(province, boss, COMMUNE)
    with province.house.reading() as unit:
        text = to_csv(list_areas(unit))
        assert "'=1+1" in text
        plan = plan_import(unit, from_csv(text), who=boss)
        assert (plan.added, plan.changed, plan.absent) == ((), (), ())


@pytest.mark.parametrize(
    "table",
    [
        "name\nXã",
        "path,name\ndt/x,Xã\ndt/x,Xã",
        "path,name,since\ndt/x,Xã,1/7/2025",
        "path,name,code\ndt/x,Xã,mã số",
        "path,name\ndt/x,",
    ],
)
def test_a_bad_table_is_refused_whole(table: str) -> None:
    """A fault names its line or its cell; nothing is half read."""
    with pytest.raises(Unacceptable):
        from_csv(table)


def test_a_commune_imports_only_below_itself(province: Province, boss: Person) -> None:
    """A table with a foreign line is refused, and so is one for a closed area."""
    mayor = province.person("mayor", PersonRole.ADMINISTRATOR, area=COMMUNE)
    with province.house.reading() as unit:
        good = from_csv(f"path,name\n{COMMUNE}/ap-5,Ấp 5\n")
        assert len(plan_import(unit, good, who=mayor).added) == 1
        with pytest.raises(Forbidden):
            plan_import(unit, from_csv(f"path,name\n{OTHER}/ap-5,Ấp 5\n"), who=mayor)
    merge(province, boss, COMMUNE)
    with province.house.reading() as unit, pytest.raises(Unacceptable, match="đã đóng"):
        plan_import(unit, from_csv(f"path,name\n{COMMUNE},Xã\n"), who=boss)


def test_the_tree_shows_what_one_may_see_with_counts(province: Province, boss: Person) -> None:
    """Counts go up the tree; a commune's people see their commune and the names above it, no neighbour."""
    province.appliance("loa", HAMLET)
    viewer = province.person("xem", PersonRole.VIEWER, area=COMMUNE)
    with province.house.reading() as unit:
        top = tree_at(unit, "dt", who=boss)
        assert (top.appliances, top.areas) == (1, 4)
        assert [(c.path, c.appliances) for c in top.children] == [(COMMUNE, 1), (OTHER, 0)]
        assert [c.path for c in top.children[0].children] == [HAMLET]
        assert [c.path for c in tree_at(unit, "dt", who=boss, after=COMMUNE).children] == [OTHER]
        assert [a.path for a in seen_areas(unit, viewer)] == ["dt", COMMUNE, HAMLET]
        assert [a.path for a in find_areas(unit, "ấp", who=viewer)] == [HAMLET]
        assert find_areas(unit, "tân hội", who=viewer) == ()
        with pytest.raises(Forbidden):
            tree_at(unit, "dt", who=viewer)
        with pytest.raises(Forbidden):
            seen_areas(unit, viewer, OTHER)


def test_a_taken_segment_gets_the_old_name_in_front() -> None:
    """Two hamlets of one name find two places, also when the second choice is taken."""
    taken = {"t/c/ap-1", "t/c/a-ap-1"}
    places = relocated(["t/a", "t/a/ap-1", "t/a/ap-1/to-1"], "t/a", "t/c", taken)
    assert places == {"t/a": "t/c", "t/a/ap-1": "t/c/ap-1-2", "t/a/ap-1/to-1": "t/c/ap-1-2/to-1"}


def test_a_merge_keeps_the_library_usable(province: Province, boss: Person, tmp_path: Path) -> None:
    """What the old communes could plan their successor can plan too; playlists are its own from then on."""
    own = entered(province, make_sound(tmp_path / "a.wav"), area=COMMUNE)
    lent = entered(province, make_sound(tmp_path / "b.wav", "sine=880:d=1"), area=HAMLET)
    with province.house.writing() as unit:
        share(unit, lent, OTHER, who=None, now=province.now)
        said = PlaylistSaid(title="Buổi sáng", items=(own,))
        mix = create_playlist(unit, COMMUNE, said, who=None, now=province.now)
    merge(province, boss, COMMUNE, OTHER)
    with province.house.reading() as unit:
        assert unusable(unit, [own, lent], NEW.path) == ()
        assert unusable(unit, [lent], "dt/my-tan/ap-1") == ()
        assert playlist_named(unit, mix.id, who=None).area == NEW.path
