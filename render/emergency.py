"""An emergency over the whole board: level in colour and in words, the languages one after the other.

Law of the room: no bar, no ticker, nothing beside it. The band's word and sign say what the colour says. A
drill says in its band that it is one; on a board too low for a band its first words say it.
"""

from typing import Final, NamedTuple

from contract.documents import Announcement, AnnouncementInfo, MessageType, Status
from render import findings
from render.findings import Finding
from render.fitting import reading_s
from render.measures import Measures
from render.pages import Page
from render.pictures import Pictures
from render.stacking import Scheme, ink_page, is_alone, marks
from render.stage import Stage
from render.templates import Desk, banner, fitted_in
from render.wording import one_line, words_of


class Words(NamedTuple):
    """The words of the band in one language."""

    extreme: str
    severe: str
    moderate: str
    minor: str
    over: str
    exercise: str


WORDS: Final = {
    "vi": Words("KHẨN CẤP", "CẢNH BÁO", "CHÚ Ý", "THÔNG BÁO", "HẾT CẢNH BÁO", "DIỄN TẬP"),
    "en": Words("EMERGENCY", "WARNING", "CAUTION", "NOTICE", "ALL CLEAR", "EXERCISE"),
}
# ground and ink of the page; the band has them the other way round
_COLOURS: Final = {
    "Extreme": ("#8b0015", "#ffffff"),
    "Severe": ("#ff9f1c", "#000000"),
    "Moderate": ("#ffd60a", "#000000"),
    "Minor": ("#1d4ed8", "#ffffff"),
}
_OVER: Final = ("#14532d", "#ffffff")
_EXERCISE: Final = ("#374151", "#ffffff")


def emergency(
    announcement: Announcement, stage: Stage, measures: Measures, pictures: Pictures
) -> tuple[tuple[Page, ...], tuple[Finding, ...]]:
    """Return one round of pages: every language whole, in the order of the announcement.

    A cancel without words is one page that says that the warning is over.
    """
    pages: list[Page] = []
    told: list[Finding] = []
    for number, info in enumerate(announcement.infos):
        desk = Desk(stage, stage.safe, measures, pictures, number)
        made, found = _language(announcement, info, desk)
        pages += made
        told += found
    if not pages:
        desk = Desk(stage, stage.safe, measures, pictures, 0)
        bare = AnnouncementInfo(language="vi", headline=announcement.event, text="")
        pages += _language(announcement, bare, desk)[0]
    return tuple(pages), tuple(told)


def band_word(announcement: Announcement, language: str) -> str:
    """Return what the band says: the level or that it is over, and whether it is a drill; else in Vietnamese."""
    words = WORDS.get(language.partition("-")[0], WORDS["vi"])
    if announcement.message is MessageType.CANCEL:
        said = words.over
    else:
        said = {
            "Extreme": words.extreme,
            "Severe": words.severe,
            "Moderate": words.moderate,
            "Minor": words.minor,
        }.get(announcement.severity, words.severe)
    drill = announcement.status is not Status.ACTUAL
    return f"{words.exercise} – {said}" if drill else said


def colours(announcement: Announcement) -> tuple[str, str]:
    """Return ground and ink of an announcement's pages."""
    if announcement.status is not Status.ACTUAL:
        return _EXERCISE
    if announcement.message is MessageType.CANCEL:
        return _OVER
    return _COLOURS.get(announcement.severity, _COLOURS["Severe"])


def _language(
    announcement: Announcement, info: AnnouncementInfo, desk: Desk
) -> tuple[list[Page], list[Finding]]:
    ground, ink = colours(announcement)
    scheme = Scheme(ground, ink, ink, ink)
    word, rest = band_word(announcement, info.language), ""
    topped = banner(desk, word, ground=ground, ink=ink)
    if (
        topped is None and " – " in word
    ):  # the band of a low board says that it is a drill, the text the rest
        word, _, rest = word.partition(" – ")
        topped = banner(desk, word, ground=ground, ink=ink)
    band, below = topped or ((), desk.body)
    said = f"{rest} {info.headline}" if topped else f"⚠ {word} {rest} {info.headline}"
    heading = one_line(said, desk.measures.knows)
    words = words_of(info.text, desk.measures.knows)
    fitted, inner, foot = fitted_in(desk, heading, words, below)
    pages = []
    for number, lines in enumerate(fitted.pages):
        items = [*band, *ink_page(lines, inner, scheme, desk.measures, middle=is_alone(fitted))]
        if foot is not None:
            items += marks(foot, number, len(fitted.pages), scheme)
        written = " ".join(([word] if topped else []) + [line.text for line in lines])
        page_s = reading_s(len(written.split()))
        pages.append(Page(desk.slide, ground, tuple(items), page_s, written))
    lost, count = heading.lost + words.lost, heading.lost_count + words.lost_count
    told = [findings.no_glyph(desk.slide, lost, count)] if count else []
    if fitted.size_px < desk.stage.least_px:
        far = desk.stage.readable_m(fitted.size_px)
        told.append(findings.too_small(desk.slide, fitted.size_px, far))
    return pages, told
