"""What the verbs of the library answer: items, sheets, jobs and playlists as frozen values.

Law of the room: pure values with their Vietnamese word beside them, fit for a page or for JSON.
"""

from datetime import date, datetime
from enum import StrEnum

from central.domain.library import (
    FIELDS,
    KIND_WORDS,
    MADE_WORDS,
    PRIORITY_WORDS,
    TOPICS,
    ContentKind,
    Made,
    Priority,
)
from central.domain.library_checks import Finding
from central.domain.states import ContentState, State


class LibraryItem(State, frozen=True, kw_only=True):
    """One content as a list shows it; `area` is where it belongs, `mine` whether the asker made it."""

    sha256: str
    title: str
    kind: ContentKind
    made: Made
    area: str
    field: int
    priority: Priority
    author: str
    size_bytes: int
    duration_ms: int
    mime: str
    loudness_lufs: float
    uploaded: datetime
    uploaded_by: str
    valid_from: date | None
    valid_until: date | None
    archived: bool
    approved_until: datetime | None
    warnings: int
    tags: tuple[str, ...] = ()

    @property
    def sounds(self) -> bool:
        """Return whether clusters can play it."""
        return self.kind in {ContentKind.AUDIO, ContentKind.VIDEO} and self.loudness_lufs > -70

    @property
    def word(self) -> str:
        """Return the state as people say it."""
        if self.archived:
            return "lưu trữ"
        return "đã duyệt" if self.approved_until is not None else "chờ duyệt"

    @property
    def kind_word(self) -> str:
        """Return the kind as people say it."""
        return KIND_WORDS[self.kind]

    @property
    def field_word(self) -> str:
        """Return the official name of the field."""
        return FIELDS.get(self.field, FIELDS[1])

    @property
    def priority_word(self) -> str:
        """Return the priority as people say it."""
        return PRIORITY_WORDS[self.priority]


class LibraryPage(State, frozen=True, kw_only=True):
    """Some of what was looked for, newest first; `next` leads on, None at the end."""

    items: tuple[LibraryItem, ...]
    next: str | None = None


class ShareState(State, frozen=True, kw_only=True):
    """An area beside its own at and below which content may be used."""

    area: str
    shared: datetime
    shared_by: str


class SheetState(State, frozen=True, kw_only=True):
    """All that is said and known of one content; `version` is to be given back with an edit."""

    content: ContentState
    kind: ContentKind
    made: Made
    field: int
    topics: tuple[str, ...]
    priority: Priority
    author: str
    department: str
    source: str
    produced: date | None
    valid_from: date | None
    valid_until: date | None
    summary: str
    tags: tuple[str, ...]
    text: str
    checks: tuple[Finding, ...]
    original_sha256: str | None
    original_bytes: int
    source_sha256: str | None
    sound_sha256: str | None
    width: int
    height: int
    archived: datetime | None
    archived_by: str
    shares: tuple[ShareState, ...]
    version: int
    changed: datetime
    changed_by: str
    may_edit: bool
    may_share: bool

    @property
    def word(self) -> str:
        """Return the state as people say it."""
        return "lưu trữ" if self.archived is not None else self.content.word

    @property
    def kind_word(self) -> str:
        """Return the kind as people say it."""
        return KIND_WORDS[self.kind]

    @property
    def made_word(self) -> str:
        """Return how it was made, as people say it."""
        return MADE_WORDS[self.made]

    @property
    def field_word(self) -> str:
        """Return the official name of the field."""
        return FIELDS.get(self.field, FIELDS[1])

    @property
    def topic_words(self) -> tuple[str, ...]:
        """Return the topics in words."""
        return tuple(TOPICS[topic] for topic in self.topics if topic in TOPICS)

    @property
    def priority_word(self) -> str:
        """Return the priority as people say it."""
        return PRIORITY_WORDS[self.priority]


class JobPhase(StrEnum):
    """How far a job is."""

    RECEIVING = "receiving"
    QUEUED = "queued"
    WORKING = "working"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


JOB_WORDS = {
    JobPhase.RECEIVING: "đang nhận tệp",
    JobPhase.QUEUED: "chờ xử lý",
    JobPhase.WORKING: "đang xử lý",
    JobPhase.DONE: "xong",
    JobPhase.FAILED: "không được",
    JobPhase.CANCELLED: "đã hủy",
}
OPEN_PHASES = frozenset({JobPhase.RECEIVING, JobPhase.QUEUED, JobPhase.WORKING})


class JobState(State, frozen=True, kw_only=True):
    """A job: a file coming in or a text being spoken; `result` is the content's hash, `why` why there is none."""

    id: str
    kind: str
    phase: JobPhase
    title: str
    file_name: str
    area: str
    size_bytes: int
    offset_bytes: int
    progress_pct: int
    code: str
    why: str
    result: str | None
    created: datetime
    changed: datetime

    @property
    def word(self) -> str:
        """Return the phase as people say it."""
        return JOB_WORDS[self.phase]

    @property
    def is_open(self) -> bool:
        """Return whether something is still to come."""
        return self.phase in OPEN_PHASES


class SpeechPreview(State, frozen=True, kw_only=True):
    """How a text will sound: the words as spoken, what was changed, and for how long the sound lasts."""

    spoken: str
    notices: tuple[str, ...]
    name: str | None = None
    duration_ms: int = 0
    estimated_ms: int = 0
    whole: bool = True


class PlaylistEntry(State, frozen=True, kw_only=True):
    """One content of a playlist; `missing` says why it would not sound, empty when it would."""

    sha256: str
    title: str
    duration_ms: int
    missing: str = ""


class PlaylistState(State, frozen=True, kw_only=True):
    """Ordered content of an area under one name; usable at and below it."""

    id: str
    area: str
    title: str
    summary: str
    entries: tuple[PlaylistEntry, ...]
    duration_ms: int
    archived: bool
    version: int
    changed: datetime
    changed_by: str
    may_edit: bool = False


class PlaylistPage(State, frozen=True, kw_only=True):
    """Some playlists, by title; `next` leads on, None at the end."""

    items: tuple[PlaylistState, ...]
    next: str | None = None


class UsageState(State, frozen=True, kw_only=True):
    """A slot or playlist in which content is used."""

    kind: str
    id: str
    title: str
    area: str
    word: str
