"""Administrators invite, grant, revoke, lock and reset within their own areas, and nowhere else."""

import pytest

from central.domain.errors import Conflict, Forbidden, NotFound, NotSignedIn, Unacceptable
from central.domain.people import Grant, Person, PersonRole, Profile, Right
from central.domain.people_states import Invited, Step
from central.domain.states import Declined, SignedIn
from central.services import grant, person_of, sign_in
from central.services.people import standing_of
from central.services.people_accounts import (
    change_person,
    disable,
    enable,
    grant_to,
    invite,
    reset_password,
    revoke,
)
from central.services.people_own import change_own_password, change_own_profile, profile_of
from central.services.people_reading import list_people, person_named
from tests.central.setting import COMMUNE, HAMLET, OTHER, PASSWORD, Province

NEW = "bốn từ ghép lại dài"


def invited(
    province: Province,
    who: Person,
    name: str = "cong.tac",
    *roles: PersonRole,
    area: str = COMMUNE,
) -> Invited:
    """Invite somebody to `area`."""
    profile = Profile(full_name="Trần Cộng Tác", department="Trạm y tế", area=area)
    with province.house.writing() as unit:
        return invite(unit, name, profile=profile, roles=roles, who=who, now=province.now)


def enter(province: Province, name: str, password: str) -> SignedIn:
    """Sign in."""
    with province.house.writing() as unit:
        answer = sign_in(unit, name, password, now=province.now)
    assert isinstance(answer, SignedIn)
    return answer


@pytest.fixture
def mayor(province: Province) -> Person:
    """The commune's administrator."""
    return province.person("mayor", PersonRole.ADMINISTRATOR, area=COMMUNE)


@pytest.fixture
def boss(province: Province) -> Person:
    """The province's administrator."""
    return province.person("boss", PersonRole.ADMINISTRATOR)


def test_a_contributor_contributes_and_nothing_else() -> None:
    """The role of a department's contributor gives seeing and contributing; editors contribute too."""
    person = Person(
        id=1,
        name="lan",
        grants=(Grant(role=PersonRole.CONTRIBUTOR, area=COMMUNE),),
    )
    held = {right for right in Right if person.may(right, HAMLET)}
    assert held == {Right.VIEW, Right.CONTRIBUTE}
    with pytest.raises(Forbidden, match="soạn tin"):
        person.require(Right.CONTRIBUTE, OTHER)


def test_an_invited_person_changes_the_password_before_anything_else(
    province: Province, mayor: Person
) -> None:
    """The one-time password opens a session that is worth nothing until the password is changed."""
    made = invited(province, mayor, "cong.tac", PersonRole.CONTRIBUTOR)
    session = enter(province, "cong.tac", made.password)
    with province.house.reading() as unit:
        assert standing_of(unit, session.token, now=province.now) is Step.NEW_PASSWORD
        with pytest.raises(NotSignedIn, match="đổi mật khẩu"):
            person_of(unit, session.token, now=province.now)
        who = person_of(unit, session.token, now=province.now, settling=True)
    with province.house.writing() as unit:
        again = change_own_password(
            unit, session.token, made.password, made.password, who=who, now=province.now
        )
        assert isinstance(again, Declined)
        assert (
            change_own_password(unit, session.token, made.password, NEW, who=who, now=province.now)
            is None
        )
    with province.house.reading() as unit:
        person = person_of(unit, session.token, now=province.now)
        assert person.may(Right.CONTRIBUTE, HAMLET)
        assert person.full_name == "Trần Cộng Tác"


def test_a_commune_administrator_keeps_to_the_commune(province: Province, mayor: Person) -> None:
    """Inviting, granting and seeing end at the border of the commune."""
    with pytest.raises(Forbidden):
        invited(province, mayor, "xa.la", area=OTHER)
    made = invited(province, mayor, "xa.nha", PersonRole.EDITOR)
    outsider = province.person("nguoi.la", PersonRole.VIEWER, area=OTHER)
    with province.house.writing() as unit:
        grant_to(unit, made.id, PersonRole.EMERGENCY, HAMLET, who=mayor, now=province.now)
        for area in ("dt", OTHER):
            with pytest.raises(Forbidden):
                grant_to(unit, made.id, PersonRole.VIEWER, area, who=mayor, now=province.now)
        with pytest.raises(NotFound):
            grant_to(unit, outsider.id, PersonRole.VIEWER, COMMUNE, who=mayor, now=province.now)
        with pytest.raises(NotFound):
            person_named(unit, outsider.id, who=mayor, now=province.now)
        names = [p.name for p in list_people(unit, who=mayor, now=province.now)]
    assert names == ["mayor", "xa.nha"]


def test_nobody_gives_themselves_a_role(province: Province, mayor: Person, boss: Person) -> None:
    """A role for oneself needs another administrator."""
    with province.house.writing() as unit:
        with pytest.raises(Forbidden, match="tự cấp quyền"):
            grant(unit, "mayor", PersonRole.EMERGENCY, COMMUNE, who=mayor, now=province.now)
        grant(unit, "mayor", PersonRole.EMERGENCY, COMMUNE, who=boss, now=province.now)
        with pytest.raises(Forbidden, match="tự rút quyền"):
            revoke(unit, boss.id, PersonRole.ADMINISTRATOR, "dt", who=boss, now=province.now)


def test_an_account_that_reaches_further_is_managed_from_above(
    province: Province, mayor: Person, boss: Person
) -> None:
    """Whoever could reset a wider account's password could act everywhere it may; grants here can still be taken."""
    made = invited(province, mayor, "hai.xa", PersonRole.EDITOR)
    with province.house.writing() as unit:
        grant_to(unit, made.id, PersonRole.VIEWER, OTHER, who=boss, now=province.now)
        for deed in (disable, enable, reset_password):
            with pytest.raises(Forbidden, match="cấp trên"):
                deed(unit, made.id, who=mayor, now=province.now)
        state = person_named(unit, made.id, who=mayor, now=province.now)
        assert not state.managed
        assert [g.area for g in state.grants] == [COMMUNE]
        assert person_named(unit, made.id, who=boss, now=province.now).managed
        revoke(unit, made.id, PersonRole.EDITOR, COMMUNE, who=mayor, now=province.now)
        with pytest.raises(NotFound):
            revoke(unit, made.id, PersonRole.EDITOR, COMMUNE, who=mayor, now=province.now)


def test_the_last_administrator_of_a_root_stays(province: Province, boss: Person) -> None:
    """Neither taking the role nor locking the account may leave the province without an administrator."""
    second = province.person("second", PersonRole.ADMINISTRATOR)
    with province.house.writing() as unit:
        disable(unit, second.id, who=boss, now=province.now)
        with pytest.raises(Conflict, match="cuối cùng"):
            revoke(unit, boss.id, PersonRole.ADMINISTRATOR, "dt", who=second, now=province.now)
        with pytest.raises(Conflict, match="cuối cùng"):
            revoke(unit, boss.id, PersonRole.ADMINISTRATOR, "dt", who=None, now=province.now)
        enable(unit, second.id, who=boss, now=province.now)
        revoke(unit, boss.id, PersonRole.ADMINISTRATOR, "dt", who=second, now=province.now)


def test_a_disabled_person_is_out_at_once(province: Province, mayor: Person) -> None:
    """Locking ends the sessions and refuses the password; opening again lets in again."""
    made = invited(province, mayor)
    session = enter(province, "cong.tac", made.password)
    with province.house.writing() as unit:
        disable(unit, made.id, who=mayor, now=province.now)
        assert standing_of(unit, session.token, now=province.now) is Step.PASSWORD
        refused = sign_in(unit, "cong.tac", made.password, now=province.now)
        assert isinstance(refused, Declined)
        enable(unit, made.id, who=mayor, now=province.now)
        assert isinstance(sign_in(unit, "cong.tac", made.password, now=province.now), SignedIn)


def test_a_reset_password_is_new_and_must_be_changed(province: Province, mayor: Person) -> None:
    """The old password and the old sessions are over; two resets give different passwords."""
    made = invited(province, mayor)
    old = enter(province, "cong.tac", made.password)
    with province.house.writing() as unit:
        first = reset_password(unit, made.id, who=mayor, now=province.now)
        assert first.password != made.password
        assert standing_of(unit, old.token, now=province.now) is Step.PASSWORD
        assert isinstance(sign_in(unit, "cong.tac", made.password, now=province.now), Declined)
        session = sign_in(unit, "cong.tac", first.password, now=province.now)
        assert isinstance(session, SignedIn)
        assert standing_of(unit, session.token, now=province.now) is Step.NEW_PASSWORD


def test_a_profile_is_changed_in_one_spelling(province: Province, mayor: Person) -> None:
    """Decomposed letters become composed ones; signs that turn text around and bad addresses are refused."""
    made = invited(province, mayor)
    good = Profile(full_name="Nguye\u0302\u0303n  Lan 🎉", email="lan@vi-du.vn", area=HAMLET)
    with province.house.writing() as unit:
        change_person(unit, made.id, good, who=mayor, now=province.now)
        state = person_named(unit, made.id, who=mayor, now=province.now)
        assert (state.full_name, state.area) == ("Nguyễn Lan 🎉", HAMLET)
        for bad in (
            Profile(full_name="", area=HAMLET),
            Profile(full_name="Lan\u202enaL", area=HAMLET),
            Profile(full_name="Lan", email="không phải", area=HAMLET),
        ):
            with pytest.raises(Unacceptable):
                change_person(unit, made.id, bad, who=mayor, now=province.now)


@pytest.mark.parametrize("name", ["Lan Nguyễn", "lаn", "a/b", "", "x" * 41])
def test_a_login_name_is_plain(province: Province, mayor: Person, name: str) -> None:
    """Letters that look like others, spaces and signs are no part of a name to sign in with."""
    with pytest.raises(Unacceptable):
        invited(province, mayor, name)


@pytest.mark.parametrize("password", ["ngắn", "mayor-12345", "password123", "aaaaaaaaaaaa"])
def test_a_password_that_is_guessed_first_is_refused(
    province: Province, mayor: Person, password: str
) -> None:
    """Short ones, one's own name, keyboard rows and one letter repeated are no passwords."""
    session = enter(province, "mayor", PASSWORD)
    with province.house.writing() as unit, pytest.raises(Unacceptable):
        change_own_password(unit, session.token, PASSWORD, password, who=mayor, now=province.now)


def test_a_wrong_old_password_counts_towards_the_lock(province: Province, mayor: Person) -> None:
    """A stolen session is not a way to try passwords for ever."""
    session = enter(province, "mayor", PASSWORD)
    with province.house.writing() as unit:
        answers = [
            change_own_password(unit, session.token, "đoán", NEW, who=mayor, now=province.now)
            for _ in range(5)
        ]
        assert [a is not None and a.locked for a in answers] == [False] * 4 + [True]
        right = change_own_password(unit, session.token, PASSWORD, NEW, who=mayor, now=province.now)
        assert right is not None
        assert right.locked


def test_a_person_sees_and_changes_their_own_profile(province: Province, mayor: Person) -> None:
    """Name and address are one's own to change; where one belongs is not."""
    with province.house.writing() as unit:
        change_own_profile(unit, full_name="Lê Thị Trưởng", email="", who=mayor, now=province.now)
        profile = profile_of(unit, who=mayor)
    assert profile.full_name == "Lê Thị Trưởng"
    assert [(g.word, g.area_name) for g in profile.grants] == [("quản trị", "Xã Mỹ Phong")]
    assert not profile.second_factor_required


def test_people_are_found_by_words_role_and_place_page_by_page(
    province: Province, mayor: Person, boss: Person
) -> None:
    """A list is in the order of names, goes on after the last one, and narrows by what is asked."""
    for n in range(3):
        invited(province, mayor, f"nguoi.{n}", PersonRole.EDITOR)
    invited(province, boss, "tinh.1", PersonRole.VIEWER, area="dt")
    with province.house.reading() as unit:

        def names(**asked: object) -> list[str]:
            found = list_people(unit, who=boss, now=province.now, **asked)  # type: ignore[arg-type]
            return [p.name for p in found]

        assert names(limit=2) == ["boss", "mayor"]
        assert names(after="mayor", limit=2) == ["nguoi.0", "nguoi.1"]
        assert names(role=PersonRole.EDITOR) == ["nguoi.0", "nguoi.1", "nguoi.2"]
        assert names(area=COMMUNE, text="Tram tế") == ["nguoi.0", "nguoi.1", "nguoi.2"]
        assert names(text="TINH.1") == ["tinh.1"]
        with pytest.raises(Forbidden):
            list_people(unit, who=mayor, now=province.now, area="dt")
