"""The keeper: a newer keyring reaches the gate while it runs, and equals a restart; nobody is asked for nothing."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract.documents import DeviceId, Kind, Role
from contract.errors import RefusalCode
from contract.keyring import NOBODY
from contract.memory import TrustState
from contract.testing import device_key
from contract.trust import TrustedNow
from edge.adapters.chain_fetch import FromCentral
from edge.adapters.courier import Courier
from edge.adapters.gate import WAITING_MOST, Gate
from edge.adapters.identity import Identity
from edge.adapters.keeper import AGAIN_S, DAY_S, STRANGERS_S, WITHOUT_S, Keeper
from edge.adapters.ledger import Ledger
from edge.adapters.papers import Papers
from edge.adapters.shelf import Shelf
from edge.adapters.side_load import SideLoad
from edge.core.events import (
    AnnouncementAccepted,
    AssignmentAccepted,
    CommandAccepted,
    DocumentRefused,
    HandFailed,
    HandRecovered,
    Happening,
    KeyringRenewed,
)
from edge.core.orders import FetchContents
from tests.edge.adapters.chain_rig import ChainRig, chain_rig, lay_out
from tests.edge.adapters.fake_central import FakeCentral
from tests.edge.adapters.link_rig import AREA, content_of
from tests.edge.adapters.link_rig import rig as link_rig
from tests.edge.adapters.sealed_set import write_set

NEWS = content_of(b"tin", "1" * 64)


class Kept:
    """An appliance with chain, gate and keeper, whose clocks a test moves on."""

    def __init__(self, rig: ChainRig) -> None:
        """Start as the program does: with the keyring that the chain holds, else with nobody's."""
        self.rig, self.mono_s = rig, 0.0
        self.events: list[Happening] = []
        self.identity = Identity.open(rig.folder / "identity")
        self.ledger = Ledger(rig.folder / "ledger")
        fresh = TrustState.fresh(
            rig.chain.keyring() or NOBODY, self.identity.public, rig.at - timedelta(days=1)
        )
        self.gate = Gate(self.ledger, fresh, self.events.append, self.now)
        self.keeper = Keeper(
            rig.chain,
            self.gate,
            FromCentral(rig.link),
            self.events.append,
            self.now,
            lambda: self.mono_s,
        )
        self.gate.ask_for_keys(self.keeper.want)

    def now(self) -> TrustedNow:
        return TrustedNow(self.rig.at, "trusted")

    def is_assigned(self) -> bool:
        return self.gate.state.assignment is not None

    def of(self, kind: type[Happening]) -> list[Happening]:
        """Return the events of one kind, in order."""
        return [e for e in self.events if isinstance(e, kind)]

    def asked(self) -> int:
        """Return how often central was asked since the last time."""
        count = self.rig.shelves.asked.count("metadata/timestamp.json")
        self.rig.shelves.asked.clear()
        return count

    def restarted(self) -> "Kept":
        """Return the same appliance after a power cut."""
        self.rig.started()
        return Kept(self.rig)

    def assign(self) -> None:
        """Give it its paper."""
        self.gate.admit(self.rig.authority.assign(self.identity.public, AREA), "poll")


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[ChainRig]:
    """A repository with the keyring of epoch 1, which nobody has fetched yet."""
    with chain_rig(tmp_path) as made:
        yield made


@pytest.fixture
def kept(rig: ChainRig) -> Kept:
    """An appliance that holds epoch 1 and its assignment."""
    made = Kept(rig)
    made.keeper.tend()
    made.assign()
    made.events.clear()
    rig.shelves.asked.clear()
    return made


# --- the first keyring ----------------------------------------------------------------------------


def test_without_a_keyring_nobody_is_obeyed_until_the_chain_brings_one(rig: ChainRig) -> None:
    """A first start trusts nobody, whatever is signed; the chain brings the keyring, and the same paper is obeyed."""
    kept = Kept(rig)
    paper = rig.authority.assign(kept.identity.public, AREA)
    kept.gate.ask_for_keys(lambda: False)
    kept.gate.admit(paper, "poll")
    assert not kept.is_assigned()
    [refused] = kept.of(DocumentRefused)
    assert isinstance(refused, DocumentRefused)
    assert refused.code is RefusalCode.UNKNOWN_KEY
    assert kept.keeper.tend()
    kept.gate.admit(paper, "poll")
    assert kept.is_assigned()
    assert kept.restarted().is_assigned()


def test_that_there_is_no_keyring_is_said_and_taken_back(rig: ChainRig) -> None:
    """While central cannot be reached the page says in words that nobody is obeyed yet; once, until it is over."""
    kept = Kept(rig)
    taken, rig.repo.files = rig.repo.files, {}
    rig.shelves.files = {}
    kept.keeper.tend()
    kept.mono_s += WITHOUT_S
    kept.keeper.tend()
    [failed] = kept.of(HandFailed)
    assert isinstance(failed, HandFailed)
    assert failed.hand == "chain"
    assert failed.why.startswith("chưa có vòng khóa của tỉnh nên máy chưa nghe lệnh của ai")
    rig.shelves.files = taken
    kept.mono_s += WITHOUT_S
    assert kept.keeper.tend()
    assert len(kept.of(HandRecovered)) == 1


# --- a renewal equals a restart -------------------------------------------------------------------


def fill(kept: Kept) -> None:
    """Let the appliance hold a paper of every kind that lasts."""
    authority, device = kept.rig.authority, kept.identity.device
    kept.gate.admit(authority.programme(device, contents=(NEWS,)), "poll")
    kept.gate.admit(authority.approve(NEWS.sha256), "poll")
    kept.gate.admit(authority.announce(), "push")
    kept.gate.admit(authority.activeset(), "push")
    kept.gate.admit(authority.command(device), "push")
    kept.events.clear()


GONE: dict[Role | None, Callable[[Papers], bool]] = {
    None: lambda papers: papers.count == 4,
    Role.EMERGENCY: lambda papers: papers.count == 3 and not papers.announcements,
    Role.SCHEDULE: lambda papers: papers.count == 3 and papers.programme is None,
    Role.APPROVE: lambda papers: papers.count == 3 and not papers.approvals,
    Role.ASSIGN: lambda papers: papers.assignment is None and papers.programme is None,
}


@pytest.mark.refusal(47)
@pytest.mark.refusal_twin(47)
@pytest.mark.parametrize("role", list(GONE))
def test_a_renewal_while_running_equals_a_restart(role: Role | None, kept: Kept) -> None:
    """Whosever key is gone: at once his papers have lost their force, all others stand, and a restart agrees."""
    fill(kept)
    authority = kept.rig.authority
    authority.add_key(Role.TIME)
    if role is not None:
        authority.add_key(role)
        authority.revoke(authority.keys[role])
    kept.rig.repo.publish(authority.keyring)
    kept.keeper.hint()
    assert kept.keeper.tend()
    papers = kept.gate.restore()
    assert GONE[role](papers)
    [renewed] = kept.of(KeyringRenewed)
    assert isinstance(renewed, KeyringRenewed)
    assert (renewed.epoch, renewed.dropped) == (authority.keyring.epoch, 4 - papers.count)
    assert (renewed.assignment, renewed.programme) == (papers.assignment, papers.programme)
    assert renewed.announcements == papers.announcements
    assert renewed.approvals == tuple(papers.approvals.values())
    assert kept.gate.held_sha256(Kind.ACTIVE_SET) is None  # it is asked for anew
    assert kept.restarted().gate.restore() == papers


def test_a_renewal_from_the_full_card_holds_in_memory(kept: Kept) -> None:
    """A card that takes nothing does not keep a thief's warning in force."""
    fill(kept)
    for slot in "ab":
        (kept.rig.folder / "ledger" / f"facts.{slot}.tmp").mkdir()
    authority = kept.rig.authority
    authority.revoke(authority.keys[Role.EMERGENCY])
    kept.rig.repo.publish(authority.keyring)
    kept.keeper.hint()
    assert kept.keeper.tend()
    assert kept.gate.restore().announcements == ()
    assert [e.hand for e in kept.of(HandFailed) if isinstance(e, HandFailed)] == ["ledger"]


# --- when it asks ---------------------------------------------------------------------------------


def test_it_asks_at_the_start_and_each_day_and_on_a_hint(kept: Kept) -> None:
    """Once a day of its own accord, at once when central hints, and otherwise not."""
    kept.keeper.tend()
    assert kept.asked() == 0
    kept.keeper.hint()
    kept.keeper.tend()
    assert kept.asked() == 1
    kept.mono_s += DAY_S * 7 / 8 - 1
    kept.keeper.tend()
    assert kept.asked() == 0
    kept.mono_s += DAY_S / 8 + 1
    kept.keeper.tend()
    assert kept.asked() == 1


def test_all_that_heard_a_hint_together_do_not_ask_together_again(kept: Kept) -> None:
    """The next question of its own accord comes within a day, at an instant drawn anew each time."""
    rests: set[int] = set()
    for _ in range(5):
        kept.keeper.hint()
        kept.keeper.tend()
        begun_s = kept.mono_s
        while not kept.keeper.wanted:
            kept.mono_s += 10
        rests.add(round(kept.mono_s - begun_s))
    assert len(rests) > 1
    assert max(rests) <= DAY_S + 10


def test_after_a_failure_it_asks_again_soon_but_not_at_once(kept: Kept) -> None:
    """A repository that is broken is tried again after minutes; the fault stands on the page and is taken back."""
    repo = kept.rig.repo
    good = repo.files["metadata/timestamp.json"]
    repo.sign_timestamp(by=[device_key("stranger")])
    kept.keeper.hint()
    assert not kept.keeper.tend()
    assert kept.asked() == 1
    kept.keeper.tend()
    assert kept.asked() == 0
    [failed] = kept.of(HandFailed)
    assert isinstance(failed, HandFailed)
    assert "không đủ chữ ký của tỉnh; máy vẫn theo vòng khóa đang giữ" in failed.why
    [refused] = kept.of(DocumentRefused)
    assert isinstance(refused, DocumentRefused)
    assert (refused.door, refused.code) == ("poll", RefusalCode.THRESHOLD)
    repo.files["metadata/timestamp.json"] = good
    kept.mono_s += AGAIN_S
    kept.keeper.tend()
    assert kept.asked() == 1
    assert len(kept.of(HandRecovered)) == 1


def test_a_hint_while_it_asks_is_not_lost(kept: Kept) -> None:
    """What central says in the midst of a refresh asks for another one after it."""
    kept.rig.shelves.meanwhile = kept.keeper.hint
    kept.keeper.hint()
    kept.keeper.tend()
    kept.rig.shelves.meanwhile = lambda: None
    assert kept.keeper.wanted
    kept.keeper.tend()
    assert not kept.keeper.wanted


# --- papers that wait for it ----------------------------------------------------------------------


def rotated(kept: Kept) -> None:
    """Publish a keyring in which every duty has a new key."""
    authority = kept.rig.authority
    for role in Role:
        authority.keys[role] = authority.add_key(role)
    kept.rig.repo.publish(authority.keyring)


def test_a_paper_by_a_key_not_known_yet_waits_for_the_chain(kept: Kept) -> None:
    """A warning by a new key is neither refused nor lost: the chain is asked, and it sounds, by the door it came by."""
    rotated(kept)
    authority = kept.rig.authority
    kept.gate.admit(authority.announce(), "push")
    kept.gate.admit(authority.command(kept.identity.device), "push")
    kept.gate.admit(authority.activeset(), "push")  # it asks for the new epoch
    assert kept.events == []
    assert kept.keeper.wanted
    assert kept.keeper.tend()
    [heard] = kept.of(AnnouncementAccepted)
    assert isinstance(heard, AnnouncementAccepted)
    assert heard.door == "push"
    assert len(kept.of(CommandAccepted)) == 1
    assert kept.gate.held_sha256(Kind.ACTIVE_SET) is not None
    assert kept.of(DocumentRefused) == []


def test_a_paper_by_a_stranger_is_refused_after_the_chain_was_asked(kept: Kept) -> None:
    """A forgery asks central once, is refused and told, and is not kept; the next one within a minute asks nobody."""
    stranger = device_key("stranger")
    kept.gate.admit(kept.rig.authority.announce(by=[stranger]), "push")
    assert kept.events == []
    assert not kept.keeper.tend()
    assert kept.asked() == 1
    [refused] = kept.of(DocumentRefused)
    assert isinstance(refused, DocumentRefused)
    assert refused.code is RefusalCode.UNKNOWN_KEY
    kept.gate.admit(kept.rig.authority.announce(by=[stranger]), "push")
    assert len(kept.of(DocumentRefused)) == 2
    kept.keeper.tend()
    assert kept.asked() == 0
    kept.mono_s += STRANGERS_S
    kept.gate.admit(kept.rig.authority.announce(by=[stranger]), "push")
    kept.keeper.tend()
    assert kept.asked() == 1


def test_a_flood_of_forgeries_fills_nothing(kept: Kept) -> None:
    """So many papers wait at most; the others are refused at once, and a real one is asked for again later."""
    stranger = device_key("stranger")
    for _ in range(WAITING_MOST + 3):
        kept.gate.admit(kept.rig.authority.announce(by=[stranger]), "neighbour")
    assert len(kept.of(DocumentRefused)) == 3
    kept.keeper.tend()
    assert len(kept.of(DocumentRefused)) == 3  # the rest is told as a number
    assert kept.gate.restore().announcements == ()


def test_an_expired_paper_asks_nobody(kept: Kept) -> None:
    """What no keyring could cure is refused at once: another appliance's paper, an old one, one run out."""
    authority = kept.rig.authority
    old = authority.now - timedelta(days=1)
    kept.gate.admit(
        authority.announce(sent=old, expires=authority.now - timedelta(hours=1)), "push"
    )
    kept.gate.admit(authority.command(DeviceId("b" * 16)), "push")
    assert len(kept.of(DocumentRefused)) == 2
    assert not kept.keeper.wanted


def test_while_central_is_away_the_paper_is_refused_in_the_end(kept: Kept) -> None:
    """A line that is dead makes nobody wait for ever: the paper is refused, and asked for again when it is back."""
    kept.rig.shelves.files = {}
    kept.gate.admit(kept.rig.authority.announce(by=[device_key("stranger")]), "push")
    kept.keeper.tend()
    assert len(kept.of(DocumentRefused)) == 2  # the paper, and what central's place answered
    assert kept.of(AssignmentAccepted) == []


# --- by a stick -----------------------------------------------------------------------------------


def test_a_stick_renews_the_keyring_too(kept: Kept) -> None:
    """A repository read from a folder is as good as central's; a forged or older one changes nothing and is told."""
    old = dict(kept.rig.repo.files)
    kept.rig.next_keyring()

    def reads(files: dict[str, bytes]) -> Callable[[str, str, int], bytes | None]:
        return lambda part, name, _most: files.get(f"{part}/{name}")

    assert kept.keeper.read(reads(kept.rig.repo.files), "usb")
    assert kept.gate.state.keyring.epoch == 2
    assert not kept.keeper.read(reads(old), "usb")
    assert kept.gate.state.keyring.epoch == 2
    [refused] = kept.of(DocumentRefused)
    assert isinstance(refused, DocumentRefused)
    assert (refused.door, refused.code) == ("usb", RefusalCode.OLD_VERSION)
    assert kept.of(HandFailed) == []
    assert kept.asked() == 0


def test_a_stick_with_keyring_and_papers_is_read_in_this_order(rig: ChainRig) -> None:
    """One stick is enough for an appliance without any network: first who may sign, then what they signed."""
    kept = Kept(rig)
    media = rig.folder / "media"
    papers = [rig.authority.assign(kept.identity.public, AREA)]
    top = write_set(media / "stick", papers)
    lay_out(rig.repo.files, top / "tuf")
    shelf = Shelf(rig.folder / "shelf", 50_000_000, kept.events.append, reserve_bytes=0)
    side_load = SideLoad(
        (media,),
        kept.gate,
        shelf,
        kept.events.append,
        chain=lambda reads: kept.keeper.read(reads, "usb"),
        mono=lambda: kept.mono_s,
    )
    [loaded] = side_load.look()
    assert (loaded.papers, loaded.refused) == (1, 0)
    assert kept.is_assigned()
    assert kept.of(DocumentRefused) == []
    rig.authority.now += timedelta(minutes=1)
    rig.next_keyring()
    lay_out(rig.repo.files, top / "tuf")
    kept.mono_s += 1.0
    side_load.look()
    assert kept.gate.state.keyring.epoch == 2
    shelf.close()


# --- on the courier's lane ------------------------------------------------------------------------


class Tends:
    """A keeper that counts, and says once that the keyring is another."""

    def __init__(self) -> None:
        self.tended, self.renewed = 0, False

    def tend(self) -> bool:
        self.tended += 1
        renewed, self.renewed = self.renewed, False
        return renewed


def test_the_courier_looks_after_the_keyring_before_any_paper(tmp_path: Path) -> None:
    """With each round, and between two pieces of a long download, the keyring comes first."""
    with FakeCentral({}) as central, link_rig(tmp_path, central) as appliance:
        appliance.assign()
        data = os.urandom(400_000)
        content = content_of(data, central.put_content(data))
        tends = Tends()
        courier = Courier(
            appliance.link,
            appliance.shelf,
            appliance.gate,
            appliance.events.append,
            appliance.wall_now,
            keeper=tends,
        )
        courier.sync()
        assert tends.tended == 1
        appliance.gate.admit(appliance.programme(content), "poll")
        courier.obey(FetchContents(contents=(content,)))
        assert tends.tended > 2
        asked = central.asked("/programme")
        courier.tend()
        assert central.asked("/programme") == asked
        tends.renewed = True
        courier.tend()
        assert central.asked("/programme") == asked + 1
