"""The one door to the library that carries messages to people: letters, webhooks, chats.

Law of the room: an address leaves towards its own server and nowhere else; what the library says of a failure is told
without it. A call ends by itself: the library's own bounds are four seconds to connect and four to be answered. It
carries in our thread: its pool of threads would never end.
"""

import logging
from typing import Final

import apprise

from central.domain.alerting import checked_url, without_secret
from central.domain.care import Level
from central.domain.errors import Unacceptable

log = logging.getLogger(__name__)
_TYPES: Final = {
    Level.INFO: apprise.NotifyType.INFO,
    Level.WARNING: apprise.NotifyType.WARNING,
    Level.SEVERE: apprise.NotifyType.FAILURE,
}


def check_address(url: str) -> str:
    """Return the address where the library can carry to it; raises `Unacceptable` saying what to change."""
    url = checked_url(url)
    if _service(url) is None:
        msg = "Địa chỉ nhận chưa đủ: xem lại tên máy, mật khẩu hoặc mã phòng theo mẫu của dịch vụ."
        raise Unacceptable(msg, "bad-url")
    return url


def carry(url: str, title: str, body: str, level: Level) -> str:
    """Carry one message; return why it did not get there, empty when it did. Never raises for the world's faults."""
    service = _service(url)
    if service is None:
        return "địa chỉ nhận không còn dùng được"
    with apprise.LogCapture(level=logging.WARNING, fmt="%(message)s") as heard:  # type: ignore[no-untyped-call]
        try:
            arrived = bool(service.notify(body=body, title=title, notify_type=_TYPES[level]))
        except Exception as fault:  # noqa: BLE001  a hundred services fail in their own ways
            log.warning("an alert could not be carried: %s", type(fault).__name__)
            return without_secret(f"{type(fault).__name__}: {fault}", url)
        said = heard.getvalue().strip()
    if arrived:
        return ""
    last = said.splitlines()[-1] if said else "dịch vụ không nhận"
    return without_secret(last, url)


def _service(url: str) -> apprise.NotifyBase | None:
    """Return the service behind an address, None where it leads nowhere."""
    asset = apprise.AppriseAsset(
        app_id="Tieng Lang",  # it becomes a header: no diacritics there
        app_desc="Tieng Lang",
        app_url="",
        async_mode=False,
        secure_logging=True,
    )
    found = apprise.Apprise.instantiate(url, asset=asset)
    return found if isinstance(found, apprise.NotifyBase) else None
