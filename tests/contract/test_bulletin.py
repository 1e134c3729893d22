"""Bulletins and panels: what is refused, and that documents from before are still valid."""

import json
from collections.abc import Callable

import msgspec
import pytest

from contract import codec
from contract.documents import (
    BULLETIN_MIME,
    Assignment,
    Bulletin,
    Content,
    Crop,
    Insets,
    NoticeSlide,
    Output,
    Panel,
    PictureSlide,
    Sha256,
    TimetableSlide,
    VideoSlide,
)
from contract.errors import RefusalCode, Refused
from contract.seal import device_id
from contract.testing import NOW, device_key

GOOD = Bulletin(
    slides=(
        NoticeSlide(title="Thông báo", text="Họp thôn"),
        TimetableSlide(head=("Ngày", "Giờ"), rows=(("7/12", "7:30"),)),
        PictureSlide(picture=Sha256("a" * 64)),
        VideoSlide(video=Sha256("b" * 64), page_s=30),
    ),
    ticker="Trực ban 0273 123 456",
)
Tree = dict[str, object]


def changed(change: Callable[[dict[str, list[Tree]]], None]) -> bytes:
    """Return the good bulletin's bytes after a change."""
    tree = json.loads(codec.encode_bulletin(GOOD))
    change(tree)
    return json.dumps(tree).encode()


def test_a_bulletin_comes_back_as_it_was() -> None:
    """Bytes and value are one, and the digests it names are told."""
    data = codec.encode_bulletin(GOOD)
    assert codec.decode_bulletin(data) == GOOD
    assert codec.encode_bulletin(codec.decode_bulletin(data)) == data
    assert {"a" * 64, "b" * 64} == GOOD.names


def test_a_bulletin_is_a_content_like_any_other() -> None:
    """A programme lists it with a mime type that appliances have always taken."""
    Content(
        sha256=Sha256("c" * 64), size_bytes=9, duration_ms=9, mime=BULLETIN_MIME, title="Bản tin"
    )
    content = {"sha256": "c" * 64, "size_bytes": 9, "duration_ms": 9, "title": "Tin"}

    assert msgspec.convert(content | {"mime": BULLETIN_MIME}, Content).mime == BULLETIN_MIME


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.update(slides=[]),
        lambda tree: tree.update(slides=tree["slides"] * 13),
        lambda tree: tree.update(ticker="x" * 2_001),
        lambda tree: tree.update(colour="red"),
        lambda tree: tree["slides"][0].update(slide="poem"),
        lambda tree: tree["slides"][0].update(text="x" * 20_001),
        lambda tree: tree["slides"][0].update(page_s=2),
        lambda tree: tree["slides"][0].update(colours={"ink": "red", "ground": "#ffffff"}),
        lambda tree: tree["slides"][1].update(rows=[["7/12"]]),
        lambda tree: tree["slides"][1].update(head=["a"] * 7, rows=[["a"] * 7]),
        lambda tree: tree["slides"][2].update(picture="http://x"),
        lambda tree: tree["slides"][3].update(sound=1),
    ],
)
def test_a_bulletin_with_one_flaw_is_refused(
    change: Callable[[dict[str, list[Tree]]], None],
) -> None:
    """Each bound of a slide holds; without the change the same bytes are taken."""
    codec.decode_bulletin(changed(lambda _: None))
    with pytest.raises(Refused) as refused:
        codec.decode_bulletin(changed(change))
    assert refused.value.code is RefusalCode.MALFORMED


def test_a_bulletin_beyond_its_cap_is_not_parsed() -> None:
    """Too many bytes are refused by their number alone."""
    with pytest.raises(Refused) as refused:
        codec.decode_bulletin(b"[" * (codec.MAX_BULLETIN_BYTES + 1))
    assert refused.value.code is RefusalCode.TOO_LARGE


@pytest.mark.parametrize(
    "make",
    [
        lambda: Panel(width_px=3_840, height_px=3_840),
        lambda: Panel(width_px=128, height_px=64, crop=Crop(left_px=1, width_px=128, height_px=64)),
        lambda: Panel(width_px=128, height_px=64, crop=Crop(top_px=40, width_px=64, height_px=32)),
        lambda: Panel(width_px=128, height_px=64, safe=Insets(top_px=20, bottom_px=13)),
        lambda: Panel(width_px=64, height_px=128, rotation_deg=90, safe=Insets(top_px=33)),
    ],
)
def test_a_panel_that_cannot_be_is_refused(make: Callable[[], Panel]) -> None:
    """More pixels than 4K, a crop beyond the signal, a safe area of nothing."""
    with pytest.raises(ValueError, match=r"pixels|crop|safe area"):
        make()


def test_a_panel_says_how_a_passer_by_sees_it() -> None:
    """The canvas is the crop, turned as the panel hangs."""
    plain = Panel(width_px=1920, height_px=1080)
    turned = Panel(width_px=1920, height_px=1080, rotation_deg=90)
    cut = Panel(
        width_px=1920, height_px=1080, rotation_deg=270, crop=Crop(width_px=128, height_px=64)
    )
    assert plain.canvas_px == (1920, 1080)
    assert turned.canvas_px == (1080, 1920)
    assert cut.canvas_px == (64, 128)


def assignment(**more: object) -> Assignment:
    """Return an assignment."""
    key = device_key().public
    plain = Assignment(
        device=device_id(key), device_key=key, epoch=1, issued=NOW, name="Bảng", area="dt/my-phong"
    )

    return msgspec.structs.replace(plain, **more)


def test_an_assignment_without_a_panel_is_written_as_ever() -> None:
    """Who has no screen sees no new field; a panel comes back as it was; a panel without a screen is refused."""
    assert b"panel" not in codec.encode(assignment())
    board = assignment(
        outputs=(Output.AUDIO, Output.SCREEN),
        panel=Panel(width_px=128, height_px=64, pitch_mm=10.0),
    )
    data = codec.encode(board)
    assert codec.decode(codec.kind_of(board), data) == board
    with pytest.raises(ValueError, match="screen is not among the outputs"):
        assignment(panel=Panel(width_px=128, height_px=64))
