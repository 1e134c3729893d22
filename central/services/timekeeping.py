"""The verb that tells an appliance what time it is: signed, for this appliance and this question alone.

Law of the room: what is signed is this house's clock at the moment of signing; the asker gives a nonce and nothing
else. A few questions a minute are answered to one appliance, because each costs a signature.
"""

import threading
from datetime import datetime
from typing import Final

from central.domain.errors import TooOften, Unacceptable
from central.services.doors import Visitor
from central.services.unit import House
from central.signing import Sealed
from contract.documents import DeviceId, SignedTime
from contract.errors import Refused

MOST_A_MINUTE: Final = 12  # three an hour is the custom; more after a bad line
MINUTE_S: Final = 60


class TimeDesk:
    """Tells the time; counts in memory, in this process only, how often each appliance asked this minute."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._minute = 0
        self._asked: dict[str, int] = {}

    def tell(self, house: House, visitor: Visitor, nonce: str) -> Sealed:
        """Return the sealed time; raises `TooOften`, and `Unacceptable` for what is no nonce."""
        self._count(visitor.device, house.clock())
        try:
            signed = SignedTime(device=DeviceId(visitor.device), nonce=nonce, now=house.clock())
            sealed = house.keys.time(signed)
        except Refused as refused:
            msg = f"Số dùng một lần phải là 32 byte dạng base64: {refused.why}"
            raise Unacceptable(msg, "bad-nonce") from refused
        house.told_times.add(sealed.payload_sha256)
        return sealed

    def _count(self, device: str, now: datetime) -> None:
        minute, gone_s = divmod(int(now.timestamp()), MINUTE_S)
        with self._lock:
            if minute != self._minute:
                self._minute, self._asked = minute, {}
            asked = self._asked[device] = self._asked.get(device, 0) + 1
        if asked > MOST_A_MINUTE:
            raise TooOften("Cụm loa hỏi giờ quá nhiều lần trong một phút.", MINUTE_S - gone_s)
