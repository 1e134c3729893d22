"""The card's two slots: a release is written, tried and kept, and nothing that goes wrong touches what runs."""

import dataclasses
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.release import Blob
from contract.testing import device_key
from edge.adapters.slot_boot import good_slot, tryboot_of, words_for
from edge.adapters.slot_disk import Disk
from edge.adapters.slot_faults import SlotRefused
from edge.adapters.slot_status import Wish, read_status, write_wish
from edge.adapters.slot_writing import known_chunks
from tests.edge.adapters.slot_card import (
    CONFIG,
    SLOT_BYTES,
    Card,
    Cut,
    CuttingDisk,
    Made,
    pieces,
    release,
    sha256,
)

NEW = ("boot", "lib", "edge2", "fonts", "voices", "lib")


@pytest.fixture
def card(tmp_path: Path) -> Card:
    """A card that runs release 1 in slot a."""
    return Card.make(tmp_path)


def offered(card: Card, **more: Any) -> Made:  # noqa: ANN401  fields of the index
    """Sign and fetch release 2."""
    made = release(2, pieces(*NEW), **more)
    card.sign(made)
    card.fetch(made)
    return made


# --- the good way -----------------------------------------------------------------------------------


def test_a_release_is_written_beside_the_running_one_tried_and_kept(card: Card) -> None:
    """Slot b holds it byte for byte, tryboot takes it once, and one byte of config.txt makes it the good one."""
    made, before = offered(card), card.untouchable()
    status = card.wish("write", 2)
    assert (status.step, status.written, status.why) == ("written", 2, "")
    assert card.system("b", made)
    assert card.untouchable() == before
    assert card.wish("try", 2).step == "restarting"
    assert card.restart() == "0 tryboot"
    assert (card.running, "tl.slot=b" in card.words) == ("b", True)
    trial = card.unit().settle()
    assert (trial.trial, trial.running_counter, trial.running_version) == (True, 2, "1.4.0")
    assert trial.floor == 1
    assert card.wish("commit", 2).step == "kept"
    config = (card.folder / "boot/config.txt").read_bytes()
    assert (good_slot(config), len(config)) == ("b", len(CONFIG))
    assert sum(a != b for a, b in zip(config, CONFIG, strict=True)) == 1
    card.restart()
    kept = card.unit().settle()
    assert (kept.slot, kept.good, kept.trial, kept.floor, kept.written) == ("b", "b", False, 2, 0)


def test_a_trial_that_nobody_keeps_is_over_with_the_next_start(card: Card) -> None:
    """A plain restart, for whatever reason, takes the slot that was good; the written one is still there."""
    offered(card)
    card.wish("write", 2)
    card.wish("try", 2)
    card.restart()
    assert card.wish("back", 2).step == "restarting"
    card.restart()
    status = card.unit().settle()
    assert (status.slot, status.trial, status.floor, status.written) == ("a", False, 1, 2)


def test_only_what_changed_must_have_been_fetched(card: Card) -> None:
    """The running slot gives the chunks that it has; a card as it was flashed has no list, and all must come."""
    made = offered(card)
    fetched = {f.name for f in (card.folder / "state/update/chunks").iterdir()}
    assert fetched == {sha256(c) for c in pieces("edge2", "voices")}
    assert card.wish("write", 2).step == "written"
    shutil.rmtree(card.folder / "boot/a")
    (card.folder / "boot/a").mkdir()
    assert known_chunks(card.places.boot, "a") == {}
    (card.folder / "b").write_bytes(b"\0" * SLOT_BYTES)
    status = card.wish("write", 2)
    assert (status.step, status.code) == ("refused", "lacking")
    assert set(status.lacking) == {sha256(c) for c in made.chunks} - fetched


def test_the_next_release_goes_into_the_other_slot(card: Card) -> None:
    """After one was kept in b, the next is written into a, from what b holds."""
    offered(card)
    for verb in ("write", "try"):
        card.wish(verb, 2)
    card.restart()
    card.wish("commit", 2)
    card.restart()
    made = release(3, pieces("boot", "edge3", "voices"), "1.5.0")
    card.sign(made)
    card.fetch(made)
    assert card.wish("write", 3).step == "written"
    assert card.system("a", made)
    assert (card.folder / "boot/tryboot.txt").read_bytes().count(b"os_prefix=a/") == 1


def test_the_unit_obeys_the_wish_that_the_appliance_wrote_down_once(card: Card) -> None:
    """Each asking has an id; the answer names it, and the same asking is not done again."""
    offered(card)
    write_wish(card.folder / "state", Wish(id="1a", verb="write", counter=2))
    status = card.unit().obey()
    assert (status.wish, status.step) == ("1a", "written")
    disk = CuttingDisk(0)
    assert card.unit(disk).obey().step == "written"
    assert not [name for name in disk.named if name.endswith(" b")]
    assert read_status(card.places.run) == card.unit().status()


def test_what_is_right_already_is_not_written_twice(card: Card) -> None:
    """A second writing of the same release reads the slot and writes no chunk of it: cards wear."""
    offered(card)
    card.wish("write", 2)
    disk = CuttingDisk(0)
    assert card.wish("write", 2, disk).step == "written"
    assert "write b" not in disk.named


# --- the power is cut --------------------------------------------------------------------------------


def steps_of(
    folder: Path, deed: Callable[[Card, Disk], object], ready: Callable[[Card], object]
) -> int:
    """Return in how many steps a deed changes the card."""
    card = Card.make(folder)
    ready(card)
    disk = CuttingDisk(0)
    deed(card, disk)
    return disk.steps


def cuts(
    tmp_path: Path, deed: Callable[[Card, Disk], object], ready: Callable[[Card], object]
) -> Iterator[tuple[Card, CuttingDisk]]:
    """Yield a card for each step of a deed, cut there: with all written, with half, without what was not flushed."""
    steps = steps_of(tmp_path / "whole", deed, ready)
    assert steps > 3
    for at in range(1, steps + 1):
        for loses, tears in ((False, False), (False, True), (True, False)):
            folder = tmp_path / f"{at}-{loses}-{tears}"
            folder.mkdir()
            card = Card.make(folder)
            ready(card)
            disk = CuttingDisk(at, loses=loses, tears=tears)
            with pytest.raises(Cut):
                deed(card, disk)
            yield card, disk
            shutil.rmtree(folder)


def written_before(card: Card) -> None:
    """Have an older release written into slot b and offered to tryboot, and release 2 signed and fetched."""
    older = release(1, pieces("boot", "older"), "1.3.1")
    made = release(2, pieces(*NEW))
    (card.folder / "boot/a/release.json").unlink()
    card.sign(older)
    card.fetch(older)
    assert card.wish("write", 1).step == "written"
    card.sign(made)
    card.fetch(made)


@pytest.mark.parametrize("ready", [offered, written_before])
def test_a_cut_at_any_step_of_the_writing_leaves_what_runs_and_it_is_written_anew(
    tmp_path: Path, ready: Callable[[Card], object]
) -> None:
    """The running slot and config.txt are the same bytes, tryboot names no half slot, and it is written whole anew."""
    (tmp_path / "whole").mkdir()
    (tmp_path / "fresh").mkdir()
    fresh = Card.make(tmp_path / "fresh")
    ready(fresh)
    for card, disk in cuts(tmp_path, lambda c, d: c.wish("write", 2, d), ready):
        assert card.untouchable() == fresh.untouchable(), disk.named[-1]
        made = release(2, pieces(*NEW))
        tryboot, whole = card.folder / "boot/tryboot.txt", card.system("b", made)
        if tryboot.exists() and disk.steps > 2:
            assert whole, disk.named[-1]
            assert (card.folder / "boot/b/trial.txt").exists(), disk.named[-1]
        if (card.folder / "b").read_bytes().startswith(made.chunks[0]) and ready is offered:
            assert whole, disk.named[-1]
        card.restart()
        assert card.running == "a"
        assert card.wish("write", 2).step == "written", disk.named[-1]
        assert card.system("b", made)


def test_what_was_answered_stays_without_anything_more_being_written(tmp_path: Path) -> None:
    """Once it said written, or kept, the power may go: nothing of it was still in memory alone."""
    card = Card.make(tmp_path)
    made, disk = offered(card), CuttingDisk(0)
    assert card.wish("write", 2, disk).step == "written"
    disk.lose()
    assert (card.unit().status().written, card.system("b", made)) == (2, True)
    assert card.wish("try", 2).step == "restarting"
    card.restart()
    assert card.wish("commit", 2, disk).step == "kept"
    disk.lose()
    card.restart()
    assert card.running == "b"
    assert card.unit().status().floor == 2


def trying(card: Card) -> None:
    """Have release 2 run as a trial."""
    offered(card)
    card.wish("write", 2)
    card.wish("try", 2)
    card.restart()
    card.unit().settle()


def test_a_cut_at_any_step_of_the_keeping_leaves_one_good_slot(tmp_path: Path) -> None:
    """Before the byte it is the old slot, after it the new one, and in either the floor follows what is good."""
    (tmp_path / "whole").mkdir()
    seen = set()
    for card, disk in cuts(tmp_path, lambda c, d: c.wish("commit", 2, d), trying):
        (card.folder / "run/restart").unlink(missing_ok=True)
        card.restart()
        status = card.unit().settle()
        assert status.trial is False
        wanted = {"a": 1, "b": 2}[status.slot]
        assert (status.running_counter, status.floor) == (wanted, wanted), disk.named[-1]
        seen.add(status.slot)
    assert seen == {"a", "b"}


# --- refusals, each with its twin ----------------------------------------------------------------------


def refused(card: Card, code: str, verb: str = "write", counter: int = 2) -> None:
    """See that a wish is refused for this reason, in words, with nothing of the running system touched."""
    before = card.untouchable()
    status = card.wish(verb, counter)
    assert (status.step, status.code) == ("refused", code)
    assert len(status.why) > 15
    assert card.untouchable() == before
    assert card.unit().settle().written == 0
    assert not (card.folder / "boot/tryboot.txt").exists()


def then_written(card: Card) -> None:
    """See that the same wish is granted once the one flaw is mended."""
    assert card.wish("write", 2).step == "written"


def test_a_release_that_too_few_signed_is_not_written(card: Card) -> None:
    """One key of two is not enough, nor are two of strangers; the two of the root are."""
    made = release(2, pieces(*NEW))
    card.fetch(made)
    card.sign(made, by=card.repository.target_keys[:1])
    refused(card, "wrong-signature")
    card.sign(made, by=[device_key("x"), device_key("y")])
    refused(card, "wrong-signature")
    card.sign(made)
    then_written(card)


def test_an_index_that_is_not_the_signed_one_is_not_obeyed(card: Card) -> None:
    """Whoever owns the appliance may write any bytes into its store; the signature names others."""
    made = offered(card)
    card.hold(release(2, pieces("evil")).data)
    refused(card, "wrong-signature")
    card.hold(made.data)
    then_written(card)


def test_a_chain_under_another_root_is_not_obeyed(card: Card) -> None:
    """The root that counts lies beside the firmware, where the appliance cannot write."""
    made = offered(card)
    root = card.folder / "boot/trust/root.json"
    ours = root.read_bytes()
    stranger = Card.make(card.folder / "other")
    stranger.repository = type(card.repository).make(seed="strangers", keyring=None)
    root.write_bytes(stranger.repository.baked)
    refused(card, "wrong-signature")
    root.write_bytes(b"{}")
    refused(card, "wrong-signature")
    root.unlink()
    refused(card, "wrong-signature")
    root.write_bytes(ours)
    assert made.index.counter == 2
    then_written(card)


def test_a_root_that_was_rotated_since_the_card_was_written_is_followed(card: Card) -> None:
    """From the card's first root by each next one, signed by the people before; a gap is refused."""
    old = card.repository.root_keys[:2]
    card.repository.rotate(root_keys=[device_key("n1"), device_key("n2"), device_key("n3")])
    offered(card)
    assert card.repository.root_version == 2
    then_written(card)
    card.repository.rotate(root_keys=[device_key("m1"), device_key("m2")], by=old)
    card.sign(release(2, pieces(*NEW)))
    status = card.wish("write", 2)
    assert (status.step, status.code) == ("refused", "wrong-signature")


def test_another_release_than_the_signed_one_is_not_written(card: Card) -> None:
    """The wish names its counter: between asking and obeying another may have been signed."""
    offered(card)
    refused(card, "other-release", counter=3)
    then_written(card)


def test_without_any_release_nothing_is_written(card: Card) -> None:
    """A chain that names no release, or no chain at all, is said so."""
    refused(card, "no-release")
    offered(card)
    then_written(card)


def test_an_older_release_than_was_kept_here_is_refused(card: Card) -> None:
    """The unit has a floor of its own; an old version under a new counter is the way back."""
    offered(card)
    card.wish("write", 2)
    card.wish("try", 2)
    card.restart()
    card.wish("commit", 2)
    card.restart()
    back = Card.make(card.folder / "again")
    card.repository = back.repository
    old = release(1, pieces("boot", "old"), "1.0.0")
    card.sign(old)
    card.fetch(old)
    status = card.wish("write", 1)
    assert (status.step, status.code) == ("refused", "old-release")
    newer = release(3, pieces("boot", "old"), "1.0.0", goes_back=True)
    card.sign(newer)
    card.fetch(newer)
    assert card.wish("write", 3).step == "written"


def test_the_running_release_is_not_written_again(card: Card) -> None:
    """What runs needs no trial."""
    card.sign(card.first)
    card.fetch(card.first)
    refused(card, "same-release", counter=1)
    offered(card)
    then_written(card)


@pytest.mark.parametrize(
    "more", [{"architecture": "amd64"}, {"suite": "trixie"}], ids=["processor", "suite"]
)
def test_a_release_for_another_machine_is_refused(card: Card, more: dict[str, str]) -> None:
    """What would not even start is not tried."""
    offered(card, **more)
    refused(card, "other-machine")
    offered(card)
    then_written(card)


def test_a_release_that_does_not_fit_into_the_slot_is_refused(card: Card) -> None:
    """By its own size, or by what it says that it needs."""
    offered(card, slot_bytes_min=SLOT_BYTES + 1)
    refused(card, "too-large")
    offered(card, slot_bytes_min=SLOT_BYTES)
    then_written(card)


def test_a_damaged_chunk_is_noticed_before_the_slot_is_touched(card: Card) -> None:
    """Fetched or in the running slot: it is named, so that it is fetched again, and slot b is as it was."""
    offered(card)
    chunk = pieces("edge2")[0]
    file = card.folder / "state/update/chunks" / sha256(chunk)
    file.write_bytes(chunk[:-1] + bytes([chunk[-1] ^ 1]))
    before = (card.folder / "b").read_bytes()
    refused(card, "lacking")
    assert card.unit().status().lacking == (sha256(chunk),)
    assert (card.folder / "b").read_bytes() == before
    file.write_bytes(chunk)
    slot = card.folder / "a"
    whole = slot.read_bytes()
    slot.write_bytes(b"\1" + whole[1:])
    refused(card, "lacking")
    assert card.unit().status().lacking == (sha256(pieces("boot")[0]),)
    slot.write_bytes(whole)
    then_written(card)


def test_a_link_in_place_of_a_chunk_is_not_followed(card: Card) -> None:
    """The unit may read all; what the appliance lays down must be a plain file."""
    made = offered(card)
    file = card.folder / "state/update/chunks" / sha256(pieces("edge2")[0])
    aside = file.rename(card.folder / "aside")
    file.symlink_to(aside)
    refused(card, "lacking")
    file.unlink()
    os.mkfifo(file)
    refused(card, "lacking")
    file.unlink()
    card.fetch(made)
    then_written(card)


@pytest.mark.parametrize("cut", [0, 8, -1, -36], ids=["nothing", "head", "byte", "entry"])
def test_a_truncated_list_is_refused(card: Card, cut: int) -> None:
    """Whatever is missing of the list of chunks, nothing is written by it."""
    made = offered(card)
    file = card.folder / "state/update/blobs" / sha256(made.listed)
    file.write_bytes(made.listed[:cut])
    refused(card, "bad-list")
    file.write_bytes(made.listed)
    then_written(card)


def test_a_signed_list_that_makes_no_system_is_refused(card: Card) -> None:
    """A mistake of whoever built it is named too: the chunks make up another length than the system."""
    made = release(2, pieces(*NEW))
    system = Blob(sha256=made.index.system.sha256, bytes=made.index.system.bytes - 1)
    card.sign(dataclasses.replace(made, index=release(2, pieces(*NEW), system=system).index))
    card.fetch(made)
    refused(card, "bad-list")
    card.sign(made)
    then_written(card)


def test_wrong_starters_are_refused_before_anything_is_touched(card: Card) -> None:
    """A kernel that is missing, or other than the signed one, or a release without words for it."""
    made = offered(card)
    file = card.folder / "state/update/blobs" / sha256(made.starters["vmlinuz"])
    file.write_bytes(b"kernel 3" * 50)
    refused(card, "wrong-starters")
    file.unlink()
    refused(card, "wrong-starters")
    file.write_bytes(made.starters["vmlinuz"])
    bare = tuple(s for s in made.index.starters if s.name != "cmdline.txt")
    offered(card, starters=bare)
    refused(card, "wrong-starters")
    offered(card)
    then_written(card)


class Locked(Disk):
    """A boot partition that takes nothing: read-only, or full."""

    def __init__(self, number: int) -> None:
        self.number = number

    def create(self, file: Path, data: bytes) -> None:
        if "boot" in file.parts[-3:]:
            from edge.adapters.slot_disk import told  # noqa: PLC0415  the real one's own words

            with told(file.name):
                raise OSError(self.number, os.strerror(self.number))
        super().create(file, data)


@pytest.mark.parametrize(
    ("number", "code"), [(30, "read-only"), (28, "no-room"), (5, "card-fault")]
)
def test_a_boot_partition_that_takes_nothing_is_said_so(card: Card, number: int, code: str) -> None:
    """Read-only, full or broken: the slot may be written already, and is not offered to the firmware."""
    offered(card)
    before = card.untouchable()
    status = card.wish("write", 2, Locked(number))
    assert (status.step, status.code, status.written) == ("refused", code, 0)
    assert card.untouchable() == before
    assert not (card.folder / "boot/tryboot.txt").exists()
    then_written(card)


class Forgetful(Disk):
    """A card that acknowledges every write and keeps one of them otherwise."""

    def flush(self, file: Path) -> None:
        super().flush(file)
        if file.name == "b" and file.is_file():
            super().write_at(file, 5, b"!")


def test_a_card_that_does_not_keep_what_was_written_is_found_out(card: Card) -> None:
    """The whole slot is read back against the signed hash before it is offered to the firmware."""
    offered(card)
    status = card.wish("write", 2, Forgetful())
    assert (status.step, status.code, status.written) == ("refused", "card-fault", 0)
    assert not (card.folder / "boot/tryboot.txt").exists()
    then_written(card)


def test_what_is_not_whole_is_not_tried(card: Card) -> None:
    """Without a written release, with another counter, or with tryboot.txt taken away, there is no trial."""
    refused(card, "not-written", "try")
    offered(card)
    card.wish("write", 2)
    assert card.wish("try", 3).code == "not-written"
    assert not (card.folder / "run/restart").exists()
    assert card.wish("try", 2).step == "restarting"


def test_what_does_not_run_is_not_kept(card: Card) -> None:
    """A commit for another counter than the running one changes nothing, and without a trial nothing is left."""
    offered(card)
    card.wish("write", 2)
    before = card.untouchable()
    assert card.wish("commit", 2).code == "no-trial"
    assert card.wish("back", 2).code == "no-trial"
    assert card.untouchable() == before


def test_a_config_that_does_not_say_clearly_which_slot_is_good_is_refused(card: Card) -> None:
    """No line, or two, is nobody's to guess."""
    for text in (b"", b"os_prefix=c/\n", CONFIG + b"os_prefix=b/\n"):
        with pytest.raises(SlotRefused) as caught:
            good_slot(text)
        assert caught.value.code == "config-unclear"
    assert good_slot(CONFIG) == "a"
    assert good_slot(CONFIG.replace(b"\n", b"\r\n")) == "a"


def test_the_words_name_the_slot_that_they_were_written_into() -> None:
    """Whatever the builder's words say of a slot; and the trial has words of its own."""
    assert words_for(b"rootwait tl.slot=a quiet\n", "b") == b"rootwait tl.slot=b quiet\n"
    assert words_for(b"rootwait", "b") == b"rootwait tl.slot=b\n"
    tried = tryboot_of(CONFIG, "b")
    assert tried == CONFIG.replace(b"os_prefix=a/", b"os_prefix=b/") + b"cmdline=trial.txt\n"
