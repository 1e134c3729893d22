"""Text as the library keeps, finds and speaks it; pure."""

import unicodedata

import pytest

from central.domain.errors import Unacceptable
from central.domain.library import Sheet, checked_sheet
from central.domain.library_checks import Cut, Heard, cut_of, findings
from central.domain.library_sniff import stranger
from central.domain.library_speech import PIECE_CHARS, checked_text, pieces, spoken
from central.domain.library_text import fold, plain_text, terms_of, words_of


def test_emoji_go_and_letters_stay() -> None:
    """Emoji with their colours and joiners are dropped and counted; every letter and sign of a text stays."""
    plain = plain_text("Xin chào 👍🏽 bà con 👨‍👩‍👧! Nhiệt độ 25°C, giảm 10 %…")
    assert plain.text == "Xin chào bà con! Nhiệt độ 25°C, giảm 10 %…"
    assert plain.pictures == 4
    assert "biểu tượng cảm xúc" in plain.notices[0]
    assert plain_text("Đường Trần Hưng Đạo, số 5/2.").notices == ()


def test_nfd_becomes_nfc_with_a_notice() -> None:
    """Text from another keyboard or an old Mac is composed, and people are told."""
    apart = unicodedata.normalize("NFD", "Thông báo tiêm chủng ở Đồng Tháp")
    plain = plain_text(apart)
    assert plain.text == "Thông báo tiêm chủng ở Đồng Tháp"
    assert plain.composed
    assert "NFC" in plain.notices[0]


def test_hidden_commands_and_turned_letters_are_dropped() -> None:
    """Control characters and marks that turn the reading direction do not get in."""
    plain = plain_text("An toàn\x07\u202e là trên hết\r\nDòng hai")
    assert plain.text == "An toàn là trên hết\nDòng hai"
    assert plain.commands == 2


def test_words_are_folded() -> None:
    """Search knows no diacritics, case, or spelling of đ; each word counts once."""
    assert fold("ĐỒNG Tháp Mười") == "dong thap muoi"
    assert words_of("Họp dân, họp DÂN ngày 25/11") == ("hop", "dan", "ngay", "25", "11")
    assert terms_of("  Hội họp ") == ("hoi", "hop")
    assert terms_of("…") == ()


def test_a_sheet_is_checked_as_a_whole() -> None:
    """Spaces are tidied and tags counted once; what no list knows is refused with the field's name."""
    said = checked_sheet(
        Sheet(title="  Lịch   tiêm ", tags=("y tế", "y tế", " "), topics=("law", "law"))
    )
    assert (said.title, said.tags, said.topics) == ("Lịch tiêm", ("y tế",), ("law",))
    for bad, word in (
        (Sheet(field=9), "Lĩnh vực"),
        (Sheet(topics=("x",)), "Chủ đề"),
        (Sheet(author="x" * 201), "Tác giả"),
        (Sheet(tags=tuple(str(n) for n in range(21))), "từ khóa"),
    ):
        with pytest.raises(Unacceptable, match=word):
            checked_sheet(bad)


@pytest.mark.parametrize(
    ("head", "name", "code"),
    [
        (b"PK\x03\x04" + bytes(40), "bản tin.mp3", "archive"),
        (b"\x1f\x8b\x08" + bytes(40), "bom.wav", "archive"),
        (b"%PDF-1.7", "công văn.mp3", "document"),
        (b"\xd0\xcf\x11\xe0", "a.mp3", "document"),
        (b"MZ\x90", "cài đặt.mp3", "program"),
        (b"<!DOCTYPE html><html>", "a.mp3", "markup"),
        (b"<svg onload=alert(1)>", "a.png", "markup"),
        ("Biên bản họp ấp.".encode(), "bien-ban.mp3", "text"),
        (b"#EXTM3U\nhttp://x/y.mp3", "a.mp3", "playlist"),
    ],
)
def test_strangers_are_known_by_their_first_bytes(head: bytes, name: str, code: str) -> None:
    """Whatever its name says, a file that is none of ours is called by what it is."""
    found = stranger(head, name)
    assert found is not None
    assert found.code == code


def test_what_is_ours_is_no_stranger() -> None:
    """Sounds, pictures and plain texts under their own name go on to be examined."""
    assert stranger(b"ID3\x04" + bytes(40), "a.mp3") is None
    assert stranger(b"\x89PNG\r\n\x1a\n" + bytes(40), "a.png") is None
    assert stranger("Kính thưa bà con".encode(), "bản tin.txt") is None


def heard(**changed: object) -> Heard:
    """Return a good sound of a minute with these changes."""
    values: dict[str, object] = {
        "duration_ms": 60_000,
        "loudness_lufs": -18.0,
        "peak_dbfs": -3.0,
        "mean_dbfs": -20.0,
        "flat": 0.0,
        "silences": (),
        "damaged": False,
        **changed,
    }
    return Heard(**values)  # type: ignore[arg-type]


def codes(sound: Heard, gain_db: float = 2.0, cut: Cut | None = None) -> set[str]:
    """Return the codes of what is found."""
    return {found.code for found in findings(sound, gain_db, cut)}


def test_what_the_checks_say() -> None:
    """Silence inside, clipping, too quiet, too short and too long are told; a good sound gets no word."""
    assert codes(heard()) == set()
    assert codes(heard(silences=((20_000, 28_000),))) == {"silent-inside"}
    assert codes(heard(peak_dbfs=0.0, flat=20.0)) == {"clipping"}
    assert codes(heard(peak_dbfs=0.0, flat=0.0)) == set()
    assert codes(heard(loudness_lufs=-42.0), 24.0) == {"quiet"}
    assert codes(heard(loudness_lufs=-30.0), 2.0) == {"uneven"}
    assert codes(heard(duration_ms=1_500)) == {"short"}
    assert codes(heard(duration_ms=61 * 60_000)) == {"long"}
    assert codes(heard(silences=((0, 3_000), (57_000, 60_000)))) == {"silent-head", "silent-tail"}
    told = findings(heard(silences=((20_000, 28_000),)), 2.0, None)[0].sentence
    assert told == "Có 1 đoạn im lặng giữa chừng, dài nhất 8 giây, ở 0:20."


def test_silent_ends_are_cut_and_a_breath_is_left() -> None:
    """What is cut leaves a moment at both ends; nothing is cut where there is nothing to cut, or nothing else."""
    assert cut_of(heard(silences=((0, 3_000), (57_000, 60_000)))) == Cut(
        start_ms=2_800, end_ms=57_400
    )
    assert cut_of(heard()) is None
    assert cut_of(heard(silences=((0, 250),))) is None
    assert cut_of(heard(silences=((0, 60_000),))) is None
    assert codes(heard(silences=((0, 3_000),)), cut=Cut(start_ms=2_800, end_ms=60_000)) == {
        "trimmed"
    }


def test_a_long_text_is_cut_between_sentences() -> None:
    """Every piece fits the engine, all letters are there in order, and sentences stay whole where they can."""
    text = "Câu thứ nhất dài vừa phải. " * 100
    found = pieces(text.strip())
    assert all(len(piece) <= PIECE_CHARS for piece in found)
    assert " ".join(" ".join(found).split()) == " ".join(text.split())
    assert all(piece.endswith(".") for piece in found)
    assert pieces("x" * 2_000) == ("x" * 700, "x" * 700, "x" * 600)


def test_a_text_is_shown_as_it_will_be_spoken() -> None:
    """Numbers and dates are words; a text of which nothing is left is refused with what to do."""
    assert spoken("Cúp điện từ 7h30 ngày 25/11.").startswith("Cúp điện từ bảy giờ ba mươi")
    assert spoken("[[a]]") == spoken("a")
    with pytest.raises(Unacceptable, match="Chưa có chữ nào"):
        checked_text("😀😀 …")
    with pytest.raises(Unacceptable, match="20000 chữ"):
        checked_text("a" * 20_001)
