"""Reports: counted once, in order, on disk before they are acknowledged."""

from datetime import timedelta

import msgspec
import pytest

from central.domain.errors import NotSignedIn
from central.domain.states import Step
from central.services import device_named, doors, list_plays, list_receipts, list_refusals, sweep
from central.services.report_desk import ReportDesk
from central.services.reports import Acknowledged, Answer, Rejected, take_reports
from central.services.signatures import Asked
from contract import codec, seal
from contract.documents import (
    DeviceId,
    Health,
    Kind,
    LocalWarning,
    Outcome,
    Play,
    Rank,
    Readiness,
    Receipt,
    Refusal,
    Report,
    Sha256,
    Vitals,
)
from contract.requests import Request
from contract.seal import SigningKey
from tests.central.serving import proof
from tests.central.setting import Province


class Teller:
    """An appliance that chains its reports as the contract says."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.key, self.device = province.appliance()
        self.counter = 0
        self.previous = Sha256("0" * 64)

    def report(  # the parts of a report
        self,
        *,
        plays: int = 0,
        played: tuple[Play, ...] = (),
        health: bool = False,
        told: Health | None = None,
        more: bool = False,
        readiness: tuple[Readiness, ...] = (),
        warnings: tuple[LocalWarning, ...] = (),
    ) -> bytes:
        """Return the next report, sealed."""
        self.counter += 1
        now = self.province.now
        report = Report(
            device=self.device,
            counter=self.counter,
            previous_sha256=self.previous,
            issued=now,
            plays=played or tuple(make_play(self.province, n) for n in range(plays)),
            health=make_health(self.province) if health else told,
            refusals=(Refusal(at=now, what="programme 3", code="unapproved", why="no"),) * more,
            receipts=(Receipt(at=now, kind=Kind.PROGRAMME, id="1", state="ready"),) * more,
            readiness=readiness,
            warnings=warnings,
        )
        envelope = seal.seal(Kind.REPORT, codec.encode(report), [self.key])
        self.previous = seal.read_envelope(envelope).payload_sha256
        return envelope

    def session(self) -> str:
        """Return the token of a new session."""
        with self.province.house.writing() as unit:
            return doors.open_session(unit, self.device, now=self.province.now)

    def request(self, envelope: bytes) -> Asked:
        """Return the signed request that carries a report."""
        asked = Request(authority="127.0.0.1:8000", path="/device/v1/reports", body=envelope)
        return Asked(
            method="POST",
            path=asked.path,
            query="",
            body=envelope,
            headers=tuple(proof(self.key, asked).items()),
            here=asked.authority,
        )

    def tell(self, *envelopes: bytes) -> list[Answer]:
        """Hand reports in together and return the answers."""
        return take_reports(
            self.province.house, [(self.device, e) for e in envelopes], now=self.province.now
        )


def make_play(province: Province, number: int) -> Play:
    return Play(
        key=f"sang/{number}",
        source="programme",
        title="Bản tin sáng",
        rank=Rank.NORMAL,
        zones=("san",),
        started=province.now + timedelta(seconds=number),
        asked_ms=1_000,
        sounded_ms=990,
        outcome=Outcome.SOUNDED,
        onset_error_ms=3.5,
        level_dbfs=-18.0,
        heard_pct=None if number else 96,
    )


def make_health(province: Province) -> Health:
    return Health(
        at=province.now,
        uptime_s=60,
        clock="trusted",
        on_air=Rank.SILENCE,
        why="không có gì trong lịch",
        volume_pct=80,
        zones_on=(),
        programme_version=0,
        programme_stale=False,
        contents_missing=0,
        sound_path_ok=True,
        storage_free_bytes=10**9,
        software="0.1.0",
        vitals=Vitals(temperature_c=52.5, under_voltage=False, card_worn_pct=7, link="cellular"),
        mains=True,
        neighbours=2,
        minutes_today=61.5,
    )


@pytest.fixture
def teller(province: Province) -> Teller:
    """An appliance with something to tell."""
    return Teller(province)


@pytest.mark.refusal_twin(60)
def test_a_report_is_stored_and_read_back_whole(province: Province, teller: Teller) -> None:
    """Plays, refusals, receipts and health are all there after one report."""
    assert teller.tell(teller.report(plays=2, health=True, more=True)) == [Acknowledged(1)]
    with province.house.reading() as unit:
        plays = list_plays(unit, device=teller.device)
        state = device_named(unit, teller.device, now=province.now)
        assert [(p.key, p.word, p.onset_error_ms, p.heard_pct) for p in plays] == [
            ("sang/1", "đã phát", 3.5, None),
            ("sang/0", "đã phát", 3.5, 96),
        ]
        assert [r.code for r in list_refusals(unit, device=teller.device)] == ["unapproved"]
        assert [r.state for r in list_receipts(unit, device=teller.device)] == ["ready"]
    assert state.health == make_health(province)
    assert (state.last_seen, state.step) == (province.now, Step.NO_PROGRAMME)


def test_the_same_bytes_again_are_acknowledged_and_doubled_by_nothing(
    province: Province, teller: Teller
) -> None:
    """A lost answer costs nothing: the report may come again, at once or later, or twice together."""
    first, second = teller.report(plays=1), teller.report()
    assert teller.tell(first, first) == [Acknowledged(1), Acknowledged(1)]
    assert teller.tell(second, first) == [Acknowledged(2), Acknowledged(1)]
    with province.house.reading() as unit:
        assert len(list_plays(unit, device=teller.device)) == 1


def test_a_play_told_again_after_a_restart_is_kept_once_and_longest(
    province: Province, teller: Teller
) -> None:
    """An appliance that died tells its last plays again: the longer record stands, in whatever order they come."""
    whole = make_play(province, 0)
    cut = msgspec.structs.replace(whole, sounded_ms=10, why="Bị cắt khi mất điện.")
    other = msgspec.structs.replace(cut, started=cut.started + timedelta(seconds=1))
    teller.tell(teller.report(played=(cut,)), teller.report(played=(whole, other)))
    teller.tell(teller.report(played=(cut, whole)))
    with province.house.reading() as unit:
        kept = list_plays(unit, device=teller.device)
    assert sorted((p.started, p.sounded_ms) for p in kept) == [
        (whole.started, whole.sounded_ms),
        (other.started, 10),
    ]


@pytest.mark.refusal(30)
def test_an_appliance_whose_reports_went_elsewhere_goes_on_where_we_are(teller: Teller) -> None:
    """Refused with what would fit: the number, and the hash of the last report that is here; then it is taken."""
    teller.tell(teller.report())
    lost = [teller.report() for _ in range(5)]
    (answer,) = teller.tell(lost[-1])
    assert isinstance(answer, Rejected)
    assert (answer.code, answer.expected) == ("counter-gap", 2)
    teller.counter = 1
    (still,) = teller.tell(teller.report(plays=1))
    assert isinstance(still, Rejected)
    assert (still.code, still.previous_sha256) == ("broken-chain", answer.previous_sha256)
    assert still.previous_sha256 is not None
    teller.counter, teller.previous = 1, Sha256(still.previous_sha256)
    assert teller.tell(teller.report(plays=1)) == [Acknowledged(2)]


def test_other_bytes_under_a_used_counter_are_a_conflict(teller: Teller) -> None:
    """A counter counts once: other words under it show that a key or a card was copied."""
    teller.tell(teller.report(plays=1))
    teller.counter = 0
    (answer,) = teller.tell(teller.report(plays=2))
    assert isinstance(answer, Rejected)
    assert (answer.status, answer.code, answer.expected) == (409, "same-counter", 2)


@pytest.mark.refusal_twin(30)
def test_a_gap_names_the_report_that_is_missing(teller: Teller) -> None:
    """Report 2 before report 1 is not taken; then both are, in order."""
    first, second = teller.report(), teller.report()
    (answer,) = teller.tell(second)
    assert isinstance(answer, Rejected)
    assert (answer.status, answer.code, answer.expected) == (409, "counter-gap", 1)
    assert teller.tell(first, second) == [Acknowledged(1), Acknowledged(2)]


def test_a_broken_chain_is_not_taken(teller: Teller) -> None:
    """The next report must name the hash of the one before."""
    teller.tell(teller.report())
    teller.previous = Sha256("1" * 64)
    (answer,) = teller.tell(teller.report())
    assert isinstance(answer, Rejected)
    assert (answer.status, answer.code) == (409, "broken-chain")


@pytest.mark.refusal(60)
def test_a_report_by_another_key_or_for_another_appliance_is_forbidden(
    province: Province, teller: Teller
) -> None:
    """Only the appliance's own key speaks for it, and only about itself."""
    stranger = Teller(province)
    honest = teller.report()
    forged = seal.seal(Kind.REPORT, seal.read_envelope(honest).payload, [SigningKey.generate()])
    answers = teller.tell(forged, stranger.report(), b"{}")
    assert [a.status for a in answers if isinstance(a, Rejected)] == [403, 403, 422]
    assert teller.tell(honest) == [Acknowledged(1)]


def test_one_bad_report_does_not_hold_up_the_others(province: Province, teller: Teller) -> None:
    """A batch of many appliances is answered one by one."""
    other = Teller(province)
    pairs = [
        (teller.device, teller.report()),
        (DeviceId("a" * 16), b"nonsense"),
        (other.device, other.report()),
    ]
    answers = take_reports(province.house, pairs, now=province.now)
    assert [type(a) for a in answers] == [Acknowledged, Rejected, Acknowledged]


def test_the_desk_answers_everything_that_waits(province: Province, teller: Teller) -> None:
    """Reports handed in from many threads are all answered, also those still waiting at the end."""
    desk = ReportDesk(province.house)
    token = teller.session()
    futures = [desk.submit(token, teller.request(teller.report())) for _ in range(50)]
    desk.close()
    assert [f.result(timeout=5) for f in futures] == [Acknowledged(n) for n in range(1, 51)]


def test_the_desk_judges_each_of_a_batch_by_itself(province: Province, teller: Teller) -> None:
    """Among good reports that wait together a stranger's token, another's key and a copied request are refused."""
    other = Teller(province)
    mine, theirs = teller.session(), other.session()
    first, honest_report = teller.request(teller.report()), other.report()
    desk = ReportDesk(province.house)
    desk._waiting.put(None)  # it ends before anything is handed in: what follows waits together
    desk._thread.join(timeout=10)
    waiting = [
        desk.submit(mine, first),
        desk.submit("nobody's token", other.request(honest_report)),
        desk.submit(theirs, teller.request(teller.report())),
        desk.submit(mine, first),
        desk.submit(theirs, other.request(honest_report)),
    ]
    desk._waiting.put(None)
    desk._run()
    good, stranger, key, copied, honest = waiting
    assert good.result(timeout=0) == honest.result(timeout=0) == Acknowledged(1)
    codes = []
    for refused in (stranger, key, copied):
        with pytest.raises(NotSignedIn) as told:
            refused.result(timeout=0)
        codes.append(told.value.code)
    assert codes == ["not-signed-in", "bad-signature", "replayed"]


def test_each_of_a_batch_is_known_by_its_own_health(province: Province, teller: Teller) -> None:
    """Of appliances that report together each is shown with what it told last, and has its own chain."""
    other = Teller(province)
    louder = msgspec.structs.replace(make_health(province), volume_pct=35)
    mine = [teller.report(health=True), teller.report(), teller.report(told=louder)]
    theirs = [other.report(health=True)]
    told = [(teller.device, r) for r in mine] + [(other.device, r) for r in theirs]
    take_reports(province.house, told, now=province.now)
    with province.house.reading() as unit:
        shown = [device_named(unit, one.device, now=province.now).health for one in (teller, other)]
    assert [health and health.volume_pct for health in shown] == [35, 80]
    assert teller.tell(teller.report()) == [Acknowledged(4)]
    assert other.tell(other.report()) == [Acknowledged(2)]


def test_silence_for_five_minutes_is_lost_contact(province: Province, teller: Teller) -> None:
    """An appliance that says nothing is shown as lost, with what to look at."""
    teller.tell(teller.report(health=True))
    with province.house.reading() as unit:
        later = device_named(unit, teller.device, now=province.now + timedelta(minutes=6))
    assert (later.step, "nguồn điện" in later.why) == (Step.LOST, True)


def test_the_sweep_keeps_evidence_and_forgets_bare_health(
    province: Province, teller: Teller
) -> None:
    """After an hour only reports that prove something are kept; the chain goes on."""
    bare, proof, head = teller.report(health=True), teller.report(plays=1), teller.report()
    teller.tell(bare, proof, head)
    province.clock.pass_by(timedelta(hours=2))
    sweep(province.house, now=province.now)
    answers = teller.tell(proof, head, bare, teller.report())
    assert [isinstance(a, Acknowledged) for a in answers] == [True, True, False, True]
