"""Enrolment over real HTTP: the real enroller, gate and courier, driven by the real core, before a working central."""

import base64
import hashlib
import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from contract.documents import Kind
from contract.enrolment import EnrolmentAnswered, EnrolmentAsked, Standing
from contract.errors import RefusalCode
from contract.testing import Authority
from edge.adapters.courier import Courier
from edge.adapters.enrolling import WAIT_MOST_S, Enroller, board_model
from edge.core.decide import decide
from edge.core.desk import Desk
from edge.core.events import (
    AssignmentAccepted,
    ClaimTyped,
    DocumentRefused,
    EnrolmentSeen,
    HandFailed,
    Happening,
    Started,
    Ticked,
)
from edge.core.moment import Clock, Moment
from edge.core.orders import AskEnrolment
from tests.edge.adapters.fake_central import BASE, FakeCentral, answers
from tests.edge.adapters.link_rig import AREA, Rig, rig
from tests.edge.adapters.registry import CLAIM, SITE, TITLE, WRONG_CLAIM, Registry


class Newcomer:
    """An appliance that nobody has assigned: core, enroller, courier and gate, in time that the test lets pass."""

    def __init__(self, held: Rig) -> None:
        self.held = held
        self.mono_s = 1_000.0
        self.desk = Desk()
        self.asked_s: list[float] = []
        courier = Courier(held.link, held.shelf, held.gate, held.events.append, held.wall_now)
        numbers = itertools.count(1)
        self.nonces = [hashlib.sha256(b"%d" % n).digest() for n in range(1, 9)]
        self.enroller = Enroller(
            held.link,
            held.identity.public,
            lambda: held.gate.state.assignment is not None,
            courier.sync,
            held.events.append,
            software="0.1.0",
            model="Raspberry Pi 4 Model B",
            nonce=lambda: self.nonces[next(numbers) - 1],
        )
        self.happen(Started(device=held.identity.device, software="0.1.0", clock=Clock.TRUSTED))

    @property
    def assigned(self) -> bool:
        """Return whether the core knows an assignment."""
        return self.desk.word.assignment is not None

    @property
    def seen(self) -> EnrolmentSeen:
        """Return what the enroller said last."""
        last = self.held.of(EnrolmentSeen)[-1]
        assert isinstance(last, EnrolmentSeen)
        return last

    def happen(self, event: Happening) -> None:
        """Decide on this event, obey what is asked of the enroller, and decide on what it says."""
        waiting: list[Happening] = [event]
        while waiting:
            now = Moment(self.held.wall, self.mono_s)
            decision = decide(self.desk, waiting.pop(0), now)
            self.desk = decision.desk
            for order in decision.orders:
                if isinstance(order, AskEnrolment):
                    before = len(self.held.events)
                    self.asked_s.append(self.mono_s)
                    self.enroller.obey(order)
                    waiting += self.held.events[before:]

    def run(self, seconds: float) -> None:
        """Let so many seconds pass, in steps of a tenth."""
        for _ in range(round(seconds * 10)):
            self.mono_s += 0.1
            self.happen(Ticked())

    def run_until_assigned(self, within_s: float) -> float:
        """Let time pass until the core knows an assignment; return how long that took."""
        begun_s = self.mono_s
        while not self.assigned:
            assert self.mono_s - begun_s < within_s, self.desk.enrolment
            self.run(0.1)
        return self.mono_s - begun_s


@pytest.fixture
def central() -> Iterator[FakeCentral]:
    """Run a central that knows nobody."""
    with FakeCentral({}) as fake:
        yield fake


@pytest.fixture
def registry(central: FakeCentral) -> Registry:
    """Return its book of who asks to be enrolled."""
    return Registry(central)


@pytest.fixture
def newcomer(central: FakeCentral, registry: Registry, tmp_path: Path) -> Iterator[Newcomer]:
    """Return an appliance that central does not know yet; it has asked once."""
    with rig(tmp_path, central) as held:
        central.keys.clear()
        yield Newcomer(held)


def paper(newcomer: Newcomer) -> bytes:
    """Return the sealed assignment that this appliance obeys."""
    return newcomer.held.authority.assign(newcomer.held.identity.public, AREA)


# --- the way to an assignment ---------------------------------------------------------------------


def test_from_the_first_question_to_work(newcomer: Newcomer, registry: Registry) -> None:
    """Waiting; a claim code; the same six digits on both screens; confirmed; assigned, each step within a poll."""
    newcomer.run(1.1)
    assert newcomer.desk.enrolment.standing is Standing.WAITING
    newcomer.happen(ClaimTyped(claim=CLAIM))
    newcomer.run(0.6)
    known = newcomer.desk.enrolment
    assert (known.standing, known.site, known.title) == (Standing.MATCHED, SITE, TITLE)
    assert known.code == registry.code()
    assert (known.claim, known.claim_error) == ("", "")
    registry.assign(newcomer.held.identity.public, paper(newcomer))
    assert newcomer.run_until_assigned(2.0) <= 0.6
    assert newcomer.held.gate.state.assignment is not None
    before = len(registry.asked)
    newcomer.run(30)
    assert len(registry.asked) == before  # whoever is at work asks no more


def test_it_is_quick_where_the_place_was_known_before(
    newcomer: Newcomer, registry: Registry
) -> None:
    """A site planned for this very key: from the first question to work in a second and a half of asking."""
    registry.site = SITE
    registry.assign(newcomer.held.identity.public, paper(newcomer))
    assert newcomer.run_until_assigned(5.0) <= 1.5


def test_nothing_is_shown_before_it_is_bound(newcomer: Newcomer, registry: Registry) -> None:
    """The first question holds the commitment alone; the nonce comes with the second, and the same ever after."""
    newcomer.run(2)
    first, *later = registry.asked
    assert (first.nonce, first.claim) == (None, "")
    own = base64.b64encode(newcomer.nonces[0]).decode()
    assert first.commitment == hashlib.sha256(newcomer.nonces[0]).hexdigest()
    assert [(asked.nonce, asked.commitment) for asked in later] == [
        (own, first.commitment) for _ in later
    ]
    assert len(later) >= 2
    assert (first.software, first.model) == ("0.1.0", "Raspberry Pi 4 Model B")


def test_the_questions_are_signed_and_need_no_session(
    central: FakeCentral, newcomer: Newcomer, registry: Registry
) -> None:
    """Central refuses what proves nothing; ours was answered, and no session was ever asked for."""
    newcomer.run(1)
    assert registry.asked
    assert central.asked("/challenge") == 0
    stranger = msgspec.structs.replace(
        registry.asked[0], device_key=Authority.make().keyring.keys[0].key
    )
    unsigned = newcomer.held.link
    with pytest.raises(Exception, match="HTTP 401"):
        unsigned.introduce("/enrolment", msgspec.json.encode(stranger))


def test_a_code_typed_before_central_answered_is_taken_along(
    central: FakeCentral, registry: Registry, tmp_path: Path
) -> None:
    """A code typed with central away waits for it and for the nonces, goes with the next question, is judged once."""
    central.stop()
    with rig(tmp_path, central) as held:
        newcomer = Newcomer(held)
        newcomer.happen(ClaimTyped(claim=CLAIM))
        assert newcomer.desk.enrolment.claim == CLAIM
        central.start()
        newcomer.run(WAIT_MOST_S + 2)
        assert newcomer.desk.enrolment.standing is Standing.MATCHED
    assert registry.asked[0].claim == ""
    assert [asked.claim for asked in registry.asked].count(CLAIM) == 1


def test_a_wrong_code_is_said_in_words_and_a_right_one_then_taken(
    newcomer: Newcomer, registry: Registry
) -> None:
    """Central's sentence comes to the page and the log; the next code is a new question."""
    newcomer.run(1.1)
    newcomer.happen(ClaimTyped(claim="0000000000"))
    newcomer.run(1.1)
    known = newcomer.desk.enrolment
    assert (known.standing, known.claim_error) == (Standing.WAITING, WRONG_CLAIM)
    assert any(WRONG_CLAIM in note.text for note in newcomer.desk.log)
    newcomer.happen(ClaimTyped(claim=CLAIM))
    newcomer.run(0.6)
    assert newcomer.desk.enrolment.standing is Standing.MATCHED
    assert newcomer.desk.enrolment.claim_error == ""


def test_a_refusal_is_said_in_central_s_words(newcomer: Newcomer, registry: Registry) -> None:
    """Who was refused says so, goes on asking, and is taken once central has thought better of it."""
    registry.refusal = "Thiết bị này đã báo mất."
    newcomer.run(1.1)
    assert newcomer.desk.enrolment.standing is Standing.REFUSED
    assert newcomer.desk.enrolment.why == "Thiết bị này đã báo mất."
    registry.refusal = ""
    registry.assign(newcomer.held.identity.public, paper(newcomer))
    newcomer.run_until_assigned(2.0)


# --- who stands in between ------------------------------------------------------------------------


def test_a_wrong_central_cannot_adopt(
    central: FakeCentral, newcomer: Newcomer, registry: Registry
) -> None:
    """A central that says "assigned" and brings strangers' papers adopts nobody: it stays silent and says why."""
    public = newcomer.held.identity.public
    registry.assign(public, Authority.make().assign(public, AREA))
    newcomer.run(3)
    assert not newcomer.assigned
    assert newcomer.desk.enrolment.standing is Standing.ASSIGNED
    assert newcomer.desk.enrolment.refused == RefusalCode.UNKNOWN_KEY.value
    refused = newcomer.held.of(DocumentRefused)
    assert len(refused) == 1  # said once, however often it is brought
    registry.assign(public, paper(newcomer))  # the twin: the province's own paper is obeyed at once
    newcomer.run_until_assigned(WAIT_MOST_S)


def test_another_nonce_of_central_is_met_with_another_of_ours(
    newcomer: Newcomer, registry: Registry
) -> None:
    """Central lost its memory: our nonce was seen, so a fresh one is bound anew, and the codes agree again."""
    newcomer.run(1.1)
    registry.site = SITE
    newcomer.run(0.6)
    before = newcomer.desk.enrolment.code
    assert before == registry.code()
    registry.forget()
    newcomer.run(2.1)
    assert newcomer.desk.enrolment.code == registry.code() != before
    commitments = list(dict.fromkeys(asked.commitment for asked in registry.asked))
    assert len(commitments) == 2
    fresh = next(asked for asked in registry.asked if asked.commitment == commitments[1])
    assert fresh.nonce is None


def test_whoever_chooses_after_he_has_seen_gets_no_code(
    central: FakeCentral, newcomer: Newcomer, registry: Registry
) -> None:
    """Somebody in between who changes central's nonce with each answer, to grind two codes alike, never sees one."""

    def grinding(body: bytes) -> tuple[int, dict[str, str], bytes]:
        asked = msgspec.json.decode(body, type=EnrolmentAsked)
        registry.asked.append(asked)
        nonce = base64.b64encode(hashlib.sha256(body + b"%d" % len(registry.asked)).digest())
        told = EnrolmentAnswered(
            standing=Standing.MATCHED,
            central_nonce=nonce.decode(),
            site=SITE,
            title=TITLE,
            again_s=0.5,
        )
        return 200, {}, msgspec.json.encode(told)

    central.enrols = grinding
    newcomer.run(6)
    seen = newcomer.held.of(EnrolmentSeen)
    assert len(registry.asked) > 8
    assert {one.code for one in seen if isinstance(one, EnrolmentSeen)} == {""}
    revealed = [asked.nonce for asked in registry.asked if asked.nonce]
    assert len(revealed) == len(set(revealed))  # each of ours was shown under one nonce only


def test_a_match_before_our_nonce_is_known_is_no_match(
    central: FakeCentral, tmp_path: Path
) -> None:
    """An answer that is "matched" to the commitment alone shows nothing; once our nonce is known it does."""
    fixed = base64.b64encode(b"c" * 32).decode()
    told = EnrolmentAnswered(
        standing=Standing.MATCHED, central_nonce=fixed, site=SITE, title=TITLE, again_s=0.5
    )
    central.enrols = lambda _body: (200, {}, msgspec.json.encode(told))
    with rig(tmp_path, central) as held:
        newcomer = Newcomer(held)
        assert (newcomer.seen.standing, newcomer.seen.code) == (Standing.COMMITTED, "")
        newcomer.run(0.6)
        assert newcomer.seen.standing is Standing.MATCHED
        assert len(newcomer.seen.code) == 7


# --- a central that is away, or odd ---------------------------------------------------------------


def test_an_absent_central_is_asked_ever_more_rarely(
    central: FakeCentral, newcomer: Newcomer, registry: Registry
) -> None:
    """The waits grow to at most a quarter of a minute, the page says what to look at; back again it goes on."""
    newcomer.run(1.1)
    central.stop()
    begun = len(newcomer.asked_s)
    newcomer.run(120)
    waits = [b - a for a, b in itertools.pairwise(newcomer.asked_s[begun:])]
    assert max(waits) <= WAIT_MOST_S + 0.2
    assert len(waits) <= 60
    assert sum(waits[-4:]) > 4 * 1.0
    known = newcomer.desk.enrolment
    assert known.standing is None
    assert "kiểm tra cáp mạng" in known.why
    central.start()
    registry.assign(newcomer.held.identity.public, paper(newcomer))
    newcomer.run_until_assigned(WAIT_MOST_S + 1)


def test_central_is_never_asked_faster_than_twice_a_second(
    newcomer: Newcomer, registry: Registry
) -> None:
    """However often somebody types, two questions are half a second apart; the last code typed is the one judged."""
    newcomer.run(1.1)
    for number in range(20):
        newcomer.happen(ClaimTyped(claim=f"{number:010d}"))
        newcomer.run(0.1)
    newcomer.happen(ClaimTyped(claim=CLAIM))
    newcomer.run(1.2)
    assert newcomer.desk.enrolment.standing is Standing.MATCHED
    assert min(b - a for a, b in itertools.pairwise(newcomer.asked_s)) >= 0.5 - 1e-6


def test_central_s_own_pace_is_kept(newcomer: Newcomer, registry: Registry) -> None:
    """Asked to come again in ten seconds it does; a typed code does not wait for that."""
    registry.again_s = 10.0
    newcomer.run(60)
    waits = [b - a for a, b in itertools.pairwise(newcomer.asked_s)]
    assert waits[1:] == pytest.approx([10.0] * len(waits[1:]), abs=0.15)
    newcomer.happen(ClaimTyped(claim=CLAIM))
    newcomer.run(0.6)
    assert newcomer.desk.enrolment.standing is Standing.MATCHED


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "không đúng quy cách"),
        (b"<html>Wi-Fi login</html>", "không đúng quy cách"),
        (b'{"standing":"mine","central_nonce":"' + b"A" * 43 + b'="}', "không đúng quy cách"),
        (b'{"standing":"waiting","central_nonce":"x"}', "không đúng quy cách"),
        (b'{"standing":"waiting","central_nonce":"' + b"A" * 43 + b'=","again_s":0}', "quy cách"),
        (b"x" * 20_000, "không đúng quy cách"),
    ],
)
def test_an_answer_that_is_none_is_said_and_survived(
    central: FakeCentral, newcomer: Newcomer, registry: Registry, body: bytes, said: str
) -> None:
    """A portal, another program, too much: it is a sentence on the page; the next good answer goes on."""
    central.faults[f"{BASE}/enrolment".removeprefix(BASE)] = answers(200, {}, body)
    newcomer.run(16)
    assert newcomer.desk.enrolment.standing is None
    assert said in newcomer.desk.enrolment.why
    central.faults.clear()
    newcomer.run(16)
    assert newcomer.desk.enrolment.standing is Standing.WAITING


def test_a_nonce_that_has_two_spellings_is_refused(
    central: FakeCentral, newcomer: Newcomer, registry: Registry
) -> None:
    """A nonce with unused bits set is no nonce: nothing is shown for comparing, and central's fault is said."""
    odd = "A" * 42 + "B="
    told = EnrolmentAnswered(
        standing=Standing.MATCHED, central_nonce=odd, site=SITE, title=TITLE, again_s=0.5
    )
    central.enrols = lambda _body: (200, {}, msgspec.json.encode(told))
    newcomer.run(16)
    assert newcomer.desk.enrolment.code == ""
    assert "không đúng quy cách" in newcomer.desk.enrolment.why


def test_an_older_central_is_asked_for_the_paper_itself(
    central: FakeCentral, tmp_path: Path
) -> None:
    """A central without enrolment may know us from elsewhere: its assignment is fetched as ever."""
    with rig(tmp_path, central) as held:
        central.faults["/enrolment"] = answers(404)
        central.put("/assignment", held.authority.assign(held.identity.public, AREA))
        newcomer = Newcomer(held)
        assert newcomer.assigned
        assert held.of(AssignmentAccepted)


def test_a_central_that_says_no_is_no_fault_of_a_hand(
    central: FakeCentral, newcomer: Newcomer, registry: Registry
) -> None:
    """Denied with a sentence: the page shows it, no part of the appliance counts as broken."""
    central.faults["/enrolment"] = answers(
        403, {}, b'{"error":"no","why":"Ch\xc6\xb0a m\xe1\xbb\x9f."}'
    )
    newcomer.run(3)
    assert "Chưa mở." in newcomer.desk.enrolment.why
    assert newcomer.held.of(HandFailed) == []


# --- what is told ---------------------------------------------------------------------------------


def test_each_step_is_a_plain_line_of_the_log(newcomer: Newcomer, registry: Registry) -> None:
    """The log tells the way, a line for each step and none for each question; the machine's log likewise."""
    newcomer.run(1.1)
    newcomer.happen(ClaimTyped(claim=CLAIM))
    newcomer.run(5)
    registry.assign(newcomer.held.identity.public, paper(newcomer))
    newcomer.run_until_assigned(2.0)
    assert [note.text for note in newcomer.desk.log] == [
        "Thiết bị khởi động.",
        "Trung tâm đã trả lời; bắt đầu ghép máy.",
        "Trung tâm đã thấy thiết bị; chờ chọn nơi đặt hoặc nhập mã nhận máy.",
        "Có người nhập mã nhận máy trên trang này.",
        f"Trung tâm chọn nơi đặt “{TITLE}”; mã so sánh {registry.code()}.",
        "Nhận giấy giao nhiệm vụ: Cụm loa ấp 1, địa bàn dt/my-phong/ap-1.",
    ]


def test_the_machine_s_log_has_one_line_for_each_step_and_no_secret(
    newcomer: Newcomer, registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    """Standing and site are logged when they change; nonce and claim code never."""
    caplog.set_level(logging.INFO, "edge.adapters.enrolling")
    newcomer.run(1.1)
    newcomer.happen(ClaimTyped(claim=CLAIM))
    newcomer.run(5)
    lines = [r.getMessage() for r in caplog.records if r.name == "edge.adapters.enrolling"]
    assert [line.split()[1] for line in lines] == ["standing=waiting", "standing=matched"]
    assert CLAIM not in caplog.text
    assert str(registry.asked[-1].nonce) not in caplog.text


def test_the_machine_is_named(tmp_path: Path) -> None:
    """As the firmware calls it, without the closing NUL; elsewhere by its kind of processor."""
    model = tmp_path / "model"
    model.write_bytes(b"Raspberry Pi 4 Model B Rev 1.4\x00")
    assert board_model(model) == "Raspberry Pi 4 Model B Rev 1.4"
    assert board_model(tmp_path / "nowhere")


def test_the_papers_come_with_the_first_session(
    central: FakeCentral, newcomer: Newcomer, registry: Registry
) -> None:
    """Assigned means known: the same minute brings the programme too."""
    public = newcomer.held.identity.public
    registry.assign(public, paper(newcomer))
    central.put("/programme", newcomer.held.authority.programme(newcomer.held.identity.device))
    newcomer.run_until_assigned(2.0)
    assert newcomer.held.gate.programme() is not None
    assert central.asked("/session") == 1
    assert newcomer.held.gate.held_sha256(Kind.ASSIGNMENT) is not None
