"""Handing over on the page: step by step, repeatable, kept over a cut, sealed only when nothing is undone."""

import html
from collections.abc import Awaitable, Callable

import msgspec
import pytest

from contract import codec, commissioning, seal
from contract.commissioning import todo_of
from contract.documents import Commissioning, Kind, Right, StaffPin, StepResult
from edge.core.commissioning import Reached
from edge.core.events import (
    ChoreDue,
    Ending,
    Inspected,
    PlayerEnded,
    PlayerStarted,
    SoundMeasured,
    Ticked,
    ZonesSwitched,
)
from edge.web import commission
from edge.web.commission_forms import State
from tests.edge.web.bench import Workbench
from tests.edge.web.shop import INSTALLER, LAN, PIN, Shop, assignment
from tests.edge.web.visitor import Visitor, another, story

BOTH = StaffPin(name="Võ Thị Út", verifier=INSTALLER.verifier, rights=tuple(Right))
Telling = Callable[[Shop, Visitor, Workbench], Awaitable[None]]


async def state(visitor: Visitor) -> State:
    """Return the state as machines read it; the visitor's next form carries its proof."""
    answer = await visitor.look("/commission/state")
    told = msgspec.json.decode(answer.content, type=State)
    visitor.page = f'name="csrf" value="{told.csrf}"'
    return told


async def do(visitor: Visitor, deed: str, **fields: str) -> str:
    """Do something, and return the page it leads to."""
    await state(visitor)
    answer = await visitor.post(f"/commission/{deed}", **fields)
    assert answer.status_code == 303, answer.text[-500:]
    page = await visitor.look(answer.headers["location"])
    return html.unescape(page.text)


async def sign_in(visitor: Visitor) -> None:
    """Sign in as whoever has a PIN here."""
    await state(visitor)
    answer = await visitor.post("/sign-in", pin=PIN, to="/commission")
    assert answer.headers["location"] == "/commission"


def telling(
    tell: Telling, *, person: StaffPin = INSTALLER, bench: Workbench | None = None
) -> Workbench:
    """Tell a story of somebody at the foot of the pole, at noon; return the bench."""
    bench = bench or Workbench()

    async def whole(shop: Shop, visitor: Visitor) -> None:
        shop.to(12, 0)
        await shop.reactor.submit(ChoreDue(name="health", storage_free_bytes=9_000_000_000))
        await sign_in(visitor)
        await tell(shop, visitor, bench)

    story(whole, Shop(staff=(person,), rooms=(commission.room(bench.bench()),)))
    return bench


async def click(shop: Shop, zone: str) -> None:
    """Have the relay do what it was told, once."""
    await shop.reactor.submit(ZonesSwitched(on=frozenset({zone})))
    shop.pass_s(1.2)
    await shop.reactor.submit(Ticked())
    await shop.reactor.submit(ZonesSwitched(on=frozenset()))


async def sound(shop: Shop, level_dbfs: float | None = -20.0) -> None:
    """Have the hands sound what was asked, and the listener hear it."""
    trial = shop.reactor.desk.checks.trial
    assert trial is not None
    zones = {trial.target} if trial.target else {"cho", "dinh"}
    await shop.reactor.submit(ZonesSwitched(on=frozenset(zones)))
    shop.pass_s(1.0)
    await shop.reactor.submit(Ticked())
    playing = shop.reactor.desk.rig.playing
    assert playing is not None
    await shop.reactor.submit(PlayerStarted(key=playing.key))
    shop.pass_s(1.0)
    heard = SoundMeasured(
        sounded_ms=0 if level_dbfs is None else 1_000,
        level_dbfs=level_dbfs,
        onset_mono_s=None if level_dbfs is None else shop.mono_s - 1.0,
        until_mono_s=shop.mono_s,
    )
    await shop.reactor.submit(heard)
    ended = PlayerEnded(key=playing.key, ending=Ending.FINISHED, played_ms=1_000)
    await shop.reactor.submit(ended)
    shop.pass_s(2.0)
    await shop.reactor.submit(Ticked())
    shop.pass_s(1.0)
    await shop.reactor.submit(ZonesSwitched(on=frozenset()))


async def whole_round(shop: Shop, visitor: Visitor) -> None:
    """Do every step well."""
    await do(visitor, "begin", by="Lê Minh Tuấn")
    for todo in todo_of(assignment()):
        word = todo.kind.value
        if word in {"link", "clock", "power", "disk"}:
            await do(visitor, "try", step=todo.step)
        elif word == "relay":
            await do(visitor, "try", step=todo.step)
            await click(shop, todo.target)
            await do(visitor, "answer", step=todo.step, answer="yes")
        elif word in {"tone", "loudness"}:
            await do(visitor, "try", step=todo.step)
            await sound(shop)
            await do(visitor, "answer", step=todo.step, answer="yes")
        elif word == "cap":
            await do(visitor, "answer", step=todo.step, answer="yes")
        elif word == "ready":
            await do(visitor, "try", step=todo.step)
            looking = shop.reactor.desk.checks.inspecting
            assert looking is not None
            for _ in range(2):
                await shop.reactor.submit(Inspected(of=looking.of, checks=()))
            page = await do(visitor, "answer", step=todo.step, answer="found")
            assert "Giờ yên tĩnh" in page  # the shop's next slot lies in it on purpose
            await do(visitor, "skip", step=todo.step, why="Lịch 5 giờ 15 đã báo xã sửa")
        elif word == "place":
            await do(visitor, "place", latitude="10,4931", longitude="105.6882", note="Ảnh 114")


def paper_of(bench: Workbench) -> Commissioning:
    """Return what was sealed."""
    assert bench.filed is not None
    paper = codec.decode(Kind.COMMISSIONING, seal.read_envelope(bench.filed.envelope).payload)
    assert isinstance(paper, Commissioning)
    return paper


def test_a_whole_round_ends_in_a_sealed_report_that_passed() -> None:
    """Every step done well: the report names person, PIN, levels and place, is sealed by the device and has passed."""

    async def tell(shop: Shop, visitor: Visitor, bench: Workbench) -> None:
        await whole_round(shop, visitor)
        page = await do(visitor, "seal")
        assert "Đã ký phiếu: đạt." in page, commissioning.faults_of(paper_of(bench))
        assert bench.kept == b""

    bench = telling(tell)
    paper = paper_of(bench)
    assert commissioning.passed(paper), commissioning.faults_of(paper)
    assert (paper.by, paper.pin) == ("Lê Minh Tuấn", "Lê Minh Tuấn")
    assert {
        r.step: r.measured.get("level-dbfs") for r in paper.steps if r.step.startswith("tone")
    } == {
        "tone/cho": -20.0,
        "tone/dinh": -20.0,
    }
    assert (paper.latitude_deg, paper.note) == (10.4931, "Ảnh 114")
    assert {r.step for r in paper.steps} == {t.step for t in todo_of(assignment())}


def test_nothing_is_sealed_while_a_step_is_undone() -> None:
    """The button that ends it says how many steps are left, and nothing is signed."""

    async def tell(_shop: Shop, visitor: Visitor, bench: Workbench) -> None:
        await do(visitor, "begin", by="Tuấn")
        page = await do(visitor, "seal")
        assert "bước chưa làm" in page
        assert bench.filed is None

    telling(tell)


def test_a_person_cannot_answer_what_was_not_tried() -> None:
    """An answer before the trial, or while it runs, records nothing."""

    async def tell(_shop: Shop, visitor: Visitor, _bench: Workbench) -> None:
        await do(visitor, "begin", by="Tuấn")
        assert "Hãy thử bước này trước" in await do(
            visitor, "answer", step="relay/cho", answer="yes"
        )
        await do(visitor, "try", step="relay/cho")
        assert "Hãy thử bước này trước" in await do(
            visitor, "answer", step="relay/cho", answer="yes"
        )
        assert [r.step for r in (await state(visitor)).steps] == ["pin"]

    telling(tell)


def test_the_trial_of_one_zone_answers_for_no_other() -> None:
    """Who tried the market's relay has not tried the temple's."""

    async def tell(shop: Shop, visitor: Visitor, _bench: Workbench) -> None:
        await do(visitor, "begin", by="Tuấn")
        for zone in ("dinh", "cho"):
            await do(visitor, "try", step=f"relay/{zone}")
            await click(shop, zone)
            shop.pass_s(2)
            await shop.reactor.submit(Ticked())
        page = await do(visitor, "answer", step="relay/dinh", answer="yes")
        assert "Hãy thử bước này trước" in page

    telling(tell)


def test_a_step_can_be_done_again_and_its_last_result_counts() -> None:
    """A relay that nobody heard is mended and tried again: passed, at the second try."""

    async def tell(shop: Shop, visitor: Visitor, _bench: Workbench) -> None:
        await do(visitor, "begin", by="Tuấn")
        for answer, shown in (("no", "không đạt"), ("yes", "đạt")):
            await do(visitor, "try", step="relay/cho")
            await click(shop, "cho")
            shop.pass_s(2)
            assert shown in await do(visitor, "answer", step="relay/cho", answer=answer)
        record = next(r for r in (await state(visitor)).steps if r.step == "relay/cho")
        assert (record.result, record.tries, record.by_person) == (StepResult.PASSED, 2, True)

    telling(tell)


def test_a_persons_word_makes_no_silent_tone_good() -> None:
    """The listener heard nothing, so a yes is recorded as failed with the machine's reason."""

    async def tell(shop: Shop, visitor: Visitor, _bench: Workbench) -> None:
        await do(visitor, "begin", by="Tuấn")
        await do(visitor, "try", step="tone/cho")
        await sound(shop, None)
        page = await do(visitor, "answer", step="tone/cho", answer="yes")
        assert "không có âm thanh ở đầu ra" in page
        assert "không đạt" in page

    telling(tell)


def test_a_skipped_step_needs_its_reason_and_keeps_the_report_from_passing() -> None:
    """A tone left out with a reason stands in the report, and the report has not passed."""

    async def tell(_shop: Shop, visitor: Visitor, bench: Workbench) -> None:
        await do(visitor, "begin", by="Tuấn")
        await state(visitor)
        assert (await visitor.post("/commission/skip", step="tone/cho", why="")).status_code == 400
        for todo in todo_of(assignment()):
            if todo.kind.value != "pin":
                await do(visitor, "skip", step=todo.step, why="Mưa to, leo cột nguy hiểm")
        assert "Đã ký phiếu: không đạt." in await do(visitor, "seal")
        assert bench.filed is not None

    paper = paper_of(telling(tell))
    assert not commissioning.passed(paper)
    assert {r.why for r in paper.steps if r.result is StepResult.SKIPPED} == {
        "Mưa to, leo cột nguy hiểm"
    }


def test_after_a_cut_it_goes_on_where_it_was() -> None:
    """The appliance lost its power in between: with the same disk the page shows the next step, not the first."""
    bench = Workbench()

    async def before(_shop: Shop, visitor: Visitor, _bench: Workbench) -> None:
        await do(visitor, "begin", by="Tuấn")
        await do(visitor, "try", step="link")

    async def after(_shop: Shop, visitor: Visitor, _bench: Workbench) -> None:
        told = await state(visitor)
        assert [r.step for r in told.steps] == ["pin", "link"]
        assert "Máy so giờ của mình" in (await visitor.look("/commission")).text

    telling(before, bench=bench)
    telling(after, bench=bench)


def test_a_central_that_does_not_answer_fails_the_link_with_its_reason() -> None:
    """The reason stands on the page and in the record."""

    async def tell(_shop: Shop, visitor: Visitor, bench: Workbench) -> None:
        await do(visitor, "begin", by="Tuấn")
        bench.reached = Reached(why="Không gọi được máy tỉnh: timeout")
        assert "Không gọi được máy tỉnh" in await do(visitor, "try", step="link")
        bench.reached = Reached(round_trip_ms=80.0, offset_ms=-9_000.0)
        assert "đạt." in await do(visitor, "try", step="link")
        assert "lệch giờ tỉnh -9.0 giây" in await do(visitor, "try", step="clock")

    telling(tell)


def test_a_full_card_says_so_and_nothing_is_said_to_be_done() -> None:
    """What could not be written is not recorded, and the page gives the reason."""

    async def tell(_shop: Shop, visitor: Visitor, bench: Workbench) -> None:
        await do(visitor, "begin", by="Tuấn")
        bench.full = True
        assert "Thẻ nhớ không ghi được" in await do(visitor, "try", step="link")
        assert [r.step for r in (await state(visitor)).steps] == ["pin"]

    telling(tell)


@pytest.mark.parametrize(("pin", "sounds"), [("", False), ("000000", False), (PIN, True)])
def test_in_quiet_hours_a_tone_needs_the_pin_once_more(pin: str, sounds: bool) -> None:
    """At half past ten in the evening only the right PIN, typed again, lets one low tone sound."""

    async def tell(shop: Shop, visitor: Visitor, _bench: Workbench) -> None:
        shop.to(22, 30)
        await sign_in(visitor)
        await do(visitor, "begin", by="Tuấn")
        await do(visitor, "try", step="tone/cho", pin=pin)
        await shop.reactor.submit(Ticked())
        trial = shop.reactor.desk.checks.trial
        assert (trial is not None and trial.running) is sounds
        page = (await visitor.look("/commission?step=tone/cho")).text
        assert "Đang giờ yên tĩnh" in page

    telling(tell)


@pytest.mark.parametrize("person", [None, LAN])
def test_only_an_installer_hands_over(person: StaffPin | None) -> None:
    """Without a PIN the page asks for one; who may only operate is refused; neither changes anything."""
    bench = Workbench()

    async def tell(_shop: Shop, visitor: Visitor) -> None:
        told = await state(visitor)
        assert (told.todos, told.by) == ((), "")
        if person is not None:
            await visitor.post("/sign-in", pin=PIN, to="/commission")
            await state(visitor)
        status = 401 if person is None else 403
        for path in ("/commission", "/commission/paper"):
            assert (await visitor.look(path)).status_code == status
        for deed, fields in (
            ("begin", {"by": "x"}),
            ("try", {"step": "relay/cho"}),
            ("answer", {"step": "cap", "answer": "yes"}),
            ("skip", {"step": "cap", "why": "x"}),
            ("place", {}),
            ("seal", {}),
            ("drop", {}),
        ):
            answer = await visitor.post(f"/commission/{deed}", **fields)
            assert answer.status_code == status, deed
        assert bench.kept is None

    story(tell, Shop(staff=(LAN,), rooms=(commission.room(bench.bench()),)))


def test_a_form_of_another_page_changes_nothing() -> None:
    """Without its proof a deed is refused before anything happens."""

    async def tell(_shop: Shop, visitor: Visitor, bench: Workbench) -> None:
        assert (await visitor.post("/commission/begin", csrf="0" * 64, by="x")).status_code == 403
        assert bench.kept is None

    telling(tell)


def test_what_was_sealed_can_be_carried_away() -> None:
    """The sealed report is a file that the installer may save; another browser must sign in for it."""

    async def tell(shop: Shop, visitor: Visitor, bench: Workbench) -> None:
        await whole_round(shop, visitor)
        await do(visitor, "seal")
        assert bench.filed is not None
        assert (await visitor.look("/commission/paper")).content == bench.filed.envelope
        async with another(shop, beside=visitor) as stranger:
            assert (await stranger.look("/commission/paper")).status_code == 401

    telling(tell)


def test_the_check_page_leads_an_installer_here() -> None:
    """Who may install finds the way; who may not sees no such link."""

    async def tell(_shop: Shop, visitor: Visitor, _bench: Workbench) -> None:
        assert 'href="/commission"' in (await visitor.look("/check")).text

    telling(tell)
