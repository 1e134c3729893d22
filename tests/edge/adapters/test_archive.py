"""The archive: what a start finds on a card that lost something, or that somebody wrote on."""

from base64 import b64encode
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from contract.documents import AreaPath, Sha256
from contract.seal import read_envelope, sha256
from contract.testing import Authority
from edge.adapters.gate import Gate
from edge.adapters.papers import Papers
from tests.edge.adapters.link_rig import AREA, Rig, content_of

NEWS = content_of(b"tin", sha256(b"tin"))
ELSEWHERE: AreaPath = "dt/my-tho"


@pytest.fixture
def appliance(tmp_path: Path) -> Rig:
    """Return an appliance with an assignment, and no link."""
    made = Rig(tmp_path, Authority.make(seed="archive"))
    made.assign()
    return made


def started(appliance: Rig, at: datetime | None = None) -> Gate:
    """Return the gate of the next start, at that instant."""
    again = Rig(appliance.root, appliance.authority)
    if at is not None:
        again.wall = at
        again.gate = Gate(again.ledger, appliance.gate.state, again.events.append, again.now)
    return again.gate


def found(appliance: Rig, at: datetime | None = None) -> Papers:
    """Return what the next start brings back."""
    return started(appliance, at).restore()


def payload_sha256(sealed: bytes) -> Sha256:
    """Return the hash by which a paper's file is named."""
    return read_envelope(sealed).payload_sha256


def remembered(appliance: Rig) -> dict[str, object]:
    """Return what the card says, by part."""
    stored = appliance.ledger.load("trust", dict[str, object])
    assert stored is not None
    return stored


def rewritten(appliance: Rig, **parts: object) -> None:
    """Put other parts into what the card says."""
    appliance.ledger.save("trust", {**remembered(appliance), **parts})


# --- the assignment -------------------------------------------------------------------------------


def test_a_card_that_lost_the_assignment_has_none(appliance: Rig) -> None:
    """That it was once assigned is not enough: without the sealed paper it is not, until it is given one."""
    rewritten(appliance, assignment=None)
    gate = started(appliance)
    assert gate.restore().assignment is None
    assert gate.state.assignment is None
    gate.admit(appliance.authority.assign(appliance.identity.public, AREA), "poll")
    assert gate.restore().assignment is not None


def test_an_assignment_that_says_other_than_its_paper_is_not_believed(appliance: Rig) -> None:
    """Who writes another area into the remembered state has not signed it."""
    state = remembered(appliance)["state"]
    assert isinstance(state, dict)
    rewritten(appliance, state={**state, "assignment": {**state["assignment"], "area": "dt"}})
    assert found(appliance).assignment is None


# --- the programme --------------------------------------------------------------------------------


def test_another_programme_in_its_file_is_not_taken_for_it(appliance: Rig) -> None:
    """An older programme, rightly signed, copied into the newer one's file is left out, and that is noted."""
    old, new = appliance.programme(), appliance.programme(NEWS)
    appliance.gate.admit(old, "poll")
    appliance.gate.admit(new, "poll")
    assert found(appliance).programme is not None
    appliance.ledger.keep_paper(f"programme-{payload_sha256(new)}", old)
    gate = started(appliance)
    assert gate.programme() is None
    assert gate.notes == ("the stored programme is not the one in force; left out",)


# --- approvals ------------------------------------------------------------------------------------


def test_an_approval_whose_file_rotted_is_left_out(appliance: Rig) -> None:
    """One file that cannot be read costs one approval, not the start."""
    other = Sha256("2" * 64)
    for content in (NEWS.sha256, other):
        appliance.gate.admit(appliance.authority.approve(content), "poll")
    held = appliance.gate.restore().sealed_approvals[NEWS.sha256]
    file = appliance.root / "ledger" / "papers" / f"approval-{held.payload_sha256}"
    file.write_bytes(file.read_bytes()[:-10])
    assert set(found(appliance).approvals) == {other}


@pytest.mark.parametrize(("late", "stands"), [(-1, True), (0, False)])
def test_an_approval_ends_at_its_instant(late: int, stands: bool, appliance: Rig) -> None:
    """To the second: what has run out while the power was off is forgotten, its file too."""
    ends = appliance.authority.now + timedelta(hours=1)
    appliance.gate.admit(appliance.authority.approve(NEWS.sha256, not_after=ends), "poll")
    assert bool(found(appliance, ends + timedelta(seconds=late)).approvals) is stands
    assert bool(appliance.ledger.papers()) is stands


def test_an_approval_for_where_it_stood_before_is_forgotten(appliance: Rig) -> None:
    """After a move the approvals of the old commune say nothing here; those of the province do."""
    province = Sha256("2" * 64)
    appliance.gate.admit(appliance.authority.approve(NEWS.sha256, "dt/my-phong"), "poll")
    appliance.gate.admit(appliance.authority.approve(province), "poll")
    assert len(found(appliance).approvals) == 2
    appliance.gate.admit(appliance.authority.assign(appliance.identity.public, ELSEWHERE), "poll")
    assert set(found(appliance).approvals) == {province}


@pytest.mark.parametrize("old_last", [True, False])
def test_of_two_approvals_of_one_content_the_newer_stands(old_last: bool, appliance: Rig) -> None:
    """Where a power cut left the file of the one before, the order of names on the card decides nothing."""
    authority = appliance.authority
    old = authority.approve(NEWS.sha256)
    authority.now += timedelta(minutes=1)
    numbered = (authority.approve(NEWS.sha256, title=f"Bản tin {n}") for n in range(100))
    new = next(n for n in numbered if (payload_sha256(n) < payload_sha256(old)) is old_last)
    appliance.gate.admit(new, "poll")
    appliance.ledger.keep_paper(f"approval-{payload_sha256(old)}", old)
    assert [s.received for s in found(appliance).sealed_approvals.values()] == [new]
    assert appliance.ledger.papers() == {f"approval-{payload_sha256(new)}"}


def test_another_kind_in_an_approvals_file_approves_nothing(appliance: Rig) -> None:
    """A programme under the name of an approval is left out, and so is its file; files of others are let be."""
    programme = appliance.programme(NEWS)
    appliance.ledger.keep_paper(f"approval-{payload_sha256(programme)}", programme)
    theirs = f"khac-{'3' * 64}"
    appliance.ledger.keep_paper(theirs, b"another hand's")
    assert found(appliance).approvals == {}
    assert appliance.ledger.papers() == {theirs}


# --- announcements --------------------------------------------------------------------------------


@pytest.mark.parametrize(("late", "stands"), [(-1, True), (0, False)])
def test_an_announcement_ends_at_its_instant(late: int, stands: bool, appliance: Rig) -> None:
    """To the second: a warning that is over while the power was off does not sound any more."""
    ends = appliance.authority.now + timedelta(hours=1)
    appliance.gate.admit(appliance.authority.announce(expires=ends), "push")
    papers = found(appliance, ends + timedelta(seconds=late))
    assert bool(papers.announcements) is stands


def test_an_announcement_for_where_it_stood_before_is_not_restored(appliance: Rig) -> None:
    """After a move a warning for the old commune says nothing here; one that names both places does."""
    for areas in (["dt/my-phong"], ["dt/my-phong", ELSEWHERE]):
        appliance.gate.admit(appliance.authority.announce(areas), "push")
    assert len(found(appliance).announcements) == 2
    appliance.gate.admit(appliance.authority.assign(appliance.identity.public, ELSEWHERE), "poll")
    [restored] = found(appliance).announcements
    assert ELSEWHERE in restored.areas


def test_another_kind_among_the_announcements_sounds_nothing(appliance: Rig) -> None:
    """A list of what is going on, slipped among the warnings on the card, is none; the warning beside it is."""
    alert = appliance.authority.announce()
    appliance.gate.admit(alert, "push")
    both = [b64encode(one).decode() for one in (appliance.authority.activeset([alert]), alert)]
    rewritten(appliance, announcements=both)
    assert [s.received for s in found(appliance).sealed_announcements] == [alert]
