"""The catalogue: every sentence on screen is Vietnamese in the source and looked up here.

Law of the room: the Vietnamese sentence is its own key, so a page reads as it will look; English stands in
`english`. A sentence that lacks English is shown in Vietnamese rather than not at all.
"""

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

from central.console.english import ENGLISH

LanguageCode = Literal["vi", "en"]
LANGUAGES: tuple[LanguageCode, ...] = get_args(LanguageCode)
_STATIC = Path(__file__).parent / "static"
_LITERAL = re.compile(r'"((?:[^"\\\n]|\\.)+)"')


class Words:
    """Sentences in one language."""

    def __init__(self, language: LanguageCode) -> None:
        self.language = language

    def __call__(self, text: str, /, **parts: object) -> str:
        """Return the sentence in this language with its `{parts}` filled in."""
        found = ENGLISH.get(text, text) if self.language == "en" else text
        return found.format(**parts) if parts else found


def language_of(text: str | None) -> LanguageCode:
    """Return the language a cookie names; Vietnamese unless it is one of ours."""
    return next((code for code in LANGUAGES if code == text), "vi")


@lru_cache(maxsize=1)
def script_literals() -> frozenset[str]:
    """Return every string literal of our scripts: what they might say."""
    files = sorted(_STATIC.glob("*.js"))
    return frozenset(
        found for file in files for found in _LITERAL.findall(file.read_text(encoding="utf-8"))
    )


@lru_cache(maxsize=len(LANGUAGES))
def script_words(language: LanguageCode) -> dict[str, str]:
    """Return the part of the catalogue that scripts need; empty for the language of the source."""
    if language == "vi":
        return {}
    return {text: ENGLISH[text] for text in sorted(script_literals()) if text in ENGLISH}
