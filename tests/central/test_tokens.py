"""Tokens of other systems: never more than their scopes, their area and the person who made them."""

import asyncio
from collections.abc import Iterator
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import delete, select

from central.app import Central
from central.db.interfaces import SystemTokenRow
from central.db.people import AuditRow, GrantRow, PersonRow
from central.domain.errors import Forbidden, NotFound, NotSignedIn, TooOften, Unacceptable
from central.domain.people import Person, PersonRole, Right
from central.domain.tokens import MOST_SCOPES, REACH, SCOPE_WORDS, Machine, Scope, rights_at
from central.services.tokens import TokenAsked, admit, create_token, list_tokens, revoke_token
from tests.central.setting import COMMUNE, HAMLET, OTHER, Province


@pytest.fixture
def lan(province: Province) -> Person:
    """An administrator of the province who may also edit and publish."""
    return province.person("lan", PersonRole.ADMINISTRATOR, PersonRole.EDITOR)


def made(
    province: Province, who: Person, *scopes: Scope, area: str = COMMUNE, per_minute: int = 300
) -> str:
    """Return a new token."""
    asked = TokenAsked(name="Cổng tỉnh", area=area, scopes=scopes, per_minute=per_minute)
    with province.house.writing() as unit:
        return create_token(unit, asked, who=who, now=province.now).secret


def asked(
    province: Province, token: str, room: str = "contents", *, writes: bool = False
) -> Machine:
    """Return who is admitted by a token in a room."""
    return admit(province.house, token, room=room, writes=writes, now=province.now)


def test_every_scope_has_a_word_and_leads_somewhere() -> None:
    """No scope is empty or nameless; none gives what needs a person."""
    assert set(SCOPE_WORDS) == set(REACH) == set(Scope)
    assert len(Scope) <= MOST_SCOPES
    given = {right for reach in REACH.values() for right in reach.rights}
    assert given.isdisjoint({Right.APPROVE, Right.ALARM, Right.ADMINISTER, Right.INSTALL})
    rooms = {room for reach in REACH.values() for room in reach.rooms}
    assert rooms.isdisjoint({"tokens", "webhooks", "people", "session", "trust"})


def test_a_token_opens_its_rooms_and_no_other(province: Province, lan: Person) -> None:
    """Reading contents neither reads plays nor writes contents; the same with the scope does."""
    token = made(province, lan, Scope.READ_CONTENTS)
    assert asked(province, token).may(Right.VIEW, HAMLET)
    for room, writes in (("plays", False), ("contents", True), ("tokens", False), ("", False)):
        with pytest.raises(Forbidden):
            asked(province, token, room, writes=writes)
    wide = made(province, lan, Scope.READ_PLAYS, Scope.WRITE_CONTENTS)
    assert asked(province, wide, "plays").rights == {Right.VIEW}
    assert asked(province, wide, writes=True).may(Right.EDIT, COMMUNE)
    assert rights_at((Scope.READ_PLAYS,), "plays", writes=True) == frozenset()


def test_a_token_stays_in_its_area(province: Province, lan: Person) -> None:
    """Neither a neighbour nor the province above is reached, and lists cover the area alone."""
    machine = asked(province, made(province, lan, Scope.READ_CONTENTS))
    assert machine.may(Right.VIEW, COMMUNE)
    assert not machine.may(Right.VIEW, OTHER)
    assert not machine.may(Right.VIEW, "dt")
    assert machine.areas(Right.VIEW) == (COMMUNE,)
    assert machine.areas(Right.EDIT) == ()
    with pytest.raises(Forbidden):
        machine.require(Right.VIEW, OTHER)


def test_a_token_is_never_more_than_its_maker_is_now(province: Province, lan: Person) -> None:
    """What is taken from the maker is taken from the token at once; a narrower grant narrows its lists."""
    token = made(province, lan, Scope.WRITE_CONTENTS, area="dt")
    assert asked(province, token, writes=True).may(Right.EDIT, COMMUNE)
    with province.house.writing() as unit:
        unit.session.execute(delete(GrantRow))
        unit.session.add(GrantRow(person_id=lan.id, role="viewer", area=COMMUNE))
    machine = asked(province, token)
    assert not machine.may(Right.EDIT, COMMUNE)
    assert machine.areas(Right.VIEW) == (COMMUNE,)
    with province.house.writing() as unit:
        unit.session.execute(delete(GrantRow))
    assert asked(province, token).areas(Right.VIEW) == ()


def test_a_token_ends_with_its_makers_account(province: Province, lan: Person) -> None:
    """Whoever is locked out asks by no token either; let in again, the token holds as before."""
    token = made(province, lan, Scope.READ_LOG)
    for disabled in (True, False):
        with province.house.writing() as unit:
            unit.session.get_one(PersonRow, lan.id).disabled = disabled
        if disabled:
            with pytest.raises(NotSignedIn):
                asked(province, token, "log")
    asked(province, token, "log")


def test_a_revoked_or_expired_token_is_nobody(province: Province, lan: Person) -> None:
    """It ends at the moment it is revoked, and after its days; before that it holds."""
    token = made(province, lan, Scope.READ_LOG)
    assert asked(province, token, "log").name == "Cổng tỉnh (lan)"
    with province.house.writing() as unit:
        (state,) = list_tokens(unit, ["dt"], now=province.now)
        assert (state.word, state.last_used) == ("đang dùng được", province.now)
        assert revoke_token(unit, state.id, who=lan, now=province.now).word == "đã thu hồi"
        assert revoke_token(unit, state.id, who=lan, now=province.now).revoked == province.now
    with pytest.raises(NotSignedIn):
        asked(province, token, "log")
    other = made(province, lan, Scope.READ_LOG)
    province.clock.pass_by(timedelta(days=364))
    asked(province, other, "log")
    province.clock.pass_by(timedelta(days=1))
    with pytest.raises(NotSignedIn):
        asked(province, other, "log")
    with pytest.raises(NotSignedIn):
        asked(province, "tlk_" + "x" * 43, "log")


def test_a_token_that_asks_too_often_waits(province: Province, lan: Person) -> None:
    """After so many requests in a minute it is told how long to wait, and then goes on; another is not held up."""
    token, other = (made(province, lan, Scope.READ_LOG, per_minute=3) for _ in range(2))
    for _ in range(3):
        asked(province, token, "log")
    with pytest.raises(TooOften) as held:
        asked(province, token, "log")
    assert 1 <= held.value.retry_after_s <= 61
    asked(province, other, "log")
    province.clock.pass_by(timedelta(seconds=held.value.retry_after_s))
    asked(province, token, "log")


def test_only_an_areas_administrator_makes_and_ends_tokens(province: Province, lan: Person) -> None:
    """A commune's administrator sees and touches its own tokens alone; an editor none."""
    made(province, lan, Scope.READ_LOG, area=OTHER)
    binh = province.person("binh", PersonRole.ADMINISTRATOR, area=COMMUNE)
    made(province, binh, Scope.READ_LOG, area=HAMLET)
    with province.house.writing() as unit:
        assert [t.area for t in list_tokens(unit, (COMMUNE,), now=province.now)] == [HAMLET]
        (foreign,) = list_tokens(unit, (OTHER,), now=province.now)
        with pytest.raises(Forbidden):
            revoke_token(unit, foreign.id, who=binh, now=province.now)
        with pytest.raises(NotFound):
            revoke_token(unit, "nope", who=lan, now=province.now)
    with pytest.raises(Forbidden):
        made(province, binh, Scope.READ_LOG, area=OTHER)
    with pytest.raises(Forbidden):
        made(province, province.person("sua", PersonRole.EDITOR), Scope.READ_LOG)
    with pytest.raises(Unacceptable):
        made(province, lan)


def test_nothing_of_a_token_is_kept_that_opens_a_door(province: Province, lan: Person) -> None:
    """The table holds a keyed hash, the audit log the token's id and scopes."""
    token = made(province, lan, Scope.READ_LOG)
    with province.house.reading() as unit:
        row = unit.session.scalars(select(SystemTokenRow)).one()
        told = unit.session.scalars(select(AuditRow.what).where(AuditRow.verb == "create-token"))
        assert token not in repr(vars(row))
        assert [row.id in words and token not in words for words in told] == [True]


def test_tokens_are_listed_page_by_page(province: Province, lan: Person) -> None:
    """Newest first, each once, also where several were made in one instant."""
    for _ in range(5):
        made(province, lan, Scope.READ_LOG)
    seen: list[str] = []
    with province.house.reading() as unit:
        while page := list_tokens(
            unit, ["dt"], now=province.now, before=seen[-1] if seen else "", limit=2
        ):
            seen += [token.id for token in page]
    assert len(seen) == len(set(seen)) == 5


class Api:
    """The whole application, asked in this process."""

    def __init__(self, province: Province) -> None:
        self.app = Central(province.house)

    def ask(self, method: str, path: str, token: str, **more: object) -> httpx.Response:
        """Ask one question with a token."""
        return asyncio.run(self._ask(method, path, token, more))

    async def _ask(
        self, method: str, path: str, token: str, more: dict[str, object]
    ) -> httpx.Response:
        transport = httpx.ASGITransport(app=self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            held = {"authorization": f"Bearer {token}"}
            return await client.request(method, f"/api/v1{path}", headers=held, **more)  # type: ignore[arg-type]


@pytest.fixture
def api(province: Province) -> Iterator[Api]:
    """The application over the province."""
    built = Api(province)
    yield built
    built.app.close()


def test_the_api_takes_a_token_in_its_room(province: Province, lan: Person, api: Api) -> None:
    """Over HTTP: 200 in the room, 403 out of it, 429 with Retry-After when it is too much, 401 once revoked."""
    token = made(province, lan, Scope.READ_AREAS, per_minute=3)
    assert api.ask("GET", "/areas", token).status_code == 200
    assert api.ask("GET", "/log", token).status_code == 403
    assert api.ask("POST", "/areas", token, json={"path": "dt/x", "name": "X"}).status_code == 403
    often = api.ask("GET", "/areas", token)
    assert (often.status_code, often.json()["error"]) == (429, "too-often")
    assert int(often.headers["retry-after"]) >= 1
    with province.house.writing() as unit:
        (state,) = list_tokens(unit, ["dt"], now=province.now)
        revoke_token(unit, state.id, who=lan, now=province.now)
    assert api.ask("GET", "/areas", token).status_code == 401
    assert api.ask("GET", "/tokens", token).status_code == 401


def test_a_token_makes_no_tokens(province: Province, lan: Person, api: Api) -> None:
    """Whatever its scopes, tokens, webhooks and who is signed in are closed to it."""
    token = made(province, lan, *Scope, area="dt")
    wanted = {"name": "a", "area": "dt", "scopes": ["read:log"]}
    assert api.ask("POST", "/tokens", token, json=wanted).status_code == 403
    for path in ("/tokens", "/webhooks", "/me"):
        assert api.ask("GET", path, token).status_code == 403, path
