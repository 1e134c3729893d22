"""What stands before every page."""

import pytest

from central.console.guard import host_names
from central.domain.people import PersonRole
from tests.central.console.visiting import HOST, Visit
from tests.central.setting import Province


@pytest.fixture
def visit(province: Province) -> Visit:
    """Somebody who is signed in with every role."""
    province.person("lan", *PersonRole)
    visit = Visit(province.house)
    assert visit.sign_in("lan").status_code == 303
    return visit


@pytest.mark.refusal(58)
@pytest.mark.parametrize(
    "host", ["evil.example", "127.0.0.1.evil.example", "", "[::1", "127.0.0.2"]
)
def test_a_name_that_is_not_ours_is_refused(visit: Visit, host: str) -> None:
    """A request for another host (a re-pointed name) is refused before any page is asked."""
    assert visit.ask("GET", "/", headers={"host": host}).status_code == 421


@pytest.mark.refusal_twin(58)
@pytest.mark.parametrize("host", [HOST, "localhost:9", "[::1]:8000"])
def test_our_own_names_are_answered(visit: Visit, host: str) -> None:
    """The public name, the listening address and loopback are answered, on whatever port."""
    assert visit.ask("GET", "/key", headers={"host": host}).status_code == 200


def test_the_public_name_is_one_of_ours() -> None:
    """The host of the public address may be called, its port and path do not matter."""
    assert "loa.dongthap.gov.vn" in host_names("https://loa.dongthap.gov.vn:443/", "0.0.0.0")


@pytest.mark.refusal(58)
@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "none"},
    ],
)
def test_a_foreign_post_is_refused(visit: Visit, headers: dict[str, str]) -> None:
    """A post whose Origin is not this host, or that cannot show where it came from, changes nothing."""
    form = {"csrf": visit.csrf}
    assert visit.ask("POST", "/sign-out", data=form, headers=headers).status_code == 403
    assert visit.get("/key").status_code == 200


@pytest.mark.refusal_twin(58)
@pytest.mark.parametrize(
    "headers", [{"origin": f"http://{HOST}"}, {"sec-fetch-site": "same-origin"}]
)
def test_a_post_of_our_own_page_is_taken(visit: Visit, headers: dict[str, str]) -> None:
    """A post with our own Origin, or vouched for by Fetch Metadata, is taken."""
    answer = visit.ask("POST", "/sign-out", data={"csrf": visit.csrf}, headers=headers)
    assert answer.status_code == 303


@pytest.mark.parametrize("token", ["", "0" * 64, "é"])
def test_a_post_without_the_sessions_token_is_refused(visit: Visit, token: str) -> None:
    """Origin alone is not enough: the session's own token must come with the post."""
    headers = {"origin": f"http://{HOST}"}
    answer = visit.ask("POST", "/sign-out", data={"csrf": token}, headers=headers)
    assert answer.status_code == 403
    assert visit.get("/key").status_code == 200


def test_the_token_of_another_session_is_refused(visit: Visit, province: Province) -> None:
    """A token is good for its own session only."""
    other = Visit(province.house)
    other.sign_in("lan")
    headers = {"origin": f"http://{HOST}"}
    answer = other.ask("POST", "/sign-out", data={"csrf": visit.csrf}, headers=headers)
    assert answer.status_code == 403


def test_every_answer_carries_the_policy(visit: Visit) -> None:
    """Pages, files and refusals all carry the strict policy, and pages are not kept by caches."""
    for path in ("/", "/static/base.css", "/no-such-page", "/sign-in"):
        headers = visit.get(path).headers
        assert headers["content-security-policy"].startswith("default-src 'self';"), path
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    assert visit.get("/").headers["cache-control"] == "no-store"


def test_the_session_cookie_is_out_of_reach(province: Province) -> None:
    """The cookie is HttpOnly and SameSite=Strict, and holds no more than the random token."""
    province.person("lan", PersonRole.VIEWER)
    visit = Visit(province.house)
    visit.get("/sign-in")
    answer = visit.post("/sign-in", {"name": "lan", "password": "mật khẩu đủ dài"})
    cookie = next(c for c in answer.headers.get_list("set-cookie") if c.startswith("tienglang="))
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
