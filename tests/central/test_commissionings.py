"""How appliances were handed over: sealed by their own key, kept with the place, seen by who may see it."""

from datetime import datetime, timedelta

import msgspec
import pytest

from central.domain.errors import Conflict, Forbidden, NotFound
from central.domain.people import PersonRole
from central.services.commissioning_pdf import pdf_of
from central.services.commissionings import (
    commissioning_envelope,
    commissionings_at,
    commissionings_of,
    take_commissioning,
)
from contract import codec, commissioning_paper, seal
from contract.commissioning import todo_of
from contract.documents import (
    Assignment,
    Commissioning,
    Kind,
    StepRecord,
    StepResult,
    Zone,
)
from contract.errors import RefusalCode, Refused
from contract.seal import SigningKey, device_id
from tests.central.enrolling import SITE, Crew, Newcomer, somebody
from tests.central.setting import HAMLET, Province


def report(key: SigningKey, province_now: datetime, **changed: object) -> Commissioning:
    """Return a report of an appliance in which all passed, changed as said."""
    device = device_id(key.public)
    paper = Assignment(
        device=device,
        device_key=key.public,
        epoch=1,
        issued=province_now,
        name="Cụm loa ấp 1",
        area=HAMLET,
        zones=(Zone(name="san", title="Sân chợ", relay_pin=17),),
    )
    fields: dict[str, object] = {
        "device": device,
        "epoch": 1,
        "name": paper.name,
        "area": HAMLET,
        "software": "1.0",
        "started": province_now,
        "ended": province_now,
        "by": "Lê Minh Tuấn",
        "pin": "Tuấn",
        "steps": tuple(
            StepRecord(step=t.step, title=t.title, result=StepResult.PASSED, at=province_now)
            for t in todo_of(paper)
        ),
    }
    return Commissioning(**(fields | changed))  # type: ignore[arg-type]


def sealed(paper: Commissioning, *keys: SigningKey) -> bytes:
    """Return its envelope."""
    return seal.seal(Kind.COMMISSIONING, codec.encode(paper), keys)


class Pole:
    """A place with its appliance, and whoever installs there."""

    def __init__(self, province: Province) -> None:
        self.province = province
        self.crew = Crew(province)
        self.loa: Newcomer = self.crew.enrol()

    def report(self, **changed: object) -> Commissioning:
        """Return a report of the appliance that stands here."""
        return report(self.loa.key, self.province.now, **changed)

    def take(self, envelope: bytes, **how: object) -> object:
        """Hand an envelope in, as the appliance unless told otherwise."""
        asked: dict[str, object] = {"device": self.loa.device, "who": None} | how
        with self.province.house.writing() as unit:
            return take_commissioning(unit, envelope, now=self.province.now, **asked)  # type: ignore[arg-type]

    def listed(self, site: str = SITE) -> list[tuple[str, bool, int]]:
        """Return who handed over, whether it passed, and how many keys signed."""
        with self.province.house.reading() as unit:
            found = commissionings_at(unit, site, who=self.crew.admin)
        return [(one.by, one.passed, one.signers) for one in found]


@pytest.fixture
def pole(province: Province) -> Pole:
    """A place with its appliance."""
    return Pole(province)


def test_what_the_appliance_sealed_is_kept_with_its_place(pole: Pole) -> None:
    """Sent twice it is there once, with verdict and person."""
    envelope = sealed(pole.report(), pole.loa.key)
    pole.take(envelope)
    pole.take(envelope)
    assert pole.listed() == [("Lê Minh Tuấn", True, 1)]


def test_a_failed_step_is_named(pole: Pole) -> None:
    """The list says không đạt and which step it was."""
    paper = pole.report()
    bad = msgspec.structs.replace(paper.steps[5], result=StepResult.FAILED, why="không nghe")
    steps = (*paper.steps[:5], bad, *paper.steps[6:])
    pole.take(sealed(pole.report(steps=steps), pole.loa.key))
    with pole.province.house.reading() as unit:
        (state,) = commissionings_of(unit, pole.loa.device, who=pole.crew.admin)
    assert (state.word, state.faults) == ("không đạt", (bad.title,))


def test_an_installers_signature_is_added_to_what_is_held(pole: Pole) -> None:
    """The appliance sent it, then the laptop brings the same with a second signature: one report, two keys."""
    own = SigningKey.generate()
    pole.take(sealed(pole.report(), pole.loa.key))
    pole.take(sealed(pole.report(), pole.loa.key, own), device=None, who=pole.crew.fitter)
    assert pole.listed() == [("Lê Minh Tuấn", True, 2)]


def test_a_report_that_another_key_sealed_is_refused(pole: Pole) -> None:
    """Neither a stranger's key nor the installer's own stands for the appliance; nothing is kept."""
    for how in ({}, {"device": None, "who": pole.crew.fitter}):
        with pytest.raises(Refused) as no:
            pole.take(sealed(pole.report(), SigningKey.generate()), **how)
        assert no.value.code is RefusalCode.BAD_SIGNATURE
    assert pole.listed() == []


def test_an_appliance_hands_in_for_no_other(pole: Pole) -> None:
    """What one appliance sends is judged by that appliance's key alone."""
    other = pole.crew.enrol("dinh-ap-1")
    with pytest.raises(Refused):
        pole.take(sealed(report(other.key, pole.province.now), other.key))
    assert pole.listed() == pole.listed("dinh-ap-1") == []


def test_a_report_under_a_paper_that_was_never_given_is_refused(pole: Pole) -> None:
    """An epoch that central has not signed yet says that somebody makes things up."""
    with pytest.raises(Conflict):
        pole.take(sealed(pole.report(epoch=9), pole.loa.key))


def test_only_who_installs_there_hands_in_and_only_who_sees_the_place_reads(pole: Pole) -> None:
    """A technician of another commune brings nothing and reads nothing."""
    stranger = somebody("xa", PersonRole.TECHNICIAN, "dt/tan-hoi")
    envelope = sealed(pole.report(), pole.loa.key)
    with pytest.raises(Forbidden):
        pole.take(envelope, device=None, who=stranger)
    pole.take(envelope)
    with pole.province.house.reading() as unit:
        (state,) = commissionings_at(unit, SITE, who=pole.crew.fitter)
        for deed in (
            lambda: commissionings_at(unit, SITE, who=stranger),
            lambda: commissionings_of(unit, pole.loa.device, who=stranger),
            lambda: commissioning_envelope(unit, state.id, who=stranger),
        ):
            with pytest.raises(Forbidden):
                deed()
        with pytest.raises(NotFound):
            commissioning_envelope(unit, state.id + 1, who=pole.crew.admin)


def test_what_was_found_stays_with_the_place_when_the_appliance_is_replaced(pole: Pole) -> None:
    """The place shows both appliances' reports, the newer first."""
    pole.take(sealed(pole.report(by="Lần một"), pole.loa.key))
    pole.crew.retire(pole.loa.device)
    pole.province.clock.pass_by(timedelta(days=1))
    pole.loa = pole.crew.enrol()
    pole.take(sealed(pole.report(by="Lần hai"), pole.loa.key))
    assert [by for by, _, _ in pole.listed()] == ["Lần hai", "Lần một"]


def test_the_paper_is_drawn_from_the_seal_and_carries_it(pole: Pole) -> None:
    """The PDF holds the very envelope, and drawn again it is the same to the byte."""
    envelope = sealed(pole.report(), pole.loa.key)
    paper = pdf_of(envelope)
    assert paper.startswith(b"%PDF")
    assert commissioning_paper.attached(paper) == envelope
    assert pdf_of(commissioning_paper.attached(paper)) == paper
