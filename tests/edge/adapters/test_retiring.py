"""What a retired or wiped appliance leaves on its card: nothing that it could be made to sound or be known by."""

from pathlib import Path

import msgspec
import pytest

from contract import codec, seal
from contract.documents import Assignment, Kind, Sha256
from contract.testing import Authority
from edge.adapters import wiping
from edge.adapters.gate import Gate
from edge.adapters.identity import Identity, IdentityLost
from edge.adapters.storage import StorageFailed
from edge.core.events import AssignmentAccepted, DocumentRefused, HandFailed, ProgrammeAccepted
from tests.edge.adapters.link_rig import AREA, Rig, rig

CONTENT = Sha256("ab" * 32)


def retirement(held: Rig, epoch: int) -> bytes:
    """Return the sealed paper that retires this appliance."""
    sealed = held.authority.assign(held.identity.public, AREA, epoch=epoch)
    paper = codec.decode(Kind.ASSIGNMENT, seal.read_envelope(sealed).payload)
    assert isinstance(paper, Assignment)
    return held.authority.seal(Kind.ASSIGNMENT, msgspec.structs.replace(paper, retired=True))


def at_work(held: Rig) -> None:
    """Give the appliance one paper of each lasting kind, and an active set."""
    held.assign()
    held.gate.admit(held.programme(), "poll")
    held.gate.admit(held.authority.approve(CONTENT), "poll")
    alert = held.authority.announce()
    held.gate.admit(alert, "push")
    held.gate.admit(held.authority.activeset([alert]), "push")


def reopened(held: Rig) -> Gate:
    """Return the gate as the next start of the program would have it."""
    again = Rig(held.root, held.authority)
    again.link.close()
    return again.gate


def files(held: Rig) -> set[str]:
    """Return the papers that lie on disk, by kind."""
    return {name.partition("-")[0] for name in held.ledger.papers()}


def test_retirement_forgets_every_other_paper(tmp_path: Path) -> None:
    """Programme, approvals, announcements and active set leave memory and disk with the one write that retires."""
    with rig(tmp_path) as held:
        at_work(held)
        assert files(held) == {"programme", "approval"}
        held.gate.admit(retirement(held, 2), "poll")
        papers = held.gate.restore()
        assert (papers.programme, papers.approvals, papers.announcements) == (None, {}, ())
        assert held.gate.lacking() == ()
        assert held.gate.held_sha256(Kind.ACTIVE_SET) is None
        assert files(held) == set()
        restored = reopened(held).restore()
        assert restored.assignment is not None
        assert restored.assignment.retired
        assert (restored.programme, restored.approvals, restored.announcements) == (None, {}, ())


def test_a_newer_paper_brings_it_back_with_papers_of_its_own(tmp_path: Path) -> None:
    """After the next assignment the next programme is obeyed and kept; the old one stays refused."""
    with rig(tmp_path) as held:
        at_work(held)
        old = held.programme()
        held.gate.admit(retirement(held, 2), "poll")
        held.gate.admit(held.authority.assign(held.identity.public, AREA, epoch=3), "poll")
        held.gate.admit(old, "poll")
        assert held.gate.programme() is None
        fresh = held.authority.programme(held.identity.device, assignment_epoch=3)
        held.gate.admit(fresh, "poll")
        assert held.gate.programme() is not None
        assert reopened(held).programme() is not None


def test_what_a_retired_appliance_is_brought_is_no_complaint(tmp_path: Path) -> None:
    """Central's pushes go on for a while: they are left out without a refusal on the page; a forged one is named."""
    with rig(tmp_path) as held:
        at_work(held)
        held.gate.admit(retirement(held, 2), "poll")
        held.events.clear()
        for sealed in (held.programme(), held.authority.announce(), held.authority.activeset()):
            held.gate.admit(sealed, "push")
        assert held.events == []
        held.gate.admit(Authority.make().assign(held.identity.public, AREA, epoch=3), "push")
        assert len(held.of(DocumentRefused)) == 1


def test_power_lost_between_the_paper_and_the_forgetting(tmp_path: Path) -> None:
    """With the paper on disk and the programme's file still there, the next start forgets that too."""
    with rig(tmp_path) as held:
        at_work(held)
        left = {name: held.ledger.paper(name) for name in held.ledger.papers()}
        held.gate.admit(retirement(held, 2), "poll")
        for name, received in left.items():
            assert received is not None
            held.ledger.keep_paper(name, received)
        restored = reopened(held).restore()
        assert (restored.programme, restored.approvals) == (None, {})
        assert files(held) == set()


def test_with_a_full_card_it_is_silent_from_memory(tmp_path: Path) -> None:
    """Retirement only silences, so it waits for no disk; a programme does, and the fault is said."""
    with rig(tmp_path) as held:
        at_work(held)
        for slot in "ab":  # as root a full card cannot be had otherwise
            (held.root / "ledger" / f"facts.{slot}.tmp").mkdir()
        before = len(held.of(ProgrammeAccepted))
        held.gate.admit(held.programme(), "poll")
        assert len(held.of(ProgrammeAccepted)) == before
        held.gate.admit(retirement(held, 2), "poll")
        accepted = held.of(AssignmentAccepted)[-1]
        assert isinstance(accepted, AssignmentAccepted)
        assert accepted.assignment.retired
        assert held.gate.restore().programme is None
        assert len(held.of(HandFailed)) == 1
        held.gate.admit(held.authority.announce(), "push")
        assert held.gate.restore().announcements == ()


# --- wiping ---------------------------------------------------------------------------------------


def state(folder: Path) -> Path:
    """Return a state directory with key, papers, contents and the lock."""
    place = folder / "state"
    Identity.open(place)
    for name in ("ledger/papers/programme-x", "shelf/ab/content", "box/a.mp3", "journal/j.jsonl"):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_bytes(b"secret")
    (place / "lock").touch()
    (place / "device-key.pem.corrupt-20260101T000000").write_bytes(b"an older key")
    return place


def test_wiping_leaves_the_lock_alone(tmp_path: Path) -> None:
    """Everything goes, old copies of the key too; the next start makes another appliance."""
    place = state(tmp_path)
    before = Identity.open(place).device
    wiping.begin(place)
    assert wiping.finish(place)
    assert [entry.name for entry in place.iterdir()] == ["lock"]
    assert Identity.open(place).device != before


def test_nothing_is_wiped_that_was_not_begun(tmp_path: Path) -> None:
    """A start without the marker leaves all as it is."""
    place = state(tmp_path)
    before = Identity.open(place).device
    assert not wiping.finish(place)
    assert Identity.open(place).device == before
    assert (place / "shelf/ab/content").exists()


def test_a_wipe_that_the_power_cut_interrupted_is_ended(tmp_path: Path) -> None:
    """Begun and cut off anywhere, even between the two copies of the key, the next start ends it."""
    place = state(tmp_path)
    before = Identity.open(place).device
    wiping.begin(place)
    (place / "device-key.pem").unlink()
    assert wiping.finish(place)
    assert not (place / wiping.MARKER).exists()
    assert Identity.open(place).device != before
    assert not wiping.finish(place)


def test_a_link_is_removed_and_not_followed(tmp_path: Path) -> None:
    """What a link in the directory points to lies elsewhere and stays."""
    place = state(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "keep").write_bytes(b"mine")
    (place / "folder-link").symlink_to(outside)
    (place / "device-key.link").symlink_to(outside / "keep")
    wiping.begin(place)
    assert wiping.finish(place)
    assert (outside / "keep").read_bytes() == b"mine"


def test_a_card_that_takes_no_writes_is_not_said_to_be_wiped(tmp_path: Path) -> None:
    """Where not even the marker can be written nothing has begun, and the key is still there."""
    place = state(tmp_path)
    before = Identity.open(place).device
    (place / f"{wiping.MARKER}.tmp").mkdir()
    with pytest.raises(StorageFailed):
        wiping.begin(place)
    assert not wiping.finish(place)
    assert Identity.open(place).device == before


def test_another_card_is_another_appliance(tmp_path: Path) -> None:
    """A replaced card has a key of its own; papers copied over from the old one count for nothing."""
    with rig(tmp_path / "old") as held:
        at_work(held)
        copied = tmp_path / "new"
        (held.root / "ledger").rename(copied.with_name("ledger"))
        copied.mkdir()
        copied.with_name("ledger").rename(copied / "ledger")
        other = Rig(copied, held.authority)
        other.link.close()
        assert other.identity.device != held.identity.device
        assert other.gate.restore().assignment is None
        assert "another device key" in " ".join(other.gate.notes)


def test_a_damaged_key_is_never_silently_another(tmp_path: Path) -> None:
    """Only a wipe makes a new key where one was: damaged files are the installer's matter."""
    place = state(tmp_path)
    for name in ("device-key.pem", "device-key.spare.pem"):
        (place / name).write_bytes(b"garbage")
    with pytest.raises(IdentityLost):
        Identity.open(place)
    wiping.begin(place)
    assert wiping.finish(place)
    assert Identity.open(place).device
