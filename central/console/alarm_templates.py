"""Ready words for emergencies: storm, flood, dam release, landslide, tide, fire, epidemic, security.

Law of the room: short sentences that are understood when heard once, first what happens, then what to do.
A person reads and may change every word before signing. Categories and severities are CAP 1.2's. `{noi}` and `{gio}`
are filled in by the page with the chosen areas and the hour; what stands in [brackets] a person must fill in.
"""

import msgspec


class AlarmTemplate(msgspec.Struct, frozen=True, kw_only=True):
    """One kind of emergency: its icon, CAP terms, and words in Vietnamese and English."""

    name: str
    icon: str
    event: str
    severity: str
    headline_vi: str
    text_vi: str
    headline_en: str
    text_en: str


TEMPLATES = (
    AlarmTemplate(
        name="storm",
        icon="storm",
        event="Bão",
        severity="Severe",
        headline_vi="Cảnh báo bão",
        text_vi=(
            "{gio}, bão đang vào gần {noi}. Đề nghị bà con không ra khỏi nhà, chằng chống nhà cửa, tắt điện khi nước "
            "vào nhà. Người ở nhà tạm, nhà ven sông đến ngay nơi trú ẩn của ấp. "
            "Chờ nghe thông báo tiếp theo."
        ),
        headline_en="Storm warning",
        text_en=(
            "At {gio} a storm is close to {noi}. Stay indoors, secure your house, "
            "and switch off electricity if water comes "
            "in. If you live in a temporary or riverside house, go to the hamlet shelter now. "
            "Listen for the next announcement."
        ),
    ),
    AlarmTemplate(
        name="flood",
        icon="flood",
        event="Lũ",
        severity="Severe",
        headline_vi="Cảnh báo lũ",
        text_vi=(
            "{gio}, lũ đang lên nhanh tại {noi}. Đề nghị bà con đưa người già và "
            "trẻ em lên nơi cao, kê cao đồ đạc, ngắt "
            "điện. Không đi qua chỗ nước chảy xiết. Cần giúp đỡ, gọi cán bộ ấp."
        ),
        headline_en="Flood warning",
        text_en=(
            "At {gio} the water is rising fast in {noi}. Bring children and the elderly to high ground, raise your "
            "belongings, and cut the electricity. Do not cross fast water. Call the hamlet officer for help."
        ),
    ),
    AlarmTemplate(
        name="dam",
        icon="dam",
        event="Xả lũ",
        severity="Severe",
        headline_vi="Thông báo xả lũ",
        text_vi=(
            "Từ {gio}, hồ [tên hồ] xả lũ, nước sông tại {noi} sẽ lên nhanh. Đề nghị bà con rời ngay bờ sông, bãi "
            "bồi và lồng bè, đưa ghe xuồng vào nơi an toàn."
        ),
        headline_en="Dam release",
        text_en=(
            "From {gio} the [name] reservoir is releasing water; the river in {noi} will rise fast. Leave the banks, "
            "sandbars and fish cages now, and bring boats to safety."
        ),
    ),
    AlarmTemplate(
        name="landslide",
        icon="slide",
        event="Sạt lở",
        severity="Extreme",
        headline_vi="Cảnh báo sạt lở",
        text_vi=(
            "{gio}, bờ sông tại {noi} có nguy cơ sạt lở. Bà con trong khu vực đã cắm biển rời khỏi nhà ngay, "
            "không quay lại lấy đồ. Đến điểm tập trung theo hướng dẫn của cán bộ ấp."
        ),
        headline_en="Landslide warning",
        text_en=(
            "At {gio} the river bank in {noi} may collapse. People in the marked "
            "area must leave home now and not return "
            "for belongings. Go to the assembly point as the hamlet officers direct."
        ),
    ),
    AlarmTemplate(
        name="tide",
        icon="tide",
        event="Triều cường",
        severity="Moderate",
        headline_vi="Cảnh báo triều cường",
        text_vi=(
            "{gio}, triều cường tại {noi} đang lên cao, đường và nhà ở nơi thấp sẽ "
            "ngập. Đề nghị bà con kê cao đồ đạc, "
            "giữ trẻ em trong nhà, đi lại cẩn thận, gia cố bờ bao."
        ),
        headline_en="High tide warning",
        text_en=(
            "At {gio} the tide in {noi} is very high; low roads and houses will "
            "flood. Raise your belongings, keep children "
            "inside, travel with care, and strengthen the dykes."
        ),
    ),
    AlarmTemplate(
        name="fire",
        icon="fire",
        event="Cháy",
        severity="Extreme",
        headline_vi="Cháy lớn",
        text_vi=(
            "{gio}, đang có cháy lớn tại {noi}. Bà con ở gần rời khỏi nhà ngay, "
            "bịt khăn ướt, đi khom người. Nhường đường "
            "cho xe chữa cháy. Gọi 114 nếu còn người bên trong."
        ),
        headline_en="Large fire",
        text_en=(
            "At {gio} there is a large fire in {noi}. If you are near, leave home "
            "now, cover your mouth with a wet cloth and "
            "stay low. Make way for fire engines. Call 114 if anyone is still inside."
        ),
    ),
    AlarmTemplate(
        name="epidemic",
        icon="health",
        event="Dịch bệnh",
        severity="Moderate",
        headline_vi="Thông báo dịch bệnh",
        text_vi=(
            "Tại {noi} đang có dịch bệnh. Ai sốt, ho hoặc nghi mắc bệnh thì ở nhà và báo ngay trạm y tế. "
            "Đeo khẩu trang, rửa tay, tránh tụ tập đông người."
        ),
        headline_en="Epidemic notice",
        text_en=(
            "There is an outbreak in {noi}. If you have a fever or cough, stay home and call the health "
            "station. Wear a mask, wash your hands and avoid crowds."
        ),
    ),
    AlarmTemplate(
        name="security",
        icon="shield",
        event="An ninh trật tự",
        severity="Severe",
        headline_vi="Thông báo khẩn về an ninh trật tự",
        text_vi=(
            "{gio}, tại {noi} có việc khẩn về an ninh trật tự. Đề nghị bà con ở trong nhà, khóa cửa, không tụ tập và "
            "làm theo hướng dẫn của công an. Thấy điều nghi vấn, gọi 113."
        ),
        headline_en="Urgent security notice",
        text_en=(
            "At {gio} there is an urgent security incident in {noi}. Stay indoors, "
            "lock your doors, do not gather, and follow "
            "police instructions. Call 113 if you see anything suspicious."
        ),
    ),
)
