"""How an appliance is, in words: its gauges, its power and wiring, and the checks it went through.

Law of the room: pure; what is amiss is said by a word and a shape, colour only helps. A gauge that an appliance
lacks is named as not measured, never taken for good.
"""

from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from central.console.looks import Looks
from central.console.words import Words
from central.domain.fleet import HOT_C
from contract.documents import Check, Health, Vitals

WARM_C: Final = 70.0
WORN_PCT, WEARY_PCT = 100, 80
LOW_MEMORY_BYTES: Final = 50_000_000
CLOCK_OFF_MS: Final = 1_000.0
WEAK_SIGNAL_PCT: Final = 20


class Mark(msgspec.Struct, frozen=True):
    """What is amiss: a tone, a shape and a word."""

    tone: str
    icon: str
    text: str


class Fact(msgspec.Struct, frozen=True):
    """One gauge: its name, its value, and a mark where it is amiss."""

    name: str
    value: str
    mark: Mark | None = None


class Finding(msgspec.Struct, frozen=True):
    """One check: whether it is good, to be minded or bad (in a word too), what was looked at, and why."""

    tone: str
    icon: str
    word: str
    name: str
    why: str

    @property
    def good(self) -> bool:
        """Return whether nothing is to be said about it."""
        return self.tone == "ok"


ITEMS: Final[Mapping[str, str]] = {
    "assigned": "Giấy giao nhiệm vụ",
    "clock": "Đồng hồ",
    "programme": "Lịch phát",
    "contents": "Nội dung của khung giờ",
    "policy": "Quy định giờ phát",
    "relays": "Rơ-le",
    "amplifier": "Tăng âm",
    "inputs-alarm": "Đầu vào báo lỗi",
    "inputs": "Đầu vào, cảm biến",
    "mains": "Điện lưới",
    "storage": "Chỗ trống trên thẻ",
    "power": "Nguồn điện",
    "temperature": "Nhiệt độ",
    "central": "Liên lạc với tỉnh",
    "sound": "Máy phát tiếng",
    "sound-path": "Đường tiếng",
    "listener": "Bộ nghe kiểm tra",
    "tones": "Âm thử",
    "hands": "Các bộ phận",
    "shelf": "Kho nội dung",
    "player": "Máy phát tiếng",
    "sensors": "Đầu vào, cảm biến",
    "courier": "Lấy lịch và nội dung",
    "chain": "Vòng khóa của tỉnh",
    "herald": "Gửi báo cáo",
    "ledger": "Sổ ghi trên thẻ",
    "neighbours": "Cụm loa cùng mạng",
    "voice": "Giọng đọc",
    "vitals": "Đo tình trạng máy",
}
"""What an appliance looks at and is made of, as people call it."""

_LINKS: Final[Mapping[str, str]] = {
    "ethernet": "dây mạng",
    "wifi": "Wi-Fi",
    "cellular": "SIM",
    "other": "đường khác",
    "none": "không có mạng",
}


def facts_of(health: Health, words: Words) -> tuple[Fact, ...]:
    """Return the gauges that this appliance has, with marks at those that are amiss."""
    vitals = health.vitals
    found = [
        _mains(health, words),
        _voltage(vitals, words),
        _temperature(vitals, words),
        _card(vitals, words),
        _memory(vitals, words),
        _clock(vitals, words),
        _link(vitals, words),
    ]
    today = Fact(words("Đã phát hôm nay"), words("{n} phút", n=round(health.minutes_today)))
    beside = Fact(words("Cụm loa cùng mạng"), str(health.neighbours))
    return (*(fact for fact in found if fact is not None), beside, today)


def unmeasured(health: Health, words: Words) -> tuple[str, ...]:
    """Return the names of the gauges that this appliance lacks."""
    vitals = health.vitals
    gauges = {
        words("Điện lưới"): health.mains,
        words("Điện áp"): vitals.under_voltage,
        words("Nhiệt độ"): vitals.temperature_c,
        words("Thẻ nhớ"): _worn(vitals),
        words("Bộ nhớ chạy"): vitals.memory_free_bytes,
        words("Sai giờ"): vitals.clock_error_ms,
        words("Đường mạng"): vitals.link,
    }
    return tuple(name for name, value in gauges.items() if value is None)


def complaints_of(health: Health, words: Words) -> tuple[Finding, ...]:
    """Return the inputs that complain and the parts that failed; empty when all is well."""
    alarms = [Finding("bad", "alert", words("Đang báo"), title, "") for title in health.alarms]
    faults = []
    for fault in health.faults:
        part, colon, why = fault.partition(": ")
        name = item_words(part, {}, words) if colon else words("Các bộ phận")
        faults.append(Finding("bad", "cross", words("Hỏng"), name, why if colon else fault))
    return (*alarms, *faults)


def findings_of(
    checks: Iterable[Check], zones: Mapping[str, str], words: Words
) -> tuple[Finding, ...]:
    """Return checks in words, the bad ones first; `zones` are the titles of the zones by name."""
    found = [_finding(check, item_words(check.name, zones, words), words) for check in checks]
    return tuple(sorted(found, key=lambda f: ("bad", "warn", "ok").index(f.tone)))


def item_words(name: str, zones: Mapping[str, str], words: Words) -> str:
    """Return what a check looked at: a zone by its title, content by the start of its hash."""
    if name in ITEMS:
        return words(ITEMS[name])
    part, _, rest = name.partition("-")
    if part == "zone" and rest:
        return words("Vùng {name}", name=zones.get(rest, rest))
    if part == "content" and rest:
        return words("Tệp {name}…", name=rest)
    return name.replace("-", " ")


def _finding(check: Check, name: str, words: Words) -> Finding:
    if not check.ok:
        return Finding("bad", "cross", words("Hỏng"), name, check.why)
    if check.why:
        return Finding("warn", "alert", words("Để ý"), name, check.why)
    return Finding("ok", "check", words("Tốt"), name, "")


def _mains(health: Health, words: Words) -> Fact | None:
    if health.mains is None:
        return None
    if health.mains:
        return Fact(words("Điện lưới"), words("có"))
    mark = Mark("bad", "alert", words("mất điện"))
    return Fact(words("Điện lưới"), words("đang chạy nguồn dự phòng"), mark)


def _voltage(vitals: Vitals, words: Words) -> Fact | None:
    if vitals.under_voltage is None:
        return None
    if vitals.under_voltage:
        mark = Mark("bad", "alert", words("thiếu điện áp"))
        return Fact(words("Điện áp"), words("kiểm tra bộ nguồn và dây"), mark)
    if vitals.under_voltage_since_start:
        mark = Mark("warn", "alert", words("có lúc thiếu"))
        return Fact(words("Điện áp"), words("nay đã đủ"), mark)
    return Fact(words("Điện áp"), words("đủ"))


def _temperature(vitals: Vitals, words: Words) -> Fact | None:
    if vitals.temperature_c is None:
        return None
    mark = None
    if vitals.temperature_c >= HOT_C:
        mark = Mark("bad", "alert", words("quá nóng"))
    elif vitals.temperature_c >= WARM_C or vitals.throttled:
        mark = Mark(
            "warn", "alert", words("nóng, máy chạy chậm lại") if vitals.throttled else words("nóng")
        )
    return Fact(words("Nhiệt độ"), f"{Looks(words).number(vitals.temperature_c)} °C", mark)


def _worn(vitals: Vitals) -> int | None:
    return vitals.card_worn_pct if vitals.card_worn_pct is not None else vitals.file_system_errors


def _card(vitals: Vitals, words: Words) -> Fact | None:
    worn, errors = vitals.card_worn_pct, vitals.file_system_errors
    if worn is None and errors is None:
        return None
    value = words("mòn {n} %", n=worn) if worn is not None else words("không đo được độ mòn")
    mark = None
    if errors:
        mark = Mark("bad", "cross", words("{n} lỗi hệ tệp, thay thẻ", n=errors))
    elif worn is not None and worn >= WEARY_PCT:
        tone = "bad" if worn >= WORN_PCT else "warn"
        mark = Mark(tone, "alert", words("sắp hỏng, thay thẻ"))
    return Fact(words("Thẻ nhớ"), value, mark)


def _memory(vitals: Vitals, words: Words) -> Fact | None:
    if vitals.memory_free_bytes is None:
        return None
    low = vitals.memory_free_bytes < LOW_MEMORY_BYTES
    value = words("còn {size}", size=Looks(words).size(vitals.memory_free_bytes))
    return Fact(
        words("Bộ nhớ chạy"), value, Mark("warn", "alert", words("sắp cạn")) if low else None
    )


def _clock(vitals: Vitals, words: Words) -> Fact | None:
    if vitals.clock_error_ms is None:
        return None
    off = vitals.clock_error_ms > CLOCK_OFF_MS
    value = f"± {Looks(words).number(vitals.clock_error_ms, 0)} ms"
    return Fact(
        words("Sai giờ"), value, Mark("warn", "alert", words("lệch nhiều")) if off else None
    )


def _link(vitals: Vitals, words: Words) -> Fact | None:
    if vitals.link is None:
        return None
    value = words(_LINKS[vitals.link])
    if vitals.signal_pct is None:
        return Fact(words("Đường mạng"), value)
    weak = vitals.signal_pct < WEAK_SIGNAL_PCT
    value = words("{link}, sóng {n} %", link=value, n=vitals.signal_pct)
    return Fact(
        words("Đường mạng"), value, Mark("warn", "alert", words("sóng yếu")) if weak else None
    )
