"""When an alert is told to whom: levels, quiet hours, escalation, and addresses that are secrets.

Law of the room: pure. The gravest level is told at any hour; what waits for the end of the quiet hours is told then,
if it still stands. An address is never shown whole: whoever reads a page or a log must not be able to use it.
"""

import re
from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from central.domain.care import Level
from central.domain.errors import Unacceptable

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
DAY_MIN: Final = 1_440
RETRY_S: Final = (30, 120, 600, 1_800)
MOST_URL_CHARS: Final = 1_000
SCHEMES: Final[Mapping[str, str]] = {
    "mailto": "thư điện tử",
    "mailtos": "thư điện tử (TLS)",
    "json": "webhook JSON (http)",
    "jsons": "webhook JSON (https)",
    "form": "webhook biểu mẫu (http)",
    "forms": "webhook biểu mẫu (https)",
    "tgram": "Telegram",
    "zulip": "Zulip",
    "rocket": "Rocket.Chat",
    "rockets": "Rocket.Chat (TLS)",
    "mmost": "Mattermost",
    "mmosts": "Mattermost (TLS)",
    "matrix": "Matrix",
    "matrixs": "Matrix (TLS)",
    "msteams": "Microsoft Teams",
    "slack": "Slack",
    "ntfy": "ntfy",
    "ntfys": "ntfy (TLS)",
    "gotify": "Gotify",
    "gotifys": "Gotify (TLS)",
    "twilio": "tin nhắn Twilio",
    "smpp": "tin nhắn SMPP",
    "smpps": "tin nhắn SMPP (TLS)",
}
"""What addresses may begin with: services that carry a message; none that runs a program or writes a file here."""

_URL: Final = re.compile(r"([a-z][a-z0-9]{1,15})://[^\s\x00-\x20]+", re.ASCII)


def scheme_of(url: str) -> str:
    """Return what an address begins with, in lower case."""
    return url.partition("://")[0].lower()


def checked_url(url: str) -> str:
    """Return the address where it is one that alerts may go to; raises `Unacceptable` saying what to change."""
    url = url.strip()
    if len(url) > MOST_URL_CHARS or not _URL.fullmatch(url):
        msg = "Địa chỉ nhận chưa đúng: viết liền, bắt đầu bằng tên dịch vụ, ví dụ mailtos://, jsons://, tgram://."
        raise Unacceptable(msg, "bad-url")
    if scheme_of(url) not in SCHEMES:
        known = ", ".join(f"{scheme}://" for scheme in SCHEMES)
        msg = f"Chưa gửi được tới “{scheme_of(url)}://”. Dùng một trong: {known}."
        raise Unacceptable(msg, "bad-url")
    return url


def masked(url: str) -> str:
    """Return an address fit to be shown: its kind and, of a letter or webhook, the last name of its server."""
    scheme = scheme_of(url)
    if scheme not in {"mailto", "mailtos", "json", "jsons", "form", "forms"}:
        return f"{scheme}://••••"
    rest = url.partition("://")[2]
    host = re.split(r"[/?#]", rest, maxsplit=1)[0].rpartition("@")[2].partition(":")[0]
    labels = host.split(".")
    shown = ".".join(labels[-2:]) if len(labels) > 1 and not labels[-1].isdecimal() else "••••"
    return f"{scheme}://••••@{shown}" if "@" in rest else f"{scheme}://••••.{shown}/••••"


def without_secret(text: str, url: str) -> str:
    """Return a sentence from which the address and each longer part of it are gone."""
    parts = {url, url.partition("://")[2], *re.split(r"[/?#&=@:,]", url)}
    for part in sorted((p for p in parts if len(p) >= 4), key=len, reverse=True):
        text = text.replace(part, "••••")
    return text[:500]


def in_quiet(at: datetime, from_min: int, to_min: int, zone: ZoneInfo = ZONE) -> bool:
    """Return whether an instant lies in quiet hours given as minutes of the local day; alike: there are none."""
    if from_min == to_min:
        return False
    local = at.astimezone(zone)
    minute = local.hour * 60 + local.minute
    if from_min < to_min:
        return from_min <= minute < to_min
    return minute >= from_min or minute < to_min


def due_at(
    level: Level, at: datetime, from_min: int, to_min: int, zone: ZoneInfo = ZONE
) -> datetime:
    """Return when an alert may be told: the gravest at once, others at the end of the quiet hours."""
    if level is Level.SEVERE or not in_quiet(at, from_min, to_min, zone):
        return at
    local = at.astimezone(zone)
    ends = datetime.combine(local.date(), time(to_min // 60, to_min % 60), zone)
    return (
        ends
        if ends > local
        else datetime.combine(
            local.date() + timedelta(days=1), time(to_min // 60, to_min % 60), zone
        )
    )


def retry_in(tries: int) -> timedelta | None:
    """Return how long to wait after `tries` failed tries, None when it is given up."""
    return timedelta(seconds=RETRY_S[tries - 1]) if 1 <= tries <= len(RETRY_S) else None
