"""The words of the local page, in Vietnamese and English.

Law of the room: text only, one file for each part of the page. A key that is not here is a fault that a test
finds; what the appliance itself says (why, reasons) comes from the core in Vietnamese and is marked as such
on an English page.
"""

from collections.abc import Mapping
from typing import Final, Literal, get_args

from edge.web.words.air import AIR
from edge.web.words.check import CHECK
from edge.web.words.commission import COMMISSION
from edge.web.words.controls import CONTROLS
from edge.web.words.enrol import ENROL, WIPE
from edge.web.words.faults import CODES, HEED, PAPERS
from edge.web.words.log import ABOUT, LOG, TODAY
from edge.web.words.network import NETWORK
from edge.web.words.notes import ERRORS, NOTES
from edge.web.words.say import SAY, WARN
from edge.web.words.shell import DEVICE, SHELL
from edge.web.words.voice import RECORD, TALK

Language = Literal["vi", "en"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)

WORDS: Final[Mapping[str, tuple[str, str]]] = {
    **SHELL, **AIR, **DEVICE, **CONTROLS, **SAY, **WARN, **TODAY, **CHECK, **LOG, **ABOUT,
    **NOTES, **ERRORS, **HEED, **PAPERS, **CODES, **RECORD, **TALK,
    **ENROL, **WIPE, **COMMISSION, **NETWORK,
}  # fmt: skip


class Words:
    """The catalogue in one language."""

    def __init__(self, language: Language) -> None:
        """Speak `language`."""
        self.language: Language = language
        self._at = LANGUAGES.index(language)

    def __call__(self, key: str, **values: object) -> str:
        """Return the text of `key` with `values` filled in; raises `KeyError` for an unknown key."""
        return WORDS[key][self._at].format(**values)

    def has(self, key: str) -> bool:
        """Return whether there is a text for `key`, which came from elsewhere."""
        return key in WORDS

    def code(self, code: str) -> str:
        """Return a refusal's reason code in a few words."""
        return self(f"code.{code}" if f"code.{code}" in WORDS else "code.other")
