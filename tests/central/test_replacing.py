"""Replacing a dead appliance: refused before anything is changed, signed only after it was read, resumable."""

from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from central.services.enrolment_papers import prepare_retirement, retire
from central.services.sites import issue_claim, site_named
from contract.documents import Role
from contract.seal import SigningKey
from contract.site import read_site
from provisioning.replacing import CannotReplace, Central, Replaced, replace
from tests.central.enrolling import SITE, Crew

T = TypeVar("T")
ADDRESS = "https://tinh.example.vn"
OLD = """# cột ở chợ, sim 2
central = "https://tinh.example.vn"
claim_code = "{code}"  # đã dùng
name = "cho-ap-1"

[network.wifi]
name = "UBND xa"
password = "mot hai ba bon"

[pins]
on_high = [17]
"""


class OverTheDesk(Central):
    """The real verbs of central, as its API gives them; `says` what was asked, and a paper can be swapped."""

    def __init__(self, crew: Crew) -> None:
        """Ask as the crew's fitter."""
        self.crew, self.says = crew, list[str]()
        self.swapped: bytes | None = None

    def told(self, path: str, wanted: type[T]) -> T:
        """Tell a place."""
        with self.crew.province.house.reading() as unit:
            state = site_named(unit, path.rpartition("/")[2], now=self.crew.province.now)
        return msgspec.json.decode(msgspec.json.encode({"site": state}), type=wanted)

    def sent(self, path: str, body: bytes, wanted: type[T], media: str = "application/json") -> T:
        """Prepare, retire or give a code."""
        self.says.append(path.rpartition("/")[2])
        crew, now = self.crew, self.crew.province.now
        if path.endswith("/prepare"):
            with crew.province.house.reading() as unit:
                paper = prepare_retirement(unit, path.split("/")[4], who=crew.fitter, now=now)
            payload = paper.payload if self.swapped is None else self.swapped
            return msgspec.json.decode(msgspec.json.encode({"payload": payload}), type=wanted)
        with crew.province.house.writing() as unit:
            if path.endswith("/retirement"):
                retire(unit, path.split("/")[4], body, who=crew.fitter, now=now)
                return msgspec.convert({}, wanted)
            hours = msgspec.json.decode(body)["hours"]
            issued = issue_claim(
                unit, path.split("/")[4], who=crew.fitter, now=now, life=timedelta(hours=hours)
            )
        return msgspec.json.decode(msgspec.json.encode(issued), type=wanted)


@pytest.fixture
def desk(crew: Crew) -> OverTheDesk:
    """Central's verbs, and a place with its appliance."""
    return OverTheDesk(crew)


def sure(_place: str, _title: str, _device: str, /) -> None:
    """Say yes."""


def unsure(_place: str, _title: str, _device: str, /) -> None:
    """Say no."""
    raise CannotReplace("no")


def key_of(crew: Crew) -> SigningKey:
    """Return the installer's own key."""
    return crew.province.authority.keys[Role.ASSIGN]


def done(desk: OverTheDesk, out: Path, **how: object) -> Replaced:
    """Replace what stands at the place."""
    asked: dict[str, object] = {
        "key": key_of(desk.crew),
        "old": None,
        "hours": 48,
        "sure": sure,
    } | how
    return replace(desk, SITE, ADDRESS, out, **asked)  # type: ignore[arg-type]


def test_a_dead_appliance_is_retired_and_its_successor_takes_the_place(
    desk: OverTheDesk, tmp_path: Path
) -> None:
    """Retired, a new code on a file that an appliance reads; the newcomer with it stands there, the old one not."""
    old = desk.crew.enrol()
    told = done(desk, tmp_path / "moi.toml")
    site = read_site((tmp_path / "moi.toml").read_text("utf-8"))
    assert told.retired == old.device
    assert (site.central, site.name, site.pins.on_high) == (ADDRESS, SITE, (17,))
    new = type(old)(desk.crew.province)
    new.introduce(site.claim_code)
    assert new.ask().site == SITE
    desk.crew.sign(SITE, new.shown())
    with desk.crew.province.house.reading() as unit:
        assert site_named(unit, SITE, now=desk.crew.province.now).device == new.device


def test_the_old_cards_network_name_and_comments_stay(desk: OverTheDesk, tmp_path: Path) -> None:
    """Of the old file only the code is another."""
    desk.crew.enrol()
    text = OLD.format(code="ABCDE-12345")
    told = done(desk, tmp_path / "moi.toml", old=text)
    made = (tmp_path / "moi.toml").read_text("utf-8")
    assert "mot hai ba bon" in made
    assert "# cột ở chợ, sim 2" in made
    assert read_site(made).claim_code.replace("-", "") == told.claim_code.replace("-", "")


@pytest.mark.parametrize(
    ("old", "why"),
    [
        (OLD.format(code="ABCDE-12345").replace("on_high = [17]", "on_high = [5]"), "pins 17"),
        (OLD.format(code="ABCDE-12345").replace("password", "pasword"), "mended"),
    ],
)
def test_an_old_file_that_no_appliance_would_take_changes_nothing(
    desk: OverTheDesk, tmp_path: Path, old: str, why: str
) -> None:
    """A relay that would not be held off, a word nobody knows: said before the old appliance is retired."""
    desk.crew.enrol()
    with pytest.raises(CannotReplace, match=why):
        done(desk, tmp_path / "moi.toml", old=old)
    assert desk.says == []


def test_without_a_key_or_a_yes_nothing_is_retired(desk: OverTheDesk, tmp_path: Path) -> None:
    """The installer's key signs, and the place's id is typed again."""
    desk.crew.enrol()
    with pytest.raises(CannotReplace, match="--key"):
        done(desk, tmp_path / "moi.toml", key=None)
    with pytest.raises(CannotReplace):
        done(desk, tmp_path / "moi.toml", sure=unsure)
    assert "retirement" not in desk.says
    assert not (tmp_path / "moi.toml").exists()


def test_another_paper_than_the_retirement_is_not_signed(desk: OverTheDesk, tmp_path: Path) -> None:
    """A central that was taken over gives an assignment to be signed: nothing is."""
    old = desk.crew.enrol()
    with desk.crew.province.house.reading() as unit:
        paper = prepare_retirement(
            unit, old.device, who=desk.crew.fitter, now=desk.crew.province.now
        )
    desk.swapped = paper.payload.replace(b'"retired":true', b'"retired":false')
    with pytest.raises(CannotReplace, match="sign nothing"):
        done(desk, tmp_path / "moi.toml")
    assert "retirement" not in desk.says


def test_started_again_it_goes_on(desk: OverTheDesk, tmp_path: Path) -> None:
    """The appliance was retired and the file never written: the second try only asks for the code."""
    old = desk.crew.enrol()
    desk.crew.retire(old.device)
    told = done(desk, tmp_path / "moi.toml", key=None)
    assert told.retired == ""
    assert desk.says == ["claim"]


def test_an_existing_file_is_never_written_over(desk: OverTheDesk, tmp_path: Path) -> None:
    """Said before anything is asked."""
    (tmp_path / "moi.toml").write_text("x")
    with pytest.raises(CannotReplace, match="already"):
        done(desk, tmp_path / "moi.toml")
