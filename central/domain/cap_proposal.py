"""What a CAP message would be as an announcement of ours: proposed to a person, never sent.

Law of the room: pure. Whatever a person should know before signing is a remark; nothing is left out in silence.
"""

import hashlib
import re
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Final

from central.domain.alarms import DRILL_OPENINGS
from central.domain.cap import SHA256_NAME, CapAlert, CapInfo, CapMessage, CapResource, CapStatus
from central.domain.cap_places import Found
from central.domain.states import State
from contract.documents import Status

MOST_TEXT_CHARS: Final = 4_000
MOST_TITLE_CHARS: Final = 200
USUAL_LIFE_H: Final = 6


class RemarkKind(StrEnum):
    """What a person should know of a message before they use it."""

    EXPIRED = "expired"
    LONG = "long"
    NO_VIETNAMESE = "no-vietnamese"
    NO_WORDS = "no-words"
    NO_PLACE = "no-place"
    UNKNOWN_CODES = "unknown-codes"
    BESIDE = "beside"
    UNPLACED = "unplaced"
    NOT_YOURS = "not-yours"
    TOO_MANY_AREAS = "too-many-areas"
    SIGNED = "signed"
    NOT_PUBLIC = "not-public"
    SEVERAL = "several"
    CUT = "cut"
    TWIN = "twin"
    UNKNOWN_REFERENCE = "unknown-reference"
    NOTE = "note"


REMARK_WORDS: Final = {
    RemarkKind.EXPIRED: "Tin này đã hết hiệu lực lúc {what}.",
    RemarkKind.LONG: "Tin có hiệu lực đến {what}; một cảnh báo của ta dài nhất 24 giờ, sau đó phải cập nhật.",
    RemarkKind.NO_VIETNAMESE: "Tin không có tiếng Việt: hãy viết lời tiếng Việt trước khi ký.",
    RemarkKind.NO_WORDS: "Tin không có lời nào để đọc (không có khối info).",
    RemarkKind.NO_PLACE: "Không nhận ra địa bàn nào của ta trong tin: hãy tự chọn địa bàn.",
    RemarkKind.UNKNOWN_CODES: "Mã địa bàn chưa biết: {what}. Khai ở trang Mã địa bàn để lần sau tự nhận ra.",
    RemarkKind.BESIDE: "{n} cụm loa ở ngoài vùng vẽ nhưng cùng địa bàn, cũng sẽ phát.",
    RemarkKind.UNPLACED: "{n} cụm loa trong các địa bàn này chưa có tọa độ, cũng sẽ phát.",
    RemarkKind.NOT_YOURS: "Ngoài quyền phát khẩn cấp của bạn, không chọn sẵn: {what}.",
    RemarkKind.TOO_MANY_AREAS: "Tin nêu {n} địa bàn, một cảnh báo chỉ nhận 200: hãy chọn theo xã hoặc tỉnh.",
    RemarkKind.SIGNED: "Tin có chữ ký XML; hệ thống không kiểm chữ ký đó.",
    RemarkKind.NOT_PUBLIC: "Tin không dành cho công chúng (scope {what}). Cân nhắc trước khi phát ra loa.",
    RemarkKind.SEVERAL: "Có {n} khối cùng ngôn ngữ; chỉ điền sẵn khối đầu, hãy xem bản gốc.",
    RemarkKind.CUT: "Lời quá dài nên đã cắt bớt; hãy rút gọn cho dễ nghe.",
    RemarkKind.TWIN: "Đã có tin khác cùng mã nhưng nội dung khác. Hãy gọi hỏi nơi gửi.",
    RemarkKind.UNKNOWN_REFERENCE: "Tin nhắc tới tin trước mà ta chưa nhận: {what}.",
    RemarkKind.NOTE: "Ghi chú của nơi gửi: {what}",
}


class Remark(State, frozen=True):
    """One thing to know: its kind, and what fills its sentence."""

    kind: RemarkKind
    what: str = ""
    n: int = 0

    @property
    def word(self) -> str:
        """Return the sentence for the page."""
        return REMARK_WORDS[self.kind].format(what=self.what, n=self.n)


class ProposedWords(State, frozen=True, kw_only=True):
    """What would be said in one language."""

    language: str
    headline: str
    text: str


class ProposedFile(State, frozen=True, kw_only=True):
    """A file that came along: `at` is its place in the message as "info.resource", `sha256` what it must be.

    `comes_along` when its bytes stand in the message itself; otherwise `uri` is called when somebody asks for it.
    """

    at: str
    title: str
    mime: str
    uri: str
    comes_along: bool
    sha256: str


class Proposal(State, frozen=True, kw_only=True):
    """What a message would be: the fields of the desk's form, and what to know. `life_h` is 1 to 24 hours."""

    status: Status | None
    event: str
    severity: str
    urgency: str
    certainty: str
    life_h: int
    words: tuple[ProposedWords, ...]
    areas: tuple[str, ...]
    files: tuple[ProposedFile, ...]
    remarks: tuple[Remark, ...]


def propose(
    alert: CapAlert, found: Found, *, allowed: Iterable[str], now: datetime, zone_time: str
) -> Proposal:
    """Return the proposal; `allowed` are those of the found areas that the asker may warn.

    `zone_time` is how an instant is written for people (strftime, local zone applied by the caller's instants).
    """
    mine = tuple(area for area in found.areas if area in set(allowed))
    first = _first(alert.infos)
    words, cut = _words(alert)
    remarks = [
        *_about(alert, now, zone_time),
        *_about_places(found, mine),
        *([Remark(RemarkKind.CUT)] if cut else []),
    ]
    if alert.infos and not any(said.language == "vi" for said in words):
        remarks.append(Remark(RemarkKind.NO_VIETNAMESE))
    return Proposal(
        status=_status(alert.status),
        event=(first.event if first else alert.identifier)[:MOST_TITLE_CHARS],
        severity=first.severity if first else "Unknown",
        urgency=first.urgency if first else "Unknown",
        certainty=first.certainty if first else "Unknown",
        life_h=_life_h(alert, now),
        words=words,
        areas=mine if len(mine) <= 200 else (),
        files=files_of(alert),
        remarks=tuple(remarks),
    )


def is_for_people(alert: CapAlert) -> bool:
    """Return whether a message is meant to be heard: not a system's heartbeat, draft, receipt or error."""
    return _status(alert.status) is not None and alert.message not in {
        CapMessage.ACK,
        CapMessage.ERROR,
    }


def files_of(alert: CapAlert) -> tuple[ProposedFile, ...]:
    """Return the sounds that came along or are pointed at, each once."""
    found: dict[tuple[str, str, bytes], ProposedFile] = {}
    for i, info in enumerate(alert.infos):
        for r, resource in enumerate(info.resources):
            if not resource.mime.startswith("audio/") or not (resource.uri or resource.inline):
                continue
            key = (resource.uri, resource.digest, hashlib.sha256(resource.inline).digest())
            found.setdefault(
                key,
                ProposedFile(
                    at=f"{i}.{r}",
                    title=resource.description[:MOST_TITLE_CHARS],
                    mime=resource.mime,
                    uri=resource.uri,
                    comes_along=bool(resource.inline),
                    sha256=wanted_sha256(info, resource),
                ),
            )
    return tuple(found.values())


def wanted_sha256(info: CapInfo, resource: CapResource) -> str:
    """Return the SHA-256 that a file must have, nothing when the message names none."""
    if re.fullmatch("[0-9a-f]{64}", resource.digest):
        return resource.digest
    audio = [one for one in info.resources if one.mime.startswith("audio/")]
    named = [p.value.lower() for p in info.parameters if p.name == SHA256_NAME]
    place = next((n for n, one in enumerate(audio) if one is resource), 0)
    return named[place] if place < len(named) else ""


def digest_fits(data: bytes, digest: str) -> bool:
    """Return whether bytes are what a CAP digest names: SHA-1 by the standard, SHA-256 by its length; none fits all."""
    if len(digest) == 40:
        return hashlib.sha1(data, usedforsecurity=False).hexdigest() == digest
    if len(digest) == 64:
        return hashlib.sha256(data).hexdigest() == digest
    return True


def _status(status: CapStatus) -> Status | None:
    return next((ours for ours in Status if ours.value == status.value), None)


def _first(infos: Sequence[CapInfo]) -> CapInfo | None:
    """Return the block that the fields are taken from: the first in Vietnamese, else the first."""
    return next((i for i in infos if language_of(i) == "vi"), infos[0] if infos else None)


def language_of(info: CapInfo) -> str:
    """Return a language as our documents name it: vi-VN is vi, en-US is en, others as they are, in small letters."""
    whole = info.language.lower()
    base = whole.partition("-")[0]
    if base in DRILL_OPENINGS or not re.fullmatch(r"[a-z]{2,3}(?:-[a-z0-9]{1,8}){0,3}", whole):
        return base
    return whole


def _words(alert: CapAlert) -> tuple[tuple[ProposedWords, ...], bool]:
    status = _status(alert.status) or Status.TEST
    found: dict[str, ProposedWords] = {}
    cut = False
    for info in alert.infos:
        language = language_of(info)
        if language in found:
            continue
        whole = "\n".join(
            part for part in (spoken(info.description), spoken(info.instruction)) if part
        )
        opening = DRILL_OPENINGS.get(language, DRILL_OPENINGS["vi"])[status]
        headline = opening + spoken(info.headline or info.event)
        text = whole or spoken(info.headline or info.event)
        cut = cut or len(text) > MOST_TEXT_CHARS or len(headline) > MOST_TITLE_CHARS
        found[language] = ProposedWords(
            language=language,
            headline=headline[:MOST_TITLE_CHARS],
            text=_shortened(text),
        )
    order = {"vi": 0, "en": 1}
    return tuple(sorted(found.values(), key=lambda said: order.get(said.language, 2))), cut


def spoken(text: str) -> str:
    """Return text as it is read aloud: without marks of omission and brackets, which are blanks to our desk."""
    text = re.sub(r"\s*(?:…|\.{2,})\s*", ", ", text)
    text = re.sub(r"[\[{]([^\]}\n]*)[\]}]", r"(\1)", text)
    text = re.sub(r"_{2,}", " ", text)
    lines = (" ".join(line.split()).strip(", ") for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _shortened(text: str) -> str:
    """Return at most so much as the form takes, to the end of a sentence where there is one."""
    if len(text) <= MOST_TEXT_CHARS:
        return text
    head = text[:MOST_TEXT_CHARS]
    end = max(head.rfind(". "), head.rfind(".\n"), head.rfind("! "))
    return head[: end + 1] if end > MOST_TEXT_CHARS // 2 else head


def _expires(alert: CapAlert) -> datetime | None:
    known = [info.expires for info in alert.infos if info.expires is not None]
    return max(known) if known else None


def _life_h(alert: CapAlert, now: datetime) -> int:
    expires = _expires(alert)
    if expires is None:
        return USUAL_LIFE_H
    return min(24, max(1, ceil((expires - now) / timedelta(hours=1))))


def _about(alert: CapAlert, now: datetime, zone_time: str) -> list[Remark]:
    remarks: list[Remark] = []
    expires = _expires(alert)
    if expires is not None and expires <= now:
        remarks.append(Remark(RemarkKind.EXPIRED, expires.strftime(zone_time)))
    elif expires is not None and expires - now > timedelta(hours=24):
        remarks.append(Remark(RemarkKind.LONG, expires.strftime(zone_time)))
    if not alert.infos and alert.message is not CapMessage.CANCEL:
        remarks.append(Remark(RemarkKind.NO_WORDS))
    if alert.scope != "Public":
        remarks.append(Remark(RemarkKind.NOT_PUBLIC, alert.scope))
    if alert.signed:
        remarks.append(Remark(RemarkKind.SIGNED))
    languages = [language_of(info) for info in alert.infos]
    most = max((languages.count(one) for one in languages), default=0)
    if most > 1:
        remarks.append(Remark(RemarkKind.SEVERAL, n=most))
    if alert.note:
        remarks.append(Remark(RemarkKind.NOTE, alert.note[:300]))
    return remarks


def _about_places(found: Found, mine: Sequence[str]) -> list[Remark]:
    remarks: list[Remark] = []
    if not found.areas:
        remarks.append(Remark(RemarkKind.NO_PLACE))
    if found.unknown:
        shown = ", ".join(found.unknown[:6]) + (" …" if len(found.unknown) > 6 else "")
        remarks.append(Remark(RemarkKind.UNKNOWN_CODES, shown[:300], len(found.unknown)))
    if found.beside:
        remarks.append(Remark(RemarkKind.BESIDE, n=found.beside))
    if found.unplaced:
        remarks.append(Remark(RemarkKind.UNPLACED, n=found.unplaced))
    theirs = [area for area in found.areas if area not in mine]
    if theirs:
        remarks.append(Remark(RemarkKind.NOT_YOURS, ", ".join(theirs[:6])[:300], len(theirs)))
    if len(mine) > 200:
        remarks.append(Remark(RemarkKind.TOO_MANY_AREAS, n=len(mine)))
    return remarks
