"""English for every Vietnamese sentence on screen, one module per page; the glossary's words where it has them."""

from central.console.english import (
    contents,
    emergency,
    fleet,
    frame,
    install,
    key,
    live,
    log,
    programme,
    slot_form,
    state,
    trust,
)

SECTIONS: tuple[dict[str, str], ...] = (
    frame.WORDS,
    fleet.WORDS,
    state.WORDS,
    contents.WORDS,
    programme.WORDS,
    slot_form.WORDS,
    live.WORDS,
    log.WORDS,
    emergency.WORDS,
    key.WORDS,
    install.WORDS,
    trust.WORDS,
)
ENGLISH: dict[str, str] = {text: found for section in SECTIONS for text, found in section.items()}
