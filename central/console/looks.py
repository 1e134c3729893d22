"""How instants, lengths, sizes and numbers are written.

Law of the room: pure; instants are shown on the province's clock, numbers the Vietnamese way.
"""

from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from central.console.words import Words

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")


class Looks:
    """How values are written for people, in one language."""

    def __init__(self, words: Words) -> None:
        self._t = words

    def clock(self, at: datetime) -> str:
        """Return hours and minutes on the province's clock."""
        return f"{at.astimezone(ZONE):%H:%M}"

    def seconds_clock(self, at: datetime) -> str:
        """Return hours, minutes and seconds on the province's clock."""
        return f"{at.astimezone(ZONE):%H:%M:%S}"

    def moment(self, at: datetime) -> str:
        """Return clock and date: 05:30, 22/11/2026."""
        return f"{at.astimezone(ZONE):%H:%M, %d/%m/%Y}"

    def day(self, day: date) -> str:
        """Return a date: 22/11/2026."""
        return f"{day:%d/%m/%Y}"

    def wall(self, at: time) -> str:
        """Return a wall time: 05:30."""
        return f"{at:%H:%M}"

    def ago(self, at: datetime, now: datetime) -> str:
        """Return how long ago an instant was, in rough words."""
        seconds = max(0, round((now - at).total_seconds()))
        for unit_s, name in (
            (86_400, "{n} ngày trước"),
            (3_600, "{n} giờ trước"),
            (60, "{n} phút trước"),
        ):
            if seconds >= unit_s:
                return self._t(name, n=seconds // unit_s)
        return self._t("vừa xong") if seconds < 10 else self._t("{n} giây trước", n=seconds)

    def length(self, ms: float) -> str:
        """Return a length as m:ss or h:mm:ss, from milliseconds."""
        seconds = round(ms / 1000)
        hours, rest = divmod(seconds, 3600)
        minutes, seconds = divmod(rest, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"

    def span(self, span: timedelta) -> str:
        """Return a span in words: 2 giờ 30 phút."""
        minutes = round(span.total_seconds() / 60)
        hours, minutes = divmod(minutes, 60)
        parts = [self._t("{n} giờ", n=hours)] if hours else []
        if minutes or not hours:
            parts.append(self._t("{n} phút", n=minutes))
        return " ".join(parts)

    def size(self, count: int) -> str:
        """Return a size in kB, MB or GB."""
        for unit, name in ((1_000_000_000, "GB"), (1_000_000, "MB")):
            if count >= unit:
                return f"{self.number(count / unit)} {name}"
        return f"{max(1, round(count / 1000))} kB"

    def number(self, value: float, digits: int = 1) -> str:
        """Return a number with a decimal comma in Vietnamese."""
        text = f"{value:.{digits}f}".replace("-", "\N{MINUS SIGN}")
        return text.replace(".", ",") if self._t.language == "vi" else text
