"""The pictures that slides name: read, judged and scaled.

Law of the room: bytes come from whoever holds them; a picture that cannot be read is none, never an error on a
board. What a stranger made is opened as JPEG, PNG or WebP only, and its size is judged before a pixel is
decoded.
"""

import io
from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from PIL import Image, ImageOps

from contract.documents import Sha256
from render.pages import Box

MAX_PIXELS: Final = 50_000_000
_FORMATS: Final = ("JPEG", "PNG", "WEBP")
_KEPT: Final = 2  # a 4K picture is 33 MB


class Pictures:
    """Pictures by digest; `read` returns the bytes or None. Nothing is decoded larger than `bound_px` needs."""

    def __init__(self, read: Callable[[Sha256], bytes | None], bound_px: tuple[int, int]) -> None:
        self._read = read
        self._bound_px = bound_px
        self._kept: OrderedDict[Sha256, tuple[Image.Image, tuple[int, int]] | None] = OrderedDict()

    def size(self, sha256: Sha256) -> tuple[int, int] | None:
        """Return width and height as the picture was made, turned upright; None where there is no readable one."""
        found = self._get(sha256)
        return None if found is None else found[1]

    def scaled(self, sha256: Sha256, box: Box, ground: str) -> tuple[Image.Image, int, int] | None:
        """Return the whole picture at the size that fits `box`, on `ground`, and where its top left stands."""
        found = self._get(sha256)
        if found is None:
            return None
        picture = found[0]
        ratio = min(box.width / picture.width, box.height / picture.height)
        size = (max(1, int(picture.width * ratio)), max(1, int(picture.height * ratio)))
        drawn = picture.resize(size, Image.Resampling.LANCZOS)
        if drawn.mode == "RGBA":
            under = Image.new("RGB", size, ground)
            under.paste(drawn, (0, 0), drawn)
            drawn = under
        left = box.left + (box.width - size[0]) // 2
        return drawn, left, box.top + (box.height - size[1]) // 2

    def _get(self, sha256: Sha256) -> tuple[Image.Image, tuple[int, int]] | None:
        if sha256 not in self._kept:
            data = self._read(sha256)
            self._kept[sha256] = None if data is None else _decoded(data, self._bound_px)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(sha256)
        return self._kept[sha256]


def _decoded(data: bytes, bound_px: tuple[int, int]) -> tuple[Image.Image, tuple[int, int]] | None:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as opened:
            if opened.width * opened.height > MAX_PIXELS:
                return None
            size = opened.size
            opened.draft("RGB", bound_px)
            upright = ImageOps.exif_transpose(opened)
            turned = (upright.width > upright.height) != (size[0] > size[1])
            mode = "RGBA" if upright.has_transparency_data else "RGB"
            return upright.convert(mode), size[::-1] if turned else size
    except (
        OSError,
        ValueError,
        SyntaxError,
        EOFError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ):
        return None
