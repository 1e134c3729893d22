"""Enrolment at central: from an unknown key to an appliance of ours, by people and their signatures alone."""

import base64
from datetime import timedelta

import pytest
from sqlalchemy import select

from central.db.sites import EnrolmentRow
from central.domain.errors import Conflict, Forbidden, NotFound, NotSignedIn, Unacceptable
from central.domain.people import PersonRole
from central.domain.sites import SitePhase
from central.domain.states import Step
from central.services import device_named, doors, enrolment, fleet, sites, take_assignment
from central.services.enrolment_papers import (
    confirm,
    prepare_assignment,
    prepare_retirement,
    retire,
)
from central.services.sites import preauthorise, site_named, unmatch, unplan
from contract import trust
from contract.documents import Assignment, Kind, PublicKey, Role
from contract.enrolment import EnrolmentAsked, Standing, commitment_to, fingerprint
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey
from tests.central.enrolling import (
    CLERK,
    FITTER,
    FOREIGN,
    SECOND,
    SITE,
    ZONES,
    Crew,
    Newcomer,
    somebody,
)
from tests.central.setting import HAMLET


def phase(crew: Crew, site: str = SITE) -> SitePhase:
    """Return how far a place is."""
    with crew.province.house.reading() as unit:
        return site_named(unit, site, now=crew.province.now).phase


def test_an_unknown_appliance_waits_and_is_not_ours(crew: Crew, newcomer: Newcomer) -> None:
    """Who only asks is committed, then waiting; it is listed for an administrator and for no technician."""
    assert newcomer.ask().standing is Standing.COMMITTED
    answer = newcomer.ask()
    assert (answer.standing, answer.site) == (Standing.WAITING, None)
    with crew.province.house.reading() as unit:
        assert [e.device for e in enrolment.pending(unit, crew.admin)] == [newcomer.device]
        assert enrolment.pending(unit, crew.fitter) == ()
        assert fleet(unit, now=crew.province.now) == ()
        assert doors.key_of(unit, newcomer.device) is None


def test_a_scanned_appliance_is_enrolled_in_four_steps(crew: Crew, newcomer: Newcomer) -> None:
    """Scan, compare, sign: the appliance stands at its place with the paper of the template, confirmed by name."""
    assert phase(crew) is SitePhase.PLANNED
    crew.scan(newcomer)
    assert phase(crew) is SitePhase.AWAITING
    answer = newcomer.introduce()
    assert (answer.standing, answer.site, answer.title) == (
        Standing.MATCHED,
        SITE,
        f"Cụm loa {SITE}",
    )
    assert phase(crew) is SitePhase.MATCHED
    with crew.province.house.reading() as unit:
        told = enrolment.enrolment_named(unit, newcomer.device)
    assert told.code == newcomer.shown()
    state = crew.sign(SITE, newcomer.shown())
    assert (state.id, state.area, state.name) == (newcomer.device, HAMLET, f"Cụm loa {SITE}")
    assert newcomer.ask().standing is Standing.ASSIGNED
    assert phase(crew) is SitePhase.STANDING
    with crew.province.house.reading() as unit:
        assert enrolment.enrolment_named(unit, newcomer.device).confirmed_by == "tho.lap"
        assert enrolment.pending(unit, crew.admin) == ()


def test_an_appliance_may_call_before_or_after_it_is_scanned(
    crew: Crew, newcomer: Newcomer
) -> None:
    """It does not matter whether the key is scanned before the appliance calls or while it waits."""
    assert newcomer.introduce().standing is Standing.WAITING
    crew.scan(newcomer)
    assert newcomer.ask().standing is Standing.MATCHED


def test_the_typed_id_does_what_the_scan_does(crew: Crew, newcomer: Newcomer) -> None:
    """The 16 characters suffice; with the fingerprint beside them both must be of one key."""
    stranger = Newcomer(crew.province)
    with crew.province.house.writing() as unit:
        spaced = f" {newcomer.device[:8].upper()} {newcomer.device[8:]}"
        printed = fingerprint(newcomer.key.public)
        preauthorise(unit, SITE, spaced, printed, who=crew.fitter, now=crew.province.now)
    printed = fingerprint(stranger.key.public)
    with crew.province.house.writing() as unit, pytest.raises(Unacceptable) as refused:
        preauthorise(unit, SECOND, newcomer.device, printed, who=crew.fitter, now=crew.province.now)
    assert refused.value.code == "bad-fingerprint"
    assert newcomer.introduce().site == SITE
    assert stranger.introduce().standing is Standing.WAITING


@pytest.mark.parametrize("text", ["", "https://vi-du.vn", "TIENGLANG:1:AAAA", "aaaaaaaaaaaaaaa1"])
def test_what_names_no_appliance_is_refused_in_words(crew: Crew, text: str) -> None:
    """A foreign QR code or a mistyped id changes nothing and says what an id looks like."""
    with crew.province.house.writing() as unit, pytest.raises(Unacceptable, match="16 ký tự"):
        preauthorise(unit, SITE, text, who=crew.fitter, now=crew.province.now)
    assert phase(crew) is SitePhase.PLANNED


@pytest.mark.parametrize("y", [0, 1, 2**255 - 20, 2**255 - 19])
def test_a_key_anybody_could_sign_for_is_refused(crew: Crew, y: int) -> None:
    """Keys of small order are refused when they ask and when they are scanned."""
    key = PublicKey(base64.b64encode(y.to_bytes(32, "little")).decode())
    nonce = base64.b64encode(bytes(32)).decode()
    asked = EnrolmentAsked(device_key=key, commitment=commitment_to(nonce))
    with pytest.raises(Refused) as refused:
        enrolment.ask(crew.province.house, asked, source="", now=crew.province.now)
    assert refused.value.code is RefusalCode.MALFORMED
    raw = base64.b32encode(y.to_bytes(32, "little")).decode().rstrip("=")
    with crew.province.house.writing() as unit, pytest.raises(Unacceptable):
        preauthorise(unit, SITE, f"TIENGLANG:1:{raw}", who=crew.fitter, now=crew.province.now)


def test_the_nonce_must_be_the_one_committed_to(crew: Crew, newcomer: Newcomer) -> None:
    """Who shows another nonce than the one it committed itself to is refused; the right one is still taken."""
    newcomer.ask()
    other = base64.b64encode(b"x" * 32).decode()
    asked = EnrolmentAsked(
        device_key=newcomer.key.public, commitment=commitment_to(newcomer.nonce), nonce=other
    )
    with pytest.raises(Unacceptable) as refused:
        enrolment.ask(crew.province.house, asked, source="", now=crew.province.now)
    assert refused.value.code == "wrong-nonce"
    assert newcomer.ask().standing is Standing.WAITING
    with pytest.raises(Unacceptable):
        enrolment.ask(crew.province.house, asked, source="", now=crew.province.now)


def test_centrals_nonce_is_drawn_anew_with_each_commitment(crew: Crew, newcomer: Newcomer) -> None:
    """A new commitment gets a new nonce and must be shown again; a nonce shown too early is not believed."""
    newcomer.introduce()
    before = newcomer.central_nonce
    newcomer.power_up()
    newcomer.shows_nonce = True
    assert newcomer.ask().standing is Standing.COMMITTED
    assert newcomer.central_nonce != before
    assert newcomer.ask().standing is Standing.WAITING


def test_digits_from_before_a_restart_sign_nothing(crew: Crew, newcomer: Newcomer) -> None:
    """When the appliance starts anew the digits change; the old ones neither prepare nor confirm a paper."""
    crew.scan(newcomer)
    newcomer.introduce()
    old = newcomer.shown()
    with crew.province.house.reading() as unit:
        payload = prepare_assignment(
            unit, SITE, old, who=crew.fitter, now=crew.province.now
        ).payload
    newcomer.power_up()
    newcomer.introduce()
    assert newcomer.shown() != old
    with pytest.raises(Conflict, match="Mã so khớp đã đổi"):
        crew.sign(SITE, old)
    sealed = crew.province.authority.seal_bytes(Kind.ASSIGNMENT, payload)
    with crew.province.house.writing() as unit, pytest.raises(Conflict):
        confirm(unit, SITE, old, sealed, who=crew.fitter, now=crew.province.now)
    crew.sign(SITE, newcomer.shown())


def test_only_the_paper_that_was_prepared_is_taken(crew: Crew, newcomer: Newcomer) -> None:
    """A validly signed assignment of another appliance, place or name is not taken as this confirmation."""
    crew.scan(newcomer)
    newcomer.introduce()
    code, now, authority = newcomer.shown(), crew.province.now, crew.province.authority
    title = f"Cụm loa {SITE}"
    for sealed in (
        authority.assign(SigningKey.generate().public, HAMLET, name=title),
        authority.assign(newcomer.key.public, "dt/my-phong", name=title),
        authority.assign(newcomer.key.public, HAMLET, name="Tên khác"),
    ):
        with crew.province.house.writing() as unit, pytest.raises(Unacceptable) as refused:
            confirm(unit, SITE, code, sealed, who=crew.fitter, now=now)
        assert refused.value.code == "other-paper"
    assert newcomer.ask().standing is Standing.MATCHED
    crew.sign(SITE, code)


def test_a_server_that_signs_for_itself_adopts_nobody(crew: Crew, newcomer: Newcomer) -> None:
    """With the online keys, or a stranger's, no paper is taken: only a key with the role `assign` makes one."""
    crew.scan(newcomer)
    newcomer.introduce()
    for key in (SigningKey.generate(), crew.province.authority.keys[Role.SCHEDULE]):
        with pytest.raises(Refused) as refused:
            crew.sign(SITE, newcomer.shown(), key)
        assert refused.value.code is RefusalCode.UNKNOWN_KEY
    assert newcomer.ask().standing is Standing.MATCHED
    crew.sign(SITE, newcomer.shown())


def test_across_areas_everything_is_refused(crew: Crew, newcomer: Newcomer) -> None:
    """A technician of one commune does nothing at a place of another; there its own may."""
    newcomer.introduce()
    now, house = crew.province.now, crew.province.house
    verbs = (
        lambda unit: sites.issue_claim(unit, FOREIGN, who=crew.fitter, now=now),
        lambda unit: preauthorise(unit, FOREIGN, newcomer.qr, who=crew.fitter, now=now),
        lambda unit: unmatch(unit, FOREIGN, who=crew.fitter, now=now),
        lambda unit: prepare_assignment(unit, FOREIGN, "000000", who=crew.fitter, now=now),
        lambda unit: unplan(unit, SITE, who=crew.fitter, now=now),
        lambda unit: enrolment.match_by_hand(unit, newcomer.device, SITE, who=crew.fitter, now=now),
        lambda unit: enrolment.refuse(unit, newcomer.device, "lạ", who=crew.fitter, now=now),
    )
    for verb in verbs:
        with house.writing() as unit, pytest.raises(Forbidden):
            verb(unit)
    theirs = somebody("tho.kia", PersonRole.TECHNICIAN, "dt/tan-hoi")
    with house.writing() as unit:
        sites.issue_claim(unit, FOREIGN, who=theirs, now=now)


def test_an_administrator_of_one_area_takes_no_appliance_of_another(crew: Crew) -> None:
    """A sealed paper that moves an appliance needs the right where it stands now, not only where it goes."""
    key, device = crew.province.appliance(area=HAMLET)
    paper = crew.province.authority.assign(key.public, "dt/tan-hoi")
    thief = somebody("xa.kia", PersonRole.ADMINISTRATOR, "dt/tan-hoi")
    with crew.province.house.writing() as unit, pytest.raises(Forbidden):
        take_assignment(unit, paper, who=thief, now=crew.province.now)
    with crew.province.house.writing() as unit:
        moved = take_assignment(unit, paper, who=crew.admin, now=crew.province.now)
    assert (moved.id, moved.area) == (device, "dt/tan-hoi")


def test_by_hand_an_administrator_places_one_that_waits(crew: Crew, newcomer: Newcomer) -> None:
    """Matching by hand still asks for the comparison and the signature; who never called is not matched."""
    with crew.province.house.writing() as unit, pytest.raises(NotFound):
        enrolment.match_by_hand(unit, newcomer.device, SITE, who=crew.admin, now=crew.province.now)
    newcomer.introduce()
    with crew.province.house.writing() as unit:
        enrolment.match_by_hand(unit, newcomer.device, SITE, who=crew.admin, now=crew.province.now)
    assert newcomer.ask().standing is Standing.MATCHED
    with pytest.raises(Conflict):
        crew.sign(SITE, "000 000" if newcomer.shown() != "000 000" else "000 001")
    crew.sign(SITE, newcomer.shown())


def test_a_refused_appliance_hears_why_and_only_an_administrator_forgives(
    crew: Crew, newcomer: Newcomer
) -> None:
    """Refused: its page shows the reason, a technician's scan does not help; an administrator's hand does."""
    newcomer.introduce()
    now, house = crew.province.now, crew.province.house
    with house.writing() as unit, pytest.raises(Unacceptable):
        enrolment.refuse(unit, newcomer.device, " ", who=crew.admin, now=now)
    with house.writing() as unit:
        enrolment.refuse(unit, newcomer.device, "máy lạ", who=crew.admin, now=now)
    answer = newcomer.ask()
    assert answer.standing is Standing.REFUSED
    assert "máy lạ" in answer.why
    with pytest.raises(Conflict, match="từ chối"):
        crew.scan(newcomer)
    with house.writing() as unit:
        enrolment.match_by_hand(unit, newcomer.device, SITE, who=crew.admin, now=now)
    assert newcomer.ask().standing is Standing.MATCHED


def test_a_place_waits_for_one_appliance_and_an_appliance_for_one_place(crew: Crew) -> None:
    """A second appliance, or a second place, is refused in words until the first match is undone."""
    first, second = Newcomer(crew.province), Newcomer(crew.province)
    crew.scan(first)
    crew.scan(first)
    for newcomer, site in ((second, SITE), (first, SECOND)):
        with pytest.raises(Conflict, match="gỡ"):
            crew.scan(newcomer, site)
    with crew.province.house.writing() as unit:
        unmatch(unit, SITE, who=crew.fitter, now=crew.province.now)
    crew.scan(first, SECOND)
    crew.scan(second)
    assert (first.introduce().site, second.introduce().site) == (SECOND, SITE)


def test_another_key_at_a_scanned_place_is_not_taken(crew: Crew, newcomer: Newcomer) -> None:
    """Where a key was scanned only that key gets the paper; the digits of the device id alone do not suffice."""
    crew.scan(newcomer)
    with crew.province.house.writing() as unit:
        sites.site_row(unit, SITE).matched_key = SigningKey.generate().public
    assert newcomer.introduce().standing is Standing.REFUSED
    with pytest.raises(Conflict, match="khóa đã quét"):
        crew.sign(SITE, newcomer.shown())
    with crew.province.house.writing() as unit:
        sites.site_row(unit, SITE).matched_key = newcomer.key.public
    crew.sign(SITE, newcomer.shown())


def test_replacing_retires_the_old_one_first(crew: Crew) -> None:
    """A place takes no new appliance before the old is retired; then the old one's sessions are over."""
    old, new = crew.enrol(), Newcomer(crew.province)
    now, house = crew.province.now, crew.province.house
    with house.writing() as unit:
        token = doors.open_session(unit, old.device, now=now)
    with pytest.raises(Conflict, match="thu hồi máy cũ"):
        crew.scan(new)
    with pytest.raises(Conflict):
        crew.code()
    state = crew.retire(old.device)
    assert (state.step, phase(crew)) == (Step.RETIRED, SitePhase.PLANNED)
    with house.reading() as unit:
        assert fleet(unit, now=now) == ()
        with pytest.raises(NotSignedIn):
            doors.visitor_of(unit, token, now=now)
    crew.scan(new)
    new.introduce()
    crew.sign(SITE, new.shown())
    assert old.ask().standing is Standing.REFUSED
    assert new.ask().standing is Standing.ASSIGNED
    with house.reading() as unit:
        assert [d.id for d in fleet(unit, now=now)] == [new.device]


def test_a_retired_appliance_still_fetches_its_paper_and_nothing_else(crew: Crew) -> None:
    """It may open a session for its retirement, whose only staff are who may wipe it; it has no programme any more."""
    crew.plan("co-nguoi", HAMLET, (CLERK, FITTER))
    old = crew.enrol("co-nguoi")
    crew.retire(old.device)
    with crew.province.house.writing() as unit:
        token = doors.open_session(unit, old.device, now=crew.province.now)
    with crew.province.house.reading() as unit:
        visitor = doors.visitor_of(unit, token, now=crew.province.now)
        paper = doors.assignment_paper(unit, visitor)
        with pytest.raises(NotFound):
            doors.programme_paper(unit, visitor)
    keys = crew.province.house.keyring.current()
    read = trust.verify_for_central(keys, paper.envelope, crew.province.now)
    assert isinstance(read, Assignment)
    assert (read.retired, read.epoch, read.staff, read.zones) == (True, 2, (FITTER,), ZONES)


def test_a_retired_appliance_serves_again_where_it_is_scanned(crew: Crew) -> None:
    """With a newer assignment it stands at another place; its epoch goes on rising."""
    old = crew.enrol()
    crew.retire(old.device)
    crew.scan(old, SECOND)
    old.power_up()
    assert old.introduce().standing is Standing.MATCHED
    state = crew.sign(SECOND, old.shown())
    assert (state.epoch, state.step) == (3, Step.SENT if state.version else Step.NO_PROGRAMME)


def test_retiring_is_signed_too_and_only_for_the_one_meant(crew: Crew) -> None:
    """An unsigned, foreign or living paper retires nobody; across areas nobody even gets the paper to sign."""
    old, other = crew.enrol(), crew.enrol(SECOND)
    now, house, authority = crew.province.now, crew.province.house, crew.province.authority
    with house.reading() as unit:
        payload = prepare_retirement(unit, old.device, who=crew.fitter, now=now).payload
        theirs = somebody("tho.kia", PersonRole.TECHNICIAN, "dt/tan-hoi")
        with pytest.raises(Forbidden):
            prepare_retirement(unit, old.device, who=theirs, now=now)
    forged = authority.seal_bytes(Kind.ASSIGNMENT, payload, SigningKey.generate())
    with house.writing() as unit, pytest.raises(Refused):
        retire(unit, old.device, forged, who=crew.fitter, now=now)
    sealed = authority.seal_bytes(Kind.ASSIGNMENT, payload)
    with house.writing() as unit, pytest.raises(Unacceptable):
        retire(unit, other.device, sealed, who=crew.fitter, now=now)
    with house.reading() as unit:
        assert device_named(unit, old.device, now=now).step is not Step.RETIRED
    with house.writing() as unit:
        assert retire(unit, old.device, sealed, who=crew.fitter, now=now).step is Step.RETIRED


def test_an_administrators_own_paper_fills_the_place_too(crew: Crew, newcomer: Newcomer) -> None:
    """The way by a sealed file stays: taken for an appliance that waits, its place has it."""
    crew.scan(newcomer)
    newcomer.introduce()
    paper = crew.province.authority.assign(newcomer.key.public, HAMLET)
    with crew.province.house.writing() as unit:
        take_assignment(unit, paper, who=crew.admin, now=crew.province.now)
    assert phase(crew) is SitePhase.STANDING
    assert newcomer.ask().standing is Standing.ASSIGNED


def test_waiting_costs_no_write(crew: Crew, newcomer: Newcomer) -> None:
    """Asking again within ten seconds only reads; later the time of the last call is kept."""
    newcomer.introduce()
    seen = []
    for later in (3, 20):
        crew.province.clock.pass_by(timedelta(seconds=later))
        newcomer.ask()
        with crew.province.house.reading() as unit:
            seen.append(enrolment.enrolment_named(unit, newcomer.device).last_seen)
    assert seen == [crew.province.now - timedelta(seconds=23), crew.province.now]


def test_strangers_are_bounded(crew: Crew) -> None:
    """A flood of keys pushes out who has not asked for longest, never one that has a place."""
    placed = Newcomer(crew.province)
    crew.scan(placed)
    placed.introduce()
    now = crew.province.now
    with crew.province.house.writing() as unit:
        for number in range(enrolment.MOST_WAITING):
            row = EnrolmentRow(device=f"{number:016d}", public_key="k", commitment="c")
            row.central_nonce, row.first_seen, row.last_seen = "n", now, now
            row.claim_tries = 0
            unit.session.add(row)
    late = []
    for _ in range(3):
        crew.province.clock.pass_by(timedelta(seconds=30))
        late.append(Newcomer(crew.province))
        late[-1].introduce()
    with crew.province.house.reading() as unit:
        left = set(unit.session.scalars(select(EnrolmentRow.device)))
    assert len(left) == enrolment.MOST_WAITING + 1
    assert {placed.device, *(n.device for n in late)} <= left
    crew.province.clock.pass_by(timedelta(days=31))
    placed.ask()
    Newcomer(crew.province).ask()
    with crew.province.house.reading() as unit:
        assert len(unit.session.scalars(select(EnrolmentRow.device)).all()) == 2


def test_a_place_with_an_appliance_is_not_forgotten(crew: Crew) -> None:
    """Unplanning is refused while an appliance stands there, and done when it is retired."""
    old = crew.enrol()
    now, house = crew.province.now, crew.province.house
    with house.writing() as unit, pytest.raises(Conflict):
        unplan(unit, SITE, who=crew.admin, now=now)
    crew.retire(old.device)
    with house.writing() as unit:
        unplan(unit, SITE, who=crew.admin, now=now)
    with house.reading() as unit, pytest.raises(NotFound):
        site_named(unit, SITE, now=now)
