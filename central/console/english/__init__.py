"""English for every Vietnamese sentence on screen, one module per page; the glossary's words where it has them."""

from central.console.english import (
    contents,
    emergency,
    fleet,
    frame,
    key,
    programme,
    slot_form,
)

SECTIONS: tuple[dict[str, str], ...] = (
    frame.WORDS,
    fleet.WORDS,
    contents.WORDS,
    programme.WORDS,
    slot_form.WORDS,
    emergency.WORDS,
    key.WORDS,
)
ENGLISH: dict[str, str] = {text: found for section in SECTIONS for text, found in section.items()}
