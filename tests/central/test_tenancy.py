"""Every route is tried by a stranger of the next commune: what is not theirs is refused, or not there.

The stranger holds every role at their own commune. Each route of the people's API and of the console stands in
`tenants_table`; one that does not makes this red. Where a route names something, it is given what belongs to the other
commune, and whoever works there is let in by the very same request: a refusal for another reason proves nothing.
"""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.central.tenants import World
from tests.central.tenants_table import BARRED, FILTERED, OWN, REFUSED, SHUT

pytestmark = pytest.mark.timeout(120)
_ENDS: tuple[str, ...] = (
    *("disable", "archive", "close", "merge", "split", "retire", "drop", "revoke"),
    *("unplan", "unmatch", "delete", "withdraw", "decline"),
)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory, tone: Path) -> Iterator[World]:
    """Two communes, one of them full of things."""
    world = World(tmp_path_factory.mktemp("tenants"), tone)
    yield world
    world.close()


@pytest.fixture(autouse=True)
def jobs_are_done() -> Iterator[None]:
    """Wait for what a request had done behind it: a voice may take longer than a test's end waits for a thread."""
    yield
    for thread in threading.enumerate():
        if thread.name == "library-jobs":
            thread.join(60)


def is_refused(answer: httpx.Response) -> bool:
    """Return whether somebody was sent away for want of a right, or for want of the thing itself."""
    if answer.status_code in {403, 404}:
        return True
    return answer.status_code in {401, 422} and "không có quyền" in answer.text


def last_things_last(routes: tuple[str, ...]) -> list[str]:
    """Return routes with those at the end that take things away from whoever comes after."""
    return sorted(routes, key=lambda r: (r.startswith("DELETE") or any(w in r for w in _ENDS), r))


def test_every_route_stands_in_the_table_once(world: World) -> None:
    """A route that was added or dropped is added to or dropped from the table, under one heading."""
    told = [*REFUSED, *BARRED, *FILTERED, *SHUT, *OWN]
    there = {f"{method} {path}" for method, path in world.routes()}
    assert sorted(there - set(told)) == [], "not in the table"
    assert sorted(set(told) - there) == [], "not there any more"
    assert len(told) == len(set(told))


def test_the_scene_holds_what_the_table_names(world: World) -> None:
    """Everything that requests name was really made."""
    assert world.missing == []


@pytest.mark.parametrize("route", FILTERED)
def test_a_list_shows_a_stranger_nothing(world: World, route: str) -> None:
    """Neither asked for all nor asked for the other commune does a list or a page tell of it."""
    method, path = route.split(" ")
    where = world.filled(path)
    for query in ({}, world.query_of(method, path)):
        answer = world.ask(world.stranger, method, where, query=query)
        assert answer.status_code < 500
        shown = answer.text.replace(where, "")
        assert [mark for mark in world.marks if mark in shown] == []


@pytest.mark.parametrize("route", SHUT)
def test_what_wants_its_own_body_does_not_succeed(world: World, route: str) -> None:
    """Whatever else is wrong with it, a stranger's request changes nothing."""
    method, path = route.split(" ")
    body = world.body_of(method, path)
    answer = world.ask(world.stranger, method, world.filled(path), body=body)
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("route", BARRED)
def test_what_is_above_both_is_refused(world: World, route: str) -> None:
    """The province's own, and what is not there, is refused to a commune."""
    method, path = route.split(" ")
    answer = world.ask(
        world.stranger,
        method,
        world.filled(path),
        query=world.query_of(method, path),
        body=world.body_of(method, path),
    )
    assert is_refused(answer), answer.text[:300]


@pytest.mark.parametrize("route", last_things_last(REFUSED))
def test_a_stranger_is_refused_where_a_colleague_is_let_in(world: World, route: str) -> None:
    """The same request, for the same thing of one commune: refused to the next one, let in from this one."""
    method, path = route.split(" ")
    where, query = world.filled(path), world.query_of(method, path)
    body = world.body_of(method, path)
    strange = world.ask(world.stranger, method, where, query=query, body=body)
    assert is_refused(strange), f"{strange.status_code} {strange.text[:300]}"
    own = world.ask(world.insider, method, where, query=query, body=body)
    assert own.status_code < 500
    assert own.status_code not in {401, 403, 404}, own.text[:300]


def test_nobody_comes_in_without_signing_in(world: World) -> None:
    """Every route but the door and what is public answers a nobody with the way to the door."""
    let_in = []
    for method, path in world.routes():
        answer = world.ask("khong-co", method, world.filled(path), body={})
        sent_away = answer.status_code in {401, 303, 403, 422, 404, 405}
        at_the_door = "/sign-in" in answer.headers.get("location", "/sign-in")
        if not (sent_away and at_the_door):
            let_in.append(f"{method} {path} {answer.status_code}")
    assert sorted(let_in) == [
        "DELETE /api/v1/session 204",
        "GET /api/v1/openapi.json 200",
        "GET /api/v1/reference 200",
        "GET /console/sign-in 200",
        "POST /console/language 303",
    ]
