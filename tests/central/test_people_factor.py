"""The second factor: codes of a phone that count once, recovery codes, and who may take a lost one off."""

from datetime import datetime, timedelta

import msgspec
import pyotp
import pytest
from sqlalchemy import select

from central.db.people import PersonRow, RecoveryCodeRow
from central.domain.errors import Conflict, NotFound, NotSignedIn
from central.domain.people import Person, PersonRole
from central.domain.people_states import CodeAsked, FactorBegun, RecoveryCodes, Step
from central.domain.states import Declined, SignedIn
from central.services import person_of, sign_in
from central.services.people import standing_of
from central.services.people_accounts import remove_factor
from central.services.people_factor import (
    begin_factor,
    begun,
    codes_left,
    confirm_factor,
    end_factor,
    give_code,
    new_recovery_codes,
)
from central.services.sessions import (
    end_other_sessions,
    end_session,
    is_stale,
    list_sessions,
    touch_session,
)
from tests.central.setting import COMMUNE, PASSWORD, Province

PHONE = (
    "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)


class Phone:
    """An authenticator: it knows the secret and reads the clock."""

    def __init__(self, secret: str) -> None:
        self._totp = pyotp.TOTP(secret)

    def code(self, at: datetime) -> str:
        """Return the six digits of this instant."""
        return self._totp.at(at)


@pytest.fixture
def lan(province: Province) -> Person:
    """An administrator of a commune."""
    return province.person("lan", PersonRole.ADMINISTRATOR, area=COMMUNE)


def equip(province: Province, who: Person) -> tuple[Phone, RecoveryCodes]:
    """Set up a second factor."""
    with province.house.writing() as unit:
        started = begin_factor(unit, PASSWORD, who=who, now=province.now)
    assert isinstance(started, FactorBegun)
    phone = Phone(started.secret)
    with province.house.writing() as unit:
        codes = confirm_factor(unit, phone.code(province.now), who=who, now=province.now)
    assert isinstance(codes, RecoveryCodes)
    province.clock.pass_by(timedelta(minutes=1))
    return phone, codes


def ticket(province: Province, name: str = "lan") -> str:
    """Give the password and return the ticket for the code."""
    with province.house.writing() as unit:
        answer = sign_in(unit, name, PASSWORD, now=province.now)
    assert isinstance(answer, CodeAsked)
    return answer.ticket


def show(province: Province, held: str, code: str) -> SignedIn | Declined:
    """Give a code with a ticket."""
    with province.house.writing() as unit:
        return give_code(unit, held, code, now=province.now, agent=PHONE, address="10.0.0.7")


def test_a_password_alone_opens_nothing_any_more(province: Province, lan: Person) -> None:
    """With a second factor the password gives a ticket; ticket and code together give a session."""
    phone, _ = equip(province, lan)
    held = ticket(province)
    with province.house.reading() as unit:
        assert standing_of(unit, held, now=province.now) is Step.CODE
        for settling in (False, True):
            with pytest.raises(NotSignedIn):
                person_of(unit, held, now=province.now, settling=settling)
    answer = show(province, held, phone.code(province.now))
    assert isinstance(answer, SignedIn)
    with province.house.reading() as unit:
        assert person_of(unit, answer.token, now=province.now).name == "lan"
    with pytest.raises(NotSignedIn):
        show(province, held, phone.code(province.now))


def test_a_code_counts_once(province: Province, lan: Person) -> None:
    """Whoever reads a code over a shoulder cannot use it again, not even in its own half minute."""
    phone, _ = equip(province, lan)
    code = phone.code(province.now)
    assert isinstance(show(province, ticket(province), code), SignedIn)
    assert isinstance(show(province, ticket(province), code), Declined)
    province.clock.pass_by(timedelta(seconds=30))
    assert isinstance(show(province, ticket(province), code), Declined)
    assert isinstance(show(province, ticket(province), phone.code(province.now)), SignedIn)


@pytest.mark.parametrize(("drift_s", "good"), [(-30, True), (30, True), (-90, False), (90, False)])
def test_a_phone_may_be_half_a_minute_off(
    province: Province, lan: Person, drift_s: int, good: bool
) -> None:
    """One step of thirty seconds before and after is taken, no more."""
    phone, _ = equip(province, lan)
    province.clock.pass_by(timedelta(minutes=5))
    code = phone.code(province.now + timedelta(seconds=drift_s))
    answer = show(province, ticket(province), code)
    assert isinstance(answer, SignedIn) is good


def test_wrong_codes_lock_the_account(province: Province, lan: Person) -> None:
    """Five wrong codes lock for a quarter of an hour, also for the right one and for the password."""
    phone, _ = equip(province, lan)
    held = ticket(province)
    answers = [show(province, held, "000000") for _ in range(5)]
    assert [isinstance(a, Declined) and a.locked for a in answers] == [False] * 4 + [True]
    assert isinstance(show(province, held, phone.code(province.now)), Declined)
    with province.house.writing() as unit:
        assert isinstance(sign_in(unit, "lan", PASSWORD, now=province.now), Declined)
    province.clock.pass_by(timedelta(minutes=16))
    assert isinstance(show(province, ticket(province), phone.code(province.now)), SignedIn)


def test_a_ticket_is_worth_five_minutes(province: Province, lan: Person) -> None:
    """A sign-in that was left half-way is over soon."""
    phone, _ = equip(province, lan)
    held = ticket(province)
    province.clock.pass_by(timedelta(minutes=6))
    with pytest.raises(NotSignedIn):
        show(province, held, phone.code(province.now))


def test_a_recovery_code_opens_once(province: Province, lan: Person) -> None:
    """Without the phone a recovery code opens, however it is typed, and is used up by that."""
    _, codes = equip(province, lan)
    assert len(set(codes.codes)) == 10
    typed = codes.codes[3].upper().replace("-", " ")
    assert isinstance(show(province, ticket(province), typed), SignedIn)
    assert isinstance(show(province, ticket(province), typed), Declined)
    with province.house.reading() as unit:
        assert codes_left(unit, lan.id) == 9


def test_new_recovery_codes_take_the_place_of_the_old(province: Province, lan: Person) -> None:
    """After making new ones the old ones open nothing."""
    _, old = equip(province, lan)
    with province.house.writing() as unit:
        assert isinstance(new_recovery_codes(unit, "đoán", who=lan, now=province.now), Declined)
        fresh = new_recovery_codes(unit, PASSWORD, who=lan, now=province.now)
    assert isinstance(fresh, RecoveryCodes)
    assert isinstance(show(province, ticket(province), old.codes[0]), Declined)
    assert isinstance(show(province, ticket(province), fresh.codes[0]), SignedIn)


def test_the_database_holds_no_secret(province: Province, lan: Person) -> None:
    """Neither the secret of the phone nor a recovery code stands in the tables: only a salt and keyed hashes."""
    with province.house.writing() as unit:
        started = begin_factor(unit, PASSWORD, who=lan, now=province.now)
        assert isinstance(started, FactorBegun)
        shown = begun(unit, lan)
        assert shown == started
        row = unit.session.get_one(PersonRow, lan.id)
        assert row.factor_salt is not None
        assert started.secret not in row.factor_salt
        assert "issuer=Ti%E1%BA%BFng%20L%C3%A0ng" in started.address
    province.clock.pass_by(timedelta(seconds=1))
    with province.house.writing() as unit:
        code = Phone(started.secret).code(province.now)
        codes = confirm_factor(unit, code, who=lan, now=province.now)
        assert isinstance(codes, RecoveryCodes)
        kept = unit.session.scalars(select(RecoveryCodeRow.code_hash)).all()
    assert not {c.replace("-", "") for c in codes.codes} & set(kept)


def test_a_factor_is_in_force_only_after_a_code_of_it(province: Province, lan: Person) -> None:
    """A QR code that nobody scanned does not lock anybody out; one in force is not replaced unseen."""
    with province.house.writing() as unit:
        with pytest.raises(NotFound):
            confirm_factor(unit, "000000", who=lan, now=province.now)
        assert isinstance(begin_factor(unit, "đoán", who=lan, now=province.now), Declined)
        begin_factor(unit, PASSWORD, who=lan, now=province.now)
        assert isinstance(confirm_factor(unit, "000000", who=lan, now=province.now), Declined)
        assert isinstance(sign_in(unit, "lan", PASSWORD, now=province.now), SignedIn)
    equip(province, lan)
    with province.house.writing() as unit, pytest.raises(Conflict):
        begin_factor(unit, PASSWORD, who=lan, now=province.now)


def test_one_takes_off_ones_own_factor_by_password(province: Province, lan: Person) -> None:
    """Then the password alone opens again."""
    equip(province, lan)
    with province.house.writing() as unit:
        assert isinstance(end_factor(unit, "đoán", who=lan, now=province.now), Declined)
        assert end_factor(unit, PASSWORD, who=lan, now=province.now) is None
        assert isinstance(sign_in(unit, "lan", PASSWORD, now=province.now), SignedIn)


def test_an_administrator_takes_a_lost_factor_off(province: Province, lan: Person) -> None:
    """The account's administrator removes it, which ends the sessions and stands in the audit log."""
    equip(province, lan)
    boss = province.person("boss", PersonRole.ADMINISTRATOR)
    with province.house.writing() as unit:
        remove_factor(unit, lan.id, who=boss, now=province.now)
        assert isinstance(sign_in(unit, "lan", PASSWORD, now=province.now), SignedIn)
        with pytest.raises(NotFound):
            remove_factor(unit, lan.id, who=boss, now=province.now)


def test_a_role_may_need_a_second_factor(province: Province, lan: Person) -> None:
    """Where the settings name a role, whoever holds it sets up a second factor before any work."""
    house = province.house
    house.settings = msgspec.structs.replace(
        house.settings, second_factor_required=(PersonRole.ADMINISTRATOR,)
    )
    with house.writing() as unit:
        session = sign_in(unit, "lan", PASSWORD, now=province.now)
        assert isinstance(session, SignedIn)
        assert standing_of(unit, session.token, now=province.now) is Step.SECOND_FACTOR
        with pytest.raises(NotSignedIn, match="hai lớp"):
            person_of(unit, session.token, now=province.now)
        who = person_of(unit, session.token, now=province.now, settling=True)
    equip(province, who)
    with house.reading() as unit:
        assert person_of(unit, session.token, now=province.now) == lan
    viewer = province.person("xem", PersonRole.VIEWER)
    assert viewer.name == "xem"


def test_sessions_are_listed_and_ended(province: Province, lan: Person) -> None:
    """One's own sessions are shown with device and address, newest first, and end one by one or all but this."""
    phone, _ = equip(province, lan)
    other = province.person("khac", PersonRole.VIEWER)
    answer = show(province, ticket(province), phone.code(province.now))
    assert isinstance(answer, SignedIn)
    with province.house.writing() as unit:
        held = list_sessions(unit, answer.token, who=lan, now=province.now)
        assert [(s.own, s.device, s.address) for s in held] == [
            (True, "Chrome, Android", "10.0.0.7"),
            (False, "", ""),
        ]
        with pytest.raises(NotFound):
            end_session(unit, held[0].id, who=other, now=province.now)
        with pytest.raises(NotFound):
            end_session(unit, "", who=lan, now=province.now)
        end_session(unit, held[1].id, who=lan, now=province.now)
        assert end_other_sessions(unit, answer.token, who=lan, now=province.now) == 0
        assert person_of(unit, answer.token, now=province.now).name == "lan"


def test_a_session_remembers_when_it_was_used(province: Province, lan: Person) -> None:
    """Last seen moves on with use, at most every five minutes."""
    with province.house.writing() as unit:
        session = sign_in(unit, "lan", PASSWORD, now=province.now)
    assert isinstance(session, SignedIn)

    def seen() -> datetime:
        with province.house.reading() as unit:
            return list_sessions(unit, session.token, who=lan, now=province.now)[0].last_seen

    def stale() -> bool:
        with province.house.reading() as unit:
            return is_stale(unit, session.token, now=province.now)

    first = seen()
    province.clock.pass_by(timedelta(minutes=1))
    assert not stale()
    province.clock.pass_by(timedelta(minutes=9))
    assert stale()
    touch_session(province.house, session.token, now=province.now)
    assert not stale()
    assert seen() == province.now > first
