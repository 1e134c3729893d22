"""The bulletin of a board (bản tin bảng điện tử): slides in order, and the line that runs below them.

Law of the room: values and the bounds inside one value. A bulletin is a content: bytes named by SHA-256, approved as a
recording is, listed by a programme with the mime type `BULLETIN_MIME`. Its pictures and films are contents too, named
here by digest, so that who approves a bulletin has approved them.
"""

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta

from contract.documents.values import Digest, Sha256, Title, Value

BULLETIN_MIME: Final = "text/vnd.tienglang.bulletin+json"

LongText = Annotated[str, Meta(max_length=20_000)]
Heading = Annotated[str, Meta(max_length=200)]
Colour = Annotated[str, Meta(pattern=r"^#[0-9a-f]{6}\Z")]
Seconds = Annotated[int, Meta(ge=3, le=3_600)]
Cell = Annotated[str, Meta(max_length=300)]
Row = Annotated[tuple[Cell, ...], Meta(min_length=1, max_length=6)]


class Colours(Value, frozen=True, kw_only=True):
    """What somebody chose instead of a template's own colours: of the letters and of the ground, `#rrggbb`."""

    ink: Colour
    ground: Colour


class AlertLevel(StrEnum):
    """How grave a warning slide is; each has a colour and, because colour alone tells nobody, a word."""

    DANGER = "danger"
    WARNING = "warning"
    CAUTION = "caution"
    INFORMATION = "information"


class Side(StrEnum):
    """Where the picture stands beside its text on a board that is wider than high; else it stands above."""

    LEFT = "left"
    RIGHT = "right"


class _Slide(Value, frozen=True, kw_only=True, tag_field="slide"):
    """What all slides have: how long each of its pages stands (None: as long as it takes to read) and its colours."""

    page_s: Seconds | None = None
    colours: Colours | None = None


class NoticeSlide(_Slide, frozen=True, kw_only=True, tag="notice"):
    """A heading and its text: as many pages as it takes."""

    title: Heading = ""
    text: LongText


class WarningSlide(_Slide, frozen=True, kw_only=True, tag="warning"):
    """A warning that is no emergency: a band with the level's colour and word, then heading and text."""

    level: AlertLevel = AlertLevel.CAUTION
    title: Heading = ""
    text: LongText


class TimetableSlide(_Slide, frozen=True, kw_only=True, tag="timetable"):
    """Rows under one head: hours of a clinic, power cuts. Every row has as many cells as `head`."""

    title: Heading = ""
    head: Row
    rows: Annotated[tuple[Row, ...], Meta(min_length=1, max_length=200)]

    def __post_init__(self) -> None:
        """Refuse rows of another length than the head."""
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.head):
                msg = f"row {number} has {len(row)} cells and the head {len(self.head)}; give each row as many"
                raise ValueError(msg)


class PortraitSlide(_Slide, frozen=True, kw_only=True, tag="portrait"):
    """A person: picture, name, and what is said of them."""

    picture: Digest
    name: Title
    text: LongText = ""


class PictureTextSlide(_Slide, frozen=True, kw_only=True, tag="picture-text"):
    """A picture beside a text."""

    picture: Digest
    side: Side = Side.LEFT
    title: Heading = ""
    text: LongText


class PictureSlide(_Slide, frozen=True, kw_only=True, tag="picture"):
    """A picture, whole, with a caption below it where there is one."""

    picture: Digest
    caption: Heading = ""


class VideoSlide(_Slide, frozen=True, kw_only=True, tag="video"):
    """A film to its end or for `page_s`; heard only where `sound` is true and the policy lets it."""

    video: Digest
    sound: bool = False


class TextSlide(_Slide, frozen=True, kw_only=True, tag="text"):
    """Texts that each begin a page of their own."""

    pages: Annotated[tuple[LongText, ...], Meta(min_length=1, max_length=50)]


Slide = (
    NoticeSlide
    | WarningSlide
    | TimetableSlide
    | PortraitSlide
    | PictureTextSlide
    | PictureSlide
    | VideoSlide
    | TextSlide
)


class Bulletin(Value, frozen=True, kw_only=True):
    """What a board shows as one item: slides in order, a `ticker` that runs below them, and the bar above them.

    The bar, shown where `bar` is true, holds the commune's name, clock, date and lunar date.
    """

    slides: Annotated[tuple[Slide, ...], Meta(min_length=1, max_length=50)]
    ticker: Annotated[str, Meta(max_length=2_000)] = ""
    bar: bool = True

    @property
    def names(self) -> frozenset[Sha256]:
        """The digests of the pictures and films that its slides name."""
        found: set[Sha256] = set()
        for slide in self.slides:
            match slide:
                case PortraitSlide() | PictureTextSlide() | PictureSlide():
                    found.add(slide.picture)
                case VideoSlide():
                    found.add(slide.video)
                case NoticeSlide() | WarningSlide() | TimetableSlide() | TextSlide():
                    pass
        return frozenset(found)
