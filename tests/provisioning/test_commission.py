"""Handing over from a laptop: the same steps as on the page, a signed PDF, and judging one."""

import argparse
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from contract import seal
from contract.documents import Kind, StepResult
from contract.enrolment import qr_text
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey, device_id
from edge.core.events import (
    AssignmentAccepted,
    ChoreDue,
    Ending,
    Inspected,
    PlayerEnded,
    PlayerStarted,
    SoundMeasured,
    Ticked,
    TrialKind,
    ZonesSwitched,
)
from edge.web import commission
from provisioning.__main__ import main
from provisioning.commission import deed, paper
from provisioning.commission.guide import Guide
from provisioning.commission.pole import Pole, PoleFault
from provisioning.commission.words import Say
from tests.contract.test_commissioning import KEY, OTHER, report, sealed
from tests.edge.web.bench import Workbench
from tests.edge.web.shop import INSTALLER, PIN, Serving, Shop, assignment, serving
from tests.provisioning.scripted import Scripted


class Hands:
    """What the hands of the appliance do while the laptop waits."""

    def __init__(self, server: Serving) -> None:
        """Work behind this page."""
        self.server, self.shop = server, server.shop

    def work(self, _seconds: float = 0.0) -> None:
        """Do what is tried or looked at now."""
        desk = self.shop.reactor.desk
        trial, looking = desk.checks.trial, desk.checks.inspecting
        if looking is not None:
            for _ in range(2):
                self.server.do(Inspected(of=looking.of, checks=()))
        elif trial is not None and trial.running and trial.kind is TrialKind.CLICK:
            self.server.do(ZonesSwitched(on=frozenset({trial.target})))
            self._pass(1.2)
            self.server.do(ZonesSwitched(on=frozenset()))
            self._pass(2.0)
        elif trial is not None and trial.running:
            self._sound(frozenset({trial.target} if trial.target else {"cho", "dinh"}))

    def _sound(self, zones: frozenset[str]) -> None:
        self.server.do(ZonesSwitched(on=zones))
        self._pass(1.0)
        playing = self.shop.reactor.desk.rig.playing
        assert playing is not None
        self.server.do(PlayerStarted(key=playing.key))
        self.shop.pass_s(1.0)
        until = self.shop.mono_s
        self.server.do(
            SoundMeasured(
                sounded_ms=1_000, level_dbfs=-19.0, onset_mono_s=until - 1, until_mono_s=until
            )
        )
        ended = PlayerEnded(key=playing.key, ending=Ending.FINISHED, played_ms=1_000)
        self.server.do(ended)
        self._pass(2.0)
        self._pass(1.0)
        self.server.do(ZonesSwitched(on=frozenset()))
        self._pass(2.0)

    def _pass(self, seconds: float) -> None:
        self.shop.pass_s(seconds)
        self.server.do(Ticked())


@pytest.fixture
def bench() -> Workbench:
    """Return an appliance's disk and key."""
    return Workbench()


@pytest.fixture
def server(bench: Workbench) -> Iterator[Serving]:
    """Serve an appliance's page at noon over a real socket; its assignment names its own key."""
    shop = Shop(staff=(INSTALLER,), rooms=(commission.room(bench.bench()),))
    shop.to(12, 0)
    with serving(shop) as running:
        key = bench.key.public
        ours = msgspec.structs.replace(
            assignment(2, (INSTALLER,)), device=device_id(key), device_key=key
        )
        running.do(AssignmentAccepted(assignment=ours))
        running.do(ChoreDue(name="health", storage_free_bytes=9_000_000_000))
        yield running


def led(server: Serving, person: Scripted, said: list[str] | None = None) -> Pole:
    """Lead through all steps; return the pole."""
    pole = Pole(server.address)
    pole.sign_in(INSTALLER.name, PIN)
    lines = said if said is not None else []
    Guide(pole, person, Say("vi"), lines.append, nap=Hands(server).work).lead("Lê Minh Tuấn")
    return pole


def test_a_laptop_leads_through_every_step_and_gets_the_sealed_report(
    server: Serving, bench: Workbench
) -> None:
    """Each step is asked once in its order; the paper is genuine, and what was measured stands in it."""
    said: list[str] = []
    envelope = led(server, Scripted(), said).paper()
    found, again = paper.judged(paper.paper_of(envelope), bench.key.public)
    assert again == envelope
    records = {record.step: record for record in found.steps}
    assert records["tone/cho"].measured == {"level-dbfs": -19.0}
    assert records["relay/dinh"].result is StepResult.PASSED
    assert records["ready"].result is StepResult.FAILED  # the shop's next slot is in quiet hours
    assert found.by == "Lê Minh Tuấn"
    assert any("Bước 1/13: đường truyền" in line for line in said)
    assert any("Mức đo được -19.0 dBFS" in line for line in said)


def test_after_a_cut_the_laptop_goes_on(server: Serving) -> None:
    """A second laptop finds what the first has recorded and asks only for the rest."""

    class Cut(Exception):
        pass

    class Tired(Scripted):
        def choose(self, question: str, options: Sequence[tuple[str, str]]) -> str:
            if "Âm thấp" in question or "âm thấp" in question:
                raise Cut
            return super().choose(question, options)

    with pytest.raises(Cut):
        led(server, Tired())
    said: list[str] = []
    led(server, Scripted(), said)
    assert "làm tiếp" in said[0]
    assert not any("Bước 1/13" in line for line in said)


def test_what_nobody_heard_is_failed_and_can_be_skipped_with_a_reason(
    server: Serving, bench: Workbench
) -> None:
    """A tone that the person denies is asked again at once; left out, the reason stands in the report."""
    person = Scripted(**{"đúng ở khu loa": "no", "Làm gì tiếp": "skip"})
    found, _ = paper.judged(paper.paper_of(led(server, person).paper()), bench.key.public)
    record = next(one for one in found.steps if one.step == "tone/cho")
    assert (record.result, record.why) == (StepResult.SKIPPED, "vì mưa")


def test_a_wrong_pin_leads_nowhere(server: Serving) -> None:
    """The laptop says whose PIN was not taken."""
    with pytest.raises(PoleFault, match="was not taken"):
        Pole(server.address).sign_in(INSTALLER.name, "000000")


@pytest.mark.parametrize("address", ["", "ftp://x", "127.0.0.1:9", "http://127.0.0.1:9/"])
def test_an_address_where_nobody_answers_is_named(address: str) -> None:
    """What is no address, or does not answer, is said in words with the next step."""
    with pytest.raises(PoleFault):
        Pole(address).state()


# --- judging a paper ------------------------------------------------------------------------------


def test_a_genuine_paper_is_known_by_the_appliances_key() -> None:
    """With the key that central assigned, report and envelope come back."""
    envelope = sealed(report(), KEY, OTHER)
    assert paper.judged(paper.paper_of(envelope), KEY.public) == (report(), envelope)


def test_a_page_that_was_changed_is_refused() -> None:
    """One byte of what is shown is another: the seal holds, and the paper is refused."""
    made = paper.paper_of(sealed(report(), KEY))
    at = made.index(b"/Title")
    changed = made[: at + 8] + bytes([made[at + 8] ^ 1]) + made[at + 9 :]
    with pytest.raises(Refused) as no:
        paper.judged(changed, KEY.public)
    assert no.value.code is RefusalCode.MALFORMED


def test_a_paper_around_a_strangers_seal_is_refused() -> None:
    """Well drawn, and sealed by another key: refused."""
    with pytest.raises(Refused) as no:
        paper.judged(paper.paper_of(sealed(report(), OTHER)), KEY.public)
    assert no.value.code is RefusalCode.BAD_SIGNATURE


def test_a_paper_of_ours_with_another_reports_seal_is_refused() -> None:
    """The pages of a passed report over the seal of a failed one are not the ones drawn from it."""
    good = paper.paper_of(sealed(report(), KEY))
    bad = sealed(report(tone=StepResult.FAILED), KEY)
    with pytest.raises(Refused):
        paper.judged(good[:-6] + b"\nstream\n" + zlib.compress(bad), OTHER.public)


def test_a_pdf_of_anything_else_is_refused() -> None:
    """A PDF without a sealed report is no report."""
    with pytest.raises(Refused, match="no sealed commissioning"):
        paper.judged(b"%PDF-1.7\nstream\nnothing\nendstream", KEY.public)


def test_the_command_judges_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`commission verify` says whose it is and the verdict, in both languages, and as JSON; a wrong key is exit 1."""
    file = tmp_path / "phieu.pdf"
    file.write_bytes(paper.paper_of(sealed(report(), KEY)))
    words = ["commission", "verify", str(file), "--device-key", qr_text(KEY.public)]
    assert main(words) == 0
    assert "đúng của máy" in capsys.readouterr().out
    assert main([*words, "--language", "en", "--json"]) == 0
    told = msgspec.json.decode(capsys.readouterr().out, type=deed.Outcome)
    assert (told.passed, told.signers) == (True, 1)
    words[-1] = OTHER.public
    assert main(words) == 1
    assert "not sealed by this appliance" in capsys.readouterr().err


def test_an_existing_report_is_never_written_over(server: Serving, tmp_path: Path) -> None:
    """Before anybody climbs the command says that the file is there."""
    file = tmp_path / "a.pdf"
    file.write_bytes(b"x")
    given = argparse.Namespace(
        where=server.address, file=None, key=None, out=file, language="vi", json=False
    )
    with pytest.raises(FileExistsError):
        deed.run(given)


def test_an_installers_signature_stands_beside_the_appliances() -> None:
    """Attached on the laptop, both keys count as signers of the same content."""
    own = SigningKey.generate()
    both = seal.attach(sealed(report(), KEY), own)
    read = seal.read_envelope(both)
    assert seal.signers(read, [KEY.public, own.public]) == {KEY.public, own.public}
    assert read.kind is Kind.COMMISSIONING
    assert paper.judged(paper.paper_of(both), KEY.public)[0] == report()
