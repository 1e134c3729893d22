"""What an appliance asks while it waits, and what it is answered: each doubt about it changes nothing."""

from datetime import timedelta

import pytest

from central.db.sites import EnrolmentRow
from central.domain.errors import Unacceptable
from central.domain.sites import EnrolmentState
from central.services import enrolment, sites
from contract.enrolment import EnrolmentAnswered, EnrolmentAsked, Standing, commitment_to
from contract.seal import SigningKey
from tests.central.enrolling import SECOND, SITE, Crew, Newcomer

A_MOMENT = timedelta(microseconds=1)


def told(crew: Crew, newcomer: Newcomer) -> EnrolmentState:
    """Return what people are told about an appliance that asks."""
    with crew.province.house.reading() as unit:
        return enrolment.enrolment_named(unit, newcomer.device)


def at_once(crew: Crew, newcomer: Newcomer, claim: str) -> EnrolmentAnswered:
    """Ask with a claim code and the commitment, the nonce not shown yet."""
    asked = EnrolmentAsked(
        device_key=newcomer.key.public, commitment=commitment_to(newcomer.nonce), claim=claim
    )
    return enrolment.ask(crew.province.house, asked, source="", now=crew.province.now)


def test_six_digits_need_a_place_and_both_nonces(crew: Crew, newcomer: Newcomer) -> None:
    """People see no digits for one without a place, nor before it has shown its nonce; then those of its page."""
    newcomer.introduce()
    assert (told(crew, newcomer).site, told(crew, newcomer).code) == (None, None)
    crew.scan(newcomer)
    assert (told(crew, newcomer).site, told(crew, newcomer).code) == (SITE, newcomer.shown())
    newcomer.power_up()
    assert newcomer.ask().standing is Standing.COMMITTED
    assert (told(crew, newcomer).site, told(crew, newcomer).code) == (SITE, None)


@pytest.mark.parametrize("column", ["matched_key", "matched_fingerprint"])
def test_a_key_that_is_not_the_scanned_one_learns_and_shows_nothing(
    crew: Crew, newcomer: Newcomer, column: str
) -> None:
    """Another key, or another printed fingerprint, under the same id: no place, no title, no digits, but a warning."""
    other = {"matched_key": SigningKey.generate().public, "matched_fingerprint": "0" * 32}[column]
    crew.scan(newcomer)
    with crew.province.house.writing() as unit:
        setattr(sites.site_row(unit, SITE), column, other)
    answer = newcomer.introduce()
    assert (answer.standing, answer.site, answer.title) == (Standing.REFUSED, None, "")
    assert (told(crew, newcomer).foreign, told(crew, newcomer).code) == (True, None)
    with crew.province.house.writing() as unit:
        setattr(sites.site_row(unit, SITE), column, None)
    answer = newcomer.ask()
    assert (answer.standing, answer.site) == (Standing.MATCHED, SITE)
    assert (told(crew, newcomer).foreign, told(crew, newcomer).code) == (False, newcomer.shown())


@pytest.mark.parametrize("later_s", [0, 20])
def test_an_id_belongs_to_the_key_that_came_first(
    crew: Crew, newcomer: Newcomer, later_s: int
) -> None:
    """Another key with the same 16 characters is refused at every call; the first one is answered."""
    newcomer.introduce()
    with crew.province.house.writing() as unit:
        enrolment.enrolment_row(unit, newcomer.device).public_key = SigningKey.generate().public
    crew.province.clock.pass_by(timedelta(seconds=later_s))
    with pytest.raises(Unacceptable) as refused:
        newcomer.ask()
    assert refused.value.code == "wrong-key"
    with crew.province.house.writing() as unit:
        enrolment.enrolment_row(unit, newcomer.device).public_key = newcomer.key.public
    assert newcomer.ask().standing is Standing.WAITING


def test_a_repeated_commitment_stays_one(crew: Crew, newcomer: Newcomer) -> None:
    """Who asks again without its nonce, long after, keeps central's nonce; shown once, the nonce stays shown."""
    newcomer.ask()
    first = newcomer.central_nonce
    for standing in (Standing.COMMITTED, Standing.WAITING, Standing.WAITING):
        crew.province.clock.pass_by(timedelta(seconds=20))
        newcomer.shows_nonce = standing is not Standing.COMMITTED
        assert newcomer.ask().standing is standing
        assert newcomer.central_nonce == first
    newcomer.shows_nonce = False
    crew.province.clock.pass_by(timedelta(seconds=20))
    assert newcomer.ask().standing is Standing.WAITING


def test_a_claim_before_the_nonce_is_kept_for_later(crew: Crew, newcomer: Newcomer) -> None:
    """A code sent with the commitment alone wins nothing, costs nothing and is judged when the nonce is shown."""
    code = crew.code().code
    for _ in range(2):
        answer = at_once(crew, newcomer, code)
        assert (answer.standing, answer.site, answer.claim_error) == (Standing.COMMITTED, None, "")
        assert told(crew, newcomer).site is None
        crew.province.clock.pass_by(timedelta(seconds=20))
    newcomer.shows_nonce = True
    assert newcomer.ask(code).site == SITE


def test_who_types_no_code_hears_of_none(newcomer: Newcomer) -> None:
    """Asking without a claim code is answered without a word about codes."""
    assert [newcomer.ask().claim_error for _ in range(3)] == ["", "", ""]


def test_a_refused_appliance_wins_no_place_by_a_code(crew: Crew, newcomer: Newcomer) -> None:
    """Refused, it is not matched by a good code, which stays good for another appliance."""
    code, other = crew.code().code, Newcomer(crew.province)
    newcomer.introduce()
    with crew.province.house.writing() as unit:
        enrolment.refuse(unit, newcomer.device, "lạ", who=crew.admin, now=crew.province.now)
    crew.province.clock.pass_by(timedelta(seconds=20))
    assert newcomer.ask(code).standing is Standing.REFUSED
    assert told(crew, newcomer).site is None
    assert other.introduce(code).site == SITE


def test_an_appliance_of_ours_claims_only_when_it_is_retired(crew: Crew) -> None:
    """While it stands somewhere a code for another place does nothing; retired, the same code wins it that place."""
    old, code = crew.enrol(), crew.code(SECOND).code
    answer = old.ask(code)
    assert (answer.standing, answer.site, answer.claim_error) == (Standing.ASSIGNED, SITE, "")
    crew.retire(old.device)
    answer = old.ask(code)
    assert (answer.standing, answer.site) == (Standing.MATCHED, SECOND)


def test_only_a_retired_one_is_told_as_retired(crew: Crew, newcomer: Newcomer) -> None:
    """Neither a stranger nor one in service was retired; people see it of one that was."""
    newcomer.ask()
    old = crew.enrol()
    assert [told(crew, one).was_retired for one in (newcomer, old)] == [False, False]
    crew.retire(old.device)
    assert told(crew, old).was_retired


@pytest.mark.parametrize("state", ["waiting", "committed", "refused"])
def test_the_time_of_the_last_call_is_kept_every_ten_seconds(
    crew: Crew, newcomer: Newcomer, state: str
) -> None:
    """Within ten seconds nothing is written, also where a code is typed that cannot count; at the tenth it is."""
    claim = {"waiting": "", "committed": "ABCDE-12345", "refused": "ABCDE-12345"}[state]
    newcomer.ask()
    if state != "committed":
        newcomer.ask()
    if state == "refused":
        with crew.province.house.writing() as unit:
            enrolment.refuse(unit, newcomer.device, "lạ", who=crew.admin, now=crew.province.now)
    began, seen = crew.province.now, []
    for step in (enrolment.TOUCHED_EVERY - A_MOMENT, A_MOMENT):
        crew.province.clock.pass_by(step)
        at_once(crew, newcomer, claim)
        seen.append(told(crew, newcomer).last_seen)
    assert seen == [began, began + enrolment.TOUCHED_EVERY]


def test_who_waits_long_asks_less_often(crew: Crew, newcomer: Newcomer) -> None:
    """Every two seconds for the first quarter of an hour, from then on every fifteen; matched, every two again."""
    asked = []
    newcomer.introduce()
    for step in (timedelta(minutes=15) - A_MOMENT, A_MOMENT):
        crew.province.clock.pass_by(step)
        asked.append(newcomer.ask().again_s)
    crew.scan(newcomer)
    assert [*asked, newcomer.ask().again_s] == [2, 15, 2]


def test_a_stranger_is_forgotten_after_thirty_days(crew: Crew, newcomer: Newcomer) -> None:
    """Silent for thirty days it is still known, a moment later the next stranger takes its row away."""
    newcomer.ask()
    for step, known in ((timedelta(days=30), True), (A_MOMENT, False)):
        crew.province.clock.pass_by(step)
        Newcomer(crew.province).ask()
        with crew.province.house.reading() as unit:
            assert (unit.session.get(EnrolmentRow, newcomer.device) is not None) is known
