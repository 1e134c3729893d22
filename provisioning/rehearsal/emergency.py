"""The emergency: one commune is warned in the middle of its programme, and the warning is taken back.

Law of the room: it is signed by a person's key and timed from the moment of sending to the sample at the sink.
"""

import time
from datetime import datetime, timedelta
from typing import Final

from contract.documents import (
    Announcement,
    AnnouncementInfo,
    MessageType,
    Repeat,
    Status,
    Tone,
)
from provisioning.rehearsal import evidence
from provisioning.rehearsal.office import utc_now
from provisioning.rehearsal.province import WARM_UP_S
from provisioning.rehearsal.scene import COMMUNE, Story
from provisioning.rehearsal.sources import TUNE_HZ

EMERGENCY_BOUND_S: Final = 0.5 + WARM_UP_S


def emergency(story: Story, later: dict[str, datetime]) -> None:
    """An emergency for one commune cuts through there, is not heard elsewhere, and gives way when cancelled."""
    province, now = story.province, utc_now
    story.wait_until(later["second"] + timedelta(seconds=6))
    office = province.office("truc")
    sent = now()
    words = (
        "Nước lũ đang lên nhanh. Đề nghị bà con khẩn trương di chuyển lên nơi cao, mang theo giấy tờ, "
        "đèn pin và nước uống. Không đi qua cầu và đường đã ngập. Nghe theo hướng dẫn của lực lượng cứu hộ."
    )
    info = AnnouncementInfo(
        language="vi", headline="Cảnh báo lũ khẩn cấp", text=words, tone=Tone.ATTENTION
    )
    alert = Announcement(
        id=f"dt-pctt:1:{int(sent.timestamp())}",
        message=MessageType.ALERT,
        status=Status.ACTUAL,
        sent=sent,
        expires=sent + timedelta(hours=2),
        areas=(COMMUNE,),
        event="Lũ",
        repeat=Repeat(quick_rounds=3, quick_gap_s=30, slow_gap_s=60),
        infos=(info,),
    )
    committed = time.monotonic()
    story.alert = office.announce(alert, [province.keys.emergency[0]])
    time.sleep(9.0)  # the tone is over and the words are being said
    for appliance in province.appliances[:2]:
        heard = evidence.sounding_now(story.recorders[appliance.site.sink].so_far(), committed)
        delay_s = heard[0].onset_mono_s - committed if heard else float("inf")
        story.find(
            f"khẩn cấp cắt vào tại {appliance.site.title}",
            delay_s <= EMERGENCY_BOUND_S,
            f"{delay_s * 1000:.0f} ms từ lúc ký gửi đến mẫu âm đầu tiên (khởi động tăng âm 500 ms)",
        )
    silent = story.recorders["loa3"].so_far().level_dbfs(committed, time.monotonic())
    story.find("xã khác không nghe thấy", silent < -80, f"{silent:.0f} dBFS")
    cancel = Announcement(
        id=f"dt-pctt:1:{int(sent.timestamp()) + 1}",
        message=MessageType.CANCEL,
        status=Status.ACTUAL,
        sent=now(),
        expires=now() + timedelta(hours=3),
        areas=(COMMUNE,),
        references=(alert.id,),
        event="Lũ",
    )
    cancelled = time.monotonic()
    office.announce(cancel, [province.keys.emergency[0]])
    time.sleep(4.0)
    for appliance in province.appliances[:2]:
        recording = story.recorders[appliance.site.sink].so_far()
        silent_s, back_s = evidence.change_over(recording, cancelled, (TUNE_HZ,))
        story.find(
            f"hủy: im lặng rồi phát tiếp tại {appliance.site.title}",
            silent_s <= 1.0 and back_s <= 1.5,
            f"im sau {silent_s * 1000:.0f} ms, phát tiếp sau {back_s * 1000:.0f} ms",
        )
