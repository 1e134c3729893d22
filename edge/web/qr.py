"""The QR code: an address as a picture; the one door to segno.

Law of the room: one function, no state, no file.
"""

from functools import lru_cache

import segno


@lru_cache(maxsize=8)
def picture(address: str) -> str:
    """Return `address` as an SVG element of black on white, with the quiet border that cameras need."""
    code = segno.make(address, error="m", micro=False)
    return code.svg_inline(scale=8, border=4, dark="#000", light="#fff", omitsize=True)
