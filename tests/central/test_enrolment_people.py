"""What people see of appliances that wait, and what they may say to them: by their area, in words, written down."""

from collections.abc import Callable

import pytest
from sqlalchemy import select

from central.db.people import AuditRow
from central.db.sites import EnrolmentRow
from central.domain.errors import Conflict, Forbidden, NotFound, Unacceptable
from central.domain.people import PersonRole
from central.domain.sites import SiteState
from central.services import enrolment
from central.services.enrolment_papers import prepare_assignment, prepare_retirement, retire
from central.services.sites import site_named, site_row
from contract.enrolment import Standing
from contract.seal import SigningKey
from tests.central.enrolling import SECOND, SITE, Crew, Newcomer, somebody
from tests.central.setting import HAMLET


def place(crew: Crew, site: str = SITE) -> SiteState:
    """Return a planned place."""
    with crew.province.house.reading() as unit:
        return site_named(unit, site, now=crew.province.now)


def refuse(crew: Crew, newcomer: Newcomer, why: str = "máy lạ") -> None:
    """Refuse an appliance as the administrator."""
    with crew.province.house.writing() as unit:
        enrolment.refuse(unit, newcomer.device, why, who=crew.admin, now=crew.province.now)


def written(crew: Crew) -> list[tuple[str, str, str]]:
    """Return who did what, from the log of deeds."""
    with crew.province.house.reading() as unit:
        rows = unit.session.scalars(select(AuditRow).order_by(AuditRow.id))
        return [(row.who, row.verb, row.what) for row in rows]


def test_who_waits_is_seen_by_whom_it_concerns(crew: Crew) -> None:
    """One with a place is seen by who installs there and by nobody of another commune; strangers come after it."""
    placed, stranger = Newcomer(crew.province), Newcomer(crew.province)
    crew.scan(placed)
    for newcomer in (placed, stranger):
        newcomer.introduce()
    with crew.province.house.reading() as unit:
        seen = [
            [state.device for state in enrolment.pending(unit, who)]
            for who in (
                crew.admin,
                crew.fitter,
                somebody("tho.kia", PersonRole.TECHNICIAN, "dt/tan-hoi"),
                somebody("xa.kia", PersonRole.ADMINISTRATOR, "dt/tan-hoi"),
            )
        ]
    assert seen == [[placed.device, stranger.device], [placed.device], [], [stranger.device]]


def test_a_place_shows_the_appliance_that_is_expected_or_stands_there(crew: Crew) -> None:
    """Vacant, or scanned and not called, it shows none; then the one that called, which stays when it stands there."""
    newcomer = Newcomer(crew.province)
    seen = []

    def look() -> None:
        with crew.province.house.reading() as unit:
            asked = enrolment.enrolment_at(unit, site_named(unit, SITE, now=crew.province.now))
        seen.append(None if asked is None else asked.device)

    look()
    crew.scan(newcomer)
    look()
    newcomer.introduce()
    look()
    crew.sign(SITE, newcomer.shown())
    look()
    assert seen == [None, None, newcomer.device, newcomer.device]


def test_a_matched_appliance_is_refused_by_an_administrator_of_its_place(crew: Crew) -> None:
    """Who only installs there may not; refused, the place is free and the next one is taken without a word."""
    newcomer, following = Newcomer(crew.province), Newcomer(crew.province)
    crew.scan(newcomer)
    newcomer.introduce()
    now, commune = crew.province.now, somebody("xa", PersonRole.ADMINISTRATOR, "dt/my-phong")
    with crew.province.house.writing() as unit, pytest.raises(Forbidden):
        enrolment.refuse(unit, newcomer.device, "lạ", who=crew.fitter, now=now)
    with crew.province.house.writing() as unit:
        state = enrolment.refuse(unit, newcomer.device, "lạ", who=commune, now=now)
    assert (state.site, state.refused, state.refused_by) == (None, now, "xa")
    assert place(crew).matched is None
    crew.scan(following)
    assert following.introduce().standing is Standing.MATCHED


def test_a_stranger_is_refused_by_the_province_alone(crew: Crew, newcomer: Newcomer) -> None:
    """One without a place is no commune's affair, also not its administrator's."""
    newcomer.introduce()
    commune = somebody("xa", PersonRole.ADMINISTRATOR, "dt/my-phong")
    with crew.province.house.writing() as unit, pytest.raises(Forbidden, match="của tỉnh"):
        enrolment.refuse(unit, newcomer.device, "lạ", who=commune, now=crew.province.now)
    refuse(crew, newcomer)
    assert newcomer.ask().standing is Standing.REFUSED


def test_one_that_stands_somewhere_keeps_its_place_when_it_is_refused(crew: Crew) -> None:
    """A refusal takes nothing from an appliance in service: only a signed retirement does."""
    old = crew.enrol()
    refuse(crew, old)
    assert (place(crew).device, old.ask().standing) == (old.device, Standing.ASSIGNED)


@pytest.mark.parametrize("why", ["", "   ", "x" * 201])
def test_a_refusal_without_a_fitting_reason_is_none(
    crew: Crew, newcomer: Newcomer, why: str
) -> None:
    """No reason, or one longer than its page shows, refuses nobody."""
    newcomer.introduce()
    with pytest.raises(Unacceptable) as refused:
        refuse(crew, newcomer, why)
    assert (refused.value.code, newcomer.ask().standing) == ("bad-reason", Standing.WAITING)


@pytest.mark.parametrize("why", ["x", " x ", "y" * 200])
def test_a_reason_of_one_to_two_hundred_letters_is_told(
    crew: Crew, newcomer: Newcomer, why: str
) -> None:
    """The shortest and the longest reason reach the appliance's page."""
    newcomer.introduce()
    refuse(crew, newcomer, why)
    assert newcomer.ask().why.endswith(f": {why.strip()}")


def test_confirming_and_refusing_are_written_down(crew: Crew, newcomer: Newcomer) -> None:
    """Who compared the digits, and who refused whom and why, stands in the log of deeds."""
    newcomer.introduce()
    refuse(crew, newcomer)
    placed = crew.enrol()
    assert {
        ("quan.tri", "refuse-enrolment", f"{newcomer.device} máy lạ"),
        ("tho.lap", "confirm-code", f"{SITE} {placed.device}"),
    } <= set(written(crew))


# --- papers ---------------------------------------------------------------------------------------


# What keeps a place from having its paper prepared; each returns the digits to try.


def nobody(crew: Crew, newcomer: Newcomer) -> str:
    newcomer.introduce()
    return "000 000"


def not_called(crew: Crew, newcomer: Newcomer) -> str:
    crew.scan(newcomer)
    newcomer.ask()
    return newcomer.shown()


def refused_meanwhile(crew: Crew, newcomer: Newcomer) -> str:
    crew.scan(newcomer)
    newcomer.introduce()
    with crew.province.house.writing() as unit:  # as when a refusal and a scan cross each other
        unit.session.get_one(EnrolmentRow, newcomer.device).refused = crew.province.now
    return newcomer.shown()


def another_key(crew: Crew, newcomer: Newcomer) -> str:
    crew.scan(newcomer)
    newcomer.introduce()
    with crew.province.house.writing() as unit:
        site_row(unit, SITE).matched_key = SigningKey.generate().public
    return newcomer.shown()


def empty_title(crew: Crew, newcomer: Newcomer) -> str:
    crew.scan(newcomer)
    newcomer.introduce()
    with crew.province.house.writing() as unit:  # as an older version may have let it in
        site_row(unit, SITE).title = ""
    return newcomer.shown()


@pytest.mark.parametrize(
    ("unready", "kind", "code"),
    [
        (nobody, Conflict, "not-matched"),
        (not_called, Conflict, "not-called"),
        (refused_meanwhile, Conflict, "device-refused"),
        (another_key, Conflict, "wrong-key"),
        (empty_title, Unacceptable, "bad-assignment"),
    ],
)
def test_no_paper_is_prepared_before_all_is_ready(
    crew: Crew,
    newcomer: Newcomer,
    unready: Callable[[Crew, Newcomer], str],
    kind: type[Conflict],
    code: str,
) -> None:
    """Each thing that is missing has its own answer, and nothing is given out to be signed."""
    digits = unready(crew, newcomer)
    now = crew.province.now
    with crew.province.house.reading() as unit, pytest.raises(kind) as refused:
        prepare_assignment(unit, SITE, digits, who=crew.fitter, now=now)
    assert refused.value.code == code
    crew.enrol(SECOND)


def test_a_living_paper_retires_nobody(crew: Crew) -> None:
    """A newer assignment that does not say retired is not taken as a retirement, though it is validly signed."""
    old, now = crew.enrol(), crew.province.now
    living = crew.province.authority.assign(old.key.public, HAMLET, epoch=2)
    with crew.province.house.writing() as unit, pytest.raises(Unacceptable) as refused:
        retire(unit, old.device, living, who=crew.fitter, now=now)
    assert (refused.value.code, old.ask().standing) == ("other-paper", Standing.ASSIGNED)


def test_who_is_retired_is_not_retired_again(crew: Crew) -> None:
    """The second time there is no paper to sign; nor is there one for an appliance that was never ours."""
    old, stranger, now = crew.enrol(), Newcomer(crew.province), crew.province.now
    crew.retire(old.device)
    with crew.province.house.reading() as unit, pytest.raises(Conflict) as refused:
        prepare_retirement(unit, old.device, who=crew.fitter, now=now)
    assert refused.value.code == "already-retired"
    sealed = crew.province.authority.assign(stranger.key.public, HAMLET)
    with crew.province.house.writing() as unit, pytest.raises(NotFound):
        retire(unit, stranger.device, sealed, who=crew.fitter, now=now)
