"""Units and money, as they are written after a number.

Law of the room: data and one pattern. What stands here is a unit only behind a number.
"""

import re
from typing import Final

from contract.spoken.letters import lowered

_LENGTHS: Final = {
    "m": "mét",
    "km": "ki lô mét",
    "dm": "đề xi mét",
    "cm": "xăng ti mét",
    "mm": "mi li mét",
}
_FLOWS: Final = {
    "s": "giây",
    "h": "giờ",
    "ngày": "ngày",
    "phút": "phút",
    "giây": "giây",
    "giờ": "giờ",
}

# What may follow a stroke and is then said by its name.
PER: Final = {
    "s": "giây",
    "h": "giờ",
    "kg": "ki lô gam",
    "g": "gam",
    "l": "lít",
    "m": "mét",
    "km": "ki lô mét",
    "m2": "mét vuông",
    "m3": "mét khối",
    "ha": "héc ta",
    "kWh": "ki lô oát giờ",
}

UNITS: Final = {
    **_LENGTHS,
    **{f"{short}2": f"{name} vuông" for short, name in _LENGTHS.items()},
    **{f"{short}3": f"{name} khối" for short, name in _LENGTHS.items()},
    **{f"m3/{short}": f"mét khối trên {name}" for short, name in _FLOWS.items()},
    "ha": "héc ta",
    "T": "tấn",
    "kg": "ki lô gam",
    "g": "gam",
    "mg": "mi li gam",
    "l": "lít",
    "lít": "lít",
    "ml": "mi li lít",
    "g/l": "gam trên lít",
    "mg/l": "mi li gam trên lít",
    "g/lít": "gam trên lít",
    "km/h": "ki lô mét trên giờ",
    "km/giờ": "ki lô mét trên giờ",
    "m/s": "mét trên giây",
    "W": "oát",
    "kW": "ki lô oát",
    "MW": "mê ga oát",
    "kWh": "ki lô oát giờ",
    "V": "vôn",
    "kV": "ki lô vôn",
    "kVA": "ki lô vôn am pe",
    "Hz": "héc",
    "kHz": "ki lô héc",
    "MHz": "mê ga héc",
    "dB": "đề xi ben",
    "°C": "độ xê",
    "oC": "độ xê",
    "°F": "độ ép",
    "°": "độ",
    "%": "phần trăm",
    "‰": "phần nghìn",
    "'": "phút",
    "đ": "đồng",
    "đồng": "đồng",
    "VNĐ": "đồng",
    "VND": "đồng",
    "k": "nghìn đồng",
    "tr": "triệu",
    "trđ": "triệu đồng",
    "USD": "đô la Mỹ",
    "$": "đô la",
    "€": "ơ rô",
}
MONEY: Final = frozenset({"đ", "đồng", "VNĐ", "VND", "k", "tr", "trđ", "USD", "$", "€"})

_BY_ANY_CASE: Final = {lowered(unit): words for unit, words in UNITS.items()}
UNIT: Final = re.compile(
    r" ?("
    + "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
    + r"|(?i:kwh|kw|km2|km|kg|ha|m2|m3|cm|mm|vnđ|vnd|đồng))(?![^\W_])"
)


def unit_words(unit: str) -> str:
    """Return the words of a unit that `UNIT` found, written in any case."""
    return UNITS.get(unit) or _BY_ANY_CASE[lowered(unit)]
