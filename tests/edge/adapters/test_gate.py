"""The gate: verified, then on disk, then told; and what a restart believes of it."""

import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from contract.documents import Kind, Reload, Role, Sha256
from contract.errors import RefusalCode
from contract.memory import TrustState
from contract.seal import read_envelope, sha256
from contract.testing import Authority, device_key
from edge.adapters.gate import WAITING_MOST_BYTES, Gate
from edge.adapters.ledger import Ledger
from edge.adapters.restraint import Restraint
from edge.core.events import (
    ActiveSetAccepted,
    AnnouncementAccepted,
    ApprovalAccepted,
    AssignmentAccepted,
    CommandAccepted,
    DocumentRefused,
    HandFailed,
    HandRecovered,
    Happening,
    ProgrammeAccepted,
)
from tests.edge.adapters.link_rig import AREA, Rig, content_of

NEWS = content_of(b"tin", sha256(b"tin"))
DOCUMENTS: list[tuple[type[Happening], Callable[[Rig], bytes]]] = [
    (AssignmentAccepted, lambda r: r.authority.assign(r.identity.public, "dt/my-phong/ap-1")),
    (ProgrammeAccepted, lambda r: r.programme(NEWS)),
    (ApprovalAccepted, lambda r: r.authority.approve(NEWS.sha256)),
    (AnnouncementAccepted, lambda r: r.authority.announce()),
    (ActiveSetAccepted, lambda r: r.authority.activeset()),
    (CommandAccepted, lambda r: r.authority.command(r.identity.device, Reload())),
]


@pytest.fixture
def appliance(tmp_path: Path) -> Rig:
    """Return an appliance with an assignment, and no link."""
    made = Rig(tmp_path, Authority.make())
    made.assign()
    return made


def restarted(appliance: Rig) -> Rig:
    """Return the same appliance after a power cut."""
    return Rig(appliance.root, appliance.authority)


def test_every_kind_is_posted_once(tmp_path: Path) -> None:
    """Each kind of document is posted when first admitted; the very same by another door posts nothing."""
    appliance = Rig(tmp_path, Authority.make())
    for event, make in DOCUMENTS:
        sealed = make(appliance)
        before = len(appliance.of(event))
        appliance.gate.admit(sealed, "push")
        assert len(appliance.of(event)) == before + 1, event
        appliance.gate.admit(sealed, "poll")
        appliance.gate.admit(sealed, "usb")
        assert len(appliance.of(event)) == before + 1, event
    assert appliance.of(DocumentRefused) == []


def test_restart_brings_all_back(appliance: Rig) -> None:
    """After a power cut the papers in force are there again, verified, for the start event."""
    for _, make in DOCUMENTS[1:]:
        appliance.gate.admit(make(appliance), "poll")
    before, after = appliance.gate.restore(), restarted(appliance).gate.restore()
    assert after.programme is not None
    assert after == before
    assert set(after.approvals) == {NEWS.sha256}


@pytest.mark.refusal(38)
def test_replay_after_restart_is_not_obeyed(appliance: Rig) -> None:
    """An announcement heard before the power cut is known after it: no second sounding."""
    sealed = appliance.authority.announce()
    appliance.gate.admit(sealed, "push")
    again = restarted(appliance)
    again.gate.admit(sealed, "push")
    assert again.of(AnnouncementAccepted) == []


@pytest.mark.refusal_twin(30)
@pytest.mark.refusal(30)
def test_older_programme_after_restart_is_refused(appliance: Rig) -> None:
    """The floor of the programme survives: an older one stays refused, a newer one is taken."""
    old = appliance.programme(NEWS)
    appliance.gate.admit(appliance.programme(NEWS), "poll")
    again = restarted(appliance)
    again.gate.admit(old, "usb")
    [refused] = again.of(DocumentRefused)
    assert isinstance(refused, DocumentRefused)
    assert (refused.code, refused.kind, refused.door) == (
        RefusalCode.OLD_VERSION,
        Kind.PROGRAMME,
        "usb",
    )
    again.gate.admit(again.programme(), "usb")
    assert len(again.of(ProgrammeAccepted)) == 1


@pytest.mark.refusal_twin(38)
def test_on_disk_before_it_is_told(tmp_path: Path) -> None:
    """When an event is posted, a new start would already know the document."""
    seen_on_disk: list[bool] = []
    authority = Authority.make()
    made = Rig(tmp_path, authority)

    def post(event: object) -> None:
        ledger = Ledger(made.root / "ledger")
        known = Gate(ledger, made.gate.state, ignored.append, made.now).state
        seen_on_disk.append(
            len(known.seen) == 1
            if isinstance(event, AnnouncementAccepted)
            else known.assignment is not None
        )

    fresh = TrustState.fresh(authority.keyring, made.identity.public, authority.now)
    ignored: list[Happening] = []
    made.gate = Gate(made.ledger, fresh, post, made.now)
    made.assign()
    made.gate.admit(authority.announce(), "push")
    assert seen_on_disk == [True, True]


def test_cancel_outlives_a_restart(appliance: Rig) -> None:
    """A cancelled announcement is not restored, and stays cancelled."""
    alert = appliance.authority.announce(id="dt:1:900")
    appliance.gate.admit(alert, "push")
    assert [a.id for a in restarted(appliance).gate.restore().announcements] == ["dt:1:900"]
    appliance.gate.admit(appliance.authority.cancel("dt:1:900"), "push")
    again = restarted(appliance)
    assert again.gate.restore().announcements == ()
    again.gate.admit(alert, "push")
    assert again.of(AnnouncementAccepted) == []


def test_what_an_active_set_lacks_is_restored_all_the_same(appliance: Rig) -> None:
    """A server's list ends no warning, now or after a restart; its cancel does."""
    alert = appliance.authority.announce(id="dt:1:900")
    appliance.gate.admit(alert, "push")
    appliance.gate.admit(appliance.authority.activeset([]), "push")
    assert [a.id for a in restarted(appliance).gate.restore().announcements] == ["dt:1:900"]
    cancel = appliance.authority.cancel("dt:1:900")
    appliance.gate.admit(cancel, "poll")
    assert restarted(appliance).gate.restore().announcements == ()


def test_announcement_slipped_onto_the_card_is_not_restored(appliance: Rig) -> None:
    """An announcement in the store that was never admitted (an old one, copied back) does not sound."""
    appliance.gate.admit(appliance.authority.announce(), "push")
    stored = appliance.ledger.load("trust", dict[str, object])
    assert stored is not None
    assert isinstance(stored["state"], dict)
    appliance.ledger.save("trust", {**stored, "state": {**stored["state"], "seen": {}}})
    assert restarted(appliance).gate.restore().announcements == ()


def test_expired_announcement_is_not_restored(appliance: Rig) -> None:
    """What ran out while the power was off does not sound when it returns."""
    appliance.gate.admit(appliance.authority.announce(), "push")
    appliance.authority.now += timedelta(hours=7)
    assert restarted(appliance).gate.restore().announcements == ()


@pytest.mark.refusal_twin(47)
@pytest.mark.refusal(47)
def test_revoked_key_takes_its_papers_along(appliance: Rig) -> None:
    """A newer keyring without a key drops at start what that key had signed, and says so."""
    appliance.gate.admit(appliance.programme(NEWS), "poll")
    appliance.gate.admit(appliance.authority.announce(), "push")
    authority = appliance.authority
    authority.add_key(Role.EMERGENCY)
    authority.revoke(authority.keys[Role.EMERGENCY])
    again = restarted(appliance)
    assert again.gate.restore().announcements == ()
    assert again.gate.restore().programme is not None
    assert "no longer valid" in again.gate.notes[0]


def test_key_that_ran_out_does_not_silence_a_village(appliance: Rig) -> None:
    """A key past its time after a long power cut does not undo what it signed in its time."""
    appliance.gate.admit(appliance.programme(NEWS), "poll")
    appliance.authority.now += timedelta(days=400)
    assert restarted(appliance).gate.restore().assignment is not None


def test_lost_programme_file_is_taken_again(appliance: Rig) -> None:
    """A programme whose stored bytes rotted is dropped, and taken again from central though it is not newer."""
    sealed = appliance.programme(NEWS)
    appliance.gate.admit(sealed, "poll")
    [file] = (appliance.root / "ledger" / "papers").iterdir()
    file.write_bytes(file.read_bytes()[:-10])
    again = restarted(appliance)
    assert again.gate.restore().programme is None
    assert again.gate.held_sha256(Kind.PROGRAMME) is None
    again.gate.admit(sealed, "poll")
    assert len(again.of(ProgrammeAccepted)) == 1
    assert restarted(again).gate.restore().programme is not None


@pytest.mark.refusal(34)
def test_papers_of_another_key_are_left_out(appliance: Rig, tmp_path: Path) -> None:
    """A card moved to an appliance with another key gives it nothing."""
    other = Rig(tmp_path / "other", appliance.authority)
    fresh = TrustState.fresh(other.authority.keyring, other.identity.public, other.authority.now)
    gate = Gate(appliance.ledger, fresh, other.events.append, other.now)
    assert gate.restore().assignment is None
    assert "another device key" in gate.notes[0]


def test_only_papers_in_force_are_kept(appliance: Rig) -> None:
    """A newer programme or approval replaces the file of the one before."""
    for _ in range(3):
        appliance.authority.now += timedelta(minutes=1)
        appliance.gate.admit(appliance.programme(NEWS), "poll")
        appliance.gate.admit(appliance.authority.approve(NEWS.sha256), "poll")
    assert len(list((appliance.root / "ledger" / "papers").iterdir())) == 2


def test_older_approval_does_not_replace_a_newer(appliance: Rig) -> None:
    """Approvals of one content: the one issued last stands, whatever comes last."""
    old = appliance.authority.approve(NEWS.sha256)
    appliance.authority.now += timedelta(days=1)
    appliance.gate.admit(appliance.authority.approve(NEWS.sha256), "poll")
    appliance.gate.admit(old, "usb")
    assert len(appliance.of(ApprovalAccepted)) == 1


def full(appliance: Rig) -> None:
    """Make the ledger's directory one that takes no new file (as root one cannot be refused otherwise)."""
    for slot in "ab":
        (appliance.root / "ledger" / f"facts.{slot}.tmp").mkdir()
    for name in list((appliance.root / "ledger" / "papers").iterdir()):
        name.unlink()
    (appliance.root / "ledger" / "papers").rmdir()


def mended(appliance: Rig) -> None:
    """Undo `full`."""
    for slot in "ab":
        (appliance.root / "ledger" / f"facts.{slot}.tmp").rmdir()
    (appliance.root / "ledger" / "papers").mkdir()


@pytest.mark.refusal_twin(52)
@pytest.mark.refusal(52)
def test_full_card_does_not_silence_an_emergency(appliance: Rig) -> None:
    """When nothing can be written an announcement is still told, once; a programme is not; and room mends it."""
    full(appliance)
    sealed = appliance.authority.announce()
    appliance.gate.admit(sealed, "push")
    appliance.gate.admit(sealed, "poll")
    appliance.gate.admit(appliance.programme(NEWS), "poll")
    assert len(appliance.of(AnnouncementAccepted)) == 1
    assert appliance.of(ProgrammeAccepted) == []
    [failed] = appliance.of(HandFailed)
    assert isinstance(failed, HandFailed)
    assert failed.why.startswith("không ghi được lên thẻ nhớ: thẻ đầy hoặc hỏng, báo thợ")
    mended(appliance)
    appliance.gate.admit(appliance.programme(NEWS), "poll")
    assert len(appliance.of(ProgrammeAccepted)) == 1
    assert len(appliance.of(HandRecovered)) == 1
    again = restarted(appliance)
    again.gate.admit(sealed, "push")
    assert again.of(AnnouncementAccepted) == []


def test_full_card_takes_no_newer_assignment(appliance: Rig) -> None:
    """What lives long is not obeyed before it is kept: with a full card the paper held stays, with room it is taken."""
    newer = appliance.authority.assign(appliance.identity.public, "dt/my-tho")
    full(appliance)
    before = len(appliance.of(AssignmentAccepted))
    appliance.gate.admit(newer, "poll")
    assert len(appliance.of(AssignmentAccepted)) == before
    held = appliance.gate.restore().assignment
    assert held is not None
    assert held.area == AREA
    mended(appliance)
    appliance.gate.admit(newer, "poll")
    assert len(appliance.of(AssignmentAccepted)) == before + 1


def test_a_newer_assignment_leaves_the_active_set_in_force(appliance: Rig) -> None:
    """A paper about zones or volumes does not make central tell anew what is going on."""
    appliance.gate.admit(appliance.authority.activeset(), "poll")
    before = appliance.gate.held_sha256(Kind.ACTIVE_SET)
    appliance.gate.admit(appliance.authority.assign(appliance.identity.public, AREA), "poll")
    assert appliance.gate.held_sha256(Kind.ACTIVE_SET) == before
    assert before is not None


def test_an_active_set_is_taken_again_after_a_restart(appliance: Rig) -> None:
    """It lives ten minutes and is kept nowhere: the very same one tells a new start what is lacking."""
    missed = appliance.authority.announce()
    listing = appliance.authority.activeset([missed])
    appliance.gate.admit(listing, "poll")
    again = restarted(appliance)
    assert again.gate.lacking() == ()
    again.gate.admit(listing, "poll")
    assert len(again.of(ActiveSetAccepted)) == 1
    assert again.gate.lacking() == (read_envelope(missed).payload_sha256,)
    assert again.gate.held_sha256(Kind.ACTIVE_SET) == sha256(listing)


def test_who_listens_is_told_each_admitted_paper_as_it_came(appliance: Rig) -> None:
    """Neighbours hand on the very bytes, once; what was refused is told to nobody."""
    told: list[bytes] = []
    appliance.gate.tell(lambda sealed: told.append(sealed.received))
    sealed = appliance.authority.announce()
    appliance.gate.admit(sealed, "push")
    appliance.gate.admit(sealed, "neighbour")
    appliance.gate.admit(Authority.make().announce(), "neighbour")
    assert told == [sealed]


def test_a_long_paper_does_not_wait_for_the_chain(appliance: Rig) -> None:
    """By a key not known yet: a paper of usual length is put aside, a long one refused at once and never kept."""
    stranger, waits = device_key("stranger"), WAITING_MOST_BYTES * 3 // 4 - 600
    appliance.gate.ask_for_keys(lambda: True)
    for length, refused in ((waits, 0), (waits + 600, 1)):
        paper = appliance.authority.seal_bytes(Kind.PROGRAMME, b" " * length, stranger)
        appliance.gate.admit(paper, "usb")
        assert len(appliance.of(DocumentRefused)) == refused
    appliance.gate.try_again()
    assert len(appliance.of(DocumentRefused)) == 2


def test_a_programme_of_another_assignment_does_not_wait_for_the_chain(appliance: Rig) -> None:
    """No keyring cures it; an active set that asks for a newer keyring does wait."""
    asked: list[str] = []

    def ask() -> bool:
        asked.append("the chain")
        return True

    appliance.gate.ask_for_keys(ask)
    other = appliance.authority.programme(appliance.identity.device, assignment_epoch=2)
    appliance.gate.admit(other, "poll")
    [refused] = appliance.of(DocumentRefused)
    assert isinstance(refused, DocumentRefused)
    assert (refused.code, asked) == (RefusalCode.WRONG_EPOCH, [])
    appliance.gate.admit(appliance.authority.activeset(min_keyring_epoch=2), "poll")
    assert len(appliance.of(DocumentRefused)) == 1
    assert len(asked) == 1


@pytest.mark.refusal(50)
def test_flood_of_refusals_is_told_as_a_number(appliance: Rig) -> None:
    """A thousand different forgeries give a few refusals; the next after the span says how many more."""
    mono = [0.0]
    gate = Gate(
        appliance.ledger,
        appliance.gate.state,
        appliance.events.append,
        appliance.now,
        Restraint(lambda: mono[0]),
    )
    stranger = Authority.make()
    for _ in range(50):
        gate.admit(stranger.announce(), "push")
    assert len(appliance.of(DocumentRefused)) == 3
    mono[0] = 61.0
    gate.admit(stranger.announce(), "push")
    last = appliance.of(DocumentRefused)[-1]
    assert isinstance(last, DocumentRefused)
    assert "47 more" in last.why


def test_same_refusal_is_told_once_an_hour(appliance: Rig) -> None:
    """A bad document that is polled each minute is told once, and again after an hour."""
    mono = [0.0]
    gate = Gate(
        appliance.ledger,
        appliance.gate.state,
        appliance.events.append,
        appliance.now,
        Restraint(lambda: mono[0]),
    )
    bad = Authority.make().announce()
    for minute in range(62):
        mono[0] = minute * 60.0
        gate.admit(bad, "poll")
    assert len(appliance.of(DocumentRefused)) == 2


@pytest.mark.parametrize("received", [b"", b"{}", b"\xff" * 100, b"[" * 100_000])
def test_rubbish_is_refused_without_a_kind(appliance: Rig, received: bytes) -> None:
    """Whatever bytes a door brings, the gate answers with a refusal and nothing else."""
    appliance.gate.admit(received, "neighbour")
    [refused] = appliance.of(DocumentRefused)
    assert isinstance(refused, DocumentRefused)
    assert refused.kind is None


@pytest.mark.refusal_twin(51)
@pytest.mark.refusal(51)
def test_three_doors_at_once_tell_once(appliance: Rig) -> None:
    """The same announcements by three doors at the same moment are each told once."""
    sealed = [appliance.authority.announce() for _ in range(5)]

    def bring() -> None:
        for one in sealed:
            appliance.gate.admit(one, "poll")

    doors = [threading.Thread(target=bring) for _ in range(3)]
    for door in doors:
        door.start()
    for door in doors:
        door.join()
    assert len(appliance.of(AnnouncementAccepted)) == 5


@pytest.mark.refusal_twin(48)
def test_active_set_names_what_is_lacking(appliance: Rig) -> None:
    """Announcements that the active set names and that never came are lacking until they came."""
    heard, missed = appliance.authority.announce(), appliance.authority.announce()
    appliance.gate.admit(heard, "push")
    appliance.gate.admit(appliance.authority.activeset([heard, missed]), "poll")
    assert appliance.gate.lacking() == (read_envelope(missed).payload_sha256,)
    appliance.gate.admit(missed, "poll")
    assert appliance.gate.lacking() == ()


def test_wanted_is_what_may_sound(appliance: Rig) -> None:
    """Contents of the programme and of announcements in force are wanted; those of announcements are urgent."""
    spoken = content_of(b"canh bao", sha256(b"canh bao"))
    appliance.gate.admit(appliance.programme(NEWS), "poll")
    appliance.gate.admit(appliance.authority.announce(content=spoken), "push")
    appliance.gate.admit(appliance.authority.announce(), "push")  # read out: no content is fetched
    assert appliance.gate.wanted() == {NEWS.sha256, spoken.sha256}
    assert appliance.gate.urgent() == (spoken,)


def test_move_to_another_area_ends_the_programme(appliance: Rig) -> None:
    """An assignment to another area drops the programme made for the old one; a mere renewal does not."""
    appliance.gate.admit(appliance.programme(NEWS), "poll")
    key = appliance.identity.public
    appliance.gate.admit(appliance.authority.assign(key, "dt/my-phong/ap-1"), "poll")
    assert appliance.gate.programme() is not None
    assert restarted(appliance).gate.programme() is not None
    appliance.gate.admit(appliance.authority.assign(key, "dt/my-tho"), "poll")
    assert appliance.gate.programme() is None
    assert restarted(appliance).gate.programme() is None


def test_floor_rises_with_trusted_time_only(appliance: Rig) -> None:
    """The hourly floor is kept when the clock is trusted, and not otherwise."""
    before = appliance.gate.state.time_floor
    appliance.wall += timedelta(hours=1)
    appliance.clock = "unknown"
    appliance.gate.raise_floor()
    assert appliance.gate.state.time_floor == before
    appliance.clock = "trusted"
    appliance.gate.raise_floor()
    assert restarted(appliance).gate.state.time_floor == appliance.wall


def test_a_wrong_trusted_clock_does_not_lock_us_out(appliance: Rig) -> None:
    """A time service that is ten years ahead raises the floor by hours, so the right time is taken again."""
    appliance.wall += timedelta(days=3_650)
    for _ in range(24):
        appliance.gate.raise_floor()
    assert appliance.gate.state.time_floor <= appliance.authority.now + timedelta(days=2)


def test_a_time_is_taken_for_its_nonce_only(appliance: Rig) -> None:
    """The answer to our nonce is the time; the answer to another is refused, and that is told."""
    ours, other = "A" * 43 + "=", "B" * 42 + "A="
    sealed = appliance.authority.time(appliance.identity.device, ours)
    assert appliance.gate.take_time(sealed, other) is None
    [refused] = appliance.of(DocumentRefused)
    assert isinstance(refused, DocumentRefused)
    assert (refused.kind, refused.code) == (Kind.TIME, RefusalCode.REPLAYED)
    signed = appliance.gate.take_time(sealed, ours)
    assert signed is not None
    assert signed.now == appliance.authority.now


def test_no_approval_no_paper(appliance: Rig) -> None:
    """A content that nobody approved has no approval; one that was has."""
    assert appliance.gate.approval(Sha256("0" * 64)) is None
    appliance.gate.admit(appliance.authority.approve(NEWS.sha256), "poll")
    held = appliance.gate.approval(NEWS.sha256)
    assert held is not None
    assert held.sha256 == NEWS.sha256


def test_what_comes_before_the_assignment_is_no_offence(tmp_path: Path) -> None:
    """An unassigned appliance drops a programme without a refusal; once assigned the same bytes are taken."""
    appliance = Rig(tmp_path, Authority.make())
    early = appliance.programme(NEWS)
    appliance.gate.admit(early, "push")
    assert appliance.of(DocumentRefused) == []
    assert appliance.of(ProgrammeAccepted) == []
    appliance.assign()
    appliance.gate.admit(early, "poll")
    assert len(appliance.of(ProgrammeAccepted)) == 1


def test_what_is_posted_names_the_payload_that_was_admitted(tmp_path: Path) -> None:
    """Every kind that is told to central carries the hash of the payload, not of the envelope it came in."""
    appliance = Rig(tmp_path, Authority.make())
    for event, make in DOCUMENTS:
        sealed = make(appliance)
        appliance.gate.admit(sealed, "push")
        posted = appliance.of(event)[-1]
        if not isinstance(posted, ActiveSetAccepted):
            assert getattr(posted, "sha256", None) == read_envelope(sealed).payload_sha256, event
