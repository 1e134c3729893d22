"""Verbs of the sounds that come with others' warnings: fetched when somebody asks, into the library as drafts.

Law of the room: nothing is fetched by itself; the bytes must be what the message names, or they are refused. What is
fetched is content like any other: it sounds only after an approver's signature.
"""

from datetime import datetime
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

import msgspec

from central.domain.cap import CapInfo, CapResource
from central.domain.cap_proposal import digest_fits, wanted_sha256
from central.domain.cap_reading import read_cap
from central.domain.errors import NotFound, Unacceptable
from central.domain.people import Person, Right
from central.domain.states import ContentState
from central.services.cap_inbox import cap_row
from central.services.contents import Upload, require_upload, take_upload
from central.services.outward import Look, NotCalled, addresses_of, fetched
from central.services.unit import House
from central.services.webhooks import checked_url

MOST_BYTES: Final = 20_000_000
_ENDINGS: Final = {
    "audio/mpeg": ".mp3",
    "audio/mp3": ".mp3",
    "audio/x-mpeg": ".mp3",
    "audio/wav": ".wav",
    "audio/x-wav": ".wav",
    "audio/ogg": ".ogg",
    "audio/mp4": ".m4a",
    "audio/aac": ".aac",
    "audio/flac": ".flac",
}


class FileAsked(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which sound of a message: `at` as its proposal names it."""

    at: str


def keep_file(
    house: House, number: int, at: str, *, who: Person, now: datetime, look: Look = addresses_of
) -> ContentState:
    """Fetch a sound of a message into the library of the message's area, as a draft.

    Raises `NotFound`, `Forbidden` unless `who` may put content there, `Unacceptable` when it cannot be fetched or is
    not what the message says.
    """
    with house.reading() as unit:
        row = cap_row(unit, number, who=who, right=Right.VIEW)
        require_upload(who, row.area)
    info, resource = _resource(row.body, at)
    data = resource.inline or _fetched(house, resource, look)
    wanted = wanted_sha256(info, resource)
    if not (digest_fits(data, resource.digest) and digest_fits(data, wanted)):
        why = "Tệp âm thanh không khớp mã băm ghi trong tin: đã bị đổi hoặc hỏng, không nhận."
        raise Unacceptable(why, "cap-digest")
    upload = Upload(
        name=_name_of(resource), mime=resource.mime, title=resource.description[:200], area=row.area
    )
    return take_upload(house, [data], upload, who=who, now=now)


def _resource(body: bytes, at: str) -> tuple[CapInfo, CapResource]:
    first, _, second = at.partition(".")
    if first.isdecimal() and second.isdecimal() and len(at) < 10:
        infos = read_cap(body).infos
        if int(first) < len(infos) and int(second) < len(infos[int(first)].resources):
            info = infos[int(first)]
            resource = info.resources[int(second)]
            if resource.mime.startswith("audio/") and (resource.uri or resource.inline):
                return info, resource
    raise NotFound("Tin này không có tệp âm thanh đó.", "no-file")


def _fetched(house: House, resource: CapResource, look: Look) -> bytes:
    url = checked_url(resource.uri)
    allowed = house.settings.webhook_networks
    try:
        answer = fetched(url, allowed, look, most_bytes=MOST_BYTES, headers={"accept": "audio/*"})
    except NotCalled as fault:
        raise Unacceptable(f"Không lấy được tệp âm thanh: {fault}", "cap-not-fetched") from fault
    if answer.status != 200:
        why = f"Không lấy được tệp âm thanh: nơi đó trả lời {answer.status}."
        raise Unacceptable(why, "cap-not-fetched")
    return answer.body


def _name_of(resource: CapResource) -> str:
    """Return a file name whose ending says what it is."""
    name = PurePosixPath(urlsplit(resource.uri).path).name[-100:] or "tin-cap"
    ending = _ENDINGS.get(resource.mime.partition(";")[0].strip().lower(), "")
    return name if not ending or name.lower().endswith(ending) else name + ending
