"""Each kind of slide as pages: the templates.

Law of the room: a slide, a box and a measure go in, pages and findings come out. Everything that is written is
shown: a text that does not fit one page in readable letters goes on in the next.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple, assert_never

from contract.documents import (
    AlertLevel,
    NoticeSlide,
    PictureSlide,
    PictureTextSlide,
    PortraitSlide,
    Sha256,
    Side,
    Slide,
    TextSlide,
    TimetableSlide,
    VideoSlide,
    WarningSlide,
)
from render import findings
from render.colours import contrast, least_contrast
from render.findings import Finding
from render.fitting import Fitted, Room, fit, heading_size, reading_s
from render.measures import Measures, pitch_px
from render.pages import Box, Fill, Film, Ink, Item, Page, Photo
from render.pictures import Pictures
from render.stacking import Scheme, ink_page, is_alone, marks, readable
from render.stage import Stage
from render.tables import Table, fit_table
from render.wording import Words, one_line, words_of

PLAIN: Final = Scheme("#0b2545", "#ffffff", "#ffd166", "#ffd166")
DARK: Final = Scheme("#101418", "#ffffff", "#ffffff", "#ffffff")
LEVELS: Final = {  # the band's ground and ink, and its word
    AlertLevel.DANGER: ("#b3001b", "#ffffff", "NGUY HIỂM"),
    AlertLevel.WARNING: ("#ff9f1c", "#000000", "CẢNH BÁO"),
    AlertLevel.CAUTION: ("#ffd60a", "#000000", "CHÚ Ý"),
    AlertLevel.INFORMATION: ("#1d4ed8", "#ffffff", "THÔNG TIN"),
}
_SMALL_SIDE_PX: Final = 200  # below it a picture and a text share no page
_PICTURE_PAGE_S: Final = 8.0
_LINES_FOR_MARKS: Final = 5


class Made(NamedTuple):
    """The pages of one slide, and what was found."""

    pages: tuple[Page, ...]
    findings: tuple[Finding, ...]


class Desk(NamedTuple):
    """What every template works with: the stage, the part of it that is the slide's, fonts and pictures."""

    stage: Stage
    body: Box
    measures: Measures
    pictures: Pictures
    slide: int

    @property
    def margin_px(self) -> int:
        """The air around what is written."""
        return max(1, min(self.body.width, self.body.height) // 40)


def make(slide: Slide, desk: Desk) -> Made:
    """Return the pages of a slide."""
    match slide:
        case NoticeSlide():
            return _text(desk, slide, (slide.title,), slide.text, PLAIN)
        case WarningSlide():
            return _warning(desk, slide)
        case TimetableSlide():
            return _timetable(desk, slide)
        case PortraitSlide():
            return _beside(desk, slide, slide.picture, Side.LEFT, slide.name, slide.text)
        case PictureTextSlide():
            return _beside(desk, slide, slide.picture, slide.side, slide.title, slide.text)
        case PictureSlide():
            return _picture(desk, slide)
        case VideoSlide():
            film = Film(desk.stage.safe, slide.video, slide.sound)
            page = Page(desk.slide, "#000000", (film,), float(slide.page_s or 0), "")
            return Made((page,), ())
        case TextSlide():
            made = [_text(desk, slide, (), text, PLAIN) for text in slide.pages]
            return Made(
                tuple(page for one in made for page in one.pages),
                tuple(found for one in made for found in one.findings),
            )
        case _:
            assert_never(slide)


def _text(desk: Desk, slide: Slide, title: Sequence[str], text: str, usual: Scheme) -> Made:
    heading, words = _words(desk, " ".join(title), text)
    if not heading.paragraphs and not words.paragraphs:
        return Made((), (findings.empty(desk.slide),))
    return _flowing(desk, slide, heading, words, desk.body, _scheme(slide, usual), ())


def _warning(desk: Desk, slide: WarningSlide) -> Made:
    ground, ink, word = LEVELS[slide.level]
    heading, words = _words(desk, slide.title, slide.text)
    if not heading.paragraphs and not words.paragraphs:
        return Made((), (findings.empty(desk.slide),))
    topped = banner(desk, word, ground=ink, ink=ground)
    if topped is None:
        heading = one_line(f"⚠ {word} {slide.title}", desk.measures.knows)
        scheme = _scheme(slide, Scheme(ground, ink, ink, ink))
        return _flowing(desk, slide, heading, words, desk.body, scheme, ())
    band, below = topped
    scheme = _scheme(slide, Scheme("#101418", "#ffffff", "#ffffff", ground))
    return _flowing(desk, slide, heading, words, below, scheme, band)


def banner(desk: Desk, word: str, *, ground: str, ink: str) -> tuple[tuple[Item, ...], Box] | None:
    """Return a band over the body's top with a sign and a word, and the box that is left below it.

    `ink` is the colour of the band, `ground` that of its letters. None where the word is wider than the body or two
    lines below it would not fit: the caller writes the word into the text.
    """
    box, text = desk.body, f"⚠ {word}"
    size = max(desk.stage.least_px, box.height // 9)
    while size > desk.stage.least_px and desk.measures.width_px(text, size, bold=True) > box.width:
        size -= 1
    if desk.measures.width_px(text, size, bold=True) > box.width:
        text = word
    pad = size // 12
    high = pitch_px(desk.measures, size) + 2 * pad
    wide = desk.measures.width_px(text, size, bold=True)
    left_over = box.height - high - 2 * desk.margin_px
    if wide > box.width or left_over < 2 * pitch_px(desk.measures, desk.stage.least_px):
        return None
    left = box.left + max(0, (box.width - wide) // 2)
    base = box.top + pad + desk.measures.extent(size).above_px
    band = Box(box.left, box.top, box.width, high)
    items = (Fill(band, ink), Ink(text, left, base, size, True, ground))
    return items, Box(box.left, box.top + high, box.width, max(1, box.height - high))


def _flowing(
    desk: Desk,
    slide: Slide,
    heading: Words,
    words: Words,
    box: Box,
    scheme: Scheme,
    under: Sequence[Item],
) -> Made:
    """Return text in `box`, over `under` on every page, in as many pages as it takes."""
    fitted, inner, foot = fitted_in(desk, heading, words, box)
    told = _told(desk, heading, words, fitted) + _contrast(desk, slide, fitted.size_px)
    scheme = readable(scheme, fitted.size_px)
    pages = []
    for number, lines in enumerate(fitted.pages):
        items = [*under]
        items += ink_page(lines, inner, scheme, desk.measures, middle=is_alone(fitted))
        if foot is not None:
            items += marks(foot, number, len(fitted.pages), scheme)
        written = " ".join(line.text for line in lines)
        pages.append(
            Page(desk.slide, scheme.ground, tuple(items), _page_s(slide, written), written)
        )
    if len(pages) > 1:
        told.append(findings.many_pages(desk.slide, len(pages), sum(p.page_s for p in pages)))
    return Made(tuple(pages), tuple(told))


def fitted_in(desk: Desk, heading: Words, words: Words, box: Box) -> tuple[Fitted, Box, Box | None]:
    """Return the text fitted into a box, the box of the letters, and that of the marks where there are some."""
    measures, least = desk.measures, desk.stage.least_px
    inner = box.inset(desk.margin_px)
    room = Room(inner.width, inner.height, least, _most_px(desk, inner))
    fitted = fit(heading.paragraphs, words.paragraphs, room, measures)
    enough = inner.height >= _LINES_FOR_MARKS * pitch_px(measures, least)
    if is_alone(fitted) or not enough:
        return fitted, inner, None
    high = max(2, least // 6)
    less = inner.height - 2 * high
    fitted = fit(heading.paragraphs, words.paragraphs, room._replace(height=less), measures)
    foot = Box(inner.left, inner.bottom - high, inner.width, high)
    return fitted, inner._replace(height=less), foot


def _most_px(desk: Desk, box: Box) -> int:
    return max(desk.stage.least_px, min(box.height // 3, box.width // 6))


def _timetable(desk: Desk, slide: TimetableSlide) -> Made:
    heading = one_line(slide.title, desk.measures.knows)
    head = [one_line(cell, desk.measures.knows) for cell in slide.head]
    rows = [[one_line(cell, desk.measures.knows) for cell in row] for row in slide.rows]
    cells = [heading, *head, *(cell for row in rows for cell in row)]
    lost = _lost(desk, cells)
    scheme = _scheme(slide, PLAIN)
    above, below = _title_above(desk, heading, scheme)
    inner = below.inset(desk.margin_px)
    foot = max(2, desk.stage.least_px // 6)
    room = Room(
        inner.width, inner.height - 2 * foot, desk.stage.least_px, _most_px(desk, inner) * 2 // 3
    )
    table = None
    if room.height > 0:
        table = fit_table(
            [cell.paragraphs for cell in head],
            [[cell.paragraphs for cell in row] for row in rows],
            room,
            desk.measures,
        )
    if table is None:
        text = "\n".join(
            " · ".join(
                f"{name.text}: {cell.text}" if name.text else cell.text
                for name, cell in zip(head, row, strict=True)
                if cell.text
            )
            for row in rows
        )
        made = _text(desk, slide, (slide.title,), text, PLAIN)
        return made._replace(findings=(*lost, *(f for f in made.findings if f not in lost)))
    return _table_pages(desk, slide, table, scheme, above, inner, foot, lost)


def _title_above(desk: Desk, heading: Words, scheme: Scheme) -> tuple[tuple[Item, ...], Box]:
    """Return a heading over the body's top and the box below it; where it takes too much, no heading and all."""
    box = desk.body.inset(desk.margin_px)
    high = box.height // 5
    least = heading_size(desk.stage.least_px)
    if not heading.paragraphs or high < pitch_px(desk.measures, least):
        return (), desk.body
    fitted = fit(heading.paragraphs, (), Room(box.width, high, least, high), desk.measures)
    if not is_alone(fitted) or fitted.cut:
        return (), desk.body
    items = ink_page(
        fitted.pages[0],
        box._replace(height=high),
        readable(scheme, fitted.size_px),
        desk.measures,
        middle=False,
    )
    down = desk.margin_px + fitted.heights[0]
    return tuple(items), Box(
        desk.body.left, desk.body.top + down, desk.body.width, desk.body.height - down
    )


def _table_pages(
    desk: Desk,
    slide: TimetableSlide,
    table: Table,
    scheme: Scheme,
    above: tuple[Item, ...],
    inner: Box,
    foot: int,
    told: list[Finding],
) -> Made:
    scheme = readable(scheme, table.size_px)
    up = desk.measures.extent(table.size_px).above_px
    pages = []
    for number, page in enumerate(table.pages):
        items: list[Item] = [*above]
        for at in page.rules:
            high = max(1, table.size_px // 24)
            items.append(Fill(Box(inner.left, inner.top + at, inner.width, high), scheme.accent))
        for line in page.lines:
            colour = scheme.heading if line.bold else scheme.ink
            left, base = inner.left + line.left, inner.top + line.top + up
            items.append(Ink(line.text, left, base, table.size_px, line.bold, colour))
        if len(table.pages) > 1:
            strip = Box(inner.left, inner.bottom - foot, inner.width, foot)
            items += marks(strip, number, len(table.pages), scheme)
        written = " ".join(
            [one.text for one in above if isinstance(one, Ink)] + [one.text for one in page.lines]
        )
        pages.append(
            Page(desk.slide, scheme.ground, tuple(items), _page_s(slide, written), written)
        )
    told = told + _contrast(desk, slide, table.size_px)
    if not above and slide.title.strip():
        title = one_line(slide.title, desk.measures.knows)
        first = _flowing(desk, slide, title, Words(()), desk.body, scheme, ())
        pages[:0] = first.pages
        told += first.findings
    if len(pages) > 1:
        told.append(findings.many_pages(desk.slide, len(pages), sum(p.page_s for p in pages)))
    return Made(tuple(pages), tuple(told))


def _beside(desk: Desk, slide: Slide, sha256: Sha256, side: Side, title: str, text: str) -> Made:
    """Return a picture beside its text; on small boards the picture has a page of its own."""
    heading, words = _words(desk, title, text)
    if desk.pictures.size(sha256) is None:
        made = _text(desk, slide, (title,), text, PLAIN)
        return made._replace(findings=(findings.no_picture(desk.slide), *made.findings))
    box = desk.body
    nothing = not heading.paragraphs and not words.paragraphs
    if nothing or min(box.width, box.height) < _SMALL_SIDE_PX:
        page, told = _photo_page(desk, slide, sha256, box)
        if nothing:
            return Made((page,), told)
        made = _text(desk, slide, (title,), text, PLAIN)
        return Made((page, *made.pages), told + made.findings)
    photo, rest = _shared(desk, side)
    item = Photo(photo.inset(desk.margin_px), sha256)
    made = _flowing(desk, slide, heading, words, rest, _scheme(slide, PLAIN), (item,))
    return made._replace(findings=_coarse(desk, sha256, item.box) + made.findings)


def _shared(desk: Desk, side: Side) -> tuple[Box, Box]:
    """Return the box of the picture and that of the text."""
    box = desk.body
    if box.width > box.height:
        half = box.width * 9 // 20
        left = Box(box.left, box.top, half, box.height)
        right = Box(box.left + half, box.top, box.width - half, box.height)
        if side is Side.LEFT:
            return left, right
        far = box.width - half
        return left._replace(left=box.left + far), right._replace(left=box.left)
    half = box.height * 9 // 20
    upper = Box(box.left, box.top, box.width, half)
    return upper, Box(box.left, box.top + half, box.width, box.height - half)


def _picture(desk: Desk, slide: PictureSlide) -> Made:
    if desk.pictures.size(slide.picture) is None:
        made = _text(desk, slide, (), slide.caption, PLAIN)
        return made._replace(findings=(findings.no_picture(desk.slide), *made.findings))
    caption = one_line(slide.caption, desk.measures.knows)
    if not caption.paragraphs:
        page, told = _photo_page(desk, slide, slide.picture, desk.body)
        return Made((page,), told)
    if min(desk.body.width, desk.body.height) < _SMALL_SIDE_PX:
        return _beside(desk, slide, slide.picture, Side.LEFT, "", slide.caption)
    high = desk.body.height // 5
    below = desk.body._replace(top=desk.body.bottom - high, height=high)
    photo = Photo(
        desk.body._replace(height=desk.body.height - high).inset(desk.margin_px), slide.picture
    )
    made = _flowing(desk, slide, Words(()), caption, below, _scheme(slide, DARK), (photo,))
    return made._replace(findings=_coarse(desk, slide.picture, photo.box) + made.findings)


def _photo_page(
    desk: Desk, slide: Slide, sha256: Sha256, box: Box
) -> tuple[Page, tuple[Finding, ...]]:
    page_s = float(slide.page_s or _PICTURE_PAGE_S)
    scheme = _scheme(slide, DARK)
    page = Page(desk.slide, scheme.ground, (Photo(box, sha256),), page_s, "")
    return page, _coarse(desk, sha256, box)


def _coarse(desk: Desk, sha256: Sha256, box: Box) -> tuple[Finding, ...]:
    size = desk.pictures.size(sha256)
    if size is None or 2 * size[0] >= box.width or 2 * size[1] >= box.height:
        return ()
    return (findings.coarse_picture(desk.slide, size, (box.width, box.height)),)


def _words(desk: Desk, title: str, text: str) -> tuple[Words, Words]:
    return one_line(title, desk.measures.knows), words_of(text, desk.measures.knows)


def _scheme(slide: Slide, usual: Scheme) -> Scheme:
    if slide.colours is None:
        return usual
    ink, ground = slide.colours.ink, slide.colours.ground
    accent = usual.accent if isinstance(slide, WarningSlide) else ink
    return Scheme(ground, ink, ink, accent)


def _contrast(desk: Desk, slide: Slide, size_px: int) -> list[Finding]:
    if slide.colours is None:
        return []
    ratio, least = contrast(slide.colours.ink, slide.colours.ground), least_contrast(size_px)
    return [findings.poor_contrast(desk.slide, ratio, least)] if ratio < least else []


def _lost(desk: Desk, texts: Sequence[Words]) -> list[Finding]:
    kinds = tuple(dict.fromkeys(one for words in texts for one in words.lost))
    count = sum(words.lost_count for words in texts)
    return [findings.no_glyph(desk.slide, kinds, count)] if count else []


def _told(desk: Desk, heading: Words, words: Words, fitted: Fitted) -> list[Finding]:
    told = _lost(desk, (heading, words))
    if fitted.size_px < desk.stage.least_px:
        far = desk.stage.readable_m(fitted.size_px)
        told.append(findings.too_small(desk.slide, fitted.size_px, far))
    told += [findings.broken_word(desk.slide, word) for word in fitted.cut[:1]]
    return told


def _page_s(slide: Slide, written: str) -> float:
    return float(slide.page_s) if slide.page_s is not None else reading_s(len(written.split()))
