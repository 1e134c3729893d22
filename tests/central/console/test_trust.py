"""The page of who may do what: people, areas and ends as central judges by them, for comparing and nothing else.

Pictures are saved where `CONSOLE_PICTURES` names a folder.
"""

import html
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import sync_playwright

from central.domain.people import PersonRole
from central.services import add_person, grant
from central.services.console_views import trust_view
from contract.documents import Role, Threshold
from contract.enrolment import fingerprint
from contract.testing import Authority
from tests.central.console.browsing import WIDTHS, desk, launch
from tests.central.console.looking import faults_of
from tests.central.console.visiting import Visit
from tests.central.serving import Served
from tests.central.setting import COMMUNE, PASSWORD, Province, real_now

PICTURES = os.environ.get("CONSOLE_PICTURES")


def people(authority: Authority) -> None:
    """Enter a province's people: two for emergencies, one whose key ends soon, one of a commune."""
    authority.add_key(Role.EMERGENCY, holder="Chủ tịch Nguyễn Văn Hòa")
    lan = authority.add_key(Role.APPROVE, holder="Trần Thị Lan")
    authority.add_key(Role.EMERGENCY, holder="Trần Thị Lan", key=lan)
    soon = authority.now + timedelta(days=20)
    authority.add_key(Role.EMERGENCY, COMMUNE, holder="Lê Văn Minh", not_after=soon)
    rule = Threshold(role=Role.EMERGENCY, area="dt", count=2)
    authority.keyring = msgspec.structs.replace(
        authority.keyring, epoch=authority.keyring.epoch + 1, thresholds=(rule,)
    )


@pytest.fixture
def visit(province: Province) -> Visit:
    """Somebody who may look and nothing else."""
    province.person("lan", PersonRole.VIEWER)
    visit = Visit(province.house)
    assert visit.sign_in("lan").status_code == 303
    return visit


def test_everybody_signed_in_sees_who_may_do_what(province: Province, visit: Visit) -> None:
    """Areas by name, roles in words, how many must sign, each person with the whole fingerprint."""
    people(province.authority)
    province.keep_keyring()
    text = html.unescape(visit.get("/trust").text)
    for words in ("Tỉnh Đồng Tháp", "Xã Mỹ Phong", "phát khẩn cấp", "2 người ký", "Trần Thị Lan"):
        assert words in text
    for key in province.authority.keyring.keys:
        assert all(f"<span>{group}</span>" in text for group in fingerprint(key.key).split())
    assert "PRIVATE" not in text
    assert Visit(province.house).get("/trust").status_code == 303


def test_what_ends_soon_is_told_and_what_has_ended(province: Province, visit: Visit) -> None:
    """Nothing to tell on the first day; a key's last weeks in one colour, a link that has run out in the other."""
    assert "sắp hết hạn" not in visit.get("/trust").text
    people(province.authority)
    province.keep_keyring()
    text = html.unescape(visit.get("/trust").text)
    assert "sắp hết hạn: 12/12/2026" in text
    assert "Hẹn ngày làm lễ trao khóa" in text
    later = province.now + timedelta(days=366)
    with province.house.reading() as unit:
        view = trust_view(unit, now=later)
    assert {link.name for link in view.links if link.tone == "bad"} == {"targets", "keyring"}
    assert (view.stamped_tone, view.tone) == ("bad", "bad")


def test_the_page_tells_when_the_server_last_stamped(province: Province) -> None:
    """Daily is well; a timestamp of days ago is marked before it runs out."""
    with province.house.reading() as unit:
        assert trust_view(unit, now=province.now).stamped == province.now
        fresh = trust_view(unit, now=province.now + timedelta(hours=30))
        old = trust_view(unit, now=province.now + timedelta(days=3))
    assert (fresh.stamped_tone, old.stamped_tone) == ("ok", "warn")


@pytest.fixture(params=sorted(WIDTHS))
def width(request: pytest.FixtureRequest) -> int:
    """A phone's width, then a desk's."""
    found: int = request.param
    return found


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Served]:
    """A served province with people in its keyring."""
    authority = Authority.make("dt", now=real_now())
    people(authority)
    province = Province(tmp_path / "site", authority)
    with province.house.writing() as unit:
        add_person(unit, "lan.nguyen", PASSWORD, who=None, now=province.now)
        grant(unit, "lan.nguyen", PersonRole.VIEWER, "dt", who=None, now=province.now)
    province.house.close()
    served = Served(tmp_path / "site" / "central.toml", authority)
    served.start()
    yield served
    served.stop()


def test_it_is_read_on_a_phone_and_on_a_desk(scene: Served, width: int) -> None:
    """The page is reached from the account's sheet, fits its screen, has no barrier, and speaks English too."""
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for dark in (False, True):
            with desk(browser, scene.url, width, dark=dark) as found:
                found.sign_in()
                found.page.locator(".me > summary").click()
                found.page.get_by_role("link", name="Ai được làm gì").click()
                found.page.get_by_role("heading", name="Ai được làm gì").wait_for()
                assert found.fits()
                assert faults_of(found.page) == []
                assert found.complaints == []
                if PICTURES:
                    name = f"console-trust-{'dark-' if dark else ''}{width}.png"
                    found.shoot(Path(PICTURES) / name, tallest=4_000)
        browser.close()
