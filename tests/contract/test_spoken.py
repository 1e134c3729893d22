"""What the appliance says: snippets of real notices, and what holds for any text at all."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.spoken import normalise
from contract.spoken.letters import in_capitals, is_syllable
from contract.spoken.numerals import cardinal, from_roman
from contract.spoken.terms import ACRONYMS, COMPOUNDS, DOTTED, MIXED, PAPERS, ROADS, SLASHED
from contract.spoken.units import PER, UNITS
from contract.spoken.words import TOKEN

NOTICES = {
    "power cut": (
        "ĐL Mỹ Tho thông báo: ngày 5/9 (thứ 7) từ 08:00 - 11:30 mất điện TBA Mỹ Phong 2, 160 kVA.",
        (
            "điện lực Mỹ Tho thông báo: ngày mùng năm tháng chín, thứ bảy, từ tám giờ đến mười một giờ ba mươi phút"
            " mất điện trạm biến áp Mỹ Phong hai, một trăm sáu mươi ki lô vôn am pe."
        ),
    ),
    "vaccination": (
        "TYT xã tiêm vắc xin Covid-19 cho trẻ 5-11 tuổi, sáng 20-11. SĐT: 0277.3851.234",
        (
            "trạm y tế xã tiêm vắc xin cô vít mười chín cho trẻ năm đến mười một tuổi, sáng ngày hai mươi tháng"
            " mười một. số điện thoại: không hai bảy bảy, ba tám năm một, hai ba bốn"
        ),
    ),
    "tide": (
        "Triều cường tại Mỹ Tho: 1,70-1,75 m (trên BĐ3 0,10 m); gió cấp 6–7.",
        (
            "Triều cường tại Mỹ Tho: một phẩy bảy mươi đến một phẩy bảy mươi lăm mét, trên báo động ba không phẩy"
            " mười mét; gió cấp sáu đến bảy."
        ),
    ),
    "dam release": (
        "Hồ Dầu Tiếng xả lũ 200-400 m³/s từ 14h00 ngày 12.10.2026, mực nước 23,45m.",
        (
            "Hồ Dầu Tiếng xả lũ hai trăm đến bốn trăm mét khối trên giây từ mười bốn giờ ngày mười hai tháng mười"
            " năm hai nghìn không trăm hai mươi sáu, mực nước hai mươi ba phẩy bốn mươi lăm mét."
        ),
    ),
    "taking water": (
        "Cống Xuân Hòa mở lấy nước từ 03h00 - 06h00 ngày 14, 15 và 16/02/2026; độ mặn < 1‰.",
        (
            "Cống Xuân Hòa mở lấy nước từ ba giờ đến sáu giờ ngày mười bốn, mười lăm và ngày mười sáu tháng hai năm"
            " hai nghìn không trăm hai mươi sáu; độ mặn nhỏ hơn một phần nghìn."
        ),
    ),
    "meeting": (
        "UBND X. Mỹ Phong mời họp dân ấp 3,4 lúc 19 giờ 15 tại NVH. Đ/c Nguyễn Văn A - CT UBND xã chủ trì.",
        (
            "ủy ban nhân dân xã Mỹ Phong mời họp dân ấp ba, bốn lúc mười chín giờ mười lăm phút tại nhà văn hóa."
            " đồng chí Nguyễn Văn a, chủ tịch ủy ban nhân dân xã chủ trì."
        ),
    ),
    "storm": (
        "ATNĐ cách Trường Sa 320 km, gió cấp 6-7 (39–61 km/h); BCH PCTT&TKCN xã trực 24/24h.",
        (
            "áp thấp nhiệt đới cách Trường Sa ba trăm hai mươi ki lô mét, gió cấp sáu đến bảy, ba mươi chín đến sáu"
            " mươi mốt ki lô mét trên giờ; ban chỉ huy phòng chống thiên tai và tìm kiếm cứu nạn xã trực hai mươi tư"
            " trên hai mươi tư giờ."
        ),
    ),
    "heading": ("THÔNG BÁO: V/v CẮT ĐIỆN CA ĐÊM", "thông báo: về việc cắt điện ca đêm"),
}

ROWS = (
    # dates
    ("ngày 20/11/2026", "ngày hai mươi tháng mười một năm hai nghìn không trăm hai mươi sáu"),
    ("2026-11-20", "ngày hai mươi tháng mười một năm hai nghìn không trăm hai mươi sáu"),
    ("20-11", "ngày hai mươi tháng mười một"),
    ("ngày 5/9", "ngày mùng năm tháng chín"),
    ("mùng 5/9", "mùng năm tháng chín"),
    ("ngày 05 tháng 4", "ngày mùng năm tháng tư"),
    ("tháng 11/2026", "tháng mười một năm hai nghìn không trăm hai mươi sáu"),
    ("từ 20-25/11", "từ ngày hai mươi đến hai mươi lăm tháng mười một"),
    ("30/4 - 1/5", "ngày ba mươi tháng tư đến ngày mùng một tháng năm"),
    ("lễ 30-4 và 1-5", "lễ ngày ba mươi tháng tư và ngày mùng một tháng năm"),
    ("ngày 2-9-2025", "ngày mùng hai tháng chín năm hai nghìn không trăm hai mươi lăm"),
    ("vụ 2026-2027", "vụ hai nghìn không trăm hai mươi sáu đến hai nghìn không trăm hai mươi bảy"),
    ("thứ 2 đến thứ 4, T5-T6, CN", "thứ hai đến thứ tư, thứ năm đến thứ sáu, chủ nhật"),
    ("T12/2026", "tháng mười hai năm hai nghìn không trăm hai mươi sáu"),
    ("1/11 -> 15/11", "ngày mùng một tháng mười một đến ngày mười lăm tháng mười một"),
    # what looks like a date and is none
    ("12/15 hộ", "mười hai trên mười lăm hộ"),
    ("đạt 5/9 xã", "đạt năm trên chín xã"),
    ("2/3 dân số", "hai phần ba dân số"),
    ("31/2", "ba mươi mốt trên hai"),
    ("trực 24/7", "trực hai mươi tư trên bảy"),
    ("tỷ số 3-1", "tỷ số ba đến một"),
    ("5-7 m", "năm đến bảy mét"),
    # times
    ("5h30", "năm giờ ba mươi phút"),
    ("05:30", "năm giờ ba mươi phút"),
    ("17 giờ 15", "mười bảy giờ mười lăm phút"),
    ("17 giờ 15 phút", "mười bảy giờ mười lăm phút"),
    ("7h-9h", "bảy giờ đến chín giờ"),
    ("7h00-10h30", "bảy giờ đến mười giờ ba mươi phút"),
    ("lúc 7g, 7g30", "lúc bảy giờ, bảy giờ ba mươi phút"),
    ("500g", "năm trăm gam"),
    ("15'", "mười lăm phút"),
    # telephones
    ("0912 345 678", "không chín một hai, ba bốn năm, sáu bảy tám"),
    ("0912345678", "không chín một hai, ba bốn năm, sáu bảy tám"),
    ("+84 912 345 678", "tám bốn, chín một hai, ba bốn năm, sáu bảy tám"),
    ("1900 1006", "một chín không không, một không không sáu"),
    ("1900 xxxx", "một chín không không, ích ích ích ích"),
    ("113/114/115", "một một ba, một một bốn, một một năm"),
    ("gọi 115", "gọi một một năm"),
    ("115 hộ dân", "một trăm mười lăm hộ dân"),
    ("tổng đài 1022", "tổng đài một không hai hai"),
    ("CCCD số 082123456789", "căn cước công dân số không tám hai, một hai ba, bốn năm sáu, bảy tám chín"),
    # numbers, money, units
    ("1.234.567", "một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy"),
    ("1,234,567", "một triệu hai trăm ba mươi tư nghìn năm trăm sáu mươi bảy"),
    ("2,5; 2.5; 2,05", "hai phẩy năm; hai phẩy năm; hai phẩy không năm"),
    ("nhiệt độ -3", "nhiệt độ âm ba"),
    ("-3°C, 30 oC", "âm ba độ xê, ba mươi độ xê"),
    ("6,5%/năm", "sáu phẩy năm phần trăm một năm"),
    ("500.000đ", "năm trăm nghìn đồng"),
    ("25,000 VNĐ", "hai mươi lăm nghìn đồng"),
    ("1,2 tỷ đồng", "một phẩy hai tỷ đồng"),
    ("5tr, 500k, $50", "năm triệu, năm trăm nghìn đồng, năm mươi đô la"),
    ("50 triệu đồng/hộ", "năm mươi triệu đồng một hộ"),
    ("25.000 đ/kg", "hai mươi lăm nghìn đồng một ki lô gam"),
    ("2 lần/ngày", "hai lần một ngày"),
    ("60 km/h", "sáu mươi ki lô mét trên giờ"),
    ("100m2, 3 kWh, 2ha, 5cm, 70mm", ("một trăm mét vuông, ba ki lô oát giờ, hai héc ta, năm xăng ti mét,"
     " bảy mươi mi li mét")),
    ("4 g/l", "bốn gam trên lít"),
    ("2x3 m; 1m65", "hai nhân ba mét; một mét sáu mươi lăm"),
    ("mục 2.1", "mục hai chấm một"),
    # Roman numbers and ordinals
    ("Điều IV", "Điều bốn"),
    ("Đại hội XIV", "Đại hội mười bốn"),
    ("quý III/2026", "quý ba năm hai nghìn không trăm hai mươi sáu"),
    ("Q1/2026", "quý một năm hai nghìn không trăm hai mươi sáu"),
    ("lần thứ I, thứ 4", "lần thứ nhất, thứ tư"),
    # papers
    ("Số 12/2025/NĐ-CP", "Số mười hai năm hai nghìn không trăm hai mươi lăm, nghị định chính phủ"),
    ("số 1234/QĐ-UBND", "số một nghìn hai trăm ba mươi tư, quyết định ủy ban nhân dân"),
    ("Thông tư 39/2020/TT-BTTTT",
     "Thông tư ba mươi chín năm hai nghìn không trăm hai mươi, bộ thông tin và truyền thông"),
    ("Nghị quyết số 57-NQ/TW", "Nghị quyết số năm mươi bảy, trung ương"),
    ("Luật số 72/2025/QH15", "Luật số bảy mươi hai năm hai nghìn không trăm hai mươi lăm, quốc hội khóa mười lăm"),
    ("TT 39", "thông tư ba mươi chín"),
    # offices, places, roads
    ("HĐND, MTTQ, BHYT, BHXH", "hội đồng nhân dân, mặt trận tổ quốc, bảo hiểm y tế, bảo hiểm xã hội"),
    ("Sở TT-TT; BCH PCTT", "Sở thông tin và truyền thông; ban chỉ huy phòng chống thiên tai"),
    ("KT. CHỦ TỊCH", "ký thay chủ tịch"),
    ("CA XÃ MỸ PHONG", "công an xã mỹ phong"),
    ("TP.HCM, Q.1, P. 5", "thành phố Hồ Chí Minh, quận một, phường năm"),
    ("TX. Gò Công, H. Cái Bè, TT. Cái Bè", "thị xã Gò Công, huyện Cái Bè, thị trấn Cái Bè"),
    ("Mỹ Phong, Hòa Khánh", "Mỹ Phong, Hòa Khánh"),
    ("QL1A, QL.30, ĐT.848", "quốc lộ một a, quốc lộ ba mươi, đường tỉnh tám bốn tám"),
    ("ĐT: 02773 851 234", "điện thoại: không hai bảy bảy ba, tám năm một, hai ba bốn"),
    ("ông Nguyễn Văn H. Chủ tịch", "ông Nguyễn Văn hát. Chủ tịch"),
    ("Đ/c: số 12/5 Lê Lợi", "địa chỉ: số mười hai trên năm Lê Lợi"),
    ("U.B.N.D, T.Ư", "ủy ban nhân dân, trung ương"),
    ("EVN, VOV1, H5N1", "e vê en nờ, vê o vê một, hát năm en nờ một"),
    ("gạo, mì, v.v.", "gạo, mì, vân vân."),
    ("biển số 63B1-123.45", "biển số sáu ba bê một, một hai ba bốn năm"),
    # signs, lines, addresses
    ("xã@dt.gov.vn", "xã a còng dê tê chấm gov chấm vê en nờ"),
    ("a.b@mail.com", "a chấm bê a còng mail chấm com"),
    ("https://www.mytho.gov.vn/tin", "mytho chấm gov chấm vê en nờ gạch chéo tin"),
    ("anh/chị và/hoặc", "anh chị và hoặc"),
    ("Mang theo:\n- gạo 10kg\n• áo mưa", "Mang theo: gạo mười ki lô gam, áo mưa"),
    ("Thông báo\nMất điện\nđêm nay", "Thông báo. Mất điện đêm nay"),
    ("“Sạch” … !!!", "Sạch!"),
)  # fmt: skip


@pytest.mark.parametrize(("written", "said"), NOTICES.values(), ids=NOTICES)
def test_a_notice_is_read_as_a_neighbour_would_read_it(written: str, said: str) -> None:
    """A whole sentence of each usual notice becomes the words that staff would say."""
    assert normalise(written) == said


@pytest.mark.parametrize(("written", "said"), ROWS, ids=[row[0][:30] for row in ROWS])
def test_each_way_of_writing_has_its_reading(written: str, said: str) -> None:
    """Dates, times, numbers, units, papers and abbreviations are read as the field reads them."""
    assert normalise(written) == said


def test_every_expansion_is_plain_words() -> None:
    """No table holds an expansion that would itself be read otherwise."""
    tables = (ACRONYMS, COMPOUNDS, DOTTED, SLASHED, MIXED, PAPERS, ROADS, UNITS, PER)
    for words in {words for table in tables for words in table.values()}:
        assert normalise(words) == words


@pytest.mark.parametrize(
    ("digits", "words"),
    [
        ("0", "không"),
        ("10", "mười"),
        ("15", "mười lăm"),
        ("21", "hai mươi mốt"),
        ("24", "hai mươi tư"),
        ("105", "một trăm linh năm"),
        ("1005", "một nghìn không trăm linh năm"),
        ("1000005", "một triệu không trăm linh năm"),
        ("1200000000000", "một nghìn hai trăm tỷ"),
        ("2000000000000", "hai nghìn tỷ"),
        ("0" * 20, "không"),
        ("1" * 16, " ".join(["một"] * 16)),
    ],
)
def test_numbers_are_counted_as_at_school(digits: str, words: str) -> None:
    """mốt, tư, lăm and linh stand where they belong; a number beyond names is read digit by digit."""
    assert cardinal(digits) == words


def test_roman_numbers_are_strict() -> None:
    """Only a rightly written Roman number is one."""
    assert [from_roman(token) for token in ("I", "IV", "XIV", "XXXIX")] == ["1", "4", "14", "39"]
    assert [from_roman(token) for token in ("", "IIII", "VX", "MIX", "A")] == [None] * 5


def test_syllables_are_told_from_acronyms() -> None:
    """A Vietnamese syllable is known by its spelling and tone."""
    assert all(map(is_syllable, ("nghiêng", "QUYẾT", "khuya", "gì", "ăn", "CA", "thuở")))
    assert not any(map(is_syllable, ("UBND", "EVN", "BOT", "LED", "cat", "nghiêngg", "f")))


def test_another_language_is_left_alone() -> None:
    """English text keeps its digits and capitals; only spaces are collapsed. Regions of Vietnamese are Vietnamese."""
    assert normalise("  Flood  at 5h30,\n UBND ", "en") == "Flood at 5h30, UBND"
    assert normalise("5h30", "vi-VN") == normalise("5h30", "VI") == "năm giờ ba mươi phút"


def test_a_text_in_parts_is_composed() -> None:
    """Letters with separate marks (as some phones send them) are read like composed ones."""
    apart = unicodedata.normalize("NFD", "UBND xã họp lúc 7 giờ, Đ/c Ánh")
    assert normalise(apart) == "ủy ban nhân dân xã họp lúc bảy giờ, đồng chí Ánh"


@pytest.mark.parametrize(
    "text", ["", " \n\t ", "\x00\x01", "🙂", "***", "---", "\u0301" * 9, "\ud800"]
)
def test_nothing_to_say_is_nothing(text: str) -> None:
    """A text without words is the empty text."""
    assert normalise(text) == ""


SNIPPETS = sorted(
    {
        part
        for written, _ in (*NOTICES.values(), *ROWS)
        for part in (*re.findall(r"\w+|\W", written), written)
    }
)
ODD = "²½Ⅳ①ﬁİßΣﷺªº°‰→～٣१ㄱ가ក𝐀\u200b\u0301\u0315\r\n\x00ǅ\u2028"
TEXTS = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(SNIPPETS), max_size=12).map("".join),
    st.lists(st.sampled_from([*SNIPPETS, *ODD]), max_size=12).map("".join),
    st.text(alphabet="0123456789./-,:+ hgmđPQXIVTCAak\n&()'%°xv", max_size=30),
)


@given(text=TEXTS)
def test_any_text_is_read_once_and_for_all(text: str) -> None:
    """Reading never raises, ends in composed words without digits or capitals, and changes nothing again."""
    said = normalise(text)
    assert normalise(said) == said
    assert unicodedata.is_normalized("NFC", said)
    assert re.fullmatch(r"(?:[^\W\d_]+(?:[.,;:!?]? |[.,;:!?]?$))*", said)
    assert not any(in_capitals(token) for token in TOKEN.findall(said))


@given(text=TEXTS)
def test_what_is_said_is_bounded_by_what_was_written(text: str) -> None:
    """No text is read as more than a few words for each of its characters."""
    assert len(normalise(text)) <= 24 * len(text)


@given(text=st.text(max_size=60), language=st.sampled_from(["en", "km", "", "vietnam"]))
def test_other_languages_are_total_too(text: str, language: str) -> None:
    """The light touch never raises and changes nothing again."""
    said = normalise(text, language)
    assert normalise(said, language) == said


@pytest.mark.parametrize(
    "unit",
    ["1", "1.", "1/", "1-", ".", "A.", "A-B", "a.", "a@", " ", "\n", "ngày ", "www.", "a\u0315\u0300", "T2", "(", "1x"],
)  # fmt: skip
def test_hostile_text_takes_no_longer_than_its_length(unit: str) -> None:
    """The largest text that a document can carry, made to lead every pattern astray, is read in bounded time."""
    assert normalise((unit * 30_000)[:30_000]) is not None
