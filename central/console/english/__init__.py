"""English for every Vietnamese sentence on screen, one module per page; the glossary's words where it has them."""

from central.console.english import (
    contents,
    emergency,
    fleet,
    frame,
    key,
    live,
    programme,
    slot_form,
    state,
)

SECTIONS: tuple[dict[str, str], ...] = (
    frame.WORDS,
    fleet.WORDS,
    state.WORDS,
    contents.WORDS,
    programme.WORDS,
    slot_form.WORDS,
    live.WORDS,
    emergency.WORDS,
    key.WORDS,
)
ENGLISH: dict[str, str] = {text: found for section in SECTIONS for text, found in section.items()}
