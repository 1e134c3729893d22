"""What the firmware's files say about the two slots, and how they are changed.

Law of the room: pure; bytes in, bytes out. Which slot is good is one letter of config.txt, overwritten in its place:
nothing else of that file ever changes, so that no cut can leave half of it.
"""

import re
from typing import Final

from edge.adapters.slot_faults import SlotRefused
from edge.adapters.slot_status import Slot

CONFIG, TRYBOOT, WORDS, TRIAL_WORDS = "config.txt", "tryboot.txt", "cmdline.txt", "trial.txt"
_PREFIX: Final = re.compile(rb"^os_prefix=([ab])/[ \t]*\r?$", re.MULTILINE)
_SLOT_WORD: Final = re.compile(rb"\btl\.slot=\S*")


def other(slot: Slot) -> Slot:
    """Return the slot that is not `slot`."""
    return "b" if slot == "a" else "a"


def place_of_good(config: bytes) -> int:
    """Return at which byte of config.txt the good slot's letter stands; raises `SlotRefused` unless it is clear."""
    found = list(_PREFIX.finditer(config))
    if len(found) != 1:
        raise SlotRefused(
            "config-unclear",
            f"config.txt có {len(found)} dòng os_prefix, phải có đúng một: ghi lại thẻ hoặc sửa tệp này",
        )
    return found[0].start(1)


def good_slot(config: bytes) -> Slot:
    """Return the slot that a plain restart takes."""
    at = place_of_good(config)
    return "b" if config[at : at + 1] == b"b" else "a"


def tryboot_of(config: bytes, slot: Slot) -> bytes:
    """Return what the firmware reads for one start of `slot`: the same configuration, with the trial's words."""
    at = place_of_good(config)
    turned = config[:at] + slot.encode() + config[at + 1 :]
    ending = b"" if turned.endswith(b"\n") else b"\n"
    return turned + ending + b"cmdline=" + TRIAL_WORDS.encode() + b"\n"


def words_for(words: bytes, slot: Slot) -> bytes:
    """Return a release's words for the kernel, naming the slot that it was written into."""
    named = b"tl.slot=" + slot.encode()
    line = b" ".join(words.split())
    return (_SLOT_WORD.sub(named, line) if _SLOT_WORD.search(line) else line + b" " + named) + b"\n"


def trial_words(words: bytes, trial_s: int) -> bytes:
    """Return the words of a trial: after `trial_s` the first program restarts a system that nobody has kept."""
    return words.rstrip() + b" tl.trial=%d\n" % trial_s
