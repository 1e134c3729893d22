"""People sign in, hold rights for areas, and are locked out when they guess."""

from datetime import timedelta

import pytest

from central.domain.errors import Conflict, Forbidden, NotSignedIn, Unacceptable
from central.domain.people import Grant, Person, PersonRole, Right
from central.domain.people_states import CodeAsked
from central.domain.states import Declined, SignedIn
from central.services import (
    add_area,
    add_person,
    from_csv,
    import_areas,
    list_areas,
    person_of,
    sign_out,
)
from central.services import sign_in as services_sign_in
from tests.central.setting import COMMUNE, HAMLET, OTHER, PASSWORD, Province


def sign_in(province: Province, password: str) -> SignedIn | CodeAsked | Declined:
    """Sign `lan` in, in a unit of its own."""
    with province.house.writing() as unit:
        return services_sign_in(unit, "lan", password, now=province.now)


def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(province: Province) -> None:
    """After five failures even the right password waits; later it works."""
    province.person("lan")
    answers = [sign_in(province, "sai mật khẩu") for _ in range(5)]
    assert [isinstance(a, Declined) and a.locked for a in answers] == [False] * 4 + [True]
    assert isinstance(sign_in(province, PASSWORD), Declined)
    province.clock.pass_by(timedelta(minutes=16))
    assert isinstance(sign_in(province, PASSWORD), SignedIn)


def test_a_session_ends_by_signing_out_and_by_time(province: Province) -> None:
    """A token is worth nothing after sign-out and after twelve hours."""
    province.person("lan")
    first, second = sign_in(province, PASSWORD), sign_in(province, PASSWORD)
    assert isinstance(first, SignedIn)
    assert isinstance(second, SignedIn)
    with province.house.writing() as unit:
        assert person_of(unit, first.token, now=province.now).name == "lan"
        sign_out(unit, first.token)
        with pytest.raises(NotSignedIn):
            person_of(unit, first.token, now=province.now)
        assert person_of(unit, second.token, now=province.now).name == "lan"
        with pytest.raises(NotSignedIn):
            person_of(unit, second.token, now=province.clock.pass_by(timedelta(hours=13)))


def test_a_short_password_and_a_taken_name_are_refused(province: Province) -> None:
    """Ten characters are the least, and a name is given once."""
    with province.house.writing() as unit:
        with pytest.raises(Unacceptable, match="ít nhất 10"):
            add_person(unit, "ba", "ngắn", who=None, now=province.now)
        add_person(unit, "ba", PASSWORD, who=None, now=province.now)
        with pytest.raises(Conflict):
            add_person(unit, "ba", PASSWORD, who=None, now=province.now)


@pytest.mark.parametrize(
    ("role", "right", "may"),
    [
        (PersonRole.EDITOR, Right.EDIT, True),
        (PersonRole.EDITOR, Right.APPROVE, False),
        (PersonRole.APPROVER, Right.APPROVE, True),
        (PersonRole.APPROVER, Right.EDIT, False),
        (PersonRole.EMERGENCY, Right.ALARM, True),
        (PersonRole.ADMINISTRATOR, Right.ALARM, False),
        (PersonRole.VIEWER, Right.COMMAND, False),
    ],
)
def test_a_role_gives_its_rights_and_no_others(role: PersonRole, right: Right, may: bool) -> None:
    """Editing, approving and alarming are different people's powers."""
    person = Person(id=1, name="lan", grants=(Grant(role=role, area=COMMUNE),))
    assert person.may(right, COMMUNE) is may


def test_a_right_holds_below_its_area_and_nowhere_else() -> None:
    """A commune's editor edits its hamlets, not the neighbour and not the province."""
    person = Person(id=1, name="lan", grants=(Grant(role=PersonRole.EDITOR, area=COMMUNE),))
    assert person.may(Right.EDIT, HAMLET)
    for area in (OTHER, "dt", "dt/my-phong-2"):
        with pytest.raises(Forbidden, match="lan không có quyền"):
            person.require(Right.EDIT, area)


def test_areas_come_from_csv_whole_or_not_at_all(province: Province) -> None:
    """A CSV is sorted parents first; a missing parent or a bad path undoes all of it."""
    areas = from_csv("\ufeffpath,name\ndt/a/b,Ấp B\ndt/a,Xã A\n")
    with province.house.writing() as unit:
        assert import_areas(unit, areas, who=None, now=province.now) == (2, 0)
    with (
        pytest.raises(Unacceptable, match="cấp trên"),
        province.house.writing() as unit,
    ):
        import_areas(
            unit, from_csv("path,name\ndt/c,Xã C\nkg/x,Xã X\n"), who=None, now=province.now
        )
    with pytest.raises(Unacceptable, match="không đúng"):
        from_csv("path,name\nDT/Mỹ Phong,Xã\n")
    with province.house.reading() as unit:
        assert "dt/c" not in [a.path for a in list_areas(unit)]
        assert [a.path for a in list_areas(unit, "dt/a")] == ["dt/a", "dt/a/b"]


def test_an_area_is_added_once_and_below_its_administrator(province: Province) -> None:
    """Adding twice conflicts; a commune's administrator adds no commune."""
    boss = province.person("boss", PersonRole.ADMINISTRATOR, area=COMMUNE)
    with province.house.writing() as unit:
        add_area(unit, f"{COMMUNE}/ap-2", "Ấp 2", who=boss, now=province.now)
        with pytest.raises(Conflict):
            add_area(unit, f"{COMMUNE}/ap-2", "Ấp 2", who=boss, now=province.now)
        with pytest.raises(Forbidden):
            add_area(unit, "dt/xa-moi", "Xã Mới", who=boss, now=province.now)
