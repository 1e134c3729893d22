"""How far an appliance is, judged from what it was sent and what it reported.

Law of the room: pure; what the appliance observed decides, never what was asked of it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

import msgspec

from central.domain.states import Step
from contract.documents import Health, Rank

LOST_AFTER = timedelta(minutes=5)
HOT_C = 80.0
_CLOCKS = {
    "unknown": "đồng hồ chưa đúng, lịch chưa phát được",
    "floor-only": "đồng hồ chưa được xác nhận",
}


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What central has seen of an appliance; `receipts` are the states reported for its newest programme."""

    version: int
    fetched_version: int
    receipts: Collection[str]
    last_seen: datetime | None
    health: Health | None


def step_of(seen: Seen, now: datetime) -> tuple[Step, str]:
    """Return the step and the reason why it is not further; the reason is empty when all is well."""
    health = seen.health
    if seen.last_seen is None:
        return Step.SENT if seen.version else Step.NO_PROGRAMME, "cụm loa chưa từng kết nối"
    if now - seen.last_seen > LOST_AFTER:
        return Step.LOST, "không thấy báo về quá 5 phút; kiểm tra nguồn điện và mạng"
    why = _trouble(health)
    if health is not None and health.on_air > Rank.FILLER:
        return Step.SOUNDING, why
    if seen.version == 0:
        return Step.NO_PROGRAMME, why or "địa bàn này chưa có lịch được gửi"
    if "ready" in seen.receipts or "sounding" in seen.receipts:
        return Step.READY, why
    reported = health.programme_version if health is not None else 0
    if "verified" in seen.receipts or reported >= seen.version:
        whole = health is not None and health.contents_missing == 0
        return (Step.READY if whole else Step.VERIFIED), why
    if seen.fetched_version >= seen.version:
        return Step.RECEIVED, why or "đang kiểm tra lịch mới"
    return Step.SENT, why or "cụm loa chưa lấy lịch mới"


def _trouble(health: Health | None) -> str:
    """Return what stands in the way, worst first; empty when nothing does."""
    if health is None:
        return "chưa có báo cáo tình trạng"
    if not health.sound_path_ok:
        return "đường tiếng không hoạt động; kiểm tra bộ khuếch đại và dây loa"
    if health.clock in _CLOCKS:
        return _CLOCKS[health.clock]
    if health.alarms:
        return f"đầu vào đang báo: {', '.join(health.alarms)}"
    if health.faults:
        return f"bộ phận báo lỗi: {health.faults[0]}"
    if health.mains is False:
        return "mất điện lưới, đang chạy bằng nguồn dự phòng"
    return _strain(health)


def _strain(health: Health) -> str:
    vitals = health.vitals
    if vitals.under_voltage:
        return "điện áp cấp cho bo mạch thấp; kiểm tra bộ nguồn và dây"
    if vitals.temperature_c is not None and vitals.temperature_c >= HOT_C:
        return f"bo mạch nóng {vitals.temperature_c:.0f} °C; kiểm tra quạt và chỗ đặt tủ"
    if health.contents_missing:
        return f"còn thiếu {health.contents_missing} tệp nội dung"
    if health.programme_stale:
        return "lịch đang dùng đã cũ"
    return ""
